/* SPDX-License-Identifier: MIT */
/* A fuzz target as a program of its own: each file named is one input. */
#ifndef FUZZ_REPLAY_H
#define FUZZ_REPLAY_H

#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#ifdef FUZZ_REPLAY
static int replay(const char *name)
{
    FILE *file = fopen(name, "rb");
    struct buf bytes;
    size_t n = 1;

    if (file == NULL) {
        perror(name);
        return -1;
    }
    buf_init(&bytes, 1 << 20);
    while (n > 0 && buf_reserve(&bytes, 4096) != NULL) {
        n = fread(bytes.data + bytes.len, 1, 4096, file);
        bytes.len += n;
    }
    n = ferror(file) || !feof(file);
    fclose(file);
    LLVMFuzzerTestOneInput((const uint8_t *)bytes.data, bytes.len);
    buf_release(&bytes);
    return n == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (replay(argv[i]) != 0)
            return 1;
    return 0;
}
#endif

#endif
