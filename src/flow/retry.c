/* SPDX-License-Identifier: MIT */
#include "flow/retry.h"

#include "base/hash.h"

void retry_seed(struct retry_random *random)
{
    random->state = hash_key_new().k0;
}

uint64_t retry_draw(struct retry_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

int64_t retry_delay(const struct retry_policy *policy, unsigned attempt,
                    int64_t floor_ms, uint64_t random)
{
    int64_t limit = policy->base_ms, delay;

    for (; attempt > 1 && limit < policy->cap_ms; attempt--)
        limit *= 2;
    if (limit > policy->cap_ms)
        limit = policy->cap_ms;
    if (floor_ms > policy->cap_ms)
        floor_ms = policy->cap_ms;
    delay = (int64_t)(random % ((uint64_t)limit + 1));
    return delay > floor_ms ? delay : floor_ms;
}

void retry_budget_earn(struct retry_budget *budget)
{
    budget->spent -=
        budget->spent < budget->percent ? budget->spent : budget->percent;
}

bool retry_budget_spend(struct retry_budget *budget)
{
    if (budget->percent == 0)
        return true;
    if (budget->spent + 100 > (uint64_t)RETRY_BUDGET_FLOOR * 100)
        return false;
    budget->spent += 100;
    return true;
}
