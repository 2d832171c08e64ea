/* SPDX-License-Identifier: MIT */
/*
 * Hosts that fall ill and get well, hold us back and pace us, at random: what
 * must never happen does not, and all that is queued comes out in the end.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "flow/retry.h"
#include "work/hosts.h"

enum {
    HOSTS = 6,
    TOTAL = 10,
    PER_HOST = 4,
    UNITS = 600,
    STEPS = 6000,
    PAUSE_US = 1000
};

struct unit {
    struct list link;
    int host;
    struct hosts_host *at; /* NULL: it does not run */
};

struct model {
    struct hosts *hosts;
    struct retry_random random;
    struct unit units[UNITS];
    size_t put;
    size_t started;
    size_t refused;
    size_t running[HOSTS];
    size_t running_in_all;
    bool ill[HOSTS];
    enum breaker_state state[HOSTS]; /* as we were told */
    int64_t held_until[HOSTS];
    int64_t parked_until[HOSTS];
    int64_t last_start[HOSTS];
    int64_t now;
    int64_t gap_us;
};

static size_t draw(struct model *m, size_t n)
{
    return (size_t)(retry_draw(&m->random) % n);
}

static void on_change(void *arg, const struct hosts_notice *notice)
{
    struct model *m = arg;
    int host = notice->key.ptr[1] - '0';

    ck_assert_uint_eq(notice->key.len, 2);
    ck_assert(m->state[host] != notice->state);
    if (notice->state == BREAKER_PROBING)
        ck_assert_uint_eq(m->running[host], 0);
    if (notice->state == BREAKER_PARKED || notice->state == BREAKER_LOST) {
        ck_assert_str_eq(notice->fault, "connect");
        m->parked_until[host] = m->now + notice->pause_us;
    }
    m->state[host] = notice->state;
}

static void put_one(struct model *m)
{
    struct unit *unit = &m->units[m->put];
    char key[3] = "h0";

    if (m->put == UNITS)
        return;
    unit->host = (int)draw(m, HOSTS);
    key[1] = (char)('0' + unit->host);
    list_init(&unit->link);
    m->put++;
    hosts_put(m->hosts, slice_text(key), &unit->link);
}

static bool start_one(struct model *m)
{
    struct hosts_host *host;
    struct list *link = hosts_next(m->hosts, m->now, &host);
    struct unit *unit;
    int h;

    if (link == NULL)
        return false;
    unit = LIST_ITEM(link, struct unit, link);
    h = unit->host;
    unit->at = host;
    ck_assert(m->state[h] == BREAKER_CLOSED || m->state[h] == BREAKER_PROBING);
    ck_assert_int_ge(m->now, m->held_until[h]);
    ck_assert_int_ge(m->now, m->parked_until[h]);
    if (m->state[h] == BREAKER_PROBING)
        ck_assert_uint_eq(m->running[h], 0);
    if (m->gap_us > 0 && m->last_start[h] > 0)
        ck_assert_int_ge(m->now + HOSTS_LATE_US, m->last_start[h]);
    m->last_start[h] = m->now;
    m->started++;
    ck_assert_uint_le(++m->running[h], PER_HOST);
    ck_assert_uint_le(++m->running_in_all, TOTAL);
    return true;
}

static void take_refused(struct model *m)
{
    struct hosts_notice why;
    struct list *link;

    while ((link = hosts_refused(m->hosts, &why)) != NULL) {
        struct unit *unit = LIST_ITEM(link, struct unit, link);

        ck_assert_int_eq(m->state[unit->host], BREAKER_LOST);
        ck_assert_str_eq(why.message, "nobody there");
        m->refused++;
    }
}

/* One that runs, from a random place on. */
static struct unit *pick(struct model *m)
{
    size_t i = draw(m, UNITS);

    while (m->units[i].at == NULL)
        i = (i + 1) % UNITS;
    return &m->units[i];
}

static void end_one(struct model *m)
{
    struct unit *unit = pick(m);
    int h = unit->host;
    struct hosts_result result = {.end = HOSTS_WELL,
                                  .fault = "connect",
                                  .message = "nobody there",
                                  .now_us = m->now,
                                  .took_us = (int64_t)draw(m, 50000)};

    if (m->ill[h])
        result.end = draw(m, 2) ? HOSTS_FAILED : HOSTS_TOO_MUCH;
    else if (draw(m, 2))
        hosts_widen(m->hosts, unit->at);
    else if (draw(m, 4) == 0)
        result.end = draw(m, 2) ? HOSTS_OTHERWISE : HOSTS_SLOW;
    if (draw(m, 20) == 0) {
        int64_t until = m->now + (int64_t)draw(m, 3000);

        hosts_hold(m->hosts, unit->at, until);
        if (until > m->held_until[h])
            m->held_until[h] = until;
    }
    m->running[h]--;
    m->running_in_all--;
    hosts_done(m->hosts, unit->at, &result);
    unit->at = NULL;
}

static void step(struct model *m)
{
    switch (draw(m, 6)) {
    case 0: put_one(m); break;
    case 1: start_one(m); break;
    case 2:
        if (m->running_in_all > 0)
            end_one(m);
        break;
    case 3: m->now += (int64_t)draw(m, 400); break;
    case 4:
        if (draw(m, 30) == 0)
            m->ill[draw(m, HOSTS)] = draw(m, 2);
        break;
    default: take_refused(m); break;
    }
}

/* All are well: nothing may stay. */
static void finish(struct model *m)
{
    for (int h = 0; h < HOSTS; h++)
        m->ill[h] = false;
    while (m->put < UNITS)
        put_one(m);
    while (m->started + m->refused < UNITS || m->running_in_all > 0) {
        int64_t wake_us;

        take_refused(m);
        while (start_one(m))
            ;
        if (m->running_in_all > 0) {
            end_one(m);
            continue;
        }
        take_refused(m);
        if (m->started + m->refused == UNITS)
            break;
        wake_us = hosts_wake_us(m->hosts);
        ck_assert_int_gt(wake_us, m->now);
        m->now = wake_us;
    }
    ck_assert_ptr_null(hosts_drop(m->hosts));
}

static void run_model(uint64_t seed)
{
    struct model *m = mem_alloc(sizeof *m);
    struct hosts_limits limits = {.total = TOTAL,
                                  .per_host = PER_HOST,
                                  .breaker = {.failures = 3,
                                              .probes = 2,
                                              .pause_us = PAUSE_US,
                                              .pause_max_us = 3 * PAUSE_US}};

    m->random.state = seed;
    m->now = 1;
    m->gap_us = draw(m, 2) ? (int64_t)draw(m, 300) : 0;
    limits.host_gap_us = m->gap_us;
    m->hosts = hosts_new(&limits);
    hosts_on_change(m->hosts, on_change, m);
    for (int i = 0; i < STEPS; i++)
        step(m);
    finish(m);
    hosts_free(m->hosts);
    mem_free(m);
}

START_TEST(hosts_that_fall_ill_lose_nothing_and_are_left_alone)
{
    const char *seeds = getenv("SEED"), *runs = getenv("RUNS");
    int count = runs ? atoi(runs) : 300;
    struct retry_random random;

    retry_seed(&random);
    if (seeds != NULL)
        random.state = strtoull(seeds, NULL, 10);
    printf("SEED=%llu\n", (unsigned long long)random.state);
    for (int i = 0; i < count; i++)
        run_model(retry_draw(&random));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hosts_model");
    TCase *tests = tcase_create("hosts_model");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, hosts_that_fall_ill_lose_nothing_and_are_left_alone);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
