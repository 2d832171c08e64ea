/* SPDX-License-Identifier: MIT */
/* What a task prints, on its way into the record, files and raw output. */
#include "work/output.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "flow/item.h"
#include "flow/journal.h"
#include "io/loop.h"
#include "io/spawn.h"
#include "work/outcome.h"
#include "work/save.h"
#include "work/task.h"

static struct loop *loop;
static struct item *item;
static struct output_share *share;
static struct output output;
static int ends[2];
static char root[64];
static int told;

static void on_bytes(void *arg)
{
    (void)arg;
    told++;
}

static void set_up(void)
{
    const struct item_limits limits = {
        .in = 10, .result = 65536, .out = SPOOL_MEMORY, .side = SPOOL_MEMORY};

    snprintf(root, sizeof root, "/tmp/output_test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    loop = loop_open();
    ck_assert_ptr_nonnull(loop);
    item = item_new(&limits);
    buf_add_text(&item->id, "a/b");
    told = 0;
}

static void tear_down(void)
{
    char command[128];

    output_release(&output);
    output_share_free(share);
    item_free(item);
    loop_close(loop);
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

static void start(struct output_options options)
{
    struct err err;

    options.loop = loop;
    options.directory = root;
    if (options.capture == 0)
        options.capture = 100;
    share = output_share_new(&options);
    output_init(&output, share, on_bytes, NULL);
    ck_assert_int_eq(output_start(&output, item, ends, &err), 0);
}

static void print(const char *out, const char *err)
{
    ck_assert_int_eq(fd_write(ends[0], out, strlen(out)), 0);
    ck_assert_int_eq(fd_write(ends[1], err, strlen(err)), 0);
}

/* The task ends. */
static void end(void)
{
    fd_close(ends[0]);
    fd_close(ends[1]);
    output_drain(&output);
    ck_assert(output_ended(&output));
    output_end(&output, item);
}

static void check_file(const char *name, const char *want)
{
    char path[128], got[64] = "";
    int fd;

    snprintf(path, sizeof path, "%s/%s", root, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_ge(fd_read(fd, got, sizeof got - 1), 0);
    fd_close(fd);
    ck_assert_str_eq(got, want);
}

START_TEST(without_more_it_is_only_captured)
{
    start((struct output_options){.raw = OUTPUT_NOT_RAW});
    print("out", "err");
    end();
    ck_assert(slice_is(capture_head(&output.streams[0].capture), "out"));
    ck_assert(slice_is(capture_head(&output.streams[1].capture), "err"));
    ck_assert_uint_eq(item->out.len + item->side.len, 0);
    ck_assert_ptr_null(output_failed(&output));
}
END_TEST

START_TEST(files_have_all_of_it_as_it_comes)
{
    struct err err;
    struct save *files = save_open(root, false, &err);

    ck_assert_ptr_nonnull(files);
    start((struct output_options){.files = files, .capture = 2});
    print("one ", "err");
    output_drain(&output);
    check_file("a%2Fb.out", "one ");
    print("two", "");
    end();
    check_file("a%2Fb.out", "one two");
    check_file("a%2Fb.err", "err");
    ck_assert(slice_is(capture_head(&output.streams[0].capture), "on"));
    save_close(files);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_told_and_holds_nobody)
{
    struct err err;
    struct save *files = save_open(root, false, &err);
    char want[128];

    start((struct output_options){.files = files});
    ck_assert_int_eq(fd_close(output.streams[1].file), 0);
    output.streams[1].file = open("/dev/full", O_WRONLY | O_CLOEXEC);
    print("out", "err");
    end();
    snprintf(want, sizeof want, "%s/a%%2Fb.err: No space left on device", root);
    ck_assert_ptr_nonnull(output_failed(&output));
    ck_assert_int_eq(output_failed(&output)->kind, ERR_OUTPUT);
    ck_assert_str_eq(output_failed(&output)->text, want);
    ck_assert_uint_eq(output.streams[1].capture.bytes, 3);
    save_close(files);
}
END_TEST

START_TEST(raw_output_is_the_items_when_the_task_has_ended)
{
    start((struct output_options){.raw = OUTPUT_WHOLE});
    print("one\ntwo", "err");
    output_drain(&output);
    ck_assert_uint_eq(item->out.len, 0);
    end();
    ck_assert(slice_is(buf_slice(&item->out), "one\ntwo"));
    ck_assert(slice_is(buf_slice(&item->side), "err\n"));
}
END_TEST

START_TEST(a_tag_is_before_each_line)
{
    start((struct output_options){.raw = OUTPUT_WHOLE, .tag = true});
    print("one\nt", "");
    output_drain(&output);
    print("wo\n\nthree", "err\n");
    end();
    ck_assert(slice_is(buf_slice(&item->out),
                       "a/b\tone\na/b\ttwo\na/b\t\na/b\tthree\n"));
    ck_assert(slice_is(buf_slice(&item->side), "a/b\terr\n"));
}
END_TEST

static struct journal *waits_for;

/* Until all that was printed has been read. */
static void turn(void *arg)
{
    (void)arg;
    journal_send(waits_for);
    if (output.streams[0].capture.bytes == 8)
        loop_stop(loop);
}

START_TEST(a_full_journal_makes_the_task_wait)
{
    static char lines[JOURNAL_FULL];
    const int file = fd_memory_file("lines");
    struct journal *journal = journal_new(loop, file, "lines");

    start((struct output_options){.raw = OUTPUT_LINES,
                                  .journals = {journal, journal}});
    journal_add(journal, slice_of(lines, sizeof lines));
    print("one\n", "");
    output_drain(&output);
    ck_assert(output_paused(&output));
    print("two\n", "");
    output_drain(&output);
    ck_assert_uint_eq(output.streams[0].capture.bytes, 4);
    waits_for = journal;
    loop_before_wait(loop, turn, NULL);
    loop_run(loop);
    ck_assert(!output_paused(&output));
    ck_assert_uint_eq(output.streams[0].capture.bytes, 8);
    output_stop(&output);
    journal_close(journal);
    fd_close(file);
}
END_TEST

START_TEST(the_record_has_what_was_said)
{
    const struct spawn_exit how = {.code = 3, .max_rss = 4096};

    start((struct output_options){.capture = 4});
    print("out\xFF", "a long error");
    end();
    item_fail(item, ITEM_FAILED, "exit", "exit status 3");
    outcome_write(&(struct outcome){&how, &output.streams[0].capture,
                                    &output.streams[1].capture},
                  item);
    ck_assert(slice_is(
        buf_slice(&item->result),
        "{\"exit_code\":3,\"signal\":null,\"stdout\":\"out\xEF\xBF\xBD\","
        "\"stderr\":\"a lo\",\"stdout_bytes\":4,\"stderr_bytes\":12,"
        "\"truncated\":true,\"user_time\":0.000000,\"system_time\":0.000000,"
        "\"max_rss\":4096,\"stderr_tail\":\"rror\","
        "\"stdout_base64\":\"b3V0/w==\"}"));
    ck_assert(slice_is(buf_slice(&item->tail), "a long error"));
    ck_assert_int_eq(item->exit_code, 3);
    ck_assert_uint_eq(item->bytes_out, 4);
}
END_TEST

START_TEST(a_command_is_told_as_far_as_there_is_room)
{
    char *argv[] = {(char[]){"echo"}, (char[]){"a b"}, NULL};
    struct task task = {.argv = argv};
    struct buf text;

    start((struct output_options){.raw = OUTPUT_NOT_RAW});
    end();
    buf_init(&text, 6);
    outcome_describe(&task, &text);
    ck_assert(slice_is(buf_slice(&text), "echo a"));
    buf_release(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("output");
    TCase *tests = tcase_create("output");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, without_more_it_is_only_captured);
    tcase_add_test(tests, files_have_all_of_it_as_it_comes);
    tcase_add_test(tests,
                   a_file_that_cannot_be_written_is_told_and_holds_nobody);
    tcase_add_test(tests, raw_output_is_the_items_when_the_task_has_ended);
    tcase_add_test(tests, a_tag_is_before_each_line);
    tcase_add_test(tests, a_full_journal_makes_the_task_wait);
    tcase_add_test(tests, the_record_has_what_was_said);
    tcase_add_test(tests, a_command_is_told_as_far_as_there_is_room);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
