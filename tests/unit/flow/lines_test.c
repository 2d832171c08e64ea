/* SPDX-License-Identifier: MIT */
#include "flow/lines.h"

#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "io/loop.h"
#include "support/folder.h"
#include "support/random.h"
#include "support/thread.h"

enum { FILES_MAX = 3, WORDS_MAX = 3, FILE_MAX = 600 };

static struct loop *loop;
static int turns;
static const struct item_limits limits = {.in = 300000};

static void count_turn(void *arg)
{
    (void)arg;
    if (turns++ > 0)
        loop_stop(loop);
}

static void begin(void)
{
    make_folder();
    loop = loop_open();
    ck_assert_ptr_nonnull(loop);
    loop_before_wait(loop, count_turn, NULL);
}

static void end(void)
{
    loop_close(loop);
    remove_folder();
}

/* The path of a new file, good until the same number is written again. */
static const char *write_file(size_t number, const char *bytes, size_t n)
{
    static char paths[FILES_MAX][PATH_MAX];
    int fd;

    snprintf(paths[number], sizeof paths[0], "%s/%zu", folder, number);
    fd = open(paths[number], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fd_write(fd, bytes, n), 0);
    fd_close(fd);
    return paths[number];
}

/* A line with a '!' is a fault there; its id is the number of items before. */
static int parse(void *arg, struct item *item, size_t *column, struct err *err)
{
    const char *wrong = NULL;

    ck_assert_str_eq(arg, "arg");
    ck_assert_uint_eq(item->lines, 1);
    if (item->in.len > 0)
        wrong = memchr(item->in.data, '!', item->in.len);
    if (wrong == NULL)
        return buf_printf(&item->id, "%d", (int)item->number);
    if (wrong != item->in.data)
        *column = (size_t)(wrong - item->in.data) + 1;
    return err_set(err, ERR_LIST, "there is a '!'");
}

static struct lines_options options(const char *const *files, size_t count)
{
    static char arg[] = "arg";

    return (struct lines_options){.files = files,
                                  .file_count = count,
                                  .max_line = 40,
                                  .what = "run-tasks",
                                  .parse = parse,
                                  .arg = arg};
}

static enum flow_got next(struct lines *lines, struct item *item,
                          struct err *err)
{
    struct flow_source source = lines_source(lines);
    enum flow_got got;

    item_clear(item, 100);
    while ((got = source.fill(source.self, item, err)) == FLOW_LATER) {
        turns = 0;
        loop_run(loop);
    }
    return got;
}

/* All that comes of a list, each item as "[line:text]", and its end. */
static void check_list(const struct lines_options *o, const char *want)
{
    struct lines *lines = lines_open(loop, o);
    struct item *item = item_new(&limits);
    struct buf all;
    enum flow_got got;
    struct err err;

    buf_init(&all, 10000);
    while ((got = next(lines, item, &err)) == FLOW_FILLED)
        buf_printf(&all, "[%d:%.*s]", (int)item->line, (int)item->in.len,
                   item->in.data);
    buf_add_text(&all, got == FLOW_END ? "." : err.text);
    ck_assert_msg(slice_is(buf_slice(&all), want), "%.*s", (int)all.len,
                  all.data);
    if (got == FLOW_FAULT)
        ck_assert_int_eq(err.kind, ERR_LIST);
    buf_release(&all);
    item_free(item);
    lines_close(lines);
}

/* The same for one file. "%s" in `want` is its name. */
static void check_file(const char *text, const char *want)
{
    const char *path = write_file(0, text, strlen(text));
    struct lines_options o = options(&path, 1);
    const char *name = strstr(want, "%s");
    char full[10000];

    if (name == NULL)
        snprintf(full, sizeof full, "%s", want);
    else
        snprintf(full, sizeof full, "%.*s%s%s", (int)(name - want), want, path,
                 name + 2);
    check_list(&o, full);
}

START_TEST(a_line_is_an_item)
{
    check_file("", ".");
    check_file("a\nb\n", "[1:a][2:b].");
    check_file("a\nb", "[1:a][2:b].");
    check_file("  a b \n", "[1:  a b ].");
}
END_TEST

START_TEST(blank_lines_and_comments_are_skipped_but_counted)
{
    check_file("\n# no\na\n \t\n  # no\n\r\nb # yes\n#", "[3:a][7:b # yes].");
}
END_TEST

/* As check_file for lists of words, ended by newlines or NULs. */
static void check_words(bool by_nul, const char *bytes, size_t n,
                        const char *want)
{
    const char *path = write_file(0, bytes, n);
    struct lines_options o = options(&path, 1);

    o.plain = true;
    o.by_nul = by_nul;
    check_list(&o, want);
}

START_TEST(of_words_only_empty_lines_are_skipped)
{
    check_words(false, "a\n\n# b\n \n\r\nc\r\n", 14, "[1:a][3:# b][4: ][6:c].");
}
END_TEST

START_TEST(what_ends_with_a_nul_is_left_as_it_is)
{
    check_words(true, "a\nb\0\0#c\r\0d", 10, "[1:a\nb][2:][3:#c\r][4:d].");
}
END_TEST

START_TEST(tasks_that_end_with_a_nul_have_no_comments)
{
    const char *path = write_file(0, "#a\nb\0 \0c", 8);
    struct lines_options o = options(&path, 1);

    o.by_nul = true;
    check_list(&o, "[1:#a\nb][3:c].");
}
END_TEST

START_TEST(crlf_is_lf)
{
    check_file("a\r\nb\r\r\nc\r", "[1:a][2:b\r][3:c].");
}
END_TEST

START_TEST(a_byte_order_mark_is_no_part_of_a_line)
{
    check_file("\xEF\xBB\xBF"
               "a\n",
               "[1:a].");
    check_file("\xEF\xBB\xBF# no\nb", "[2:b].");
}
END_TEST

START_TEST(a_fault_names_file_line_and_column)
{
    check_file("a\n\nxyz!\nb\n", "[1:a]%s:3:4: there is a '!'");
    check_file("!\n", "%s:1: there is a '!'");
}
END_TEST

START_TEST(words_come_first_and_as_they_are)
{
    static const char *const words[] = {"x", "# y", "", " z"};
    const char *path = write_file(0, "a\n", 2);
    struct lines_options o = options(&path, 1);

    o.words = words;
    o.word_count = 4;
    check_list(&o, "[1:x][2:# y][3:][4: z][1:a].");
}
END_TEST

START_TEST(a_fault_in_a_word_names_the_argument)
{
    static const char *const words[] = {"x", "y!"};
    struct lines_options o = options(NULL, 0);

    o.words = words;
    o.word_count = 2;
    check_list(&o, "[1:x]argument 2: there is a '!'");
}
END_TEST

START_TEST(each_file_counts_its_own_lines)
{
    const char *const paths[] = {write_file(0, "a\nb", 3), write_file(1, "", 0),
                                 write_file(2, "\nc\n", 3)};
    struct lines_options o = options(paths, 3);

    check_list(&o, "[1:a][2:b][2:c].");
}
END_TEST

START_TEST(a_missing_file_is_a_fault)
{
    const char *const paths[] = {write_file(0, "a\n", 2), "/no/such/file"};
    struct lines_options o = options(paths, 2);
    struct lines *lines = lines_open(loop, &o);
    struct item *item = item_new(&limits);
    struct err err;

    ck_assert_int_eq(next(lines, item, &err), FLOW_FILLED);
    ck_assert_int_eq(next(lines, item, &err), FLOW_FAULT);
    ck_assert_int_eq(err.kind, ERR_INPUT);
    ck_assert_str_eq(err.text, "/no/such/file: No such file or directory");
    item_free(item);
    lines_close(lines);
    lines_close(NULL);
}
END_TEST

START_TEST(a_line_may_have_as_many_bytes_as_allowed)
{
    char line[50], want[100];

    memset(line, 'a', sizeof line);
    snprintf(want, sizeof want, "[1:%.40s].", line);
    memcpy(line + 40, "", 1);
    check_file(line, want);
    memcpy(line + 40, "\r\n", 3);
    check_file(line, want);
    memcpy(line + 40, "a\n", 3);
    check_file(line, "%s:1: line of more than 40 bytes");
    memcpy(line + 40, "a", 2);
    check_file(line, "%s:1: line of more than 40 bytes");
}
END_TEST

START_TEST(a_line_beyond_all_bounds_is_one_fault)
{
    static char much[300000];

    memset(much, 'a', sizeof much - 1);
    memcpy(much, "ok\n", 3);
    check_file(much, "[1:ok]%s:2: line of more than 40 bytes");
}
END_TEST

/* The list again, split naively. */
struct model {
    char bytes[FILES_MAX][FILE_MAX];
    size_t len[FILES_MAX];
    size_t files, file, at;
    uint64_t line;
};

static void draw_content(struct model *m, size_t file, uint32_t *state)
{
    size_t wanted = draw(state) % (FILE_MAX - 60), n = 0;
    char *bytes = m->bytes[file];

    while (n < wanted) {
        for (uint32_t left = draw(state) % 40; left > 0; left--)
            bytes[n++] = "ab# \t\rcd"[draw(state) % 8];
        if (draw(state) % 4 == 0)
            bytes[n++] = '\r';
        bytes[n++] = '\n';
    }
    m->len[file] = n > 0 && draw(state) % 2 ? n - 1 : n;
}

/* The next line that is neither blank nor a comment; false at the end. */
static bool naive_next(struct model *m, struct slice *line)
{
    for (;;) {
        const char *from = m->bytes[m->file] + m->at, *newline;

        if (m->file == m->files)
            return false;
        if (m->at >= m->len[m->file]) {
            m->file++;
            m->at = 0;
            m->line = 0;
            continue;
        }
        newline = memchr(from, '\n', m->len[m->file] - m->at);
        line->ptr = from;
        line->len =
            newline ? (size_t)(newline - from) : m->len[m->file] - m->at;
        m->at += line->len + 1;
        m->line++;
        if (line->len > 0 && line->ptr[line->len - 1] == '\r')
            line->len--;
        if (slice_trim(*line).len > 0 && slice_trim(*line).ptr[0] != '#')
            return true;
    }
}

static void compare(struct model *m, const struct lines_options *o)
{
    struct lines *lines = lines_open(loop, o);
    struct item *item = item_new(&limits);
    struct slice line;
    uint64_t count = 0;
    struct err err;
    char id[20];

    while (naive_next(m, &line)) {
        ck_assert_int_eq(next(lines, item, &err), FLOW_FILLED);
        ck_assert(slice_equal(buf_slice(&item->in), line));
        ck_assert_uint_eq(item->line, m->line);
        ck_assert_str_eq(item->origin, o->files[m->file]);
        snprintf(id, sizeof id, "%d", (int)count++);
        ck_assert(slice_is(buf_slice(&item->id), id));
    }
    ck_assert_int_eq(next(lines, item, &err), FLOW_END);
    item_free(item);
    lines_close(lines);
}

START_TEST(files_are_split_as_they_should)
{
    uint32_t state = seed_of_run();
    static struct model m;

    for (int round = 0; round < 500; round++) {
        const char *paths[FILES_MAX];
        struct lines_options o;

        m = (struct model){.files = 1 + draw(&state) % FILES_MAX};
        for (size_t i = 0; i < m.files; i++) {
            draw_content(&m, i, &state);
            paths[i] = write_file(i, m.bytes[i], m.len[i]);
        }
        o = options(paths, m.files);
        compare(&m, &o);
    }
}
END_TEST

struct writer {
    int fd;
    struct slice bytes;
    uint32_t random;
};

static void *write_pieces(void *arg)
{
    struct writer *w = arg;

    while (w->bytes.len > 0) {
        size_t n = 1 + draw(&w->random) % 30;

        n = n < w->bytes.len ? n : w->bytes.len;
        if (fd_write(w->fd, w->bytes.ptr, n) < 0)
            abort();
        w->bytes.ptr += n;
        w->bytes.len -= n;
        sched_yield();
    }
    fd_close(w->fd);
    return NULL;
}

START_TEST(pipes_are_split_as_they_should)
{
    uint32_t state = seed_of_run();
    static struct model m;

    for (int round = 0; round < 200; round++) {
        struct writer w = {.random = draw(&state)};
        char name[40];
        const char *const path = name;
        struct lines_options o = options(&path, 1);
        pthread_t id;
        int ends[2];

        m = (struct model){.files = 1};
        draw_content(&m, 0, &state);
        ck_assert_int_eq(fd_pipe(ends), 0);
        snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
        w.fd = ends[1];
        w.bytes = slice_of(m.bytes[0], m.len[0]);
        start_thread(&id, write_pieces, &w);
        compare(&m, &o);
        pthread_join(id, NULL);
        fd_close(ends[0]);
    }
}
END_TEST

START_TEST(a_live_list_gives_each_line_when_it_is_there)
{
    char name[40];
    const char *const path = name;
    struct lines_options o = options(&path, 1);
    struct item *item = item_new(&limits);
    struct lines *lines;
    struct flow_source source;
    struct err err;
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    lines = lines_open(loop, &o);
    source = lines_source(lines);
    ck_assert_int_eq(source.fill(source.self, item, &err), FLOW_LATER);
    ck_assert_int_eq(fd_write(ends[1], "a\nb", 3), 0);
    ck_assert_int_eq(source.fill(source.self, item, &err), FLOW_FILLED);
    ck_assert(slice_is(buf_slice(&item->in), "a"));
    item_clear(item, 0);
    ck_assert_int_eq(source.fill(source.self, item, &err), FLOW_LATER);
    ck_assert_int_eq(fd_write(ends[1], "\n", 1), 0);
    ck_assert_int_eq(source.fill(source.self, item, &err), FLOW_FILLED);
    ck_assert(slice_is(buf_slice(&item->in), "b"));
    lines_close(lines);
    item_free(item);
    fd_close(ends[0]);
    fd_close(ends[1]);
}
END_TEST

/* What lines_check returns, and what it says, each name of a file as F. */
static int check(const struct lines_options *o, struct buf *said,
                 struct err *err)
{
    struct item *scratch = item_new(&limits);
    size_t len = strlen(folder) + 1;
    struct log log;
    int fd = fd_memory_file("log"), failed;
    char *room, *name;

    log_init(&log, fd, LOG_NORMAL);
    failed = lines_check(loop, o, scratch, &log, err);
    log_release(&log);
    buf_init(said, 1000000);
    room = buf_reserve(said, 900000);
    said->len = (size_t)pread(fd, room, 900000, 0);
    ck_assert_int_eq(buf_add_char(said, '\0'), 0);
    while ((name = strstr(said->data, folder)) != NULL)
        memmove(name, name + len, strlen(name + len) + 1);
    fd_close(fd);
    item_free(scratch);
    return failed;
}

static void check_said(const struct lines_options *o, const char *want)
{
    struct err err = {.kind = ERR_NONE};
    struct buf said;

    ck_assert_int_eq(check(o, &said, &err), want[0] != '\0' ? -1 : 0);
    ck_assert_str_eq(said.data, want);
    if (want[0] != '\0') {
        ck_assert_int_eq(err.kind, ERR_LIST);
        ck_assert_str_eq(err.text, "");
    }
    buf_release(&said);
}

static const char three_faults[] = "a\n!\nb\nx!\n# !\n"
                                   "0123456789012345678901234567890123456789X\n"
                                   "c\n";

START_TEST(the_check_names_every_fault)
{
    const char *const paths[] = {
        write_file(0, three_faults, sizeof three_faults - 1),
        write_file(1, "ok\nxy!", 6)};
    static const char *const words[] = {"z!"};
    struct lines_options o = options(paths, 2);

    o.words = words;
    o.word_count = 1;
    check_said(&o, "weir: run-tasks: argument 1: there is a '!'\n"
                   "weir: run-tasks: 0:2: there is a '!'\n"
                   "weir: run-tasks: 0:4:2: there is a '!'\n"
                   "weir: run-tasks: 0:6: line of more than 40 bytes\n"
                   "weir: run-tasks: 1:2:3: there is a '!'\n");
}
END_TEST

START_TEST(the_check_of_a_good_list_is_silent)
{
    const char *const paths[] = {write_file(0, "a\n#!\n", 5),
                                 write_file(1, "", 0)};
    struct lines_options o = options(paths, 2);

    check_said(&o, "");
    o.file_count = 0;
    check_said(&o, "");
}
END_TEST

START_TEST(the_check_ends_where_nothing_can_be_read_on)
{
    static char much[300000];
    const char *path;
    struct lines_options o;

    memset(much, 'a', sizeof much - 1);
    memcpy(much, "ok\n!\n", 5);
    path = write_file(0, much, sizeof much - 1);
    o = options(&path, 1);
    check_said(&o, "weir: run-tasks: 0:2: there is a '!'\n"
                   "weir: run-tasks: 0:3: line of more than 40 bytes\n");
}
END_TEST

START_TEST(of_very_many_faults_the_rest_is_counted)
{
    enum { FAULTS = 1500 };
    static char bytes[FAULTS * 3];
    struct err err;
    struct buf said;
    const char *path;
    struct lines_options o;
    int lines = 0;

    for (size_t i = 0; i < sizeof bytes; i += 3)
        memcpy(bytes + i, "x!\n", 3);
    path = write_file(0, bytes, sizeof bytes);
    o = options(&path, 1);
    ck_assert_int_eq(check(&o, &said, &err), -1);
    for (const char *p = said.data; (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    ck_assert_int_eq(lines, 1001);
    ck_assert_ptr_nonnull(
        strstr(said.data, "weir: run-tasks: 0:1000:2: there is a '!'\n"
                          "weir: run-tasks: 500 more faults in the list\n"));
    buf_release(&said);
}
END_TEST

START_TEST(the_check_leaves_what_is_read_only_once)
{
    int ends[2];
    char name[40], bytes[10];
    const char *const paths[] = {write_file(0, "!\n", 2), name};
    struct lines_options o = options(paths, 2);

    ck_assert_int_eq(fd_pipe(ends), 0);
    ck_assert_int_eq(fd_write(ends[1], "!\n", 2), 0);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    check_said(&o, "weir: run-tasks: 0:1: there is a '!'\n");
    ck_assert_int_eq(fd_read(ends[0], bytes, sizeof bytes), 2);
    fd_close(ends[0]);
    fd_close(ends[1]);
}
END_TEST

START_TEST(the_check_gives_a_regular_stdin_back)
{
    static const char *const names[] = {"-"};
    struct lines_options o = options(names, 1);
    int fd = fd_memory_file("stdin");
    int before = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

    ck_assert_int_eq(fd_write(fd, "passed\na\nb!\n", 12), 0);
    ck_assert_int_eq(lseek(fd, 7, SEEK_SET), 7);
    ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    check_said(&o, "weir: run-tasks: <stdin>:2:2: there is a '!'\n");
    ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 7);
    check_list(&o, "[1:a]<stdin>:2:2: there is a '!'");
    dup2(before, STDIN_FILENO);
    close(before);
    fd_close(fd);
}
END_TEST

/* A run that stops is given one of two lines before; what comes then? */
static enum flow_got after_stop(const char *path, bool rest)
{
    struct lines_options o = options(&path, 1);
    struct lines *lines;
    struct flow_source source;
    struct item *item = item_new(&limits);
    enum flow_got got;
    struct err err;

    o.rest = rest;
    lines = lines_open(loop, &o);
    source = lines_source(lines);
    ck_assert_int_eq(next(lines, item, &err), FLOW_FILLED);
    source.stop(source.self);
    got = next(lines, item, &err);
    item_free(item);
    lines_close(lines);
    return got;
}

START_TEST(a_run_that_stops_is_given_the_rest_of_a_file)
{
    const char *path = write_file(0, "a\nb\n", 4);

    ck_assert_int_eq(after_stop(path, true), FLOW_FILLED);
    ck_assert_int_eq(after_stop(path, false), FLOW_END);
}
END_TEST

START_TEST(a_run_that_stops_waits_for_no_pipe)
{
    int ends[2];
    char name[40];

    ck_assert_int_eq(fd_pipe(ends), 0);
    ck_assert_int_eq(fd_write(ends[1], "a\n", 2), 0);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    ck_assert_int_eq(after_stop(name, true), FLOW_END);
    fd_close(ends[0]);
    fd_close(ends[1]);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, a_line_is_an_item);
    tcase_add_test(tests, blank_lines_and_comments_are_skipped_but_counted);
    tcase_add_test(tests, of_words_only_empty_lines_are_skipped);
    tcase_add_test(tests, what_ends_with_a_nul_is_left_as_it_is);
    tcase_add_test(tests, tasks_that_end_with_a_nul_have_no_comments);
    tcase_add_test(tests, crlf_is_lf);
    tcase_add_test(tests, a_byte_order_mark_is_no_part_of_a_line);
    tcase_add_test(tests, a_fault_names_file_line_and_column);
    tcase_add_test(tests, words_come_first_and_as_they_are);
    tcase_add_test(tests, a_fault_in_a_word_names_the_argument);
    tcase_add_test(tests, each_file_counts_its_own_lines);
    tcase_add_test(tests, a_missing_file_is_a_fault);
    tcase_add_test(tests, a_line_may_have_as_many_bytes_as_allowed);
    tcase_add_test(tests, a_line_beyond_all_bounds_is_one_fault);
    tcase_add_test(tests, files_are_split_as_they_should);
    tcase_add_test(tests, pipes_are_split_as_they_should);
    tcase_add_test(tests, a_live_list_gives_each_line_when_it_is_there);
    tcase_add_test(tests, the_check_names_every_fault);
    tcase_add_test(tests, the_check_of_a_good_list_is_silent);
    tcase_add_test(tests, the_check_ends_where_nothing_can_be_read_on);
    tcase_add_test(tests, of_very_many_faults_the_rest_is_counted);
    tcase_add_test(tests, the_check_leaves_what_is_read_only_once);
    tcase_add_test(tests, the_check_gives_a_regular_stdin_back);
    tcase_add_test(tests, a_run_that_stops_is_given_the_rest_of_a_file);
    tcase_add_test(tests, a_run_that_stops_waits_for_no_pipe);
}

int main(void)
{
    Suite *suite = suite_create("lines");
    TCase *tests = tcase_create("lines");
    SRunner *runner = srunner_create(suite);
    int failed;

    signal(SIGPIPE, SIG_IGN);
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, end);
    add_tests(tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
