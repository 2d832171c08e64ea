/* SPDX-License-Identifier: MIT */
/*
 * http_figures - what libcurl knows of a request that has ended
 *
 * Redirects are several transfers to libcurl and one request to us: what was
 * before the last one is given, and its times count from the start of all.
 */
#ifndef IO_HTTP_FIGURES_H
#define IO_HTTP_FIGURES_H

#include <curl/curl.h>
#include <stdint.h>

#include "io/http.h"

struct http_figures_before {
    int64_t spent_us;
    int redirects;
    int connects;
};

/* Fill in what is named as by curl; the rest is zero. */
void http_figures_read(CURL *easy, const struct http_figures_before *before,
                       struct http_result *result);

/* Single ones; 0 if not known. */
long http_figures_long(CURL *easy, CURLINFO what);
int64_t http_figures_offset(CURL *easy, CURLINFO what);

#endif
