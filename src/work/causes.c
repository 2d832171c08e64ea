/* SPDX-License-Identifier: MIT */
#include "work/causes.h"

#include <string.h>

#include "base/err.h"
#include "base/num.h"
#include "io/spawn.h"

static void set(bool *flags, unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last; i++)
        flags[i] = true;
}

void causes_default(struct causes *causes)
{
    *causes = (struct causes){.timeout = true};
    set(causes->exits, 1, CAUSES_EXITS - 1);
    set(causes->signals, 1, CAUSES_SIGNALS - 1);
}

static bool read_number(struct slice text, unsigned most, unsigned *n)
{
    struct err ignored;
    uint64_t value;

    if (num_count(text, &value, &ignored) < 0 || value > most)
        return false;
    *n = (unsigned)value;
    return true;
}

/* N or N-M. */
static bool add_exits(struct causes *causes, struct slice text)
{
    const char *dash = memchr(text.ptr, '-', text.len);
    size_t len = dash ? (size_t)(dash - text.ptr) : text.len;
    unsigned first, last;

    if (!read_number(slice_of(text.ptr, len), CAUSES_EXITS - 1, &first))
        return false;
    last = first;
    if (dash != NULL && !read_number(slice_of(dash + 1, text.len - len - 1),
                                     CAUSES_EXITS - 1, &last))
        return false;
    set(causes->exits, first, last);
    return first <= last;
}

/* TERM, SIGTERM or 15. */
static bool add_signal(struct causes *causes, struct slice text)
{
    unsigned n;

    if (read_number(text, CAUSES_SIGNALS - 1, &n) && n > 0) {
        causes->signals[n] = true;
        return true;
    }
    if (text.len > 3 && memcmp(text.ptr, "SIG", 3) == 0)
        text = slice_of(text.ptr + 3, text.len - 3);
    for (n = 1; n < CAUSES_SIGNALS; n++) {
        const char *name = spawn_signal_name((int)n); /* "?": has none */

        if (name[0] == '?' || !slice_is(text, name))
            continue;
        causes->signals[n] = true;
        return true;
    }
    return false;
}

static bool begins(struct slice *text, const char *word)
{
    size_t len = strlen(word);

    if (text->len < len || memcmp(text->ptr, word, len) != 0)
        return false;
    *text = slice_of(text->ptr + len, text->len - len);
    return true;
}

static bool add_one(struct causes *causes, struct slice text)
{
    if (slice_is(text, "exit"))
        set(causes->exits, 1, CAUSES_EXITS - 1);
    else if (slice_is(text, "signal"))
        set(causes->signals, 1, CAUSES_SIGNALS - 1);
    else if (slice_is(text, "timeout"))
        causes->timeout = true;
    else if (slice_is(text, "spawn"))
        causes->spawn = true;
    else if (begins(&text, "exit:"))
        return add_exits(causes, text);
    else if (begins(&text, "signal:"))
        return add_signal(causes, text);
    else
        return false;
    return true;
}

int causes_add(struct causes *causes, const char *text, struct err *err)
{
    struct slice rest = slice_text(text);

    for (;;) {
        const char *comma = memchr(rest.ptr, ',', rest.len);
        size_t len = comma ? (size_t)(comma - rest.ptr) : rest.len;

        if (!add_one(causes, slice_of(rest.ptr, len)))
            return err_set(err, ERR_USAGE,
                           "'%.*s' is none of exit, exit:N, exit:N-M, signal, "
                           "signal:NAME, timeout, spawn",
                           (int)len, rest.ptr);
        if (comma == NULL)
            return 0;
        rest = slice_of(comma + 1, rest.len - len - 1);
    }
}
