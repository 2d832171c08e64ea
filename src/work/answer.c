/* SPDX-License-Identifier: MIT */
#include "work/answer.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/buf.h"
#include "io/http.h"
#include "work/url.h"
#include "json/quote.h"

/* More than most have, so that it grows but once. */
enum { USUAL_BYTES = 600 };

/* The comma before a key comes with it: the first one is replaced. */
#define KEY(name) ",\"" name "\":"

static int add_text(struct buf *out, const char *key, const char *text)
{
    if (buf_add_text(out, key) < 0)
        return -1;
    if (text == NULL || text[0] == '\0')
        return buf_add_text(out, "null");
    return quote_add(out, slice_text(text)) < 0 ? -1 : 0;
}

static int add_url(struct buf *out, const char *key, struct slice url,
                   struct buf *scratch)
{
    if (buf_add_text(out, key) < 0)
        return -1;
    if (memchr(url.ptr, '@', url.len) != NULL) { /* else there is no userinfo */
        buf_clear(scratch);
        if (url_add_redacted(scratch, url) < 0)
            return -1;
        url = buf_slice(scratch);
    }
    return quote_add(out, url) < 0 ? -1 : 0;
}

static int add_number(struct buf *out, const char *key, uint64_t number)
{
    return buf_add_text(out, key) < 0 ? -1 : buf_add_number(out, number);
}

static int add_time(struct buf *out, const char *key, int64_t us)
{
    return buf_add_text(out, key) < 0 ? -1 : buf_add_seconds(out, us);
}

static int add_times(const struct answer *a, struct buf *out)
{
    const struct http_result *f = a->figures;

    if (add_time(out, KEY("time_namelookup"), f->time_namelookup_us) < 0 ||
        add_time(out, KEY("time_connect"), f->time_connect_us) < 0 ||
        add_time(out, KEY("time_appconnect"), f->time_appconnect_us) < 0 ||
        add_time(out, KEY("time_starttransfer"), f->time_starttransfer_us) <
            0 ||
        add_time(out, KEY("time_total"), f->time_total_us) < 0)
        return -1;
    return add_time(out, KEY("time_queue"), a->queue_us);
}

static int add_figures(const struct answer *a, struct buf *scratch,
                       struct buf *out)
{
    const struct http_result *f = a->figures;
    struct slice effective =
        f->url_effective ? slice_text(f->url_effective) : a->url;

    if (add_url(out, KEY("url"), a->url, scratch) < 0 ||
        add_url(out, KEY("url_effective"), effective, scratch) < 0 ||
        add_number(out, KEY("http_code"), (uint64_t)f->http_code) < 0 ||
        add_text(out, KEY("http_version"), f->http_version) < 0 ||
        add_text(out, KEY("content_type"), f->content_type) < 0 ||
        add_number(out, KEY("size_download"), f->size_download) < 0 ||
        add_number(out, KEY("speed_download"), f->speed_download) < 0 ||
        add_times(a, out) < 0 ||
        add_number(out, KEY("num_connects"), (uint64_t)f->num_connects) < 0 ||
        add_number(out, KEY("num_redirects"), (uint64_t)f->num_redirects) < 0 ||
        add_text(out, KEY("remote_ip"), f->remote_ip) < 0 ||
        add_number(out, KEY("remote_port"), (uint64_t)f->remote_port) < 0)
        return -1;
    if (f->length_known || f->http_code == 0 || f->fault != NULL)
        return 0;
    return buf_add_text(out, ",\"length_known\":false");
}

/* Headers */

static int add_name(struct buf *out, const char *name, struct buf *scratch)
{
    buf_clear(scratch);
    for (; *name != '\0'; name++) {
        if (buf_add_char(scratch, (char)tolower((unsigned char)*name)) < 0)
            return -1;
    }
    if (quote_add(out, buf_slice(scratch)) < 0)
        return -1;
    return buf_add_char(out, ':');
}

/* All values of a header that is there several times, as an array. */
static int add_values(struct buf *out, const struct http_request *request,
                      const struct http_header *first)
{
    struct http_header at = *first;
    size_t told = 0;

    do {
        if (strcasecmp(at.name, first->name) != 0)
            continue;
        if (buf_add_char(out, told++ > 0 ? ',' : '[') < 0 ||
            quote_add(out, slice_text(at.value)) < 0)
            return -1;
    } while (told < first->count && told < ANSWER_HEADERS_MAX &&
             http_next_header(request, &at));
    return buf_add_char(out, ']');
}

static int add_header(struct buf *out, const struct http_request *request,
                      const struct http_header *header, struct buf *scratch)
{
    if (add_name(out, header->name, scratch) < 0)
        return -1;
    if (header->count > 1)
        return add_values(out, request, header);
    return quote_add(out, slice_text(header->value)) < 0 ? -1 : 0;
}

int answer_headers(const struct http_request *request, struct buf *scratch,
                   struct buf *out)
{
    struct http_header header = {0};
    const char *before = "";

    if (buf_add_char(out, '{') < 0)
        return -1;
    for (int i = 0; i < ANSWER_HEADERS_MAX; i++) {
        if (!http_next_header(request, &header))
            break;
        if (header.index > 0)
            continue;
        if (buf_add_text(out, before) < 0 ||
            add_header(out, request, &header, scratch) < 0)
            return -1;
        before = ",";
    }
    return buf_add_char(out, '}');
}

void answer_keep(struct http_result *figures, struct buf *texts)
{
    const char **each[] = {&figures->url_effective, &figures->content_type,
                           &figures->http_version, &figures->remote_ip,
                           &figures->message};
    size_t count = sizeof each / sizeof each[0];
    size_t need = 0;

    for (size_t i = 0; i < count; i++)
        need += *each[i] != NULL ? strlen(*each[i]) + 1 : 0;
    buf_clear(texts);
    buf_reserve(texts, need); /* so that it does not move */
    for (size_t i = 0; i < count; i++) {
        const char *at = texts->data + texts->len;

        if (*each[i] == NULL)
            continue;
        buf_add(texts, *each[i], strlen(*each[i]) + 1);
        *each[i] = at;
    }
}

/* The body */

/* One pass tells whether it is UTF-8: if it was not, that was in vain. */
static int add_body(struct buf *out, struct slice body)
{
    size_t before = out->len;
    int64_t replaced;

    if (buf_add_text(out, KEY("body")) < 0)
        return -1;
    replaced = quote_add(out, body);
    if (replaced <= 0)
        return (int)replaced;
    out->len = before;
    if (buf_add_text(out, ",\"body_base64\":\"") < 0 ||
        base64_add(out, body) < 0)
        return -1;
    return buf_add_char(out, '"');
}

int answer_write(const struct answer *a, struct buf *scratch, struct buf *out)
{
    const size_t before = out->len;

    buf_reserve(out, USUAL_BYTES);
    if (add_figures(a, scratch, out) < 0)
        return -1;
    out->data[before] = '{'; /* each key comes with a comma before it */
    if (a->headers.len > 0 && (buf_add_text(out, KEY("headers")) < 0 ||
                               buf_add_slice(out, a->headers) < 0))
        return -1;
    if (a->resumed_from > 0 &&
        add_number(out, KEY("resumed_from"), a->resumed_from) < 0)
        return -1;
    if (a->ranges > 0 && add_number(out, KEY("num_ranges"), a->ranges) < 0)
        return -1;
    if (a->skipped && buf_add_text(out, KEY("skipped") "true") < 0)
        return -1;
    if (a->not_modified && buf_add_text(out, KEY("not_modified") "true") < 0)
        return -1;
    if (a->path != NULL && (add_text(out, KEY("path"), a->path) < 0 ||
                            add_text(out, KEY("sha256"), a->sha256) < 0))
        return -1;
    if (a->has_body && add_body(out, a->body) < 0)
        return -1;
    return buf_add_char(out, '}');
}

void answer_describe(const struct answer *a, struct buf *out)
{
    const struct http_result *f = a->figures;

    if (f != NULL && f->http_code != 0)
        buf_printf(out, "%d  %" PRIu64 " B  ", f->http_code, f->size_download);
    url_add_redacted(out, a->url);
}
