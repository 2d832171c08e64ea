/* SPDX-License-Identifier: MIT */
/*
 * retry - whether and when another attempt follows
 *
 * Exponential backoff with full jitter: a random time between 0 and
 * min(cap, base * 2^n), which spreads the retries of many clients best
 * (M. Brooker, "Exponential Backoff And Jitter", 2015).
 *
 * A budget keeps an outage from being multiplied by the retries of all: a
 * bucket of RETRY_BUDGET_FLOOR tokens, full at first; a retry takes one, and
 * what begins adds a share of one (as in gRPC's retry throttling, proposal A6).
 */
#ifndef FLOW_RETRY_H
#define FLOW_RETRY_H

#include <stdbool.h>
#include <stdint.h>

enum { RETRY_BUDGET_FLOOR = 100 };

struct retry_policy {
    unsigned retries; /* attempts after the first */
    int64_t base_ms;
    int64_t cap_ms;
};

/* The caller's storage. */
struct retry_budget {
    unsigned percent; /* of what begins may be tried again; 0: all */
    uint64_t spent;   /* hundredths of a token */
};

/* Something has begun, by its first attempt. */
void retry_budget_earn(struct retry_budget *budget);

/* Whether there may be one more attempt. */
bool retry_budget_spend(struct retry_budget *budget);

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
