/* SPDX-License-Identifier: MIT */
/* What a program learns of its input and its run, and what it says besides its
 * outputs. */
#include "jq/builtin.h"

#include <math.h>
#include <time.h>

#include "jq/builtin_core.h"
#include "json/canon.h"

static int no_room_to_say(struct eval *e)
{
    return eval_error(e, "the messages are too large");
}

/* A string as it is, anything else as JSON. */
static int say(struct eval *e, struct val v)
{
    if (e->world.said == NULL)
        return 0;
    return eval_add_text(e, v, e->world.said) < 0 ? no_room_to_say(e) : 0;
}

static int debug(struct eval *e, struct val in, const struct val *args,
                 struct val *out)
{
    struct buf *said = e->world.said;

    (void)args;
    *out = in;
    if (said != NULL && (buf_add_text(said, "[\"DEBUG:\",") < 0 ||
                         eval_add_json(e, in, CANON_JQ, said) < 0 ||
                         buf_add_text(said, "]\n") < 0))
        return no_room_to_say(e);
    return 1;
}

static int to_stderr(struct eval *e, struct val in, const struct val *args,
                     struct val *out)
{
    (void)args;
    *out = in;
    return say(e, in) < 0 ? -1 : 1;
}

/* The end of the run. */
static int leave(struct eval *e, int status)
{
    e->world.status = status;
    e->unwind = EVAL_HALT;
    return -1;
}

static int halt(struct eval *e, struct val in, const struct val *args,
                struct val *out)
{
    (void)in;
    (void)args;
    (void)out;
    return leave(e, 0);
}

/* A string without a newline behind it; null says nothing. */
static int halt_error_with(struct eval *e, struct val in,
                           const struct val *args, struct val *out)
{
    double status;

    (void)out;
    if (args[0].kind != VAL_NUMBER)
        return eval_error(e, "halt_error/1: number required");
    status = val_double(args[0]);
    if (in.kind != VAL_NULL && say(e, in) < 0)
        return -1;
    if (in.kind > VAL_NULL && in.kind != VAL_STRING &&
        say(e, val_string(slice_text("\n"))) < 0)
        return -1;
    return leave(e, (int)fmod(trunc(isfinite(status) ? status : 0), 256) & 255);
}

static int halt_error(struct eval *e, struct val in, const struct val *args,
                      struct val *out)
{
    const struct val five = val_number(5);

    (void)args;
    return halt_error_with(e, in, &five, out);
}

static int input(struct eval *e, struct val in, const struct val *args,
                 struct val *out)
{
    int got = 0;

    (void)in;
    (void)args;
    if (e->world.next != NULL)
        got = e->world.next(e->world.arg, e, out);
    return got == 0 ? eval_error(e, "break") : got;
}

/* Natively, so that it needs neither stack nor memory. */
static int inputs(struct eval *e, const struct code *call, struct env *env,
                  struct at in, eval_fn emit, void *arg)
{
    const struct trail *trail = in.trail ? &eval_lost : NULL;
    struct eval_turn turn;
    struct val v;
    int got;

    (void)call;
    (void)env;
    if (e->world.next == NULL)
        return 0;
    eval_begin_turns(e, &turn);
    while ((got = e->world.next(e->world.arg, e, &v)) == 1) {
        if (eval_check(e) < 0 || emit(arg, (struct at){v, trail}) < 0 ||
            eval_end_turn(e, &turn) < 0)
            return -1;
    }
    return got;
}

static int input_filename(struct eval *e, struct val in, const struct val *args,
                          struct val *out)
{
    (void)in;
    (void)args;
    *out = e->world.file.ptr ? val_string(e->world.file) : val_null();
    return 1;
}

static int input_line_number(struct eval *e, struct val in,
                             const struct val *args, struct val *out)
{
    (void)in;
    (void)args;
    *out = val_number((double)e->world.line);
    return 1;
}

static int now(struct eval *e, struct val in, const struct val *args,
               struct val *out)
{
    struct timespec t;

    (void)e;
    (void)in;
    (void)args;
    clock_gettime(CLOCK_REALTIME, &t);
    *out = val_number((double)t.tv_sec + trunc((double)t.tv_nsec / 1e3) / 1e6);
    return 1;
}

const struct builtin builtin_world[] = {
    {.name = "debug", .values = debug},
    {.name = "stderr", .values = to_stderr},
    {.name = "halt", .values = halt},
    {.name = "halt_error", .values = halt_error},
    {.name = "halt_error", .arity = 1, .values = halt_error_with},
    {.name = "input", .values = input, .needs = CODE_NEEDS_INPUT},
    {.name = "inputs", .each = inputs, .needs = CODE_NEEDS_INPUT},
    {.name = "input_filename", .values = input_filename},
    {.name = "input_line_number",
     .values = input_line_number,
     .needs = CODE_NEEDS_LINE},
    {.name = "now", .values = now},
    {0},
};
