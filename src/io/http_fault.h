/* SPDX-License-Identifier: MIT */
/*
 * http_fault - what libcurl's error codes mean to us, and to a person
 *
 * The codes are libcurl's numbers (libcurl-errors(3)), which never change, and
 * some of our own. Pure functions.
 */
#ifndef IO_HTTP_FAULT_H
#define IO_HTTP_FAULT_H

#include <stddef.h>
#include <stdint.h>

#include "io/http.h"

enum {
    HTTP_FAULT_CONNECT = 7,
    HTTP_FAULT_TIMEOUT = 28,
    HTTP_FAULT_HANDSHAKE = 35,
    HTTP_FAULT_CANCELLED = 42,
    HTTP_FAULT_REDIRECTS = 47,

    /* Our own, which libcurl would let pass or call by another name. */
    HTTP_FAULT_HEADERS = -1,     /* more than HTTP_HEADERS_MAX bytes */
    HTTP_FAULT_SWITCHED = -2,    /* 101 */
    HTTP_FAULT_LENGTHS = -3,     /* two, which differ */
    HTTP_FAULT_LOCATION = -4,    /* leads nowhere; `words` say why */
    HTTP_FAULT_RATIO = -5,       /* a body grows too much */
    HTTP_FAULT_PACKED = -6,      /* it cannot be unpacked */
    HTTP_FAULT_CODING = -7,      /* it is packed in another way */
    HTTP_FAULT_CUT = -8,         /* it ends before what is packed ends */
    HTTP_FAULT_BLOCKED = -10,    /* by http_guard; `words` are the address */
    HTTP_FAULT_TUNNEL = -11,     /* a proxy made none; `sys` is its status */
    HTTP_FAULT_PROXY = -12,      /* its URL is none; libcurl's words quote it */
    HTTP_FAULT_TRAILER = -13,    /* one is larger than libcurl bears */
    HTTP_FAULT_FRAMES = -14,     /* HTTP/2 that is none */
    HTTP_FAULT_REFUSED = -15,    /* not looked at by the server (HTTP/2) */
    HTTP_FAULT_HEAD = -16,       /* it ends before its headers do */
    HTTP_FAULT_TUNNEL_CUT = -17, /* the proxy went away */
    HTTP_FAULT_TUNNEL_NONE = -18, /* what it said is no HTTP */
    HTTP_FAULT_GATEWAY = -19,     /* as TUNNEL, and may pass */
    HTTP_FAULT_LENGTH = -20,      /* what is no number, or too large */
    HTTP_FAULT_TRANSFER = -21,    /* a transfer coding that we cannot undo */
    HTTP_FAULT_DRAINED = -9, /* none: a redirect's body is read no further */
};

struct http_fault {
    int code;
    enum http_retry retry;
    const char *kind; /* of the contract */
    const char *text; /* in place of libcurl's words; may be NULL */
};

/* Which clock ended a request, and its limit. */
struct http_fault_timeout {
    const char *which; /* "connect", "read", "total" */
    int64_t limit_ms;
};

/* What `words` tell that libcurl's code does not: one of ours, or 0. */
int http_fault_behind(const char *words);

/* Never NULL: a code that is not known is kind "protocol". */
const struct http_fault *http_fault_find(int code);

/*
 * Write a message. `words` are libcurl's own; `sys` is the errno of a failed
 * connect, or 0; `timeout` counts for HTTP_FAULT_TIMEOUT alone.
 */
void http_fault_describe(const struct http_fault *fault, const char *words,
                         int sys, struct http_fault_timeout timeout,
                         char *message, size_t size);

#endif
