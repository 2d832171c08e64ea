/* SPDX-License-Identifier: MIT */
#include "work/pattern.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "flow/item.h"
#include "work/task.h"

static struct err err;

/* The arguments that a command has for a word, each in angle brackets. */
static void check_filled(const char *const *args, size_t count,
                         const char *word, unsigned slot, const char *want)
{
    struct pattern *c = pattern_new(args, count, &err);
    struct item *item = item_new(&(struct item_limits){.in = 1000});
    struct task task;
    struct buf all;

    ck_assert_ptr_nonnull(c);
    task_init(&task);
    buf_init(&all, 1000);
    item->number = 6;
    buf_add_text(&item->in, word);
    task.pattern = c;
    for (int again = 0; again < 2; again++) {
        buf_clear(&all);
        pattern_fill(&task, item, slot);
        for (char **arg = task.argv; *arg != NULL; arg++)
            buf_printf(&all, "<%s>", *arg);
        ck_assert_msg(slice_is(buf_slice(&all), want), "%.*s", (int)all.len,
                      all.data);
    }
    buf_release(&all);
    task_release(&task);
    item_free(item);
    pattern_free(c);
}

static void check_one(const char *arg, const char *word, const char *want)
{
    const char *const args[] = {"a", arg};

    check_filled(args, 2, word, 3, want);
}

static void check_refused(const char *const *args, size_t count,
                          const char *want)
{
    ck_assert_ptr_null(pattern_new(args, count, &err));
    ck_assert_int_eq(err.kind, ERR_USAGE);
    ck_assert_str_eq(err.text, want);
}

START_TEST(a_place_is_filled_wherever_it_is)
{
    check_one("{}", "w", "<a><w>");
    check_one("x{}y{}", "w", "<a><xwyw>");
    check_one("{#}", "w", "<a><7>");
    check_one("{%}", "w", "<a><3>");
    check_one("", "w", "<a><><w>");
    check_one("b", "", "<a><b><>");
}
END_TEST

START_TEST(the_slot_is_filled_when_it_is_known)
{
    const char *const args[] = {"a", "-{%}-"};

    check_filled(args, 2, "w", 0, "<a><-{%}->");
    check_filled(args, 2, "w", 12, "<a><-12->");
}
END_TEST

START_TEST(braces_are_doubled)
{
    check_one("{{}}{}", "w", "<a><{}w>");
    check_one("{{{}}}", "w", "<a><{w}>");
    check_one("{{#}}", "w", "<a><{#}><w>");
    check_one("{{{{", "w", "<a><{{><w>");
}
END_TEST

START_TEST(what_is_put_in_is_not_looked_at_again)
{
    check_one("{}", "{#}{{", "<a><{#}{{>");
}
END_TEST

START_TEST(a_word_may_have_slashes_only)
{
    check_one("{/},{//},{.},{/.}", "//", "<a></,/,//,/>");
    check_one("{/},{//}", "//x", "<a><x,/>");
    check_one("{/},{//}", "x//", "<a><x,.>");
    check_one("{/},{//}", "/x/y/", "<a><y,/x>");
}
END_TEST

START_TEST(extensions_are_of_the_last_part)
{
    check_one("{.}", "a.b/c", "<a><a.b/c>");
    check_one("{.}", "a/.b", "<a><a/.b>");
    check_one("{.}", "..", "<a><.>");
    check_one("{.}", "a..b", "<a><a.>");
    check_one("{.}", ".a.b", "<a><.a>");
}
END_TEST

START_TEST(what_is_no_place_is_refused)
{
    const char *const unknown[] = {"a", "x{y}"};
    const char *const open_brace[] = {"a", "{ b"};
    const char *const close_brace[] = {"a}"};

    check_refused(unknown, 2,
                  "'x{y}': unknown place {y}; a brace is written {{");
    check_refused(open_brace, 2, "'{ b': { without }; a brace is written {{");
    check_refused(close_brace, 1, "'a}': } without {; a brace is written }}");
}
END_TEST

START_TEST(the_text_of_a_shell_is_left_alone)
{
    const char *const args[] = {"sh", "-c", "f() { a; }; f {{ }", "sh"};
    const char *const wrapped[] = {"env", "/bin/bash", "-e",
                                   "-lc", "{ a; }",    "{}"};

    check_filled(args, 4, "w", 1, "<sh><-c><f() { a; }; f {{ }><sh><w>");
    check_filled(wrapped, 6, "w", 1, "<env></bin/bash><-e><-lc><{ a; }><w>");
}
END_TEST

START_TEST(a_place_in_the_text_of_a_shell_is_refused)
{
    const char *const args[] = {"timeout", "5", "dash", "-c", "rm {}", "{}"};

    check_refused(args, 6,
                  "'rm {}': no {} in the text of a shell: name the word "
                  "\"$1\" there, and add: sh {}");
}
END_TEST

START_TEST(a_word_alone_is_no_text_of_a_shell_either)
{
    const char *const args[] = {"sh", "-c"};

    check_refused(args, 2,
                  "'{}': no {} in the text of a shell: name the word \"$1\" "
                  "there, and add: sh {}");
}
END_TEST

START_TEST(a_shell_without_c_reads_no_text)
{
    const char *const script[] = {"sh", "script", "-c", "{}"};
    const char *const other[] = {"gcc", "-c", "{}"};

    check_filled(script, 4, "w", 1, "<sh><script><-c><w>");
    check_filled(other, 3, "w", 1, "<gcc><-c><w>");
}
END_TEST

static void add_tests(TCase *t)
{
    tcase_add_test(t, a_place_is_filled_wherever_it_is);
    tcase_add_test(t, the_slot_is_filled_when_it_is_known);
    tcase_add_test(t, braces_are_doubled);
    tcase_add_test(t, what_is_put_in_is_not_looked_at_again);
    tcase_add_test(t, a_word_may_have_slashes_only);
    tcase_add_test(t, extensions_are_of_the_last_part);
    tcase_add_test(t, what_is_no_place_is_refused);
    tcase_add_test(t, the_text_of_a_shell_is_left_alone);
    tcase_add_test(t, a_place_in_the_text_of_a_shell_is_refused);
    tcase_add_test(t, a_word_alone_is_no_text_of_a_shell_either);
    tcase_add_test(t, a_shell_without_c_reads_no_text);
}

int main(void)
{
    Suite *suite = suite_create("pattern");
    TCase *tests = tcase_create("pattern");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    add_tests(tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
