/* SPDX-License-Identifier: MIT */
/*
 * breaker - what keeps failing is left alone, and tried by one now and then
 *
 *     closed --failures in a row--> parked --its pause--> probing --well-->
 * closed ^                     |
 *                                      +------- badly -------+
 *
 * The pause doubles with each probe that fails. After so many of them it is
 * lost: as parked, with the longest pause, but whoever waits for it need wait
 * no longer. What ends well closes it from any state. (M. Nygard, "Release
 * It!", 2007, chapter 5.)
 *
 * Pure: the caller tells the time, in microseconds of any clock that only goes
 * forward. Zeroed it is closed.
 */
#ifndef WORK_BREAKER_H
#define WORK_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

struct breaker_policy {
    uint64_t failures; /* in a row that park it; 0: it is never parked */
    uint64_t probes;   /* that fail until it is lost; 0: it never is */
    int64_t pause_us;  /* before the first probe */
    int64_t pause_max_us;
};

enum breaker_state {
    BREAKER_CLOSED,
    BREAKER_PARKED,
    BREAKER_PROBING,
    BREAKER_LOST,
};

struct breaker {
    enum breaker_state state;
    uint64_t failures; /* in a row */
    uint64_t probes;   /* that failed */
};

/* One has ended. Whether the state is another, or the pause begins anew. */
bool breaker_note(struct breaker *b, const struct breaker_policy *policy,
                  bool well);

/* The pause is over. */
void breaker_probe(struct breaker *b);

/* How long it is to be left alone from the moment when it was parked or lost,
 * microseconds. */
int64_t breaker_pause_us(const struct breaker *b,
                         const struct breaker_policy *policy);

/* "closed", "parked", "probing" or "lost". */
const char *breaker_name(enum breaker_state state);

#endif
