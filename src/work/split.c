/* SPDX-License-Identifier: MIT */
#include "work/split.h"

#include <assert.h>
#include <inttypes.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "flow/item.h"
#include "io/http.h"
#include "work/ask.h"
#include "work/exchange.h"
#include "work/part.h"
#include "work/partial.h"
#include "work/request.h"
#include "work/ticket.h"
#include "work/verdict.h"

/* How often each of N would take a chunk, were all as fast. */
enum { CHUNKS_EACH = 4 };

/* Bytes from `at` to before `end`. */
struct stretch {
    uint64_t at;
    uint64_t end;
};

enum state {
    IDLE,
    WAITING, /* for its place */
    RUNNING,
    RETIRED, /* it has failed */
};

/* One that asks for a range after the other. The first has the place of the
 * first request, once that has ended. */
struct piece {
    struct ticket ticket;
    struct split *split;
    enum state state;
    struct http_request *request;
    struct buf headers;
    struct stretch left; /* of its range */
    bool judged;
    bool wrong;
    bool unwritten;
};

struct split {
    struct split_options o;
    struct item *item;
    const struct ask *ask;
    const struct http_plan *plan;
    void *place;
    struct buf url; /* where the first request was led */
    struct url parts;
    bool foreign; /* not by the server that was asked first */
    bool active;
    bool stopping;
    bool first_runs;
    uint64_t first_end; /* of the first request's chunk */
    uint64_t chunk;
    uint64_t next; /* the first byte that nobody has begun */
    struct stretch holes[SPLIT_MOST + 1]; /* of those that retired */
    size_t hole_count;
    uint64_t noted;
    uint64_t came;
    uint64_t ranges;
    int64_t deadline_us; /* 0: none */
    /* Those of the ranges: start needs them, and they need it. */
    bool (*on_body)(void *arg, struct slice bytes);
    void (*on_done)(void *arg, const struct http_result *result);
    size_t count;
    struct piece pieces[SPLIT_MOST];
};

/* Who has what */

static uint64_t total_of(const struct split *s)
{
    return s->o.part->note.total;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool take_chunk(struct split *s, struct stretch *chunk)
{
    if (s->hole_count > 0) {
        *chunk = s->holes[--s->hole_count];
        return true;
    }
    if (s->next == total_of(s))
        return false;
    chunk->at = s->next;
    chunk->end = least(s->next + s->chunk, total_of(s));
    s->next = chunk->end;
    return true;
}

static void give_back(struct split *s, struct stretch rest)
{
    assert(s->hole_count <= SPLIT_MOST);
    if (rest.at < rest.end)
        s->holes[s->hole_count++] = rest;
}

/* How many bytes are there from the start without a hole. */
static uint64_t prefix(const struct split *s)
{
    uint64_t least_at = s->next;

    if (s->first_runs)
        least_at = least(least_at, s->o.part->at);
    for (size_t i = 0; i < s->count; i++) {
        if (s->pieces[i].state == RUNNING)
            least_at = least(least_at, s->pieces[i].left.at);
    }
    for (size_t i = 0; i < s->hole_count; i++)
        least_at = least(least_at, s->holes[i].at);
    return least_at;
}

/* Now and then, for when we are killed. What cannot be noted is only done
 * again then. */
static void note_progress(struct split *s)
{
    uint64_t have = prefix(s);
    struct err unused;

    if (have < s->noted + s->chunk)
        return;
    s->noted = have;
    s->o.part->note.have = have;
    part_write_note(s->o.part, &unused);
}

/* Ending */

static void leave_place(struct piece *piece, const struct http_result *result,
                        enum hosts_end end)
{
    struct split *s = piece->split;
    const struct hosts_result left = {
        .end = end,
        .fault = result ? result->fault : NULL,
        .message = result ? result->message : NULL,
    };

    if (piece != &s->pieces[0])
        s->o.exchange->leave_place(s->place, &piece->ticket, &left);
}

static void stop_all(struct split *s)
{
    s->stopping = true;
    for (size_t i = 0; i < s->count; i++) {
        struct piece *piece = &s->pieces[i];

        if (piece->state != WAITING)
            continue;
        piece->state = IDLE;
        s->o.exchange->unwant_place(s->place, &piece->ticket);
    }
    for (size_t i = 0; i < s->count; i++) {
        if (s->pieces[i].state == RUNNING)
            http_cancel(s->pieces[i].request);
    }
    s->stopping = false;
    s->active = false;
}

static void finish(struct split *s, enum split_end end)
{
    struct part *part = s->o.part;
    struct err unused;

    part->at = prefix(s);
    part->note.have = part->at;
    if (end == SPLIT_FAILED && part->at > 0)
        part_write_note(part, &unused);
    s->first_runs = false;
    stop_all(s);
    s->o.ended(s->o.arg, end);
}

/* Ranges */

static bool is_asked_for(const struct piece *piece)
{
    const struct http_request *request = piece->request;
    const struct note *note = &piece->split->o.part->note;
    struct partial partial;

    return http_status(request) == 206 &&
           partial_read(http_header_value(request, "Content-Range"),
                        &partial) &&
           !partial.none && partial.first == piece->left.at &&
           partial.last == piece->left.end - 1 &&
           partial.total == note->total &&
           validator_holds(&note->validator, http_header_value(request, "ETag"),
                           http_header_value(request, "Last-Modified"));
}

static bool on_body(void *arg, struct slice bytes)
{
    struct piece *piece = arg;
    struct split *s = piece->split;

    if (!piece->judged)
        piece->wrong = !is_asked_for(piece);
    piece->judged = true;
    if (piece->wrong || bytes.len > piece->left.end - piece->left.at) {
        piece->wrong = true;
        return false;
    }
    piece->unwritten =
        save_write_at(&s->o.part->file, bytes, piece->left.at, s->o.err) < 0;
    if (piece->unwritten)
        return false;
    piece->left.at += bytes.len;
    s->came += bytes.len;
    note_progress(s);
    return true;
}

/* 0: as long as it takes. */
static int64_t time_left_ms(const struct split *s)
{
    int64_t left_ms = (s->deadline_us - clock_now_us()) / 1000;

    if (s->deadline_us == 0)
        return 0;
    return left_ms > 0 ? left_ms : 1;
}

/* Ask for what is left of its chunk. */
static void start(struct piece *piece)
{
    struct split *s = piece->split;
    struct http_plan plan = *s->plan;
    struct buf *lines = &piece->headers;

    buf_clear(lines);
    plan.header_count = ask_add_headers(s->ask, lines) + 2;
    buf_printf(lines, "Range: bytes=%" PRIu64 "-%" PRIu64 "%c", piece->left.at,
               piece->left.end - 1, '\0');
    buf_printf(lines, "If-Range: %s%c", s->o.part->note.validator.text, '\0');
    plan.headers = lines->data;
    plan.url = s->url.data;
    plan.host = s->parts.host;
    plan.foreign = s->foreign;
    plan.on_hop = NULL; /* from where a redirect led there is none */
    plan.timeout_ms = time_left_ms(s);
    plan.arg = piece;
    plan.on_answer = NULL;
    plan.on_body = s->on_body;
    plan.on_done = s->on_done;
    piece->state = RUNNING;
    piece->judged = false;
    piece->wrong = false;
    piece->unwritten = false;
    s->ranges++;
    piece->request = http_start(s->o.exchange->http, &plan);
}

static bool any_runs(const struct split *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->pieces[i].state == RUNNING)
            return true;
    }
    return s->first_runs;
}

/* Who has done a chunk, or nobody, takes the next. The place of the first
 * request is there for what is left in any case. */
static void settle(struct split *s, struct piece *done)
{
    struct piece *first = &s->pieces[0];

    if (done != NULL && take_chunk(s, &done->left)) {
        start(done);
    } else if (done != NULL) {
        done->state = IDLE;
        leave_place(done, NULL, HOSTS_WELL);
    }
    if (!s->first_runs && first->state == IDLE && take_chunk(s, &first->left))
        start(first);
    if (any_runs(s))
        return;
    finish(s, s->hole_count == 0 && s->next == total_of(s) ? SPLIT_WHOLE
                                                           : SPLIT_FAILED);
}

/* It ended before its range did. */
static void give_up(struct piece *piece, enum state state,
                    const struct http_result *result)
{
    piece->state = state;
    give_back(piece->split, piece->left);
    leave_place(piece, result, verdict_host(false, result));
}

static void retire(struct piece *piece, const struct http_result *result)
{
    struct split *s = piece->split;

    if (result->http_code >= 400)
        verdict_status(s->item, s->ask, result);
    else
        verdict_fault(s->item, s->ask, result);
    give_up(piece, RETIRED, result);
    settle(s, NULL);
}

/* Whether another may do it: the server was in trouble, or the connection. */
static bool may_pass(const struct piece *piece,
                     const struct http_result *result)
{
    if (verdict_is_passing(result->http_code))
        return true;
    return !piece->wrong && result->fault != NULL &&
           result->retry != HTTP_NEVER;
}

static void on_done(void *arg, const struct http_result *result)
{
    struct piece *piece = arg;
    struct split *s = piece->split;
    bool whole = piece->judged && !piece->wrong && !piece->unwritten &&
                 piece->left.at == piece->left.end;

    piece->request = NULL;
    if (s->stopping) {
        give_up(piece, IDLE, result);
    } else if (whole) {
        settle(s, piece);
    } else if (!piece->unwritten && may_pass(piece, result)) {
        retire(piece, result);
    } else {
        give_up(piece, IDLE, result);
        finish(s, piece->unwritten ? SPLIT_NOT_WRITTEN : SPLIT_WRONG);
    }
}

/* Places */

static void grant(void *arg, struct ticket *ticket)
{
    struct piece *piece = ticket->owner;
    struct split *s = piece->split;

    (void)arg;
    piece->state = IDLE;
    if (!s->stopping && take_chunk(s, &piece->left))
        start(piece);
    else
        leave_place(piece, NULL, HOSTS_OTHERWISE);
}

/* Those who have a place do it without. */
static void refuse(void *arg, struct ticket *ticket,
                   const struct hosts_notice *why)
{
    struct piece *piece = ticket->owner;

    (void)arg;
    (void)why;
    piece->state = IDLE;
}

/* The first request */

static uint64_t chunk_of(uint64_t bytes, size_t pieces)
{
    uint64_t chunk = bytes / (pieces * CHUNKS_EACH);

    if (chunk < SPLIT_CHUNK_LEAST)
        return SPLIT_CHUNK_LEAST;
    return least(chunk, SPLIT_CHUNK_MOST);
}

/* Where the first request is now. */
static bool note_place(struct split *s, const struct http_request *request)
{
    struct err unused;
    size_t column;

    request_set_text(&s->url, slice_text(http_url(request)));
    s->foreign = http_is_foreign(request);
    return url_parse(buf_slice(&s->url), &s->parts, &column, &unused) == 0;
}

bool split_begin(struct split *s, struct item *item,
                 const struct split_first *first, void *place)
{
    struct part *part = s->o.part;
    uint64_t bytes = part->note.total - part->at;
    struct err unused;

    if (!first->ranges || s->o.exchange->split < 2 ||
        part->note.total == PART_UNKNOWN || bytes / 2 < SPLIT_CHUNK_LEAST ||
        part->note.validator.text[0] == '\0')
        return false;
    if (!note_place(s, first->request))
        return false;
    part->note.have = part->at;
    if (part_write_note(part, &unused) < 0)
        return false;
    s->item = item;
    s->ask = first->ask;
    s->plan = first->plan;
    s->deadline_us = first->deadline_us;
    s->place = place;
    s->active = true;
    s->first_runs = true;
    s->hole_count = 0;
    s->noted = part->at;
    s->chunk = chunk_of(bytes, s->o.exchange->split);
    s->first_end = part->at + s->chunk;
    s->next = s->first_end;
    s->pieces[0].state = IDLE;
    s->count = 1;
    for (uint64_t at = s->next;
         at < part->note.total && s->count < s->o.exchange->split;
         at += s->chunk) {
        struct piece *piece = &s->pieces[s->count++];

        piece->state = WAITING;
        s->o.exchange->want_place(place, &piece->ticket);
    }
    return true;
}

/* The next chunk too, unless another is at it. */
static bool extend_first(struct split *s)
{
    for (size_t i = 0; i < s->hole_count; i++) {
        if (s->holes[i].at != s->first_end)
            continue;
        s->first_end = s->holes[i].end;
        s->holes[i] = s->holes[--s->hole_count];
        return true;
    }
    if (s->next != s->first_end || s->next == total_of(s))
        return false;
    s->first_end = least(s->next + s->chunk, total_of(s));
    s->next = s->first_end;
    return true;
}

enum split_added split_add(struct split *s, struct slice bytes)
{
    struct part *part = s->o.part;

    while (bytes.len > 0) {
        size_t n = (size_t)least(bytes.len, s->first_end - part->at);

        if (n == 0 && !extend_first(s))
            return SPLIT_ENOUGH;
        if (part_write(part, slice_of(bytes.ptr, n), s->o.err) < 0)
            return SPLIT_NO_ROOM;
        bytes = slice_of(bytes.ptr + n, bytes.len - n);
    }
    note_progress(s);
    return SPLIT_ADDED;
}

void split_first_ended(struct split *s, bool well)
{
    s->first_runs = false;
    if (!well) {
        give_back(s, (struct stretch){s->o.part->at, s->first_end});
        s->pieces[0].state = RETIRED;
    }
    settle(s, NULL);
}

bool split_active(const struct split *s)
{
    return s->active;
}

void split_stop(struct split *s)
{
    struct part *part = s->o.part;
    struct err unused;

    part->at = prefix(s);
    part->note.have = part->at;
    if (part->at > 0)
        part_write_note(part, &unused);
    s->first_runs = false;
    stop_all(s);
}

uint64_t split_came(const struct split *s)
{
    return s->came;
}

uint64_t split_ranges(const struct split *s)
{
    return s->ranges;
}

void split_clear(struct split *s)
{
    s->came = 0;
    s->ranges = 0;
}

struct split *split_new(const struct split_options *options)
{
    struct split *s = mem_alloc(sizeof *s);

    s->o = *options;
    buf_init(&s->url, SIZE_MAX); /* URLs are bounded */
    s->on_body = on_body;
    s->on_done = on_done;
    for (size_t i = 0; i < SPLIT_MOST; i++) {
        struct piece *piece = &s->pieces[i];

        piece->split = s;
        list_init(&piece->ticket.link);
        piece->ticket.owner = piece;
        piece->ticket.grant = grant;
        piece->ticket.refuse = refuse;
        buf_init(&piece->headers, SIZE_MAX);
    }
    return s;
}

void split_free(struct split *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < SPLIT_MOST; i++)
        buf_release(&s->pieces[i].headers);
    buf_release(&s->url);
    mem_free(s);
}
