/* SPDX-License-Identifier: MIT */
/*
 * Random graphs are worked off here as a run would, a few at once and with
 * failures, beside a model that looks at the whole graph each time.
 */
#include "work/nodes.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "support/random.h"

enum { MOST = 60, AFTER_MOST = 5, SEEDS = 2000, LARGE = 100000 };

static struct nodes nodes;

static void begin(void)
{
    nodes_init(&nodes);
}

static void end(void)
{
    nodes_release(&nodes);
}

/* The node of task `n`, whose place in the list is its number. */
static uint32_t name(unsigned n)
{
    char id[20];
    uint32_t node;

    snprintf(id, sizeof id, "n%u", n);
    node = nodes_name(&nodes, slice_text(id));
    nodes.node[node].number = n;
    return node;
}

static void hold(uint32_t node)
{
    nodes.node[node].state = NODE_HELD;
}

START_TEST(an_id_has_one_node)
{
    const uint32_t a = name(1), b = name(2);

    ck_assert_uint_ne(a, b);
    ck_assert_uint_eq(name(1), a);
    ck_assert_uint_eq(nodes_find(&nodes, slice_text("n2")), b);
    ck_assert_uint_eq(nodes_find(&nodes, slice_text("n3")), NODES_NONE);
    for (unsigned i = 3; i < 5000; i++)
        ck_assert_uint_eq(name(i), i - 1);
    for (unsigned i = 1; i < 5000; i++)
        ck_assert_uint_eq(name(i), i - 1);
}
END_TEST

START_TEST(nothing_is_found_where_nothing_is)
{
    ck_assert_uint_eq(nodes_find(&nodes, slice_text("a")), NODES_NONE);
    ck_assert_uint_eq(nodes_take(&nodes), NODES_NONE);
    ck_assert(nodes_sort(&nodes));
}
END_TEST

START_TEST(the_first_in_the_list_is_first)
{
    for (unsigned i = 10; i > 0; i--) {
        const uint32_t node = name(i);

        hold(node);
        nodes_offer(&nodes, node);
    }
    for (unsigned i = 1; i <= 10; i++)
        ck_assert_uint_eq(nodes_take(&nodes), name(i));
}
END_TEST

START_TEST(priority_goes_before_chain_and_chain_before_place)
{
    const uint32_t first = name(0), chained = name(1), urgent = name(2);

    hold(first);
    hold(chained);
    hold(urgent);
    nodes.node[chained].chain = 3;
    nodes.node[urgent].priority = 1;
    nodes_offer(&nodes, first);
    nodes_offer(&nodes, chained);
    nodes_offer(&nodes, urgent);
    ck_assert_uint_eq(nodes_take(&nodes), urgent);
    ck_assert_uint_eq(nodes_take(&nodes), chained);
    ck_assert_uint_eq(nodes_take(&nodes), first);
}
END_TEST

START_TEST(one_that_waits_is_ready_when_all_have_ended)
{
    const uint32_t a = name(0), b = name(1), c = name(2);

    hold(c);
    nodes_link(&nodes, c, a);
    nodes_link(&nodes, c, b);
    nodes_link(&nodes, c, b); /* named twice */
    nodes_offer(&nodes, c);
    nodes_end(&nodes, b, NODE_COMPLETED);
    ck_assert_uint_eq(nodes_take(&nodes), NODES_NONE);
    nodes_end(&nodes, a, NODE_COMPLETED);
    ck_assert_uint_eq(nodes_take(&nodes), c);
    ck_assert_uint_eq(nodes.node[c].lost, NODES_NONE);
    ck_assert_uint_eq(nodes_take(&nodes), NODES_NONE);
}
END_TEST

START_TEST(one_is_lost_with_the_first_that_failed)
{
    const uint32_t a = name(0), b = name(1), c = name(2);

    hold(c);
    nodes_link(&nodes, c, a);
    nodes_link(&nodes, c, b);
    nodes_offer(&nodes, c);
    nodes_end(&nodes, b, NODE_FAILED);
    ck_assert_uint_eq(nodes_take(&nodes), c);
    ck_assert_uint_eq(nodes.node[c].lost, b);
    nodes_end(&nodes, a, NODE_CANCELLED);
    ck_assert_uint_eq(nodes.node[c].lost, b);
    ck_assert_uint_eq(nodes_take(&nodes), NODES_NONE);
}
END_TEST

START_TEST(what_has_ended_before_is_not_waited_for)
{
    const uint32_t a = name(0), b = name(1), c = name(2), d = name(3);

    nodes_end(&nodes, a, NODE_COMPLETED);
    nodes_end(&nodes, b, NODE_CANCELLED);
    hold(c);
    nodes_link(&nodes, c, a);
    nodes_offer(&nodes, c);
    ck_assert_uint_eq(nodes_take(&nodes), c);
    ck_assert_uint_eq(nodes.node[c].lost, NODES_NONE);
    hold(d);
    nodes_link(&nodes, d, b);
    nodes_offer(&nodes, d);
    ck_assert_uint_eq(nodes_take(&nodes), d);
    ck_assert_uint_eq(nodes.node[d].lost, b);
}
END_TEST

START_TEST(what_runs_always_is_never_lost)
{
    const uint32_t a = name(0), b = name(1), c = name(2);

    hold(c);
    nodes.node[c].always = true;
    nodes_link(&nodes, c, a);
    nodes_link(&nodes, c, b);
    nodes_offer(&nodes, c);
    nodes_end(&nodes, a, NODE_FAILED);
    ck_assert_uint_eq(nodes_take(&nodes), NODES_NONE);
    nodes_end(&nodes, b, NODE_COMPLETED);
    ck_assert_uint_eq(nodes_take(&nodes), c);
    ck_assert_uint_eq(nodes.node[c].lost, NODES_NONE);
}
END_TEST

START_TEST(a_chain_as_long_as_the_list_is_no_recursion)
{
    for (unsigned i = 0; i < LARGE; i++) {
        const uint32_t node = name(i);

        hold(node);
        if (i > 0)
            nodes_link(&nodes, node, name(i - 1));
    }
    ck_assert(nodes_sort(&nodes));
    for (unsigned i = 0; i < LARGE; i++) {
        ck_assert_uint_eq(nodes.node[i].chain, LARGE - 1 - i);
        nodes_offer(&nodes, i);
    }
    for (unsigned i = 0; i < LARGE; i++) {
        ck_assert_uint_eq(nodes_take(&nodes), i);
        nodes_end(&nodes, i, NODE_COMPLETED);
    }
    ck_assert_uint_eq(nodes_take(&nodes), NODES_NONE);
}
END_TEST

static void add_path(void *arg, const uint32_t *path, size_t count)
{
    struct buf *said = arg;

    for (size_t i = 0; i < count; i++)
        buf_printf(said, "%d ", (int)nodes.node[path[i]].number);
    buf_add_text(said, "| ");
}

static void check_cycles(const char *want)
{
    struct buf said;

    buf_init(&said, 10000);
    ck_assert(!nodes_sort(&nodes));
    nodes_cycles(&nodes, add_path, &said);
    ck_assert_msg(slice_is(buf_slice(&said), want), "%.*s", (int)said.len,
                  said.data);
    buf_release(&said);
}

START_TEST(a_cycle_is_told_from_its_first_task_on)
{
    /* 0 before a cycle, 4 behind it; 5 is one of its own. */
    name(0);
    nodes_link(&nodes, name(3), name(0));
    nodes_link(&nodes, name(3), name(1));
    nodes_link(&nodes, name(1), name(2));
    nodes_link(&nodes, name(2), name(3));
    nodes_link(&nodes, name(4), name(2));
    nodes_link(&nodes, name(5), name(5));
    check_cycles("1 2 3 | 5 | ");
}
END_TEST

START_TEST(a_cycle_of_all_is_told)
{
    for (unsigned i = 0; i < LARGE; i++)
        nodes_link(&nodes, name(i), name((i + 1) % LARGE));
    ck_assert(!nodes_sort(&nodes));
}
END_TEST

START_TEST(the_last_and_the_unfinished_are_remembered)
{
    for (unsigned i = 0; i < 1000; i++) {
        const uint32_t node = name(i);

        nodes.node[node].state = NODE_GIVEN;
        if (i != 7)
            nodes_end(&nodes, node, NODE_COMPLETED);
    }
    nodes_forget(&nodes, 100);
    ck_assert_uint_eq(nodes.count, 101);
    ck_assert_uint_ne(nodes_find(&nodes, slice_text("n7")), NODES_NONE);
    ck_assert_uint_eq(nodes_find(&nodes, slice_text("n8")), NODES_NONE);
    ck_assert_uint_eq(nodes_find(&nodes, slice_text("n899")), NODES_NONE);
    for (unsigned i = 900; i < 1000; i++) {
        const uint32_t node = name(i);

        ck_assert_uint_eq(nodes.node[node].state, NODE_COMPLETED);
        ck_assert_uint_lt(node, 101);
    }
}
END_TEST

/* What the model knows of a task. */
struct model {
    unsigned after[AFTER_MOST];
    unsigned after_count;
    bool always, fails;
    int64_t priority;
    enum node_state state;
    unsigned chain;
};

static struct model model[MOST];
static unsigned tasks;

static void draw_task(unsigned n, uint32_t *state)
{
    struct model *m = &model[n];

    *m = (struct model){.always = draw(state) % 4 == 0,
                        .fails = draw(state) % 4 == 0,
                        .priority = draw(state) % 3,
                        .state = NODE_HELD};
    while (n > 0 && m->after_count < AFTER_MOST && draw(state) % 3)
        m->after[m->after_count++] = draw(state) % n;
}

/* The longest chain behind each, from the last task on: each comes after such
 * as are before it. */
static void find_chains(void)
{
    for (unsigned i = tasks; i-- > 0;) {
        for (unsigned k = 0; k < model[i].after_count; k++) {
            struct model *before = &model[model[i].after[k]];

            if (before->chain < model[i].chain + 1)
                before->chain = model[i].chain + 1;
        }
    }
}

/* Into the list they go in any order. */
static void build(uint32_t *state)
{
    unsigned order[MOST];

    for (unsigned i = 0; i < tasks; i++) {
        unsigned k = draw(state) % (i + 1);

        order[i] = order[k];
        order[k] = i;
    }
    for (unsigned i = 0; i < tasks; i++) {
        const struct model *m = &model[order[i]];
        const uint32_t node = name(order[i]);

        hold(node);
        nodes.node[node].always = m->always;
        nodes.node[node].priority = m->priority;
        for (unsigned k = 0; k < m->after_count; k++)
            nodes_link(&nodes, node, name(m->after[k]));
    }
    ck_assert(nodes_sort(&nodes));
    for (unsigned i = 0; i < tasks; i++)
        ck_assert_uint_eq(nodes.node[name(i)].chain, model[i].chain);
    for (unsigned i = 0; i < tasks; i++)
        nodes_offer(&nodes, name(order[i]));
}

/* Whether a task may be given now, and whether it is lost. */
static bool is_due(const struct model *m, bool *lost)
{
    bool ended = true;

    *lost = false;
    for (unsigned k = 0; k < m->after_count; k++) {
        const enum node_state state = model[m->after[k]].state;

        ended = ended && state >= NODE_COMPLETED;
        *lost = *lost || (state > NODE_COMPLETED && !m->always);
    }
    return m->state == NODE_HELD && (ended || *lost);
}

static bool is_better(unsigned a, bool a_lost, unsigned b, bool b_lost)
{
    if (a_lost != b_lost)
        return a_lost;
    if (model[a].priority != model[b].priority)
        return model[a].priority > model[b].priority;
    if (model[a].chain != model[b].chain)
        return model[a].chain > model[b].chain;
    return a < b;
}

/* The task that has to be given next, or MOST; and whether it is lost. */
static unsigned expect(bool *lost)
{
    unsigned best = MOST;

    for (unsigned i = 0; i < tasks; i++) {
        bool is_lost;

        if (!is_due(&model[i], &is_lost) ||
            (best != MOST && !is_better(i, is_lost, best, *lost)))
            continue;
        best = i;
        *lost = is_lost;
    }
    return best;
}

static void end_one(unsigned *running, unsigned *count, uint32_t *state)
{
    const unsigned which = draw(state) % *count, n = running[which];

    running[which] = running[--*count];
    if (model[n].state != NODE_CANCELLED)
        model[n].state = model[n].fails ? NODE_FAILED : NODE_COMPLETED;
    nodes_end(&nodes, name(n), model[n].state);
}

static void work_off(uint32_t *state)
{
    unsigned running[MOST], count = 0, ended = 0;

    while (ended < tasks) {
        bool lost = false;
        const unsigned want = expect(&lost);

        if (count == 4 || want == MOST || (count > 0 && draw(state) % 2)) {
            ck_assert_uint_gt(count, 0);
            end_one(running, &count, state);
            ended++;
            continue;
        }
        ck_assert_uint_eq(nodes_take(&nodes), name(want));
        ck_assert_int_eq(nodes.node[name(want)].lost != NODES_NONE, lost);
        model[want].state = NODE_GIVEN;
        if (lost) { /* it ends at once */
            model[want].state = NODE_CANCELLED;
            nodes_end(&nodes, name(want), NODE_CANCELLED);
            ended++;
        } else {
            running[count++] = want;
        }
    }
    ck_assert_uint_eq(nodes_take(&nodes), NODES_NONE);
}

START_TEST(random_graphs_are_worked_off_as_the_model_says)
{
    uint32_t state = seed_of_run();

    for (int i = 0; i < SEEDS; i++) {
        nodes_release(&nodes);
        tasks = 1 + draw(&state) % MOST;
        for (unsigned n = 0; n < tasks; n++)
            draw_task(n, &state);
        find_chains();
        build(&state);
        work_off(&state);
    }
}
END_TEST

static void add_tests(TCase *t)
{
    tcase_add_test(t, an_id_has_one_node);
    tcase_add_test(t, nothing_is_found_where_nothing_is);
    tcase_add_test(t, the_first_in_the_list_is_first);
    tcase_add_test(t, priority_goes_before_chain_and_chain_before_place);
    tcase_add_test(t, one_that_waits_is_ready_when_all_have_ended);
    tcase_add_test(t, one_is_lost_with_the_first_that_failed);
    tcase_add_test(t, what_has_ended_before_is_not_waited_for);
    tcase_add_test(t, what_runs_always_is_never_lost);
    tcase_add_test(t, a_chain_as_long_as_the_list_is_no_recursion);
    tcase_add_test(t, a_cycle_is_told_from_its_first_task_on);
    tcase_add_test(t, a_cycle_of_all_is_told);
    tcase_add_test(t, the_last_and_the_unfinished_are_remembered);
    tcase_add_test(t, random_graphs_are_worked_off_as_the_model_says);
}

int main(void)
{
    Suite *suite = suite_create("nodes");
    TCase *tests = tcase_create("nodes");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 60);
    add_tests(tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
