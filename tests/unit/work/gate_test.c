/* SPDX-License-Identifier: MIT */
#include "work/gate.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A file with this text, instead of the system's. */
static char path[64];

static void write_file(const char *text)
{
    int fd;

    snprintf(path, sizeof path, "/tmp/weir-gate.XXXXXX");
    fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    dprintf(fd, "%s", text);
    close(fd);
}

START_TEST(without_conditions_it_is_open)
{
    const struct gate gate = {0};

    ck_assert_int_eq(gate_wait(&gate, 0), 0);
    ck_assert_int_eq(gate_wait(&gate, INT64_MAX / 2), 0);
}
END_TEST

START_TEST(the_delay_counts_from_the_last_start)
{
    struct gate gate = {.delay_ms = 100};

    ck_assert_int_eq(gate_wait(&gate, 1000), 0);
    gate_passed(&gate, 1000);
    ck_assert_int_eq(gate_wait(&gate, 1000), 100);
    ck_assert_int_eq(gate_wait(&gate, 1099), 1);
    ck_assert_int_eq(gate_wait(&gate, 1100), 0);
}
END_TEST

START_TEST(a_load_above_closes_it)
{
    struct gate gate = {.load = 1.5, .load_file = path};

    write_file("1.50 9.00 9.00 1/234 5678\n");
    ck_assert_int_eq(gate_wait(&gate, 0), 0);
    unlink(path);
    write_file("1.51 0.00 0.00 1/234 5678\n");
    ck_assert_int_gt(gate_wait(&gate, 0), 0);
    unlink(path);
}
END_TEST

START_TEST(too_little_memory_closes_it)
{
    struct gate gate = {.memory_free = 2048000, .memory_file = path};

    write_file("MemTotal:       8000 kB\nMemFree:        1 kB\n"
               "MemAvailable:   2000 kB\n");
    ck_assert_int_eq(gate_wait(&gate, 0), 0);
    gate.memory_free++;
    ck_assert_int_gt(gate_wait(&gate, 0), 0);
    unlink(path);
}
END_TEST

START_TEST(what_the_system_does_not_tell_holds_nobody)
{
    const struct gate gate = {.load = 0.001,
                              .memory_free = UINT64_MAX,
                              .load_file = "/no/such/file",
                              .memory_file = "/dev/null"};

    ck_assert_int_eq(gate_wait(&gate, 0), 0);
}
END_TEST

START_TEST(the_system_does_tell)
{
    const struct gate loaded = {.load = 1e9},
                      full = {.memory_free = UINT64_MAX};

    ck_assert_int_eq(gate_wait(&loaded, 0), 0);
    ck_assert_int_gt(gate_wait(&full, 0), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gate");
    TCase *tests = tcase_create("gate");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, without_conditions_it_is_open);
    tcase_add_test(tests, the_delay_counts_from_the_last_start);
    tcase_add_test(tests, a_load_above_closes_it);
    tcase_add_test(tests, too_little_memory_closes_it);
    tcase_add_test(tests, what_the_system_does_not_tell_holds_nobody);
    tcase_add_test(tests, the_system_does_tell);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
