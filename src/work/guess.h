/* SPDX-License-Identifier: MIT */
/*
 * guess - what an input may be that is no JSON Lines
 *
 * A person who gives the wrong kind of file is helped more by its name than by
 * a thousand rejected lines. Any thread.
 */
#ifndef WORK_GUESS_H
#define WORK_GUESS_H

struct transform_rejection;

/* What to say of the input, after its name, if its first line was rejected so;
 * else NULL. A constant. */
const char *guess_hint(const struct transform_rejection *r);

#endif
