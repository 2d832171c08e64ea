/* SPDX-License-Identifier: MIT */
/*
 * request - one HTTP request as the user asks for it
 *
 * One for each line of the list (see manifest.h), and one for what the options
 * of the command line say of all of them. Memory is kept and used again. One
 * owner.
 */
#ifndef WORK_REQUEST_H
#define WORK_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "work/ticket.h"
#include "work/url.h"

struct ahead_host;
struct err;

enum {
    REQUEST_METHOD_SIZE = 32,
    REQUEST_RANGES = 16,
    REQUEST_SHA256_SIZE = 65
};

#define REQUEST_ANY_SIZE UINT64_MAX

/* Statuses from `first` to `last`. */
struct request_range {
    int first;
    int last;
};

enum request_body {
    REQUEST_NO_BODY,
    REQUEST_TEXT,
    REQUEST_JSON, /* as text, with its Content-Type */
    REQUEST_FILE, /* `body` is the name of a file */
};

/* Each buf of text has a NUL behind its bytes. */
struct request {
    struct buf url;
    struct url parts;                 /* of `url` */
    char method[REQUEST_METHOD_SIZE]; /* "": not given */
    struct buf headers; /* lines as -H takes them, each with NUL */
    size_t header_count;
    enum request_body body_kind;
    struct buf body;
    struct buf output;                /* empty: not given */
    char sha256[REQUEST_SHA256_SIZE]; /* lower case; "": not given */
    uint64_t size;                    /* or REQUEST_ANY_SIZE */
    int64_t timeout_ms;               /* -1: not given; 0: none */
    struct request_range expect[REQUEST_RANGES];
    size_t expect_count;

    struct buf scratch;   /* manifest's */
    struct ticket ticket; /* transfer's */
    int64_t queued_us;    /* transfer's: since when it waits */
    void *slot;           /* transfer's: where it is under way; NULL: nowhere */
    struct ahead_host *ahead; /* ahead's, while it is in the flow */
    bool waits;               /* ahead's: for a place or its next attempt */
    uint64_t name_owner; /* its file is that of this unit, from 1; 0: free */
};

struct request *request_new(void);
void request_free(struct request *request);

/* As after request_new, but for the memory. */
void request_clear(struct request *request);

/* Set a buf of text, with the NUL. */
void request_set_text(struct buf *b, struct slice text);

/*
 * Set or add after a check; -1 with `err` of kind ERR_USAGE. A header line is
 * "Name: value", "Name;" for an empty value, or "Name:" for none at all. A
 * range is "404", "2xx" or "200-299".
 */
int request_set_method(struct request *request, struct slice method,
                       struct err *err);
int request_add_header(struct request *request, struct slice line,
                       struct err *err);
int request_add_expected(struct request *request, struct slice range,
                         struct err *err);

/* Whether `name` is a word as methods and header names are. */
bool request_is_token(struct slice name);

/* Whether `value` is in one line, so that it cannot begin another header. */
bool request_is_value(struct slice value);

/* The name of a header line. */
struct slice request_header_name(struct slice line);

/* Whether there is a header of the name, whatever its value. */
bool request_has_header(const struct request *request, struct slice name);

/* Whether a status is expected; without any expectation: below 400. */
bool request_expects(const struct request *request, int status);

#endif
