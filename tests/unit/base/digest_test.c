/* SPDX-License-Identifier: MIT */
#include "base/digest.h"

#include <check.h>

/* The values are those of sha256sum(1); the messages of FIPS 180 examples. */
static const char of_nothing[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char of_abc[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void check_digest(struct slice bytes, const char *want)
{
    struct digest *d = digest_new();
    char hex[DIGEST_HEX_SIZE];

    digest_add(d, bytes);
    digest_finish(d, hex);
    ck_assert_str_eq(hex, want);
    digest_free(d);
}

START_TEST(known_messages_have_their_digest)
{
    check_digest(slice_text(""), of_nothing);
    check_digest(slice_of(NULL, 0), of_nothing);
    check_digest(slice_text("abc"), of_abc);
    check_digest(
        slice_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    check_digest(
        slice_text("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                   "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"),
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}
END_TEST

START_TEST(pieces_make_one_stream)
{
    struct digest *d = digest_new();
    char hex[DIGEST_HEX_SIZE], piece[1000];

    memset(piece, 'a', sizeof piece);
    for (int i = 0; i < 1000; i++)
        digest_add(d, slice_of(piece, sizeof piece));
    digest_finish(d, hex);
    ck_assert_str_eq(
        hex,
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    digest_free(d);
}
END_TEST

START_TEST(a_digest_is_used_again)
{
    struct digest *d = digest_new();
    char hex[DIGEST_HEX_SIZE];

    digest_add(d, slice_text("abc"));
    digest_finish(d, hex);
    digest_clear(d);
    digest_finish(d, hex);
    ck_assert_str_eq(hex, of_nothing);
    digest_clear(d);
    digest_add(d, slice_text("xyz"));
    digest_clear(d);
    digest_add(d, slice_text("abc"));
    digest_finish(d, hex);
    ck_assert_str_eq(hex, of_abc);
    digest_free(d);
    digest_free(NULL);
}
END_TEST

START_TEST(the_form_is_64_hexadecimal_digits)
{
    char text[DIGEST_HEX_SIZE + 1];

    ck_assert(digest_valid(slice_text(of_abc)));
    ck_assert(!digest_valid(slice_of(of_abc, 63)));
    ck_assert(!digest_valid(slice_text("")));
    memset(text, 'F', sizeof text);
    ck_assert(digest_valid(slice_of(text, 64)));
    ck_assert(!digest_valid(slice_of(text, 65)));
    for (const char *wrong = "gG/:@` \n"; *wrong != '\0'; wrong++) {
        text[40] = *wrong;
        ck_assert(!digest_valid(slice_of(text, 64)));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("digest");
    TCase *tests = tcase_create("digest");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, known_messages_have_their_digest);
    tcase_add_test(tests, pieces_make_one_stream);
    tcase_add_test(tests, a_digest_is_used_again);
    tcase_add_test(tests, the_form_is_64_hexadecimal_digits);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
