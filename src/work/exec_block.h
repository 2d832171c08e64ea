/* SPDX-License-Identifier: MIT */
/*
 * exec_block - a block of lines, and the answers counted off against them
 *
 * A process that answers one line twice shifts all that follows, and no single
 * answer shows it. So answers stay in the process's buffer and are only counted
 * until it is known whether there were exactly as many as lines; settling gives
 * all of them to the item, or rejects their lines. A block may need several
 * processes: each is given the lines that are not done yet. `written` is always
 * how much of those the process in charge has got. A part of exec; loop's
 * thread.
 */
#ifndef WORK_EXEC_BLOCK_H
#define WORK_EXEC_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct item;

/* Why a process is at its end. */
enum exec_ending {
    EXEC_OWN,  /* by itself */
    EXEC_LATE, /* no answer in time */
    EXEC_LIE,  /* an answer that nobody asked for */
    EXEC_LONG, /* an answer beyond --max-line */
    EXEC_FULL, /* answers beyond --max-output */
    EXEC_SHUT, /* a pipe closed, though it stays */
};

/* The owner's storage; read by it, changed here. */
struct exec_block {
    size_t max_line;   /* bytes of an answer */
    size_t max_output; /* bytes of all answers */

    struct item *item; /* NULL: none */
    struct buf lines;  /* of the item */
    const uint64_t *numbers;
    size_t count;
    size_t due;      /* the line whose answer comes next */
    size_t due_at;   /* where it begins in `lines`, */
    size_t due_end;  /* and ends, with its newline */
    size_t first;    /* the first one that this process was given */
    size_t first_at; /* and where that begins */
    size_t answered; /* bytes of the process's output that are whole answers */
    size_t searched; /* bytes behind them without a newline */
    size_t settled;  /* bytes of answers of earlier processes */
    bool given_up;   /* the rest of the block is rejected unseen */

    const char *origin; /* of the last line that was answered: this stays */
    uint64_t number;    /* when the block has ended */
};

void exec_block_init(struct exec_block *b, size_t max_line, size_t max_output);
void exec_block_release(struct exec_block *b);

/* Take the item's lines. */
void exec_block_begin(struct exec_block *b, struct item *item);

/* Every line is answered or rejected: the item, for transform_finish. */
struct item *exec_block_end(struct exec_block *b);

bool exec_block_done(const struct exec_block *b);

/* What the next process is to be given. */
struct slice exec_block_rest(struct exec_block *b);

/* Whether the line whose answer is due has been written whole. */
bool exec_block_asked(const struct exec_block *b, size_t written);

/* Count off what is in `out`. EXEC_OWN, or what is wrong with the answer
 * behind the last one that was counted. */
enum exec_ending exec_block_take(struct exec_block *b, const struct buf *out,
                                 size_t written);

/* The process has done with these lines: with EXEC_LIE none of its answers
 * holds and their lines are rejected for `suspect`, else all that were counted
 * do. `out` is cleared. Whether any held. */
bool exec_block_settle(struct exec_block *b, struct buf *out,
                       enum exec_ending ending, const char *suspect);

/* Whether the line that is due is lost with the process, which has seen
 * something of it. With one that lied its answers are, if it gave any. */
bool exec_block_due_lost(const struct exec_block *b, size_t written,
                         enum exec_ending ending);

/* Reject the line that is due, or all that are left. */
void exec_block_reject_due(struct exec_block *b, const char *reason);
void exec_block_reject_rest(struct exec_block *b, const char *reason);

/* The same without a word: who stops a run knows that it is not complete. */
void exec_block_cancel(struct exec_block *b);

/* Reject so all lines of an item that is in no block. */
void exec_block_refuse(struct item *item);

#endif
