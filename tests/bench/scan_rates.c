/* SPDX-License-Identifier: MIT */
/*
 * scan_rates - how fast the stages of the data path are, apart
 *
 *     scan_rates FILE...
 *
 * Runs each file through stage 1 (index), stage 2 (grammar) and the plain
 * scanner, in blocks that are in the cache, as the workers have them; for each
 * kernel of this machine. Then the same for made-up lines: ASCII and two-byte
 * characters, to tell what UTF-8 costs, and lines of 20 and of 2000 bytes, to
 * tell what a line costs on top of its bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json/grammar.h"
#include "json/index.h"
#include "json/scan.h"

enum { BLOCK = 256 * 1024, MADE = 64 * 1024 * 1024, DEPTH = 1024 };

struct rates {
    double index;
    double grammar;
    double scan;
    size_t lines;
};

static char hot[BLOCK + 1];

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The next block of whole lines, in the cache and with a newline behind. */
static struct slice next_block(const char *bytes, size_t len, size_t from)
{
    size_t n = len - from < BLOCK ? len - from : BLOCK;

    while (from + n < len && n > 0 && bytes[from + n - 1] != '\n')
        n--;
    memcpy(hot, bytes + from, n);
    hot[n] = '\n';
    return slice_of(hot, n);
}

static void measure_block(struct index *index, struct slice block,
                          struct rates *r)
{
    struct grammar grammar;
    struct grammar_line line;
    struct scan_fault fault;
    struct slice value;
    double start = now(), end;

    index_block(index, block);
    end = now();
    r->index += end - start;
    start = end;
    grammar = grammar_begin(index, block, DEPTH, false);
    while (grammar_next(&grammar, &line))
        r->lines++;
    end = now();
    r->grammar += end - start;
    start = end;
    for (size_t at = 0; at < block.len;) {
        const char *newline = memchr(block.ptr + at, '\n', block.len - at + 1);
        size_t n = (size_t)(newline - block.ptr) - at;

        scan_line(slice_of(block.ptr + at, n), DEPTH, &value, &fault);
        at += n + 1;
    }
    r->scan += now() - start;
}

static struct rates measure(const char *bytes, size_t len)
{
    struct index index;
    struct rates r = {0};

    index_init(&index);
    for (size_t at = 0; at < len;) {
        struct slice block = next_block(bytes, len, at);

        if (block.len == 0) {
            fputs("scan_rates: a line is longer than a block\n", stderr);
            exit(1);
        }
        measure_block(&index, block, &r);
        at += block.len;
    }
    index_release(&index);
    return r;
}

static void report(const char *what, const char *bytes, size_t len)
{
    static const char *const kernels[] = {"avx512", "avx2", "sse", "neon",
                                          "plain"};
    const double gb = (double)len / 1e9;

    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        struct rates r;

        if (index_choose(kernels[i]) < 0)
            continue;
        r = measure(bytes, len);
        printf("%-22s %-5s index %5.2f  grammar %5.2f  both %5.2f  "
               "scan_line %5.2f GB/s  %5.0f bytes a line\n",
               what, index_kernel(), gb / r.index, gb / r.grammar,
               gb / (r.index + r.grammar), gb / r.scan,
               (double)len / (double)r.lines);
    }
}

/* Lines of a key and a string of `text`, each `line` bytes. */
static void report_made(const char *what, const char *text, size_t line)
{
    const size_t step = strlen(text);
    char *bytes = malloc(MADE);
    size_t len = 0;

    if (bytes == NULL)
        exit(1);
    while (len + line <= MADE) {
        const size_t end = len + line;

        len += (size_t)sprintf(bytes + len, "{\"key\":\"");
        while (len + step + 3 <= end) {
            memcpy(bytes + len, text, step);
            len += step;
        }
        len += (size_t)sprintf(bytes + len, "\"}\n");
    }
    report(what, bytes, len);
    free(bytes);
}

static void report_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    const char *slash = strrchr(path, '/');
    char *bytes;
    size_t len;
    long size;

    if (file == NULL || fseek(file, 0, SEEK_END) < 0 ||
        (size = ftell(file)) <= 0 || fseek(file, 0, SEEK_SET) < 0) {
        perror(path);
        exit(1);
    }
    bytes = malloc((size_t)size);
    if (bytes == NULL)
        exit(1);
    len = fread(bytes, 1, (size_t)size, file);
    fclose(file);
    report(slash ? slash + 1 : path, bytes, len);
    free(bytes);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        report_file(argv[i]);
    report_made("ASCII, long lines", "a", 2000);
    report_made("2-byte UTF-8, long", "\xc3\xa9", 2000);
    report_made("ASCII, short lines", "a", 20);
    return 0;
}
