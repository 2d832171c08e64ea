/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "support/random.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>

START_TEST(a_new_buffer_holds_nothing)
{
    struct buf b;

    buf_init(&b, 10);
    ck_assert_uint_eq(b.len, 0);
    ck_assert_uint_eq(b.cap, 0);
    ck_assert(slice_is(buf_slice(&b), ""));
    buf_release(&b);
}
END_TEST

START_TEST(each_kind_is_appended)
{
    struct buf b;

    buf_init(&b, 100);
    ck_assert_int_eq(buf_add(&b, "ab\0", 3), 0);
    ck_assert_int_eq(buf_add_text(&b, "cd"), 0);
    ck_assert_int_eq(buf_add_char(&b, 'e'), 0);
    ck_assert_int_eq(buf_add_slice(&b, slice_text("f")), 0);
    ck_assert_int_eq(buf_add_slice(&b, slice_of(NULL, 0)), 0);
    ck_assert_int_eq(buf_printf(&b, "%d%s", 12, ""), 0);
    ck_assert(slice_equal(buf_slice(&b), slice_of("ab\0cdef12", 9)));
    buf_release(&b);
}
END_TEST

START_TEST(numbers_are_written_in_decimal)
{
    struct buf b;

    buf_init(&b, 100);
    ck_assert_int_eq(buf_add_number(&b, 0), 0);
    buf_add_char(&b, ' ');
    ck_assert_int_eq(buf_add_number(&b, 1203), 0);
    buf_add_char(&b, ' ');
    ck_assert_int_eq(buf_add_number(&b, UINT64_MAX), 0);
    ck_assert(slice_is(buf_slice(&b), "0 1203 18446744073709551615"));
    buf_release(&b);
    buf_init(&b, 3);
    ck_assert_int_eq(buf_add_number(&b, 999), 0);
    ck_assert_int_eq(buf_add_number(&b, 1), -1);
    ck_assert(slice_is(buf_slice(&b), "999"));
    buf_release(&b);
}
END_TEST

START_TEST(microseconds_are_written_as_seconds)
{
    struct buf b;

    buf_init(&b, 100);
    buf_add_seconds(&b, 0);
    buf_add_char(&b, ' ');
    buf_add_seconds(&b, 1020);
    buf_add_char(&b, ' ');
    buf_add_seconds(&b, 60000001);
    buf_add_char(&b, ' ');
    buf_add_seconds(&b, INT64_MAX);
    ck_assert(slice_is(buf_slice(&b),
                       "0.000000 0.001020 60.000001 9223372036854.775807"));
    buf_release(&b);
}
END_TEST

START_TEST(the_maximum_can_be_filled)
{
    struct buf b;

    buf_init(&b, 5);
    ck_assert_int_eq(buf_add_text(&b, "abcde"), 0);
    ck_assert(slice_is(buf_slice(&b), "abcde"));
    ck_assert_uint_le(b.cap, 5);
    buf_release(&b);
}
END_TEST

START_TEST(printf_needs_room_for_its_nul)
{
    struct buf b;

    buf_init(&b, 5);
    ck_assert_int_eq(buf_printf(&b, "%s", "abcde"), -1);
    ck_assert_int_eq(buf_printf(&b, "%s", "abcd"), 0);
    ck_assert(slice_is(buf_slice(&b), "abcd"));
    ck_assert_int_eq(buf_add_char(&b, 'e'), 0);
    buf_release(&b);
}
END_TEST

START_TEST(beyond_the_maximum_nothing_changes)
{
    volatile size_t largest = SIZE_MAX; /* unknown: the compiler would warn */
    struct buf b;

    buf_init(&b, 5);
    ck_assert_int_eq(buf_add_text(&b, "abc"), 0);
    ck_assert_int_eq(buf_add_text(&b, "def"), -1);
    ck_assert_int_eq(buf_printf(&b, "%s", "def"), -1);
    ck_assert_int_eq(buf_add(&b, "", largest), -1);
    ck_assert_ptr_null(buf_reserve(&b, 3));
    ck_assert_ptr_null(buf_reserve(&b, largest));
    ck_assert(slice_is(buf_slice(&b), "abc"));
    ck_assert_int_eq(buf_add_text(&b, "de"), 0);
    ck_assert_int_eq(buf_add_char(&b, 'f'), -1);
    ck_assert(slice_is(buf_slice(&b), "abcde"));
    buf_release(&b);
}
END_TEST

START_TEST(clear_keeps_the_memory)
{
    struct buf b;
    const char *before;

    buf_init(&b, 1000);
    buf_add_text(&b, "abc");
    before = b.data;
    buf_clear(&b);
    ck_assert_uint_eq(b.len, 0);
    buf_add_text(&b, "def");
    ck_assert_ptr_eq(b.data, before);
    buf_release(&b);
}
END_TEST

START_TEST(shrink_never_cuts_bytes)
{
    struct buf b;

    buf_init(&b, 100000);
    ck_assert_ptr_nonnull(buf_reserve(&b, 50000));
    buf_add_text(&b, "abcdef");
    buf_shrink(&b, 5);
    ck_assert_uint_ge(b.cap, 50000);
    buf_shrink(&b, 6);
    ck_assert_uint_eq(b.cap, 6);
    ck_assert(slice_is(buf_slice(&b), "abcdef"));
    buf_clear(&b);
    buf_shrink(&b, 0);
    ck_assert_uint_eq(b.cap, 0);
    ck_assert_int_eq(buf_add_text(&b, "xyz"), 0);
    ck_assert(slice_is(buf_slice(&b), "xyz"));
    buf_release(&b);
}
END_TEST

START_TEST(drop_moves_the_rest_to_the_front)
{
    struct buf b;

    buf_init(&b, 100);
    buf_drop(&b, 0);
    buf_add_text(&b, "abcdef");
    buf_drop(&b, 4);
    ck_assert(slice_is(buf_slice(&b), "ef"));
    buf_drop(&b, 2);
    ck_assert_uint_eq(b.len, 0);
    buf_release(&b);
}
END_TEST

START_TEST(a_released_buffer_can_be_used_again)
{
    struct buf zeroed = {0};
    struct buf b;

    buf_release(&zeroed);
    buf_init(&b, 10);
    buf_add_text(&b, "abc");
    buf_release(&b);
    buf_release(&b);
    ck_assert_int_eq(buf_add_text(&b, "0123456789"), 0);
    ck_assert_int_eq(buf_add_char(&b, 'x'), -1);
    buf_release(&b);
}
END_TEST

enum { MODEL_MAX = 600 };

/* What the buffer should hold. */
struct model {
    char bytes[MODEL_MAX];
    size_t len, max;
};

static void grow_both(struct buf *b, struct model *m, uint32_t *state)
{
    char bytes[300];
    size_t n = draw(state) % sizeof bytes;
    bool fits = n <= m->max - m->len;

    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)draw(state);
    ck_assert_int_eq(buf_add(b, bytes, n), fits ? 0 : -1);
    if (!fits)
        return;
    memcpy(m->bytes + m->len, bytes, n);
    m->len += n;
}

static void drop_both(struct buf *b, struct model *m, uint32_t *state)
{
    size_t n = draw(state) % (m->len + 1);

    buf_drop(b, n);
    m->len -= n;
    memmove(m->bytes, m->bytes + n, m->len);
}

START_TEST(it_does_as_a_plain_array_does)
{
    uint32_t state = seed_of_run();

    for (int round = 0; round < 500; round++) {
        struct model m = {.max = draw(&state) % MODEL_MAX};
        struct buf b;

        buf_init(&b, m.max);
        for (int step = 0; step < 50; step++) {
            switch (draw(&state) % 4) {
            case 0: drop_both(&b, &m, &state); break;
            case 1: buf_shrink(&b, draw(&state) % MODEL_MAX); break;
            default: grow_both(&b, &m, &state); break;
            }
            ck_assert(slice_equal(buf_slice(&b), slice_of(m.bytes, m.len)));
            ck_assert_uint_le(b.cap, m.max);
        }
        buf_release(&b);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("buf");
    TCase *tests = tcase_create("buf");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_new_buffer_holds_nothing);
    tcase_add_test(tests, each_kind_is_appended);
    tcase_add_test(tests, numbers_are_written_in_decimal);
    tcase_add_test(tests, microseconds_are_written_as_seconds);
    tcase_add_test(tests, the_maximum_can_be_filled);
    tcase_add_test(tests, printf_needs_room_for_its_nul);
    tcase_add_test(tests, beyond_the_maximum_nothing_changes);
    tcase_add_test(tests, clear_keeps_the_memory);
    tcase_add_test(tests, shrink_never_cuts_bytes);
    tcase_add_test(tests, drop_moves_the_rest_to_the_front);
    tcase_add_test(tests, a_released_buffer_can_be_used_again);
    tcase_add_test(tests, it_does_as_a_plain_array_does);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
