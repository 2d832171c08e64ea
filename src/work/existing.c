/* SPDX-License-Identifier: MIT */
#include "work/existing.h"

#include "base/buf.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/mem.h"
#include "flow/item.h"
#include "work/exchange.h"
#include "work/rehash.h"
#include "work/request.h"
#include "work/save.h"

/* A file that is read. */
struct place {
    struct existing *existing;
    struct item *item; /* NULL: it is free */
    struct rehash rehash;
};

struct existing {
    struct existing_options o;
    struct place places[EXISTING_AT_ONCE];
    struct list waiting; /* items */
    struct buf scratch;
    bool stopped;
};

static const struct request *request_of(const struct item *item)
{
    return item->work;
}

/* What is there under the name, if it has the right size; else -1. */
static int look(struct existing *e, const struct item *item)
{
    const struct exchange_options *x = e->o.exchange;
    const struct request *request = request_of(item);
    uint64_t size = 0;
    int fd = save_look(x->save, exchange_path(x, request, &e->scratch), &size);

    if (fd >= 0 && (request->size == REQUEST_ANY_SIZE || request->size == size))
        return fd;
    fd_close(fd);
    return -1;
}

static void start(struct place *place, struct item *item, int fd)
{
    if (place->rehash.digest == NULL) /* the first one takes a millisecond */
        place->rehash.digest = digest_new();
    place->item = item;
    place->rehash.fd = fd;
    rehash_start(&place->rehash);
}

static struct place *free_place(struct existing *e)
{
    for (size_t i = 0; i < EXISTING_AT_ONCE; i++) {
        if (e->places[i].item == NULL)
            return &e->places[i];
    }
    return NULL;
}

static void pump(struct existing *e)
{
    struct place *place;

    while (!list_empty(&e->waiting) && (place = free_place(e)) != NULL) {
        struct item *item = LIST_ITEM(list_pop(&e->waiting), struct item, link);
        int fd = look(e, item);

        if (fd >= 0)
            start(place, item, fd);
        else
            e->o.missing(e->o.arg, item);
    }
}

static void on_hash(void *arg)
{
    struct place *place = arg;
    struct existing *e = place->existing;
    struct item *item = place->item;
    char sha256[DIGEST_HEX_SIZE];

    place->item = NULL;
    fd_close(place->rehash.fd);
    place->rehash.fd = -1;
    digest_finish(place->rehash.digest, sha256);
    if (place->rehash.stopped)
        e->o.stopped(e->o.arg, item);
    else if (place->rehash.sys == 0 &&
             strcmp(sha256, request_of(item)->sha256) == 0)
        e->o.there(e->o.arg, item, sha256);
    else
        e->o.missing(e->o.arg, item);
    pump(e);
}

struct existing *existing_open(const struct existing_options *options)
{
    struct existing *e = mem_alloc(sizeof *e);

    e->o = *options;
    list_init(&e->waiting);
    buf_init(&e->scratch, SIZE_MAX);
    for (size_t i = 0; i < EXISTING_AT_ONCE; i++) {
        e->places[i].existing = e;
        e->places[i].rehash.fd = -1;
        e->places[i].rehash.pool = options->exchange->pool;
        e->places[i].rehash.arg = &e->places[i];
        e->places[i].rehash.done = on_hash;
    }
    return e;
}

void existing_close(struct existing *e)
{
    if (e == NULL)
        return;
    for (size_t i = 0; i < EXISTING_AT_ONCE; i++) {
        fd_close(e->places[i].rehash.fd);
        digest_free(e->places[i].rehash.digest);
    }
    buf_release(&e->scratch);
    mem_free(e);
}

void existing_ask(struct existing *e, struct item *item)
{
    int fd;

    if (request_of(item)->sha256[0] != '\0') {
        list_push(&e->waiting, &item->link);
        pump(e);
        return;
    }
    fd = look(e, item);
    fd_close(fd);
    if (fd >= 0)
        e->o.there(e->o.arg, item, "");
    else
        e->o.missing(e->o.arg, item);
}

void existing_stop(struct existing *e)
{
    struct list *link;

    while ((link = list_pop(&e->waiting)) != NULL)
        e->o.stopped(e->o.arg, LIST_ITEM(link, struct item, link));
    for (size_t i = 0; i < EXISTING_AT_ONCE; i++) {
        if (e->places[i].item != NULL)
            rehash_stop(&e->places[i].rehash);
    }
}
