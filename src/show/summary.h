/* SPDX-License-Identifier: MIT */
/*
 * summary - how a whole run went, as a line and as a JSON file
 */
#ifndef SHOW_SUMMARY_H
#define SHOW_SUMMARY_H

#include <stdint.h>

struct err;
struct log;
struct summary;

/* `command` is borrowed. Begin of the run as wall time, and how long it took.
 * The caller frees. */
struct summary *summary_new(const char *command, int64_t started_wall_ms,
                            int64_t elapsed_ms);
void summary_free(struct summary *s);

/* Add a figure; `name` is borrowed. At most 16. */
void summary_add(struct summary *s, const char *name, uint64_t value);

/* One that the line leaves out if it is 0. */
void summary_add_rare(struct summary *s, const char *name, uint64_t value);

/* One line of the figures as a message. */
void summary_say(const struct summary *s, struct log *log);

/*
 * Write {"version","command","exit_status","error","started_at","elapsed",
 * figures...} beside `path`, sync, and rename. `error` "" is written as null.
 * 0, or -1 and `err` of kind ERR_CREATE or ERR_OUTPUT.
 */
int summary_write(const struct summary *s, const char *path, const char *error,
                  int exit_status, struct err *err);

#endif
