/* SPDX-License-Identifier: MIT */
#include "base/hash.h"
#include "support/random.h"

#include <check.h>
#include <stdio.h>

/* As another implementation of SipHash-1-3 has them: Python 3.11 hashes bytes
 * so, under a key of zeros if PYTHONHASHSEED is 0. */
START_TEST(the_hash_is_siphash_1_3)
{
    const struct hash_key zero = {0, 0};

    ck_assert_uint_eq(hash_bytes(zero, slice_text("a")),
                      UINT64_C(0x407448d2b89b1813));
    ck_assert_uint_eq(hash_bytes(zero, slice_text("abcdefg")),
                      UINT64_C(0x6db12aae9070f506));
    ck_assert_uint_eq(hash_bytes(zero, slice_text("abcdefgh")),
                      UINT64_C(0x3f7b849c0b8e35ea));
    ck_assert_uint_eq(hash_bytes(zero, slice_text("abcdefghi")),
                      UINT64_C(0xf89b34a3d11eb6e5));
    ck_assert_uint_eq(hash_bytes(zero, slice_text("The quick brown fox jumps "
                                                  "over the lazy dog")),
                      UINT64_C(0x8df676d3d00c451e));
}
END_TEST

START_TEST(the_key_changes_the_hash)
{
    const struct hash_key a = {1, 2}, b = {1, 3}, c = {2, 2};
    const struct slice s = slice_text("weir");

    ck_assert_uint_ne(hash_bytes(a, s), hash_bytes(b, s));
    ck_assert_uint_ne(hash_bytes(a, s), hash_bytes(c, s));
    ck_assert_uint_eq(hash_bytes(a, s), hash_bytes(a, s));
}
END_TEST

START_TEST(keys_are_new_each_time)
{
    struct hash_key a = hash_key_new(), b = hash_key_new();

    ck_assert(a.k0 != b.k0 || a.k1 != b.k1);
}
END_TEST

START_TEST(the_length_is_hashed_too)
{
    static const char zeros[16] = {0};
    const struct hash_key key = {7, 9};

    for (size_t i = 0; i < sizeof zeros; i++)
        ck_assert_uint_ne(hash_bytes(key, slice_of(zeros, i)),
                          hash_bytes(key, slice_of(zeros, i + 1)));
}
END_TEST

START_TEST(a_set_tells_what_is_new)
{
    struct hash_set set;

    hash_set_init(&set);
    ck_assert(hash_set_add(&set, slice_text("a")));
    ck_assert(hash_set_add(&set, slice_text("b")));
    ck_assert(!hash_set_add(&set, slice_text("a")));
    ck_assert(hash_set_add(&set, slice_of(NULL, 0)));
    ck_assert(!hash_set_add(&set, slice_text("")));
    ck_assert_uint_eq(set.count, 3);
    hash_set_release(&set);
}
END_TEST

START_TEST(a_released_set_is_empty)
{
    struct hash_set set;

    hash_set_init(&set);
    hash_set_release(&set);
    ck_assert(hash_set_add(&set, slice_text("a")));
    hash_set_release(&set);
    ck_assert(hash_set_add(&set, slice_text("a")));
    hash_set_release(&set);
}
END_TEST

enum { NUMBERS = 30000 };

START_TEST(it_does_as_a_naive_set_does)
{
    static bool there[NUMBERS];
    uint32_t state = seed_of_run();
    struct hash_set set;
    size_t count = 0;

    memset(there, 0, sizeof there);
    hash_set_init(&set);
    for (int step = 0; step < 3 * NUMBERS; step++) {
        uint32_t n = draw(&state) % NUMBERS;
        char text[16];

        snprintf(text, sizeof text, "task_%u", (unsigned)n);
        ck_assert_int_eq(hash_set_add(&set, slice_text(text)), !there[n]);
        count += !there[n];
        there[n] = true;
        ck_assert_uint_eq(set.count, count);
        ck_assert_uint_lt(set.count, set.size);
    }
    hash_set_release(&set);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hash");
    TCase *tests = tcase_create("hash");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, the_hash_is_siphash_1_3);
    tcase_add_test(tests, the_key_changes_the_hash);
    tcase_add_test(tests, keys_are_new_each_time);
    tcase_add_test(tests, the_length_is_hashed_too);
    tcase_add_test(tests, a_set_tells_what_is_new);
    tcase_add_test(tests, a_released_set_is_empty);
    tcase_add_test(tests, it_does_as_a_naive_set_does);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
