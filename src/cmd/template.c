/* SPDX-License-Identifier: MIT */
#include "cmd/template.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/err.h"
#include "base/fd.h"
#include "cmd/secrets.h"
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

    if (value[0] != '@') {
        status = request_add_header(request, slice_text(value), err);
        /* Which names have secrets, nobody knows: X-Api-Key, PRIVATE-TOKEN. */
        secrets_hide_after(value, ':');
        return status;
    }
    buf_init(&text, FILE_MAX);
    status = read_file(value + 1, &text, err);
    if (status == 0)
        status = add_headers_of(request, buf_slice(&text), err);
    buf_release(&text);
    return status;
}

/* A secret, which may be in a file, with its newline. */
static int read_secret(const char *word, struct buf *secret, struct err *err)
{
    struct slice text;

    if (word[0] != '@') {
        buf_add_text(secret, word);
        secrets_hide(word);
        return 0;
    }
    if (read_file(word + 1, secret, err) < 0)
        return -1;
    text = buf_slice(secret);
    while (text.len > 0 && strchr("\r\n", text.ptr[text.len - 1]) != NULL)
        text.len--;
    secret->len = text.len;
    return 0;
}

/* Header `name`, if a value is given. */
static int add_named(struct request *request, const char *name,
                     struct slice value, struct err *err)
{
    struct buf line;
    int status;

    buf_init(&line, FILE_MAX);
    buf_printf(&line, "%s: ", name);
    buf_add_slice(&line, value);
    status = request_add_header(request, buf_slice(&line), err);
    buf_release(&line);
    return status;
}

static int add_user(struct request *request, const char *word, struct err *err)
{
    struct buf secret, value;
    int status;

    buf_init(&secret, FILE_MAX);
    buf_init(&value, (size_t)2 * FILE_MAX);
    buf_add_text(&value, "Basic ");
    status = read_secret(word, &secret, err);
    if (status == 0 && memchr(secret.data, ':', secret.len) == NULL)
        status = err_set(err, ERR_USAGE,
                         "no password: give NAME:PASSWORD, or "
                         "@FILE with that");
    if (status == 0) {
        base64_add(&value, buf_slice(&secret));
        status = add_named(request, "Authorization", buf_slice(&value), err);
    }
    buf_release(&secret);
    buf_release(&value);
    return status < 0 ? err_wrap(err, "-u") : 0;
}

static int add_bearer(struct request *request, const char *word,
                      struct err *err)
{
    struct buf value;
    int status;

    buf_init(&value, FILE_MAX);
    buf_add_text(&value, "Bearer ");
    status = read_secret(word, &value, err);
    if (status == 0)
        status = add_named(request, "Authorization", buf_slice(&value), err);
    buf_release(&value);
    return status < 0 ? err_wrap(err, "--oauth2-bearer") : 0;
}

/* There is no jar: a list of requests in any order has no use for one. */
bool template_names_cookie_file(const char *cookies)
{
    return strchr(cookies, '=') == NULL;
}

static int add_cookies(struct request *request, const char *word,
                       struct err *err)
{
    int status;

    if (template_names_cookie_file(word))
        return 0;
    status = add_named(request, "Cookie", slice_text(word), err);
    secrets_hide(word);
    return status < 0 ? err_wrap(err, "-b") : 0;
}

/* Ranges of bytes with commas between them (RFC 9110 section 14.1.1). Servers
 * pass over what is none, and send the whole. */
static bool is_range(const char *text)
{
    do {
        size_t first = strspn(text, "0123456789");
        size_t last;

        if (text[first] != '-')
            return false;
        last = strspn(text + first + 1, "0123456789");
        if (first + last == 0)
            return false;
        text += first + 1 + last;
    } while (*text++ == ',');
    return text[-1] == '\0';
}

static int fill_named(struct request *request, const struct template_options *o,
                      struct err *err)
{
    struct buf range;
    int status = 0;

    if (o->user != NULL && o->bearer != NULL)
        return err_set(err, ERR_USAGE, "-u excludes --oauth2-bearer");
    if (o->user != NULL && add_user(request, o->user, err) < 0)
        return -1;
    if (o->bearer != NULL && add_bearer(request, o->bearer, err) < 0)
        return -1;
    if (o->cookies != NULL && add_cookies(request, o->cookies, err) < 0)
        return -1;
    if (o->referer != NULL &&
        add_named(request, "Referer", slice_text(o->referer), err) < 0)
        return err_wrap(err, "-e");
    if (o->range == NULL)
        return 0;
    if (!is_range(o->range))
        return err_set(err, ERR_USAGE,
                       "-r: '%s' is not a range (0-99, 100-, -100)", o->range);
    buf_init(&range, FILE_MAX);
    buf_printf(&range, "bytes=%s", o->range);
    status = add_named(request, "Range", buf_slice(&range), err);
    buf_release(&range);
    return status < 0 ? err_wrap(err, "-r") : 0;
}

/* -d leaves newlines and NULs out of a file, as curl does. */
static int add_data(struct buf *body, const char *value, struct err *err)
{
    struct buf text;
    int status;

    if (value[0] != '@') {
        buf_add_text(body, value);
        secrets_hide(value);
        return 0;
    }
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
    if (o->head && o->method == NULL)
        request_set_method(request, slice_text("HEAD"), err);
    if (fill_named(request, o, err) < 0)
        return -1;
    if (o->data.count > 0 && fill_body(request, &o->data, err) < 0)
        return -1;
    return fill_expected(request, slice_text(o->expect_status), err);
}
