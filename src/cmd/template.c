/* SPDX-License-Identifier: MIT */
#include "cmd/template.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "work/request.h"

enum { FILE_MAX = 16 * 1024 * 1024, READ_BYTES = 64 * 1024 };

static int read_all(int fd, const char *name, struct buf *text, struct err *err)
{
    ssize_t got;

    do {
        char *room = buf_reserve(text, READ_BYTES);

        if (room == NULL)
            return err_set(err, ERR_USAGE, "%s: more than 16 MB", name);
        got = fd_read(fd, room, READ_BYTES);
        if (got > 0)
            text->len += (size_t)got;
    } while (got > 0);
    return got == 0 ? 0 : err_sys(err, ERR_INPUT, "%s", name);
}

/* What follows the @ of a value: a file, or stdin. */
static int read_file(const char *name, struct buf *text, struct err *err)
{
    bool is_stdin = strcmp(name, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : fd_open_read(name, err);
    int status;

    if (fd < 0)
        return -1;
    status = read_all(fd, name, text, err);
    if (!is_stdin)
        fd_close(fd);
    return status;
}

static int add_headers_of(struct request *request, struct slice text,
                          struct err *err)
{
    while (text.len > 0) {
        const char *newline = memchr(text.ptr, '\n', text.len);
        size_t len = newline ? (size_t)(newline - text.ptr) : text.len;
        struct slice line = slice_trim(slice_of(text.ptr, len));

        if (line.len > 0 && request_add_header(request, line, err) < 0)
            return -1;
        len += newline != NULL;
        text = slice_of(text.ptr + len, text.len - len);
    }
    return 0;
}

static int add_header(struct request *request, const char *value,
                      struct err *err)
{
    struct buf text;
    int status;

    if (value[0] != '@')
        return request_add_header(request, slice_text(value), err);
    buf_init(&text, FILE_MAX);
    status = read_file(value + 1, &text, err);
    if (status == 0)
        status = add_headers_of(request, buf_slice(&text), err);
    buf_release(&text);
    return status;
}

/* -d leaves newlines and NULs out of a file, as curl does. */
static int add_data(struct buf *body, const char *value, struct err *err)
{
    struct buf text;
    int status;

    if (value[0] != '@')
        return buf_add_text(body, value);
    buf_init(&text, FILE_MAX);
    status = read_file(value + 1, &text, err);
    for (size_t i = 0; status == 0 && i < text.len; i++) {
        char c = text.data[i];

        if (c != '\n' && c != '\r' && c != '\0')
            buf_add_char(body, c);
    }
    buf_release(&text);
    return status;
}

static int fill_body(struct request *request, const struct args_list *data,
                     struct err *err)
{
    struct buf body;
    int status = 0;

    buf_init(&body, SIZE_MAX);
    for (size_t i = 0; status == 0 && i < data->count; i++) {
        if (i > 0)
            buf_add_char(&body, '&');
        status = add_data(&body, data->items[i], err);
    }
    if (status == 0) {
        request->body_kind = REQUEST_TEXT;
        request_set_text(&request->body, buf_slice(&body));
    }
    buf_release(&body);
    return status < 0 ? err_wrap(err, "-d") : 0;
}

static int fill_expected(struct request *request, struct slice list,
                         struct err *err)
{
    while (list.len > 0) {
        const char *comma = memchr(list.ptr, ',', list.len);
        size_t len = comma ? (size_t)(comma - list.ptr) : list.len;
        struct slice range = slice_trim(slice_of(list.ptr, len));

        if (request_add_expected(request, range, err) < 0)
            return err_wrap(err, "--expect-status");
        len += comma != NULL;
        list = slice_of(list.ptr + len, list.len - len);
    }
    return 0;
}

int template_fill(struct request *request, const struct template_options *o,
                  struct err *err)
{
    if (o->method != NULL &&
        request_set_method(request, slice_text(o->method), err) < 0)
        return err_wrap(err, "-X");
    for (size_t i = 0; i < o->headers.count; i++) {
        if (add_header(request, o->headers.items[i], err) < 0)
            return err_wrap(err, "-H");
    }
    if (o->data.count > 0 && fill_body(request, &o->data, err) < 0)
        return -1;
    return fill_expected(request, slice_text(o->expect_status), err);
}
