/* SPDX-License-Identifier: MIT */
/*
 * The specification is the shell: generated lines in generated environments
 * are run by `sh -c` and, where words says that they need no shell, without,
 * and the program has to find the same. The program is this one, by the name of
 * show, which prints what it was given.
 */
#include "work/words.h"

#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io/spawn.h"

enum { OUT_MAX = 65536, LINE_MAX_ = 256, LINES = 150, ENTRIES = 8 };

extern char **environ;

static char directory[] = "/tmp/weir-words.XXXXXX";

static char path_entry[64];

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What the program finds: its arguments, and its environment sorted. */
static int show(int argc, char **argv)
{
    size_t n = 0;

    for (int i = 0; i < argc; i++)
        printf("[%s]", argv[i]);
    while (environ[n] != NULL)
        n++;
    qsort(environ, n, sizeof *environ, compare);
    for (size_t i = 0; i < n; i++)
        printf("\n%s", environ[i]);
    return 0;
}

/* What was printed on stdout and stderr, and how it ended. */
static void run(char *const *argv, const char *program, char **environment,
                char out[OUT_MAX])
{
    size_t len = 0;
    int ends[2], status;
    ssize_t n;
    pid_t pid;

    ck_assert_int_eq(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        execve(program, argv, environment);
        _exit(99);
    }
    close(ends[1]);
    while (len < OUT_MAX - 64 &&
           (n = read(ends[0], out + len, OUT_MAX - 64 - len)) > 0)
        len += (size_t)n;
    close(ends[0]);
    waitpid(pid, &status, 0);
    snprintf(out + len, 64, "\n%d", WEXITSTATUS(status));
}

static void run_shell(const char *line, char **environment, char out[OUT_MAX])
{
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, strdup(line), NULL};

    run(argv, "/bin/sh", environment, out);
    free(argv[2]);
}

/* False when the shell has to do it. */
static bool run_without(const char *line, char **environment, char out[OUT_MAX])
{
    struct words words;
    char program[PATH_MAX];
    bool found = false;
    char **argv;

    words_init(&words);
    argv = words_split(&words, line);
    if (argv != NULL &&
        spawn_find(argv[0], path_entry + 5, program, sizeof program) == 0) {
        run(argv, program, environment, out);
        found = strstr(out, "\n99") == NULL;
    }
    words_release(&words);
    return found;
}

static unsigned draw(unsigned n)
{
    return (unsigned)rand() % n; /* NOLINT(concurrency-mt-unsafe) */
}

static const char *const heads[] = {"show", "./show", "show", "show",
                                    "show", "echo",   "if",   "X=1"};
static const char *const pieces[] = {
    " ", "\t", "  ", "a",  "-n", "b.c",  "/x",      ",",  "@",  "^",
    ":", "+",  "-",  "_",  "9",  "\"",   "'",       "\\", "$",  "$X",
    "*", "?",  "[a", "]",  "~",  "~/",   "=",       "%",  "{a", "}",
    "!", "#",  " #", ";",  "|",  "&",    "&&",      ">x", "<",  "(",
    ")", "`",  "\r", "\v", "\n", "\x81", "\xc3\xa9"};

/* Most of them plain: with one special piece the shell has to do it. */
static void make_line(char line[LINE_MAX_])
{
    const size_t plain = 14;
    size_t n = sizeof pieces / sizeof pieces[0];
    bool special = draw(4) == 0;

    snprintf(line, LINE_MAX_, "%s%s%s", draw(4) ? "" : " \t",
             heads[draw(sizeof heads / sizeof heads[0])], draw(8) ? " " : "");
    for (unsigned k = draw(9); k > 0; k--)
        strncat(line, pieces[draw((unsigned)(special ? n : plain))],
                LINE_MAX_ - strlen(line) - 1);
}

/* An environment, with what may be wrong about one now and then. */
static void make_environment(char *entries[ENTRIES], char pwd[PATH_MAX])
{
    static char extra[][16] = {"A=1",  "B=x y", "_C3=",  "LANG=C",
                               "A=2",  "1x=1",  "x-y=1", "IFS=x",
                               "PS1=", "none",  "=x",    "OLDPWD=/"};
    size_t n = 0;

    entries[n++] = path_entry;
    if (draw(2) == 0) {
        snprintf(pwd, PATH_MAX, "PWD=%s", draw(3) ? directory : "/nowhere");
        entries[n++] = pwd;
    }
    for (unsigned k = draw(4); k > 0; k--)
        entries[n++] = extra[draw(draw(2) ? 4 : 12)];
    entries[n] = NULL;
}

/* What the caller of words has to do about PWD. */
static void set_pwd(char *entries[ENTRIES], char text[PATH_MAX])
{
    char buffer[PATH_MAX - 8];
    size_t i = 0;

    while (entries[i] != NULL && strncmp(entries[i], "PWD=", 4) != 0)
        i++;
    if (entries[i] == NULL)
        entries[i + 1] = NULL;
    snprintf(
        text, PATH_MAX, "PWD=%s",
        words_pwd(entries[i] ? entries[i] + 4 : NULL, buffer, sizeof buffer));
    entries[i] = text;
}

static unsigned seed_of_run(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet */
    const char *given = getenv("SEED");
    unsigned seed =
        given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);

    printf("seed %u\n", seed);
    fflush(stdout);
    return seed;
}

START_TEST(without_the_shell_the_program_finds_the_same)
{
    static char with[OUT_MAX], without[OUT_MAX];
    char line[LINE_MAX_], pwd[PATH_MAX], right_pwd[PATH_MAX];
    char *environment[ENTRIES + 1];
    int skipped = 0;

    srand(seed_of_run());
    for (int i = 0; words_know_shell() && i < LINES; i++) {
        make_line(line);
        make_environment(environment, pwd);
        if (!words_passes(environment))
            continue;
        run_shell(line, environment, with);
        set_pwd(environment, right_pwd);
        if (!run_without(line, environment, without))
            continue;
        ck_assert_msg(strcmp(with, without) == 0,
                      "%s\nwith a shell:\n%s\nwithout:\n%s", line, with,
                      without);
        skipped++;
    }
    ck_assert(!words_know_shell() || skipped > LINES / 20);
}
END_TEST

/* One line each that needs a shell. */
START_TEST(in_doubt_the_shell_does_it)
{
    static const char *const lines[] = {
        "",       "  ",     "a|b",     "a&",       "a;b",      "a<b",
        "a>b",    "(a)",    "a $b",    "a `b`",    "a \\b",    "a \"b\"",
        "a 'b'",  "a *",    "a ?",     "a [b]",    "a #b",     "a ~",
        "a=b c",  "a b=c",  "a %1",    "a {b}",    "! a",      "a\nb",
        "a\rb",   "if a",   "while a", "echo a",   ": a",      ". a",
        "true",   "test a", "exec a",  "cd a",     "-c a",     "+x a",
        "time a", "kill 1", "a\x01",   "\xc3\xa9", "export a", "function a",
        "read a", "wait",   "exit 3"};
    struct words words;

    words_init(&words);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        ck_assert_msg(words_split(&words, lines[i]) == NULL, "%s", lines[i]);
    words_release(&words);
}
END_TEST

START_TEST(a_plain_line_is_its_words)
{
    struct words words;
    char **argv;

    words_init(&words);
    argv = words_split(&words, " /bin/gzip\t -9  a.log ");
    ck_assert_str_eq(argv[0], "/bin/gzip");
    ck_assert_str_eq(argv[1], "-9");
    ck_assert_str_eq(argv[2], "a.log");
    ck_assert_ptr_null(argv[3]);
    words_release(&words);
}
END_TEST

START_TEST(an_environment_has_to_be_plain)
{
    char *good[] = {(char[]){"PATH=/a:/b"}, (char[]){"A=="}, NULL};
    char *none[] = {(char[]){"A=1"}, NULL};
    static char wrong[][16] = {"1A=1",  "A-B=1",   "=1",    "A",
                               "IFS= ", "PATH=/x", "PPID=1"};
    static char wrong_paths[][20] = {"PATH=",       "PATH=a",
                                     "PATH=/a:",    "PATH=:/a",
                                     "PATH=/a:./b", "PATH=/a:%builtin"};

    ck_assert(words_passes(good));
    ck_assert(!words_passes(none) && !words_passes(NULL));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char *entries[] = {good[0], wrong[i], NULL};

        ck_assert_msg(!words_passes(entries), "%s", wrong[i]);
    }
    for (size_t i = 0; i < sizeof wrong_paths / sizeof wrong_paths[0]; i++) {
        char *entries[] = {wrong_paths[i], NULL};

        ck_assert_msg(!words_passes(entries), "%s", wrong_paths[i]);
    }
}
END_TEST

/* What is said of a program that a signal ended is what the shell says. */
START_TEST(an_obituary_is_as_the_shell_writes_it)
{
    static const int signals[] = {SIGKILL, SIGTERM, SIGSEGV, SIGINT,
                                  SIGPIPE, SIGHUP,  SIGUSR1, SIGABRT};
    char *environment[] = {path_entry, NULL};
    static char out[OUT_MAX];
    char line[64], text[64], want[128];

    for (size_t i = 0; words_know_shell() && i < 8; i++) {
        snprintf(line, sizeof line,
                 "ulimit -c 0; /bin/sh -c 'kill -%d $$'; exit 7", signals[i]);
        run_shell(line, environment, out);
        snprintf(want, sizeof want, "%s\n7",
                 words_obituary(signals[i], false, text, sizeof text));
        ck_assert_str_eq(out, want);
    }
    ck_assert_str_eq(words_obituary(SIGKILL, true, text, sizeof text),
                     "Killed (core dumped)\n");
}
END_TEST

static int make_directory(const char *self)
{
    char link[64];

    if (mkdtemp(directory) == NULL || chdir(directory) < 0)
        return -1;
    snprintf(link, sizeof link, "%s/show", directory);
    if (symlink(self, link) < 0)
        return -1;
    snprintf(path_entry, sizeof path_entry, "PATH=%s:/bin", directory);
    return 0;
}

static void remove_directory(void)
{
    unlink("x");
    unlink("show");
    rmdir(directory);
}

static int run_tests(void)
{
    Suite *suite = suite_create("words");
    TCase *tests = tcase_create("words");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, without_the_shell_the_program_finds_the_same);
    tcase_add_test(tests, in_doubt_the_shell_does_it);
    tcase_add_test(tests, a_plain_line_is_its_words);
    tcase_add_test(tests, an_environment_has_to_be_plain);
    tcase_add_test(tests, an_obituary_is_as_the_shell_writes_it);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed;
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/');
    char self[PATH_MAX] = "";
    int failed;

    if (strcmp(name != NULL ? name + 1 : argv[0], "show") == 0)
        return show(argc, argv);
    if (readlink("/proc/self/exe", self, sizeof self - 1) <= 0 ||
        make_directory(self) < 0)
        return 1;
    failed = run_tests();
    remove_directory();
    return failed == 0 ? 0 : 1;
}
