/* SPDX-License-Identifier: MIT */
#include "io/http_body.h"

#include <stddef.h>

#include "base/gunzip.h"
#include "base/mem.h"
#include "io/http.h"
#include "io/http_fault.h"
#include "io/http_head.h"

enum { ROOM = 64 * 1024 };

void http_body_release(struct http_body *body)
{
    gunzip_free(body->gunzip);
    mem_free(body->room);
    body->gunzip = NULL;
    body->room = NULL;
}

void http_body_clear(struct http_body *body)
{
    body->came = 0;
    body->stopped = false;
    body->packed = false;
}

static int pass(struct http_body *body, const struct http_plan *plan,
                struct slice bytes)
{
    body->bytes += bytes.len;
    if (plan->on_body(plan->arg, bytes))
        return 0;
    body->stopped = true;
    return HTTP_FAULT_CANCELLED;
}

/* What a limit on the size would notice only when very many bytes have been
 * made, and written. */
static bool grows_too_much(const struct http_body *body, uint64_t most)
{
    return most > 0 && body->bytes > HTTP_RATIO_FREE &&
           body->bytes / most > body->came;
}

static int unpack(struct http_body *body, const struct http_options *options,
                  const struct http_plan *plan, struct slice packed)
{
    ptrdiff_t n;

    gunzip_give(body->gunzip, packed);
    while ((n = gunzip_take(body->gunzip, body->room, ROOM)) > 0) {
        int fault = pass(body, plan, slice_of(body->room, (size_t)n));

        if (fault != 0)
            return fault;
        if (grows_too_much(body, options->max_ratio))
            return HTTP_FAULT_RATIO;
    }
    return n < 0 ? HTTP_FAULT_PACKED : 0;
}

static int begin(struct http_body *body, const struct http_head *head)
{
    switch (head->coding) {
    case HTTP_HEAD_AS_IT_IS: return 0;
    case HTTP_HEAD_OTHER: return HTTP_FAULT_CODING;
    case HTTP_HEAD_GZIP: break;
    }
    body->packed = true;
    if (body->gunzip == NULL) {
        body->gunzip = gunzip_new();
        body->room = mem_alloc(ROOM);
    }
    gunzip_clear(body->gunzip);
    return 0;
}

int http_body_add(struct http_body *body, const struct http_options *options,
                  const struct http_plan *plan, const struct http_head *head,
                  struct slice bytes)
{
    int fault = 0;

    if (body->came == 0 && options->compressed)
        fault = begin(body, head);
    body->came += bytes.len;
    if (http_head_redirects(head))
        return body->came > HTTP_BODY_DRAIN ? HTTP_FAULT_DRAINED : 0;
    if (fault != 0)
        return fault;
    if (body->packed)
        return unpack(body, options, plan, bytes);
    return pass(body, plan, bytes);
}

int http_body_end(const struct http_body *body)
{
    bool cut = body->packed && !gunzip_whole(body->gunzip);

    return cut ? HTTP_FAULT_CUT : 0;
}
