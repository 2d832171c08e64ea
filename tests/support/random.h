/* SPDX-License-Identifier: MIT */
/*
 * random - numbers for tests that try what nobody thought of
 *
 * The run prints its seed; SEED=n in the environment repeats it.
 */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* xorshift32 (Marsaglia, 2003): repeatable everywhere; `state` is never 0. */
static inline uint32_t draw(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* 0 .. below - 1 */
static inline uint32_t draw_below(uint32_t *state, uint32_t below)
{
    return (draw(state) >> 4) % below;
}

static inline uint32_t seed_of_run(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet */
    const char *given = getenv("SEED");
    uint32_t seed =
        given ? (uint32_t)strtoul(given, NULL, 10) : (uint32_t)time(NULL);

    printf("seed %u\n", (unsigned)seed);
    fflush(stdout);
    return seed | 1;
}

#endif
