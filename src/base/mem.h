/* SPDX-License-Identifier: MIT */
/*
 * mem - memory that is there or ends the program
 *
 * weir is a batch tool of bounded sizes: an allocation that fails leaves
 * nothing sensible to do, so it ends the process with one message and status
 * 70. A *limit* that is reached (a line too long) is not this; see buf.h. Any
 * thread.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* `size` zeroed bytes; the caller frees with mem_free. Never NULL. */
void *mem_alloc(size_t size);

/* `count` * `size` zeroed bytes, the product checked. Never NULL. */
void *mem_alloc_array(size_t count, size_t size);

/* The block at `old` (or NULL) with `size` bytes; new ones undefined. */
void *mem_resize(void *old, size_t size);

/* A copy of `len` bytes with a final NUL added; the caller frees. */
char *mem_copy_text(const char *text, size_t len);

/* Free what any of the above returned; NULL is fine. */
void mem_free(void *block);

#endif
