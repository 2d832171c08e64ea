/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mem.h"

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_release(struct buf *b)
{
    mem_free(b->data);
    buf_init(b, b->max);
}

void buf_shrink(struct buf *b, size_t keep)
{
    if (b->cap <= keep || b->len > keep)
        return;
    b->data = mem_resize(b->data, keep);
    b->cap = keep;
}

char *buf_grow(struct buf *b, size_t n)
{
    size_t need, cap;

    if (n > b->max - b->len) {
        b->refused = true;
        return NULL;
    }
    need = b->len + n;
    if (need <= b->cap)
        return b->data;
    cap = b->cap < 128 ? 128 : b->cap;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (cap > b->max)
        cap = b->max;
    b->data = mem_resize(b->data, cap);
    b->cap = cap;
    return b->data + b->len;
}

/* Write digits so that they end at `end`; where they begin. */
static char *put_digits(char *end, uint64_t number, int digits)
{
    char *at = end;

    for (; number > 0 || end - at < digits; number /= 10)
        *--at = (char)('0' + number % 10);
    return at;
}

int buf_add_number(struct buf *b, uint64_t number)
{
    char text[20]; /* of UINT64_MAX */
    char *const end = text + sizeof text;
    char *const at = put_digits(end, number, 1);

    return buf_add(b, at, (size_t)(end - at));
}

int buf_add_seconds(struct buf *b, int64_t us)
{
    char text[24];
    char *const end = text + sizeof text;
    char *at = put_digits(end, (uint64_t)us % 1000000, 6);

    *--at = '.';
    at = put_digits(at, (uint64_t)us / 1000000, 1);
    return buf_add(b, at, (size_t)(end - at));
}

int buf_printf(struct buf *b, const char *format, ...)
{
    const size_t left = b->cap - b->len;
    va_list args;
    char *room;
    int n;

    /* Mostly there is room, and then once is enough. */
    va_start(args, format);
    n = vsnprintf(left > 0 ? b->data + b->len : NULL, left, format, args);
    va_end(args);
    assert(n >= 0);
    if ((size_t)n < left) {
        b->len += (size_t)n;
        return 0;
    }
    room = buf_reserve(b, (size_t)n + 1);
    if (room == NULL)
        return -1;
    va_start(args, format);
    vsnprintf(room, (size_t)n + 1, format, args);
    va_end(args);
    b->len += (size_t)n;
    return 0;
}

void buf_drop(struct buf *b, size_t n)
{
    assert(n <= b->len);
    b->len -= n;
    if (n > 0 && b->len > 0)
        memmove(b->data, b->data + n, b->len);
}
