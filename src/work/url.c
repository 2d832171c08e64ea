/* SPDX-License-Identifier: MIT */
#include "work/url.h"

#include <ctype.h>
#include <strings.h>

#include "base/buf.h"
#include "base/err.h"

enum { PORT_MAX = 65535, HTTP_PORT = 80, HTTPS_PORT = 443 };

/* A fault at `at`, a place in the text that begins at `start`. */
static int fault(size_t *column, const char *start, const char *at)
{
    *column = (size_t)(at - start) + 1;
    return -1;
}

/* Bytes that end a part of a URL, as sets. */
enum { SCHEME = 1, AUTHORITY = 2, PATH = 4, PORT = 8, WRONG = 16, USER = 32 };

static const unsigned char ends[256] = {
    [':'] = SCHEME | PORT,
    ['/'] = SCHEME | AUTHORITY,
    ['?'] = SCHEME | AUTHORITY | PATH,
    ['#'] = SCHEME | AUTHORITY | PATH,
    ['@'] = USER,
    ['"'] = WRONG,
    ['<'] = WRONG,
    ['>'] = WRONG,
    ['\\'] = WRONG,
    ['^'] = WRONG,
    ['`'] = WRONG,
    ['{'] = WRONG,
    ['|'] = WRONG,
    ['}'] = WRONG,
};

/* The first byte of `s` that ends such a part; its end if none does. */
static const char *find_end(struct slice s, unsigned part)
{
    const char *end = s.ptr + s.len;
    const char *at = s.ptr;

    while (at < end && (ends[(unsigned char)*at] & part) == 0)
        at++;
    return at;
}

static const char *find_char(struct slice s, char c)
{
    return s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
}

static struct slice between(const char *from, const char *to)
{
    return slice_of(from, (size_t)(to - from));
}

static int check_bytes(struct slice text, size_t *column, struct err *err)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (c > 0x20 && c != 0x7f)
            continue;
        *column = i + 1;
        return err_set(err, ERR_LIST, "%s in the URL",
                       c == 0x20 ? "space" : "control character");
    }
    return 0;
}

/* Where "://" begins, or NULL: it has to come before any path. */
static const char *find_scheme_end(struct slice text)
{
    const char *colon = find_end(text, SCHEME);
    size_t left = (size_t)(text.ptr + text.len - colon);

    if (left < 3 || memcmp(colon, "://", 3) != 0 || colon == text.ptr)
        return NULL;
    return colon;
}

static bool is_scheme(struct slice scheme, const char *name)
{
    return scheme.len == strlen(name) &&
           strncasecmp(scheme.ptr, name, scheme.len) == 0;
}

int url_add_redacted(struct buf *out, struct slice text)
{
    const char *colon = find_scheme_end(text);
    const char *end = text.ptr + text.len;
    const char *from = colon != NULL ? colon + 3 : text.ptr;
    const char *authority_end = find_end(between(from, end), AUTHORITY);
    const char *at = authority_end;

    if (text.len == 0)
        return 0;
    while (at > from && at[-1] != '@')
        at--;
    if (at == from)
        return buf_add_slice(out, text);
    if (buf_add_slice(out, between(text.ptr, from)) < 0 ||
        buf_add_text(out, "***@") < 0)
        return -1;
    return buf_add_slice(out, between(at, end));
}

/* What may be a password is not shown even where there is no URL. */
static void miss_scheme(struct slice text, struct err *err)
{
    struct buf shown;
    size_t len;

    buf_init(&shown, URL_MAX + sizeof "***@");
    url_add_redacted(&shown, text);
    len = shown.len > 200 ? 200 : shown.len;
    if (shown.len == text.len && find_char(text, '@') != NULL)
        err_set(err, ERR_LIST, "no scheme in the URL");
    else
        err_set(err, ERR_LIST,
                "no scheme in the URL; did you mean https://%.*s?", (int)len,
                shown.data);
    buf_release(&shown);
}

static int read_scheme(struct slice text, struct url *url, struct slice *rest,
                       struct err *err)
{
    const char *end = find_scheme_end(text);
    struct slice scheme;
    int shown;

    if (end == NULL) {
        miss_scheme(text, err);
        return -1;
    }
    scheme = between(text.ptr, end);
    url->secure = is_scheme(scheme, "https");
    url->port = url->secure ? HTTPS_PORT : HTTP_PORT;
    *rest = between(end + 3, text.ptr + text.len);
    if (url->secure || is_scheme(scheme, "http"))
        return 0;
    shown = scheme.len > 40 ? 40 : (int)scheme.len;
    return err_set(err, ERR_LIST, "scheme '%.*s' is neither http nor https",
                   shown, scheme.ptr);
}

static int read_port(struct slice digits, unsigned *port)
{
    unsigned n = 0;

    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.ptr[i];

        if (c < '0' || c > '9' || n > PORT_MAX)
            return -1;
        n = n * 10 + (unsigned)(c - '0');
    }
    if (digits.len == 0)
        return 0; /* "host:" is allowed and means the default */
    if (n == 0 || n > PORT_MAX)
        return -1;
    *port = n;
    return 0;
}

/* The end of the host within "host:port"; NULL if brackets do not match. */
static const char *find_host_end(struct slice authority)
{
    const char *bracket;

    if (authority.len == 0 || authority.ptr[0] != '[')
        return find_end(authority, PORT);
    bracket = find_char(authority, ']');
    if (bracket == NULL || bracket == authority.ptr + 1)
        return NULL;
    if (bracket + 1 < authority.ptr + authority.len && bracket[1] != ':')
        return NULL;
    return bracket + 1;
}

/* What RFC 3986 has nowhere, and browsers and libraries read differently. */
static int check_authority(struct slice authority, const char **wrong,
                           struct err *err)
{
    const char *end = authority.ptr + authority.len;
    const char *at = find_char(authority, '@');

    *wrong = find_end(authority, WRONG);
    if (*wrong < end)
        return err_set(err, ERR_LIST, "character '%c' before the URL's path",
                       **wrong);
    *wrong = at != NULL ? find_end(between(at + 1, end), USER) : end;
    if (*wrong < end)
        return err_set(err, ERR_LIST, "a second '@' before the URL's path");
    return 0;
}

static int read_host(struct slice authority, struct url *url,
                     const char **wrong, struct err *err)
{
    const char *end = authority.ptr + authority.len;
    const char *host_end = find_host_end(authority);

    *wrong = authority.ptr;
    if (host_end == NULL)
        return err_set(err, ERR_LIST, "the URL's IPv6 address is not closed");
    url->host = between(authority.ptr, host_end);
    if (url->host.len == 0)
        return err_set(err, ERR_LIST, "no host in the URL");
    *wrong = host_end;
    if (host_end < end && read_port(between(host_end + 1, end), &url->port) < 0)
        return err_set(err, ERR_LIST, "the URL's port is not 1 to 65535");
    return 0;
}

int url_parse(struct slice text, struct url *url, size_t *column,
              struct err *err)
{
    struct slice rest, authority;
    const char *end, *at, *wrong = text.ptr;

    *url = (struct url){0};
    if (text.len == 0)
        return err_set(err, ERR_LIST, "the URL is empty");
    if (text.len > URL_MAX)
        return err_set(err, ERR_LIST, "the URL has more than %d bytes",
                       URL_MAX);
    if (check_bytes(text, column, err) < 0)
        return -1;
    if (read_scheme(text, url, &rest, err) < 0)
        return fault(column, text.ptr, text.ptr);
    end = find_end(rest, AUTHORITY);
    authority = between(rest.ptr, end);
    if (check_authority(authority, &wrong, err) < 0)
        return fault(column, text.ptr, wrong);
    at = find_char(authority, '@');
    if (at != NULL) {
        url->userinfo = between(authority.ptr, at);
        authority = between(at + 1, end);
    }
    if (read_host(authority, url, &wrong, err) < 0)
        return fault(column, text.ptr, wrong);
    rest = between(end, rest.ptr + rest.len);
    url->path = between(end, find_end(rest, PATH));
    return 0;
}

int url_add_origin(struct buf *out, const struct url *url)
{
    if (buf_add_text(out, url->secure ? "https://" : "http://") < 0)
        return -1;
    for (size_t i = 0; i < url->host.len; i++) {
        char c = url->host.ptr[i];

        if (buf_add_char(out, (char)tolower((unsigned char)c)) < 0)
            return -1;
    }
    if (buf_add_char(out, ':') < 0)
        return -1;
    return buf_add_number(out, url->port);
}
