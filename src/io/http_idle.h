/* SPDX-License-Identifier: MIT */
/*
 * http_idle - connections that nobody uses are ended when their time is over
 *
 * libcurl looks at the age of an idle connection only when it wants to use one
 * again, so a run that waits for its list would hold them for ever. Here each
 * is shut down on time: the server sees its end, and libcurl finds it dead and
 * closes it when it looks next. Loop's thread.
 */
#ifndef IO_HTTP_IDLE_H
#define IO_HTTP_IDLE_H

#include <stdint.h>

struct http_idle;
struct loop;

/* A limit of 0: none is ever idle for too long. */
struct http_idle *http_idle_open(struct loop *loop, int64_t limit_ms);
void http_idle_close(struct http_idle *idle);

/* A socket that is to be looked after; from now on it is in use. */
void http_idle_add(struct http_idle *idle, int fd);

/* What was added is in use, is idle, or is closed. Others are ignored. */
void http_idle_use(struct http_idle *idle, int fd);
void http_idle_leave(struct http_idle *idle, int fd);
void http_idle_remove(struct http_idle *idle, int fd);

/* The socket with this local port that has been idle before, or -1; libcurl
 * does not tell which one it takes, only its ports. Now and then one is not
 * found. */
int http_idle_find(const struct http_idle *idle, int port);

#endif
