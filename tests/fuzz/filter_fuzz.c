/* SPDX-License-Identifier: MIT */
/*
 * Any text as a filter: it compiles or says why not, and what compiles can be
 * explained, runs within its memory and gives values.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "jq/arena.h"
#include "jq/ast.h"
#include "jq/code.h"
#include "jq/eval.h"
#include "jq/explain.h"
#include "jq/parse.h"
#include "json/canon.h"
#include "json/grammar.h"
#include "json/index.h"
#include "json/scan.h"

#include "replay.h"

enum { MEMORY = 4 << 20, OUTPUTS = 100, ROOM = 1 << 24 };

/* With so little, what stays of the lines that are read has to move often. */
enum { LITTLE = 48 << 10, LINES = 200 };

static const char line[] =
    "{\"a\":[1,2.50,{\"b\":\"x\\u00e9\"},null],\"c\":\"d,e\",\"t\":true}\n";

struct sink {
    struct eval eval;
    struct buf said;
    int outputs;
    int lines;
};

static int next(void *arg, struct eval *e, struct val *out)
{
    struct sink *s = arg;
    struct scan_fault fault;

    if (++s->lines > LINES)
        return 0;
    return eval_from_line(e, slice_of(line, sizeof line - 2), SCAN_DEPTH, out,
                          &fault);
}

static int take(void *arg, struct at at)
{
    struct sink *s = arg;
    struct scan_fault fault;
    struct slice value;
    struct buf out;

    buf_init(&out, ROOM);
    if (eval_add_json(&s->eval, at.v, CANON_JQ, &out) == 0)
        assert(scan_line(buf_slice(&out), SCAN_MAX_DEPTH, &value, &fault) == 0);
    buf_release(&out);
    return ++s->outputs < OUTPUTS ? 0 : -1;
}

static void run(const struct code *code, size_t memory)
{
    const struct slice text = slice_of(line, sizeof line - 2);
    struct sink s = {.outputs = 0};
    struct grammar_line walked;
    struct grammar grammar;
    struct index index;
    struct place place;

    index_init(&index);
    index_ready();
    index_block(&index, text);
    grammar = grammar_begin(&index, text, SCAN_DEPTH, true);
    assert(grammar_next(&grammar, &walked));
    place = (struct place){&index, line, 0};
    eval_init(&s.eval, memory);
    buf_init(&s.said, ROOM);
    s.eval.max_steps = 100000;
    s.eval.world =
        (struct eval_world){.said = &s.said, .next = next, .arg = &s};
    eval_run(&s.eval, code, val_of_place(&place, 0), take, &s);
    eval_release(&s.eval);
    buf_release(&s.said);
    index_release(&index);
}

static void explain(const struct code *code, struct slice text)
{
    struct buf out, looks;
    struct explain_facts facts = {.looks = &looks};

    buf_init(&out, ROOM);
    buf_init(&looks, ROOM);
    explain_listing(code, text, false, &out, &facts);
    assert(out.len > 0 && looks.len > 0);
    buf_release(&out);
    buf_release(&looks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    /* No byte behind the text is ours. */
    char *copy = mem_alloc(len + 1);
    const struct slice text = slice_of(copy + 1, len);
    const struct code *code;
    struct arena arena;
    struct err err;
    size_t column = 0;

    if (len > 0)
        memcpy(copy + 1, data, len);
    arena_init(&arena, SIZE_MAX);
    code = code_compile(&arena, text, NULL, 0, &column, &err);
    assert(column >= 1 && column <= len + 1);
    assert(code != NULL || err.kind == ERR_USAGE);
    if (code != NULL) {
        explain(code, text);
        run(code, MEMORY);
    }
    if (code != NULL && code->needs & CODE_NEEDS_INPUT)
        run(code, LITTLE);
    arena_release(&arena);
    mem_free(copy);
    return 0;
}
