/* SPDX-License-Identifier: MIT */
#include "json/shape.h"

#include <check.h>
#include <stdio.h>

#include "base/buf.h"
#include "support/random.h"
#include "json/grammar.h"
#include "json/index.h"

enum { ROUNDS = 20000 };

static const char *const names[] = {
    "",        "a",        "b",        "ab",
    "abc",     "abcd",     "package",  "path",
    "line",    "abcdefgh", "abcdefgi", "q\\\"",
    "\\u0061", "\xc3\xa9", "abcdef",   "abcdefghijklmno"};

enum { NAMES = sizeof names / sizeof names[0] };

static struct index index_of_block;
static struct buf block;
static struct shape shape;
static struct shape_keys keys;

static void set_up(void)
{
    index_init(&index_of_block);
    index_ready();
    buf_init(&block, 1 << 16);
    shape = (struct shape){0};
    keys = (struct shape_keys){0};
}

static void tear_down(void)
{
    index_release(&index_of_block);
    buf_release(&block);
}

/* The object of what is in `block`, a line. */
static struct place object(void)
{
    struct grammar_line line;
    struct grammar g;

    buf_add_char(&block, '\n');
    index_block(&index_of_block, buf_slice(&block));
    g = grammar_begin(&index_of_block, buf_slice(&block), 64, true);
    ck_assert(grammar_next(&g, &line));
    ck_assert_int_eq(line.verdict, GRAMMAR_VALID);
    return (struct place){&index_of_block, block.data, (uint32_t)line.first};
}

static struct place object_of(const char *text)
{
    buf_clear(&block);
    buf_add_text(&block, text);
    return object();
}

/* What it says is what is found one by one. */
static void check_all(const struct place *place)
{
    for (uint32_t k = 0; k < keys.count; k++)
        ck_assert_uint_eq(shape_find(&shape, k + 1),
                          place_member(place, &keys.key[k]));
}

static bool see(const char *text)
{
    const struct place place = object_of(text);
    const bool seen = shape_see(&shape, &keys, &place);

    if (seen)
        check_all(&place);
    return seen;
}

START_TEST(numbers_keys_by_their_text)
{
    ck_assert_uint_eq(shape_keys_add(&keys, slice_text("a")), 1);
    ck_assert_uint_eq(shape_keys_add(&keys, slice_text("b")), 2);
    ck_assert_uint_eq(shape_keys_add(&keys, slice_text("a")), 1);
    keys.count = SHAPE_KEYS_MAX;
    ck_assert_uint_eq(shape_keys_add(&keys, slice_text("new")), 0);
}
END_TEST

START_TEST(fits_the_same_keys_only)
{
    shape_keys_add(&keys, slice_text("a"));
    shape_keys_add(&keys, slice_text("c"));
    ck_assert(see("{\"a\":1,\"b\":{\"a\":2},\"c\":[3]}"));
    ck_assert(see("{\"a\":{\"c\":1},\"b\":2,\"c\":\"a\"}"));
    ck_assert_uint_eq(shape.pauses, 0);
    ck_assert(see("{\"a\":1,\"b\":2}")); /* learns */
    ck_assert(see("{\"a\":1,\"b\":2}"));
    ck_assert(see("{\"a\":1,\"b\":2,\"a\":3}"));
    ck_assert(see("{\"a\":1,\"b\":2,\"a\":\"x\"}"));
    ck_assert(see("{\"\\u0061\":1,\"b\" :2}"));
}
END_TEST

START_TEST(pauses_where_nothing_repeats)
{
    uint32_t seen = 0;

    shape_keys_add(&keys, slice_text("a"));
    for (int i = 0; i < 1000; i++)
        seen += see(i % 2 ? "{\"a\":1}" : "{\"b\":1}");
    ck_assert_uint_lt(seen, 100);
    for (int i = 0; i < 1000; i++)
        seen += see("{\"a\":1}");
    ck_assert_uint_gt(seen, 700);
}
END_TEST

START_TEST(knows_its_bounds)
{
    shape_keys_add(&keys, slice_text("a"));
    ck_assert(!see("{}"));
    shape.pause = 0;
    ck_assert(!see("{\"a\":1,\"a key of many bytes\":2}"));
    shape.pause = 0;
    buf_clear(&block);
    for (int i = 0; i <= SHAPE_MEMBERS_MAX; i++)
        buf_printf(&block, "%c\"%d\":1", i ? ',' : '{', i);
    buf_add_char(&block, '}');
    {
        const struct place place = object();

        ck_assert(!shape_see(&shape, &keys, &place));
    }
}
END_TEST

static void add_members(uint32_t *random, int depth)
{
    const uint32_t n = draw_below(random, 5);

    buf_add_char(&block, '{');
    for (uint32_t i = 0; i < n; i++) {
        buf_printf(&block, "%s\"%s\"%s:", i ? "," : "",
                   names[draw_below(random, NAMES)],
                   draw_below(random, 8) == 0 ? " " : "");
        if (depth < 2 && draw_below(random, 4) == 0)
            add_members(random, depth + 1);
        else
            buf_add_text(&block, draw_below(random, 2) ? "[1,{}]" : "\"a\"");
    }
    buf_add_char(&block, '}');
}

START_TEST(finds_what_place_member_finds)
{
    uint32_t random = seed_of_run();

    for (size_t i = 0; i < NAMES; i++)
        shape_keys_add(&keys, slice_text(names[i]));
    for (int i = 0; i < ROUNDS; i++) {
        struct place place;

        buf_clear(&block);
        add_members(&random, 0);
        place = object();
        for (int twice = 0; twice < 2; twice++) {
            shape.pause = 0;
            if (shape_see(&shape, &keys, &place))
                check_all(&place);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shape");
    TCase *tests = tcase_create("shape");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, numbers_keys_by_their_text);
    tcase_add_test(tests, fits_the_same_keys_only);
    tcase_add_test(tests, pauses_where_nothing_repeats);
    tcase_add_test(tests, knows_its_bounds);
    tcase_add_test(tests, finds_what_place_member_finds);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
