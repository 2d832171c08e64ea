/* SPDX-License-Identifier: MIT */
#include "work/relay.h"

#include "flow/journal.h"

void relay_init(struct relay *r, struct journal *journal)
{
    r->journal = journal;
    buf_init(&r->line, RELAY_LINE);
}

void relay_release(struct relay *r)
{
    buf_release(&r->line);
}

void relay_end(struct relay *r)
{
    if (r->line.len == 0)
        return;
    journal_add(r->journal, buf_slice(&r->line));
    journal_add(r->journal, slice_text("\n"));
    buf_clear(&r->line);
}

static void keep(struct relay *r, struct slice rest)
{
    size_t room;

    while ((room = r->line.max - r->line.len) < rest.len) {
        buf_add(&r->line, rest.ptr, room);
        relay_end(r);
        rest = slice_of(rest.ptr + room, rest.len - room);
    }
    buf_add_slice(&r->line, rest);
}

void relay_add(struct relay *r, struct slice piece)
{
    size_t whole = piece.len;

    while (whole > 0 && piece.ptr[whole - 1] != '\n')
        whole--;
    if (whole > 0) {
        journal_add(r->journal, buf_slice(&r->line));
        journal_add(r->journal, slice_of(piece.ptr, whole));
        buf_clear(&r->line);
    }
    keep(r, slice_of(piece.ptr + whole, piece.len - whole));
}
