/* SPDX-License-Identifier: MIT */
/*
 * file - a whole file in memory
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

struct buf;
struct err;

/* Append all of a file. 0, or -1 with `err` of kind ERR_INPUT: it cannot be
 * read, or is larger than the buffer may become. Any thread. */
int file_read(const char *path, struct buf *text, struct err *err);

#endif
