/* SPDX-License-Identifier: MIT */
#include "work/condition.h"

#include <check.h>
#include <stdlib.h>

#include "answer_fake.h"
#include "base/buf.h"
#include "base/err.h"
#include "flow/item.h"
#include "work/exchange.h"
#include "work/request.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"

static struct request *own, *all;
static struct item *item;
static struct exchange_options options;
static struct buf lines;

static void recall(void *arg, struct item *of)
{
    ck_assert_ptr_eq(arg, &options);
    buf_add_text(&of->etag, "\"kept\"");
}

static void set_up(void)
{
    const struct item_limits limits = {.in = 100, .result = 100, .out = 100};

    own = request_new();
    all = request_new();
    item = item_new(&limits);
    item->work = own;
    item->known.stored = true;
    options = (struct exchange_options){.defaults = all,
                                        .body = EXCHANGE_FILE,
                                        .recall = recall,
                                        .recall_arg = &options};
    buf_init(&lines, SIZE_MAX);
}

static void tear_down(void)
{
    request_free(own);
    request_free(all);
    item_free(item);
    buf_release(&lines);
}

static bool recalls(void)
{
    condition_recall(&options, item);
    return item->etag.len > 0;
}

START_TEST(what_the_state_knows_is_asked_by)
{
    struct err err;

    ck_assert(recalls());
    ck_assert(condition_needs_file(&options, item));
    options.body = EXCHANGE_INLINE;
    ck_assert(!condition_needs_file(&options, item));
    request_set_method(own, slice_text("HEAD"), &err);
    ck_assert(recalls());
    options.body = EXCHANGE_FILE;
    ck_assert(!condition_needs_file(&options, item));
}
END_TEST

START_TEST(only_the_first_attempt_of_a_run_looks)
{
    item->attempts = 1;
    ck_assert(!recalls());
    item->tried = 1; /* that was another run */
    ck_assert(recalls());
    item->attempts = 2;
    buf_clear(&item->etag);
    ck_assert(!recalls());
}
END_TEST

START_TEST(without_knowledge_the_whole_is_asked_for)
{
    item->known.stored = false;
    ck_assert(!recalls());
    item->known.stored = true;
    item->known.marked = true; /* it was interrupted */
    ck_assert(!recalls());
    item->known.marked = false;
    options.recall = NULL;
    ck_assert(!recalls());
    options.recall = recall;
    ck_assert(recalls());
    /* What an earlier item had is forgotten. */
    item->known.stored = false;
    ck_assert(!recalls());
}
END_TEST

START_TEST(what_the_list_knows_can_be_compared_with_a_file_alone)
{
    own->size = 5;
    ck_assert(recalls());
    options.body = EXCHANGE_NOWHERE;
    ck_assert(!recalls());
    own->size = REQUEST_ANY_SIZE;
    ck_assert(recalls());
    own->sha256[0] = 'a';
    ck_assert(!recalls());
}
END_TEST

START_TEST(who_asks_by_himself_is_left_alone)
{
    static const char *const headers[] = {
        "if-match: *", "If-None-Match: *", "If-Modified-Since: x",
        "If-Unmodified-Since: x", "If-Range: x"};
    static const char *const methods[] = {"POST", "PUT", "get"};
    struct err err;

    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        request_clear(all);
        request_add_header(all, slice_text(headers[i]), &err);
        ck_assert_msg(!recalls(), "%s", headers[i]);
    }
    request_clear(all);
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        request_set_method(own, slice_text(methods[i]), &err);
        ck_assert_msg(!recalls(), "%s", methods[i]);
    }
}
END_TEST

/* The lines that ask by these two, each with a newline for its NUL. */
static const char *asks_by(const char *etag, size_t len, const char *date)
{
    size_t count = 0, told;

    item_clear_version(item);
    buf_add(&item->etag, etag, len);
    buf_add_text(&item->last_modified, date);
    buf_clear(&lines);
    told = condition_add_headers(item, &lines);
    for (size_t i = 0; i < lines.len; i++) {
        if (lines.data[i] == '\0') {
            lines.data[i] = '\n';
            count++;
        }
    }
    ck_assert_uint_eq(told, count);
    buf_add_char(&lines, '\0');
    return lines.data;
}

START_TEST(only_what_is_a_version_becomes_a_header)
{
    static const char cut[] = "\"a\0b\"";
    static const char *const none[] = {
        "", "a", "\"a", "\"a\"b\"", "w/\"a\"", "\"a\"\r\nX: y", "W/", "\"",
    };

    ck_assert_str_eq(asks_by("\"a\"", 3, DATE),
                     "If-None-Match: \"a\"\nIf-Modified-Since: " DATE "\n");
    ck_assert_str_eq(asks_by("W/\"a\"", 5, ""), "If-None-Match: W/\"a\"\n");
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        ck_assert_msg(asks_by(none[i], strlen(none[i]), "soon")[0] == '\0',
                      "%s", none[i]);
    ck_assert_str_eq(asks_by(cut, sizeof cut - 1, ""), "");
}
END_TEST

START_TEST(an_answer_is_noted_as_far_as_it_can_be_sent_back)
{
    struct http_request well = {200,
                                {{"ETag", "W/\"5\""}, {"Last-Modified", DATE}}};
    struct http_request badly = {200,
                                 {{"ETag", "5"}, {"Last-Modified", "Sunday"}}};
    struct http_request nothing = {200, {{NULL, NULL}}};
    char large[ITEM_VERSION_MAX + 3];
    struct http_request too_large = {200, {{"ETag", large}}};

    memset(large, 'x', sizeof large);
    large[0] = '"';
    large[sizeof large - 2] = '"';
    large[sizeof large - 1] = '\0';
    condition_note(&well, &item->etag, &item->last_modified);
    ck_assert(slice_is(buf_slice(&item->etag), "W/\"5\""));
    ck_assert(slice_is(buf_slice(&item->last_modified), DATE));
    condition_note(&badly, &item->etag, &item->last_modified);
    ck_assert_uint_eq(item->etag.len + item->last_modified.len, 0);
    condition_note(&well, &item->etag, &item->last_modified);
    condition_note(&nothing, &item->etag, &item->last_modified);
    ck_assert_uint_eq(item->etag.len + item->last_modified.len, 0);
    condition_note(&too_large, &item->etag, &item->last_modified);
    ck_assert_uint_eq(item->etag.len, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("condition");
    TCase *tests = tcase_create("condition");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_the_state_knows_is_asked_by);
    tcase_add_test(tests, only_the_first_attempt_of_a_run_looks);
    tcase_add_test(tests, without_knowledge_the_whole_is_asked_for);
    tcase_add_test(tests,
                   what_the_list_knows_can_be_compared_with_a_file_alone);
    tcase_add_test(tests, who_asks_by_himself_is_left_alone);
    tcase_add_test(tests, only_what_is_a_version_becomes_a_header);
    tcase_add_test(tests, an_answer_is_noted_as_far_as_it_can_be_sent_back);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
