/* SPDX-License-Identifier: MIT */
/*
 * Random files, read as files and from pipes, against a naive reading of the
 * same bytes: split at newlines, no buffers. The order of the blocks' lines,
 * their numbers and their origins have to be the same, however they are cut.
 */
#include "flow/blocks.h"

#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "io/loop.h"
#include "support/folder.h"
#include "support/random.h"
#include "support/thread.h"

enum { FILES_MAX = 4, FILE_MAX = 600 };

/* An input, and how far it has been compared. */
struct file {
    char name[PATH_MAX];
    char bytes[FILE_MAX];
    size_t len;
    bool missing;
    int pipe[2]; /* if it is one */
    pthread_t writer;
    uint32_t random;
};

struct world {
    struct loop *loop;
    struct blocks_options o;
    struct file files[FILES_MAX];
    const char *names[FILES_MAX];
    size_t faults;
    size_t keep; /* bytes of a spare item's buffer */

    /* The naive reader's place. */
    size_t file, at;
    uint64_t line;
    bool within_overlong;
};

static int turns;

static void count_turn(void *arg)
{
    struct loop *loop = arg;

    if (turns++ > 0)
        loop_stop(loop);
}

static void on_fault(void *arg, const struct err *err)
{
    struct world *w = arg;

    ck_assert_int_eq(err->kind, ERR_INPUT);
    w->faults++;
}

static void add_bytes(struct file *f, const char *bytes, size_t n)
{
    if (n > sizeof f->bytes - f->len)
        n = sizeof f->bytes - f->len;
    memcpy(f->bytes + f->len, bytes, n);
    f->len += n;
}

/* Lines of about `length`, some blank, some with CR, perhaps a mark first and
 * no newline last. */
static void draw_content(struct file *f, uint32_t *state, uint32_t length)
{
    size_t wanted = draw(state) % (sizeof f->bytes - 10);

    f->len = 0;
    if (draw(state) % 4 == 0)
        add_bytes(f, "\xEF\xBB\xBF", 1 + draw(state) % 3);
    while (f->len < wanted) {
        for (uint32_t n = draw(state) % (length + 1); n > 0; n--)
            add_bytes(f, "abcd\r\xEF\xBB\xBF" + draw(state) % 8, 1);
        if (draw(state) % 4 == 0)
            add_bytes(f, "\r", 1);
        add_bytes(f, "\n", 1);
    }
    if (draw(state) % 2 && f->len > 0)
        f->len--;
}

static void *write_pieces(void *arg)
{
    struct file *f = arg;

    for (size_t at = 0, n; at < f->len; at += n) {
        n = 1 + draw(&f->random) % 40;
        if (n > f->len - at)
            n = f->len - at;
        if (fd_write(f->pipe[1], f->bytes + at, n) < 0)
            abort();
        if (draw(&f->random) % 3 == 0)
            sched_yield();
    }
    fd_close(f->pipe[1]);
    return NULL;
}

static void make_file(struct file *f, size_t number)
{
    int fd;

    snprintf(f->name, sizeof f->name, "%s/%zu", folder, number);
    unlink(f->name);
    if (f->missing)
        return;
    fd = open(f->name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fd_write(fd, f->bytes, f->len), 0);
    fd_close(fd);
}

static void make_pipe(struct file *f, uint32_t *state)
{
    ck_assert_int_eq(fd_pipe(f->pipe), 0);
    snprintf(f->name, sizeof f->name, "/dev/fd/%d", f->pipe[0]);
    f->random = draw(state);
    start_thread(&f->writer, write_pieces, f);
}

static bool has_mark(const struct file *f)
{
    return f->len >= 3 && memcmp(f->bytes, "\xEF\xBB\xBF", 3) == 0;
}

/* Let the naive reader stand at the next line; false at the end of all. */
static bool stand_at_line(struct world *w)
{
    while (w->file < w->o.file_count) {
        const struct file *f = &w->files[w->file];

        if (w->at == 0 && w->line == 0 && has_mark(f))
            w->at = 3;
        if (!f->missing && w->at < f->len)
            return true;
        w->file++;
        w->at = 0;
        w->line = 0;
    }
    return false;
}

/* The line there, with its newline if it has one. */
static struct slice naive_line(const struct world *w)
{
    const struct file *f = &w->files[w->file];
    const char *from = f->bytes + w->at;
    const char *newline = memchr(from, '\n', f->len - w->at);

    return slice_of(from,
                    newline ? (size_t)(newline - from) + 1 : f->len - w->at);
}

/* Its length as the limit counts it: without CR and LF. */
static size_t counted_len(struct slice line)
{
    if (line.len > 0 && line.ptr[line.len - 1] == '\n')
        line.len--;
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line.len;
}

/* An overlong line comes marked, alone, with its start or all of it. */
static void check_overlong(struct world *w, const struct item *item)
{
    struct slice line = naive_line(w);
    size_t kept = w->o.max_line;

    if (kept > ITEM_OVERLONG_BYTES)
        kept = ITEM_OVERLONG_BYTES;
    ck_assert_uint_gt(counted_len(line), w->o.max_line);
    ck_assert_uint_eq(item->lines, 1);
    ck_assert_uint_eq(item->line, w->line + 1);
    if (!w->o.keep_overlong) {
        ck_assert(slice_equal(buf_slice(&item->in), slice_of(line.ptr, kept)));
        w->at += line.len;
        w->line++;
        return;
    }
    ck_assert_uint_le(item->in.len, line.len);
    ck_assert(
        slice_equal(buf_slice(&item->in), slice_of(line.ptr, item->in.len)));
    w->at += item->in.len;
    w->within_overlong = true;
}

/* A further piece of an overlong line; the last ends in a newline, given to
 * it if the file ends without. */
static void check_piece(struct world *w, const struct item *item)
{
    struct slice rest = naive_line(w), got = buf_slice(&item->in);

    ck_assert(item->overlong);
    ck_assert_uint_eq(item->lines, 0);
    ck_assert_uint_gt(got.len, 0);
    if (got.len == rest.len + 1 || w->at == w->files[w->file].len) {
        ck_assert_int_eq(got.ptr[--got.len], '\n');
        w->within_overlong = false;
    } else if (got.ptr[got.len - 1] == '\n') {
        w->within_overlong = false;
    }
    ck_assert_uint_le(got.len, rest.len);
    ck_assert(slice_equal(got, slice_of(rest.ptr, got.len)));
    w->at += got.len;
    w->line += !w->within_overlong;
}

/* A block of whole lines within its bounds. */
static void check_block(struct world *w, const struct item *item)
{
    size_t at = 0;
    uint64_t lines = 0;

    ck_assert_uint_eq(item->line, w->line + 1);
    while (at < item->in.len) {
        struct slice line = naive_line(w);

        ck_assert_uint_le(line.len, item->in.len - at);
        ck_assert_int_eq(memcmp(item->in.data + at, line.ptr, line.len), 0);
        at += line.len;
        w->at += line.len;
        w->line++;
        lines++;
        if (at < item->in.len)
            ck_assert_int_eq(line.ptr[line.len - 1], '\n');
    }
    ck_assert_uint_gt(lines, 0);
    ck_assert_uint_eq(item->lines, lines);
    ck_assert_uint_le(lines, w->o.max_lines);
    ck_assert_uint_lt(item->in.len, blocks_item_bytes(&w->o));
}

static void check_item(struct world *w, const struct item *item)
{
    if (w->within_overlong) {
        check_piece(w, item);
        return;
    }
    ck_assert(stand_at_line(w));
    ck_assert_str_eq(item->origin, w->names[w->file]);
    if (item->overlong)
        check_overlong(w, item);
    else
        check_block(w, item);
}

static void read_all(struct world *w)
{
    const struct item_limits limits = {.in = blocks_item_bytes(&w->o)};
    struct item *item = item_new(&limits);
    struct blocks *blocks = blocks_open(w->loop, &w->o);
    struct flow_source source = blocks_source(blocks);
    enum flow_got got;
    struct err err;

    do {
        item_clear(item, w->keep);
        while ((got = source.fill(source.self, item, &err)) == FLOW_LATER) {
            turns = 0;
            loop_run(w->loop);
        }
        if (got == FLOW_FILLED)
            check_item(w, item);
    } while (got == FLOW_FILLED);
    ck_assert_int_eq(got, FLOW_END);
    ck_assert(!w->within_overlong);
    ck_assert(!stand_at_line(w));
    blocks_close(blocks);
    item_free(item);
}

static void check_world(struct world *w)
{
    size_t missing = 0;

    w->loop = loop_open();
    loop_before_wait(w->loop, count_turn, w->loop);
    w->o.files = w->names;
    w->o.on_fault = on_fault;
    w->o.arg = w;
    for (size_t i = 0; i < w->o.file_count; i++) {
        w->names[i] = w->files[i].name;
        missing += w->files[i].missing;
    }
    read_all(w);
    ck_assert_uint_eq(w->faults, missing);
    loop_close(w->loop);
}

static void check_random(uint32_t *state, bool pipes, bool keep)
{
    static struct world w;
    const uint32_t length = 1 + draw(state) % 100;

    w = (struct world){.o = {.file_count = 1 + draw(state) % FILES_MAX,
                             .block_bytes = 1 + draw(state) % 64,
                             .max_lines = 1 + draw(state) % 5,
                             .max_line = 1 + draw(state) % 40,
                             .keep_overlong = keep}};
    w.keep = draw(state) % 100;
    for (size_t i = 0; i < w.o.file_count; i++) {
        struct file *f = &w.files[i];

        draw_content(f, state, length);
        f->missing = !pipes && draw(state) % 8 == 0;
        if (pipes)
            make_pipe(f, state);
        else
            make_file(f, i);
    }
    check_world(&w);
    for (size_t i = 0; pipes && i < w.o.file_count; i++) {
        pthread_join(w.files[i].writer, NULL);
        fd_close(w.files[i].pipe[0]);
    }
}

START_TEST(blocks_of_files_hold_all_lines)
{
    uint32_t state = seed_of_run();

    for (int round = 0; round < 1500; round++)
        check_random(&state, false, false);
}
END_TEST

START_TEST(blocks_of_pipes_hold_all_lines)
{
    uint32_t state = seed_of_run();

    for (int round = 0; round < 300; round++)
        check_random(&state, true, false);
}
END_TEST

START_TEST(pieces_of_overlong_lines_hold_all_of_them)
{
    uint32_t state = seed_of_run();

    for (int round = 0; round < 1500; round++)
        check_random(&state, false, true);
    for (int round = 0; round < 300; round++)
        check_random(&state, true, true);
}
END_TEST

/* One file, given as text, in blocks that are given too. */
struct want {
    const char *in;
    uint64_t line, lines;
    bool overlong;
};

static void check_cut(const char *text, const struct blocks_options *given,
                      const struct want *want)
{
    struct loop *loop = loop_open();
    struct world w = {.o = *given};
    const char *names[] = {w.files[0].name};
    const struct item_limits limits = {.in = blocks_item_bytes(given)};
    struct item *item = item_new(&limits);
    struct blocks *blocks;
    struct flow_source source;
    struct err err;

    add_bytes(&w.files[0], text, strlen(text));
    make_file(&w.files[0], 0);
    w.o.files = names;
    w.o.file_count = 1;
    blocks = blocks_open(loop, &w.o);
    source = blocks_source(blocks);
    for (; want->in != NULL; want++) {
        item_clear(item, 0);
        ck_assert_int_eq(source.fill(source.self, item, &err), FLOW_FILLED);
        ck_assert_msg(slice_is(buf_slice(&item->in), want->in), "%.*s",
                      (int)item->in.len, item->in.data);
        ck_assert_uint_eq(item->line, want->line);
        ck_assert_uint_eq(item->lines, want->lines);
        ck_assert_int_eq(item->overlong, want->overlong);
    }
    item_clear(item, 0);
    ck_assert_int_eq(source.fill(source.self, item, &err), FLOW_END);
    blocks_close(blocks);
    item_free(item);
    loop_close(loop);
}

START_TEST(a_block_ends_when_it_has_its_lines)
{
    const struct blocks_options o = {
        .block_bytes = 100, .max_lines = 2, .max_line = 50};
    const struct want want[] = {{"a\nb\n", 1, 2, false},
                                {"\nd\n", 3, 2, false},
                                {"e", 5, 1, false},
                                {0}};

    check_cut("a\nb\n\nd\ne", &o, want);
}
END_TEST

START_TEST(a_block_ends_when_it_has_its_bytes)
{
    const struct blocks_options o = {
        .block_bytes = 5, .max_lines = 100, .max_line = 50};
    const struct want want[] = {{"aa\n", 1, 1, false},
                                {"bb\n", 2, 1, false},
                                {"cc\n", 3, 1, false},
                                {0}};

    check_cut("aa\nbb\ncc\n", &o, want);
}
END_TEST

/* What was read behind it while its end was sought comes with it. */
START_TEST(a_line_may_be_longer_than_a_block)
{
    const struct blocks_options o = {
        .block_bytes = 4, .max_lines = 100, .max_line = 50};
    const struct want want[] = {{"aaaaaaaaaaaaaaaaaaaa\nb\n", 1, 2, false},
                                {0}};

    check_cut("aaaaaaaaaaaaaaaaaaaa\nb\n", &o, want);
}
END_TEST

START_TEST(an_overlong_line_leaves_its_start)
{
    const struct blocks_options o = {
        .block_bytes = 4, .max_lines = 100, .max_line = 5};
    const struct want want[] = {
        {"a\n", 1, 1, false}, {"12345", 2, 1, true}, {"b\n", 3, 1, false}, {0}};

    check_cut("a\n1234567890123456789012345678901234567890\nb\n", &o, want);
}
END_TEST

START_TEST(cr_and_lf_do_not_count_for_the_limit)
{
    const struct blocks_options o = {
        .block_bytes = 4, .max_lines = 1, .max_line = 5};
    const struct want want[] = {{"12345\r\n", 1, 1, false},
                                {"12345\n", 2, 1, false},
                                {"12345", 3, 1, false},
                                {0}};

    check_cut("12345\r\n12345\n12345", &o, want);
}
END_TEST

/* A pipe whose writer pauses after a line and a half. */
START_TEST(a_pause_hands_out_what_is_whole)
{
    struct loop *loop = loop_open();
    struct world w = {
        .o = {.block_bytes = 100, .max_lines = 100, .max_line = 50}};
    const char *names[] = {w.files[0].name};
    const struct item_limits limits = {.in = blocks_item_bytes(&w.o)};
    struct item *item = item_new(&limits);
    struct blocks *blocks;
    struct flow_source source;
    struct err err;
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    snprintf(w.files[0].name, 40, "/dev/fd/%d", ends[0]);
    w.o.files = names;
    w.o.file_count = 1;
    blocks = blocks_open(loop, &w.o);
    source = blocks_source(blocks);
    ck_assert_int_eq(source.fill(source.self, item, &err), FLOW_LATER);
    ck_assert_int_eq(fd_write(ends[1], "one\nt", 5), 0);
    ck_assert_int_eq(source.fill(source.self, item, &err), FLOW_FILLED);
    ck_assert(slice_is(buf_slice(&item->in), "one\n"));
    item_clear(item, 0);
    ck_assert_int_eq(source.fill(source.self, item, &err), FLOW_LATER);
    ck_assert_int_eq(fd_write(ends[1], "wo\n", 3), 0);
    ck_assert_int_eq(source.fill(source.self, item, &err), FLOW_FILLED);
    ck_assert(slice_is(buf_slice(&item->in), "two\n"));
    ck_assert_uint_eq(item->line, 2);
    blocks_close(blocks);
    blocks_close(NULL);
    item_free(item);
    loop_close(loop);
    fd_close(ends[0]);
    fd_close(ends[1]);
}
END_TEST

/* An input that breaks off: its torn last line is no line, and the next input
 * is counted from its own start. A peer that closes with something unread
 * resets the connection. */
START_TEST(an_input_that_breaks_off_leaves_its_whole_lines)
{
    struct loop *loop = loop_open();
    struct world w = {
        .o = {.block_bytes = 100, .max_lines = 100, .max_line = 50}};
    const char *names[] = {"-", w.files[1].name};
    const struct item_limits limits = {.in = blocks_item_bytes(&w.o)};
    struct item *item = item_new(&limits);
    struct blocks *blocks;
    struct flow_source source;
    struct err err;
    int ends[2], before = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ck_assert_int_eq(fd_write(ends[0], "unread", 6), 0);
    ck_assert_int_eq(fd_write(ends[1], "a torn line", 11), 0);
    close(ends[1]);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    add_bytes(&w.files[1], "x\ny\nz\n0123456789\n", 17);
    make_file(&w.files[1], 1);
    w.o.files = names;
    w.o.file_count = 2;
    w.o.on_fault = on_fault;
    w.o.arg = &w;
    blocks = blocks_open(loop, &w.o);
    source = blocks_source(blocks);
    ck_assert_int_eq(source.fill(source.self, item, &err), FLOW_FILLED);
    dup2(before, STDIN_FILENO);
    ck_assert_uint_eq(w.faults, 1);
    ck_assert(slice_is(buf_slice(&item->in), "x\ny\nz\n0123456789\n"));
    ck_assert_uint_eq(item->line, 1);
    ck_assert_uint_eq(item->lines, 4);
    item_clear(item, 0);
    ck_assert_int_eq(source.fill(source.self, item, &err), FLOW_END);
    blocks_close(blocks);
    item_free(item);
    loop_close(loop);
    close(ends[0]);
    close(before);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("blocks");
    TCase *tests = tcase_create("blocks");
    SRunner *runner = srunner_create(suite);
    int failed;

    signal(SIGPIPE, SIG_IGN);
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, blocks_of_files_hold_all_lines);
    tcase_add_test(tests, blocks_of_pipes_hold_all_lines);
    tcase_add_test(tests, pieces_of_overlong_lines_hold_all_of_them);
    tcase_add_test(tests, a_block_ends_when_it_has_its_lines);
    tcase_add_test(tests, a_block_ends_when_it_has_its_bytes);
    tcase_add_test(tests, a_line_may_be_longer_than_a_block);
    tcase_add_test(tests, an_overlong_line_leaves_its_start);
    tcase_add_test(tests, cr_and_lf_do_not_count_for_the_limit);
    tcase_add_test(tests, a_pause_hands_out_what_is_whole);
    tcase_add_test(tests, an_input_that_breaks_off_leaves_its_whole_lines);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
