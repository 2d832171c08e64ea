/* SPDX-License-Identifier: MIT */
/*
 * retry - how long to wait before the next attempt
 *
 * Exponential backoff with full jitter: a random time between 0 and
 * min(cap, base * 2^n), which spreads the retries of many clients best
 * (M. Brooker, "Exponential Backoff And Jitter", 2015).
 */
#ifndef FLOW_RETRY_H
#define FLOW_RETRY_H

#include <stdint.h>

struct retry_policy {
    unsigned retries; /* attempts after the first */
    int64_t base_ms;
    int64_t cap_ms;
};

/* A source of random numbers; the caller's storage, one owner. */
struct retry_random {
    uint64_t state;
};

void retry_seed(struct retry_random *random);

/* The next random number (SplitMix64, Steele et al. 2014). */
uint64_t retry_draw(struct retry_random *random);

/*
 * Milliseconds to wait after attempt number `attempt` (from 1), given a random
 * number; never less than `floor_ms`, which is first cut to the cap.
 */
int64_t retry_delay(const struct retry_policy *policy, unsigned attempt,
                    int64_t floor_ms, uint64_t random);

#endif
