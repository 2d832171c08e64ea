/* SPDX-License-Identifier: MIT */
/*
 * regex - regular expressions, compiled once and searched for in bounds
 *
 * Perl's syntax on UTF-8, by Oniguruma; this is the only file that knows it.
 * What was compiled stays in a cache, so that a pattern costs that once for
 * each thread and not once for each line; the cache is emptied when it is
 * full. A search gives up after a number of steps back, or when it needs more
 * memory than it may have: a pattern that explodes is an error. One owner.
 */
#ifndef JQ_REGEX_H
#define JQ_REGEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct err;
struct regex;
struct regex_cache;

/* A search gives up after so many steps back: about a second's worth. */
enum { REGEX_STEPS_MAX = 20 * 1000 * 1000 };

enum regex_flags {
    REGEX_CASELESS = 1,
    REGEX_EXTENDED = 2,  /* white space and comments in the pattern */
    REGEX_SINGLE = 4,    /* as Oniguruma has it */
    REGEX_DOT_ALL = 8,   /* . is a newline too */
    REGEX_LONGEST = 16,  /* the longest match, not the first */
    REGEX_NOT_EMPTY = 32 /* no match of nothing */
};

/* Before there are threads. */
void regex_ready(void);

/* A search may use about `max_bytes`. */
struct regex_cache *regex_cache_new(size_t max_bytes);
void regex_cache_free(struct regex_cache *cache);

/* The pattern, until the cache is asked again; or NULL with `err` of kind
 * ERR_UNITS, whose text is only the reason. */
struct regex *regex_get(struct regex_cache *cache, struct slice pattern,
                        unsigned flags, struct err *err);

/* How many groups there are, the whole not counted. */
uint32_t regex_groups(const struct regex *regex);
/* Put the names of the groups that have one into names[0] for group 1 and so
 * on; they live as long as the regex. */
void regex_names(const struct regex *regex, struct slice *names);

/* The bytes of a match or of a group; begin -1: it took no part. */
struct regex_span {
    int64_t begin;
    int64_t end;
};

/*
 * The first match at or behind byte `from` of valid UTF-8: 1, with the whole in
 * spans[0] and the groups behind it; spans NULL: it is not asked where. 0:
 * there is none. -1: `err` has the reason.
 */
int regex_search(struct regex_cache *cache, struct regex *regex,
                 struct slice text, size_t from, struct regex_span *spans,
                 struct err *err);

#endif
