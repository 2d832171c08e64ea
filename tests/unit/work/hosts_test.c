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
    bool warm[HOSTS];     /* something of it has ended */
    size_t running_in_all;
    struct retry_random random;
};

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

static size_t cap_of(const struct model *m, int host)
{
    return m->warm[host] ? PER_HOST : 1;
}

static bool is_ready(const struct model *m, int host)
{
    return m->waiting[host] > 0 && m->running[host] < cap_of(m, host);
}

/* One that is ready has its turn before any other has two. */
static void check_fairness(struct model *m, int started)
{
    for (int i = 0; i < HOSTS; i++) {
        if (i == started || !is_ready(m, i))
            m->starts[i] = 0;
        else
            m->starts[i]++;
        ck_assert_uint_lt(m->starts[i], HOSTS);
    }
}

static bool start_one(struct model *m)
{
    struct hosts_host *host;
    struct list *link = hosts_next(m->hosts, &host);
    struct unit *unit;
    bool any = false;

    for (int i = 0; i < HOSTS; i++)
        any = any || is_ready(m, i);
    ck_assert((link != NULL) == (any && m->running_in_all < TOTAL));
    if (link == NULL)
        return false;
    unit = LIST_ITEM(link, struct unit, link);
    ck_assert(is_ready(m, unit->host));
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
    hosts_done(m->hosts, m->at[i]);
    m->at[i] = NULL;
    m->warm[m->units[i].host] = true;
    m->running[m->units[i].host]--;
    m->running_in_all--;
}

static void run_model(uint64_t seed)
{
    struct model *m = mem_alloc(sizeof *m);
    size_t put_count = 0, started = 0;

    m->hosts = hosts_new(TOTAL, PER_HOST);
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
    struct list *link = hosts_next(hosts, host);

    ck_assert_ptr_nonnull(link);
    return link;
}

START_TEST(a_new_host_starts_one_alone_until_it_answers)
{
    struct hosts *hosts = hosts_new(100, 20);
    struct hosts_host *host, *other;
    struct list links[40];

    for (size_t i = 0; i < 40; i++) {
        list_init(&links[i]);
        hosts_put(hosts, slice_text("h"), &links[i]);
    }
    ck_assert_ptr_eq(next(hosts, &host), &links[0]);
    ck_assert_ptr_null(hosts_next(hosts, &other));
    hosts_widen(hosts, host);
    for (size_t i = 1; i < 20; i++)
        ck_assert_ptr_eq(next(hosts, &host), &links[i]);
    ck_assert_ptr_null(hosts_next(hosts, &other));
    hosts_done(hosts, host);
    ck_assert_ptr_eq(next(hosts, &host), &links[20]);
    ck_assert_ptr_null(hosts_next(hosts, &other));
    hosts_free(hosts);
}
END_TEST

START_TEST(a_full_host_does_not_hold_up_another)
{
    struct hosts *hosts = hosts_new(100, 1);
    struct hosts_host *slow, *fast;
    struct list links[20];

    for (size_t i = 0; i < 20; i++) {
        list_init(&links[i]);
        hosts_put(hosts, slice_text(i < 10 ? "slow" : "fast"), &links[i]);
    }
    ck_assert_ptr_eq(next(hosts, &slow), &links[0]);
    for (size_t i = 10; i < 20; i++) {
        ck_assert_ptr_eq(next(hosts, &fast), &links[i]);
        hosts_done(hosts, fast);
    }
    ck_assert_ptr_null(hosts_next(hosts, &fast));
    hosts_free(hosts);
}
END_TEST

START_TEST(what_waits_can_be_taken_off)
{
    struct hosts *hosts = hosts_new(100, 20);
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
    ck_assert_ptr_null(hosts_next(hosts, &host));
    hosts_free(hosts);
}
END_TEST

/* Otherwise an endless list of ever new hosts would grow for ever. */
START_TEST(idle_hosts_are_forgotten_in_the_end)
{
    struct hosts *hosts = hosts_new(100, 20);
    struct hosts_host *host;
    struct list link;
    char key[16];

    list_init(&link);
    for (int i = 0; i < 10 * HOSTS_IDLE_MAX; i++) {
        snprintf(key, sizeof key, "h%d", i);
        hosts_put(hosts, slice_text(key), &link);
        ck_assert_ptr_eq(next(hosts, &host), &link);
        hosts_done(hosts, host);
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
    tcase_add_test(tests, what_waits_can_be_taken_off);
    tcase_add_test(tests, idle_hosts_are_forgotten_in_the_end);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
