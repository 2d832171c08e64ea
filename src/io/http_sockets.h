/* SPDX-License-Identifier: MIT */
/*
 * http_sockets - watches for the sockets of a library that owns them
 *
 * libcurl asks for a watch when a request needs its socket and drops it when
 * the connection is idle again, so a watch is wanted for each request: they
 * are kept and used again. Loop's thread.
 */
#ifndef IO_HTTP_SOCKETS_H
#define IO_HTTP_SOCKETS_H

#include "io/loop.h"

struct http_socket; /* one watched socket */
struct http_sockets;

/* `fn` is called when one is ready. */
struct http_sockets *http_sockets_open(struct loop *loop, loop_watch_fn fn,
                                       void *arg);
void http_sockets_close(struct http_sockets *sockets);

/* Watch `fd` for `events`, by the watch it has or, with NULL, a new one. */
struct http_socket *http_sockets_watch(struct http_sockets *sockets,
                                       struct http_socket *socket, int fd,
                                       int events);

/* Watch it no more; the watch is gone. NULL is fine. */
void http_sockets_drop(struct http_sockets *sockets,
                       struct http_socket *socket);

#endif
