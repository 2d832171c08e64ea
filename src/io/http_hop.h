/* SPDX-License-Identifier: MIT */
/*
 * http_hop - one question of a request: the first, or what a redirect asks
 *
 * What a redirect does to a request (RFC 9110 section 15.4): 303 makes it a GET
 * without a body, unless it is HEAD; 301 and 302 do that to POST alone; 307 and
 * 308 change nothing. Where it leads to another scheme, host or port, what
 * proves who we are is left behind for good, even if a later one leads back:
 * user and password of the URL, and the headers Authorization, Cookie and
 * Proxy-Authorization. Host goes with them, as it names the first server.
 *
 * Redirects are followed here and not by libcurl, which keeps a method's word
 * and drops its body, and uses any connection again even for what must not be
 * sent twice.
 */
#ifndef IO_HTTP_HOP_H
#define IO_HTTP_HOP_H

#include <stdbool.h>

struct err;
struct http_plan;

struct http_hop {
    const struct http_plan *plan;
    const char *url;
    const char *method;
    bool has_body;
    bool secure;    /* https */
    bool foreign;   /* a redirect has led away from the first server */
    char *next_url; /* NULL: that of the plan */
};

/* The first one. `plan` is borrowed until http_hop_release. */
void http_hop_begin(struct http_hop *hop, const struct http_plan *plan);
void http_hop_release(struct http_hop *hop);

/*
 * Go where an answer of `status` leads. -1 and `err` if that is nowhere that
 * http or https can reach; then the hop is as before.
 */
int http_hop_follow(struct http_hop *hop, int status, const char *location,
                    struct err *err);

/* Whether a header line of the plan is still to be sent. */
bool http_hop_sends(const struct http_hop *hop, const char *line);

/* Whether a header line of the plan tells where the body ends. It may lie, and
 * then the server takes the next request for the rest of this one. */
bool http_hop_frames(const char *line);

/* Whether it must not be sent twice. */
bool http_hop_once(const struct http_hop *hop);

#endif
