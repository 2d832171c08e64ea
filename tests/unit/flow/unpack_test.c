/* SPDX-License-Identifier: MIT */
/*
 * Compressed inputs, read as a command reads them. The decompressors are the
 * system's, those of them that are installed; where a program is to misbehave
 * it is a script of that name. What must hold is: an input either comes whole,
 * or is a fault, and then what came before is the beginning of it.
 */
#include "flow/unpack.h"

#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "flow/input.h"
#include "io/loop.h"
#include "io/spawn.h"
#include "support/folder.h"
#include "support/random.h"
#include "support/thread.h"

enum { FORMATS = 5, CONTENT_MAX = 4 * 1024 * 1024 };

static const char *const programs[FORMATS] = {"gzip", "zstd", "xz", "bzip2",
                                              "lz4"};
static const char *const magics[FORMATS] = {"\x1F\x8B", "\x28\xB5\x2F\xFD",
                                            "\xFD"
                                            "7zXZ",
                                            "BZh", "\x04\x22\x4D\x18"};
static const size_t magic_lens[FORMATS] = {2, 4, 6, 3, 4};

extern char **environ;

static struct loop *loop;
static struct spawn *children;
static struct unpack_tools tools;
static int turns;

/* The second turn comes after an event. */
static void count_turn(void *arg)
{
    (void)arg;
    if (turns++ > 0)
        loop_stop(loop);
}

static void wait_for_turn(void)
{
    turns = 0;
    loop_run(loop);
}

static struct spawn *need_spawn(void *arg, struct err *err)
{
    (void)arg;
    if (children == NULL)
        children = spawn_open(loop, err);
    return children;
}

static void begin(void)
{
    signal(SIGPIPE, SIG_IGN);
    make_folder();
    loop = loop_open();
    ck_assert_ptr_nonnull(loop);
    loop_before_wait(loop, count_turn, NULL);
    tools = (struct unpack_tools){.spawn = need_spawn,
                                  .environment = environ,
                                  /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
                                  .path = getenv("PATH")};
}

static void run_shell(const char *command)
{
    /* NOLINTNEXTLINE(cert-env33-c): the names are ours */
    ck_assert_msg(system(command) == 0, "%s", command);
}

/* Children are ended before what watches them is freed. */
static void close_input(struct input *input)
{
    spawn_close(children);
    children = NULL;
    input_close(input);
}

static void end(void)
{
    loop_close(loop);
    remove_folder();
}

static bool is_installed(int format)
{
    char found[PATH_MAX];

    return spawn_find(programs[format], tools.path, found, sizeof found) == 0;
}

static void write_file(const char *name, struct slice bytes, mode_t mode)
{
    int fd;

    unlink(inside(name)); /* it may have another mode */
    fd = open(inside(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fd_write(fd, bytes.ptr, bytes.len), 0);
    fd_close(fd);
}

/* The bytes of a file of ours, appended. */
static void read_file(const char *name, struct buf *out)
{
    int fd = open(inside(name), O_RDONLY | O_CLOEXEC);
    ssize_t n;

    ck_assert_int_ge(fd, 0);
    while ((n = fd_read(fd, buf_reserve(out, 65536), 65536)) > 0)
        out->len += (size_t)n;
    ck_assert_int_eq(n, 0);
    fd_close(fd);
}

/* Append `content` as a member of the format. */
static void pack(int format, struct slice content, struct buf *packed)
{
    char command[3 * PATH_MAX];

    write_file("content", content, 0600);
    snprintf(command, sizeof command,
             "%s -c <'%s/content' >'%s/packed' 2>/dev/null", programs[format],
             folder, folder);
    run_shell(command);
    read_file("packed", packed);
}

/* Lines that compress, but not to nothing. */
static void make_content(struct buf *content, size_t len, uint32_t *state)
{
    buf_init(content, CONTENT_MAX);
    while (content->len < len)
        buf_printf(content, "{\"id\":%u,\"a\":[%u,null]}\n",
                   (unsigned)(draw(state) % 10000),
                   (unsigned)(draw(state) % 10));
}

/* Read one input to its end, `n` bytes at a time; what came in `out`. */
static enum input_got read_one(struct input *input, struct buf *out, size_t n,
                               struct err *err)
{
    enum input_got got;

    for (;;) {
        char *room = buf_reserve(out, n);
        size_t bytes = 0;

        ck_assert_ptr_nonnull(room);
        got = input_read(input, room, n, &bytes, err);
        if (got == INPUT_LATER)
            wait_for_turn();
        else if (got == INPUT_BYTES)
            out->len += bytes;
        else
            return got;
        ck_assert_uint_le(bytes, n);
    }
}

/* A thread that writes bytes in random pieces of up to `most`. */
struct writer {
    pthread_t id;
    int fd;
    struct slice bytes;
    size_t most;
    uint32_t random;
};

static void *write_pieces(void *arg)
{
    struct writer *w = arg;

    while (w->bytes.len > 0) {
        size_t n = 1 + draw(&w->random) % w->most;

        n = n < w->bytes.len ? n : w->bytes.len;
        if (fd_write(w->fd, w->bytes.ptr, n) < 0)
            break; /* nobody reads on: a fault was found */
        w->bytes.ptr += n;
        w->bytes.len -= n;
        if (draw(&w->random) % 4 == 0)
            sched_yield();
    }
    fd_close(w->fd);
    return NULL;
}

/* Read these bytes as a file. */
static enum input_got read_as_file(struct slice bytes, struct buf *out,
                                   struct err *err)
{
    char path[PATH_MAX];
    const char *const names[] = {path};
    struct input *input = input_open(loop, names, 1);
    enum input_got got;

    write_file("a", bytes, 0600);
    snprintf(path, sizeof path, "%s", inside("a"));
    input_unpack(input, loop, &tools);
    got = read_one(input, out, 65536, err);
    if (got == INPUT_FILE_END)
        ck_assert_int_eq(read_one(input, out, 3, err), INPUT_END);
    close_input(input);
    return got;
}

/* Read these bytes as a pipe, written in pieces of up to `most`. */
static enum input_got read_as_pipe(struct slice bytes, size_t most,
                                   uint32_t random, struct buf *out,
                                   struct err *err)
{
    char name[40];
    const char *const names[] = {name};
    struct writer w = {.bytes = bytes, .most = most, .random = random};
    struct input *input = input_open(loop, names, 1);
    enum input_got got;
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    w.fd = ends[1];
    start_thread(&w.id, write_pieces, &w);
    input_unpack(input, loop, &tools);
    got = read_one(input, out, 1 + random % 70000, err);
    close_input(input);
    fd_close(ends[0]);
    pthread_join(w.id, NULL);
    return got;
}

START_TEST(a_format_is_told_by_its_first_bytes)
{
    const struct unpack_format *format;

    for (int i = 0; i < FORMATS; i++) {
        for (size_t len = 0; len < magic_lens[i]; len++)
            ck_assert_int_eq(unpack_guess(slice_of(magics[i], len), &format),
                             UNPACK_MAYBE);
        ck_assert_int_eq(
            unpack_guess(slice_of(magics[i], magic_lens[i]), &format),
            UNPACK_IS);
    }
}
END_TEST

START_TEST(one_byte_tells_what_is_none)
{
    const struct unpack_format *format;

    for (int byte = 0; byte < 256; byte++) {
        const char c = (char)byte;
        bool begins = false;

        for (int i = 0; i < FORMATS; i++)
            begins = begins || magics[i][0] == c;
        ck_assert_int_eq(unpack_guess(slice_of(&c, 1), &format),
                         begins ? UNPACK_MAYBE : UNPACK_NOT);
    }
}
END_TEST

START_TEST(a_live_pipe_is_not_held_up)
{
    char name[40], bytes[10];
    const char *const names[] = {name};
    struct input *input = input_open(loop, names, 1);
    size_t got = 0;
    struct err err;
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    input_unpack(input, loop, &tools);
    ck_assert_int_eq(input_read(input, bytes, 10, &got, &err), INPUT_LATER);
    ck_assert_int_eq(fd_write(ends[1], "1", 1), 0);
    ck_assert_int_eq(input_read(input, bytes, 10, &got, &err), INPUT_BYTES);
    ck_assert_uint_eq(got, 1);
    ck_assert_int_eq(fd_write(ends[1], "\x1F\x8B", 2), 0);
    ck_assert_int_eq(input_read(input, bytes, 10, &got, &err), INPUT_BYTES);
    ck_assert_uint_eq(got, 2);
    ck_assert_ptr_null(children);
    close_input(input);
    fd_close(ends[0]);
    fd_close(ends[1]);
}
END_TEST

START_TEST(half_a_magic_is_none)
{
    for (int i = 0; i < FORMATS; i++) {
        for (size_t len = 0; len < magic_lens[i]; len++) {
            struct buf out;
            struct err err;

            buf_init(&out, 100000);
            ck_assert_int_eq(read_as_file(slice_of(magics[i], len), &out, &err),
                             INPUT_FILE_END);
            ck_assert_int_eq(
                read_as_pipe(slice_of(magics[i], len), 1, 1, &out, &err),
                INPUT_FILE_END);
            ck_assert_uint_eq(out.len, 2 * len);
            ck_assert_int_eq(memcmp(out.data ? out.data : "", magics[i], len),
                             0);
            buf_release(&out);
        }
    }
}
END_TEST

START_TEST(without_tools_the_bytes_come_as_they_are)
{
    char path[PATH_MAX];
    const char *const names[] = {path};
    struct input *input = input_open(loop, names, 1);
    struct buf out;
    struct err err;

    write_file("a", slice_text("\x1F\x8B\x08 and so on"), 0600);
    snprintf(path, sizeof path, "%s", inside("a"));
    buf_init(&out, 100);
    ck_assert_int_eq(read_one(input, &out, 20, &err), INPUT_FILE_END);
    ck_assert(slice_is(buf_slice(&out), "\x1F\x8B\x08 and so on"));
    buf_release(&out);
    input_close(input);
}
END_TEST

/* As a file and as a pipe, all of it. */
static void check_whole(struct slice packed, struct slice want, size_t most,
                        uint32_t *state)
{
    struct buf out;
    struct err err;

    buf_init(&out, CONTENT_MAX);
    ck_assert_int_eq(read_as_file(packed, &out, &err), INPUT_FILE_END);
    ck_assert(slice_equal(buf_slice(&out), want));
    buf_clear(&out);
    ck_assert_int_eq(read_as_pipe(packed, most, draw(state), &out, &err),
                     INPUT_FILE_END);
    ck_assert(slice_equal(buf_slice(&out), want));
    buf_release(&out);
}

START_TEST(each_format_comes_whole)
{
    static const size_t lens[] = {0, 1, 5000, 2000000};
    uint32_t state = seed_of_run();

    for (int i = 0; i < FORMATS; i++) {
        for (size_t k = 0; is_installed(i) && k < 4; k++) {
            struct buf content, packed;

            make_content(&content, lens[k], &state);
            buf_init(&packed, CONTENT_MAX);
            pack(i, buf_slice(&content), &packed);
            check_whole(buf_slice(&packed), buf_slice(&content),
                        k < 3 ? 7 : 100000, &state);
            buf_release(&content);
            buf_release(&packed);
        }
    }
}
END_TEST

START_TEST(members_come_one_after_the_other)
{
    uint32_t state = seed_of_run();

    for (int i = 0; i < FORMATS; i++) {
        struct buf content, packed;

        if (!is_installed(i))
            continue;
        make_content(&content, 3000, &state);
        buf_init(&packed, CONTENT_MAX);
        pack(i, slice_of(content.data, 1000), &packed);
        pack(i, slice_of(content.data + 1000, content.len - 1000), &packed);
        check_whole(buf_slice(&packed), buf_slice(&content), 50, &state);
        buf_release(&content);
        buf_release(&packed);
    }
}
END_TEST

START_TEST(a_mark_within_is_skipped_and_nothing_unpacked_twice)
{
    for (int i = 0; i < FORMATS; i++) {
        struct buf packed;
        uint32_t state = 1;

        if (!is_installed(i))
            continue;
        buf_init(&packed, CONTENT_MAX);
        pack(i, slice_text("\xEF\xBB\xBF{}\n"), &packed);
        check_whole(buf_slice(&packed), slice_text("{}\n"), 3, &state);
        buf_clear(&packed);
        pack(i, slice_text("\x1F\x8B\x08 and so on"), &packed);
        check_whole(buf_slice(&packed), slice_text("\x1F\x8B\x08 and so on"), 3,
                    &state);
        buf_release(&packed);
    }
}
END_TEST

/* Read it the one way or the other. */
static enum input_got read_either(struct slice bytes, uint32_t *state,
                                  struct buf *out, struct err *err)
{
    buf_clear(out);
    if (draw(state) % 2 == 0)
        return read_as_file(bytes, out, err);
    return read_as_pipe(bytes, 1 + draw(state) % 50000, draw(state), out, err);
}

/* All that is left of a torn input is a beginning, and a fault. */
static void check_torn(struct slice torn, struct slice content, uint32_t *state)
{
    struct buf out;
    struct err err;

    buf_init(&out, CONTENT_MAX);
    ck_assert_int_eq(read_either(torn, state, &out, &err), INPUT_FAULT);
    ck_assert_int_eq(err.kind, ERR_INPUT);
    ck_assert_uint_le(out.len, content.len);
    ck_assert(slice_equal(buf_slice(&out), slice_of(content.ptr, out.len)));
    buf_release(&out);
}

START_TEST(a_truncated_input_is_a_fault)
{
    uint32_t state = seed_of_run();

    for (int i = 0; i < FORMATS; i++) {
        const size_t first = magic_lens[i];
        struct buf content, packed;

        if (!is_installed(i))
            continue;
        make_content(&content, 400000, &state);
        buf_init(&packed, CONTENT_MAX);
        pack(i, buf_slice(&content), &packed);
        for (size_t k = 0; k < 50; k++)
            check_torn(slice_of(packed.data,
                                first + k * (packed.len - 1 - first) / 49),
                       buf_slice(&content), &state);
        buf_release(&content);
        buf_release(&packed);
    }
}
END_TEST

/* Some bits mean nothing, such as those of a time in a header. */
static void check_damaged(struct buf *packed, size_t from, struct slice content,
                          uint32_t *state)
{
    const size_t at = from + draw(state) % (packed->len - from);
    const char bit = (char)(1 << draw(state) % 8);
    struct buf out;
    struct err err;

    buf_init(&out, 4 * CONTENT_MAX);
    packed->data[at] = (char)(packed->data[at] ^ bit);
    if (read_either(buf_slice(packed), state, &out, &err) == INPUT_FILE_END)
        ck_assert(slice_equal(buf_slice(&out), content));
    packed->data[at] = (char)(packed->data[at] ^ bit);
    buf_release(&out);
}

START_TEST(a_damaged_input_is_a_fault_unless_it_comes_whole)
{
    uint32_t state = seed_of_run();

    for (int i = 0; i < FORMATS; i++) {
        struct buf content, packed;

        if (!is_installed(i))
            continue;
        make_content(&content, 20000, &state);
        buf_init(&packed, CONTENT_MAX);
        pack(i, buf_slice(&content), &packed);
        for (int k = 0; k < 50; k++)
            check_damaged(&packed, magic_lens[i], buf_slice(&content), &state);
        buf_release(&content);
        buf_release(&packed);
    }
}
END_TEST

START_TEST(what_follows_the_end_is_not_passed_over_in_silence)
{
    for (int i = 0; i < FORMATS; i++) {
        struct buf packed, out;
        struct err err;

        if (!is_installed(i))
            continue;
        buf_init(&packed, CONTENT_MAX);
        buf_init(&out, 100000);
        pack(i, slice_text("1\n"), &packed);
        buf_add_text(&packed, "something else");
        ck_assert_int_eq(read_as_file(buf_slice(&packed), &out, &err),
                         INPUT_FAULT);
        buf_release(&packed);
        buf_release(&out);
    }
}
END_TEST

/* Let a script be gzip, and PATH lead to it alone. */
static void be_gzip(const char *script)
{
    static char path[PATH_MAX];
    struct buf text;

    buf_init(&text, 1000);
    buf_printf(&text, "#!/bin/sh\nPATH=/usr/bin:/bin\n%s\n", script);
    write_file("gzip", buf_slice(&text), 0700);
    buf_release(&text);
    snprintf(path, sizeof path, "%s", folder);
    tools.path = path;
}

/* What is said of an input; `gzip` does this with it. */
static void check_fault(const char *script, const char *want, const char *left)
{
    static const struct slice packed = {"\x1F\x8B\x08 what follows", 16};
    char whole[PATH_MAX + 300];
    struct buf out;
    struct err err;

    if (script != NULL)
        be_gzip(script);
    buf_init(&out, CONTENT_MAX);
    ck_assert_int_eq(read_as_file(packed, &out, &err), INPUT_FAULT);
    snprintf(whole, sizeof whole, "%s: %s", inside("a"), want);
    ck_assert_str_eq(err.text, whole);
    ck_assert_int_eq(err.kind, ERR_INPUT);
    ck_assert(slice_is(buf_slice(&out), left));
    buf_clear(&out);
    ck_assert_int_eq(read_as_pipe(packed, 4, 77, &out, &err), INPUT_FAULT);
    ck_assert_ptr_nonnull(strstr(err.text, want));
    ck_assert(slice_is(buf_slice(&out), left));
    buf_release(&out);
}

START_TEST(a_missing_program_is_named)
{
    char want[PATH_MAX];

    tools.path = folder;
    check_fault(NULL, "gzip is not installed", "");
    write_file("gzip", slice_text("#!/bin/sh\n"), 0600);
    check_fault(NULL, "gzip: Permission denied", "");
    write_file("gzip", slice_text("no program"), 0700);
    snprintf(want, sizeof want, "%s/gzip: Exec format error", folder);
    check_fault(NULL, want, "");
}
END_TEST

START_TEST(a_program_that_fails_is_a_fault)
{
    check_fault("cat >/dev/null; echo 1; exit 3", "gzip: exit status 3", "1\n");
    check_fault("echo 1; exit 3", "gzip: exit status 3", "1\n");
    check_fault("cat >/dev/null; kill -9 $$", "gzip: killed by signal 9 (KILL)",
                "");
    check_fault("echo >&2; echo '  it  broke\t' >&2; echo more >&2; exit 1",
                "gzip: it  broke", "");
    check_fault("echo gzip: no good >&2; exit 1", "gzip: no good", "");
}
END_TEST

START_TEST(a_talkative_program_is_cut_short_and_never_stuck)
{
    char want[400] = "gzip: ";

    memset(want + 6, 'x', 256);
    check_fault("head -c 300000 /dev/zero | tr '\\0' x >&2; exit 1", want, "");
}
END_TEST

START_TEST(a_program_that_dawdles_after_its_end_is_waited_for)
{
    check_fault("echo 1; exec >&-; sleep 0.3; exit 4", "gzip: exit status 4",
                "1\n");
}
END_TEST

START_TEST(a_program_that_holds_nothing_of_its_input_gives_what_it_gives)
{
    struct buf out;
    struct err err;
    struct slice packed = slice_text("\x1F\x8B\x08 what follows");

    be_gzip("exec <&-; echo 1; exit 0");
    buf_init(&out, CONTENT_MAX);
    ck_assert_int_eq(read_as_pipe(packed, 2, 3, &out, &err), INPUT_FILE_END);
    ck_assert(slice_is(buf_slice(&out), "1\n"));
    buf_release(&out);
}
END_TEST

/* A file with "x" in front, at whose second byte stdin stands. */
static void check_stdin(int fd, const char *want)
{
    static const char *const names[] = {"-"};
    struct input *input = input_open(loop, names, 1);
    const int before = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    const int flags = fcntl(fd, F_GETFL);
    struct buf out;
    struct err err;

    buf_init(&out, 100000);
    ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    input_unpack(input, loop, &tools);
    ck_assert_int_eq(read_one(input, &out, 4096, &err), INPUT_FILE_END);
    ck_assert(slice_is(buf_slice(&out), want));
    ck_assert_int_eq(fcntl(STDIN_FILENO, F_GETFL), flags);
    close_input(input);
    ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
    dup2(before, STDIN_FILENO);
    close(before);
    buf_release(&out);
}

START_TEST(stdin_is_unpacked_from_where_it_stands_and_keeps_its_flags)
{
    struct buf packed;
    int ends[2], fd;

    if (!is_installed(0))
        return;
    buf_init(&packed, CONTENT_MAX);
    buf_add_char(&packed, 'x');
    pack(0, slice_text("[1]\n"), &packed);
    write_file("a", buf_slice(&packed), 0600);
    fd = open(inside("a"), O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(lseek(fd, 1, SEEK_SET), 1);
    check_stdin(fd, "[1]\n");
    close(fd);
    ck_assert_int_eq(fd_pipe(ends), 0);
    ck_assert_int_eq(fd_write(ends[1], packed.data + 1, packed.len - 1), 0);
    close(ends[1]);
    check_stdin(ends[0], "[1]\n");
    close(ends[0]);
    buf_release(&packed);
}
END_TEST

START_TEST(a_child_that_still_runs_is_ended)
{
    char path[PATH_MAX], bytes[10];
    const char *const names[] = {path};
    struct input *input = input_open(loop, names, 1);
    size_t got = 0;
    struct err err;

    be_gzip("echo $$; sleep 100 & wait");
    write_file("a", slice_text("\x1F\x8B\x08"), 0600);
    snprintf(path, sizeof path, "%s", inside("a"));
    input_unpack(input, loop, &tools);
    while (input_read(input, bytes, 9, &got, &err) != INPUT_BYTES || got == 0)
        wait_for_turn();
    bytes[got] = '\0';
    ck_assert_int_eq(kill((pid_t)strtol(bytes, NULL, 10), 0), 0);
    ck_assert(input_pauses(input));
    close_input(input);
    ck_assert_int_eq(kill(-(pid_t)strtol(bytes, NULL, 10), 0), -1);
}
END_TEST

static TCase *list_tests(void)
{
    TCase *tests = tcase_create("unpack");

    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 60); /* sanitizers, on a busy machine */
    tcase_add_test(tests, a_format_is_told_by_its_first_bytes);
    tcase_add_test(tests, one_byte_tells_what_is_none);
    tcase_add_test(tests, a_live_pipe_is_not_held_up);
    tcase_add_test(tests, half_a_magic_is_none);
    tcase_add_test(tests, without_tools_the_bytes_come_as_they_are);
    tcase_add_test(tests, each_format_comes_whole);
    tcase_add_test(tests, members_come_one_after_the_other);
    tcase_add_test(tests, a_mark_within_is_skipped_and_nothing_unpacked_twice);
    tcase_add_test(tests, a_truncated_input_is_a_fault);
    tcase_add_test(tests, a_damaged_input_is_a_fault_unless_it_comes_whole);
    tcase_add_test(tests, what_follows_the_end_is_not_passed_over_in_silence);
    tcase_add_test(tests, a_missing_program_is_named);
    tcase_add_test(tests, a_program_that_fails_is_a_fault);
    tcase_add_test(tests, a_talkative_program_is_cut_short_and_never_stuck);
    tcase_add_test(tests, a_program_that_dawdles_after_its_end_is_waited_for);
    tcase_add_test(
        tests, a_program_that_holds_nothing_of_its_input_gives_what_it_gives);
    tcase_add_test(tests,
                   stdin_is_unpacked_from_where_it_stands_and_keeps_its_flags);
    tcase_add_test(tests, a_child_that_still_runs_is_ended);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("unpack");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, list_tests());
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
