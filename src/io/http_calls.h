/* SPDX-License-Identifier: MIT */
/*
 * http_calls - what libcurl tells of a request, and asks for it
 *
 * Called from within libcurl: they note what happened, and at most refuse.
 */
#ifndef IO_HTTP_CALLS_H
#define IO_HTTP_CALLS_H

#include <curl/curl.h>

struct http_request;

/* Let libcurl call for a request, as long as its handle lives. */
CURLcode http_calls_set(CURL *easy, struct http_request *r);

#endif
