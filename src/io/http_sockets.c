/* SPDX-License-Identifier: MIT */
#include "io/http_sockets.h"

#include "base/list.h"
#include "base/mem.h"

struct http_socket {
    struct list link; /* used or spare */
    struct loop_watch *watch;
};

struct http_sockets {
    struct loop *loop;
    struct list used;
    struct list spare;
    loop_watch_fn fn;
    void *arg;
};

static struct http_socket *socket_of(struct list *link)
{
    return LIST_ITEM(link, struct http_socket, link);
}

struct http_sockets *http_sockets_open(struct loop *loop, loop_watch_fn fn,
                                       void *arg)
{
    struct http_sockets *s = mem_alloc(sizeof *s);

    *s = (struct http_sockets){.loop = loop, .fn = fn, .arg = arg};
    list_init(&s->used);
    list_init(&s->spare);
    return s;
}

static void free_all(struct list *sockets)
{
    struct list *link;

    while ((link = list_pop(sockets)) != NULL) {
        loop_watch_free(socket_of(link)->watch);
        mem_free(socket_of(link));
    }
}

void http_sockets_close(struct http_sockets *s)
{
    if (s == NULL)
        return;
    free_all(&s->used);
    free_all(&s->spare);
    mem_free(s);
}

static struct http_socket *take(struct http_sockets *s)
{
    struct list *link = list_pop(&s->spare);
    struct http_socket *socket;

    if (link != NULL) {
        socket = socket_of(link);
    } else {
        socket = mem_alloc(sizeof *socket);
        list_init(&socket->link);
        socket->watch = loop_watch_new(s->loop, s->fn, s->arg);
    }
    list_push(&s->used, &socket->link);
    return socket;
}

struct http_socket *http_sockets_watch(struct http_sockets *s,
                                       struct http_socket *socket, int fd,
                                       int events)
{
    if (socket == NULL)
        socket = take(s);
    loop_watch_start(socket->watch, fd, events);
    return socket;
}

void http_sockets_drop(struct http_sockets *s, struct http_socket *socket)
{
    if (socket == NULL)
        return;
    loop_watch_stop(socket->watch);
    list_remove(&socket->link);
    list_push(&s->spare, &socket->link);
}
