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
    int64_t queue_us;      /* waited for a place in the pool */
    struct slice headers;  /* from answer_headers, or empty */
    uint64_t resumed_from; /* bytes that were there before */
    uint64_t ranges;       /* that were asked for besides the whole */
    bool skipped;          /* nobody was asked: the file was there */
    bool not_modified;     /* what was there before is still the right one */
    const char *path;      /* of the file, or NULL */
    const char *sha256;    /* with a path; NULL: nobody looked */
    bool has_body;
    struct slice body; /* as text if it is UTF-8, else in base64 */
};

/* Append the headers of an answer as an object, whatever `out` can hold; within
 * on_done. `scratch` is cleared. */
int answer_headers(const struct http_request *request, struct buf *scratch,
                   struct buf *out);

/* Copy the texts of an answer, which last no longer than on_done, into `texts`,
 * which is cleared. */
void answer_keep(struct http_result *figures, struct buf *texts);

/* Append the object. `scratch` is cleared. -1 when `out` is full. */
int answer_write(const struct answer *answer, struct buf *scratch,
                 struct buf *out);

/* Append a few words: "200  1024 B  https://host/path". */
void answer_describe(const struct answer *answer, struct buf *out);

#endif
