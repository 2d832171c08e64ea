/* SPDX-License-Identifier: MIT */
#include "io/http_head.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "io/http.h"

/* Of a length: below 2^63. */
enum { KEEP_BYTES = 4096, DIGITS_MAX = 18 };

void http_head_init(struct http_head *head, bool may_switch)
{
    *head = (struct http_head){.may_switch = may_switch};
    buf_init(&head->length, HTTP_HEADERS_MAX);
    buf_init(&head->location, HTTP_HEADERS_MAX);
}

void http_head_release(struct http_head *head)
{
    buf_release(&head->length);
    buf_release(&head->location);
}

/* A status line: what came before it was of a 1xx answer. */
static void begin(struct http_head *head)
{
    head->status = 0;
    head->ended = false;
    head->has_length = false;
    head->chunked = false;
    head->transfer = false;
    head->coding = HTTP_HEAD_AS_IT_IS;
    head->retry_after_s = -1;
    buf_clear(&head->length);
    buf_clear(&head->location);
}

void http_head_clear(struct http_head *head)
{
    begin(head);
    head->bytes = 0;
    buf_shrink(&head->length, KEEP_BYTES);
    buf_shrink(&head->location, KEEP_BYTES);
}

/* "HTTP/1.1 200 OK", "HTTP/2 200": the digits behind the first space. */
static enum http_head_fault note_status(struct http_head *head,
                                        struct slice line)
{
    const char *at = memchr(line.ptr, ' ', line.len);
    const char *end = line.ptr + line.len;

    begin(head);
    while (at != NULL && at < end && *at == ' ')
        at++;
    for (; at != NULL && at < end && isdigit((unsigned char)*at); at++) {
        if (head->status < 1000)
            head->status = head->status * 10 + *at - '0';
    }
    if (head->status == 101 && !head->may_switch)
        return HTTP_HEAD_SWITCHED;
    return HTTP_HEAD_FINE;
}

/* The elements of a list (RFC 9110 section 5.6.1), one after the other, without
 * the spaces around them. */
static bool next_element(struct slice *rest, struct slice *element)
{
    const char *comma = memchr(rest->ptr, ',', rest->len);
    size_t len = comma != NULL ? (size_t)(comma - rest->ptr) : rest->len;

    if (rest->len == 0)
        return false;
    *element = slice_trim(slice_of(rest->ptr, len));
    if (comma != NULL)
        len++;
    *rest = slice_of(rest->ptr + len, rest->len - len);
    return true;
}

/* libcurl reads up to what is no digit, and takes "0x5" for an empty body. */
static enum http_head_fault note_number(struct http_head *head,
                                        struct slice digits)
{
    size_t zeros = 0;

    for (size_t i = 0; i < digits.len; i++) {
        if (!isdigit((unsigned char)digits.ptr[i]))
            return HTTP_HEAD_LENGTH;
    }
    while (zeros + 1 < digits.len && digits.ptr[zeros] == '0')
        zeros++;
    digits = slice_of(digits.ptr + zeros, digits.len - zeros);
    if (digits.len == 0 || digits.len > DIGITS_MAX)
        return HTTP_HEAD_LENGTH;
    if (head->has_length && !slice_equal(buf_slice(&head->length), digits))
        return HTTP_HEAD_LENGTHS;
    head->has_length = true;
    buf_clear(&head->length);
    buf_add_slice(&head->length, digits);
    return HTTP_HEAD_FINE;
}

/* RFC 9112 section 6.3: where one answer ends and the next begins would be
 * anybody's guess. One length that is there several times is well. */
static enum http_head_fault note_length(struct http_head *head,
                                        struct slice value)
{
    enum http_head_fault fault = HTTP_HEAD_FINE;
    struct slice number;

    if (value.len == 0)
        return HTTP_HEAD_LENGTH;
    while (fault == HTTP_HEAD_FINE && next_element(&value, &number))
        fault = note_number(head, number);
    return fault;
}

static bool is_word(struct slice value, const char *word)
{
    return value.len == strlen(word) &&
           strncasecmp(value.ptr, word, value.len) == 0;
}

/* What is packed for the way would be unpacked by nobody. "identity" is of old
 * servers: the body is as it is, up to the end of the connection. */
static enum http_head_fault note_transfer(struct http_head *head,
                                          struct slice value)
{
    struct slice coding;

    head->transfer = true;
    while (next_element(&value, &coding)) {
        if (is_word(coding, "chunked"))
            head->chunked = true;
        else if (coding.len > 0 && !is_word(coding, "identity"))
            return HTTP_HEAD_TRANSFER;
    }
    return HTTP_HEAD_FINE;
}

/* One of several, packed again and again, is nothing that we ask for. */
static enum http_head_fault note_coding(struct http_head *head,
                                        struct slice value)
{
    if (value.len == 0 || is_word(value, "identity"))
        return HTTP_HEAD_FINE;
    if (head->coding == HTTP_HEAD_AS_IT_IS &&
        (is_word(value, "gzip") || is_word(value, "x-gzip")))
        head->coding = HTTP_HEAD_GZIP;
    else
        head->coding = HTTP_HEAD_OTHER;
    return HTTP_HEAD_FINE;
}

/* libcurl takes a number that is too large for none at all. */
static enum http_head_fault note_retry_after(struct http_head *head,
                                             struct slice value)
{
    int64_t s = 0;

    for (size_t i = 0; i < value.len; i++) {
        if (!isdigit((unsigned char)value.ptr[i]))
            return HTTP_HEAD_FINE;
        s = s * 10 + value.ptr[i] - '0';
        if (s > HTTP_RETRY_AFTER_MAX_S)
            s = HTTP_RETRY_AFTER_MAX_S;
    }
    head->retry_after_s = value.len > 0 ? s : -1;
    return HTTP_HEAD_FINE;
}

static enum http_head_fault note_location(struct http_head *head,
                                          struct slice value)
{
    if (head->location.len > 0)
        return HTTP_HEAD_FINE;
    buf_add_slice(&head->location, value);
    buf_add_char(&head->location, '\0');
    head->location.len--;
    return HTTP_HEAD_FINE;
}

static const struct {
    const char *name;
    enum http_head_fault (*note)(struct http_head *head, struct slice value);
} fields[] = {
    {"Content-Length", note_length},   {"Transfer-Encoding", note_transfer},
    {"Content-Encoding", note_coding}, {"Location", note_location},
    {"Retry-After", note_retry_after},
};

static enum http_head_fault note_field(struct http_head *head,
                                       struct slice line)
{
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        size_t len = strlen(fields[i].name);

        /* Most lines differ in their first letter. */
        if ((line.ptr[0] | 0x20) != (fields[i].name[0] | 0x20) ||
            line.len <= len || line.ptr[len] != ':' ||
            strncasecmp(line.ptr, fields[i].name, len) != 0)
            continue;
        line = slice_of(line.ptr + len + 1, line.len - len - 1);
        return fields[i].note(head, slice_trim(line));
    }
    return HTTP_HEAD_FINE;
}

enum http_head_fault http_head_add(struct http_head *head, struct slice line)
{
    bool final = head->ended && head->status >= 200;

    head->bytes += line.len;
    if (line.len > 0 && line.ptr[line.len - 1] == '\n')
        line.len--;
    if (head->bytes > HTTP_HEADERS_MAX)
        return HTTP_HEAD_TOO_LARGE;
    if (!final && line.len >= 5 && strncasecmp(line.ptr, "HTTP/", 5) == 0)
        return note_status(head, line);
    if (slice_trim(line).len == 0)
        head->ended = true;
    return head->ended ? HTTP_HEAD_FINE : note_field(head, line);
}

bool http_head_redirects(const struct http_head *head)
{
    switch (head->status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308: return head->location.len > 0;
    default: return false;
    }
}

bool http_head_is_framed(const struct http_head *head)
{
    return head->chunked || (head->has_length && !head->transfer);
}

bool http_head_is_bare(const struct http_head *head)
{
    return head->status == 204 || head->status == 205 || head->status == 304;
}
