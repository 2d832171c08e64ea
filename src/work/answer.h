/* SPDX-License-Identifier: MIT */
/*
 * answer - what is known of a transfer, as the `result` of its record
 *
 * A JSON object with curl's names (--write-out '%{json}') in a fixed order, in
 * seconds and bytes, then where the body went. Userinfo in URLs is not shown.
 * What is not known is null, or 0. Pure but for the buffers.
 */
#ifndef WORK_ANSWER_H
#define WORK_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct buf;
struct http_request;
struct http_result;

/* Of very many headers only so many are told: finding one costs as much as
 * there are. */
enum { ANSWER_HEADERS_MAX = 1000 };

struct answer {
    struct slice url; /* as asked for */
    const struct http_result *figures;
    int64_t queue_us;                   /* waited for a place in the pool */
    const struct http_request *headers; /* whose to tell, or NULL */
    const char *path;                   /* of the file, or NULL */
    const char *sha256;                 /* with a path */
    bool has_body;
    struct slice body; /* as text if it is UTF-8, else in base64 */
};

/* Append the object. `scratch` is cleared. -1 when `out` is full. */
int answer_write(const struct answer *answer, struct buf *scratch,
                 struct buf *out);

/* Append a few words: "200  1024 B  https://host/path". */
void answer_describe(const struct answer *answer, struct buf *out);

#endif
