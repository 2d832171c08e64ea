/* SPDX-License-Identifier: MIT */
/*
 * input - the bytes of several inputs, one after the other
 *
 * Files are read directly; pipes, terminals and sockets only when they have
 * something, without touching their flags: one read after the kernel said
 * readable does not block. Compressed ones are unpacked, if asked. A byte order
 * mark at the start of an input, or of what was unpacked, is skipped. Loop's
 * thread.
 */
#ifndef FLOW_INPUT_H
#define FLOW_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct err;
struct input;
struct loop;
struct unpack_tools;

enum input_got {
    INPUT_BYTES,
    INPUT_LATER,    /* nothing now; the loop turns when there is */
    INPUT_FILE_END, /* this input has ended; the next call begins another */
    INPUT_END,      /* all have */
    INPUT_FAULT,    /* this one cannot be opened or read: as INPUT_FILE_END */
};

/* What the first read of an input must have room for: a byte order mark. */
enum { INPUT_LEAST = 3 };

/* Bytes of a regular file that is open already. */
struct input_part {
    const char *name; /* for messages */
    int fd;           /* its position is moved; nobody closes it here */
    off_t from;
    off_t to; /* a file that ends before that was changed: a fault */
};

/* `names` are borrowed, "-" is stdin. */
struct input *input_open(struct loop *loop, const char *const *names,
                         size_t count);

/* Parts of files, which are borrowed, as the inputs. */
struct input *input_open_parts(struct loop *loop,
                               const struct input_part *parts, size_t count);

/* After spawn_close, if inputs may be unpacked. */
void input_close(struct input *input);

/* From now on look at the first bytes of each input, and unpack what is
 * compressed. Without this call no byte but a mark is interpreted. */
void input_unpack(struct input *input, struct loop *loop,
                  const struct unpack_tools *tools);

/*
 * Open the next input if none is open, and look at its first bytes as far as
 * that is needed. INPUT_BYTES: input_read may be called. As input_read, which
 * does it too.
 */
enum input_got input_begin(struct input *input, struct err *err);

/* The descriptor of the current input, begun, if nothing stands between it and
 * the reader: it is no pipe and not packed, and none of its bytes waits here.
 * Else -1. */
int input_plain_fd(const struct input *input);

/* Where the current input, begun, ends for us; -1: where its file does. */
off_t input_limit(const struct input *input);

/* Read up to `n` bytes (see INPUT_LEAST) to `room`; `got` of them, perhaps
 * none, with INPUT_BYTES. `err` of kind ERR_INPUT with INPUT_FAULT. */
enum input_got input_read(struct input *input, char *room, size_t n,
                          size_t *got, struct err *err);

/* The name of the current input, for messages: "<stdin>" for "-". */
const char *input_name(const struct input *input);

/* Whether the next read would find nothing yet: the writer pauses. */
bool input_pauses(const struct input *input);

#endif
