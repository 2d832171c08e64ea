/* SPDX-License-Identifier: MIT */
#include "base/list.h"
#include "support/random.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>

struct number {
    int value;
    struct list link;
};

static struct number *number_of(struct list *link)
{
    return LIST_ITEM(link, struct number, link);
}

START_TEST(a_new_list_is_empty)
{
    struct list l;

    list_init(&l);
    ck_assert(list_empty(&l));
    ck_assert_ptr_null(list_pop(&l));
}
END_TEST

START_TEST(first_in_is_first_out)
{
    struct number n[3] = {{.value = 0}, {.value = 1}, {.value = 2}};
    struct list l;

    list_init(&l);
    for (int i = 0; i < 3; i++)
        list_push(&l, &n[i].link);
    ck_assert(!list_empty(&l));
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(number_of(list_pop(&l))->value, i);
    ck_assert(list_empty(&l));
}
END_TEST

START_TEST(a_link_that_was_taken_is_on_no_list)
{
    struct number n = {.value = 1};
    struct list l;

    list_init(&l);
    list_push(&l, &n.link);
    ck_assert_ptr_eq(list_pop(&l), &n.link);
    ck_assert(list_empty(&n.link));
    list_remove(&n.link);
    list_push(&l, &n.link);
    list_remove(&n.link);
    ck_assert(list_empty(&l));
}
END_TEST

enum { NUMBERS = 20 };

/* The same values in an array. */
struct model {
    int value[NUMBERS];
    int count;
};

static void take_out(struct model *m, int value)
{
    int kept = 0;

    for (int i = 0; i < m->count; i++) {
        if (m->value[i] != value)
            m->value[kept++] = m->value[i];
    }
    m->count = kept;
}

static void compare(const struct list *l, const struct model *m)
{
    const struct list *link = l->next;

    for (int i = 0; i < m->count; i++, link = link->next) {
        ck_assert_ptr_ne(link, l);
        ck_assert_ptr_eq(link->next->prev, link);
        ck_assert_int_eq(number_of(link->next->prev)->value, m->value[i]);
    }
    ck_assert_ptr_eq(link, l);
    ck_assert_int_eq(list_empty(l), m->count == 0);
}

START_TEST(it_does_as_an_array_does)
{
    uint32_t state = seed_of_run();
    struct number n[NUMBERS];
    struct model m = {.count = 0};
    struct list l;

    list_init(&l);
    for (int i = 0; i < NUMBERS; i++) {
        n[i].value = i;
        list_init(&n[i].link);
    }
    for (int step = 0; step < 20000; step++) {
        struct number *x = &n[draw(&state) % NUMBERS];

        if (draw(&state) % 4 == 0 && m.count > 0) {
            int first = m.value[0];

            ck_assert_int_eq(number_of(list_pop(&l))->value, first);
            take_out(&m, first);
        } else if (list_empty(&x->link)) {
            list_push(&l, &x->link);
            m.value[m.count++] = x->value;
        } else {
            list_remove(&x->link);
            take_out(&m, x->value);
        }
        compare(&l, &m);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("list");
    TCase *tests = tcase_create("list");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_new_list_is_empty);
    tcase_add_test(tests, first_in_is_first_out);
    tcase_add_test(tests, a_link_that_was_taken_is_on_no_list);
    tcase_add_test(tests, it_does_as_an_array_does);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
