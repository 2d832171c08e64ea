/* SPDX-License-Identifier: MIT */
#include "flow/item.h"

#include <check.h>
#include <string.h>

static const struct item_limits limits = {
    .in = 1000, .result = 2000, .out = 3000};

START_TEST(a_new_item_is_spare_and_empty)
{
    struct item *item = item_new(&limits);

    ck_assert_int_eq(item->place, ITEM_SPARE);
    ck_assert_int_eq(item->status, ITEM_PENDING);
    ck_assert_int_eq(item->retries, -1);
    ck_assert(list_empty(&item->link));
    ck_assert_uint_eq(item->in.len + item->out.len + item->result.len, 0);
    item_free(item);
    item_free(NULL);
}
END_TEST

START_TEST(each_buffer_has_its_limit)
{
    struct item *item = item_new(&limits);

    ck_assert_uint_eq(item->in.max, 1000);
    ck_assert_uint_eq(item->meta.max, 1000);
    ck_assert_uint_eq(item->result.max, 2000);
    ck_assert_uint_eq(item->out.max, 3000);
    item_free(item);
}
END_TEST

static void fill(struct item *item)
{
    static char much[900];

    buf_add(&item->in, much, sizeof much);
    buf_add(&item->out, much, sizeof much);
    buf_add(&item->result, much, sizeof much);
    buf_add_text(&item->id, "a");
    buf_add_text(&item->meta, "{}");
    buf_add_text(&item->detail, "exit 1");
    item->origin = "list";
    item->line = 7;
    item->lines = 3;
    item->overlong = true;
    item->retries = 5;
    item->attempts = 2;
    item->started_us = 1;
    item->started_wall_ms = 1;
    item->duration_us = 1;
    item->retry_floor_ms = 9;
    item->retryable = true;
    item_fail(item, ITEM_FAILED, "exit", "exit status %d", 1);
}

START_TEST(clear_forgets_all_but_the_memory_to_keep)
{
    struct item *item = item_new(&limits);

    fill(item);
    item_clear(item, 100);
    ck_assert_int_eq(item->status, ITEM_PENDING);
    ck_assert_ptr_null(item->fault);
    ck_assert_str_eq(item->message, "");
    ck_assert_ptr_null(item->origin);
    ck_assert_uint_eq(item->line + item->lines + item->attempts, 0);
    ck_assert(!item->overlong && !item->retryable);
    ck_assert_int_eq(item->retries, -1);
    ck_assert_int_eq(item->started_us + item->started_wall_ms, 0);
    ck_assert_int_eq(item->duration_us + item->retry_floor_ms, 0);
    ck_assert_uint_eq(item->in.len + item->out.len + item->result.len, 0);
    ck_assert_uint_eq(item->id.len + item->meta.len + item->detail.len, 0);
    ck_assert_uint_le(item->in.cap, 100);
    ck_assert_uint_le(item->out.cap, 100);
    ck_assert_uint_le(item->result.cap, 100);
    item_free(item);
}
END_TEST

START_TEST(clear_attempt_keeps_what_came_in)
{
    struct item *item = item_new(&limits);

    fill(item);
    item_clear_attempt(item);
    ck_assert_int_eq(item->status, ITEM_PENDING);
    ck_assert_ptr_null(item->fault);
    ck_assert_uint_eq(item->out.len + item->result.len + item->detail.len, 0);
    ck_assert(!item->retryable);
    ck_assert_int_eq(item->started_us, 0);
    ck_assert_uint_eq(item->in.len, 900);
    ck_assert_uint_eq(item->attempts, 2);
    ck_assert_int_eq(item->retries, 5);
    ck_assert(slice_is(buf_slice(&item->id), "a"));
    ck_assert(slice_is(buf_slice(&item->meta), "{}"));
    item_free(item);
}
END_TEST

START_TEST(the_end_is_noted)
{
    struct item *item = item_new(&limits);

    item_fail(item, ITEM_CANCELLED, "cancelled", "%s", "before it started");
    ck_assert_int_eq(item->status, ITEM_CANCELLED);
    ck_assert_str_eq(item->fault, "cancelled");
    ck_assert_str_eq(item->message, "before it started");
    item_complete(item);
    ck_assert_int_eq(item->status, ITEM_COMPLETED);
    ck_assert_ptr_null(item->fault);
    ck_assert_str_eq(item->message, "");
    item_free(item);
}
END_TEST

START_TEST(a_long_message_is_cut)
{
    struct item *item = item_new(&limits);
    char much[2 * ITEM_MESSAGE_SIZE];

    memset(much, 'a', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    item_fail(item, ITEM_FAILED, "io", "%s", much);
    ck_assert_uint_eq(strlen(item->message), ITEM_MESSAGE_SIZE - 1);
    item_free(item);
}
END_TEST

START_TEST(every_status_has_a_name)
{
    ck_assert_str_eq(item_status_name(ITEM_PENDING), "pending");
    ck_assert_str_eq(item_status_name(ITEM_RUNNING), "running");
    ck_assert_str_eq(item_status_name(ITEM_COMPLETED), "completed");
    ck_assert_str_eq(item_status_name(ITEM_FAILED), "failed");
    ck_assert_str_eq(item_status_name(ITEM_CANCELLED), "cancelled");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("item");
    TCase *tests = tcase_create("item");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_new_item_is_spare_and_empty);
    tcase_add_test(tests, each_buffer_has_its_limit);
    tcase_add_test(tests, clear_forgets_all_but_the_memory_to_keep);
    tcase_add_test(tests, clear_attempt_keeps_what_came_in);
    tcase_add_test(tests, the_end_is_noted);
    tcase_add_test(tests, a_long_message_is_cut);
    tcase_add_test(tests, every_status_has_a_name);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
