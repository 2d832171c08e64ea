/* SPDX-License-Identifier: MIT */
/*
 * fd - file descriptors: EINTR, short writes and EAGAIN end here
 *
 * Every descriptor is close-on-exec from birth. The flags of 0, 1 and 2 are
 * never changed: they belong to the shell too. Any thread.
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

struct err;

/*
 * Open /dev/null on whichever of 0, 1 and 2 is closed, so that no file we
 * open later takes its place. Bit n of the result: n was closed.
 */
unsigned fd_guard_standard(void);

/* Open to read. A directory is refused. -1 and `err` of kind ERR_INPUT. */
int fd_open_read(const char *path, struct err *err);

/*
 * One read. The bytes, 0 at the end, -1 with errno; EAGAIN only from a
 * descriptor that somebody made non-blocking.
 */
ssize_t fd_read(int fd, void *bytes, size_t n);

/* One read at a place of a file, which leaves the descriptor where it stands;
 * the bytes, 0 at the end, -1 with errno. */
ssize_t fd_read_at(int fd, void *bytes, size_t n, off_t at);

/* Whether a read would not block now (data, end or error). */
bool fd_readable(int fd);

/* Write all, also to a descriptor that is non-blocking. 0, or -1 with errno. */
int fd_write(int fd, const void *bytes, size_t n);

/* Write all at a place of a file, which leaves the descriptor where it stands.
 * 0, or -1 with errno. */
int fd_write_at(int fd, const void *bytes, size_t n, off_t at);

/* As fd_write for several pieces; `pieces` is used up. */
int fd_write_pieces(int fd, struct iovec *pieces, int count);

/* Flush the whole file system that holds it: what was written and renamed there
 * outlasts a loss of power. 0, or -1 with errno (syncfs(2)). */
int fd_flush_system(int fd);

/* Close, if it is one. 0, or -1 with errno: a write that was lost. */
int fd_close(int fd);

/* A pipe, both ends close-on-exec. 0, or -1 with errno. */
int fd_pipe(int ends[2]);

/* Make our own descriptor non-blocking. Never for 0, 1, 2. */
void fd_set_nonblocking(int fd);

/* Ask for a pipe of about `bytes`; a refusal is no loss. */
void fd_widen_pipe(int fd, int bytes);

/* A new file in memory, close-on-exec, called so in /proc; -1 with errno. */
int fd_memory_file(const char *name);

/* A new file in `directory` that has no name, to write and to read; -1 with
 * errno. */
int fd_temporary(const char *directory);

/* Append the `from` file, from its start, to `to`. 0, or -1 with errno. */
int fd_copy(int from, int to);

/* Raise the soft limit of open descriptors to the hard one; the result. */
size_t fd_raise_limit(void);

#endif
