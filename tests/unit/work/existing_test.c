/* SPDX-License-Identifier: MIT */
#include "work/existing.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "flow/item.h"
#include "io/loop.h"
#include "io/pool.h"
#include "support/folder.h"
#include "work/exchange.h"
#include "work/request.h"
#include "work/save.h"

#define SUM_OF_ABC \
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

enum { MOST = 8 };
enum fate { UNTOLD, THERE, MISSING, STOPPED };

static struct loop *loop;
static struct exchange_options options;
static struct existing *existing;
static struct item *items[MOST];
static enum fate fates[MOST];
static char sums[MOST][DIGEST_HEX_SIZE];
static int told, asked;

static void tell(struct item *item, enum fate fate)
{
    ck_assert_int_eq(fates[item->seq], UNTOLD);
    fates[item->seq] = fate;
    told++;
    if (told == asked)
        loop_stop(loop);
}

static void on_there(void *arg, struct item *item, const char *sha256)
{
    (void)arg;
    snprintf(sums[item->seq], sizeof sums[0], "%s", sha256);
    tell(item, THERE);
}

static void on_missing(void *arg, struct item *item)
{
    (void)arg;
    tell(item, MISSING);
}

static void on_stopped(void *arg, struct item *item)
{
    (void)arg;
    tell(item, STOPPED);
}

static void set_up(void)
{
    const struct item_limits limits = {.in = 100, .result = 100, .out = 100};
    struct err err;

    make_folder();
    loop = loop_open();
    options =
        (struct exchange_options){.save = save_open(folder, false, &err),
                                  .pool = pool_open(loop, EXISTING_AT_ONCE)};
    existing = existing_open(&(struct existing_options){.exchange = &options,
                                                        .there = on_there,
                                                        .missing = on_missing,
                                                        .stopped = on_stopped});
    memset(fates, 0, sizeof fates);
    told = 0;
    asked = 0;
    for (size_t i = 0; i < MOST; i++) {
        items[i] = item_new(&limits);
        items[i]->seq = i;
        items[i]->work = request_new();
    }
}

static void tear_down(void)
{
    pool_close(options.pool);
    existing_close(existing);
    save_close(options.save);
    loop_close(loop);
    for (size_t i = 0; i < MOST; i++) {
        request_free(items[i]->work);
        item_free(items[i]);
    }
    remove_folder();
}

static void make_file(const char *name, const char *text)
{
    int fd = open(inside(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    ck_assert_int_eq(fd_write(fd, text, strlen(text)), 0);
    fd_close(fd);
}

/* Ask for the next item's file; with a sum, it may be told of later. */
static enum fate ask(const char *name, uint64_t size, const char *sum)
{
    struct item *item = items[asked];
    struct request *request = item->work;

    request_set_text(&request->output, slice_text(name));
    request->size = size;
    snprintf(request->sha256, sizeof request->sha256, "%s", sum);
    asked++;
    existing_ask(existing, item);
    return fates[item->seq];
}

START_TEST(without_a_sum_it_is_told_at_once)
{
    make_file("abc", "abc");
    make_file("empty", "");
    ck_assert_int_eq(mkdir(inside("directory"), 0700), 0);
    ck_assert_int_eq(mkfifo(inside("fifo"), 0600), 0);
    ck_assert_int_eq(symlink("abc", inside("link")), 0);
    ck_assert_int_eq(ask("abc", REQUEST_ANY_SIZE, ""), THERE);
    ck_assert_str_eq(sums[0], "");
    ck_assert_int_eq(ask("abc", 3, ""), THERE);
    ck_assert_int_eq(ask("abc", 4, ""), MISSING);
    ck_assert_int_eq(ask("empty", 0, ""), THERE);
    ck_assert_int_eq(ask("directory", REQUEST_ANY_SIZE, ""), MISSING);
    ck_assert_int_eq(ask("fifo", REQUEST_ANY_SIZE, ""), MISSING);
    ck_assert_int_eq(ask("link", REQUEST_ANY_SIZE, ""), MISSING);
    ck_assert_int_eq(ask("no/such", REQUEST_ANY_SIZE, ""), MISSING);
}
END_TEST

START_TEST(a_sum_has_to_be_right)
{
    make_file("abc", "abc");
    make_file("abd", "abd");
    ask("abc", REQUEST_ANY_SIZE, SUM_OF_ABC);
    ask("abd", REQUEST_ANY_SIZE, SUM_OF_ABC);
    ask("none", REQUEST_ANY_SIZE, SUM_OF_ABC);
    ask("abc", 4, SUM_OF_ABC);
    ask("abc", 3, SUM_OF_ABC);
    ask("abd", 3, SUM_OF_ABC);
    loop_run(loop);
    ck_assert_int_eq(told, 6);
    ck_assert_int_eq(fates[0], THERE);
    ck_assert_str_eq(sums[0], SUM_OF_ABC);
    ck_assert_int_eq(fates[1], MISSING);
    ck_assert_int_eq(fates[2], MISSING);
    ck_assert_int_eq(fates[3], MISSING);
    ck_assert_int_eq(fates[4], THERE);
    ck_assert_int_eq(fates[5], MISSING);
}
END_TEST

START_TEST(each_is_told_of_when_it_is_stopped)
{
    make_file("abc", "abc");
    for (int i = 0; i < MOST; i++)
        ck_assert_int_eq(ask("abc", REQUEST_ANY_SIZE, SUM_OF_ABC), UNTOLD);
    existing_stop(existing);
    ck_assert_int_eq(told, MOST - EXISTING_AT_ONCE);
    loop_run(loop);
    ck_assert_int_eq(told, MOST);
    for (int i = 0; i < MOST; i++)
        ck_assert_int_eq(fates[i], STOPPED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("existing");
    TCase *tests = tcase_create("existing");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, without_a_sum_it_is_told_at_once);
    tcase_add_test(tests, a_sum_has_to_be_right);
    tcase_add_test(tests, each_is_told_of_when_it_is_stopped);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
