/* SPDX-License-Identifier: MIT */
/*
 * http_handle - the settings of libcurl's handles
 *
 * What is the same for all requests is set once; a request sets only what
 * differs, and all of that, so curl_easy_reset is never needed. Handles know no
 * cookies, the one thing that would pass from one request to the next, unless
 * that is asked for: then they share them.
 */
#ifndef IO_HTTP_HANDLE_H
#define IO_HTTP_HANDLE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

struct http_hop;
struct http_options;

/* Set an option of `easy`, keeping the first failure in `code`. */
#define HTTP_HANDLE_SET(option, value) \
    http_handle_keep(&code, curl_easy_setopt(easy, CURLOPT_##option, value))

static inline void http_handle_keep(CURLcode *first, CURLcode code)
{
    if (*first == CURLE_OK)
        *first = code;
}

/* What is the same for all requests, but for callbacks. `resolve` is the list
 * of --resolve, or NULL, borrowed as long as the handle lives. */
CURLcode http_handle_prepare(CURL *easy, const struct http_options *options,
                             struct curl_slist *resolve);

/* What is asked for now. */
struct http_handle_ask {
    const struct http_hop *hop;
    struct curl_slist *headers;
    CURLSH *share; /* of TLS sessions, and cookies if they are kept */
    int64_t timeout_ms;
    bool fresh;  /* by a new connection */
    bool last;   /* of its connection */
    bool tidies; /* names that are too old are forgotten when it ends */
};

CURLcode http_handle_ask(CURL *easy, const struct http_options *options,
                         const struct http_handle_ask *ask);

#endif
