/* SPDX-License-Identifier: MIT */
#include "work/note.h"

#include <check.h>
#include <string.h>

#include "base/buf.h"

#define URL "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NUMBERS                    \
    "total 00000000000000001234\n" \
    "have 18446744073709551615\n"

static struct note note;

static bool reads(const char *text)
{
    return note_read(slice_text(text), &note);
}

START_TEST(a_note_is_read_as_it_was_written)
{
    struct note out = {.url = URL, .total = 1234, .have = NOTE_UNKNOWN};
    struct buf text;

    validator_set(&out.validator, "\"x\"", NULL, NULL);
    buf_init(&text, SIZE_MAX);
    note_write(&out, &text);
    ck_assert(note_read(buf_slice(&text), &note));
    ck_assert_str_eq(note.url, URL);
    ck_assert_str_eq(note.validator.text, "\"x\"");
    ck_assert(!note.validator.is_date);
    ck_assert_uint_eq(note.total, 1234);
    ck_assert_uint_eq(note.have, NOTE_UNKNOWN);
    for (size_t i = 0; i < text.len; i++)
        ck_assert(!note_read(slice_of(text.data, i), &note));
    buf_release(&text);
}
END_TEST

START_TEST(dates_are_validators)
{
    ck_assert(reads("weir part 1\nurl " URL
                    "\ndate Sun, 06 Nov 1994 08:49:37 GMT\n" NUMBERS "end\n"));
    ck_assert(note.validator.is_date);
}
END_TEST

START_TEST(what_is_no_note_is_none)
{
    ck_assert(reads("weir part 1\nurl " URL "\netag \"x\"\n" NUMBERS "end\n"));
    ck_assert(!reads(""));
    ck_assert(!reads("weir part 2\nurl " URL "\netag \"x\"\n" NUMBERS "end\n"));
    ck_assert(!reads("weir part 1\nurl x\netag \"x\"\n" NUMBERS "end\n"));
    ck_assert(
        !reads("weir part 1\nurl " URL "\netag W/\"x\"\n" NUMBERS "end\n"));
    ck_assert(!reads("weir part 1\nurl " URL "\netag \n" NUMBERS "end\n"));
    ck_assert(!reads("weir part 1\nurl " URL "\ndate x\n" NUMBERS "end\n"));
    ck_assert(!reads("weir part 1\nurl " URL "\netag \"x\"\ntotal 1\nhave "
                     "1\nend\n"));
    ck_assert(
        !reads("weir part 1\nurl " URL "\netag \"x\"\n" NUMBERS "end\n\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("note");
    TCase *tests = tcase_create("note");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_note_is_read_as_it_was_written);
    tcase_add_test(tests, dates_are_validators);
    tcase_add_test(tests, what_is_no_note_is_none);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
