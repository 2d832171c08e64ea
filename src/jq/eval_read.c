/* SPDX-License-Identifier: MIT */
/* Texts as values, each with an index of its own; and what stays of them while
 * a program reads on and on. */
#include "jq/eval.h"

#include <string.h>

#include "base/mem.h"
#include "jq/eval_core.h"
#include "jq/val_core.h"
#include "json/grammar.h"
#include "json/index.h"
#include "json/quote.h"
#include "json/scan.h"

/* So much is computed before it is looked at what of it is needed. */
enum { TURN_BYTES = 8 << 20 };

/* A text that was read, with its index. */
struct line {
    struct index index;
    struct place place;
    uint32_t entries[]; /* of the index: where they are, what they close */
};

/* What moved out of the way of the next turns. */
struct eval_keep {
    struct eval_keep *before;
    struct arena arena;
};

static void free_keeps(struct eval_keep **keeps, const struct eval_keep *end)
{
    while (*keeps != end) {
        struct eval_keep *keep = *keeps;

        *keeps = keep->before;
        arena_release(&keep->arena);
        mem_free(keep);
    }
}

void eval_forget(struct eval *e)
{
    free_keeps(&e->keeps, NULL);
    e->held = NULL;
    e->pins = 0;
    e->lent = e->owner = 0;
}

/* Reading */

/* Memory for a text and a newline, or NULL: no room. */
static char *text_room(struct arena *arena, size_t len)
{
    char *bytes = arena_alloc(arena, len + 1);

    if (bytes != NULL)
        bytes[len] = '\n';
    return bytes;
}

/* The text as it is in the scratch index, in no more memory than it needs. */
static int settle(struct eval *e, struct arena *arena, struct slice text,
                  size_t entry, struct val *out)
{
    const struct index *from = &e->scratch;
    const size_t n = from->count;
    struct line *line =
        arena_alloc(arena, sizeof *line + 2 * n * sizeof line->entries[0]);

    if (line == NULL)
        return eval_no_room(e);
    memcpy(line->entries, from->at, n * sizeof line->entries[0]);
    memcpy(line->entries + n, from->close, n * sizeof line->entries[0]);
    line->index = (struct index){.at = line->entries,
                                 .count = n,
                                 .close = line->entries + n,
                                 .escapes = from->escapes,
                                 .cap = text.len};
    line->place = (struct place){&line->index, text.ptr, 0};
    *out = val_of_place(&line->place, (uint32_t)entry);
    return 1;
}

/* A newline stands behind the text, which is in the arena. As scan_line. */
static int read_text(struct eval *e, struct slice text, size_t max_depth,
                     struct grammar_line *line, struct scan_fault *fault)
{
    struct grammar grammar;
    int wrong = 0;

    index_block(&e->scratch, text);
    grammar = grammar_begin(&e->scratch, text, max_depth, true);
    if (!grammar_next(&grammar, line) || line->verdict == GRAMMAR_BLANK)
        return 1;
    if (line->verdict == GRAMMAR_UNSURE)
        wrong = scan_line(text, max_depth, &line->value, fault);
    if (wrong == 0 && line->verdict == GRAMMAR_UNSURE)
        grammar_link(&grammar, line);
    return wrong;
}

int eval_from_json(struct eval *e, struct slice text, struct val *out)
{
    char *bytes = text_room(&e->arena, text.len);
    struct scan_fault fault;
    struct grammar_line line;
    bool quoted = false;

    if (bytes == NULL)
        return eval_no_room(e);
    /* A newline is white space here, and not the end; in a string, where it is
     * wrong, a control that is wrong too stands for it. */
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];

        bytes[i] = (char)(c != '\n' ? c : quoted ? '\x01' : ' ');
        if (c == '\\' && quoted && i + 1 < text.len &&
            text.ptr[i + 1] != '\n') {
            i++;
            bytes[i] = text.ptr[i];
        } else if (c == '"') {
            quoted = !quoted;
        }
    }
    switch (
        read_text(e, slice_of(bytes, text.len), SCAN_DEPTH, &line, &fault)) {
    case 0:
        return settle(e, &e->arena, slice_of(bytes, text.len), line.first, out);
    case 1: return eval_error(e, "no JSON in an empty text");
    default:
        return eval_error(e, "%s at column %zu (while parsing '%.*s')",
                          fault.reason, fault.column,
                          text.len < 100 ? (int)text.len : 100, text.ptr);
    }
}

int eval_from_line(struct eval *e, struct slice text, size_t max_depth,
                   struct val *out, struct scan_fault *fault)
{
    const struct arena_mark mark = arena_here(&e->arena);
    char *bytes = text_room(&e->arena, text.len);
    struct grammar_line line;
    int wrong;

    fault->reason = NULL;
    if (bytes == NULL)
        return eval_no_room(e);
    if (text.len > 0)
        memcpy(bytes, text.ptr, text.len);
    wrong = read_text(e, slice_of(bytes, text.len), max_depth, &line, fault);
    if (wrong == 0)
        return settle(e, &e->arena, slice_of(bytes, text.len), line.first, out);
    arena_back(&e->arena, mark);
    return wrong > 0 ? 0 : -1;
}

/* Keeping */

void eval_hold(struct eval *e, struct eval_held *held, struct val *v)
{
    *held = (struct eval_held){e->held, v};
    e->held = held;
}

void eval_let_go(struct eval *e, struct eval_held *held)
{
    e->held = held->before;
}

/* Whether a number is written with the same digits again: without exponent,
 * and no smaller than what jq writes without one. */
static bool is_plain_number(struct slice s)
{
    static const char small[] = "0.000000";

    if (s.ptr[0] == '-')
        s = slice_of(s.ptr + 1, s.len - 1);
    return memchr(s.ptr, 'e', s.len) == NULL &&
           memchr(s.ptr, 'E', s.len) == NULL &&
           (s.len < sizeof small - 1 ||
            memcmp(s.ptr, small, sizeof small - 1) != 0);
}

static int give(struct eval *e, struct val v, struct val *out)
{
    return eval_give(e, v, out) < 0 ? -1 : 0;
}

static int move_text(struct eval *e, struct arena *to, struct val *v)
{
    const struct slice copy = arena_copy(to, slice_of(v->u.text, v->n));

    if (copy.ptr == NULL)
        return eval_no_room(e);
    v->u.text = copy.ptr;
    return 0;
}

/* A part of a line, with its own bytes: as a line again, unless a built value
 * is written in the same bytes. */
static int move_lazy(struct eval *e, struct eval_keep *keep, struct val *v)
{
    const struct slice s = val_bytes(*v);
    struct scan_fault fault;
    struct grammar_line line;
    char *bytes;

    if (v->kind == VAL_NUMBER && is_plain_number(s)) {
        *v = val_spelt(s);
        return move_text(e, &keep->arena, v);
    }
    if (v->kind == VAL_STRING && quote_plain(s) &&
        memchr(s.ptr, 0x7F, s.len) == NULL) {
        *v = val_string(slice_of(s.ptr + 1, s.len - 2));
        return move_text(e, &keep->arena, v);
    }
    bytes = text_room(&keep->arena, s.len);
    if (bytes == NULL)
        return eval_no_room(e);
    memcpy(bytes, s.ptr, s.len);
    if (read_text(e, slice_of(bytes, s.len), SCAN_MAX_DEPTH, &line, &fault) !=
        0)
        return eval_stop(e); /* it was valid before */
    return settle(e, &keep->arena, slice_of(bytes, s.len), line.first, v) < 0
               ? -1
               : 0;
}

static int move(struct eval *e, struct eval_keep *keep, struct val *v);

static int move_array(struct eval *e, struct eval_keep *keep, struct val *v)
{
    struct val copy = val_array(&keep->arena, 2 * v->n + 4);

    for (uint32_t i = 0; i < v->n && !val_no_room(copy); i++) {
        struct val item = v->u.array->items[i];

        if (move(e, keep, &item) < 0)
            return -1;
        copy = val_append(&keep->arena, copy, item);
    }
    val_own(copy, v->u.array->owner);
    return give(e, copy, v);
}

static int move_object(struct eval *e, struct eval_keep *keep, struct val *v)
{
    struct val copy = val_object(&keep->arena, 2 * v->n + 4);

    for (uint32_t i = 0; i < v->n && !val_no_room(copy); i++) {
        const struct val_member *m = &v->u.object->members[i];
        const struct slice key = arena_copy(&keep->arena, m->key);
        struct val value = m->value;

        if (key.ptr == NULL)
            return eval_no_room(e);
        if (move(e, keep, &value) < 0)
            return -1;
        copy = val_put(&keep->arena, copy, key, value);
    }
    val_own(copy, v->u.object->owner);
    return give(e, copy, v);
}

/* Everything that the value has, into the memory that stays. What is shared
 * becomes two: who builds such values pays for it. */
static int move(struct eval *e, struct eval_keep *keep, struct val *v)
{
    if (eval_check(e) < 0)
        return -1;
    if (v->kind < VAL_NUMBER || (v->kind == VAL_NUMBER && v->form == VAL_BUILT))
        return 0;
    if (v->form == VAL_LAZY)
        return move_lazy(e, keep, v);
    if (v->kind < VAL_ARRAY)
        return move_text(e, &keep->arena, v);
    return v->kind == VAL_ARRAY ? move_array(e, keep, v)
                                : move_object(e, keep, v);
}

void eval_begin_turns(struct eval *e, struct eval_turn *turn)
{
    *turn =
        (struct eval_turn){.mark = arena_here(&e->arena), .keeps = e->keeps};
}

/* Twice what stayed last time, so that moving it is paid for. */
static bool is_enough(const struct eval *e, const struct eval_turn *turn)
{
    const size_t computed = e->arena.bytes - turn->mark.bytes;
    size_t enough =
        e->keeps != turn->keeps ? 2 * e->keeps->arena.bytes : TURN_BYTES;

    if (enough < TURN_BYTES)
        enough = TURN_BYTES;
    if (enough > e->arena.max / 2)
        enough = e->arena.max / 2;
    return computed > enough;
}

/* Only what came since the turns began goes: the frames around them hold what
 * was there before. */
int eval_end_turn(struct eval *e, struct eval_turn *turn)
{
    struct eval_keep *keep;

    if (e->pins > 0 || !is_enough(e, turn))
        return 0;
    keep = mem_alloc(sizeof *keep);
    arena_init(&keep->arena, e->arena.max);
    keep->before = e->keeps;
    e->keeps = keep;
    for (struct eval_held *held = e->held; held != NULL; held = held->before) {
        if (move(e, keep, held->v) < 0)
            return -1;
    }
    arena_back(&e->arena, turn->mark);
    free_keeps(&keep->before, turn->keeps);
    return 0;
}
