/* SPDX-License-Identifier: MIT */
/*
 * The walk over an index, of every kernel of this machine, against scan_line.
 * Blocks are copied to memory of just their size, so that the address sanitizer
 * sees a walk that reads too far.
 */
#include "json/grammar.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "support/random.h"
#include "json/index.h"
#include "json/scan.h"

static const char *const kernels[] = {"avx512", "avx2", "sse", "neon", "plain"};

enum { KERNELS = sizeof kernels / sizeof kernels[0] };

/* The most that the walk follows. */
enum { DEEP = 64 };

/* An assertion that holds costs a system call: too much for millions. */
#define CHECK(fact, text)                                       \
    do {                                                        \
        if (!(fact))                                            \
            ck_abort_msg("%s: %s: %.*s", index_kernel(), #fact, \
                         (int)(text).len, (text).ptr);          \
    } while (0)

/* `sure`: nothing in the block excuses an unsure verdict. */
static void check_line(const struct grammar_line *line, struct slice bytes,
                       size_t max_depth, bool sure)
{
    struct scan_fault fault;
    struct slice value = {NULL, 0};
    int rc = scan_line(bytes, max_depth, &value, &fault);

    CHECK(line->bytes.ptr == bytes.ptr, bytes);
    CHECK(line->bytes.len == bytes.len, bytes);
    CHECK(line->verdict != GRAMMAR_BLANK || rc == 1, bytes);
    CHECK(line->verdict != GRAMMAR_VALID || rc == 0, bytes);
    if (line->verdict == GRAMMAR_VALID) {
        CHECK(line->value.ptr == value.ptr, bytes);
        CHECK(line->value.len == value.len, bytes);
    }
    CHECK(!sure || line->verdict != GRAMMAR_UNSURE || rc == -1, bytes);
}

static void check_walk(const struct index *index, struct slice block,
                       size_t max_depth)
{
    const bool sure = index->suspect_count == 0 && max_depth <= DEEP;
    struct grammar g = grammar_begin(index, block, max_depth, true);
    struct grammar_line line;
    size_t at = 0;

    while (grammar_next(&g, &line)) {
        const char *begin = block.ptr + at;
        const char *newline;

        CHECK(at < block.len, block);
        newline = memchr(begin, '\n', block.len - at);
        at = newline ? (size_t)(newline - block.ptr) : block.len;
        check_line(&line, slice_of(begin, (size_t)(block.ptr + at - begin)),
                   max_depth, sure);
        CHECK(index->at[line.last] == at, block);
        at++;
    }
    CHECK(at >= block.len, block);
}

static void check_block(struct slice text, size_t max_depth)
{
    struct index index;
    char *copy = mem_alloc(text.len + 1);
    struct slice block = slice_of(copy, text.len);

    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\n';
    index_init(&index);
    for (size_t i = 0; i < KERNELS; i++) {
        if (index_choose(kernels[i]) != 0)
            continue;
        index_block(&index, block);
        check_walk(&index, block, max_depth);
    }
    index_choose(NULL);
    index_release(&index);
    mem_free(copy);
}

static void check(struct slice text)
{
    check_block(text, DEEP);
}

/* The verdict on a line alone, by the best kernel. */
static enum grammar_verdict verdict_of(const char *text, size_t max_depth)
{
    char copy[512];
    struct slice block = slice_of(copy, strlen(text));
    struct index index;
    struct grammar_line line;
    struct grammar g;

    ck_assert_uint_lt(block.len, sizeof copy);
    snprintf(copy, sizeof copy, "%s\n", text);
    index_init(&index);
    index_choose(NULL);
    index_block(&index, block);
    g = grammar_begin(&index, block, max_depth, true);
    ck_assert(grammar_next(&g, &line));
    ck_assert(!grammar_next(&g, &line));
    index_release(&index);
    return line.verdict;
}

/* Lines at each offset within a chunk, behind another line and after spaces. */
static void check_everywhere(struct slice text)
{
    static char block[4096];

    for (size_t at = 0; at <= INDEX_CHUNK; at++) {
        memset(block, ' ', at);
        memcpy(block + at, text.ptr, text.len);
        check(slice_of(block, at + text.len));
        if (at > 0)
            block[at - 1] = '\n';
        block[at + text.len] = '\n';
        check(slice_of(block, at + text.len + 1));
    }
}

static void check_text(const char *text)
{
    check_everywhere(slice_text(text));
}

static const char sample[] =
    "{\"a\":[1,-2.5e3,\"x\\n\\u00e9\"],\"bb\":null, \"c\" : {}, \"d\":[ ],"
    "\"e\":[true,false,{\"f\":0}] ,\"\xC3\xA9\":\"\\\\\"}";

START_TEST(a_walk_tells_valid_blank_and_unsure)
{
    ck_assert_int_eq(verdict_of(sample, DEEP), GRAMMAR_VALID);
    ck_assert_int_eq(verdict_of(" 1\r", DEEP), GRAMMAR_VALID);
    ck_assert_int_eq(verdict_of(" \t\r", DEEP), GRAMMAR_BLANK);
    ck_assert_int_eq(verdict_of("1 2", DEEP), GRAMMAR_UNSURE);
    ck_assert_int_eq(verdict_of("\"torn", DEEP), GRAMMAR_UNSURE);
    ck_assert_int_eq(verdict_of("\"\x01\"", DEEP), GRAMMAR_UNSURE);
}
END_TEST

START_TEST(an_empty_block_has_no_line)
{
    struct index index;
    struct grammar_line line;
    struct grammar g;

    index_init(&index);
    index_choose(NULL);
    index_block(&index, slice_of("\n", 0));
    g = grammar_begin(&index, slice_of("\n", 0), DEEP, true);
    ck_assert(!grammar_next(&g, &line));
    index_release(&index);
}
END_TEST

START_TEST(every_byte_at_every_place)
{
    char text[sizeof sample];

    for (size_t at = 0; at < sizeof sample - 1; at++) {
        memcpy(text, sample, sizeof sample);
        for (int c = 0; c < 256; c++) {
            text[at] = (char)c;
            check(slice_of(text, sizeof sample - 1));
        }
    }
}
END_TEST

START_TEST(a_byte_missing_or_doubled_at_every_place)
{
    char text[sizeof sample + 1];
    const size_t len = sizeof sample - 1;

    for (size_t at = 0; at < len; at++) {
        memcpy(text, sample, at);
        memcpy(text + at, sample + at + 1, len - at - 1);
        check_everywhere(slice_of(text, len - 1));
        memcpy(text, sample, at + 1);
        memcpy(text + at + 1, sample + at, len - at);
        check_everywhere(slice_of(text, len + 1));
    }
}
END_TEST

START_TEST(a_block_of_any_length_needs_no_last_newline)
{
    static const char lines[] =
        "{\"a\":[1,2.5e3,\"\\n\\u00e9\"],\"bb\":null}\n\n "
        "\t{\"c\":\"\\\\\"}\r\n"
        "[true,false,{\"deep\":[[[]]]}]\n\"torn\n12345678901234567890\nnull\n"
        "{\"emoji\":\"\xF0\x9F\x98\x80\",\"x\":\"\\\"\"}\ntrue\n-0.1e-5\n";

    for (size_t len = 0; len < sizeof lines; len++) {
        check(slice_of(lines, len));
        check(slice_of(lines + len, sizeof lines - 1 - len));
    }
}
END_TEST

START_TEST(a_bad_line_harms_no_other)
{
    static const char *const bad[] = {
        "\"torn", "[1,\"torn\\\"", "\"\\", "{\"a\":1", "]", "\x01", "[1,]",
    };
    struct buf block;

    buf_init(&block, 4096);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (size_t pad = 0; pad <= INDEX_CHUNK; pad++) {
            buf_clear(&block);
            buf_printf(&block, "%*s[1]\n%s\n{\"a\":\"b\"}\n%s\n%s\n\"c\"\n",
                       (int)pad, "", bad[i], bad[i], bad[i]);
            check(buf_slice(&block));
        }
    }
    buf_release(&block);
}
END_TEST

START_TEST(numbers_follow_the_grammar)
{
    static const char *const numbers[] = {
        "0",    "-0",   "-",     "01",   "-01",  "1.",     "1.5",   ".5",
        "1e",   "1e+",  "1e5",   "1E-5", "1e5.", "1.e5",   "1.5e5", "+1",
        "1+",   "1-1",  "--1",   "0x1",  "1a",   "1\"a\"", "1e5e5", "0e0",
        "-1.0", "0.0.", "1_000", "1/2",  "0.",   "-.5",    "1\\",   "9\x80",
    };
    char text[32];

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        check_text(numbers[i]);
        snprintf(text, sizeof text, "[%s]", numbers[i]);
        check_text(text);
        snprintf(text, sizeof text, "{\"a\":%s,\"b\":%s}", numbers[i],
                 numbers[i]);
        check_text(text);
    }
}
END_TEST

START_TEST(literals_are_whole_words)
{
    static const char *const words[] = {
        "true",  "false", "null",   "tru",   "fals",   "nul",        "t",
        "f",     "n",     "truee",  "nulll", "falsee", "True",       "nan",
        "true1", "null-", "true\"", "tRue",  "nulL",   "false\"a\"", "true\x80",
    };
    char text[32];

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        check_text(words[i]);
        snprintf(text, sizeof text, "[%s ,%s]", words[i], words[i]);
        check_text(text);
    }
}
END_TEST

/* Brackets of both kinds, by the bits of `kinds`, closed as opened but for
 * bracket `wrong`. */
static void nest(char *text, size_t depth, uint64_t kinds, size_t wrong)
{
    char *at = text;

    for (size_t i = 0; i < depth; i++) {
        const bool object = kinds >> (i % DEEP) & 1;

        at += sprintf(at, "%s", object ? "{\"\":" : "[");
    }
    *at++ = '0';
    for (size_t i = depth; i-- > 0;) {
        const bool object = kinds >> (i % DEEP) & 1;

        *at++ = object == (i != wrong) ? '}' : ']';
    }
    *at = '\0';
}

START_TEST(depth_is_followed_to_64)
{
    static const uint64_t kinds[] = {0, UINT64_MAX, 0x5555555555555555,
                                     0x123456789ABCDEF0};
    char text[512];

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        for (size_t depth = 1; depth <= DEEP + 1; depth++) {
            nest(text, depth, kinds[i], SIZE_MAX);
            ck_assert_int_eq(verdict_of(text, SCAN_DEPTH),
                             depth <= DEEP ? GRAMMAR_VALID : GRAMMAR_UNSURE);
            ck_assert_int_eq(verdict_of(text, depth - 1), GRAMMAR_UNSURE);
            check_block(slice_text(text), SCAN_DEPTH);
            check_block(slice_text(text), depth - 1);
        }
    }
}
END_TEST

START_TEST(brackets_close_as_they_opened)
{
    char text[512];

    for (size_t wrong = 0; wrong < DEEP; wrong++) {
        nest(text, DEEP, 0x123456789ABCDEF0, wrong);
        ck_assert_int_eq(verdict_of(text, DEEP), GRAMMAR_UNSURE);
        check(slice_text(text));
    }
    check_text("[[[1]]");
    check_text("[1]]");
    check_text("[{\"a\":1]}");
}
END_TEST

static void add_scalar(struct buf *line, uint32_t *state)
{
    static const char *const scalars[] = {
        "null",
        "true",
        "false",
        "0",
        "-0.5e+1",
        "12345678901234567890",
        "\"\"",
        "\"abc\"",
        "\"a\\n\\\"\\u00e9\"",
        "\"\\\\\"",
        "\"\\ud83d\"",
        "\"\xC3\xA9\xE2\x82\xAC\"",
        "\"{[,:]}\"",
        "\"\xF0\x9F\x98\x80\"",
        "\"a string that reaches over the end of a chunk of 64 bytes\"",
    };

    buf_add_text(
        line, scalars[draw_below(state, sizeof scalars / sizeof scalars[0])]);
}

static void add_value(struct buf *line, uint32_t *state, int depth)
{
    static const char *const blanks[] = {"", "", "", "", "", " ", "\t", "\r "};
    const char *blank = blanks[draw_below(state, 8)];
    uint32_t kind = draw_below(state, 3);
    uint32_t count = draw_below(state, 4);

    buf_add_text(line, blank);
    if (kind == 0 || depth == 0) {
        add_scalar(line, state);
        buf_add_text(line, blank);
        return;
    }
    buf_add_char(line, kind == 1 ? '[' : '{');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_char(line, ',');
        if (kind == 2)
            buf_printf(line, "\"k%u\"%s:", (unsigned)i, blank);
        add_value(line, state, depth - 1);
    }
    buf_add_char(line, kind == 1 ? ']' : '}');
}

static void mutate(struct buf *block, uint32_t *state)
{
    static const char telling[] = "\"\\{}[]:,019-+.eEuntf /'\r\n\t\x01\x7F\x80"
                                  "\xBF\xC0\xC3\xE2\xED\xF0\xF4\xFF";

    for (uint32_t times = draw_below(state, 4); times > 0; times--) {
        size_t at = draw_below(state, (uint32_t)block->len);
        size_t from = draw_below(state, (uint32_t)block->len);

        if (draw_below(state, 2) == 0)
            block->data[at] = telling[draw_below(state, sizeof telling - 1)];
        else
            block->data[at] = block->data[from];
    }
}

START_TEST(random_lines)
{
    uint32_t state = seed_of_run();
    struct buf block;

    buf_init(&block, 1 << 20);
    for (int lines = 0; lines < 200000;) {
        uint32_t count = 1 + draw_below(&state, 8);

        buf_clear(&block);
        for (uint32_t i = 0; i < count; i++, lines++) {
            add_value(&block, &state, 4);
            buf_add_char(&block, '\n');
        }
        check(buf_slice(&block));
        mutate(&block, &state);
        check(buf_slice(&block));
        block.len -= draw_below(&state, (uint32_t)block.len);
        check(buf_slice(&block));
    }
    buf_release(&block);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("grammar");
    TCase *tests = tcase_create("grammar");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_walk_tells_valid_blank_and_unsure);
    tcase_add_test(tests, an_empty_block_has_no_line);
    tcase_add_test(tests, every_byte_at_every_place);
    tcase_add_test(tests, a_byte_missing_or_doubled_at_every_place);
    tcase_add_test(tests, a_block_of_any_length_needs_no_last_newline);
    tcase_add_test(tests, a_bad_line_harms_no_other);
    tcase_add_test(tests, numbers_follow_the_grammar);
    tcase_add_test(tests, literals_are_whole_words);
    tcase_add_test(tests, depth_is_followed_to_64);
    tcase_add_test(tests, brackets_close_as_they_opened);
    tcase_add_test(tests, random_lines);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
