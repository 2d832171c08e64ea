/* SPDX-License-Identifier: MIT */
/*
 * http_head - what the header lines of an answer say that we must know
 *
 * libcurl checks and keeps headers; here is only what it does not tell, or lets
 * pass: how many bytes they are in all, 1xx answers and trailers included;
 * where a redirect leads; whether the end of the body can be known. Bounded by
 * HTTP_HEADERS_MAX. No sockets: one owner.
 */
#ifndef IO_HTTP_HEAD_H
#define IO_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

enum http_head_fault {
    HTTP_HEAD_FINE,
    HTTP_HEAD_TOO_LARGE,
    HTTP_HEAD_SWITCHED, /* 101, and nobody asked for it */
    HTTP_HEAD_LENGTHS,  /* two of them that differ */
    HTTP_HEAD_LENGTH,   /* one that is no number, or no body can have */
    HTTP_HEAD_TRANSFER, /* a transfer coding that nobody asked for */
};

/* How a body is packed. */
enum http_head_coding { HTTP_HEAD_AS_IT_IS, HTTP_HEAD_GZIP, HTTP_HEAD_OTHER };

struct http_head {
    bool may_switch; /* 101 is what we asked for */
    size_t bytes;
    int status; /* of the last status line; 0: none yet */
    bool ended; /* with its empty line: what follows is a trailer */
    bool has_length;
    bool chunked;
    bool transfer; /* any Transfer-Encoding: then lengths do not count */
    enum http_head_coding coding;
    int64_t retry_after_s; /* of Retry-After as a number; -1: none, or a date */
    struct buf length;     /* its digits, without zeros before them */
    struct buf location;   /* with a NUL behind it; empty: none */
};

void http_head_init(struct http_head *head, bool may_switch);
void http_head_release(struct http_head *head);

/* For the next answer. */
void http_head_clear(struct http_head *head);

/* Note a line, with its line end. What is no header line is only counted. */
enum http_head_fault http_head_add(struct http_head *head, struct slice line);

/* Whether this is a redirect that leads somewhere (RFC 9110 section 15.4);
 * 300 and 304 are answers by themselves. */
bool http_head_redirects(const struct http_head *head);

/* Whether something before the end of the connection tells where the body of
 * an answer of HTTP/1 ends (RFC 9112 section 6.3). */
bool http_head_is_framed(const struct http_head *head);

/* Whether the answer has no body, whatever its other headers say, to any
 * method but HEAD (RFC 9110 section 6.4.1). */
bool http_head_is_bare(const struct http_head *head);

#endif
