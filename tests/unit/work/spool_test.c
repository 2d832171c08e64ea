/* SPDX-License-Identifier: MIT */
#include "work/spool.h"

#include <check.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

static struct spool spool;
static struct buf out;
static struct err err;

static void set_up(void)
{
    spool_init(&spool, "/tmp");
    buf_init(&out, SPOOL_MEMORY);
}

static void tear_down(void)
{
    spool_release(&spool);
    buf_release(&out);
}

START_TEST(little_stays_in_memory)
{
    ck_assert_int_eq(spool_add(&spool, slice_text("one "), &err), 0);
    ck_assert_int_eq(spool_add(&spool, slice_text("two"), &err), 0);
    ck_assert_int_eq(spool_take(&spool, &out), -1);
    ck_assert(slice_is(buf_slice(&out), "one two"));
    buf_clear(&out);
    ck_assert_int_eq(spool_take(&spool, &out), -1);
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(much_goes_to_a_file_in_its_order)
{
    static char bytes[SPOOL_MEMORY], got[SPOOL_MEMORY + 8];
    int file;

    memset(bytes, 'x', sizeof bytes);
    ck_assert_int_eq(spool_add(&spool, slice_text("begin"), &err), 0);
    ck_assert_int_eq(spool_add(&spool, slice_of(bytes, sizeof bytes), &err), 0);
    ck_assert_int_eq(spool_add(&spool, slice_text("end"), &err), 0);
    file = spool_take(&spool, &out);
    ck_assert_int_ge(file, 0);
    ck_assert_uint_eq(out.len, 0);
    ck_assert_int_eq(pread(file, got, sizeof got, 0), sizeof got);
    ck_assert(slice_is(slice_of(got, 5), "begin"));
    ck_assert(slice_equal(slice_of(got + 5, sizeof bytes),
                          slice_of(bytes, sizeof bytes)));
    ck_assert(slice_is(slice_of(got + 5 + sizeof bytes, 3), "end"));
    fd_close(file);
    ck_assert_int_eq(spool_add(&spool, slice_text("next"), &err), 0);
    ck_assert_int_eq(spool_take(&spool, &out), -1);
    ck_assert(slice_is(buf_slice(&out), "next"));
}
END_TEST

START_TEST(what_cannot_be_held_is_an_error)
{
    static char bytes[SPOOL_MEMORY + 1];

    spool.directory = "/nonexistent";
    ck_assert_int_eq(spool_add(&spool, slice_of(bytes, sizeof bytes), &err),
                     -1);
    ck_assert_int_eq(err.kind, ERR_OUTPUT);
    ck_assert_str_eq(err.text, "a temporary file in /nonexistent: No such file "
                               "or directory");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spool");
    TCase *tests = tcase_create("spool");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, little_stays_in_memory);
    tcase_add_test(tests, much_goes_to_a_file_in_its_order);
    tcase_add_test(tests, what_cannot_be_held_is_an_error);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
