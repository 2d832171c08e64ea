/* SPDX-License-Identifier: MIT */
/*
 * clock - what time it is, and how to write it
 *
 * Durations come from the monotonic clock, which no step of the wall clock
 * touches (and which does not count suspend); stamps from the wall clock. Any
 * thread.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

enum { CLOCK_STAMP_SIZE = 25 };

/* Microseconds of CLOCK_MONOTONIC. */
int64_t clock_now_us(void);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t clock_now_ms(void);

/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_ms(void);

/* CPU time of this process, all threads, without its children; microseconds. */
int64_t clock_cpu_us(void);

/*
 * Write a wall time as 2026-11-23T06:00:00.123Z (RFC 3339) with its NUL into
 * `stamp` of CLOCK_STAMP_SIZE bytes; times before 1970 or after 9999 are
 * clamped.
 */
void clock_stamp(int64_t wall_ms, char *stamp);

/*
 * The next moment when the local wall clock shows `hour`:`minute`, as
 * milliseconds from now; today or, if that is past, tomorrow.
 */
int64_t clock_until(int hour, int minute);

#endif
