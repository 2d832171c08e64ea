/* SPDX-License-Identifier: MIT */
#include "json/index.h"

#include <string.h>

#include "base/mem.h"
#include "json/index_core.h"

/* The best one first; the plain one is always there. */
static const struct kernel {
    const char *name;
    index_fn fn;
} kernels[] = {
#if defined(__x86_64__)
    {"avx512", index_avx512}, {"avx2", index_avx2}, {"sse", index_sse},
#endif
#if defined(__aarch64__)
    {"neon", index_neon},
#endif
    {"plain", index_plain},
};

/* The last newline, and what index_write may overwrite. */
enum { SLACK = 2 * INDEX_CHUNK };

enum { KERNELS = sizeof kernels / sizeof kernels[0] };

/* Set once before threads start (index_choose), read by all. */
static const struct kernel *chosen;

static bool has(const char *name)
{
#if defined(__x86_64__)
    if (strcmp(name, "avx512") == 0)
        return __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vbmi2") &&
               __builtin_cpu_supports("pclmul") &&
               __builtin_cpu_supports("bmi") &&
               __builtin_cpu_supports("popcnt");
    if (strcmp(name, "avx2") == 0)
        return __builtin_cpu_supports("avx2") &&
               __builtin_cpu_supports("pclmul") &&
               __builtin_cpu_supports("bmi") &&
               __builtin_cpu_supports("popcnt");
    if (strcmp(name, "sse") == 0)
        return __builtin_cpu_supports("sse4.2") &&
               __builtin_cpu_supports("pclmul") &&
               __builtin_cpu_supports("popcnt");
#else
    (void)name;
#endif
    return true;
}

int index_choose(const char *name)
{
    for (size_t i = 0; i < KERNELS; i++) {
        if ((name == NULL || strcmp(name, kernels[i].name) == 0) &&
            has(kernels[i].name)) {
            chosen = &kernels[i];
            return 0;
        }
    }
    return -1;
}

void index_ready(void)
{
    if (chosen == NULL)
        index_choose(NULL); /* the plain one is always there */
}

const char *index_kernel(void)
{
    return chosen->name;
}

size_t index_bytes(size_t len)
{
    return 2 * (len + SLACK) * sizeof(uint32_t) +
           (len / INDEX_CHUNK + 2) * sizeof(uint32_t);
}

void index_init(struct index *index)
{
    *index = (struct index){0};
}

void index_release(struct index *index)
{
    mem_free(index->at);
    mem_free(index->close);
    mem_free(index->suspects);
    index_init(index);
}

void index_make_room(struct index *index, size_t len)
{
    /* An entry a byte at most. */
    if (len <= index->cap && index->at != NULL)
        return;
    mem_free(index->at);
    mem_free(index->close);
    mem_free(index->suspects);
    index->at = mem_resize(NULL, (len + SLACK) * sizeof *index->at);
    index->close = mem_resize(NULL, (len + SLACK) * sizeof *index->close);
    index->suspects =
        mem_resize(NULL, (len / INDEX_CHUNK + 2) * sizeof *index->suspects);
    index->cap = len;
}

void index_block(struct index *index, struct slice block)
{
    index_make_room(index, block.len);
    chosen->fn(index, block);
}
