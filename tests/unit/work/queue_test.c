/* SPDX-License-Identifier: MIT */
#include "work/queue.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST = 60, ROUNDS = 300, STEPS = 400 };

static const struct queue_pool pools[] = {{"db", 2}, {"net", 1}, {"db", 1}};

static struct queue *open_queue(size_t slots)
{
    return queue_new(&(struct queue_options){slots, pools, 3});
}

static struct queue_entry entry(uint64_t seq, int64_t priority, size_t slots,
                                size_t pool)
{
    return (struct queue_entry){
        .seq = seq, .priority = priority, .slots = slots, .pool = pool};
}

START_TEST(the_first_of_the_list_is_the_first)
{
    struct queue *q = open_queue(9);
    struct queue_entry a = entry(1, 0, 1, 0), b = entry(0, 0, 1, 0);

    queue_add(q, &a);
    queue_add(q, &b);
    ck_assert_ptr_eq(queue_take(q), &b);
    ck_assert_ptr_eq(queue_take(q), &a);
    ck_assert_ptr_null(queue_take(q));
    queue_free(q);
    queue_free(NULL);
}
END_TEST

START_TEST(a_higher_priority_goes_first)
{
    struct queue *q = open_queue(9);
    struct queue_entry a = entry(0, -1, 1, 0), b = entry(1, 0, 1, 1),
                       c = entry(2, INT64_MAX, 1, 0),
                       d = entry(3, INT64_MIN, 1, 0);

    queue_add(q, &d);
    queue_add(q, &a);
    queue_add(q, &b);
    queue_add(q, &c);
    ck_assert_ptr_eq(queue_take(q), &c);
    ck_assert_ptr_eq(queue_take(q), &b);
    ck_assert_ptr_eq(queue_take(q), &a);
    ck_assert_ptr_eq(queue_take(q), &d);
    queue_free(q);
}
END_TEST

START_TEST(a_full_pool_holds_only_its_own)
{
    struct queue *q = open_queue(9);
    struct queue_entry a = entry(0, 0, 1, 2), b = entry(1, 0, 1, 2),
                       c = entry(2, 0, 1, 0);

    queue_add(q, &a);
    queue_add(q, &b);
    queue_add(q, &c);
    ck_assert_ptr_eq(queue_take(q), &a);
    ck_assert_ptr_eq(queue_take(q), &c);
    ck_assert_ptr_null(queue_take(q));
    queue_done(q, &a);
    ck_assert_ptr_eq(queue_take(q), &b);
    queue_free(q);
}
END_TEST

START_TEST(nobody_goes_past_one_that_waits_for_slots)
{
    struct queue *q = open_queue(3);
    struct queue_entry a = entry(0, 0, 2, 0), b = entry(1, 0, 2, 0),
                       c = entry(2, 0, 1, 0);

    queue_add(q, &a);
    queue_add(q, &b);
    queue_add(q, &c);
    ck_assert_ptr_eq(queue_take(q), &a);
    ck_assert_ptr_null(queue_take(q));
    queue_done(q, &a);
    ck_assert_ptr_eq(queue_take(q), &b);
    ck_assert_ptr_eq(queue_take(q), &c);
    queue_free(q);
}
END_TEST

START_TEST(one_that_wants_more_than_there_are_gets_all)
{
    struct queue *q = open_queue(2);
    struct queue_entry a = entry(0, 0, 100, 0), b = entry(1, 0, 1, 0);

    queue_add(q, &a);
    queue_add(q, &b);
    ck_assert_ptr_eq(queue_take(q), &a);
    ck_assert_ptr_null(queue_take(q));
    queue_done(q, &a);
    ck_assert_ptr_eq(queue_take(q), &b);
    queue_free(q);
}
END_TEST

START_TEST(of_two_pools_of_one_name_the_last_counts)
{
    struct queue *q = open_queue(2);

    ck_assert_uint_eq(queue_find_pool(q, "db"), 3);
    ck_assert_uint_eq(queue_find_pool(q, "net"), 2);
    ck_assert_uint_eq(queue_find_pool(q, "no"), QUEUE_NO_POOL);
    queue_free(q);
}
END_TEST

START_TEST(all_that_wait_can_be_dropped)
{
    struct queue *q = open_queue(2);
    struct queue_entry a = entry(0, 0, 1, 0), b = entry(1, 0, 1, 1);

    queue_add(q, &a);
    queue_add(q, &b);
    ck_assert_ptr_nonnull(queue_drop(q));
    ck_assert_ptr_nonnull(queue_drop(q));
    ck_assert_ptr_null(queue_drop(q));
    queue_free(q);
}
END_TEST

/* The same rules in the plainest way: all entries are looked at. */
struct model {
    struct queue_entry entries[MOST];
    enum { OUT, WAITS, RUNS } states[MOST];
    size_t slots;
};

static size_t needed(const struct model *m, int i)
{
    return m->entries[i].slots < m->slots ? m->entries[i].slots : m->slots;
}

static bool has_room(const struct model *m, int i)
{
    size_t pool = m->entries[i].pool, running = 0;

    for (int k = 0; k < MOST; k++)
        running += m->states[k] == RUNS && m->entries[k].pool == pool;
    return pool == QUEUE_NO_POOL || running < pools[pool - 1].limit;
}

static struct queue_entry *expect(struct model *m)
{
    size_t used = 0;
    int best = -1;

    for (int i = 0; i < MOST; i++) {
        const struct queue_entry *e = &m->entries[i];

        if (m->states[i] == RUNS)
            used += needed(m, i);
        if (m->states[i] != WAITS || !has_room(m, i))
            continue;
        if (best < 0 || e->priority > m->entries[best].priority ||
            (e->priority == m->entries[best].priority &&
             e->seq < m->entries[best].seq))
            best = i;
    }
    if (best < 0 || used + needed(m, best) > m->slots)
        return NULL;
    return &m->entries[best];
}

static void step(struct model *m, struct queue *q, uint64_t *seq)
{
    int i = rand() % MOST; /* NOLINT(concurrency-mt-unsafe): one thread */

    if (m->states[i] == OUT) {
        m->entries[i] = entry((*seq)++, rand() % 3, (size_t)rand() % 5 + 1,
                              (size_t)rand() % 4);
        m->states[i] = WAITS;
        queue_add(q, &m->entries[i]);
    } else if (m->states[i] == RUNS) {
        m->states[i] = OUT;
        queue_done(q, &m->entries[i]);
    } else {
        struct queue_entry *want = expect(m), *got = queue_take(q);

        ck_assert_ptr_eq(got, want);
        if (got != NULL)
            m->states[got - m->entries] = RUNS;
    }
}

START_TEST(it_does_as_the_model_does)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet */
    const char *given = getenv("SEED");
    unsigned seed =
        given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);

    printf("seed %u\n", seed);
    fflush(stdout);
    srand(seed);
    for (int round = 0; round < ROUNDS; round++) {
        struct model m = {.slots = (size_t)rand() % 6 + 1};
        struct queue *q = open_queue(m.slots);
        uint64_t seq = 0;

        for (int i = 0; i < STEPS; i++)
            step(&m, q, &seq);
        queue_free(q);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("queue");
    TCase *tests = tcase_create("queue");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, the_first_of_the_list_is_the_first);
    tcase_add_test(tests, a_higher_priority_goes_first);
    tcase_add_test(tests, a_full_pool_holds_only_its_own);
    tcase_add_test(tests, nobody_goes_past_one_that_waits_for_slots);
    tcase_add_test(tests, one_that_wants_more_than_there_are_gets_all);
    tcase_add_test(tests, of_two_pools_of_one_name_the_last_counts);
    tcase_add_test(tests, all_that_wait_can_be_dropped);
    tcase_add_test(tests, it_does_as_the_model_does);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
