/* SPDX-License-Identifier: MIT */
/*
 * Blocks of lines: every kernel of this machine writes the same index, and the
 * walk over it says nothing that scan_line, the specification, does not. The
 * block is copied to memory of just its size and one newline, so that the
 * address sanitizer sees a read too far.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/mem.h"
#include "json/grammar.h"
#include "json/index.h"
#include "json/scan.h"

#include "replay.h"

static void check_line(const struct grammar_line *line, size_t max_depth)
{
    struct scan_fault fault;
    struct slice value;
    const int rc = scan_line(line->bytes, max_depth, &value, &fault);

    if (rc == -1)
        assert(fault.column >= 1 && fault.column <= line->bytes.len + 1);
    switch (line->verdict) {
    case GRAMMAR_BLANK: assert(rc == 1); break;
    case GRAMMAR_VALID:
        assert(rc == 0);
        assert(line->value.ptr == value.ptr && line->value.len == value.len);
        break;
    case GRAMMAR_UNSURE: break;
    }
}

static void check_walk(const struct index *index, struct slice block,
                       size_t max_depth)
{
    struct grammar g = grammar_begin(index, block, max_depth, true);
    struct grammar_line line;
    size_t at = 0;

    while (grammar_next(&g, &line)) {
        assert(line.bytes.ptr == block.ptr + at);
        assert(line.bytes.len <= block.len - at);
        assert(line.bytes.len == 0 ||
               memchr(line.bytes.ptr, '\n', line.bytes.len) == NULL);
        check_line(&line, max_depth);
        at += line.bytes.len;
        assert(block.ptr[at] == '\n');
        at++;
    }
    assert(at >= block.len);
}

/* Which chunks are suspect may differ: the vector kernels also mark the one
 * behind a sequence that was cut short. */
static bool same_positions(const struct index *a, const struct index *b)
{
    return a->count == b->count &&
           (a->count == 0 ||
            memcmp(a->at, b->at, a->count * sizeof *a->at) == 0);
}

static void check_kernels(const struct index *plain, struct slice block)
{
    static const char *const kernels[] = {"avx512", "avx2", "sse", "neon",
                                          "plain"};
    struct index index;

    index_init(&index);
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        if (index_choose(kernels[i]) != 0)
            continue;
        index_block(&index, block);
        assert(same_positions(&index, plain));
        check_walk(&index, block, SCAN_DEPTH);
        check_walk(&index, block, 3);
    }
    index_release(&index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *copy = mem_alloc(len + 1);
    const struct slice block = slice_of(copy, len);
    struct index plain;

    if (len > 0)
        memcpy(copy, data, len);
    copy[len] = '\n';
    index_init(&plain);
    index_choose("plain");
    index_block(&plain, block);
    check_kernels(&plain, block);
    index_release(&plain);
    mem_free(copy);
    return 0;
}
