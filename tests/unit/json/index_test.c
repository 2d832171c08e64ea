/* SPDX-License-Identifier: MIT */
/*
 * Every kernel of this machine against a model that goes byte by byte. Blocks
 * are copied to memory of just their size, so that the address sanitizer sees
 * a kernel that reads too far.
 */
#include "json/index.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "support/random.h"

enum { BLOCK_MAX = 4096 };

static const char *const kernels[] = {"avx512", "avx2", "sse", "neon", "plain"};

enum { KERNELS = sizeof kernels / sizeof kernels[0] };

/* What an index should hold. */
struct model {
    uint32_t at[BLOCK_MAX + 1];
    size_t count;
    bool suspect; /* somewhere */
};

/* Where the model is between two bytes. */
struct state {
    bool in_string;
    bool escaped; /* the next byte */
    bool scalar;  /* the last byte was part of one, or looked like it */
};

static bool is_in(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool bad_escape(struct slice rest)
{
    size_t hex = 1;

    if (is_in(rest.ptr[0], "\"\\/bfnrt"))
        return false;
    if (rest.ptr[0] != 'u')
        return true;
    while (hex < rest.len && is_in(rest.ptr[hex], "0123456789abcdefABCDEF"))
        hex++;
    return hex < 5;
}

static bool bad_utf8(struct slice text)
{
    size_t at = 0;

    while (at < text.len) {
        size_t step = utf8_step(text.ptr + at, text.len - at, NULL);

        if (step == 0)
            return true;
        at += step;
    }
    return false;
}

static void step_in_string(struct model *m, struct state *s, struct slice rest)
{
    const char c = rest.ptr[0];
    const bool was_escaped = s->escaped;

    s->escaped = false;
    s->scalar = !(c == '"' && !was_escaped) && !is_in(c, "{}[]:, \t\r\n");
    if (was_escaped)
        m->suspect |= bad_escape(rest);
    m->suspect |= (unsigned char)c < 0x20;
    if (was_escaped)
        return;
    s->escaped = c == '\\';
    s->in_string = c != '"';
}

static void step_outside(struct model *m, struct state *s, char c, uint32_t i)
{
    const bool quote = c == '"' && !s->escaped;
    const bool op = is_in(c, "{}[]:,");
    const bool scalar = !op && !is_in(c, " \t\r");

    s->escaped = c == '\\' && !s->escaped;
    s->in_string = quote;
    /* A quote behind a scalar is left to the check of that scalar's end. */
    if (op || (scalar && !s->scalar))
        m->at[m->count++] = i;
    s->scalar = scalar && !quote;
}

static void make_model(struct model *m, struct slice block)
{
    struct state s = {false, false, false};

    m->count = 0;
    m->suspect = bad_utf8(block);
    for (size_t i = 0; i < block.len; i++) {
        const char c = block.ptr[i];

        if (c == '\n') {
            m->at[m->count++] = (uint32_t)i;
            m->suspect |= s.in_string;
            s = (struct state){false, false, false};
        } else if (s.in_string) {
            step_in_string(m, &s, slice_of(block.ptr + i, block.len - i));
        } else {
            step_outside(m, &s, c, (uint32_t)i);
        }
    }
    m->suspect |= s.in_string;
    if (block.len > 0 && block.ptr[block.len - 1] != '\n')
        m->at[m->count++] = (uint32_t)block.len;
}

/* An assertion that holds costs a system call: too much for millions. */
#define CHECK(fact, text)                                       \
    do {                                                        \
        if (!(fact))                                            \
            ck_abort_msg("%s: %s: %.*s", index_kernel(), #fact, \
                         (int)(text).len, (text).ptr);          \
    } while (0)

static void compare(const struct index *index, const struct model *m,
                    struct slice text)
{
    CHECK(index->count == m->count, text);
    for (size_t i = 0; i < m->count; i++)
        CHECK(index->at[i] == m->at[i], text);
    CHECK((index->suspect_count > 0) == m->suspect, text);
}

/* Each kernel finds what the model does, and the same first fault. */
static void check_with(struct index *index, struct slice text)
{
    static struct model m;
    uint32_t first = UINT32_MAX;
    char *copy = mem_alloc(text.len + 1);
    struct slice block = slice_of(copy, text.len);

    CHECK(text.len <= BLOCK_MAX, text);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\n';
    make_model(&m, block);
    for (size_t i = 0; i < KERNELS; i++) {
        if (index_choose(kernels[i]) != 0)
            continue;
        index_block(index, block);
        compare(index, &m, text);
        if (!m.suspect)
            continue;
        if (first == UINT32_MAX)
            first = index->suspects[0];
        CHECK(index->suspects[0] == first, text);
        CHECK(index->suspects[index->suspect_count - 1] <=
                  text.len / INDEX_CHUNK,
              text);
    }
    index_choose(NULL);
    mem_free(copy);
}

/* In memory of just the size, too. */
static void check(struct slice text)
{
    struct index index;

    index_init(&index);
    check_with(&index, text);
    index_release(&index);
}

/* `text` at each offset within a chunk, with `before` repeated there. */
static void check_everywhere(char before, struct slice text)
{
    static char block[BLOCK_MAX];

    for (size_t at = 0; at <= INDEX_CHUNK; at++) {
        memset(block, before, at);
        memcpy(block + at, text.ptr, text.len);
        check(slice_of(block, at + text.len));
        block[at + text.len] = '\n';
        check(slice_of(block, at + text.len + 1));
    }
}

static void check_text(const char *text)
{
    check_everywhere(' ', slice_text(text));
}

START_TEST(there_is_a_plain_kernel_and_no_unknown_one)
{
    ck_assert_int_eq(index_choose("plain"), 0);
    ck_assert_str_eq(index_kernel(), "plain");
    ck_assert_int_eq(index_choose("abacus"), -1);
    ck_assert_str_eq(index_kernel(), "plain");
    ck_assert_int_eq(index_choose(NULL), 0);
}
END_TEST

START_TEST(structure_quotes_and_scalars_are_written)
{
    /*                           0         1
     *                           0123456789012345678 */
    static const char block[] = "{\"a,\": [1,true] }x\n";
    static const uint32_t want[] = {0, 1, 5, 7, 8, 9, 10, 14, 16, 17, 18};
    const size_t count = sizeof want / sizeof want[0];
    struct index index;

    index_init(&index);
    index_choose(NULL);
    index_block(&index, slice_text(block));
    ck_assert_uint_eq(index.count, count);
    ck_assert_mem_eq(index.at, want, sizeof want);
    ck_assert_uint_eq(index.suspect_count, 0);
    index_release(&index);
}
END_TEST

START_TEST(strings_begin_and_end_anywhere)
{
    char text[INDEX_CHUNK + 8];

    for (size_t len = 0; len <= INDEX_CHUNK + 2; len++) {
        text[0] = '"';
        memset(text + 1, 'x', len);
        snprintf(text + 1 + len, sizeof text - 1 - len, "\",1");
        check_everywhere(' ', slice_of(text, len + 4));
        check_everywhere(':', slice_of(text, len + 1));
    }
}
END_TEST

/* An even run leaves the quote alone, an odd one takes it: the line is torn,
 * and the next line is not concerned. */
START_TEST(backslash_runs_of_any_length_anywhere)
{
    char text[128];

    for (size_t run = 0; run <= 70; run++) {
        text[0] = '"';
        memset(text + 1, '\\', run);
        snprintf(text + 1 + run, sizeof text - 1 - run, "\",7]\n{\"b\":2}");
        check_everywhere(' ', slice_of(text, run + 13));
        check_everywhere(' ', slice_of(text, run + 1));
        check_everywhere(' ', slice_of(text + 1, run + 12));
    }
}
END_TEST

START_TEST(torn_strings_do_not_reach_the_next_line)
{
    check_text("\"a\n\"b\"");
    check_text("\"a\n\"b\n[\"c\n{\"d\":\"\n\n\"\n\"e\"");
    check_text("\"a\\\n\"b\"");
    check_text("\"a\\\\\n\"b\\\n\"c\"");
    check_text("\"\n\"\n\"\n\"\n\"\n\"\n\"\n\"");
}
END_TEST

START_TEST(a_chunk_may_be_full_of_structure)
{
    char text[3 * INDEX_CHUNK];

    memset(text, '[', sizeof text);
    check_everywhere('{', slice_of(text, sizeof text));
    memset(text, '"', sizeof text);
    check_everywhere(',', slice_of(text, sizeof text));
    memset(text, '\n', sizeof text);
    check_everywhere('"', slice_of(text, sizeof text));
}
END_TEST

START_TEST(scalars_are_written_once)
{
    check_text("123 456,true:null[false]-1e5{x}");
    check_text("1\"a\"2 \"b\"\"c\"");
    check_everywhere('1', slice_text("1,2"));
}
END_TEST

START_TEST(only_spaces_of_json_are_spaces)
{
    for (int c = 0; c < 256; c++) {
        const char text[] = {'[', (char)c, ']', (char)c, (char)c, '1'};

        check_everywhere(' ', slice_of(text, sizeof text));
    }
}
END_TEST

START_TEST(bytes_in_strings_are_checked)
{
    for (int c = 0; c < 256; c++) {
        const char text[] = {'"', 'a', (char)c, 'b', '"', ','};

        check_everywhere(' ', slice_of(text, sizeof text));
    }
}
END_TEST

START_TEST(escapes_are_checked)
{
    for (int c = 0; c < 256; c++) {
        const char text[] = {'"', '\\', (char)c, '0', '0', '0', 'f', '"'};

        check_everywhere(' ', slice_of(text, sizeof text));
    }
}
END_TEST

START_TEST(four_hex_digits_are_wanted)
{
    static const char near[] = "/:@G`gZ\"\\\n \x10\xC3";

    for (size_t place = 0; place < 4; place++) {
        for (size_t i = 0; i < sizeof near; i++) {
            char text[] = "\"\\u09aF\"";

            text[3 + place] = near[i];
            check_text("\"\\uAf90\"");
            check_everywhere('0', slice_of(text, sizeof text - 1));
            check_everywhere(' ', slice_of(text, 3 + place));
        }
    }
}
END_TEST

/* The edges of each range of RFC 3629 section 4, and what is just beyond. */
START_TEST(utf8_is_checked_anywhere)
{
    static const char *const sequences[] = {
        "\x7F",
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xC2\x80",
        "\xDF\xBF",
        "\xC2",
        "\xC2\x41",
        "\xC2\xC2\x80",
        "\xC2\x80\x80",
        "\xE0\x9F\xBF",
        "\xE0\xA0\x80",
        "\xE0\xA0",
        "\xE0\x80\x80",
        "\xE1\x80\x80",
        "\xEC\xBF\xBF",
        "\xED\x80\x80",
        "\xED\x9F\xBF",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xEE\x80\x80",
        "\xEF\xBF\xBF",
        "\xEF\xBB\xBF",
        "\xE1\x80",
        "\xE1",
        "\xE1\x80\x41",
        "\xE1\x41\x80",
        "\xE1\x80\x80\x80",
        "\xF0\x8F\xBF\xBF",
        "\xF0\x90\x80\x80",
        "\xF0\x90\x80",
        "\xF1\x80\x80\x80",
        "\xF3\xBF\xBF\xBF",
        "\xF4\x80\x80\x80",
        "\xF4\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xF8\x88\x80\x80\x80",
        "\xFE",
        "\xFF",
        "\xF1\x80\x80",
        "\xF1\x80",
        "\xF1",
        "\xF1\x80\x80\x41",
        "\xF1\x80\x41\x80",
        "\xF1\x41\x80\x80",
        "\xF1\x80\x80\x80\x80",
        "\xF0\x80\x80\x80",
        "\xF4\xBF\xBF\xBF",
        "\xE0\xA0\x80\xE0\xA0\x80",
    };

    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        char text[16];

        snprintf(text, sizeof text, "%s", sequences[i]);
        check_everywhere('x', slice_text(text));
        snprintf(text, sizeof text, "\"%s\"", sequences[i]);
        check_everywhere(' ', slice_text(text));
        snprintf(text, sizeof text, "%s", sequences[i]);
        check_everywhere('\xBF', slice_text(text));
    }
}
END_TEST

START_TEST(two_bytes_of_any_kind)
{
    for (int i = 0; i < 256 * 256; i++) {
        char text[INDEX_CHUNK + 8];

        memset(text, 'x', sizeof text);
        text[INDEX_CHUNK - 1] = (char)(i >> 8);
        text[INDEX_CHUNK] = (char)(i & 0xFF);
        check(slice_of(text, sizeof text));
    }
}
END_TEST

START_TEST(a_block_of_any_length_needs_no_last_newline)
{
    static const char sample[] =
        "{\"a\":[1,2.5e3,\"é\\n\\u00e9\"],\"bb\":null}\n\n "
        "\t{\"c\":\"\\\\\"}\r\n"
        "[true,false,{\"deep\":[[[]]]}]\n\"torn\n12345678901234567890\n"
        "{\"emoji\":\"😀😀\",\"x\":\"\\\"\"}\n\"\xED\xA0\x80\"\n{\"last\":0}    ";

    for (size_t len = 0; len < sizeof sample; len++) {
        check(slice_of(sample, len));
        check(slice_of(sample + len, sizeof sample - 1 - len));
    }
}
END_TEST

START_TEST(random_blocks)
{
    static const char *const pieces[] = {
        "\"", "\\",     "\\\\",     "\\\"",     "{",    "}",    "[",    "]",
        ":",  ",",      "\n",       " ",        "1",    "true", "abc",  "é",
        "€",  "😀",      "\\u00e",   "\\u00e9",  "\xC3", "\x80", "\x01", "\r\n",
        "\t", "\"a\":", "\xED\xA0", "\xF4\x8F", "\x0C", "\x1A",
    };
    const uint32_t count = sizeof pieces / sizeof pieces[0];
    uint32_t state = seed_of_run();
    struct index index;
    struct buf block;

    index_init(&index);
    buf_init(&block, BLOCK_MAX);
    for (int i = 0; i < 200000; i++) {
        uint32_t left = draw_below(&state, 100);
        /* All pieces, or few, so that they come in runs. */
        uint32_t few =
            draw_below(&state, 3) == 0 ? count : 1 + draw_below(&state, 4);
        uint32_t from = draw_below(&state, count);

        buf_clear(&block);
        while (left-- > 0)
            buf_add_text(&block,
                         pieces[(from + draw_below(&state, few)) % count]);
        check_with(&index, buf_slice(&block));
    }
    index_release(&index);
    buf_release(&block);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("index");
    TCase *tests = tcase_create("index");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, there_is_a_plain_kernel_and_no_unknown_one);
    tcase_add_test(tests, structure_quotes_and_scalars_are_written);
    tcase_add_test(tests, strings_begin_and_end_anywhere);
    tcase_add_test(tests, backslash_runs_of_any_length_anywhere);
    tcase_add_test(tests, torn_strings_do_not_reach_the_next_line);
    tcase_add_test(tests, a_chunk_may_be_full_of_structure);
    tcase_add_test(tests, scalars_are_written_once);
    tcase_add_test(tests, only_spaces_of_json_are_spaces);
    tcase_add_test(tests, bytes_in_strings_are_checked);
    tcase_add_test(tests, escapes_are_checked);
    tcase_add_test(tests, four_hex_digits_are_wanted);
    tcase_add_test(tests, utf8_is_checked_anywhere);
    tcase_add_test(tests, two_bytes_of_any_kind);
    tcase_add_test(tests, a_block_of_any_length_needs_no_last_newline);
    tcase_add_test(tests, random_blocks);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
