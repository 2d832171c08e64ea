/* SPDX-License-Identifier: MIT */
#include "cmd/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "work/process.h"
#include "work/queue.h"

enum { NICEST = 19 };

static int refuse_pool(const char *text, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "--pool: '%s' is not NAME=N, with N tasks at once, 1 or "
                   "more",
                   text);
}

static int read_pool(const char *text, struct queue_pool *pool, struct err *err)
{
    const char *equals = strrchr(text, '=');
    uint64_t limit;
    char *name;

    if (equals == NULL || equals == text ||
        num_count(slice_text(equals + 1), &limit, err) < 0 || limit == 0 ||
        limit > SIZE_MAX / 2)
        return refuse_pool(text, err);
    name = mem_alloc((size_t)(equals - text) + 1); /* zeroed */
    memcpy(name, text, (size_t)(equals - text));
    *pool = (struct queue_pool){.name = name, .limit = (size_t)limit};
    return 0;
}

static int read_load(const char *text, double *load, struct err *err)
{
    char *end;
    double n;

    if (text == NULL)
        return 0;
    n = strtod(text, &end);
    if (strcmp(end, "%") == 0) {
        n = n / 100.0 * num_cpus();
        end++;
    }
    /* The first character: no sign, no blank, no "inf", no "nan". */
    if (strchr("0123456789.", text[0]) == NULL || *end != '\0' || !(n > 0) ||
        n > 1e9)
        return err_set(err, ERR_USAGE,
                       "--load: '%s' is neither a load (1.5) nor N%% of the "
                       "CPUs",
                       text);
    *load = n;
    return 0;
}

static int read_causes(const struct args_list *given, struct causes *causes,
                       struct err *err)
{
    if (given->count == 0)
        causes_default(causes);
    for (size_t i = 0; i < given->count; i++) {
        if (causes_add(causes, given->items[i], err) < 0)
            return err_wrap(err, "--retry-on");
    }
    return 0;
}

int schedule_apply(const struct schedule_options *o,
                   struct process_options *process, struct queue_pool **pools,
                   struct err *err)
{
    *pools = mem_alloc_array(o->pools.count + 1, sizeof **pools);
    for (size_t i = 0; i < o->pools.count; i++) {
        if (read_pool(o->pools.items[i], *pools + i, err) < 0)
            return -1;
    }
    if (read_causes(&o->retry_on, &process->again, err) < 0)
        return -1;
    if (read_load(o->load, &process->gate.load, err) < 0)
        return -1;
    if (o->nice > NICEST)
        return err_set(err, ERR_USAGE, "--nice: at most %d", (int)NICEST);
    process->pools = *pools;
    process->pool_count = o->pools.count;
    process->gate.delay_ms = o->delay;
    process->gate.memory_free = o->memfree;
    process->nice = (int)o->nice;
    return 0;
}

void schedule_free(struct queue_pool *pools, size_t count)
{
    for (size_t i = 0; pools != NULL && i < count; i++)
        mem_free(slice_unconst(pools[i].name));
    mem_free(pools);
}
