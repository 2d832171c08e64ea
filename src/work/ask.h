/* SPDX-License-Identifier: MIT */
/*
 * ask - what is asked for: a request of the list, and what the command line
 * says of all
 *
 * What the request itself says comes before what the command line says. Pure
 * but for ask_open_body. One owner.
 */
#ifndef WORK_ASK_H
#define WORK_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct buf;
struct err;
struct http_plan;
struct request;

struct ask {
    const struct request *own;
    const struct request *all; /* of the command line */
};

/* As it is sent. */
const char *ask_method(const struct ask *ask);

/* Whether it may be sent twice: by its method (RFC 9110 section 9.2.2), or
 * since it has a key of its own for that. */
bool ask_is_idempotent(const struct ask *ask);

/* Whether a status is an expected one. */
bool ask_expects(const struct ask *ask, int status);

/* Whether there is a header of the name. */
bool ask_has_header(const struct ask *ask, const char *name);

/* Whether it is a plain GET of a whole, part of which could be asked for. */
bool ask_is_whole_get(const struct ask *ask);

/* Append the header lines, each with a NUL; how many. */
size_t ask_add_headers(const struct ask *ask, struct buf *lines);

/*
 * Say in the plan what is sent as a body. A file is opened: its descriptor is
 * put into `*fd`, the caller's to close. 0, or -1 and `err`.
 */
int ask_open_body(const struct ask *ask, struct http_plan *plan, int *fd,
                  struct err *err);

#endif
