/* SPDX-License-Identifier: MIT */
#include "work/hosts.h"

#include <check.h>
#include <stdio.h>

#include "base/mem.h"
#include "flow/retry.h"

enum { HOSTS = 7, TOTAL = 12, PER_HOST = 4, UNITS = 400 };

struct unit {
    struct list link;
    int host;
};

/* What a fair queue should have in mind. */
struct model {
    struct hosts *hosts;
    struct unit units[UNITS];
    struct hosts_host *at[UNITS]; /* where a unit runs; NULL: it does not */
    size_t waiting[HOSTS];
    size_t running[HOSTS];
    size_t starts[HOSTS]; /* of others since this one had its turn */
    size_t ends[HOSTS];
    size_t running_in_all;
    struct retry_random random;
};

static struct hosts *new_hosts(size_t total, size_t per_host)
{
    const struct hosts_limits limits = {.total = total, .per_host = per_host};

    return hosts_new(&limits);
}

static void done(struct hosts *hosts, struct hosts_host *host,
                 enum hosts_end end)
{
    const struct hosts_result result = {
        .end = end, .fault = "connect", .message = "nobody there"};

    hosts_done(hosts, host, &result);
}

static size_t draw(struct model *m, size_t n)
{
    return (size_t)(retry_draw(&m->random) % n);
}

static void put(struct model *m, struct unit *unit, int host)
{
    char key[16];

    snprintf(key, sizeof key, "host%d", host);
    unit->host = host;
    list_init(&unit->link);
    hosts_put(m->hosts, slice_text(key), &unit->link);
    if (m->waiting[host]++ == 0)
        m->starts[host] = 0;
}

/* As many as it has shown to be good for. */
static bool is_ready(const struct model *m, int host)
{
    size_t cap = m->ends[host] + 1;

    return m->waiting[host] > 0 &&
           m->running[host] < (cap < PER_HOST ? cap : PER_HOST);
}

/* While places are not scarce, it may have all that it may ever have. */
static bool is_eager(const struct model *m, int host)
{
    return m->waiting[host] > 0 && m->ends[host] > 0 &&
           m->running[host] < PER_HOST &&
           (m->running_in_all < TOTAL / 4 ||
            m->running_in_all == m->running[host]);
}

/* One that is ready has its turn within three rounds of the others: each may be
 * behind by two starts, if it was full, before it takes turns. */
static void check_fairness(struct model *m, int started)
{
    for (int i = 0; i < HOSTS; i++) {
        if (i == started || !is_ready(m, i))
            m->starts[i] = 0;
        else
            m->starts[i]++;
        ck_assert_uint_lt(m->starts[i], 3 * HOSTS);
    }
}

static bool start_one(struct model *m)
{
    struct hosts_host *host;
    struct list *link = hosts_next(m->hosts, 0, &host);
    struct unit *unit;
    bool ready = false, any = false;

    for (int i = 0; i < HOSTS; i++) {
        ready = ready || is_ready(m, i);
        any = any || is_ready(m, i) || is_eager(m, i);
    }
    ck_assert((link != NULL) == (any && m->running_in_all < TOTAL));
    if (link == NULL)
        return false;
    unit = LIST_ITEM(link, struct unit, link);
    ck_assert(is_ready(m, unit->host) || (!ready && is_eager(m, unit->host)));
    m->at[unit - m->units] = host;
    m->waiting[unit->host]--;
    m->running[unit->host]++;
    m->running_in_all++;
    check_fairness(m, unit->host);
    return true;
}

static void end_one(struct model *m)
{
    size_t i = draw(m, UNITS);

    while (m->at[i] == NULL)
        i = (i + 1) % UNITS;
    done(m->hosts, m->at[i], HOSTS_OTHERWISE);
    m->at[i] = NULL;
    m->ends[m->units[i].host]++;
    m->running[m->units[i].host]--;
    m->running_in_all--;
}

static void run_model(uint64_t seed)
{
    struct model *m = mem_alloc(sizeof *m);
    size_t put_count = 0, started = 0;

    m->hosts = new_hosts(TOTAL, PER_HOST);
    m->random.state = seed;
    while (started < UNITS) {
        size_t what = draw(m, 3);

        if (what == 0 && put_count < UNITS) {
            put(m, &m->units[put_count++], (int)draw(m, HOSTS));
        } else if (what == 1) {
            started += start_one(m);
        } else if (m->running_in_all > 0) {
            end_one(m);
        }
    }
    while (m->running_in_all > 0)
        end_one(m);
    hosts_free(m->hosts);
    mem_free(m);
}

START_TEST(random_hosts_have_their_caps_and_their_turns)
{
    struct retry_random random;

    retry_seed(&random);
    for (int i = 0; i < 200; i++) {
        uint64_t seed = retry_draw(&random);

        printf("seed %llu\n", (unsigned long long)seed);
        run_model(seed);
    }
}
END_TEST

static struct list *next(struct hosts *hosts, struct hosts_host **host)
{
    struct list *link = hosts_next(hosts, 0, host);

    ck_assert_ptr_nonnull(link);
    return link;
}

START_TEST(a_new_host_starts_one_alone_until_it_answers)
{
    struct hosts *hosts = new_hosts(100, 20);
    struct hosts_host *host, *other;
    struct list links[40];

    for (size_t i = 0; i < 40; i++) {
        list_init(&links[i]);
        hosts_put(hosts, slice_text("h"), &links[i]);
    }
    ck_assert_ptr_eq(next(hosts, &host), &links[0]);
    ck_assert_ptr_null(hosts_next(hosts, 0, &other));
    hosts_widen(hosts, host);
    for (size_t i = 1; i < 20; i++)
        ck_assert_ptr_eq(next(hosts, &host), &links[i]);
    ck_assert_ptr_null(hosts_next(hosts, 0, &other));
    done(hosts, host, HOSTS_OTHERWISE);
    ck_assert_ptr_eq(next(hosts, &host), &links[20]);
    ck_assert_ptr_null(hosts_next(hosts, 0, &other));
    hosts_free(hosts);
}
END_TEST

START_TEST(a_full_host_does_not_hold_up_another)
{
    struct hosts *hosts = new_hosts(100, 1);
    struct hosts_host *slow, *fast;
    struct list links[20];

    for (size_t i = 0; i < 20; i++) {
        list_init(&links[i]);
        hosts_put(hosts, slice_text(i < 10 ? "slow" : "fast"), &links[i]);
    }
    ck_assert_ptr_eq(next(hosts, &slow), &links[0]);
    for (size_t i = 10; i < 20; i++) {
        ck_assert_ptr_eq(next(hosts, &fast), &links[i]);
        done(hosts, fast, HOSTS_OTHERWISE);
    }
    ck_assert_ptr_null(hosts_next(hosts, 0, &fast));
    hosts_free(hosts);
}
END_TEST

/* A minute of simulated time. */
struct place {
    struct hosts_host *host;
    struct list *link;
    int64_t until_us;
};

enum {
    SLOW = 50, /* the one after them is the quick one */
    PLACES = 100,
    QUEUED = 40,
    SLOW_US = 1000000,
    QUICK_US = 10000
};

struct race {
    struct hosts *hosts;
    struct list links[(SLOW + 1) * QUEUED];
    struct place places[PLACES];
    size_t ends[SLOW + 1];
    size_t busy; /* places of the quick one, added up */
};

static size_t host_of(const struct race *race, const struct list *link)
{
    return (size_t)(link - race->links) / QUEUED;
}

static void put_again(struct race *race, struct list *link)
{
    char key[24];

    snprintf(key, sizeof key, "h%zu", host_of(race, link));
    hosts_put(race->hosts, slice_text(key), link);
}

static void end_due(struct race *race, struct place *p, int64_t now_us)
{
    size_t n = p->link ? host_of(race, p->link) : 0;
    const struct hosts_result well = {.end = HOSTS_WELL,
                                      .now_us = now_us,
                                      .took_us =
                                          n == SLOW ? QUICK_US : SLOW_US};

    if (p->link == NULL || p->until_us > now_us)
        return;
    hosts_done(race->hosts, p->host, &well);
    put_again(race, p->link);
    race->ends[n]++;
    p->link = NULL;
}

static void take_place(struct race *race, struct place *p, int64_t now_us)
{
    if (p->link == NULL)
        p->link = hosts_next(race->hosts, now_us, &p->host);
    else
        return;
    if (p->link != NULL)
        p->until_us =
            now_us + (host_of(race, p->link) == SLOW ? QUICK_US : SLOW_US);
}

static void run_race(struct race *race, int64_t from_us, int64_t to_us)
{
    for (int64_t now = from_us; now < to_us; now += QUICK_US) {
        for (size_t i = 0; i < PLACES; i++)
            end_due(race, &race->places[i], now);
        for (size_t i = 0; i < PLACES; i++) {
            struct place *p = &race->places[i];

            take_place(race, p, now);
            race->busy += p->link != NULL && host_of(race, p->link) == SLOW;
        }
    }
}

START_TEST(a_quick_host_does_not_crawl_because_others_do)
{
    static struct race race;
    size_t steps = 60 * SLOW_US / QUICK_US;

    race.hosts = new_hosts(PLACES, 20);
    for (size_t i = 0; i < sizeof race.links / sizeof race.links[0]; i++) {
        list_init(&race.links[i]);
        put_again(&race, &race.links[i]);
    }
    run_race(&race, 0, 2 * SLOW_US);
    race.busy = 0;
    run_race(&race, 2 * SLOW_US, 62 * SLOW_US);
    /* It may have twenty times the places of another: nearly all of its 20. */
    ck_assert_uint_gt(race.busy, steps * 18);
    ck_assert_uint_gt(race.ends[SLOW], steps * 18);
    for (size_t i = 0; i < SLOW; i++) {
        ck_assert_uint_gt(race.ends[i], 75);
        ck_assert_uint_lt(race.ends[i], 150);
    }
    hosts_free(race.hosts);
}
END_TEST

/* Runs until all of `n` hosts have as many as they get; how many run. */
static size_t crowd(struct hosts *hosts, struct hosts_host **at, size_t n)
{
    struct hosts_host *host;
    size_t started = 0;

    for (size_t i = 0; i < n; i++) {
        next(hosts, &at[i]);
        started++;
    }
    for (size_t i = 0; i < n; i++)
        hosts_widen(hosts, at[i]);
    while (hosts_next(hosts, 0, &host) != NULL)
        started++;
    return started;
}

START_TEST(what_has_not_ended_yet_takes_a_quarter_of_the_places)
{
    static struct list links[10][20], late[5];
    struct hosts *hosts = new_hosts(100, 20);
    struct hosts_host *at[10], *quick;
    char key[16];

    for (size_t i = 0; i < 10; i++) {
        snprintf(key, sizeof key, "slow%zu", i);
        for (size_t k = 0; k < 20; k++) {
            list_init(&links[i][k]);
            hosts_put(hosts, slice_text(key), &links[i][k]);
        }
    }
    ck_assert_uint_eq(crowd(hosts, at, 10), 25);
    /* So there are some for one that comes later, as it shows what it can. */
    for (size_t i = 0; i < 5; i++) {
        list_init(&late[i]);
        hosts_put(hosts, slice_text("quick"), &late[i]);
    }
    ck_assert_ptr_eq(next(hosts, &quick), &late[0]);
    ck_assert_ptr_null(hosts_next(hosts, 0, &at[0]));
    hosts_widen(hosts, quick);
    ck_assert_ptr_null(hosts_next(hosts, 0, &at[0]));
    done(hosts, quick, HOSTS_WELL);
    ck_assert_ptr_eq(next(hosts, &quick), &late[1]);
    ck_assert_ptr_eq(next(hosts, &quick), &late[2]);
    ck_assert_ptr_null(hosts_next(hosts, 0, &at[0]));
    hosts_free(hosts);
}
END_TEST

START_TEST(what_runs_counts_as_long_as_it_runs)
{
    static struct list slow[10], other[10];
    struct hosts *hosts = new_hosts(2, 2);
    struct hosts_host *host, *at;

    for (size_t i = 0; i < 10; i++) {
        list_init(&slow[i]);
        list_init(&other[i]);
        hosts_put(hosts, slice_text("slow"), &slow[i]);
    }
    next(hosts, &at);
    done(hosts, at, HOSTS_WELL);
    next(hosts, &at);
    for (size_t i = 0; i < 10; i++)
        hosts_put(hosts, slice_text("other"), &other[i]);
    /* Both may have more, but the one has its place for ten seconds now. */
    for (size_t i = 0; i < 10; i++) {
        ck_assert_ptr_eq(hosts_next(hosts, 10000000, &host), &other[i]);
        done(hosts, host, HOSTS_WELL);
    }
    ck_assert_ptr_eq(hosts_next(hosts, 10000000, &host), &slow[2]);
    hosts_free(hosts);
}
END_TEST

START_TEST(more_is_wanted_where_places_are_free_or_long_in_coming)
{
    struct hosts *hosts = new_hosts(1, 1);
    struct hosts_host *host;
    struct list link;

    list_init(&link);
    ck_assert(hosts_want_more(hosts));
    hosts_put(hosts, slice_text("h"), &link);
    ck_assert_ptr_nonnull(hosts_next(hosts, 1000, &host));
    ck_assert(!hosts_want_more(hosts));
    ck_assert_ptr_null(hosts_next(hosts, 1000000, &host));
    ck_assert(hosts_want_more(hosts));
    hosts_free(hosts);
}
END_TEST

START_TEST(what_waits_can_be_taken_off)
{
    struct hosts *hosts = new_hosts(100, 20);
    struct hosts_host *host;
    struct list links[10];
    char key[16];
    size_t dropped = 0;

    for (size_t i = 0; i < 10; i++) {
        list_init(&links[i]);
        snprintf(key, sizeof key, "h%zu", i % 3);
        hosts_put(hosts, slice_text(key), &links[i]);
    }
    next(hosts, &host);
    while (hosts_drop(hosts) != NULL)
        dropped++;
    ck_assert_uint_eq(dropped, 9);
    ck_assert_ptr_null(hosts_next(hosts, 0, &host));
    hosts_free(hosts);
}
END_TEST

/* Starts as many as may be; how many that is. */
static size_t start_all(struct hosts *hosts, struct hosts_host **host)
{
    size_t n = 0;

    while (hosts_next(hosts, 0, host) != NULL)
        n++;
    return n;
}

START_TEST(the_cap_is_halved_once_and_grows_slowly)
{
    static struct list links[200];
    struct hosts *hosts = new_hosts(100, 8);
    struct hosts_host *host;

    for (size_t i = 0; i < 200; i++) {
        list_init(&links[i]);
        hosts_put(hosts, slice_text("h"), &links[i]);
    }
    ck_assert_uint_eq(start_all(hosts, &host), 1);
    hosts_widen(hosts, host);
    ck_assert_uint_eq(start_all(hosts, &host), 7);
    /* All of the eight were too much: four, not none. */
    for (int i = 0; i < 8; i++)
        done(hosts, host, HOSTS_TOO_MUCH);
    ck_assert_uint_eq(start_all(hosts, &host), 4);
    for (int i = 0; i < 4; i++)
        done(hosts, host, HOSTS_TOO_MUCH);
    ck_assert_uint_eq(start_all(hosts, &host), 2);
    /* Two that went well make three, and three more four. */
    done(hosts, host, HOSTS_WELL);
    done(hosts, host, HOSTS_WELL);
    ck_assert_uint_eq(start_all(hosts, &host), 3);
    for (int i = 0; i < 3; i++)
        done(hosts, host, HOSTS_WELL);
    ck_assert_uint_eq(start_all(hosts, &host), 4);
    /* Never less than one, nor more than the limit. */
    for (int i = 0; i < 20; i++) {
        done(hosts, host, HOSTS_TOO_MUCH);
        ck_assert_uint_le(start_all(hosts, &host), 1);
    }
    while (hosts_drop(hosts) != NULL)
        ;
    hosts_free(hosts);
}
END_TEST

/* Puts `count` links at a host. */
static void put_many(struct hosts *hosts, const char *host, struct list *links,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        list_init(&links[i]);
        hosts_put(hosts, slice_text(host), &links[i]);
    }
}

START_TEST(a_host_that_is_held_waits_and_then_begins_with_one)
{
    struct hosts *hosts = new_hosts(100, 20);
    struct hosts_host *host, *other;
    struct list links[4], others[2];

    put_many(hosts, "h", links, 4);
    ck_assert_ptr_nonnull(hosts_next(hosts, 1000, &host));
    ck_assert_int_eq(hosts_wake_us(hosts), -1);
    hosts_hold(hosts, host, 5000);
    hosts_hold(hosts, host, 3000); /* the longer one counts */
    done(hosts, host, HOSTS_OTHERWISE);
    ck_assert_ptr_null(hosts_next(hosts, 4999, &host));
    ck_assert_int_eq(hosts_wake_us(hosts), 5000);
    /* That is nothing to the others. */
    put_many(hosts, "other", others, 2);
    ck_assert_ptr_eq(hosts_next(hosts, 4999, &other), &others[0]);
    hosts_hold(hosts, other, 4999); /* over at once */
    ck_assert_ptr_eq(hosts_next(hosts, 5000, &host), &links[1]);
    ck_assert_ptr_null(hosts_next(hosts, 5000, &host));
    done(hosts, other, HOSTS_OTHERWISE);
    while (hosts_drop(hosts) != NULL)
        ;
    hosts_free(hosts);
}
END_TEST

START_TEST(holds_end_in_the_order_of_their_times)
{
    static const int64_t until[] = {50, 20, 40, 10, 30};
    struct hosts *hosts = new_hosts(100, 20);
    struct hosts_host *host;
    struct list links[5][2];
    char key[2] = "a";

    for (size_t i = 0; i < 5; i++, key[0]++) {
        put_many(hosts, key, links[i], 2);
        ck_assert_ptr_eq(hosts_next(hosts, 1, &host), &links[i][0]);
        hosts_hold(hosts, host, until[i]);
        done(hosts, host, HOSTS_OTHERWISE);
    }
    for (int64_t now = 10; now <= 50; now += 10) {
        ck_assert_int_eq(hosts_wake_us(hosts), now);
        ck_assert_ptr_null(hosts_next(hosts, now - 1, &host));
        ck_assert_ptr_nonnull(hosts_next(hosts, now, &host));
    }
    ck_assert_int_eq(hosts_wake_us(hosts), -1);
    hosts_free(hosts);
}
END_TEST

/* Starts within `span_us`, asked for each `step_us`; none is ever left running.
 */
static size_t count_starts(struct hosts *hosts, int64_t span_us,
                           int64_t step_us)
{
    struct hosts_host *host;
    size_t starts = 0;

    for (int64_t now = 1000000; now < 1000000 + span_us; now += step_us) {
        while (hosts_next(hosts, now, &host) != NULL) {
            done(hosts, host, HOSTS_OTHERWISE);
            starts++;
        }
    }
    return starts;
}

START_TEST(a_rate_is_kept_in_all_and_for_a_host)
{
    const struct hosts_limits all = {
        .total = 100, .per_host = 20, .gap_us = 1000};
    const struct hosts_limits each = {
        .total = 100, .per_host = 20, .host_gap_us = 10000};
    static struct list links[2][2000];
    struct hosts *hosts = hosts_new(&all);

    put_many(hosts, "a", links[0], 2000);
    put_many(hosts, "b", links[1], 2000);
    /* 1000 a second, even if somebody asks each 3 ms only, and 10 at first. */
    ck_assert_uint_le(count_starts(hosts, 1000000, 3000), 1000 + 11);
    hosts_free(hosts);
    hosts = hosts_new(&all);
    put_many(hosts, "a", links[0], 2000);
    ck_assert_uint_ge(count_starts(hosts, 1000000, 3000), 1000 - 3);
    hosts_free(hosts);
    hosts = hosts_new(&each);
    put_many(hosts, "a", links[0], 2000);
    put_many(hosts, "b", links[1], 2000);
    ck_assert_uint_le(count_starts(hosts, 1000000, 1000), 2 * (100 + 2));
    hosts_free(hosts);
}
END_TEST

/* As many notices as there were, and the last one. */
struct told {
    size_t count;
    enum breaker_state state;
    uint64_t failures;
    int64_t pause_us;
    char message[64];
};

static void on_change(void *arg, const struct hosts_notice *notice)
{
    struct told *told = arg;

    told->count++;
    told->state = notice->state;
    told->failures = notice->failures;
    told->pause_us = notice->pause_us;
    snprintf(told->message, sizeof told->message, "%s",
             notice->message ? notice->message : "");
    ck_assert(slice_equal(notice->key, slice_text("h")));
}

static struct hosts *new_breaker(struct told *told)
{
    const struct hosts_limits limits = {.total = 100,
                                        .per_host = 8,
                                        .breaker = {.failures = 3,
                                                    .probes = 2,
                                                    .pause_us = 1000,
                                                    .pause_max_us = 60000}};
    struct hosts *hosts = hosts_new(&limits);

    *told = (struct told){0};
    hosts_on_change(hosts, on_change, told);
    return hosts;
}

static void fail_at(struct hosts *hosts, struct hosts_host *host,
                    int64_t now_us)
{
    const struct hosts_result result = {.end = HOSTS_FAILED,
                                        .fault = "connect",
                                        .message = "nobody there",
                                        .now_us = now_us};

    hosts_done(hosts, host, &result);
}

START_TEST(a_host_that_never_answered_is_asked_by_one_at_a_time)
{
    struct told told;
    struct hosts *hosts = new_breaker(&told);
    struct hosts_host *host, *other;
    struct list links[9];

    put_many(hosts, "h", links, 9);
    for (int i = 0; i < 2; i++) {
        ck_assert_ptr_eq(next(hosts, &host), &links[i]);
        ck_assert_ptr_null(hosts_next(hosts, 0, &other));
        done(hosts, host, HOSTS_FAILED);
    }
    ck_assert_ptr_eq(next(hosts, &host), &links[2]);
    hosts_widen(hosts, host);
    ck_assert_uint_eq(start_all(hosts, &host), 6);
    ck_assert_uint_eq(told.count, 0);
    hosts_free(hosts);
}
END_TEST

START_TEST(a_host_that_fails_in_a_row_is_parked_and_probed_by_one)
{
    struct told told;
    struct hosts *hosts = new_breaker(&told);
    struct hosts_host *host, *other;
    struct list links[20];

    put_many(hosts, "h", links, 20);
    next(hosts, &host);
    hosts_widen(hosts, host);
    ck_assert_uint_eq(start_all(hosts, &host), 7);
    /* One that is well in between begins the row anew. */
    fail_at(hosts, host, 10);
    fail_at(hosts, host, 10);
    done(hosts, host, HOSTS_OTHERWISE);
    fail_at(hosts, host, 10);
    fail_at(hosts, host, 10);
    ck_assert_uint_eq(told.count, 0);
    fail_at(hosts, host, 10);
    ck_assert_uint_eq(told.count, 1);
    ck_assert_int_eq(told.state, BREAKER_PARKED);
    ck_assert_uint_eq(told.failures, 3);
    ck_assert_str_eq(told.message, "nobody there");
    /* Those under way change nothing. */
    fail_at(hosts, host, 20);
    fail_at(hosts, host, 20);
    ck_assert_uint_eq(told.count, 1);
    ck_assert_ptr_null(hosts_next(hosts, 1009, &other));
    ck_assert_int_eq(hosts_wake_us(hosts), 1010);
    ck_assert_ptr_nonnull(hosts_next(hosts, 1010, &host));
    ck_assert_int_eq(told.state, BREAKER_PROBING);
    ck_assert_ptr_null(hosts_next(hosts, 1010, &other));
    /* It is well: as many as before. */
    hosts_widen(hosts, host);
    ck_assert_int_eq(told.state, BREAKER_CLOSED);
    done(hosts, host, HOSTS_WELL);
    ck_assert_uint_eq(told.count, 3);
    ck_assert_ptr_nonnull(hosts_next(hosts, 1010, &host));
    ck_assert_ptr_nonnull(hosts_next(hosts, 1010, &host));
    ck_assert_uint_eq(hosts_tally(hosts)->parked, 1);
    ck_assert_uint_eq(hosts_tally(hosts)->probes, 1);
    hosts_free(hosts);
}
END_TEST

START_TEST(a_host_that_fails_its_probes_is_lost)
{
    struct told told;
    struct hosts *hosts = new_breaker(&told);
    struct hosts_host *host;
    struct hosts_notice why;
    struct list links[20], late[2];
    size_t refused = 0;

    put_many(hosts, "h", links, 20);
    for (int i = 0; i < 3; i++) {
        ck_assert_ptr_nonnull(hosts_next(hosts, 0, &host));
        fail_at(hosts, host, 0);
    }
    ck_assert_ptr_null(hosts_next(hosts, 999, &host));
    ck_assert_ptr_nonnull(hosts_next(hosts, 1000, &host));
    fail_at(hosts, host, 1000);
    ck_assert_int_eq(told.state, BREAKER_PARKED);
    ck_assert_int_eq(told.pause_us, 2000); /* doubled */
    ck_assert_ptr_null(hosts_refused(hosts, &why));
    ck_assert_ptr_nonnull(hosts_next(hosts, 3000, &host));
    fail_at(hosts, host, 3000);
    ck_assert_int_eq(told.state, BREAKER_LOST);
    while (hosts_refused(hosts, &why) != NULL)
        refused++;
    ck_assert_uint_eq(refused, 15);
    ck_assert_str_eq(why.fault, "connect");
    ck_assert_uint_eq(why.failures, 5);
    ck_assert_uint_eq(hosts_tally(hosts)->lost, 1);
    /* What comes meanwhile is refused, and what comes later is a probe. */
    put_many(hosts, "h", late, 2);
    ck_assert_ptr_null(hosts_next(hosts, 62999, &host));
    ck_assert_ptr_eq(hosts_refused(hosts, &why), &late[0]);
    ck_assert_ptr_eq(hosts_refused(hosts, &why), &late[1]);
    ck_assert_ptr_null(hosts_next(hosts, 63000, &host));
    put_many(hosts, "h", late, 2);
    ck_assert_ptr_null(hosts_refused(hosts, &why));
    ck_assert_ptr_eq(hosts_next(hosts, 63000, &host), &late[0]);
    ck_assert_int_eq(told.state, BREAKER_PROBING);
    done(hosts, host, HOSTS_WELL);
    ck_assert_int_eq(told.state, BREAKER_CLOSED);
    ck_assert_ptr_eq(hosts_next(hosts, 63000, &host), &late[1]);
    hosts_free(hosts);
}
END_TEST

/* Otherwise an endless list of ever new hosts would grow for ever. */
START_TEST(idle_hosts_are_forgotten_in_the_end)
{
    struct hosts *hosts = new_hosts(100, 20);
    struct hosts_host *host;
    struct list link;
    char key[16];

    list_init(&link);
    for (int i = 0; i < 10 * HOSTS_IDLE_MAX; i++) {
        snprintf(key, sizeof key, "h%d", i);
        hosts_put(hosts, slice_text(key), &link);
        ck_assert_ptr_eq(next(hosts, &host), &link);
        done(hosts, host, HOSTS_OTHERWISE);
    }
    hosts_free(hosts);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hosts");
    TCase *tests = tcase_create("hosts");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, random_hosts_have_their_caps_and_their_turns);
    tcase_add_test(tests, a_new_host_starts_one_alone_until_it_answers);
    tcase_add_test(tests, a_full_host_does_not_hold_up_another);
    tcase_add_test(tests, a_quick_host_does_not_crawl_because_others_do);
    tcase_add_test(tests, what_has_not_ended_yet_takes_a_quarter_of_the_places);
    tcase_add_test(tests, what_runs_counts_as_long_as_it_runs);
    tcase_add_test(tests,
                   more_is_wanted_where_places_are_free_or_long_in_coming);
    tcase_add_test(tests, what_waits_can_be_taken_off);
    tcase_add_test(tests, the_cap_is_halved_once_and_grows_slowly);
    tcase_add_test(tests, a_host_that_is_held_waits_and_then_begins_with_one);
    tcase_add_test(tests, holds_end_in_the_order_of_their_times);
    tcase_add_test(tests, a_rate_is_kept_in_all_and_for_a_host);
    tcase_add_test(tests, a_host_that_never_answered_is_asked_by_one_at_a_time);
    tcase_add_test(tests,
                   a_host_that_fails_in_a_row_is_parked_and_probed_by_one);
    tcase_add_test(tests, a_host_that_fails_its_probes_is_lost);
    tcase_add_test(tests, idle_hosts_are_forgotten_in_the_end);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
