/* SPDX-License-Identifier: MIT */
/*
 * A `struct doc` is a jansson value under another name; it is never defined.
 * jansson returns NULL where memory runs out. That ends the program here as it
 * does in mem: there is nothing sensible left to do (the asserts).
 */
#include "json/doc.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"
#include "json/scan.h"

static const json_t *json_of(const struct doc *doc)
{
    return (const json_t *)(const void *)doc;
}

static json_t *json_own(struct doc *doc)
{
    return (json_t *)(void *)doc;
}

static const struct doc *doc_of(const json_t *json)
{
    return (const struct doc *)(const void *)json;
}

static struct doc *doc_own(json_t *json)
{
    return (struct doc *)(void *)json;
}

/*
 * scan names the byte and what was expected there; jansson's own words are
 * left for what only jansson refuses.
 */
static void explain(struct slice text, const json_error_t *error,
                    struct err *err)
{
    struct scan_fault fault = {.reason = NULL};
    struct slice value;

    if (scan_line(text, SCAN_MAX_DEPTH, &value, &fault) < 0)
        err_set(err, ERR_LIST, "column %zu: %s", fault.column, fault.reason);
    else
        err_set(err, ERR_LIST, "column %d: %s", error->position, error->text);
}

struct doc *doc_parse(struct slice text, struct err *err)
{
    size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_error_t error;
    json_t *json;

    json = json_loadb(text.len > 0 ? text.ptr : "", text.len, flags, &error);
    if (json == NULL)
        explain(text, &error, err);
    return doc_own(json);
}

void doc_free(struct doc *doc)
{
    json_decref(json_own(doc));
}

enum value_kind doc_kind(const struct doc *doc)
{
    switch (json_typeof(json_of(doc))) {
    case JSON_OBJECT: return VALUE_OBJECT;
    case JSON_ARRAY: return VALUE_ARRAY;
    case JSON_STRING: return VALUE_STRING;
    case JSON_INTEGER:
    case JSON_REAL: return VALUE_NUMBER;
    case JSON_TRUE: return VALUE_TRUE;
    case JSON_FALSE: return VALUE_FALSE;
    case JSON_NULL: return VALUE_NULL;
    }
    return VALUE_NULL;
}

/*
 * jansson's iterators want a json_t that may be changed, though they change
 * nothing: the one place where const has to be dropped.
 */
static json_t *unlocked(const struct doc *doc)
{
    union {
        const struct doc *locked;
        json_t *open;
    } both = {.locked = doc};

    return both.open;
}

bool doc_next(const struct doc *object, struct doc_member *member)
{
    json_t *json = unlocked(object);

    if (member->place == NULL)
        member->place = json_object_iter(json);
    else
        member->place = json_object_iter_next(json, member->place);
    if (member->place == NULL)
        return false;
    member->key = slice_text(json_object_iter_key(member->place));
    member->value = doc_of(json_object_iter_value(member->place));
    return true;
}

const struct doc *doc_get(const struct doc *object, const char *key)
{
    return doc_of(json_object_get(json_of(object), key));
}

size_t doc_count(const struct doc *doc)
{
    const json_t *json = json_of(doc);

    return json_is_object(json) ? json_object_size(json)
                                : json_array_size(json);
}

const struct doc *doc_at(const struct doc *array, size_t n)
{
    return doc_of(json_array_get(json_of(array), n));
}

struct slice doc_text(const struct doc *doc)
{
    const json_t *json = json_of(doc);

    return slice_of(json_string_value(json), json_string_length(json));
}

bool doc_integer(const struct doc *doc, int64_t *out)
{
    const double limit = 9007199254740992.0; /* 2^53: beyond, doubles skip */
    const json_t *json = json_of(doc);
    double real = json_real_value(json);

    if (json_is_integer(json)) {
        *out = json_integer_value(json);
        return true;
    }
    if (!json_is_real(json) || real != floor(real) || fabs(real) > limit)
        return false;
    *out = (int64_t)real;
    return true;
}

bool doc_number(const struct doc *doc, double *out)
{
    if (!json_is_number(json_of(doc)))
        return false;
    *out = json_number_value(json_of(doc));
    return true;
}

bool doc_bool(const struct doc *doc, bool *out)
{
    if (!json_is_boolean(json_of(doc)))
        return false;
    *out = json_is_true(json_of(doc));
    return true;
}

struct doc *doc_object_new(void)
{
    json_t *json = json_object();

    assert(json != NULL);
    return doc_own(json);
}

static void set(struct doc *object, const char *key, json_t *value)
{
    int rc = json_object_set_new(json_own(object), key, value);

    assert(rc == 0);
}

/* A copy of `text` in which U+FFFD stands for what is not UTF-8. */
static void mend(struct slice text, struct buf *out)
{
    size_t at, step, bad;
    int rc = 0;

    for (at = 0; at < text.len && rc == 0; at += step > 0 ? step : bad) {
        step = utf8_step(text.ptr + at, text.len - at, &bad);
        rc = step > 0 ? buf_add(out, text.ptr + at, step)
                      : buf_add_text(out, UTF8_REPLACEMENT);
    }
    assert(rc == 0); /* the maximum is SIZE_MAX */
}

void doc_set_text(struct doc *object, const char *key, struct slice text)
{
    json_t *json = json_stringn(text.len > 0 ? text.ptr : "", text.len);
    struct buf mended;

    if (json == NULL) {
        buf_init(&mended, SIZE_MAX);
        mend(text, &mended);
        json = json_stringn_nocheck(mended.data, mended.len);
        buf_release(&mended);
    }
    set(object, key, json);
}

void doc_set_integer(struct doc *object, const char *key, int64_t number)
{
    set(object, key, json_integer(number));
}

void doc_set_number(struct doc *object, const char *key, double number)
{
    set(object, key, isfinite(number) ? json_real(number) : json_null());
}

void doc_set_bool(struct doc *object, const char *key, bool truth)
{
    set(object, key, json_boolean(truth));
}

void doc_set_null(struct doc *object, const char *key)
{
    set(object, key, json_null());
}

void doc_set_doc(struct doc *object, const char *key, struct doc *child)
{
    set(object, key, json_own(child));
}

static int append(const char *bytes, size_t len, void *out)
{
    return buf_add(out, bytes, len);
}

int doc_write(const struct doc *doc, struct buf *out)
{
    size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15);

    return json_dump_callback(json_of(doc), append, out, flags);
}
