/* SPDX-License-Identifier: MIT */
#include "work/request.h"

#include <ctype.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"

enum { STATUS_MIN = 100, STATUS_MAX = 599, KEEP_BYTES = 4096 };

struct request *request_new(void)
{
    struct request *request = mem_alloc(sizeof *request);

    /* What they hold is bounded by the line it came from. */
    buf_init(&request->url, SIZE_MAX);
    buf_init(&request->headers, SIZE_MAX);
    buf_init(&request->body, SIZE_MAX);
    buf_init(&request->output, SIZE_MAX);
    buf_init(&request->scratch, SIZE_MAX);
    list_init(&request->ticket.link);
    request->size = REQUEST_ANY_SIZE;
    request->timeout_ms = -1;
    return request;
}

void request_free(struct request *request)
{
    if (request == NULL)
        return;
    buf_release(&request->url);
    buf_release(&request->headers);
    buf_release(&request->body);
    buf_release(&request->output);
    buf_release(&request->scratch);
    mem_free(request);
}

static void forget(struct buf *b)
{
    buf_clear(b);
    buf_shrink(b, KEEP_BYTES);
}

void request_clear(struct request *request)
{
    forget(&request->url);
    forget(&request->headers);
    forget(&request->body);
    forget(&request->output);
    forget(&request->scratch);
    request->method[0] = '\0';
    request->header_count = 0;
    request->body_kind = REQUEST_NO_BODY;
    request->sha256[0] = '\0';
    request->size = REQUEST_ANY_SIZE;
    request->timeout_ms = -1;
    request->expect_count = 0;
    request->queued_us = 0;
    request->name_owner = 0;
}

void request_set_text(struct buf *b, struct slice text)
{
    buf_clear(b);
    buf_add_slice(b, text);
    buf_add_char(b, '\0');
    b->len--;
}

/* RFC 9110 section 5.6.2 */
bool request_is_token(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];

        if (c >= 0x80 || c == '\0')
            return false;
        if (!isalnum(c) && strchr("!#$%&'*+-.^_`|~", c) == NULL)
            return false;
    }
    return name.len > 0;
}

/* libcurl sends what it is given: CR and LF would begin a header of somebody
 * else's choice, NUL would cut ours. */
bool request_is_value(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

int request_set_method(struct request *request, struct slice method,
                       struct err *err)
{
    if (!request_is_token(method) || method.len >= sizeof request->method)
        return err_set(err, ERR_USAGE, "the method is not a word");
    memcpy(request->method, method.ptr, method.len);
    request->method[method.len] = '\0';
    return 0;
}

struct slice request_header_name(struct slice line)
{
    size_t len = 0;

    while (len < line.len && line.ptr[len] != ':' && line.ptr[len] != ';')
        len++;
    return slice_of(line.ptr, len);
}

int request_add_header(struct request *request, struct slice line,
                       struct err *err)
{
    struct slice name = request_header_name(line);

    if (name.len == line.len)
        return err_set(err, ERR_USAGE, "header without a colon");
    if (!request_is_token(name))
        return err_set(err, ERR_USAGE, "a header's name is not a word");
    if (!request_is_value(line))
        return err_set(err, ERR_USAGE, "control character in a header");
    buf_add_slice(&request->headers, line);
    buf_add_char(&request->headers, '\0');
    request->header_count++;
    return 0;
}

bool request_has_header(const struct request *request, struct slice name)
{
    const char *line = request->headers.data;

    for (size_t i = 0; line != NULL && i < request->header_count; i++) {
        struct slice text = slice_text(line);
        struct slice each = request_header_name(text);

        if (each.len == name.len &&
            strncasecmp(each.ptr, name.ptr, name.len) == 0)
            return true;
        line += text.len + 1;
    }
    return false;
}

bool request_expects(const struct request *request, int status)
{
    for (size_t i = 0; i < request->expect_count; i++) {
        if (status >= request->expect[i].first &&
            status <= request->expect[i].last)
            return true;
    }
    return request->expect_count == 0 && status < 400;
}

static int read_status(struct slice text, int *status)
{
    int n = 0;

    if (text.len != 3)
        return -1;
    for (size_t i = 0; i < 3; i++) {
        if (!isdigit((unsigned char)text.ptr[i]))
            return -1;
        n = n * 10 + text.ptr[i] - '0';
    }
    *status = n;
    return n >= STATUS_MIN && n <= STATUS_MAX ? 0 : -1;
}

static int read_range(struct slice text, struct request_range *range)
{
    struct slice last = text;

    if (text.len == 3 && strncasecmp(text.ptr + 1, "xx", 2) == 0 &&
        text.ptr[0] >= '1' && text.ptr[0] <= '5') {
        range->first = (text.ptr[0] - '0') * 100;
        range->last = range->first + 99;
        return 0;
    }
    if (text.len == 7 && text.ptr[3] == '-') {
        last = slice_of(text.ptr + 4, 3);
        text.len = 3;
    }
    if (read_status(text, &range->first) < 0 ||
        read_status(last, &range->last) < 0)
        return -1;
    return range->first <= range->last ? 0 : -1;
}

int request_add_expected(struct request *request, struct slice range,
                         struct err *err)
{
    int shown = range.len > 40 ? 40 : (int)range.len;

    if (request->expect_count == REQUEST_RANGES)
        return err_set(err, ERR_USAGE, "more than %d expected statuses",
                       REQUEST_RANGES);
    if (read_range(range, &request->expect[request->expect_count]) < 0)
        return err_set(err, ERR_USAGE,
                       "'%.*s' is not a status (404, 2xx, 200-299)", shown,
                       range.ptr);
    request->expect_count++;
    return 0;
}
