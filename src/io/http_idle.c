/* SPDX-License-Identifier: MIT */
#include "io/http_idle.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "base/list.h"
#include "base/mem.h"
#include "io/http_quiet.h"
#include "io/loop.h"

enum { FIRST_COUNT = 64, PORTS = 4096 };

struct connection {
    struct http_quiet_link quiet;
    int fd;
    int port; /* the local one; 0: not looked up yet */
    bool open;
};

struct http_idle {
    struct loop *loop;
    struct http_quiet *quiet;
    struct connection **connections; /* by descriptor; NULL: never used */
    size_t count;
    int by_port[PORTS]; /* the last descriptor whose port ends so */
};

/* It is not closed: that is for libcurl, which knows it. */
static void on_quiet(void *arg, struct http_quiet_link *link)
{
    (void)arg;
    shutdown(LIST_ITEM(link, struct connection, quiet)->fd, SHUT_RDWR);
}

struct http_idle *http_idle_open(struct loop *loop, int64_t limit_ms)
{
    struct http_idle *idle = mem_alloc(sizeof *idle);

    idle->loop = loop;
    idle->quiet = http_quiet_open(loop, limit_ms, on_quiet, idle);
    return idle;
}

void http_idle_close(struct http_idle *idle)
{
    if (idle == NULL)
        return;
    http_quiet_close(idle->quiet);
    for (size_t i = 0; i < idle->count; i++)
        mem_free(idle->connections[i]);
    mem_free(idle->connections);
    mem_free(idle);
}

static void grow(struct http_idle *idle, size_t fd)
{
    size_t count = idle->count > 0 ? idle->count : FIRST_COUNT;
    struct connection **larger;

    while (count <= fd)
        count *= 2;
    larger = mem_alloc_array(count, sizeof(struct connection *));
    if (idle->count > 0)
        memcpy(larger, idle->connections,
               idle->count * sizeof(struct connection *));
    mem_free(idle->connections);
    idle->connections = larger;
    idle->count = count;
}

static struct connection *find(const struct http_idle *idle, int fd)
{
    struct connection *c =
        (size_t)fd < idle->count ? idle->connections[fd] : NULL;

    return c != NULL && c->open ? c : NULL;
}

void http_idle_add(struct http_idle *idle, int fd)
{
    struct connection **place;

    if ((size_t)fd >= idle->count)
        grow(idle, (size_t)fd);
    place = &idle->connections[fd];
    if (*place == NULL) {
        *place = mem_alloc(sizeof **place);
        http_quiet_init(&(*place)->quiet);
        (*place)->fd = fd;
    }
    (*place)->open = true;
    (*place)->port = 0;
}

void http_idle_use(struct http_idle *idle, int fd)
{
    struct connection *c = find(idle, fd);

    if (c != NULL)
        http_quiet_leave(&c->quiet);
}

static int local_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address = {0};
    socklen_t len = sizeof address;

    if (getsockname(fd, &address.any, &len) < 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.six.sin6_port
                                                   : address.four.sin_port);
}

void http_idle_leave(struct http_idle *idle, int fd)
{
    struct connection *c = find(idle, fd);

    if (c == NULL)
        return;
    http_quiet_note(idle->quiet, &c->quiet, loop_now_ms(idle->loop));
    if (c->port == 0)
        c->port = local_port(fd);
    idle->by_port[c->port % PORTS] = fd;
}

int http_idle_find(const struct http_idle *idle, int port)
{
    struct connection *c = find(idle, idle->by_port[port % PORTS]);

    return c != NULL && c->port == port ? c->fd : -1;
}

void http_idle_remove(struct http_idle *idle, int fd)
{
    struct connection *c = find(idle, fd);

    if (c == NULL)
        return;
    http_quiet_leave(&c->quiet);
    c->open = false;
}
