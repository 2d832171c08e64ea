/* SPDX-License-Identifier: MIT */
/*
 * store_rates - how many results a state takes, by itself
 *
 *     store_rates FILE [RESULTS [BATCH]]
 *
 * Writes RESULTS (200,000) results of short tasks into a new state, BATCH (512)
 * a transaction, and prints results a second and bytes of the file for each;
 * with --durability process and power.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/identity.h"
#include "store/store.h"

static const char result[] =
    "{\"exit_code\":0,\"signal\":null,\"stdout\":\"\",\"stderr\":\"\","
    "\"stdout_bytes\":0,\"stderr_bytes\":0,\"truncated\":false,"
    "\"user_time\":0.000914,\"system_time\":0.000321,\"max_rss\":7782400}";

static void give_up(const struct err *err)
{
    fprintf(stderr, "store_rates: %s\n", err->text);
    exit(1); /* NOLINT(concurrency-mt-unsafe) */
}

static void fill(struct item *item, struct identity *identity, size_t number)
{
    item_clear(item, 65536);
    item->number = number;
    buf_printf(&item->in, "true %zu", number);
    buf_printf(&item->id, "task_%zu", number + 1);
    identity_begin(identity);
    identity_add(identity, 'c', buf_slice(&item->in));
    identity_end(identity, item->known.content);
    identity_meet(identity, item);
    item->attempts = 1;
    item->started_wall_ms = clock_wall_ms();
    item->duration_us = 1234;
    buf_add_text(&item->result, result);
    item_complete(item);
}

static void measure(const char *path, bool power, size_t results, size_t most)
{
    const struct store_options options = {.path = path, .power = power};
    const struct item_limits limits = {.in = 65536, .result = 65536};
    struct ledger_end *ends = calloc(most, sizeof *ends);
    struct ledger_batch batch = {.ends = ends};
    struct identity *identity = identity_new();
    struct ledger_keeper keeper;
    struct store *store;
    struct stat st;
    struct err err;
    int64_t begun_us, took_us = 0;

    unlink(path);
    store = store_open(&options, &err);
    if (store == NULL || store_begin_run(store, "bench", true, &err) < 0)
        give_up(&err);
    keeper = store_keeper(store);
    for (size_t i = 0; i < most; i++)
        ends[i].item = item_new(&limits);
    for (size_t done = 0; done < results; done += batch.end_count) {
        batch.end_count = results - done < most ? results - done : most;
        for (size_t i = 0; i < batch.end_count; i++) {
            fill(ends[i].item, identity, done + i);
            ends[i].first = true;
        }
        begun_us = clock_now_us();
        if (keeper.keep(keeper.self, &batch, &err) < 0)
            give_up(&err);
        took_us += clock_now_us() - begun_us;
    }
    store_close(store);
    if (stat(path, &st) < 0)
        memset(&st, 0, sizeof st);
    printf("%-8s %zu results, %zu a transaction: %.0f a second, %.0f bytes "
           "each\n",
           power ? "power" : "process", results, most,
           (double)results * 1e6 / (double)took_us,
           (double)st.st_size / (double)results);
    for (size_t i = 0; i < most; i++)
        item_free(ends[i].item);
    free(ends);
    identity_free(identity);
    unlink(path);
}

int main(int argc, char **argv)
{
    const size_t results = argc > 2 ? (size_t)atol(argv[2]) : 200000;
    const size_t most = argc > 3 ? (size_t)atol(argv[3]) : 512;

    if (argc < 2 || results == 0 || most == 0) {
        fprintf(stderr, "usage: store_rates FILE [RESULTS [BATCH]]\n");
        return 2;
    }
    measure(argv[1], false, results, most);
    measure(argv[1], true, results, most);
    return 0;
}
