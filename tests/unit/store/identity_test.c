/* SPDX-License-Identifier: MIT */
#include "store/identity.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static const struct item_limits limits = {.in = 65536};

static struct identity_unit *meet(struct identity *i, struct item *item,
                                  const char *id, const char *content)
{
    item_clear(item, 0);
    item->known.given = id != NULL;
    buf_add_text(&item->id, id != NULL ? id : "task_1");
    identity_begin(i);
    identity_add(i, 'c', slice_text(content));
    identity_end(i, item->known.content);
    return identity_meet(i, item);
}

START_TEST(parts_do_not_run_into_one_another)
{
    unsigned char a[ITEM_HASH_SIZE], b[ITEM_HASH_SIZE];
    struct identity *i = identity_new();

    identity_begin(i);
    identity_add(i, 'a', slice_text("xy"));
    identity_add(i, 'a', slice_text("z"));
    identity_end(i, a);
    identity_begin(i);
    identity_add(i, 'a', slice_text("x"));
    identity_add(i, 'a', slice_text("yz"));
    identity_end(i, b);
    ck_assert_int_ne(memcmp(a, b, sizeof a), 0);
    identity_free(i);
}
END_TEST

START_TEST(equal_contents_are_told_apart_by_their_order)
{
    struct identity *i = identity_new();
    struct item *item = item_new(&limits);

    ck_assert_uint_eq(meet(i, item, NULL, "x")->row, 1);
    ck_assert_uint_eq(meet(i, item, NULL, "y")->row, 2);
    ck_assert_uint_eq(item->known.occurrence, 0);
    ck_assert_uint_eq(meet(i, item, NULL, "x")->row, 3);
    ck_assert_uint_eq(item->known.occurrence, 1);
    ck_assert_uint_eq(meet(i, item, NULL, "x")->row, 4);
    ck_assert_uint_eq(item->known.occurrence, 2);
    item_free(item);
    identity_free(i);
}
END_TEST

START_TEST(an_id_is_known_whatever_its_content)
{
    struct identity *i = identity_new();
    struct item *item = item_new(&limits);

    ck_assert_uint_eq(meet(i, item, "a", "x")->row, 1);
    ck_assert_uint_eq(meet(i, item, "b", "x")->row, 2);
    ck_assert_uint_eq(meet(i, item, "a", "y")->row, 1);
    ck_assert_ptr_nonnull(identity_find(i, slice_text("b")));
    ck_assert_ptr_null(identity_find(i, slice_text("c")));
    item_free(item);
    identity_free(i);
}
END_TEST

START_TEST(what_a_state_has_is_met_again)
{
    struct identity *i = identity_new();
    struct item *item = item_new(&limits);
    unsigned char content[ITEM_HASH_SIZE];

    identity_begin(i);
    identity_add(i, 'c', slice_text("x"));
    identity_end(i, content);
    identity_note_id(i, slice_text("a"), 7)->stored = true;
    identity_note_content(i, content, 1, 9)->stored = true;
    ck_assert_uint_eq(meet(i, item, "a", "z")->row, 7);
    ck_assert(item->known.stored);
    ck_assert_uint_eq(meet(i, item, NULL, "x")->row, 10);
    ck_assert(!item->known.stored);
    ck_assert_uint_eq(meet(i, item, NULL, "x")->row, 9);
    ck_assert(item->known.stored);
    ck_assert_uint_eq(identity_next_row(i), 11);
    item_free(item);
    identity_free(i);
}
END_TEST

START_TEST(thousands_are_all_found)
{
    struct identity *i = identity_new();
    char id[32];

    for (uint64_t n = 1; n <= 5000; n++) {
        snprintf(id, sizeof id, "id%d", (int)n);
        identity_note_id(i, slice_text(id), n);
    }
    for (uint32_t n = 1; n <= 5000; n++) {
        snprintf(id, sizeof id, "id%d", (int)n);
        ck_assert_uint_eq(identity_find(i, slice_text(id))->row, n);
    }
    identity_free(i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("identity");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, parts_do_not_run_into_one_another);
    tcase_add_test(tcase, equal_contents_are_told_apart_by_their_order);
    tcase_add_test(tcase, an_id_is_known_whatever_its_content);
    tcase_add_test(tcase, what_a_state_has_is_met_again);
    tcase_add_test(tcase, thousands_are_all_found);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
