/* SPDX-License-Identifier: MIT */
/*
 * log - messages for people, on stderr
 *
 * A message is one line: `weir: WHAT: WHERE: WHY`. While a status line is on
 * the terminal (see show/progress.h) it is wiped before a message and drawn
 * again after it. Controls in a message are escaped, so that no name can forge
 * a line. A message that cannot be written is lost: there is nobody left to
 * tell. Loop's thread only.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/buf.h"

enum log_level {
    LOG_QUIET = -1, /* only what makes the exit status other than 0 */
    LOG_NORMAL = 0,
    LOG_VERBOSE = 1, /* -v: what is opened, used again and closed */
};

struct log {
    int fd;
    int level;
    bool terminal;
    bool colored;
    struct buf line;   /* scratch */
    struct buf status; /* what is drawn now; empty: nothing */
};

void log_init(struct log *log, int fd, int level);
void log_release(struct log *log);

/* One line "weir: ..." at any level. */
void log_error(struct log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* One line "weir: ...", not with -q. */
void log_note(struct log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* One line "weir: ..." only with -v. */
void log_detail(struct log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* One line exactly as it is (text of ours: may carry colours). */
void log_line(struct log *log, struct slice line);

/* Text as it is, without a newline: what a user's program says. */
void log_text(struct log *log, struct slice text);

/* Draw a status line in place of the last one; an empty one wipes it. */
void log_status(struct log *log, struct slice status);

#endif
