/* SPDX-License-Identifier: MIT */
/*
 * http_request - a request from its start, through its hops, to its end
 *
 * Its handle and buffers are used for one request after the other. A redirect
 * is the same request with another hop: the handle is taken out of libcurl and
 * put in again.
 */
#ifndef IO_HTTP_REQUEST_H
#define IO_HTTP_REQUEST_H

#include <curl/curl.h>

struct http;
struct http_plan;
struct http_request;

/* `code` tells whether libcurl takes all settings. */
struct http_request *http_request_new(struct http *http, CURLcode *code);
void http_request_free(struct http_request *r);

/* Begin; it is on the pool's list of those that run. */
void http_request_start(struct http_request *r, const struct http_plan *plan);

/* Go on with the next hop, which waits. */
void http_request_go_on(struct http_request *r);

/* libcurl, or one of our limits, has ended the hop: on to the next, or on_done
 * is called and the request is spare. */
void http_request_end(struct http_request *r, CURLcode code);

#endif
