/* SPDX-License-Identifier: MIT */
#include "work/breaker.h"

#include <stddef.h>

static bool close_again(struct breaker *b)
{
    bool changed = b->state != BREAKER_CLOSED;

    *b = (struct breaker){.state = BREAKER_CLOSED};
    return changed;
}

static bool fail_closed(struct breaker *b, const struct breaker_policy *policy)
{
    if (policy->failures == 0 || b->failures < policy->failures)
        return false;
    b->state = BREAKER_PARKED;
    return true;
}

static bool fail_probe(struct breaker *b, const struct breaker_policy *policy)
{
    b->probes++;
    b->state = policy->probes > 0 && b->probes >= policy->probes
                   ? BREAKER_LOST
                   : BREAKER_PARKED;
    return true;
}

bool breaker_note(struct breaker *b, const struct breaker_policy *policy,
                  bool well)
{
    if (well)
        return close_again(b);
    b->failures++;
    switch (b->state) {
    case BREAKER_CLOSED: return fail_closed(b, policy);
    case BREAKER_PROBING: return fail_probe(b, policy);
    case BREAKER_PARKED: /* those under way when it was parked */
    case BREAKER_LOST: break;
    }
    return false;
}

void breaker_probe(struct breaker *b)
{
    if (b->state != BREAKER_CLOSED)
        b->state = BREAKER_PROBING;
}

int64_t breaker_pause_us(const struct breaker *b,
                         const struct breaker_policy *policy)
{
    int64_t pause_us = policy->pause_us;

    if (b->state == BREAKER_LOST)
        return policy->pause_max_us;
    for (uint64_t i = 0; i < b->probes; i++) {
        if (pause_us > policy->pause_max_us / 2)
            return policy->pause_max_us;
        pause_us *= 2;
    }
    return pause_us < policy->pause_max_us ? pause_us : policy->pause_max_us;
}

const char *breaker_name(enum breaker_state state)
{
    static const char *const names[] = {[BREAKER_CLOSED] = "closed",
                                        [BREAKER_PARKED] = "parked",
                                        [BREAKER_PROBING] = "probing",
                                        [BREAKER_LOST] = "lost"};

    return names[state];
}
