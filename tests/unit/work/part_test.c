/* SPDX-License-Identifier: MIT */
#include "work/part.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>

#include "answer_fake.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "support/folder.h"

#define TAG "\"v1\""

static struct save *save;
static struct part part;
static struct buf scratch;
static struct err err;
static const struct http_request tagged = {200, {{"ETag", TAG}}};

static void set_up(void)
{
    make_folder();
    buf_init(&scratch, SIZE_MAX);
    save = save_open(folder, false, &err);
    ck_assert_ptr_nonnull(save);
    part = (struct part){.save = save};
}

static void tear_down(void)
{
    part_leave(&part, false);
    save_close(save);
    buf_release(&scratch);
    remove_folder();
}

static void start(const char *url)
{
    ck_assert_int_eq(part_start(&part, true, slice_text("f"), slice_text(url),
                                &scratch, &err),
                     0);
}

static void begin_whole(uint64_t total, const struct http_request *answer)
{
    ck_assert_int_eq(
        part_begin_whole(&part, slice_text("f"), total, answer, &err), 0);
}

static void add(const char *text)
{
    ck_assert_int_eq(part_write(&part, slice_text(text), &err), 0);
}

/* An attempt that breaks off after 4 of 10 bytes. */
static void break_off(void)
{
    start("http://h/f");
    begin_whole(10, &tagged);
    add("0123");
    ck_assert(!part_is_whole(&part));
    part_leave(&part, true);
}

static void check_file(const char *name, const char *want)
{
    char text[100] = "";
    int fd = open(inside(name), O_RDONLY | O_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_ge(fd_read(fd, text, sizeof text - 1), 0);
    ck_assert_str_eq(text, want);
    fd_close(fd);
}

static bool is_there(const char *name)
{
    return access(inside(name), F_OK) == 0;
}

START_TEST(what_broke_off_is_gone_on_with)
{
    const struct http_request rest = {
        206, {{"Content-Range", "bytes 4-9/10"}, {"ETag", TAG}}};
    static const char want[] = "Range: bytes=4-\0If-Range: " TAG;

    break_off();
    ck_assert(is_there(".f.part") && is_there(".f.part.info"));
    start("http://h/f");
    ck_assert(part.ranged);
    ck_assert_uint_eq(part.begun, 4);
    buf_clear(&scratch);
    ck_assert_uint_eq(part_add_headers(&part, &scratch), 2);
    ck_assert(slice_equal(buf_slice(&scratch), slice_of(want, sizeof want)));
    ck_assert_int_eq(part_judge(&part, &rest), PART_REST);
    ck_assert_int_eq(part_begin_rest(&part, &err), 0);
    add("456");
    add("789");
    ck_assert(part_is_whole(&part));
    ck_assert_int_eq(save_commit(&part.file, &err), 0);
    check_file("f", "0123456789");
    ck_assert(!is_there(".f.part") && !is_there(".f.part.info"));
    part_leave(&part, true);
    check_file("f", "0123456789");
}
END_TEST

/* Bytes of two versions must never be put together. */
START_TEST(only_exactly_the_rest_is_the_rest)
{
    static const struct http_request wrong[] = {
        {206, {{"ETag", TAG}}},
        {206, {{"Content-Range", "bytes 4-9/10"}}},
        {206, {{"Content-Range", "bytes 4-9/10"}, {"ETag", "\"v2\""}}},
        {206, {{"Content-Range", "bytes 4-9/10"}, {"ETag", "W/" TAG}}},
        {206, {{"Content-Range", "bytes 0-9/10"}, {"ETag", TAG}}},
        {206, {{"Content-Range", "bytes 5-9/10"}, {"ETag", TAG}}},
        {206, {{"Content-Range", "bytes 4-8/10"}, {"ETag", TAG}}},
        {206, {{"Content-Range", "bytes 4-10/11"}, {"ETag", TAG}}},
        {206, {{"Content-Range", "bytes */10"}, {"ETag", TAG}}},
        {206, {{"Content-Range", "items 4-9/10"}, {"ETag", TAG}}},
    };
    const struct http_request all = {200, {{"ETag", "\"v2\""}}};

    break_off();
    start("http://h/f");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(part_judge(&part, &wrong[i]) == PART_WRONG, "%zu", i);
    ck_assert_int_eq(part_judge(&part, &all), PART_WHOLE);
    begin_whole(3, &all);
    add("new");
    ck_assert_int_eq(save_commit(&part.file, &err), 0);
    check_file("f", "new");
}
END_TEST

START_TEST(a_range_that_nobody_asked_for_is_wrong)
{
    const struct http_request rest = {
        206, {{"Content-Range", "bytes 0-9/10"}, {"ETag", TAG}}};

    start("http://h/f");
    ck_assert(!part.ranged);
    ck_assert_uint_eq(part_add_headers(&part, &scratch), 0);
    ck_assert_int_eq(part_judge(&part, &rest), PART_WRONG);
}
END_TEST

START_TEST(another_url_begins_anew)
{
    break_off();
    start("http://h/g");
    ck_assert(!part.ranged);
    begin_whole(PART_UNKNOWN, &tagged);
    add("x");
    ck_assert(part_is_whole(&part));
    ck_assert_int_eq(save_commit(&part.file, &err), 0);
    check_file("f", "x");
}
END_TEST

START_TEST(without_a_strong_validator_nothing_stays)
{
    static const struct http_request weak[] = {
        {200, {{"ETag", "W/\"v1\""}}},
        {200, {{NULL, NULL}}},
        {200, {{"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}}},
    };

    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
        start("http://h/f");
        begin_whole(10, &weak[i]);
        add("0123");
        ck_assert(is_there(".f.part"));
        part_leave(&part, true);
        ck_assert_msg(!is_there(".f.part") && !is_there(".f.part.info"), "%zu",
                      i);
    }
    break_off();
    start("http://h/f");
    part_leave(&part, false);
    ck_assert(!is_there(".f.part") && !is_there(".f.part.info"));
}
END_TEST

START_TEST(a_note_that_does_not_fit_the_part_is_none)
{
    break_off();
    ck_assert_int_eq(truncate(inside(".f.part"), 11), 0);
    start("http://h/f");
    ck_assert(!part.ranged);
    part_leave(&part, true);
    break_off();
    ck_assert_int_eq(truncate(inside(".f.part.info"), 20), 0);
    start("http://h/f");
    ck_assert(!part.ranged);
    begin_whole(10, &tagged);
    add("0");
    part_leave(&part, true);
    start("http://h/f");
    ck_assert_uint_eq(part.begun, 1);
}
END_TEST

/* So that the server says whether they are still right. */
START_TEST(of_all_bytes_the_last_is_asked_for_again)
{
    const struct http_request last = {
        206, {{"Content-Range", "bytes 9-9/10"}, {"ETag", TAG}}};

    start("http://h/f");
    begin_whole(10, &tagged);
    add("01234");
    add("56789");
    part_leave(&part, true);
    start("http://h/f");
    ck_assert(part.ranged);
    ck_assert_uint_eq(part.begun, 9);
    ck_assert_int_eq(part_judge(&part, &last), PART_REST);
    ck_assert_int_eq(part_begin_rest(&part, &err), 0);
    add("9");
    ck_assert(part_is_whole(&part));
    ck_assert_int_eq(save_commit(&part.file, &err), 0);
    check_file("f", "0123456789");
}
END_TEST

START_TEST(a_416_can_say_that_all_is_there)
{
    struct http_request answer = {416, {{"Content-Range", "bytes */4"}}};

    start("http://h/f");
    begin_whole(PART_UNKNOWN, &tagged);
    add("0123");
    part_leave(&part, true);
    start("http://h/f");
    ck_assert(part_was_whole(&part, &answer));
    answer.headers[0].value = "bytes */5";
    ck_assert(!part_was_whole(&part, &answer));
    answer.headers[0].value = "bytes 0-3/4";
    ck_assert(!part_was_whole(&part, &answer));
    answer.headers[0].name = "X";
    ck_assert(!part_was_whole(&part, &answer));
    part_leave(&part, false);
    break_off(); /* its length is known: then it is not all */
    start("http://h/f");
    answer.headers[0].name = "Content-Range";
    answer.headers[0].value = "bytes */4";
    ck_assert(!part_was_whole(&part, &answer));
}
END_TEST

START_TEST(what_is_not_lasting_looks_for_nothing)
{
    break_off();
    ck_assert_int_eq(part_start(&part, false, slice_text("f"),
                                slice_text("http://h/f"), &scratch, &err),
                     0);
    ck_assert(!part.ranged);
    begin_whole(10, &tagged);
    ck_assert(!is_there(".f.part.info"));
    add("01");
    part_leave(&part, true);
    ck_assert(!is_there(".f.part") && !is_there(".f.part.info"));
}
END_TEST

START_TEST(another_run_that_has_it_is_told)
{
    struct part other = {.save = save};

    start("http://h/f");
    begin_whole(10, &tagged);
    add("0");
    ck_assert_int_eq(part_start(&other, true, slice_text("f"),
                                slice_text("http://h/f"), &scratch, &err),
                     -1);
    ck_assert_int_eq(err.kind, ERR_CREATE);
    part_leave(&other, true);
    ck_assert(is_there(".f.part"));
}
END_TEST

START_TEST(what_is_forgotten_is_gone)
{
    break_off();
    start("http://h/f");
    part_forget(&part);
    ck_assert(!part.ranged && !is_there(".f.part"));
    ck_assert(part_begin_kept(&part, 3));
    buf_clear(&scratch);
    part_keep(&part, slice_text("ab"), &scratch);
    ck_assert(!part_is_whole(&part));
    part_keep(&part, slice_text("c"), &scratch);
    ck_assert(part_is_whole(&part));
    part_keep(&part, slice_text("d"), &scratch);
    ck_assert(!part_is_whole(&part));
    ck_assert(slice_is(buf_slice(&scratch), "abc"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("part");
    TCase *tests = tcase_create("part");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_broke_off_is_gone_on_with);
    tcase_add_test(tests, only_exactly_the_rest_is_the_rest);
    tcase_add_test(tests, a_range_that_nobody_asked_for_is_wrong);
    tcase_add_test(tests, another_url_begins_anew);
    tcase_add_test(tests, without_a_strong_validator_nothing_stays);
    tcase_add_test(tests, a_note_that_does_not_fit_the_part_is_none);
    tcase_add_test(tests, of_all_bytes_the_last_is_asked_for_again);
    tcase_add_test(tests, a_416_can_say_that_all_is_there);
    tcase_add_test(tests, what_is_not_lasting_looks_for_nothing);
    tcase_add_test(tests, another_run_that_has_it_is_told);
    tcase_add_test(tests, what_is_forgotten_is_gone);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
