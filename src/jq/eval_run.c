/* SPDX-License-Identifier: MIT */
/* The life of an evaluator, and the simplest receivers of outputs. */
#include "jq/eval.h"

#include <string.h>

#include "base/mem.h"
#include "jq/eval_core.h"
#include "jq/regex.h"
#include "json/canon.h"
#include "json/grammar.h"
#include "json/index.h"
#include "json/scan.h"

/* What a quiet evaluator keeps of its memory. */
enum { KEEP_BYTES = 1 << 20 };

void eval_init(struct eval *e, size_t max_bytes)
{
    *e = (struct eval){.canon = canon_new()};
    regex_ready();
    arena_init(&e->arena, max_bytes);
}

void eval_release(struct eval *e)
{
    eval_free_lines(e);
    arena_release(&e->arena);
    canon_free(e->canon);
    regex_cache_free(e->regexes);
}

int eval_run(struct eval *e, const struct code *program, struct val in,
             eval_fn emit, void *arg)
{
    const char here = 0;
    struct env *env;
    int failed;

    eval_free_lines(e);
    arena_clear(&e->arena, KEEP_BYTES);
    e->stack = &here;
    e->unwind = EVAL_NOT;
    e->fatal = false;
    e->steps = 0;
    e->fuel = 1;
    env = eval_bind(e, NULL, val_null()); /* so that no scope is NULL */
    if (env == NULL)
        return eval_no_room(e);
    failed = eval_each(e, program, env, (struct at){in, NULL}, emit, arg);
    e->stack = NULL; /* it is gone */
    /* A text that there was no room for may have been taken for an empty one:
     * no output counts. */
    if (!failed && e->arena.refused)
        return eval_no_room(e);
    return failed;
}

/* A text that was read has an index of its own, until the next input. */
struct eval_line {
    struct eval_line *before;
    struct index index;
    struct place place;
};

void eval_free_lines(struct eval *e)
{
    while (e->lines != NULL) {
        struct eval_line *line = e->lines;

        e->lines = line->before;
        index_release(&line->index);
        mem_free(line);
    }
}

/* The bytes are valid, and a newline stands behind them. */
static struct val value_of_line(struct eval *e, struct slice text)
{
    struct eval_line *line = mem_alloc(sizeof *line);
    struct grammar_line walked;
    struct grammar grammar;

    line->before = e->lines;
    e->lines = line;
    index_init(&line->index);
    index_block(&line->index, text);
    grammar = grammar_begin(&line->index, text, SCAN_DEPTH, true);
    grammar_next(&grammar, &walked);
    if (walked.verdict == GRAMMAR_UNSURE)
        grammar_link(&grammar, &walked);
    line->place = (struct place){&line->index, text.ptr, 0};
    return val_of_place(&line->place, (uint32_t)walked.first);
}

int eval_from_json(struct eval *e, struct slice text, struct val *out)
{
    struct scan_fault fault;
    struct slice value, copy;
    char *bytes;

    bytes = arena_alloc(&e->arena, text.len + 1);
    if (bytes == NULL || !arena_charge(&e->arena, sizeof(struct eval_line) +
                                                      index_bytes(text.len)))
        return eval_no_room(e);
    /* A newline is white space here, and not the end. */
    for (size_t i = 0; i < text.len; i++)
        bytes[i] = (char)(text.ptr[i] == '\n' ? ' ' : text.ptr[i]);
    bytes[text.len] = '\n';
    copy = slice_of(bytes, text.len);
    switch (scan_line(copy, SCAN_DEPTH, &value, &fault)) {
    case 0: *out = value_of_line(e, copy); return 1;
    case 1: return eval_error(e, "no JSON in an empty text");
    default:
        return eval_error(e, "%s at column %zu (while parsing '%.*s')",
                          fault.reason, fault.column,
                          text.len < 100 ? (int)text.len : 100, text.ptr);
    }
}

bool eval_reached(struct eval *e, const void *label)
{
    if (e->unwind != EVAL_BREAK || e->label != label)
        return false;
    e->unwind = EVAL_NOT;
    return true;
}

/* Collecting */

struct collect {
    struct eval *e;
    struct val array;
};

static int take_item(void *arg, struct at v)
{
    struct collect *c = arg;

    c->array = val_append(&c->e->arena, c->array, v.v);
    return val_no_room(c->array) ? eval_no_room(c->e) : 0;
}

int eval_collect(struct eval *e, const struct code *code, struct env *env,
                 struct val in, struct val *array)
{
    struct collect c = {e, *array};

    if (eval_each(e, code, env, (struct at){in, NULL}, take_item, &c) < 0)
        return -1;
    *array = c.array;
    return 1;
}

/* The first */

struct first {
    struct eval *e;
    struct val *out;
    bool any;
};

static int take_first(void *arg, struct at v)
{
    struct first *f = arg;

    *f->out = v.v;
    f->any = true;
    f->e->unwind = EVAL_BREAK;
    f->e->label = f;
    return -1;
}

int eval_first(struct eval *e, const struct code *code, struct env *env,
               struct val in, struct val *out)
{
    struct first f = {e, out, false};

    if (code->single)
        return eval_one(e, code, env, in, out);
    if (eval_each(e, code, env, (struct at){in, NULL}, take_first, &f) == 0)
        return 0;
    return eval_reached(e, &f) ? 1 : -1;
}
