/* SPDX-License-Identifier: MIT */
/*
 * A line is checked in full by scan_line; then its members are read from the
 * bytes themselves, one row of a table for each key. Nothing is built of them,
 * so a list of a million lines costs no allocation, and each fault has its
 * column.
 */
#include "work/manifest.h"

#include <ctype.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/num.h"
#include "base/text.h"
#include "flow/item.h"
#include "work/request.h"
#include "json/quote.h"
#include "json/scan.h"
#include "json/value.h"

enum { RETRIES_MAX = 1000000 };

/* What a member is read into. */
struct reader {
    struct request *request;
    struct item *item;
    struct err *err;
};

/* A key. `kinds` are bits 1 << VALUE_...; `want` names them to a person. */
struct key {
    const char *name;
    unsigned kinds;
    const char *want;
    int (*read)(struct reader *r, struct slice value);
};

enum {
    STRING = 1 << VALUE_STRING,
    NUMBER = 1 << VALUE_NUMBER,
    ARRAY = 1 << VALUE_ARRAY,
    OBJECT = 1 << VALUE_OBJECT,
    ANYTHING = 0x7f,
};

/* What a JSON string means, with a NUL behind it. */
static void read_text(struct buf *b, struct slice string)
{
    buf_clear(b);
    quote_read(b, string);
    buf_add_char(b, '\0');
    b->len--;
}

/* What is between the quotes, if there are any, as it is written. */
static struct slice inside(struct slice value)
{
    if (value.ptr[0] != '"')
        return value;
    return slice_of(value.ptr + 1, value.len - 2);
}

/* A fault of a setter, which calls it a usage error. */
static int of_list(struct reader *r, int status)
{
    if (status < 0)
        r->err->kind = ERR_LIST;
    return status;
}

static int read_url(struct reader *r, struct slice value)
{
    read_text(&r->request->url, value);
    return 0; /* judged when all is read */
}

static int read_id(struct reader *r, struct slice value)
{
    if (value.ptr[0] == '"')
        quote_read(&r->item->id, value);
    else
        buf_add_slice(&r->item->id, value);
    if (r->item->id.len == 0)
        return err_set(r->err, ERR_LIST, "\"id\" is empty or too long");
    return 0;
}

static int read_method(struct reader *r, struct slice value)
{
    return of_list(r, request_set_method(r->request, inside(value), r->err));
}

static int add_header(struct reader *r, struct slice key, struct slice value)
{
    struct buf *line = &r->request->scratch;
    bool is_null = value.ptr[0] == 'n';

    if (!request_is_token(inside(key)))
        return err_set(r->err, ERR_LIST, "a header's name is not a word");
    if (!is_null && value.ptr[0] != '"')
        return err_set(r->err, ERR_LIST, "a header's value must be a string");
    buf_clear(line);
    quote_read(line, key);
    buf_add_text(line, is_null ? ":" : value.len == 2 ? ";" : ": ");
    if (!is_null)
        quote_read(line, value);
    return of_list(r, request_add_header(r->request, buf_slice(line), r->err));
}

static int read_headers(struct reader *r, struct slice value)
{
    struct value_walk walk = value_members_begin(value);
    struct slice key, each;

    while (value_members_next(&walk, &key, &each)) {
        if (add_header(r, key, each) < 0)
            return -1;
    }
    return 0;
}

static int set_body_kind(struct reader *r, enum request_body kind)
{
    if (r->request->body_kind != REQUEST_NO_BODY)
        return err_set(r->err, ERR_LIST,
                       "more than one of \"body\", \"body_file\", \"json\"");
    r->request->body_kind = kind;
    return 0;
}

static int read_body(struct reader *r, struct slice value)
{
    read_text(&r->request->body, value);
    return set_body_kind(r, REQUEST_TEXT);
}

static int read_body_file(struct reader *r, struct slice value)
{
    const struct buf *name = &r->request->body;

    read_text(&r->request->body, value);
    if (name->len == 0 || strlen(name->data) != name->len)
        return err_set(r->err, ERR_LIST, "\"body_file\" is not a file's name");
    return set_body_kind(r, REQUEST_FILE);
}

static int read_json(struct reader *r, struct slice value)
{
    request_set_text(&r->request->body, value);
    return set_body_kind(r, REQUEST_JSON);
}

static int read_output(struct reader *r, struct slice value)
{
    read_text(&r->request->output, value);
    if (r->request->output.len == 0)
        return err_set(r->err, ERR_LIST, "\"output\" is empty");
    return 0; /* whether it may be written to is not ours to judge */
}

static int read_sha256(struct reader *r, struct slice value)
{
    struct slice digits = inside(value);

    if (!digest_valid(digits))
        return err_set(r->err, ERR_LIST,
                       "\"sha256\" is not 64 hexadecimal digits");
    for (size_t i = 0; i < digits.len; i++)
        r->request->sha256[i] = (char)tolower((unsigned char)digits.ptr[i]);
    r->request->sha256[digits.len] = '\0';
    return 0;
}

static int read_size(struct reader *r, struct slice value)
{
    uint64_t n = 0;

    if (num_count(value, &n, r->err) < 0 || n == REQUEST_ANY_SIZE)
        return err_set(r->err, ERR_LIST, "\"size\" is not a count of bytes");
    r->request->size = n;
    return 0;
}

static int read_timeout(struct reader *r, struct slice value)
{
    if (num_duration(inside(value), &r->request->timeout_ms, r->err) == 0)
        return 0;
    err_wrap(r->err, "\"timeout\"");
    return of_list(r, -1);
}

static int read_retries(struct reader *r, struct slice value)
{
    uint64_t n = 0;

    if (num_count(value, &n, r->err) < 0 || n > RETRIES_MAX)
        return err_set(r->err, ERR_LIST, "\"retries\" is not 0 to %d",
                       RETRIES_MAX);
    r->item->retries = (int64_t)n;
    return 0;
}

static int read_status(struct reader *r, struct slice value)
{
    return of_list(r, request_add_expected(r->request, inside(value), r->err));
}

static int read_expect_status(struct reader *r, struct slice value)
{
    struct value_walk walk;
    struct slice each;

    if (value.ptr[0] != '[')
        return read_status(r, value);
    walk = value_elements_begin(value);
    while (value_elements_next(&walk, &each)) {
        if (read_status(r, each) < 0)
            return -1;
    }
    if (r->request->expect_count == 0)
        return err_set(r->err, ERR_LIST, "\"expect_status\" is an empty list");
    return 0;
}

static int read_meta(struct reader *r, struct slice value)
{
    buf_add_slice(&r->item->meta, value); /* a part of the line: it fits */
    return 0;
}

static const struct key keys[] = {
    {"url", STRING, "a string", read_url},
    {"id", STRING | NUMBER, "a string", read_id},
    {"method", STRING, "a string", read_method},
    {"headers", OBJECT, "an object", read_headers},
    {"body", STRING, "a string", read_body},
    {"body_file", STRING, "a string", read_body_file},
    {"json", ANYTHING, "a value", read_json},
    {"output", STRING, "a string", read_output},
    {"sha256", STRING, "a string", read_sha256},
    {"size", NUMBER, "a number", read_size},
    {"timeout", STRING | NUMBER, "a duration", read_timeout},
    {"retries", NUMBER, "a number", read_retries},
    {"expect_status", STRING | NUMBER | ARRAY, "a status or a list of them",
     read_expect_status},
    {"meta", ANYTHING, "a value", read_meta},
};

enum { KEYS = sizeof keys / sizeof keys[0] };

static int refuse_key(struct reader *r, struct slice string)
{
    const char *best = NULL;
    const char *word;
    size_t least;

    read_text(&r->request->scratch, string);
    word = r->request->scratch.data;
    least = text_too_far(word);
    for (size_t i = 0; i < KEYS; i++)
        text_nearer(word, keys[i].name, &best, &least);
    if (best != NULL)
        return err_set(r->err, ERR_LIST,
                       "unknown key \"%.60s\"; did you mean \"%s\"?", word,
                       best);
    return err_set(r->err, ERR_LIST, "unknown key \"%.60s\"", word);
}

static int read_member(struct reader *r, struct slice string,
                       struct slice value, unsigned *seen)
{
    enum value_kind kind = value_kind(value);
    size_t i = 0;

    while (i < KEYS && !quote_equal(string, slice_text(keys[i].name)))
        i++;
    if (i == KEYS)
        return refuse_key(r, string);
    if (*seen & 1u << i)
        return err_set(r->err, ERR_LIST, "\"%s\" is there twice", keys[i].name);
    *seen |= 1u << i;
    if ((keys[i].kinds & 1u << kind) == 0)
        return err_set(r->err, ERR_LIST, "\"%s\" must be %s, not %s",
                       keys[i].name, keys[i].want, value_kind_name(kind));
    return keys[i].read(r, value);
}

static int read_object(struct reader *r, struct slice line, size_t *column)
{
    struct slice object, string, value;
    struct scan_fault fault = {0};
    struct value_walk walk;
    unsigned seen = 0;

    if (scan_line(line, SCAN_DEPTH, &object, &fault) != 0) {
        *column = fault.column;
        return err_set(r->err, ERR_LIST, "invalid JSON: %s", fault.reason);
    }
    walk = value_members_begin(object);
    while (value_members_next(&walk, &string, &value)) {
        *column = (size_t)(string.ptr - line.ptr) + 1;
        if (read_member(r, string, value, &seen) < 0)
            return -1;
    }
    *column = 1;
    if (!value_find(object, slice_text("url"), &value))
        return err_set(r->err, ERR_LIST, "no \"url\"");
    *column = (size_t)(value.ptr - line.ptr) + 1;
    return 0;
}

int manifest_parse(struct request *request, struct item *item, size_t *column,
                   struct err *err)
{
    struct slice line = buf_slice(&item->in);
    struct slice text = slice_trim(line);
    struct reader r = {.request = request, .item = item, .err = err};
    bool is_object = text.len > 0 && text.ptr[0] == '{';
    size_t in_url = 0;

    request_clear(request);
    buf_clear(&item->id);
    buf_clear(&item->meta);
    item->retries = -1;
    item->known.given = false;
    if (is_object && read_object(&r, line, column) < 0)
        return -1;
    if (!is_object) {
        request_set_text(&request->url, text);
        *column = (size_t)(text.ptr - line.ptr) + 1;
    }
    if (url_parse(buf_slice(&request->url), &request->parts, &in_url, err) <
        0) {
        /* Escapes may have moved the bytes of a JSON string. */
        *column += is_object || in_url == 0 ? 0 : in_url - 1;
        return -1;
    }
    item->known.given = item->id.len > 0;
    if (!item->known.given) {
        buf_add_text(&item->id, "task_");
        buf_add_number(&item->id, item->number + 1);
    }
    *column = 0;
    return 0;
}
