/* SPDX-License-Identifier: MIT */
/*
 * filter - what filters make of lines, for the tests of builtins
 *
 * A test file has a table of rows, a loop test that calls filter_check with
 * each, and filter_main. The outputs are on one line each, as jq -c has them;
 * "error: " and its text come behind them.
 */
#ifndef TESTS_FILTER_H
#define TESTS_FILTER_H

#include <check.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "jq/arena.h"
#include "jq/code.h"
#include "jq/eval.h"
#include "json/canon.h"
#include "json/grammar.h"
#include "json/index.h"
#include "json/scan.h"

enum { FILTER_MEMORY = 64 << 20 };

struct filter_row {
    const char *filter;
    const char *line;
    const char *want;
};

static struct buf filter_out;
static struct eval filter_eval;
static unsigned filter_flags = CANON_JQ; /* of what is printed */

static void filter_set_up(void)
{
    buf_init(&filter_out, 1 << 24);
    eval_init(&filter_eval, FILTER_MEMORY);
    index_ready();
}

static void filter_tear_down(void)
{
    buf_release(&filter_out);
    eval_release(&filter_eval);
}

static int filter_print(void *arg, struct at at)
{
    (void)arg;
    if (filter_out.len > 0)
        buf_add_char(&filter_out, '\n');
    return eval_add_json(&filter_eval, at.v, filter_flags, &filter_out);
}

static void filter_print_error(void)
{
    if (filter_out.len > 0)
        buf_add_char(&filter_out, '\n');
    buf_add_text(&filter_out, "error: ");
    if (filter_eval.unwind == EVAL_ERROR)
        eval_add_text(&filter_eval, filter_eval.error, &filter_out);
    else
        buf_add_text(&filter_out, "break");
}

/* As eval_run; an error is printed. */
static int filter_run_to(const char *filter, const char *line, eval_fn emit,
                         void *arg)
{
    struct err err = {.kind = ERR_NONE};
    const struct code *code;
    struct grammar_line walked;
    struct grammar grammar;
    struct arena arena;
    struct index index;
    struct place place;
    struct buf block;
    size_t column;
    int failed;

    arena_init(&arena, SIZE_MAX);
    code = code_compile(&arena, slice_text(filter), NULL, 0, &column, &err);
    ck_assert_msg(code != NULL, "%s: %s", filter, err.text);
    buf_init(&block, 1 << 20);
    ck_assert_int_eq(buf_printf(&block, "%s\n", line), 0);
    index_init(&index);
    index_block(&index, buf_slice(&block));
    grammar = grammar_begin(&index, buf_slice(&block), SCAN_DEPTH, true);
    ck_assert(grammar_next(&grammar, &walked));
    if (walked.verdict == GRAMMAR_UNSURE)
        grammar_link(&grammar, &walked);
    place = (struct place){&index, block.data, 0};
    buf_clear(&filter_out);
    failed = eval_run(&filter_eval, code, val_of_place(&place, 0), emit, arg);
    if (failed)
        filter_print_error();
    index_release(&index);
    buf_release(&block);
    arena_release(&arena);
    return failed;
}

__attribute__((unused)) static void filter_run(const char *filter,
                                               const char *line)
{
    filter_run_to(filter, line, filter_print, NULL);
}

__attribute__((unused)) static void filter_check(const struct filter_row *row)
{
    filter_run(row->filter, row->line);
    ck_assert_msg(slice_is(buf_slice(&filter_out), row->want),
                  "%s on %s: %.*s, not %s", row->filter, row->line,
                  (int)filter_out.len, filter_out.data, row->want);
}

static int filter_main(const char *name, TCase *tests)
{
    Suite *suite = suite_create(name);
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, filter_set_up, filter_tear_down);
    tcase_set_timeout(tests, 120);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

#endif
