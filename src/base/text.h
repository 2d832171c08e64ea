/* SPDX-License-Identifier: MIT */
/*
 * text - words for people: safe to show, nearest in spelling
 *
 * Any thread; nothing is kept.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>

#include "base/slice.h"

struct buf;

/*
 * Append `s` so that a terminal shows it and obeys none of it: C0 controls
 * but tab, DEL, C1 controls, bidirectional overrides and bytes that are not
 * UTF-8 become \xNN (CWE-150). 0, or -1 when the buffer is full.
 */
int text_escape(struct buf *out, struct slice s);

/*
 * The distance of two words: insertions, deletions, substitutions and swaps
 * of neighbours (Damerau 1964, restricted). Words beyond 63 bytes: 64.
 */
size_t text_distance(const char *a, const char *b);

/*
 * Keep in `best` the word nearest to `wrong`, and its distance in `least`,
 * which starts as the first distance too far to suggest.
 */
void text_nearer(const char *wrong, const char *word, const char **best,
                 size_t *least);

/* The first distance that is too far to be a misspelling of `wrong`. */
size_t text_too_far(const char *wrong);

#endif
