/* SPDX-License-Identifier: MIT */
/*
 * scan_diff - do all that judge a line agree?
 *
 *     scan_diff [LINES [SEED]]
 *
 * Generates lines, valid and spoilt (10,000,000 unless told otherwise), in
 * blocks, and has each judged by the index of every kernel of this machine with
 * the grammar, by scan_line and by jansson. Prints the seed, every disagreement
 * and the time; exits 1 if there was one. What jansson is known to refuse
 * though RFC 8259 does not (large numbers, depth, duplicate keys, lone
 * surrogates, a NUL in a key) is counted, not a disagreement.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "json/doc.h"
#include "json/grammar.h"
#include "json/index.h"
#include "json/scan.h"

enum {
    BLOCK_LINES = 100,
    LINE_MAX_BYTES = 1 << 20,
    SHOWN = 20, /* disagreements that are printed */
    DEPTH = 5,
};

static const char *const kernels[] = {"avx512", "avx2", "sse", "neon", "plain"};

enum { KERNELS = sizeof kernels / sizeof kernels[0] };

struct line {
    struct slice bytes;
    struct slice value;
    int rc; /* of scan_line */
};

struct run {
    uint64_t state; /* of the random numbers */
    struct buf block;
    struct line lines[BLOCK_LINES];
    size_t count;
    struct index index;
    uint64_t valid, unsure, sure, refused, wrong;
};

/* xorshift: repeatable everywhere; `state` is never 0. */
static uint32_t draw(struct run *r, uint32_t below)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return (uint32_t)(r->state >> 32) % below;
}

static void add_scalar(struct run *r)
{
    static const char *const scalars[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-3.25",
        "1e5",
        "6E-2",
        "0.5e+1",
        "12345678901234567890",
        "1e999",
        "\"\"",
        "\"abc\"",
        "\"a\\n\\\"\\u00e9\\\\\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\u0000\"",
        "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"",
        "\"{[,:]}\"",
        "\"a string that reaches over the end of a chunk of 64 bytes\"",
    };

    buf_add_text(&r->block,
                 scalars[draw(r, sizeof scalars / sizeof scalars[0])]);
}

static void add_blank(struct run *r)
{
    static const char *const blanks[] = {" ", "\t", "\r ", "  "};

    if (draw(r, 4) == 0)
        buf_add_text(&r->block, blanks[draw(r, 4)]);
}

static void add_value(struct run *r, int depth)
{
    uint32_t kind = draw(r, 3);
    uint32_t count = draw(r, 4);

    add_blank(r);
    if (kind == 0 || depth == 0) {
        add_scalar(r);
        add_blank(r);
        return;
    }
    buf_add_char(&r->block, kind == 1 ? '[' : '{');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_char(&r->block, ',');
        if (kind == 2)
            buf_printf(&r->block, "\"k%u\":", (unsigned)(i + draw(r, 2) * 9));
        add_value(r, depth - 1);
    }
    buf_add_char(&r->block, kind == 1 ? ']' : '}');
    add_blank(r);
}

/* Brackets up to beyond what the grammar follows. */
static void add_deep(struct run *r)
{
    uint32_t depth = 60 + draw(r, 10);

    for (uint32_t i = 0; i < depth; i++)
        buf_add_char(&r->block, '[');
    for (uint32_t i = 0; i < depth; i++)
        buf_add_char(&r->block, ']');
}

/* Change, copy, remove at up to three places of the last line. */
static void spoil(struct run *r, size_t from)
{
    static const char telling[] = "\"\\{}[]:,019-+.eEuntf /'\r\t\x01\x0C\x7F"
                                  "\x80\xBF\xC0\xC3\xE2\xED\xF0\xF4\xFF";
    struct buf *b = &r->block;

    for (uint32_t times = 1 + draw(r, 3); times > 0; times--) {
        uint32_t len = (uint32_t)(b->len - from);
        char *at = b->data + from + draw(r, len);

        switch (draw(r, 4)) {
        case 0:
        case 1: *at = telling[draw(r, sizeof telling - 1)]; break;
        case 2: *at = b->data[from + draw(r, len)]; break;
        default: b->len = (size_t)(at - b->data) + 1; break;
        }
    }
}

static void make_lines(struct run *r, size_t count)
{
    /* A spoilt line makes its neighbours in the same chunk unsure, too. */
    const bool clean = draw(r, 3) == 0;

    buf_clear(&r->block);
    for (size_t i = 0; i < count; i++) {
        size_t from = r->block.len;

        if (draw(r, 200) == 0)
            add_deep(r);
        else if (draw(r, 100) > 0)
            add_value(r, DEPTH);
        if (!clean && draw(r, 2) == 0 && r->block.len > from)
            spoil(r, from);
        buf_add_char(&r->block, '\n');
    }
    r->count = count;
}

static void differ(struct run *r, const char *who, const struct line *line,
                   const char *what)
{
    if (r->wrong++ < SHOWN)
        printf("%s: %s, scan_line %d: %.*s\n", who, what, line->rc,
               (int)line->bytes.len, line->bytes.ptr);
}

static void judge_by_scan(struct run *r)
{
    const char *at = r->block.data;

    for (size_t i = 0; i < r->count; i++) {
        struct line *line = &r->lines[i];
        const char *end =
            memchr(at, '\n', (size_t)(r->block.data + r->block.len - at));
        struct scan_fault fault;

        line->bytes = slice_of(at, (size_t)(end - at));
        line->rc = scan_line(line->bytes, SCAN_DEPTH, &line->value, &fault);
        r->valid += line->rc == 0;
        at = end + 1;
    }
}

static void compare_grammar(struct run *r, const struct line *line,
                            const struct grammar_line *g)
{
    const char *who = index_kernel();

    if (g->bytes.ptr != line->bytes.ptr || g->bytes.len != line->bytes.len)
        differ(r, who, line, "another line");
    if (g->verdict == GRAMMAR_BLANK && line->rc != 1)
        differ(r, who, line, "blank");
    if (g->verdict == GRAMMAR_VALID && line->rc != 0)
        differ(r, who, line, "valid");
    else if (g->verdict == GRAMMAR_VALID && (g->value.ptr != line->value.ptr ||
                                             g->value.len != line->value.len))
        differ(r, who, line, "another value");
    if (g->verdict == GRAMMAR_UNSURE)
        r->unsure += line->rc >= 0;
    else
        r->sure++;
}

static void judge_by_index(struct run *r)
{
    struct slice block = buf_slice(&r->block);
    struct grammar_line each;
    struct grammar g;
    size_t i = 0;

    index_block(&r->index, block);
    g = grammar_begin(&r->index, block, SCAN_DEPTH, false);
    for (; i < r->count && grammar_next(&g, &each); i++)
        compare_grammar(r, &r->lines[i], &each);
    if (i < r->count)
        differ(r, index_kernel(), &r->lines[i], "no more lines");
    else if (grammar_next(&g, &each))
        differ(r, index_kernel(), &r->lines[i - 1], "a line more");
}

/* What doc.h says is refused beyond what scan_line refuses. */
static bool refused_on_purpose(const char *why)
{
    return strstr(why, "too big") != NULL || strstr(why, "overflow") != NULL ||
           strstr(why, "duplicate") != NULL || strstr(why, "depth") != NULL ||
           strstr(why, "NUL byte in object key") != NULL ||
           strstr(why, "invalid Unicode '\\u") != NULL;
}

static void judge_by_jansson(struct run *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct line *line = &r->lines[i];
        struct err err = {.kind = ERR_NONE};
        struct doc *doc = doc_parse(line->bytes, &err);

        if (doc != NULL && line->rc != 0)
            differ(r, "jansson", line, "valid");
        if (doc == NULL && line->rc == 0 && refused_on_purpose(err.text))
            r->refused++;
        else if (doc == NULL && line->rc == 0)
            differ(r, "jansson", line, err.text);
        doc_free(doc);
    }
}

static void judge(struct run *r)
{
    judge_by_scan(r);
    for (size_t i = 0; i < KERNELS; i++) {
        if (index_choose(kernels[i]) == 0)
            judge_by_index(r);
    }
    judge_by_jansson(r);
}

static uint64_t argument(int argc, char **argv, int n, uint64_t otherwise)
{
    return n < argc ? strtoull(argv[n], NULL, 10) : otherwise;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static struct run r;
    const uint64_t lines = argument(argc, argv, 1, 10000000);
    const uint64_t seed = argument(argc, argv, 2, (uint64_t)time(NULL));
    const double start = now();
    uint64_t done = 0;

    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    r.state = seed * 2 + 1;
    buf_init(&r.block, (size_t)BLOCK_LINES * LINE_MAX_BYTES);
    index_init(&r.index);
    while (done < lines) {
        uint64_t left = lines - done;
        size_t count = left < BLOCK_LINES ? (size_t)left : BLOCK_LINES;

        make_lines(&r, count);
        judge(&r);
        done += count;
    }
    printf("%llu lines, %llu valid, %.1f s\n", (unsigned long long)done,
           (unsigned long long)r.valid, now() - start);
    printf("all kernels: %llu sure, %llu unsure of what is well\n",
           (unsigned long long)r.sure, (unsigned long long)r.unsure);
    printf("jansson: %llu refused on purpose\n", (unsigned long long)r.refused);
    printf("%llu disagreements\n", (unsigned long long)r.wrong);
    index_release(&r.index);
    buf_release(&r.block);
    return r.wrong == 0 ? 0 : 1;
}
