/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void give_up(void)
{
    static const char text[] = "weir: out of memory\n";

    /* Nothing can be done about a message that cannot be written either. */
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(70);
    _exit(70);
}

void *mem_alloc(size_t size)
{
    void *block = calloc(1, size ? size : 1);

    if (block == NULL)
        give_up();
    return block;
}

void *mem_alloc_array(size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size ? size : 1);

    if (block == NULL)
        give_up();
    return block;
}

void *mem_resize(void *old, size_t size)
{
    void *block = realloc(old, size ? size : 1);

    if (block == NULL)
        give_up();
    return block;
}

char *mem_copy_text(const char *text, size_t len)
{
    char *copy = mem_resize(NULL, len + 1);

    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

void mem_free(void *block)
{
    free(block);
}
