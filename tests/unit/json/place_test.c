/* SPDX-License-Identifier: MIT */
#include "json/place.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "support/random.h"
#include "json/grammar.h"
#include "json/index.h"
#include "json/scan.h"
#include "json/value.h"

enum { ROUNDS = 3000, LINE_MAX_BYTES = 1 << 16 };

static struct index index_of_line;
static struct buf line;

static void set_up(void)
{
    index_init(&index_of_line);
    index_ready();
    buf_init(&line, LINE_MAX_BYTES);
}

static void tear_down(void)
{
    index_release(&index_of_line);
    buf_release(&line);
}

/* The value of `line`, which stands behind two others in its block. */
static struct place root(void)
{
    static struct buf block;
    struct grammar_line walked;
    struct grammar g;

    buf_init(&block, LINE_MAX_BYTES + 100);
    buf_add_text(&block, "{\"before\":[{}]}\n\"torn\n");
    buf_add_slice(&block, buf_slice(&line));
    buf_add_char(&block, '\n');
    index_block(&index_of_line, buf_slice(&block));
    g = grammar_begin(&index_of_line, buf_slice(&block), SCAN_DEPTH, true);
    for (int i = 0; i < 3; i++)
        ck_assert(grammar_next(&g, &walked));
    ck_assert(slice_equal(walked.bytes, buf_slice(&line)));
    if (walked.verdict == GRAMMAR_UNSURE)
        grammar_link(&g, &walked);
    return (struct place){&index_of_line, block.data, (uint32_t)walked.first};
}

static struct place place_of_text(const char *text)
{
    buf_clear(&line);
    buf_add_text(&line, text);
    return root();
}

static void free_block(const struct place *place)
{
    free(slice_unconst(place->bytes));
}

static void check_find(const char *text, const char *key, const char *want)
{
    struct place place = place_of_text(text), found;
    struct place_key wanted = place_key(slice_text(key));

    if (want == NULL) {
        ck_assert(!place_find(&place, &wanted, &found));
    } else {
        ck_assert_msg(place_find(&place, &wanted, &found), "%s", text);
        ck_assert_msg(slice_is(place_bytes(&found), want), "%s", text);
    }
    free_block(&place);
}

START_TEST(a_key_is_found_by_what_it_means)
{
    check_find("{\"a\":1}", "a", "1");
    check_find(" { \"a\" :\t[ 1 , 2 ] } ", "a", "[ 1 , 2 ]");
    check_find("{\"\\u0061\":true}", "a", "true");
    check_find("{\"a\\\"b\":\"x\"}", "a\"b", "\"x\"");
    check_find("{\"\\\\\":1,\"\\\"\":2}", "\\", "1");
    check_find("{\"\\\\\":1,\"\\\"\":2}", "\"", "2");
    check_find("{\"\":1}", "", "1");
    check_find("{\"\\u00e9\":1}", "é", "1");
    check_find("{\"é\":1}", "é", "1");
}
END_TEST

START_TEST(a_key_that_only_begins_alike_is_another)
{
    check_find("{\"ab\":1}", "a", NULL);
    check_find("{\"a\":1}", "ab", NULL);
    check_find("{\"a\":1}", "a\":1}", NULL);
    check_find("{\"b\":\"a\"}", "a", NULL);
    check_find("{}", "a", NULL);
    check_find("{\"b\":{\"a\":1}}", "a", NULL);
}
END_TEST

START_TEST(of_duplicates_the_last_is_found)
{
    check_find("{\"a\":1,\"b\":{\"a\":2},\"a\":[3]}", "a", "[3]");
    check_find("{\"a\":1,\"\\u0061\":2}", "a", "2");
    check_find("{\"\\u0061\":2,\"a\":1}", "a", "1");
}
END_TEST

START_TEST(elements_are_counted_from_both_ends)
{
    struct place place = place_of_text("[ 1 ,{\"a\":[]}, [[2],3] ,\"x\"]");
    static const char *const want[] = {"1", "{\"a\":[]}", "[[2],3]", "\"x\""};
    struct place found;

    for (int i = 0; i < 4; i++) {
        ck_assert(place_element(&place, i, &found));
        ck_assert(slice_is(place_bytes(&found), want[i]));
        ck_assert(place_element(&place, i - 4, &found));
        ck_assert(slice_is(place_bytes(&found), want[i]));
    }
    ck_assert(!place_element(&place, 4, &found));
    ck_assert(!place_element(&place, -5, &found));
    free_block(&place);
    place = place_of_text("[]");
    ck_assert(!place_element(&place, 0, &found));
    ck_assert(!place_element(&place, -1, &found));
    free_block(&place);
}
END_TEST

START_TEST(what_nests_deeper_than_the_grammar_goes_is_linked_too)
{
    struct place place;

    buf_clear(&line);
    for (int i = 0; i < 1000; i++)
        buf_add_text(&line, "[0,{\"a\":");
    buf_add_text(&line, "7");
    for (int i = 0; i < 1000; i++)
        buf_add_text(&line, "},1]");
    place = root();
    for (int i = 0; i < 1000; i++) {
        struct place_key a = place_key(slice_text("a"));
        struct place last;

        ck_assert(place_element(&place, 2, &last));
        ck_assert(slice_is(place_bytes(&last), "1"));
        ck_assert(place_element(&place, 1, &place));
        ck_assert(place_find(&place, &a, &place));
    }
    ck_assert(slice_is(place_bytes(&place), "7"));
    free_block(&place);
}
END_TEST

static void add_random(uint32_t *random, int depth);

static void add_blank(uint32_t *random)
{
    if (draw(random) % 4 == 0)
        buf_add_char(&line, " \t\r"[draw(random) % 3]);
}

static void add_members(uint32_t *random, int depth, bool object)
{
    static const char *const keys[] = {"\"a\"", "\"b\"", "\"\"", "\"\\u0061\"",
                                       "\"a\\\\\""};
    uint32_t n = draw(random) % 5;

    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            buf_add_char(&line, ',');
        add_blank(random);
        if (object) {
            buf_add_text(&line, keys[draw(random) % 5]);
            add_blank(random);
            buf_add_char(&line, ':');
        }
        add_random(random, depth + 1);
    }
}

static void add_random(uint32_t *random, int depth)
{
    static const char *const scalars[] = {
        "1", "-1.5e+7", "true", "null", "\"\"", "\"\\\"]\"", "\"{,:\\\\\""};
    uint32_t kind = draw(random) % (depth > 6 ? 1 : 3);

    add_blank(random);
    if (kind == 0) {
        buf_add_text(&line, scalars[draw(random) % 7]);
    } else {
        buf_add_char(&line, kind == 1 ? '[' : '{');
        add_members(random, depth, kind == 2);
        buf_add_char(&line, kind == 1 ? ']' : '}');
    }
    add_blank(random);
}

static void compare(const struct place *place, struct slice value);

static void compare_members(const struct place *place, struct slice value)
{
    static const char *const keys[] = {"a", "b", "", "a\\", "c"};

    for (int i = 0; i < 5; i++) {
        struct place_key key = place_key(slice_text(keys[i]));
        struct place found;
        struct slice want;
        bool there = value_find(value, slice_text(keys[i]), &want);

        ck_assert_int_eq(place_find(place, &key, &found), there);
        if (there)
            compare(&found, want);
    }
}

/* By the positions and by the bytes, the same. */
static void compare(const struct place *place, struct slice value)
{
    struct slice bytes = place_bytes(place), want;
    struct place found;

    if (bytes.ptr != value.ptr || bytes.len != value.len)
        ck_abort_msg("%.*s", (int)line.len, line.data);
    if (value.ptr[0] == '{')
        compare_members(place, value);
    for (int64_t n = -5; value.ptr[0] == '[' && n < 5; n++) {
        bool there = value_element(value, n, &want);

        ck_assert_int_eq(place_element(place, n, &found), there);
        if (there)
            compare(&found, want);
    }
}

START_TEST(positions_lead_where_the_bytes_do)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs */
    const char *given = getenv("SEED");
    uint32_t random =
        (given ? (uint32_t)strtoul(given, NULL, 10) : (uint32_t)time(NULL)) | 1;

    printf("seed %u\n", (unsigned)random);
    fflush(stdout);
    for (int round = 0; round < ROUNDS; round++) {
        struct scan_fault fault;
        struct slice value;
        struct place place;

        buf_clear(&line);
        add_random(&random, 0);
        place = root();
        ck_assert_int_eq(scan_line(slice_of(place.bytes + 22, line.len),
                                   SCAN_DEPTH, &value, &fault),
                         0);
        compare(&place, value);
        free_block(&place);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("place");
    TCase *tests = tcase_create("place");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_key_is_found_by_what_it_means);
    tcase_add_test(tests, a_key_that_only_begins_alike_is_another);
    tcase_add_test(tests, of_duplicates_the_last_is_found);
    tcase_add_test(tests, elements_are_counted_from_both_ends);
    tcase_add_test(tests,
                   what_nests_deeper_than_the_grammar_goes_is_linked_too);
    tcase_add_test(tests, positions_lead_where_the_bytes_do);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
