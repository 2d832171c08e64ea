/* SPDX-License-Identifier: MIT */
/*
 * canon - a JSON value written again, in another form
 *
 * As jq -c writes it, with sorted keys, in ASCII, or all of that. The value
 * must be one that scan_line accepted: nothing is checked again. No recursion,
 * however deep it is; the time is that of one pass, and of sorting the keys
 * where they have to be sorted.
 *
 * A `struct canon` is memory to work in, kept from one value to the next: at
 * most about 4 MiB of it. While a value is written it may be some ten times as
 * long as that, sixty times if it holds nothing but empty keys.
 * One owner at a time.
 */
#ifndef JSON_CANON_H
#define JSON_CANON_H

#include "base/slice.h"

struct buf;
struct canon;

enum canon_flags {
    /*
     * The bytes of jq 1.7.1 -c: no white space; of equal keys the last value,
     * at the place of the first; strings with the fewest escapes, and DEL as
     * \u007f; numbers in the scientific form of decimal arithmetic, every
     * digit kept. Unlike there, each lone surrogate is U+FFFD, and what is
     * below 1E-1147483646 is 0E-1147483646 without rounding.
     */
    CANON_JQ = 1 << 0,
    /*
     * The keys of every object in the order of their text (its UTF-8, byte by
     * byte), each once with the last value, no white space. Without CANON_JQ,
     * numbers and strings keep their own bytes.
     */
    CANON_SORT = 1 << 1,
    /*
     * Each character beyond ASCII as \u00e9, or as a surrogate pair. Alone, it
     * changes nothing else.
     */
    CANON_ASCII = 1 << 2,
};

/* On the heap; the caller frees it. */
struct canon *canon_new(void);

/* NULL is fine. */
void canon_free(struct canon *c);

/*
 * Append `value` to `out` in the form of `flags` (canon_flags; none: its own
 * bytes). 0, or -1 if that would pass the maximum of `out`, which then is as
 * before; a value of equal keys must fit before they are dropped.
 */
int canon_write(struct canon *c, struct slice value, unsigned flags,
                struct buf *out);

#endif
