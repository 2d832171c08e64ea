/* SPDX-License-Identifier: MIT */
#include "json/doc.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

static struct doc *parse(const char *text)
{
    struct err err = {.kind = ERR_NONE};
    struct doc *doc = doc_parse(slice_text(text), &err);

    ck_assert_msg(doc != NULL, "%s: %s", text, err.text);
    return doc;
}

static void check_fault(const char *text, const char *want)
{
    struct err err;

    ck_assert_ptr_null(doc_parse(slice_text(text), &err));
    ck_assert_int_eq(err.kind, ERR_LIST);
    ck_assert_msg(strstr(err.text, want) != NULL, "%s: %s", text, err.text);
}

static void check_written(const struct doc *doc, const char *want)
{
    struct buf out;

    buf_init(&out, 4096);
    ck_assert_int_eq(doc_write(doc, &out), 0);
    ck_assert_msg(slice_is(buf_slice(&out), want), "%.*s", (int)out.len,
                  out.data);
    buf_release(&out);
}

START_TEST(members_come_in_order)
{
    struct doc *doc = parse("{\"b\":1,\"a\":\"x\",\"c\":null}");
    struct doc_member member = {.place = NULL};

    ck_assert_int_eq(doc_kind(doc), VALUE_OBJECT);
    ck_assert_uint_eq(doc_count(doc), 3);
    ck_assert(doc_next(doc, &member));
    ck_assert(slice_is(member.key, "b"));
    ck_assert(doc_next(doc, &member));
    ck_assert(slice_is(member.key, "a"));
    ck_assert(slice_is(doc_text(member.value), "x"));
    ck_assert(doc_next(doc, &member));
    ck_assert_int_eq(doc_kind(member.value), VALUE_NULL);
    ck_assert(!doc_next(doc, &member));
    doc_free(doc);
}
END_TEST

START_TEST(a_member_is_got_by_name)
{
    struct doc *doc = parse("{\"a\":{\"b\":true}}");
    const struct doc *a = doc_get(doc, "a");
    bool truth = false;

    ck_assert(doc_bool(doc_get(a, "b"), &truth));
    ck_assert(truth);
    ck_assert_ptr_null(doc_get(doc, "b"));
    ck_assert_ptr_null(doc_get(doc_get(a, "b"), "c"));
    doc_free(doc);
}
END_TEST

START_TEST(elements_are_got_by_number)
{
    struct doc *doc = parse("[\"a\",\"b\"]");

    ck_assert_uint_eq(doc_count(doc), 2);
    ck_assert(slice_is(doc_text(doc_at(doc, 1)), "b"));
    ck_assert_ptr_null(doc_at(doc, 2));
    ck_assert_ptr_null(doc_at(doc_at(doc, 0), 0));
    ck_assert_uint_eq(doc_count(doc_at(doc, 0)), 0);
    doc_free(doc);
}
END_TEST

START_TEST(whole_numbers_are_integers)
{
    struct doc *doc = parse("[-5,2.0,2.5,\"2\",1e300,9223372036854775807]");
    int64_t n = 0;

    ck_assert(doc_integer(doc_at(doc, 0), &n));
    ck_assert_int_eq(n, -5);
    ck_assert(doc_integer(doc_at(doc, 1), &n));
    ck_assert_int_eq(n, 2);
    ck_assert(!doc_integer(doc_at(doc, 2), &n));
    ck_assert(!doc_integer(doc_at(doc, 3), &n));
    ck_assert(!doc_integer(doc_at(doc, 4), &n));
    ck_assert_int_eq(n, 2);
    ck_assert(doc_integer(doc_at(doc, 5), &n));
    ck_assert_int_eq(n, INT64_MAX);
    doc_free(doc);
}
END_TEST

START_TEST(every_number_is_a_number)
{
    struct doc *doc = parse("[7,0.25,true]");
    double n = 0;

    ck_assert(doc_number(doc_at(doc, 0), &n));
    ck_assert_double_eq(n, 7);
    ck_assert(doc_number(doc_at(doc, 1), &n));
    ck_assert_double_eq(n, 0.25);
    ck_assert(!doc_number(doc_at(doc, 2), &n));
    doc_free(doc);
}
END_TEST

START_TEST(a_text_may_hold_nul)
{
    struct doc *doc = parse("\"a\\u0000b\"");

    ck_assert(slice_equal(doc_text(doc), slice_of("a\0b", 3)));
    doc_free(doc);
}
END_TEST

START_TEST(what_is_no_text_has_no_pointer)
{
    struct doc *doc = parse("1");
    bool truth;

    ck_assert_ptr_null(doc_text(doc).ptr);
    ck_assert(!doc_bool(doc, &truth));
    doc_free(doc);
}
END_TEST

START_TEST(faults_name_column_and_reason)
{
    check_fault("{\"a\":1,}", "column 8: trailing comma before '}'");
    check_fault("{\"a\" 1}", "column 6: expected ':'");
    check_fault("", "column ");
    check_fault("[1] 2", "column 5: more than one value");
}
END_TEST

START_TEST(duplicate_keys_are_refused)
{
    check_fault("{\"a\":1,\"a\":2}", "duplicate");
}
END_TEST

START_TEST(numbers_that_do_not_fit_are_refused)
{
    check_fault("12345678901234567890", "too big integer");
    check_fault("1e999", "overflow");
}
END_TEST

START_TEST(an_object_is_written_as_it_was_set)
{
    struct doc *doc = doc_object_new();
    struct doc *child = doc_object_new();

    doc_set_text(doc, "z", slice_text("a\"é\n"));
    doc_set_integer(doc, "n", INT64_MIN);
    doc_set_number(doc, "r", 0.1);
    doc_set_number(doc, "nan", NAN);
    doc_set_bool(doc, "t", true);
    doc_set_bool(doc, "f", false);
    doc_set_null(doc, "0");
    doc_set_text(child, "x", slice_of(NULL, 0));
    doc_set_doc(doc, "a", child);
    doc_set_integer(doc, "n", 1);
    check_written(doc, "{\"z\":\"a\\\"é\\n\",\"n\":1,\"r\":0.1,\"nan\":null,"
                       "\"t\":true,\"f\":false,\"0\":null,"
                       "\"a\":{\"x\":\"\"}}");
    doc_free(doc);
}
END_TEST

START_TEST(bad_utf8_is_mended)
{
    struct doc *doc = doc_object_new();

    doc_set_text(doc, "a", slice_text("x\xFFy\xE2\x82"));
    check_written(doc, "{\"a\":\"x\uFFFDy\uFFFD\"}");
    doc_free(doc);
}
END_TEST

START_TEST(a_full_buffer_is_a_failure)
{
    struct doc *doc = parse("[1,2,3]");
    struct buf out;

    buf_init(&out, 4);
    ck_assert_int_eq(doc_write(doc, &out), -1);
    buf_release(&out);
    doc_free(doc);
}
END_TEST

START_TEST(nothing_can_be_freed)
{
    doc_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("doc");
    TCase *tests = tcase_create("doc");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, members_come_in_order);
    tcase_add_test(tests, a_member_is_got_by_name);
    tcase_add_test(tests, elements_are_got_by_number);
    tcase_add_test(tests, whole_numbers_are_integers);
    tcase_add_test(tests, every_number_is_a_number);
    tcase_add_test(tests, a_text_may_hold_nul);
    tcase_add_test(tests, what_is_no_text_has_no_pointer);
    tcase_add_test(tests, faults_name_column_and_reason);
    tcase_add_test(tests, duplicate_keys_are_refused);
    tcase_add_test(tests, numbers_that_do_not_fit_are_refused);
    tcase_add_test(tests, an_object_is_written_as_it_was_set);
    tcase_add_test(tests, bad_utf8_is_mended);
    tcase_add_test(tests, a_full_buffer_is_a_failure);
    tcase_add_test(tests, nothing_can_be_freed);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
