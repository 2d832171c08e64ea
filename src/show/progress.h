/* SPDX-License-Identifier: MIT */
/*
 * progress - how far a run is, in one line on a terminal's stderr
 *
 * done/total, failed, running, rate, time left; of a single download what
 * gauge.h says. Drawn at most ten times a second, and only while something
 * changes. In a pipe nothing is drawn. Loop's thread.
 */
#ifndef SHOW_PROGRESS_H
#define SHOW_PROGRESS_H

#include <stdbool.h>

struct flow;
struct gauge_bytes;
struct log;
struct loop;
struct progress;

struct progress_options {
    struct loop *loop;
    struct log *log;
    const struct flow *flow;
    const char *unit; /* plural of what is counted */
    bool total_known; /* what the list gives are the units that are counted */
    /* How far the download is, if there is but one; may be NULL. */
    void (*measure)(void *arg, struct gauge_bytes *bytes);
    void *measure_arg;
    bool drawn; /* else only progress_print says anything */
};

struct progress *progress_open(const struct progress_options *options);

/* Print the figures of now as a message, drawn or not. */
void progress_print(struct progress *p);

/* Stop drawing and wipe the line. */
void progress_end(struct progress *p);

/* Whether a person was watching. NULL: false. */
bool progress_was_drawn(const struct progress *p);

void progress_close(struct progress *p);

#endif
