/* SPDX-License-Identifier: MIT */
/*
 * http_body - what becomes of the bytes that come as a body
 *
 * That of a redirect is nobody's: it is read up to HTTP_BODY_DRAIN bytes, so
 * that the connection can be used again. Any other goes to on_body of the plan,
 * unpacked if we asked for gzip and got it. Faults are HTTP_FAULT_...; 0 is
 * none.
 */
#ifndef IO_HTTP_BODY_H
#define IO_HTTP_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct gunzip;
struct http_head;
struct http_options;
struct http_plan;

enum { HTTP_BODY_DRAIN = 64 * 1024 };

struct http_body {
    uint64_t came;  /* of this hop, as they came */
    uint64_t bytes; /* given to on_body */
    bool stopped;   /* on_body refused */
    bool packed;
    struct gunzip *gunzip; /* made when it is first needed */
    char *room;            /* for what it makes */
};

void http_body_release(struct http_body *body);

/* For another request, or, with `bytes` kept, its next hop. */
void http_body_clear(struct http_body *body);

/* The next bytes of an answer whose headers are known. HTTP_FAULT_DRAINED: they
 * are of a redirect that need not be read further. */
int http_body_add(struct http_body *body, const struct http_options *options,
                  const struct http_plan *plan, const struct http_head *head,
                  struct slice bytes);

/* No more will come, and nothing else was wrong. */
int http_body_end(const struct http_body *body);

#endif
