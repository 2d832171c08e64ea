/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <check.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void check_zero(const char *block, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ck_assert_int_eq(block[i], 0);
}

START_TEST(new_memory_is_zero)
{
    char *one = mem_alloc(1000);
    char *many = mem_alloc_array(100, 10);

    check_zero(one, 1000);
    check_zero(many, 1000);
    mem_free(one);
    mem_free(many);
}
END_TEST

START_TEST(nothing_is_memory_too)
{
    void *blocks[] = {mem_alloc(0), mem_alloc_array(0, 8),
                      mem_alloc_array(8, 0), mem_resize(NULL, 0)};

    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        ck_assert_ptr_nonnull(blocks[i]);
        mem_free(blocks[i]);
    }
    mem_free(NULL);
}
END_TEST

START_TEST(resize_keeps_the_bytes)
{
    char *block = mem_resize(NULL, 4);

    memcpy(block, "abcd", 4);
    block = mem_resize(block, 100000);
    ck_assert_mem_eq(block, "abcd", 4);
    block = mem_resize(block, 2);
    ck_assert_mem_eq(block, "ab", 2);
    mem_free(block);
}
END_TEST

START_TEST(a_copy_of_text_ends_in_nul)
{
    char *copy = mem_copy_text("abcdef", 3);
    char *empty = mem_copy_text(NULL, 0);

    ck_assert_str_eq(copy, "abc");
    ck_assert_str_eq(empty, "");
    mem_free(copy);
    mem_free(empty);
}
END_TEST

/* The sanitizers end the process themselves. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static void exhaust(int message)
{
    volatile size_t much = SIZE_MAX / 2;

    dup2(message, STDERR_FILENO);
    mem_free(mem_alloc_array(much, 3));
    _exit(0);
}

START_TEST(out_of_memory_ends_with_a_message)
{
    char text[100] = "";
    int ends[2], status = 0;
    pid_t pid;

    ck_assert_int_eq(pipe(ends), 0);
    pid = fork();
    if (pid == 0)
        exhaust(ends[1]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 70);
    ck_assert_int_gt(read(ends[0], text, sizeof text - 1), 0);
    ck_assert_str_eq(text, "weir: out of memory\n");
    close(ends[0]);
    close(ends[1]);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("mem");
    TCase *tests = tcase_create("mem");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, new_memory_is_zero);
    tcase_add_test(tests, nothing_is_memory_too);
    tcase_add_test(tests, resize_keeps_the_bytes);
    tcase_add_test(tests, a_copy_of_text_ends_in_nul);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    tcase_add_test(tests, out_of_memory_ends_with_a_message);
#endif
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
