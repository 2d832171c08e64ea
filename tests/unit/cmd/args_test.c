/* SPDX-License-Identifier: MIT */
#include "cmd/args.h"

#include <check.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

enum { WORDS_MAX = 16 };

struct options {
    bool loud;
    bool ordered;
    uint64_t count;
    uint64_t jobs;
    int64_t wait;
    uint64_t size;
    const char *name;
    struct args_list list;
    int color;
};

static const char *const colors[] = {"red", "green", NULL};

#define PLACE(member) offsetof(struct options, member)

static const struct args_option first[] = {
    {.letter = 'l',
     .name = "loud",
     .help = "louder",
     .type = ARGS_FLAG,
     .place = PLACE(loud)},
    {.name = "ordered",
     .help = "in order",
     .fallback = "on",
     .type = ARGS_FLAG,
     .place = PLACE(ordered)},
    {.name = "unordered",
     .help = "not",
     .type = ARGS_UNSET,
     .place = PLACE(ordered)},
    {.letter = 'n',
     .name = "count",
     .alias = "number",
     .value = "N",
     .help = "how many",
     .fallback = "7",
     .type = ARGS_COUNT,
     .place = PLACE(count)},
    {.letter = 'j',
     .name = "jobs",
     .value = "N",
     .help = "at once",
     .type = ARGS_JOBS,
     .place = PLACE(jobs)},
    {0},
};

static const struct args_option second[] = {
    {.name = "wait",
     .value = "D",
     .help = "how long",
     .fallback = "250ms",
     .type = ARGS_DURATION,
     .place = PLACE(wait)},
    {.name = "size",
     .value = "B",
     .help = "how big",
     .fallback = "64K",
     .type = ARGS_SIZE,
     .place = PLACE(size)},
    {.letter = 'o',
     .name = "a-name-that-is-long",
     .value = "FILE",
     .help = "where",
     .type = ARGS_TEXT,
     .place = PLACE(name)},
    {.letter = 'H',
     .value = "LINE",
     .help = "again and again",
     .type = ARGS_LIST,
     .place = PLACE(list)},
    {.name = "color",
     .value = "COLOR",
     .help = "red, green",
     .fallback = "green",
     .type = ARGS_CHOICE,
     .place = PLACE(color),
     .choices = colors},
    {.letter = 'c', .help = "nothing", .type = ARGS_IGNORED},
    {0},
};

static const struct args_option *const tables[] = {first, second, NULL};

static struct options options;
static struct args_list operands;
static struct err err;

static void tear_down(void)
{
    args_release(tables, &options, &operands);
}

/* Parse words that are separated by single spaces. */
static enum args_outcome parse(const char *line)
{
    static char text[512];
    char *argv[WORDS_MAX];
    char *word, *rest = text;
    int argc = 0;

    args_release(tables, &options, &operands);
    memset(&options, 0, sizeof options);
    operands.count = 0;
    err = (struct err){.kind = ERR_NONE};
    strncpy(text, line, sizeof text - 1);
    while ((word = strtok_r(rest, " ", &rest)) != NULL)
        argv[argc++] = word;
    return args_parse(tables, argc, argv, &options, &operands, &err);
}

static void check_wrong(const char *line, const char *want)
{
    ck_assert_int_eq(parse(line), ARGS_WRONG);
    ck_assert_int_eq(err.kind, ERR_USAGE);
    ck_assert_str_eq(err.text, want);
}

START_TEST(defaults_come_from_the_table)
{
    ck_assert_int_eq(parse(""), ARGS_RUN);
    ck_assert(!options.loud);
    ck_assert(options.ordered);
    ck_assert_uint_eq(options.count, 7);
    ck_assert_uint_eq(options.jobs, 0);
    ck_assert_int_eq(options.wait, 250);
    ck_assert_uint_eq(options.size, 65536);
    ck_assert_ptr_null(options.name);
    ck_assert_int_eq(options.color, 1);
    ck_assert_uint_eq(operands.count, 0);
}
END_TEST

START_TEST(a_value_stands_in_the_same_word_or_the_next)
{
    ck_assert_int_eq(parse("--count 3 --size=1M"), ARGS_RUN);
    ck_assert_uint_eq(options.count, 3);
    ck_assert_uint_eq(options.size, 1048576);
    ck_assert_int_eq(parse("-n4 -o x"), ARGS_RUN);
    ck_assert_uint_eq(options.count, 4);
    ck_assert_str_eq(options.name, "x");
    ck_assert_int_eq(parse("--a-name-that-is-long= x"), ARGS_RUN);
    ck_assert_str_eq(options.name, "");
    ck_assert_uint_eq(operands.count, 1);
}
END_TEST

START_TEST(an_alias_is_as_good)
{
    ck_assert_int_eq(parse("--number=9"), ARGS_RUN);
    ck_assert_uint_eq(options.count, 9);
}
END_TEST

START_TEST(the_last_one_wins_and_lists_grow)
{
    ck_assert_int_eq(parse("-n1 -Ha -n2 -H b"), ARGS_RUN);
    ck_assert_uint_eq(options.count, 2);
    ck_assert_uint_eq(options.list.count, 2);
    ck_assert_str_eq(options.list.items[0], "a");
    ck_assert_str_eq(options.list.items[1], "b");
}
END_TEST

START_TEST(letters_bundle)
{
    ck_assert_int_eq(parse("-lcn5"), ARGS_RUN);
    ck_assert(options.loud);
    ck_assert_uint_eq(options.count, 5);
    ck_assert_int_eq(parse("-ln 6"), ARGS_RUN);
    ck_assert_uint_eq(options.count, 6);
}
END_TEST

START_TEST(a_flag_is_taken_back)
{
    ck_assert_int_eq(parse("--loud --no-loud"), ARGS_RUN);
    ck_assert(!options.loud);
    ck_assert_int_eq(parse("--no-ordered"), ARGS_RUN);
    ck_assert(!options.ordered);
    ck_assert_int_eq(parse("--unordered --ordered"), ARGS_RUN);
    ck_assert(options.ordered);
    ck_assert_int_eq(parse("--unordered"), ARGS_RUN);
    ck_assert(!options.ordered);
    check_wrong("--no-count",
                "unknown option --no-count; did you mean --count?");
    check_wrong("--no-nonsense", "unknown option --no-nonsense");
}
END_TEST

START_TEST(options_and_operands_mix_until_two_dashes)
{
    ck_assert_int_eq(parse("a -l - b -- -n --help"), ARGS_RUN);
    ck_assert(options.loud);
    ck_assert_uint_eq(operands.count, 5);
    ck_assert_str_eq(operands.items[0], "a");
    ck_assert_str_eq(operands.items[1], "-");
    ck_assert_str_eq(operands.items[2], "b");
    ck_assert_str_eq(operands.items[3], "-n");
    ck_assert_str_eq(operands.items[4], "--help");
    ck_assert_uint_eq(operands.dashes, 3);
}
END_TEST

START_TEST(two_dashes_may_be_a_value)
{
    ck_assert_int_eq(parse("-o -- x"), ARGS_RUN);
    ck_assert_str_eq(options.name, "--");
    ck_assert_uint_eq(operands.count, 1);
}
END_TEST

START_TEST(help_and_version_end_the_parsing)
{
    ck_assert_int_eq(parse("--help --nonsense"), ARGS_HELP);
    ck_assert_int_eq(parse("-l --version"), ARGS_VERSION);
    check_wrong("--help=1", "--help takes no value");
    check_wrong("--version=", "--version takes no value");
}
END_TEST

START_TEST(an_unknown_option_names_the_nearest)
{
    check_wrong("--cuont=1", "unknown option --cuont; did you mean --count?");
    check_wrong("--nubmer", "unknown option --nubmer; did you mean --number?");
    check_wrong("--hlep", "unknown option --hlep; did you mean --help?");
    check_wrong("--nonsense", "unknown option --nonsense");
    check_wrong("-lx", "unknown option -x");
}
END_TEST

START_TEST(a_missing_or_needless_value_is_named)
{
    check_wrong("--count", "--count: needs a value: N");
    check_wrong("-l -n", "-n: needs a value: N");
    check_wrong("--loud=1", "--loud takes no value");
}
END_TEST

START_TEST(a_bad_value_says_what_would_do)
{
    check_wrong("--count=x", "--count: 'x' is not a count");
    check_wrong("-n -1", "-n: '-1' is not a count");
    check_wrong("-j 5%%", "-j: '5%%' is not a number of jobs (8, 50%, +2, 0)");
    check_wrong("--wait 5x",
                "--wait: '5x' is not a duration (250ms, 10s, 5m, 2h, 1d)");
    check_wrong("--size=1X", "--size: '1X' is not a size (4096, 64K, 16M, 1G)");
    check_wrong("--color blue", "--color: 'blue' is none of red, green");
}
END_TEST

START_TEST(help_shows_every_option_and_default)
{
    struct buf text;

    buf_init(&text, 4096);
    args_help(tables, &text);
    buf_add_char(&text, '\0');
    ck_assert_str_eq(
        text.data, "  -l, --loud                 louder\n"
                   "  --ordered                  in order (default on)\n"
                   "  --unordered                not\n"
                   "  -n, --count, --number N    how many (default 7)\n"
                   "  -j, --jobs N               at once\n"
                   "  --wait D                   how long (default 250ms)\n"
                   "  --size B                   how big (default 64K)\n"
                   "  -o, --a-name-that-is-long FILE\n"
                   "                             where\n"
                   "  -H LINE                    again and again\n"
                   "  --color COLOR              red, green (default green)\n"
                   "  -c                         nothing\n"
                   "  --help                     show this and exit\n"
                   "  --version                  show the version and exit\n");
    buf_release(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("args");
    TCase *tests = tcase_create("args");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, NULL, tear_down);
    tcase_add_test(tests, defaults_come_from_the_table);
    tcase_add_test(tests, a_value_stands_in_the_same_word_or_the_next);
    tcase_add_test(tests, an_alias_is_as_good);
    tcase_add_test(tests, the_last_one_wins_and_lists_grow);
    tcase_add_test(tests, letters_bundle);
    tcase_add_test(tests, a_flag_is_taken_back);
    tcase_add_test(tests, options_and_operands_mix_until_two_dashes);
    tcase_add_test(tests, two_dashes_may_be_a_value);
    tcase_add_test(tests, help_and_version_end_the_parsing);
    tcase_add_test(tests, an_unknown_option_names_the_nearest);
    tcase_add_test(tests, a_missing_or_needless_value_is_named);
    tcase_add_test(tests, a_bad_value_says_what_would_do);
    tcase_add_test(tests, help_shows_every_option_and_default);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
