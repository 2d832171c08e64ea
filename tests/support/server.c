/* SPDX-License-Identifier: MIT */
/*
 * server - a web server for tests that tells the truth, stalls, cuts and lies
 *
 * Usage: server [--port N] [--any] [--verbose]
 *
 * It listens on 127.0.0.1, or with --any on all IPv4 addresses, by default at a
 * port that the kernel chooses, prints the port and a newline on standard
 * output, and serves until standard input ends or SIGTERM or SIGINT comes; then
 * it exits 0. Only a pipe, a socket or a terminal is watched for its end: a
 * shell gives /dev/null to what it starts with `&`, and that must not stop the
 * server at once. --verbose writes a line for each request to standard error.
 *
 * HTTP/1.1 with keep-alive; any method; bodies with a length or chunked, 64 MiB
 * at most. HEAD gets the headers alone. The path says what to do; byte i of an
 * answer of N bytes is 'a' + i % 26.
 *
 *   /bytes/N           200, N bytes with Content-Length
 *   /chunked/N         the same in chunks of 1000 bytes
 *   /close/N           the same without a length, ended by the close
 *   /echo              200, JSON: method, path, headers (names in lower case,
 *                      a repeated one repeated), body
 *   /status/CODE       that status, the body "status CODE"
 *   /status/CODE/retry-after/VALUE
 *                      the same with `Retry-After: VALUE` (percent-decoded)
 *   /redirect/N        302 to /redirect/N-1; at 0 200 "done"
 *   /loop              302 to itself
 *   /to/URL            302 with `Location: URL` (percent-decoded)
 *   /moved/CODE/URL    the same with another status
 *   /delay/MS          200 "ok" after so many milliseconds
 *   /stall             never an answer
 *   /stall-headers     a status line and half a header, then nothing
 *   /stall-body/N      Content-Length N, half of it, then nothing
 *   /drip/N/MS         headers at once, then N bytes, one each MS milliseconds
 *   /cut/N/M           Content-Length N, M bytes, close
 *   /cut-chunked/N     N bytes in chunks, closed without the last chunk
 *   /cut-once/KEY/N    N bytes; the first time for KEY only half, then close
 *   /reset             a reset of the connection instead of an answer
 *   /no-answer         a close instead of an answer
 *   /bad-chunk         a chunk size that is not hexadecimal
 *   /long/N/M          Content-Length N, M bytes; the connection stays open
 *   /surplus/N/MS      "ab", and N bytes that belong to no answer, one each MS
 *                      milliseconds; the connection stays open
 *   /two-lengths       Content-Length 5 and 7, seven bytes
 *   /headers/N         200 with N (18 or more) bytes of header lines
 *   /header-line/N     200 with one header line of N bytes
 *   /same-headers/N    200 with N headers of one name
 *   /trailers/N        200 "ok" in chunks, N bytes of trailers behind it
 *   /trailer-line/N    the same with one trailer of N bytes
 *   /header/NAME/VALUE 200 with this header (both percent-decoded)
 *   /coded/CODING/BODY 200 with this body and its Content-Encoding (both
 *                      percent-decoded)
 *   /http09            a body without status line and headers
 *   /garbage           bytes that are no HTTP
 *   /1xx/N             100 and 103 by turns, N in all, then 200 "ok"
 *   /flaky/KEY/N       503 for the first N requests for KEY, then 200 "ok"
 *   /name/ANYTHING     200 "ok"
 *   /file/KEY/N/WORDS  N bytes that ranges of can be asked for, see do_file
 *   /break/WAY/N/AT    N bytes that break off at byte AT, see do_break
 *   /count/KEY         counts the request for KEY and tells the count
 *   /counted/KEY       tells the count without counting
 *   /stats             200, JSON: connections, open, peak, requests, in_flight,
 *                      peak_in_flight; it counts itself
 *   /reset-stats       sets the totals to 0 and the peaks to what is now
 *   anything else      404
 *
 * A request is in flight from the last byte of its headers until the last byte
 * of its answer is with the kernel, a stalled one until its client leaves. A
 * client that shuts its side down while it waits counts as having left.
 *
 * One thread, one poll. Each turn reads from all connections first, so that a
 * client's leaving is seen before the request that it then began elsewhere;
 * then it lets each act, and accepts one connection last. So the peaks are
 * never too high, and tests may rely on that. An answer is text in `out`, then
 * perhaps `left` bytes made as they are sent, then `tail`, then the `ending`.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <search.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    READ_SIZE = 65536,
    BLOCK_SIZE = 65536, /* sent to one connection in one turn */
    CHUNK_SIZE = 1000,  /* small, so that most answers have several */
    BODY_MAX = 64 << 20,
    INPUT_MAX = 2 * BODY_MAX, /* a chunked body is longer than it is */
    HEADERS_MAX = 100 << 20,  /* of an answer */
    FIRST_CONN = 2, /* in the list for poll: after stdin and the listener */
};

struct text {
    char *data; /* NUL-terminated, if there is any */
    size_t len;
    size_t cap;
};

struct span {
    const char *ptr;
    size_t len;
};

/* Requests for one KEY of one kind of path. */
struct counter {
    uint64_t count;
    char name[];
};

struct server {
    struct conn **conns;
    struct pollfd *polls;
    size_t count;
    int listener;
    bool watch_stdin;
    bool verbose;
    uint64_t connections;
    uint64_t open;
    uint64_t peak;
    uint64_t requests;
    uint64_t in_flight;
    uint64_t peak_in_flight;
    void *counters; /* a tree, see tsearch(3) */
};

enum state { READING, ANSWERING, GONE };
enum ending { KEEP, CLOSE, RESET, HANG };

struct conn {
    struct server *server;
    int fd;
    enum state state;
    bool eof;
    struct text in;

    char *head; /* NULL until it is whole; cut in place into these three: */
    const char *method;
    const char *target;
    char *fields;
    bool head_only;
    size_t scanned; /* bytes of `in` */
    struct text body;

    struct text out;
    size_t sent; /* bytes of `out` */
    uint64_t left;
    uint64_t at;
    bool chunked;
    bool drips;
    uint64_t drip_ms;
    int64_t due_ms; /* nothing is sent before */
    const char *tail;
    enum ending ending;
};

/* What a path carries after its prefix. */
struct args {
    const struct route *route;
    uint64_t n[2]; /* the second is the first if there is only one */
    struct span key;
    struct span rest;
};

/*
 * `shape` has a letter for each part after the prefix: n a number, k a key
 * without a slash, r the rest with its query. `text` and `ending` are for the
 * handler.
 */
struct route {
    const char *prefix;
    const char *shape;
    void (*handle)(struct conn *c, const struct args *a);
    enum ending ending;
    const char *text;
};

static void *resize(void *old, size_t size)
{
    void *block = realloc(old, size);

    if (block == NULL) {
        perror("server");
        _exit(70);
    }
    return block;
}

/* Room for `n` bytes and a NUL. */
static char *text_reserve(struct text *t, size_t n)
{
    if (t->cap - t->len <= n) {
        t->cap = (t->len + n + 1) * 2;
        t->data = resize(t->data, t->cap);
    }
    return t->data + t->len;
}

static void text_grow(struct text *t, size_t n)
{
    t->len += n;
    t->data[t->len] = '\0';
}

static void text_add(struct text *t, const char *bytes, size_t n)
{
    char *room = text_reserve(t, n);

    if (n > 0)
        memcpy(room, bytes, n);
    text_grow(t, n);
}

__attribute__((format(printf, 2, 3))) static void text_printf(
    struct text *t, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    va_start(args, format);
    vsnprintf(text_reserve(t, (size_t)n), (size_t)n + 1, format, args);
    va_end(args);
    t->len += (size_t)n;
}

static void add_json(struct text *t, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char byte = (unsigned char)bytes[i];

        if (byte < 0x20 || byte >= 0x7f)
            text_printf(t, "\\u%04x", (unsigned)byte);
        else
            text_printf(t, byte == '"' || byte == '\\' ? "\\%c" : "%c", byte);
    }
}

static void add_decoded(struct text *t, struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        char byte = s.ptr[i], digits[3] = "";

        if (byte == '%' && s.len - i > 2)
            memcpy(digits, s.ptr + i + 1, 2);
        if (strspn(digits, "0123456789abcdefABCDEF") == 2) {
            byte = (char)strtoul(digits, NULL, 16);
            i += 2;
        }
        text_add(t, &byte, 1);
    }
}

/* At most 15 digits, so that no sum or time overflows. */
static int parse_number(struct span s, uint64_t *number)
{
    if (s.len == 0 || s.len > 15 || strspn(s.ptr, "0123456789") < s.len)
        return -1;
    *number = strtoull(s.ptr, NULL, 10);
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int compare_counters(const void *a, const void *b)
{
    return strcmp(((const struct counter *)a)->name,
                  ((const struct counter *)b)->name);
}

static uint64_t *counter(struct server *s, const char *kind, struct span key)
{
    size_t size = strlen(kind) + 1 + key.len + 1;
    struct counter *c = resize(NULL, sizeof *c + size), **found;

    c->count = 0;
    snprintf(c->name, size, "%s %.*s", kind, (int)key.len, key.ptr);
    found = tsearch(c, &s->counters, compare_counters);
    if (found == NULL)
        abort();
    if (*found != c)
        free(c);
    return &(*found)->count;
}

/* Forget the request and its answer. */
static void clear(struct conn *c)
{
    if (c->head)
        c->server->in_flight--;
    free(c->head);
    c->body.len = 0;
    c->out.len = 0;
    *c = (struct conn){.server = c->server,
                       .fd = c->fd,
                       .eof = c->eof,
                       .in = c->in,
                       .body = c->body,
                       .out = c->out};
}

/* The struct stays until the end of the turn, as callers still look at it. */
static void drop(struct conn *c)
{
    if (c->state == GONE)
        return;
    clear(c);
    c->state = GONE;
    c->server->open--;
    close(c->fd);
}

/* Send what fits at once. False if the client is not ready, or gone. */
static bool flush(struct conn *c)
{
    size_t n = c->out.len - c->sent;
    ssize_t sent;

    if (n == 0)
        return true;
    sent = send(c->fd, c->out.data + c->sent, n, MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            drop(c);
        return false;
    }
    c->sent += (size_t)sent;
    if ((size_t)sent < n)
        return false;
    c->out.len = 0;
    c->sent = 0;
    return true;
}

static void add_pattern(struct conn *c, size_t n)
{
    char *room = text_reserve(&c->out, n);

    for (size_t i = 0; i < n; i++)
        room[i] = (char)('a' + c->at++ % 26);
    text_grow(&c->out, n);
    c->left -= n;
}

/* Make the next piece of an answer whose text has all been sent. */
static void refill(struct conn *c)
{
    size_t n = c->drips ? 1 : c->chunked ? CHUNK_SIZE : BLOCK_SIZE;

    if (c->left == 0) {
        text_printf(&c->out, "%s", c->tail ? c->tail : "");
        c->tail = NULL;
        return;
    }
    if (n > c->left)
        n = (size_t)c->left;
    if (c->chunked)
        text_printf(&c->out, "%zx\r\n", n);
    add_pattern(c, n);
    if (c->chunked)
        text_printf(&c->out, "\r\n");
    if (c->drips)
        c->due_ms += (int64_t)c->drip_ms;
}

static bool end_answer(struct conn *c)
{
    static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    if (c->ending == HANG)
        return false;
    if (c->ending == KEEP) {
        clear(c);
        return true;
    }
    if (c->ending == RESET)
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    drop(c);
    return false;
}

/* One piece a turn, so that a fast reader does not hold up the others. */
static bool answer(struct conn *c)
{
    if (c->out.len == 0)
        refill(c);
    if (c->due_ms > now_ms() || !flush(c) || c->left > 0 || c->tail)
        return false;
    return end_answer(c);
}

/*
 * Begin an answer. Headers may follow, then end_with...(). No Content-Type, so
 * that /header can give one.
 */
static void begin(struct conn *c, unsigned status)
{
    text_printf(&c->out, "HTTP/1.1 %u %s\r\n", status,
                status < 300 ? "OK" : "Not OK");
    if (c->ending == CLOSE)
        text_printf(&c->out, "Connection: close\r\n");
}

static void end_with(struct conn *c, const char *body, size_t len)
{
    text_printf(&c->out, "Content-Length: %zu\r\n\r\n", len);
    if (!c->head_only)
        text_add(&c->out, body, len);
}

static void say(struct conn *c, unsigned status, const char *body)
{
    begin(c, status);
    end_with(c, body, strlen(body));
}

/* To HEAD there is no body to lie about: the connection goes on. */
static void end_with_bytes(struct conn *c, uint64_t n, enum ending ending)
{
    text_printf(&c->out, "\r\n");
    if (c->head_only)
        return;
    c->left = n;
    if (ending != KEEP)
        c->ending = ending;
}

static void say_bytes(struct conn *c, uint64_t length, uint64_t sent,
                      enum ending ending)
{
    begin(c, 200);
    text_printf(&c->out, "Content-Length: %" PRIu64 "\r\n", length);
    end_with_bytes(c, sent, ending);
}

static void say_json(struct conn *c, struct text *body)
{
    begin(c, 200);
    text_printf(&c->out, "Content-Type: application/json\r\n");
    end_with(c, body->data, body->len);
    free(body->data);
}

/* Step to the next header line; false after the last. */
static bool next_field(const char **at, struct span *name, struct span *value)
{
    const char *line = *at, *end = strstr(line, "\r\n");

    if (end == NULL)
        return false;
    *at = end + 2;
    *name = (struct span){line, strcspn(line, ":\r")};
    line += name->len + (line[name->len] == ':');
    line += strspn(line, " \t");
    while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *value = (struct span){line, (size_t)(end - line)};
    return true;
}

/* The value of a header, named in lower case; its ptr is NULL without one. */
static struct span header(const struct conn *c, const char *wanted)
{
    const char *at = c->fields;
    struct span name, value;

    while (next_field(&at, &name, &value)) {
        if (name.len == strlen(wanted) &&
            memcmp(name.ptr, wanted, name.len) == 0)
            return value;
    }
    return (struct span){0};
}

/* Enough for clients that do not hide the word in a list. */
static bool header_begins(const struct conn *c, const char *name,
                          const char *word)
{
    struct span value = header(c, name);

    return value.ptr && strncasecmp(value.ptr, word, strlen(word)) == 0;
}

static void lower_names(char *fields)
{
    const char *at = fields;
    struct span name, value;

    while (next_field(&at, &name, &value)) {
        char *letter = fields + (name.ptr - fields);

        for (size_t i = 0; i < name.len; i++) {
            if (letter[i] >= 'A' && letter[i] <= 'Z')
                letter[i] = (char)(letter[i] | 0x20);
        }
    }
}

static int split_head(struct conn *c)
{
    char *end = strstr(c->head, "\r\n"), *target, *version;

    *end = '\0';
    c->fields = end + 2;
    target = strchr(c->head, ' ');
    version = strrchr(c->head, ' ');
    if (target == version || strncmp(version, " HTTP/1.", 8) != 0)
        return -1;
    *target++ = '\0';
    *version = '\0';
    c->method = c->head;
    c->target = target;
    c->head_only = strcmp(c->method, "HEAD") == 0;
    lower_names(c->fields);
    if (version[8] == '0' || header_begins(c, "connection", "close"))
        c->ending = CLOSE;
    return 0;
}

/* Like the next two: 1 when it is whole, 0 if more must come, -1 if bad. */
static int read_head(struct conn *c)
{
    struct server *s = c->server;
    char *end = c->in.len > 0 ? strstr(c->in.data, "\r\n\r\n") : NULL;

    if (end == NULL)
        return 0;
    c->scanned = (size_t)(end - c->in.data) + 4;
    c->head = resize(NULL, c->scanned - 1);
    snprintf(c->head, c->scanned - 1, "%s", c->in.data);
    s->requests++;
    if (++s->in_flight > s->peak_in_flight)
        s->peak_in_flight = s->in_flight;
    if (split_head(c) < 0)
        return -1;
    /* Clients wait a second for this before they send a large body. */
    if (header_begins(c, "expect", "100-continue")) {
        text_printf(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
        flush(c);
    }
    return c->state != GONE;
}

static int read_plain(struct conn *c)
{
    struct span value = header(c, "content-length");
    uint64_t length = 0;

    if (value.ptr && (parse_number(value, &length) < 0 || length > BODY_MAX))
        return -1;
    if (c->in.len - c->scanned < length)
        return 0;
    text_add(&c->body, c->in.data + c->scanned, (size_t)length);
    c->scanned += (size_t)length;
    return 1;
}

static int read_chunks(struct conn *c)
{
    for (;;) {
        char *line = c->in.data + c->scanned, *end = strstr(line, "\r\n");
        char *digits_end;
        size_t size, begin;

        if (end == NULL)
            return 0;
        size = strtoull(line, &digits_end, 16);
        if (digits_end == line || size > BODY_MAX - c->body.len)
            return -1;
        if (size == 0) {
            /* The trailer ends with an empty line, and may be only that. */
            end = strstr(end, "\r\n\r\n");
            c->scanned = end ? (size_t)(end - c->in.data) + 4 : c->scanned;
            return end != NULL;
        }
        begin = (size_t)(end - c->in.data) + 2;
        if (c->in.len - begin < size + 2)
            return 0;
        text_add(&c->body, c->in.data + begin, size);
        c->scanned = begin + size + 2;
    }
}

static void do_raw(struct conn *c, const struct args *a)
{
    const char *text = a->route->text;
    const char *end = strstr(text, "\r\n\r\n");
    bool headers_only = end && c->head_only;

    text_add(&c->out, text,
             headers_only ? (size_t)(end - text) + 4 : strlen(text));
    if (a->route->ending != KEEP)
        c->ending = a->route->ending;
}

static void do_text(struct conn *c, const struct args *a)
{
    say(c, 200, a->route->text);
}

static void do_bytes(struct conn *c, const struct args *a)
{
    say_bytes(c, a->n[0], a->n[1], a->route->ending);
}

static void do_half(struct conn *c, const struct args *a)
{
    say_bytes(c, a->n[0], a->n[0] / 2, a->route->ending);
}

static void do_cut_once(struct conn *c, const struct args *a)
{
    if ((*counter(c->server, "cut-once", a->key))++ == 0)
        do_half(c, a);
    else
        say_bytes(c, a->n[0], a->n[0], KEEP);
}

/* A millisecond more, as now is rounded down: never early. */
static void do_delay(struct conn *c, const struct args *a)
{
    say(c, 200, "ok");
    c->due_ms = now_ms() + 1 + (int64_t)a->n[0];
}

static void do_drip(struct conn *c, const struct args *a)
{
    say_bytes(c, a->n[0], a->n[0], KEEP);
    c->drips = true;
    c->drip_ms = a->n[1];
    c->due_ms = now_ms() + 1;
}

static void do_surplus(struct conn *c, const struct args *a)
{
    do_drip(c, a);
    c->out.len = 0;
    say_bytes(c, 2, 2 + a->n[0], KEEP);
}

static void do_chunked(struct conn *c, const struct args *a)
{
    begin(c, 200);
    text_printf(&c->out, "Transfer-Encoding: chunked\r\n");
    end_with_bytes(c, a->n[0], a->route->ending);
    c->chunked = true;
    c->tail = c->head_only ? NULL : a->route->text;
}

static void do_close(struct conn *c, const struct args *a)
{
    c->ending = CLOSE;
    begin(c, 200);
    end_with_bytes(c, a->n[0], CLOSE);
}

static void do_echo(struct conn *c, const struct args *a)
{
    const char *at = c->fields, *separator = "";
    struct text t = {0};
    struct span name, value;

    (void)a;
    text_printf(&t, "{\"method\":\"");
    add_json(&t, c->method, strlen(c->method));
    text_printf(&t, "\",\"path\":\"");
    add_json(&t, c->target, strlen(c->target));
    text_printf(&t, "\",\"headers\":{");
    while (next_field(&at, &name, &value)) {
        text_printf(&t, "%s\"", separator);
        add_json(&t, name.ptr, name.len);
        text_printf(&t, "\":\"");
        add_json(&t, value.ptr, value.len);
        text_printf(&t, "\"");
        separator = ",";
    }
    text_printf(&t, "},\"body\":\"");
    add_json(&t, c->body.data, c->body.len);
    text_printf(&t, "\"}");
    say_json(c, &t);
}

/* An answer with one more header; `name` may hold percent signs. */
static void say_with(struct conn *c, unsigned status, struct span name,
                     struct span value)
{
    begin(c, status);
    add_decoded(&c->out, name);
    text_printf(&c->out, ": ");
    add_decoded(&c->out, value);
    text_printf(&c->out, "\r\n");
    end_with(c, "ok", 2);
}

static void do_header(struct conn *c, const struct args *a)
{
    say_with(c, 200, a->key, a->rest);
}

static void do_coded(struct conn *c, const struct args *a)
{
    struct text body = {0};

    begin(c, 200);
    text_printf(&c->out, "Content-Encoding: ");
    add_decoded(&c->out, a->key);
    text_printf(&c->out, "\r\n");
    add_decoded(&body, a->rest);
    end_with(c, body.data, body.len);
    free(body.data);
}

static void do_to(struct conn *c, const struct args *a)
{
    say_with(c, 302, (struct span){"Location", 8}, a->rest);
}

static void do_moved(struct conn *c, const struct args *a)
{
    say_with(c, (unsigned)a->n[0], (struct span){"Location", 8}, a->rest);
}

static void do_redirect(struct conn *c, const struct args *a)
{
    char next[64];
    int len;

    if (a->n[0] == 0) {
        say(c, 200, "done");
        return;
    }
    len = snprintf(next, sizeof next, "/redirect/%" PRIu64, a->n[0] - 1);
    say_with(c, 302, (struct span){"Location", 8},
             (struct span){next, (size_t)len});
}

static void do_status(struct conn *c, const struct args *a)
{
    unsigned status = (unsigned)a->n[0];
    char body[32];

    if (a->n[0] < 100 || a->n[0] > 999 ||
        (a->key.ptr && strncmp(a->key.ptr, "retry-after/", 12) != 0)) {
        say(c, 404, "not found");
        return;
    }
    begin(c, status);
    if (a->key.ptr) {
        text_printf(&c->out, "Retry-After: ");
        add_decoded(&c->out, a->rest);
        text_printf(&c->out, "\r\n");
    }
    snprintf(body, sizeof body, "status %u", status);
    /* These have no body and no length (RFC 9110 section 8.6). */
    if (status < 200 || status == 204 || status == 304)
        text_printf(&c->out, "\r\n");
    else
        end_with(c, body, strlen(body));
}

/* Lines of 100 bytes; the last takes what remains, 18 to 199. */
static void do_headers(struct conn *c, const struct args *a)
{
    size_t left = (size_t)a->n[0];

    if (left < 18 || left > HEADERS_MAX) {
        say(c, 404, "not found");
        return;
    }
    begin(c, 200);
    for (unsigned i = 0; left > 0; i++) {
        size_t n = left >= 200 ? 100 : left;

        text_printf(&c->out, "X-Fill-%07u: ", i);
        memset(text_reserve(&c->out, n - 18), 'x', n - 18);
        text_grow(&c->out, n - 18);
        text_printf(&c->out, "\r\n");
        left -= n;
    }
    end_with(c, "ok", 2);
}

static void add_long_line(struct text *t, size_t n)
{
    text_printf(t, "X-Long: ");
    memset(text_reserve(t, n), 'x', n);
    text_grow(t, n);
    text_printf(t, "\r\n");
}

static void do_header_line(struct conn *c, const struct args *a)
{
    if (a->n[0] > HEADERS_MAX) {
        say(c, 404, "not found");
        return;
    }
    begin(c, 200);
    add_long_line(&c->out, (size_t)a->n[0]);
    end_with(c, "ok", 2);
}

static void add_lines(struct text *t, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        text_printf(t, "X: y\r\n");
}

static void do_same_headers(struct conn *c, const struct args *a)
{
    if (a->n[0] > HEADERS_MAX / 6) {
        say(c, 404, "not found");
        return;
    }
    begin(c, 200);
    add_lines(&c->out, a->n[0]);
    end_with(c, "ok", 2);
}

static void do_trailers(struct conn *c, const struct args *a)
{
    if (a->n[0] > HEADERS_MAX) {
        say(c, 404, "not found");
        return;
    }
    begin(c, 200);
    text_printf(&c->out, "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n");
    if (a->route->text != NULL)
        add_long_line(&c->out, (size_t)a->n[0]);
    else
        add_lines(&c->out, a->n[0] / 6);
    text_printf(&c->out, "\r\n");
}

static void do_1xx(struct conn *c, const struct args *a)
{
    if (a->n[0] > HEADERS_MAX / 32) {
        say(c, 404, "not found");
        return;
    }
    for (uint64_t i = 0; i < a->n[0]; i++)
        text_printf(&c->out, "HTTP/1.1 %s\r\n\r\n",
                    i % 2 == 0 ? "100 Continue" : "103 Early Hints");
    say(c, 200, "ok");
}

static void do_flaky(struct conn *c, const struct args *a)
{
    if ((*counter(c->server, "flaky", a->key))++ < a->n[0])
        say(c, 503, "not yet");
    else
        say(c, 200, "ok");
}

static void do_counted(struct conn *c, const struct args *a)
{
    uint64_t *count = counter(c->server, "count", a->key);
    char body[32];

    snprintf(body, sizeof body, "%" PRIu64, *count);
    say(c, 200, body);
}

static void do_count(struct conn *c, const struct args *a)
{
    ++*counter(c->server, "count", a->key);
    do_counted(c, a);
}

static void do_stats(struct conn *c, const struct args *a)
{
    const struct server *s = c->server;
    struct text t = {0};

    (void)a;
    text_printf(&t, "{\"connections\":%" PRIu64 ",\"open\":%" PRIu64,
                s->connections, s->open);
    text_printf(&t, ",\"peak\":%" PRIu64 ",\"requests\":%" PRIu64, s->peak,
                s->requests);
    text_printf(&t, ",\"in_flight\":%" PRIu64 ",\"peak_in_flight\":%" PRIu64,
                s->in_flight, s->peak_in_flight);
    text_printf(&t, "}");
    say_json(c, &t);
}

static void do_reset_stats(struct conn *c, const struct args *a)
{
    struct server *s = c->server;

    (void)a;
    s->connections = 0;
    s->requests = 0;
    s->peak = s->open;
    s->peak_in_flight = s->in_flight;
    say(c, 200, "ok");
}

/* Files, which can be asked for in ranges */

/* A word of a list with commas; `*value` is what follows its name. */
static bool find_word(struct span words, const char *name, struct span *value)
{
    size_t len = strlen(name);

    while (words.len > 0) {
        const char *comma = memchr(words.ptr, ',', words.len);
        size_t word = comma ? (size_t)(comma - words.ptr) : words.len;

        if (word >= len && memcmp(words.ptr, name, len) == 0) {
            *value = (struct span){words.ptr + len, word - len};
            return true;
        }
        words.ptr += word + (comma != NULL);
        words.len -= word + (comma != NULL);
    }
    return false;
}

static bool has_word(struct span words, const char *name)
{
    struct span value;

    return find_word(words, name, &value) && value.len == 0;
}

static uint64_t word_number(struct span words, const char *name,
                            uint64_t otherwise)
{
    struct span value;
    uint64_t n;

    if (!find_word(words, name, &value) || parse_number(value, &n) < 0)
        return otherwise;
    return n;
}

struct file {
    struct span words;
    uint64_t size;
    uint64_t asked;   /* so many times before */
    uint64_t version; /* byte i is 'a' + (i + version) % 26 */
    uint64_t first;   /* of the answer's bytes */
    uint64_t end;
    bool part;
    char validator[64];
};

static void find_version(struct conn *c, struct file *f, struct span key)
{
    f->asked = (*counter(c->server, "file", key))++;
    f->version = f->asked >= word_number(f->words, "change", UINT64_MAX);
    if (has_word(f->words, "date") || has_word(f->words, "new"))
        snprintf(f->validator, sizeof f->validator,
                 "Mon, 01 Jan 2024 00:00:0%u GMT", (unsigned)f->version);
    else if (!has_word(f->words, "none"))
        snprintf(f->validator, sizeof f->validator, "%s\"v%u\"",
                 has_word(f->words, "weak") ? "W/" : "", (unsigned)f->version);
}

/* "bytes=FIRST-" or "bytes=FIRST-LAST" */
static void find_range(const struct conn *c, struct file *f)
{
    struct span range = header(c, "range"), same = header(c, "if-range");
    size_t len = strlen(f->validator);
    char *at;

    f->end = f->size;
    if (range.ptr == NULL || range.len < 8 || has_word(f->words, "norange"))
        return;
    if (same.ptr && !has_word(f->words, "sloppy") &&
        (same.len != len || memcmp(same.ptr, f->validator, len) != 0))
        return;
    f->part = true;
    f->first = strtoull(range.ptr + 6, &at, 10);
    if (*at == '-' && at + 1 < range.ptr + range.len)
        f->end = strtoull(at + 1, NULL, 10) + 1;
    if (f->end > f->size)
        f->end = f->size;
    if (has_word(f->words, "short") && f->end > f->first + 1)
        f->end--;
}

static const char both_date[] = "Sun, 06 Nov 1994 08:49:37 GMT";

static void add_validator(struct conn *c, const struct file *f)
{
    bool is_date = has_word(f->words, "date") || has_word(f->words, "new");

    if (f->validator[0] == '\0' || (f->part && has_word(f->words, "untagged")))
        return;
    text_printf(&c->out, "%s: %s\r\n", is_date ? "Last-Modified" : "ETag",
                f->validator);
    if (has_word(f->words, "both"))
        text_printf(&c->out, "Last-Modified: %s\r\n", both_date);
    if (is_date)
        text_printf(&c->out, "Date: Mon, 01 Jan 2024 00:%s:09 GMT\r\n",
                    has_word(f->words, "new") ? "00" : "05");
}

static bool is_text(struct span s, const char *text)
{
    return s.ptr != NULL && s.len == strlen(text) &&
           memcmp(s.ptr, text, s.len) == 0;
}

/* Whether it is asked for by the version that it has. */
static bool is_known(const struct conn *c, const struct file *f)
{
    bool is_date = has_word(f->words, "date") || has_word(f->words, "new");
    struct span tag = header(c, "if-none-match");
    struct span date = header(c, "if-modified-since");

    if (f->validator[0] == '\0' || has_word(f->words, "deaf") ||
        (has_word(f->words, "both") && !is_text(date, both_date)))
        return false;
    return is_text(is_date ? date : tag, f->validator);
}

static void say_known(struct conn *c, const struct file *f)
{
    begin(c, 304);
    add_validator(c, f);
    text_printf(&c->out, "\r\n");
}

static void say_no_range(struct conn *c, const struct file *f)
{
    begin(c, 416);
    text_printf(&c->out, "Content-Range: bytes */%" PRIu64 "\r\n", f->size);
    end_with(c, "", 0);
}

/* How many bytes are sent, and what comes then: "cutN" and "resetN" of each
 * answer, "onceN" of the first one alone. */
static uint64_t find_cut(const struct file *f, enum ending *ending)
{
    uint64_t cut = word_number(f->words, "cut", UINT64_MAX);
    uint64_t reset = word_number(f->words, "reset", UINT64_MAX);
    uint64_t once = word_number(f->words, "once", UINT64_MAX);
    uint64_t length = f->end - f->first;

    if (f->asked == 0 && once < cut)
        cut = once;
    *ending = reset < length ? RESET : cut < length ? CLOSE : KEEP;
    if (cut > reset)
        cut = reset;
    return cut < length ? cut : length;
}

/*
 * WORDS, with commas between them: etag (or anything), weak, date, new (a date
 * that is not old enough), both (a tag, and a date with it) or none say what
 * the validator is; deaf (never 304); norange, sloppy (If-Range does not
 * count), short (a byte less than asked for), untagged (206 without validator),
 * skew and total (wrong numbers in Content-Range), chunked (no length), changeN
 * (another file from request N of KEY on), missN (404 to request N), lateN (503
 * to it), busyN (503 to ranges from request N on); cutN, resetN, onceN; dripMS.
 */
static void do_file(struct conn *c, const struct args *a)
{
    struct file f = {.words = a->rest, .size = a->n[0]};
    enum ending ending;
    uint64_t sent;

    find_version(c, &f, a->key);
    find_range(c, &f);
    if (f.asked == word_number(f.words, "miss", UINT64_MAX) ||
        (f.part && f.asked >= word_number(f.words, "busy", UINT64_MAX))) {
        say(c, f.part ? 503 : 404, "not now");
        return;
    }
    if (f.asked == word_number(f.words, "late", UINT64_MAX)) {
        say(c, 503, "not yet");
        return;
    }
    if (is_known(c, &f)) {
        say_known(c, &f);
        return;
    }
    if (f.part && f.first >= f.end) {
        say_no_range(c, &f);
        return;
    }
    begin(c, f.part ? 206 : 200);
    add_validator(c, &f);
    if (!has_word(f.words, "norange"))
        text_printf(&c->out, "Accept-Ranges: bytes\r\n");
    if (f.part)
        text_printf(&c->out,
                    "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64
                    "\r\n",
                    f.first + has_word(f.words, "skew"), f.end - 1,
                    f.size + has_word(f.words, "total"));
    c->chunked = has_word(f.words, "chunked");
    if (c->chunked)
        text_printf(&c->out, "Transfer-Encoding: chunked\r\n");
    else
        text_printf(&c->out, "Content-Length: %" PRIu64 "\r\n",
                    f.end - f.first);
    sent = find_cut(&f, &ending);
    end_with_bytes(c, sent, ending);
    c->at = f.first + f.version;
    if (c->chunked && ending == KEEP && !c->head_only)
        c->tail = "0\r\n\r\n";
    c->drip_ms = word_number(f.words, "drip", 0);
    c->drips = c->drip_ms > 0;
}

/* Answers that break off */

/* The pieces of gzip: a header, and the start of a block that is stored. */
static void begin_gzip(struct conn *c, uint16_t size)
{
    const unsigned char head[] = {0x1f,
                                  0x8b,
                                  8,
                                  0,
                                  0,
                                  0,
                                  0,
                                  0,
                                  0,
                                  255,
                                  1,
                                  (unsigned char)(size & 0xff),
                                  (unsigned char)(size >> 8),
                                  (unsigned char)(~size & 0xff),
                                  (unsigned char)(~size >> 8 & 0xff)};

    text_add(&c->out, (const char *)head, sizeof head);
}

static void break_gzip(struct conn *c, uint64_t n, uint64_t at)
{
    uint64_t most = n < 60000 ? n : 60000;
    uint64_t sent = at < most ? at : most - 1;

    begin(c, 200);
    text_printf(&c->out,
                "Content-Encoding: gzip\r\nContent-Length: %" PRIu64 "\r\n",
                sent + 15);
    end_with_bytes(c, sent, KEEP);
    begin_gzip(c, (uint16_t)most);
}

static void break_head(struct conn *c, uint64_t at)
{
    say_bytes(c, 1000, 0, CLOSE);
    c->out.len = (size_t)at % c->out.len;
}

static void break_chunks(struct conn *c, uint64_t at, const char *tail,
                         enum ending ending)
{
    begin(c, 200);
    text_printf(&c->out, "Transfer-Encoding: chunked\r\n");
    end_with_bytes(c, at, ending);
    c->chunked = true;
    c->tail = tail;
}

static void break_part(struct conn *c, uint64_t n, uint64_t at)
{
    begin(c, 206);
    text_printf(&c->out,
                "ETag: \"v0\"\r\nContent-Range: bytes %" PRIu64 "-%" PRIu64
                "/%" PRIu64 "\r\nContent-Length: %" PRIu64 "\r\n",
                at, n - 1, n, n - at);
    end_with_bytes(c, n - at, KEEP);
    c->at = at;
}

static void break_redirect(struct conn *c, uint64_t n, uint64_t at)
{
    char next[64];
    int len =
        snprintf(next, sizeof next, "/break/close/%" PRIu64 "/%" PRIu64, n, at);

    say_with(c, 302, (struct span){"Location", 8},
             (struct span){next, (size_t)len});
}

/*
 * Of N bytes, at byte AT (less than N): close, reset and stall as they say;
 * long promises more than N, and sends N; lost is chunks without the last,
 * chunk a bad size in place of the next, early the last chunk too soon, short a
 * length that is AT: those two only a checksum can tell; head closes within the
 * headers, part is the rest that nobody asked for, gzip ends well before what
 * is packed ends, redirect leads to close.
 */
static void do_break(struct conn *c, const struct args *a)
{
    uint64_t n = a->n[0], at = a->n[1] < n ? a->n[1] : n - 1;
    struct span way = a->key;

#define WAY(text) (way.len == strlen(text) && !memcmp(way.ptr, text, way.len))
    if (WAY("close"))
        say_bytes(c, n, at, CLOSE);
    else if (WAY("reset"))
        say_bytes(c, n, at, RESET);
    else if (WAY("stall"))
        say_bytes(c, n, at, HANG);
    else if (WAY("long"))
        say_bytes(c, n + 1 + at, n, CLOSE);
    else if (WAY("lost"))
        break_chunks(c, at, NULL, CLOSE);
    else if (WAY("chunk"))
        break_chunks(c, at, "xyz\r\n", CLOSE);
    else if (WAY("early"))
        break_chunks(c, at, "0\r\n\r\n", KEEP);
    else if (WAY("short"))
        say_bytes(c, at, at, KEEP);
    else if (WAY("head"))
        break_head(c, at);
    else if (WAY("part"))
        break_part(c, n, at);
    else if (WAY("gzip"))
        break_gzip(c, n, at);
    else if (WAY("redirect"))
        break_redirect(c, n, at);
    else
        say(c, 404, "not found");
#undef WAY
}

static const struct route routes[] = {
    {"/bytes/", "n", do_bytes, KEEP, NULL},
    {"/chunked/", "n", do_chunked, KEEP, "0\r\n\r\n"},
    {"/close/", "n", do_close, CLOSE, NULL},
    {"/echo", "", do_echo, KEEP, NULL},
    {"/status/", "n", do_status, KEEP, NULL},
    {"/status/", "nkr", do_status, KEEP, NULL},
    {"/redirect/", "n", do_redirect, KEEP, NULL},
    {"/loop", "", do_raw, KEEP,
     "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n"},
    {"/to/", "r", do_to, KEEP, NULL},
    {"/moved/", "nr", do_moved, KEEP, NULL},
    {"/delay/", "n", do_delay, KEEP, NULL},
    {"/stall", "", do_raw, HANG, ""},
    {"/stall-headers", "", do_raw, HANG, "HTTP/1.1 200 OK\r\nContent-Le"},
    {"/stall-body/", "n", do_half, HANG, NULL},
    {"/drip/", "nn", do_drip, KEEP, NULL},
    {"/cut/", "nn", do_bytes, CLOSE, NULL},
    {"/cut-chunked/", "n", do_chunked, CLOSE, NULL},
    {"/cut-once/", "kn", do_cut_once, CLOSE, NULL},
    {"/reset", "", do_raw, RESET, ""},
    {"/no-answer", "", do_raw, CLOSE, ""},
    {"/bad-chunk", "", do_raw, CLOSE,
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
     "xyz\r\nhello\r\n0\r\n\r\n"},
    {"/long/", "nn", do_bytes, KEEP, NULL},
    {"/surplus/", "nn", do_surplus, KEEP, NULL},
    {"/two-lengths", "", do_raw, CLOSE,
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n"
     "abcdefg"},
    {"/headers/", "n", do_headers, KEEP, NULL},
    {"/header-line/", "n", do_header_line, KEEP, NULL},
    {"/same-headers/", "n", do_same_headers, KEEP, NULL},
    {"/trailers/", "n", do_trailers, KEEP, NULL},
    {"/trailer-line/", "n", do_trailers, KEEP, "one"},
    {"/header/", "kr", do_header, KEEP, NULL},
    {"/coded/", "kr", do_coded, KEEP, NULL},
    {"/http09", "", do_raw, CLOSE, "a body without a status line\n"},
    {"/garbage", "", do_raw, CLOSE,
     "\xd1\x07\xf4\x9e\x1b\x83\x0c\xe5\x62\xba\x3f\x90\x15\xc8\x7d\x2a"
     "\x94\xff\x41\xab\x0e\x76\xd9\x33\x88\x5c\x12\xee\xa7\x04\xcb\x69"},
    {"/1xx/", "n", do_1xx, KEEP, NULL},
    {"/flaky/", "kn", do_flaky, KEEP, NULL},
    {"/name/", "r", do_text, KEEP, "ok"},
    {"/file/", "knr", do_file, KEEP, NULL},
    {"/break/", "knn", do_break, KEEP, NULL},
    {"/count/", "k", do_count, KEEP, NULL},
    {"/counted/", "k", do_counted, KEEP, NULL},
    {"/stats", "", do_stats, KEEP, NULL},
    {"/reset-stats", "", do_reset_stats, KEEP, NULL},
};

static int parse_args(const char *text, const char *shape, struct args *a)
{
    size_t numbers = 0;

    for (; *shape; shape++) {
        struct span part = {text, strcspn(text, "/?")};

        if (*shape == 'r')
            part.len = strlen(text);
        if (*shape == 'n' && parse_number(part, &a->n[numbers++]) < 0)
            return -1;
        if (*shape == 'k')
            a->key = part;
        if (*shape == 'r')
            a->rest = part;
        text += part.len;
        if (shape[1] != '\0' && *text++ != '/')
            return -1;
    }
    if (numbers == 1)
        a->n[1] = a->n[0];
    return *text == '\0' || *text == '?' ? 0 : -1;
}

static void dispatch(struct conn *c)
{
    if (c->server->verbose)
        fprintf(stderr, "%s %s\n", c->method, c->target);
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        const struct route *r = &routes[i];
        struct args a = {.route = r};
        size_t len = strlen(r->prefix);

        if (strncmp(c->target, r->prefix, len) == 0 &&
            parse_args(c->target + len, r->shape, &a) == 0) {
            r->handle(c, &a);
            return;
        }
    }
    say(c, 404, "not found");
}

static bool read_request(struct conn *c)
{
    bool fits = c->in.len < INPUT_MAX;
    int whole = c->head ? 1 : read_head(c);

    if (whole > 0 && header_begins(c, "transfer-encoding", "chunked"))
        whole = read_chunks(c);
    else if (whole > 0)
        whole = read_plain(c);
    if (c->state == GONE || (whole == 0 && fits))
        return false;
    c->state = ANSWERING;
    if (whole > 0) {
        c->in.len -= c->scanned;
        memmove(c->in.data, c->in.data + c->scanned, c->in.len + 1);
        dispatch(c);
    } else {
        c->ending = CLOSE;
        say(c, 400, "not understood, or too large");
    }
    return true;
}

static bool wants_to_send(const struct conn *c)
{
    if (c->state != ANSWERING || c->due_ms > now_ms())
        return false;
    return c->out.len > 0 || c->left > 0 || c->tail || c->ending != HANG;
}

/* It reads on while it answers: only so is a client's leaving seen. */
static bool wants_to_read(const struct conn *c)
{
    return !c->eof && c->in.len < INPUT_MAX;
}

/* Read all there is: the end may be right behind the bytes. */
static void receive(struct conn *c, short events)
{
    bool broken = events & (POLLERR | POLLHUP);
    ssize_t n = 1;

    if (broken && !wants_to_read(c))
        drop(c);
    if (!(broken || events & POLLIN))
        return;
    while (n > 0 && wants_to_read(c)) {
        n = recv(c->fd, text_reserve(&c->in, READ_SIZE), READ_SIZE, 0);
        text_grow(&c->in, n > 0 ? (size_t)n : 0);
        c->eof = n == 0;
    }
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        drop(c);
}

static void advance(struct conn *c)
{
    bool goes_on = c->state != GONE;

    while (goes_on)
        goes_on = c->state == READING ? read_request(c) : answer(c);
    if (c->eof && !wants_to_send(c))
        drop(c);
}

static void free_conn(struct conn *c)
{
    drop(c);
    free(c->in.data);
    free(c->body.data);
    free(c->out.data);
    free(c);
}

static void sweep(struct server *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->count; i++) {
        if (s->conns[i]->state == GONE)
            free_conn(s->conns[i]);
        else
            s->conns[kept++] = s->conns[i];
    }
    s->count = kept;
}

static void accept_one(struct server *s)
{
    int fd = accept(s->listener, NULL, NULL), on = 1;
    struct conn *c;

    if (fd < 0)
        return;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    /* Else /drip would wait for the acknowledgement of each byte. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c = resize(NULL, sizeof *c);
    *c = (struct conn){.server = s, .fd = fd};
    s->conns = resize(s->conns, (s->count + 1) * sizeof(struct conn *));
    s->conns[s->count++] = c;
    s->connections++;
    if (++s->open > s->peak)
        s->peak = s->open;
}

/* Fill the list for poll. Return how long to wait, in ms, or -1. */
static int prepare(struct server *s)
{
    int64_t now = now_ms(), next = INT64_MAX;

    s->polls = resize(s->polls, (FIRST_CONN + s->count) * sizeof *s->polls);
    s->polls[0] = (struct pollfd){s->watch_stdin ? 0 : -1, POLLIN, 0};
    s->polls[1] = (struct pollfd){s->listener, POLLIN, 0};
    for (size_t i = 0; i < s->count; i++) {
        const struct conn *c = s->conns[i];
        int events =
            (wants_to_read(c) ? POLLIN : 0) | (wants_to_send(c) ? POLLOUT : 0);

        s->polls[FIRST_CONN + i] = (struct pollfd){c->fd, (short)events, 0};
        if (c->due_ms > now && c->due_ms < next)
            next = c->due_ms;
    }
    if (next == INT64_MAX)
        return -1;
    return next - now > INT_MAX ? INT_MAX : (int)(next - now);
}

static int serve(struct server *s)
{
    char discarded[512];

    for (;;) {
        int wait = prepare(s);

        /* EINTR comes after a stop, too; then nothing is marked as ready. */
        if (poll(s->polls, FIRST_CONN + s->count, wait) < 0 && errno != EINTR)
            return -1;
        if (s->polls[0].revents && read(0, discarded, sizeof discarded) <= 0)
            return 0;
        for (size_t i = 0; i < s->count; i++)
            receive(s->conns[i], s->polls[FIRST_CONN + i].revents);
        for (size_t i = 0; i < s->count; i++) {
            if (s->polls[FIRST_CONN + i].revents)
                advance(s->conns[i]);
        }
        sweep(s);
        if (s->polls[1].revents)
            accept_one(s);
    }
}

static int listen_at(struct server *s, in_addr_t host, uint64_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port)};
    socklen_t len = sizeof address;
    int on = 1;

    address.sin_addr.s_addr = htonl(host);
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (s->listener < 0 ||
        setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(s->listener, (struct sockaddr *)&address, len) < 0 ||
        listen(s->listener, SOMAXCONN) < 0 ||
        fcntl(s->listener, F_SETFL, O_NONBLOCK) < 0 ||
        getsockname(s->listener, (struct sockaddr *)&address, &len) < 0)
        return -1;
    printf("%u\n", (unsigned)ntohs(address.sin_port));
    return fflush(stdout);
}

static bool ends_some_day(int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return false;
    return S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || isatty(fd);
}

/* A soft limit of 1024 is usual, and a few tests want more connections. */
static void raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* Nothing needs to be written or freed: leave from wherever it is. */
static void quit(int signal_number)
{
    (void)signal_number;
    _exit(0);
}

static void release(struct server *s)
{
    for (size_t i = 0; i < s->count; i++)
        free_conn(s->conns[i]);
    while (s->counters) {
        struct counter *c = *(struct counter **)s->counters;

        tdelete(c, &s->counters, compare_counters);
        free(c);
    }
    free(s->conns);
    free(s->polls);
    close(s->listener);
}

static int usage(void)
{
    fputs("usage: server [--port N] [--any] [--verbose]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    struct server s = {.watch_stdin = ends_some_day(STDIN_FILENO)};
    struct sigaction on_end = {.sa_handler = quit};
    in_addr_t host = INADDR_LOOPBACK;
    uint64_t port = 0;
    int failed;

    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";

        if (strcmp(argv[i], "--verbose") == 0)
            s.verbose = true;
        else if (strcmp(argv[i], "--any") == 0)
            host = INADDR_ANY;
        else if (strcmp(argv[i], "--port") != 0 || strlen(value) > 5 ||
                 parse_number((struct span){value, strlen(value)}, &port) < 0 ||
                 port > 65535)
            return usage();
        else
            i++;
    }
    sigaction(SIGTERM, &on_end, NULL);
    sigaction(SIGINT, &on_end, NULL);
    raise_limit();
    failed = listen_at(&s, host, port) != 0 || serve(&s) != 0;
    if (failed)
        perror("server");
    release(&s);
    return failed;
}
