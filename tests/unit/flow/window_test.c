/* SPDX-License-Identifier: MIT */
#include "flow/window.h"

#include <check.h>
#include <stdio.h>

#include "flow/item.h"
#include "support/random.h"

enum { MOST = 50, ROUNDS = 3000 };

START_TEST(ordered_leaves_as_it_came)
{
    struct item items[3] = {{.seq = 0}, {.seq = 1}, {.seq = 2}};
    struct window w;

    window_init(&w, 3, true);
    window_park(&w, &items[2]);
    ck_assert_ptr_null(window_admit(&w));
    window_park(&w, &items[0]);
    ck_assert_ptr_eq(window_admit(&w), &items[0]);
    ck_assert_ptr_null(window_admit(&w));
    window_park(&w, &items[1]);
    ck_assert_ptr_eq(window_admit(&w), &items[1]);
    ck_assert_ptr_eq(window_admit(&w), &items[2]);
    ck_assert_ptr_null(window_admit(&w));
    window_release(&w);
}
END_TEST

START_TEST(unordered_leaves_as_it_finished)
{
    struct item items[3] = {{.seq = 0}, {.seq = 1}, {.seq = 2}};
    struct window w;

    window_init(&w, 3, false);
    window_park(&w, &items[2]);
    window_park(&w, &items[0]);
    ck_assert_ptr_eq(window_admit(&w), &items[2]);
    window_park(&w, &items[1]);
    ck_assert_ptr_eq(window_admit(&w), &items[0]);
    ck_assert_ptr_eq(window_admit(&w), &items[1]);
    ck_assert_ptr_null(window_admit(&w));
    window_release(&w);
}
END_TEST

/* Items that work, in no order; and the numbers to come. */
struct crowd {
    struct item items[MOST];
    struct item *spare[MOST], *working[MOST];
    size_t spares, workers;
    uint64_t next, left; /* to start, and that left */
};

static void start_one(struct crowd *c)
{
    struct item *item = c->spare[--c->spares];

    item->seq = c->next++;
    c->working[c->workers++] = item;
}

static struct item *finish_one(struct crowd *c, struct window *w, size_t which)
{
    struct item *item = c->working[which];

    c->working[which] = c->working[--c->workers];
    window_park(w, item);
    return item;
}

/* All that may leave; ordered it must come by number. */
static void let_go(struct crowd *c, struct window *w)
{
    struct item *item;

    while ((item = window_admit(w)) != NULL) {
        if (w->ordered)
            ck_assert_uint_eq(item->seq, c->left);
        c->left++;
        c->spare[c->spares++] = item;
    }
}

static void check_run(size_t capacity, bool ordered, uint32_t *state)
{
    static struct crowd c;
    struct window w;

    c = (struct crowd){.spares = capacity};
    for (size_t i = 0; i < capacity; i++)
        c.spare[i] = &c.items[i];
    window_init(&w, capacity, ordered);
    while (c.left < ROUNDS) {
        while (c.spares > 0 && draw(state) % 4 > 0)
            start_one(&c);
        if (c.workers > 0)
            finish_one(&c, &w, draw(state) % c.workers);
        if (draw(state) % 2)
            let_go(&c, &w);
        if (!ordered && c.workers == 0)
            let_go(&c, &w);
    }
    window_release(&w);
}

START_TEST(a_ring_of_any_size_holds_all_items)
{
    uint32_t state = seed_of_run();

    for (size_t capacity = 1; capacity <= MOST; capacity++) {
        check_run(capacity, true, &state);
        check_run(capacity, false, &state);
    }
}
END_TEST

START_TEST(a_released_window_can_be_released)
{
    struct window w;

    window_init(&w, 1, true);
    window_release(&w);
    window_release(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("window");
    TCase *tests = tcase_create("window");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, ordered_leaves_as_it_came);
    tcase_add_test(tests, unordered_leaves_as_it_finished);
    tcase_add_test(tests, a_ring_of_any_size_holds_all_items);
    tcase_add_test(tests, a_released_window_can_be_released);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
