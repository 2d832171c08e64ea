/* SPDX-License-Identifier: MIT */
#include "work/ahead.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "flow/retry.h"
#include "io/loop.h"
#include "work/manifest.h"
#include "work/request.h"

enum { ITEMS = 1024, FEW = 64, HOSTS = 12, LINES = 4000, MOST = 200 };

/* A list of requests, and the items of a flow. */
struct rig {
    struct loop *loop;
    struct ahead *ahead;
    struct flow_source source;
    struct flow_watch watch;
    struct item *items[ITEMS];
    bool used[ITEMS];
    bool running[ITEMS];
    int (*host)(size_t line); /* of which host a line is */
    size_t lines;
    size_t count; /* of the items, in use */
    size_t read;
    size_t given;
    size_t last[HOSTS]; /* the line that was given last, from 1 */
    bool wanted;
    bool faulty; /* the list ends with a fault */
    bool later;  /* it has nothing now */
    bool stopped;
};

static enum flow_got list_fill(void *self, struct item *item, struct err *err)
{
    struct rig *rig = self;
    size_t column;

    if (rig->stopped || (rig->read == rig->lines && !rig->faulty))
        return FLOW_END;
    if (rig->read == rig->lines) {
        err_set(err, ERR_LIST, "no list");
        return FLOW_FAULT;
    }
    if (rig->later)
        return FLOW_LATER;
    item->number = rig->read;
    item->line = ++rig->read;
    item->origin = "list";
    buf_clear(&item->in);
    buf_printf(&item->in, "{\"url\":\"http://h%d/%zu\",\"meta\":%zu}",
               rig->host(rig->read - 1), rig->read, rig->read);
    ck_assert_int_eq(manifest_parse(item->work, item, &column, err), 0);
    item->known.row = rig->read * 2;
    item->attempts = item->tried = 1;
    ((struct request *)item->work)->name_owner = rig->read * 3;
    return FLOW_FILLED;
}

static void list_stop(void *self)
{
    ((struct rig *)self)->stopped = true;
}

static bool list_wanted(void *arg)
{
    return ((struct rig *)arg)->wanted;
}

static struct rig *rig_open(size_t lines, int (*host)(size_t line))
{
    static const struct item_limits limits = {.in = 1000, .result = 1000};
    struct rig *rig = mem_alloc(sizeof *rig);

    rig->loop = loop_open();
    rig->lines = lines;
    rig->host = host;
    rig->count = ITEMS;
    rig->wanted = true;
    for (size_t i = 0; i < ITEMS; i++) {
        rig->items[i] = item_new(&limits);
        rig->items[i]->work = request_new();
    }
    return rig;
}

static void rig_start(struct rig *rig)
{
    const struct ahead_options o = {
        .loop = rig->loop,
        .list = {.self = rig, .fill = list_fill, .stop = list_stop},
        .items = rig->count,
        .most = MOST,
        .most_bytes = (size_t)1 << 20,
        .wanted = list_wanted,
        .arg = rig};

    rig->ahead = ahead_open(&o);
    rig->source = ahead_source(rig->ahead);
    rig->watch = ahead_watch(rig->ahead);
}

static void rig_close(struct rig *rig)
{
    for (size_t i = 0; i < ITEMS; i++) {
        request_free(rig->items[i]->work);
        item_free(rig->items[i]);
    }
    ahead_close(rig->ahead);
    loop_close(rig->loop);
    mem_free(rig);
}

/* All that its line says, and all that it does not. */
static void check_item(struct rig *rig, const struct item *item)
{
    const struct request *request = item->work;
    char text[64];
    int host = rig->host(item->number);

    snprintf(text, sizeof text, "http://h%d/%zu", host,
             (size_t)item->number + 1);
    ck_assert(slice_is(buf_slice(&request->url), text));
    snprintf(text, sizeof text, "%zu", (size_t)item->number + 1);
    ck_assert(slice_is(buf_slice(&item->meta), text));
    snprintf(text, sizeof text, "task_%zu", (size_t)item->number + 1);
    ck_assert(slice_is(buf_slice(&item->id), text));
    ck_assert_uint_eq(item->line, item->number + 1);
    ck_assert_str_eq(item->origin, "list");
    ck_assert_uint_eq(item->known.row, (item->number + 1) * 2);
    ck_assert_uint_eq(item->tried, 1);
    ck_assert_uint_eq(item->attempts, 1);
    ck_assert_uint_eq(request->name_owner, (item->number + 1) * 3);
    ck_assert_uint_gt(item->number + 1, rig->last[host]);
    rig->last[host] = item->number + 1;
}

static size_t spare(const struct rig *rig)
{
    size_t i = 0;

    while (i < rig->count && rig->used[i])
        i++;
    return i;
}

/* Fills one item, if one is spare. */
static enum flow_got take(struct rig *rig)
{
    struct err err;
    size_t i = spare(rig);
    enum flow_got got;

    if (i == rig->count)
        return FLOW_LATER;
    item_clear(rig->items[i], 1000);
    got = rig->source.fill(rig->source.self, rig->items[i], &err);
    if (got != FLOW_FILLED)
        return got;
    check_item(rig, rig->items[i]);
    rig->used[i] = true;
    rig->running[i] = false;
    rig->given++;
    rig->watch.change(rig->watch.self, rig->items[i], FLOW_PENDING);
    return got;
}

static void run(struct rig *rig, size_t i)
{
    rig->running[i] = true;
    rig->watch.change(rig->watch.self, rig->items[i], FLOW_RUNNING);
}

static void end(struct rig *rig, size_t i)
{
    rig->used[i] = false;
    rig->source.ended(rig->source.self, rig->items[i]);
    rig->watch.change(rig->watch.self, rig->items[i], FLOW_ENDED);
}

static void step(struct rig *rig, struct retry_random *random)
{
    size_t i = (size_t)(retry_draw(random) % rig->count);

    switch (retry_draw(random) % 6) {
    case 0: rig->wanted = retry_draw(random) % 2; break;
    case 1: rig->later = retry_draw(random) % 4 == 0; break;
    case 2:
        if (rig->used[i] && !rig->running[i])
            run(rig, i);
        break;
    case 3:
        if (!rig->used[i])
            break;
        if (rig->running[i] && retry_draw(random) % 3 == 0) {
            rig->running[i] = false;
            rig->watch.change(rig->watch.self, rig->items[i], FLOW_RETRYING);
        } else {
            end(rig, i);
        }
        break;
    default:
        if (take(rig) == FLOW_END)
            ck_assert_uint_eq(rig->given, LINES);
    }
    ck_assert_uint_le(rig->read - rig->given, MOST);
}

static int at_random(size_t line)
{
    return (int)(line * 2654435761U / 7 % HOSTS);
}

START_TEST(each_line_comes_once_and_those_of_a_host_in_order)
{
    const char *seed = getenv("SEED");
    struct rig *rig = rig_open(LINES, at_random);
    struct retry_random random;

    retry_seed(&random);
    if (seed != NULL)
        random.state = strtoull(seed, NULL, 10);
    printf("SEED=%llu\n", (unsigned long long)random.state);
    rig->count = FEW;
    rig_start(rig);
    for (size_t n = 0; rig->given < LINES; n++) {
        ck_assert_uint_lt(n, 100 * LINES);
        step(rig, &random);
    }
    rig->later = false;
    while (spare(rig) == rig->count)
        step(rig, &random);
    ck_assert_int_eq(take(rig), FLOW_END);
    rig_close(rig);
}
END_TEST

static int all_one(size_t line)
{
    (void)line;
    return 0;
}

static int last_is_new(size_t line)
{
    return line == 199;
}

START_TEST(a_host_behind_many_requests_of_another_is_found)
{
    struct rig *rig = rig_open(200, last_is_new);

    rig_start(rig);
    for (int i = 0; i < 100 && rig->last[1] == 0; i++)
        take(rig);
    ck_assert_uint_eq(rig->last[1], 200);
    ck_assert_uint_le(rig->last[0], 10);
    rig_close(rig);
}
END_TEST

START_TEST(who_runs_more_is_given_more)
{
    struct rig *rig = rig_open(200, last_is_new);
    size_t first;

    rig_start(rig);
    while (take(rig) == FLOW_FILLED)
        ;
    first = rig->given;
    for (size_t i = 0; i < 4; i++)
        run(rig, i);
    while (take(rig) == FLOW_FILLED)
        ;
    ck_assert_uint_ge(rig->given, first + 8);
    rig_close(rig);
}
END_TEST

START_TEST(without_need_nothing_is_put_by)
{
    struct rig *rig = rig_open(LINES, all_one);

    rig->wanted = false;
    rig_start(rig);
    for (size_t n = 0; n < LINES; n++) {
        take(rig);
        ck_assert_uint_eq(rig->read, rig->given);
        if (n % 3 == 0 && rig->used[n % 8])
            end(rig, n % 8);
    }
    ck_assert_uint_gt(rig->given, LINES / 10);
    rig_close(rig);
}
END_TEST

START_TEST(a_run_that_stops_is_given_what_was_read)
{
    struct rig *rig = rig_open(LINES, all_one);
    size_t read;

    rig_start(rig);
    while (take(rig) == FLOW_FILLED)
        ;
    read = rig->read;
    ck_assert_uint_eq(read, rig->given + MOST);
    rig->source.stop(rig->source.self);
    while (take(rig) != FLOW_END)
        end(rig, 0);
    ck_assert_uint_eq(rig->given, read);
    rig_close(rig);
}
END_TEST

START_TEST(what_was_read_before_a_fault_comes_first)
{
    struct rig *rig = rig_open(100, all_one);
    enum flow_got got;

    rig->faulty = true;
    rig_start(rig);
    while ((got = take(rig)) != FLOW_FAULT) {
        if (got == FLOW_LATER)
            end(rig, 0);
    }
    ck_assert_uint_eq(rig->given, 100);
    rig_close(rig);
}
END_TEST

START_TEST(what_is_put_by_can_be_left)
{
    struct rig *rig = rig_open(LINES, at_random);

    rig_start(rig);
    while (take(rig) == FLOW_FILLED)
        ;
    ck_assert_uint_gt(rig->read, rig->given);
    rig_close(rig);
    ahead_close(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ahead");
    TCase *tests = tcase_create("ahead");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, each_line_comes_once_and_those_of_a_host_in_order);
    tcase_add_test(tests, a_host_behind_many_requests_of_another_is_found);
    tcase_add_test(tests, who_runs_more_is_given_more);
    tcase_add_test(tests, without_need_nothing_is_put_by);
    tcase_add_test(tests, a_run_that_stops_is_given_what_was_read);
    tcase_add_test(tests, what_was_read_before_a_fault_comes_first);
    tcase_add_test(tests, what_is_put_by_can_be_left);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
