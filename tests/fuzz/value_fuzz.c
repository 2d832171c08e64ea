/* SPDX-License-Identifier: MIT */
/*
 * What trusts a value because scan_line accepted it: canon, value, quote and
 * filters. The line is copied to memory of just its size, so that the address
 * sanitizer sees a read too far.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "jq/arena.h"
#include "jq/code.h"
#include "jq/eval.h"
#include "json/canon.h"
#include "json/grammar.h"
#include "json/index.h"
#include "json/place.h"
#include "json/quote.h"
#include "json/scan.h"
#include "json/value.h"

#include "replay.h"

enum {
    FLAGS_END = 2 * CANON_ASCII,
    DEEP = 64,      /* levels that are walked: each costs a look at all below */
    FEW = 8,        /* members that are looked up: each costs a whole walk */
    ROOM = 1 << 20, /* a byte becomes six, a number 20 zeros longer at most */
};

static struct buf room(void)
{
    struct buf b;

    buf_init(&b, ROOM);
    return b;
}

/* Whether `text` is one value and nothing around it. */
static bool is_value(struct slice text)
{
    struct scan_fault fault;
    struct slice value;

    return scan_line(text, SCAN_DEPTH, &value, &fault) == 0 &&
           slice_equal(text, value);
}

static bool is_inside(struct slice part, struct slice whole)
{
    return part.ptr >= whole.ptr && part.len <= whole.len &&
           part.ptr + part.len <= whole.ptr + whole.len;
}

/* Any bytes become a string; those of UTF-8 come back. */
static void check_quote(struct slice text)
{
    struct buf string = room(), back = room();
    const int64_t replaced = quote_add(&string, text);

    assert(replaced >= 0 && is_value(buf_slice(&string)));
    assert(quote_read(&back, buf_slice(&string)) == 0);
    assert(slice_equal(buf_slice(&back), text) == (replaced == 0));
    assert(quote_equal(buf_slice(&string), buf_slice(&back)));
    buf_release(&string);
    buf_release(&back);
}

/* A string means the same in all its forms. */
static void check_text(struct canon *c, struct slice string, struct slice text)
{
    struct buf out = room(), back = room();

    for (unsigned flags = 0; flags < FLAGS_END; flags++) {
        buf_clear(&out);
        buf_clear(&back);
        assert(canon_write(c, string, flags, &out) == 0);
        assert(is_value(buf_slice(&out)));
        assert(quote_read(&back, buf_slice(&out)) == 0);
        assert(slice_equal(buf_slice(&back), text));
    }
    buf_release(&out);
    buf_release(&back);
}

static void check_string(struct canon *c, struct slice string)
{
    struct buf out = room();
    struct slice text;

    assert(is_value(string) && value_kind(string) == VALUE_STRING);
    assert(quote_read(&out, string) == 0);
    text = buf_slice(&out);
    assert(quote_equal(string, text));
    assert(!quote_plain(string) || text.len == string.len - 2);
    check_text(c, string, text);
    check_quote(text);
    buf_release(&out);
}

/* That a walk handed out a part that follows the one before it. */
static const char *check_part(struct slice part, struct slice whole,
                              const char *behind)
{
    assert(is_inside(part, whole) && part.ptr > behind && is_value(part));
    return part.ptr + part.len - 1;
}

static void check_found(struct slice object, struct slice key,
                        struct slice value)
{
    struct buf text = room();
    struct slice found;

    assert(quote_read(&text, key) == 0);
    assert(value_find(object, buf_slice(&text), &found));
    assert(found.ptr == value.ptr && found.len == value.len);
    buf_release(&text);
}

static void check_value(struct canon *c, struct slice value, size_t depth);

static void check_members(struct canon *c, struct slice object, size_t depth)
{
    struct value_walk walk = value_members_begin(object);
    const char *behind = object.ptr;
    struct slice key = {NULL, 0}, value = {NULL, 0};

    while (value_members_next(&walk, &key, &value)) {
        behind = check_part(key, object, behind);
        behind = check_part(value, object, behind);
        check_string(c, key);
        check_value(c, value, depth + 1);
    }
    assert(walk.at == object.ptr + object.len - 1);
    if (key.ptr != NULL)
        check_found(object, key, value);
}

static void check_elements(struct canon *c, struct slice array, size_t depth)
{
    struct value_walk walk = value_elements_begin(array);
    const char *behind = array.ptr;
    struct slice value = {NULL, 0}, last = {NULL, 0};
    int64_t count = 0;

    while (value_elements_next(&walk, &value)) {
        behind = check_part(value, array, behind);
        check_value(c, value, depth + 1);
        count++;
    }
    assert(walk.at == array.ptr + array.len - 1);
    assert(value_element(array, -1, &last) == (count > 0));
    assert(last.ptr == value.ptr && last.len == value.len);
    assert(!value_element(array, count, &last));
    assert(!value_element(array, -count - 1, &last));
}

static void check_value(struct canon *c, struct slice value, size_t depth)
{
    if (depth > DEEP)
        return;
    switch (value_kind(value)) {
    case VALUE_STRING: check_string(c, value); break;
    case VALUE_ARRAY: check_elements(c, value, depth); break;
    case VALUE_OBJECT: check_members(c, value, depth); break;
    case VALUE_NULL:
    case VALUE_FALSE:
    case VALUE_TRUE:
    case VALUE_NUMBER: break;
    }
}

/* The last value of each key is the one that is left, in its own form. */
static void check_kept(struct canon *c, struct slice object,
                       struct slice written, unsigned flags)
{
    struct value_walk walk = value_members_begin(object);
    struct buf text = room(), want = room();
    struct slice key, value, found;

    for (int i = 0; i < FEW && value_members_next(&walk, &key, &value); i++) {
        buf_clear(&text);
        buf_clear(&want);
        assert(quote_read(&text, key) == 0);
        assert(value_find(object, buf_slice(&text), &value));
        assert(canon_write(c, value, flags, &want) == 0);
        assert(value_find(written, buf_slice(&text), &found));
        assert(slice_equal(found, buf_slice(&want)));
    }
    buf_release(&text);
    buf_release(&want);
}

static void check_order(struct slice object)
{
    struct value_walk walk = value_members_begin(object);
    struct buf text = room(), before = room();
    struct slice key, value;
    bool first = true;

    while (value_members_next(&walk, &key, &value)) {
        size_t shorter;
        int order;

        buf_clear(&text);
        assert(quote_read(&text, key) == 0);
        shorter = text.len < before.len ? text.len : before.len;
        order = shorter == 0 ? 0 : memcmp(before.data, text.data, shorter);
        assert(first || order < 0 || (order == 0 && before.len < text.len));
        first = false;
        buf_clear(&before);
        assert(buf_add_slice(&before, buf_slice(&text)) == 0);
    }
    buf_release(&text);
    buf_release(&before);
}

static void check_ascii(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        assert((unsigned char)text.ptr[i] < 0x80);
}

/* One byte too little room: refused, and what was there is as before. */
static void check_refused(struct canon *c, struct slice value, unsigned flags,
                          size_t len)
{
    struct buf out;

    buf_init(&out, len);
    assert(buf_add_char(&out, 'x') == 0);
    assert(canon_write(c, value, flags, &out) == -1);
    assert(slice_is(buf_slice(&out), "x"));
    buf_release(&out);
}

static void check_canon(struct canon *c, struct slice value, unsigned flags)
{
    struct buf out = room(), again = room(), third = room();
    struct slice text;

    assert(canon_write(c, value, flags, &out) == 0);
    text = buf_slice(&out);
    assert(is_value(text) && value_kind(text) == value_kind(value));
    assert(canon_write(c, text, flags, &again) == 0);
    /* Not the first time: what is too large is printed as a double, and that
     * is a literal when it is read. */
    assert(canon_write(c, buf_slice(&again), flags, &third) == 0);
    assert(slice_equal(buf_slice(&again), buf_slice(&third)));
    assert(flags != 0 || slice_equal(text, value));
    check_refused(c, value, flags, text.len);
    if (flags & CANON_ASCII)
        check_ascii(text);
    if (value_kind(value) == VALUE_OBJECT && (flags & (CANON_JQ | CANON_SORT)))
        check_kept(c, value, text, flags);
    if (value_kind(value) == VALUE_OBJECT && (flags & CANON_SORT))
        check_order(text);
    buf_release(&out);
    buf_release(&again);
    buf_release(&third);
}

static void check_places(const struct place *place, struct slice value,
                         size_t depth);

/* The same by the index as by the bytes. */
static void check_object_places(const struct place *place, struct slice value,
                                size_t depth)
{
    struct value_walk walk = value_members_begin(value);
    struct slice key, each;

    for (int i = 0; i < FEW && value_members_next(&walk, &key, &each); i++) {
        struct buf text = room();
        struct place found;
        struct place_key wanted;

        assert(quote_read(&text, key) == 0);
        assert(value_find(value, buf_slice(&text), &each));
        wanted = place_key(buf_slice(&text));
        assert(place_find(place, &wanted, &found));
        check_places(&found, each, depth + 1);
        buf_release(&text);
    }
}

static void check_array_places(const struct place *place, struct slice value,
                               size_t depth)
{
    struct value_walk walk = value_elements_begin(value);
    struct place found;
    struct slice each;
    int64_t n = 0;

    for (; n < FEW && value_elements_next(&walk, &each); n++) {
        assert(place_element(place, n, &found));
        check_places(&found, each, depth + 1);
    }
    assert(place_element(place, -1, &found) == (n > 0));
}

static void check_places(const struct place *place, struct slice value,
                         size_t depth)
{
    const struct slice bytes = place_bytes(place);

    assert(bytes.ptr == value.ptr && bytes.len == value.len);
    if (depth > FEW)
        return;
    if (place_first(place) == '{')
        check_object_places(place, value, depth);
    if (place_first(place) == '[')
        check_array_places(place, value, depth);
}

static int take(void *arg, struct at at)
{
    struct eval *e = arg;
    struct buf out = room();

    if (eval_add_json(e, at.v, CANON_JQ, &out) == 0)
        assert(is_value(buf_slice(&out)));
    buf_release(&out);
    return 0;
}

/* Whatever a filter does, each output is a value. */
static void check_filters(const struct place *place)
{
    static const char *const filters[] = {
        ".a.b?, .[0]?, .[-1]?",
        "[..]",
        "[paths] | length",
        "tojson | fromjson",
        "try map_values([.]) catch .",
        "to_entries? | from_entries?",
        "try (.[] += 1) catch .",
        "try (sort, unique, min, max, add, reverse) catch .",
        "try ([.[:-1], .[1:]], ltrimstr(\"a\"), ascii_downcase) catch .",
        "try delpaths([paths]) catch .",
        "[tostream] | length",
        "try @csv catch ., @html, @uri, @base64, (try @base64d catch .)",
    };
    struct eval e;

    eval_init(&e, 16 << 20);
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        struct arena program;
        const struct code *code;
        struct err err;
        size_t column;

        arena_init(&program, SIZE_MAX);
        code = code_compile(&program, slice_text(filters[i]), NULL, 0, &column,
                            &err);
        assert(code != NULL);
        eval_run(&e, code, val_of_place(place, place->entry), take, &e);
        arena_release(&program);
    }
    eval_release(&e);
}

/* What reads by the index, with the line as a block of its own. */
static void check_indexed(struct slice line, struct slice value)
{
    char *block = mem_alloc(line.len + 1);
    struct slice text = slice_of(block, line.len);
    struct grammar_line walked;
    struct grammar grammar;
    struct index index;
    struct place place;

    memcpy(block, line.ptr, line.len);
    block[line.len] = '\n';
    index_init(&index);
    index_ready();
    index_block(&index, text);
    grammar = grammar_begin(&index, text, SCAN_DEPTH, true);
    assert(grammar_next(&grammar, &walked));
    assert(walked.verdict != GRAMMAR_BLANK);
    if (walked.verdict == GRAMMAR_UNSURE)
        grammar_link(&grammar, &walked);
    place = (struct place){&index, block, (uint32_t)walked.first};
    value.ptr = block + (value.ptr - line.ptr);
    check_places(&place, value, 0);
    check_filters(&place);
    index_release(&index);
    mem_free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *copy = mem_alloc(len + 1);
    /* No byte behind the line is ours: its end is the end of the memory. */
    const struct slice line = slice_of(copy + 1, len);
    struct canon *c = canon_new();
    struct scan_fault fault;
    struct slice value;

    if (len > 0)
        memcpy(copy + 1, data, len);
    check_quote(line);
    if (scan_line(line, SCAN_DEPTH, &value, &fault) == 0) {
        for (unsigned flags = 0; flags < FLAGS_END; flags++)
            check_canon(c, value, flags);
        check_value(c, value, 0);
        if (memchr(line.ptr, '\n', line.len) == NULL)
            check_indexed(line, value);
    }
    canon_free(c);
    mem_free(copy);
    return 0;
}
