/* SPDX-License-Identifier: MIT */
#include "io/http_quiet.h"

#include "base/mem.h"
#include "io/loop.h"

/* A timer so late means that the process stood still, and that bytes may well
 * be waiting to be read. */
enum { LATE_MS = 500 };

struct http_quiet {
    struct loop *loop;
    struct loop_timer *timer;
    int64_t limit_ms;
    int64_t due_ms; /* of the timer */
    struct list list;
    http_quiet_fn fn;
    void *arg;
};

static struct http_quiet_link *link_of(struct list *link)
{
    return LIST_ITEM(link, struct http_quiet_link, link);
}

static void start_timer(struct http_quiet *q, int64_t ms)
{
    q->due_ms = loop_now_ms(q->loop) + ms;
    loop_timer_start(q->timer, ms);
}

static void forgive(struct http_quiet *q, int64_t ms)
{
    for (struct list *l = q->list.next; l != &q->list; l = l->next)
        link_of(l)->active_ms += ms;
}

static void on_timer(void *arg)
{
    struct http_quiet *q = arg;
    int64_t late = loop_now_ms(q->loop) - q->due_ms;

    if (late > LATE_MS)
        forgive(q, late);
    while (!list_empty(&q->list)) {
        struct http_quiet_link *first = link_of(q->list.next);
        int64_t left = first->active_ms + q->limit_ms - loop_now_ms(q->loop);

        if (left > 0) {
            start_timer(q, left);
            return;
        }
        list_remove(&first->link);
        q->fn(q->arg, first);
    }
}

struct http_quiet *http_quiet_open(struct loop *loop, int64_t limit_ms,
                                   http_quiet_fn fn, void *arg)
{
    struct http_quiet *q = mem_alloc(sizeof *q);

    *q = (struct http_quiet){
        .loop = loop, .limit_ms = limit_ms, .fn = fn, .arg = arg};
    q->timer = loop_timer_new(loop, on_timer, q);
    list_init(&q->list);
    return q;
}

void http_quiet_close(struct http_quiet *q)
{
    if (q == NULL)
        return;
    loop_timer_free(q->timer);
    mem_free(q);
}

void http_quiet_init(struct http_quiet_link *link)
{
    list_init(&link->link);
}

void http_quiet_note(struct http_quiet *q, struct http_quiet_link *link,
                     int64_t now_ms)
{
    if (q->limit_ms == 0)
        return;
    link->active_ms = now_ms;
    list_remove(&link->link);
    list_push(&q->list, &link->link);
    if (!loop_timer_active(q->timer))
        start_timer(q, q->limit_ms);
}

void http_quiet_leave(struct http_quiet_link *link)
{
    list_remove(&link->link);
}
