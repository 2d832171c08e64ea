/* SPDX-License-Identifier: MIT */
#include "work/rehash.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/mem.h"
#include "io/loop.h"
#include "support/folder.h"

enum { MANY = 5 * 1024 * 1024 + 3 }; /* more than is followed at once */

static struct loop *loop;
static struct pool *pool;
static struct digest *digest;
static struct rehash rehash;
static int calls;
static char *bytes;
static char want[DIGEST_HEX_SIZE];

static void on_done(void *arg)
{
    ck_assert_ptr_eq(arg, &calls);
    calls++;
    loop_stop(loop);
}

static void set_up(void)
{
    make_folder();
    loop = loop_open();
    pool = pool_open(loop, 2);
    digest = digest_new();
    calls = 0;
    rehash = (struct rehash){
        .pool = pool,
        .digest = digest,
        .arg = &calls,
        .done = on_done,
        .fd = open(inside("f"), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    ck_assert_int_ge(rehash.fd, 0);
    bytes = mem_alloc(MANY);
    for (size_t i = 0; i < MANY; i++)
        bytes[i] = (char)(i * 31 + i / 1000);
    digest_clear(digest);
    digest_add(digest, slice_of(bytes, MANY));
    digest_finish(digest, want);
}

static void tear_down(void)
{
    pool_close(pool);
    loop_close(loop);
    digest_free(digest);
    fd_close(rehash.fd);
    mem_free(bytes);
    remove_folder();
}

static void add(size_t from, size_t until)
{
    ck_assert_int_eq(fd_write(rehash.fd, bytes + from, until - from), 0);
}

/* Until `done` is called; its sum is that of all. */
static void await_all(void)
{
    char got[DIGEST_HEX_SIZE];

    loop_run(loop);
    ck_assert_int_eq(calls, 1);
    ck_assert(!rehash.stopped && !rehash.busy);
    ck_assert_int_eq(rehash.sys, 0);
    digest_finish(digest, got);
    ck_assert_str_eq(got, want);
}

START_TEST(a_file_that_is_there_is_read)
{
    add(0, MANY);
    rehash_start(&rehash);
    ck_assert_int_eq(calls, 0);
    await_all();
}
END_TEST

START_TEST(an_empty_file_has_a_sum)
{
    digest_clear(digest);
    digest_finish(digest, want);
    rehash_start(&rehash);
    await_all();
}
END_TEST

START_TEST(a_file_that_grows_is_followed)
{
    rehash_begin(&rehash);
    add(0, 1000);
    rehash_follow(&rehash, 1000);
    ck_assert(!rehash.busy); /* not worth it yet */
    add(1000, MANY - 1);
    rehash_follow(&rehash, MANY - 1);
    ck_assert(rehash.busy);
    rehash_follow(&rehash, MANY - 1);
    add(MANY - 1, MANY);
    rehash_finish(&rehash); /* while a thread has it, or had it */
    await_all();
}
END_TEST

START_TEST(what_is_followed_can_be_begun_anew)
{
    rehash_begin(&rehash);
    rehash_begin(&rehash);
    add(0, MANY);
    rehash_finish(&rehash);
    await_all();
    calls = 0;
    rehash_start(&rehash);
    await_all();
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_told)
{
    int fd = rehash.fd;

    rehash.fd = open(inside("f"), O_WRONLY | O_CLOEXEC);
    rehash_start(&rehash);
    loop_run(loop);
    ck_assert_int_eq(calls, 1);
    ck_assert_int_eq(rehash.sys, EBADF);
    fd_close(rehash.fd);
    rehash.fd = fd;
}
END_TEST

START_TEST(who_stops_is_told_once_if_a_thread_has_it)
{
    add(0, MANY);
    rehash_start(&rehash);
    rehash_stop(&rehash);
    loop_run(loop);
    ck_assert_int_eq(calls, 1);
    ck_assert(rehash.stopped);
    calls = 0;
    rehash_begin(&rehash);
    ck_assert(!rehash.stopped);
    rehash_stop(&rehash); /* nobody has it: nobody is told */
    ck_assert(!rehash.busy);
    ck_assert_int_eq(calls, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rehash");
    TCase *tests = tcase_create("rehash");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_file_that_is_there_is_read);
    tcase_add_test(tests, an_empty_file_has_a_sum);
    tcase_add_test(tests, a_file_that_grows_is_followed);
    tcase_add_test(tests, what_is_followed_can_be_begun_anew);
    tcase_add_test(tests, a_file_that_cannot_be_read_is_told);
    tcase_add_test(tests, who_stops_is_told_once_if_a_thread_has_it);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
