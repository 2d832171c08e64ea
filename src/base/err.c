/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *err_describe(int sys, char *text, unsigned size)
{
    if (strerror_r(sys, text, size) != 0)
        snprintf(text, size, "error %d", sys);
    return text;
}

int err_set(struct err *err, enum err_kind kind, const char *format, ...)
{
    va_list args;

    err->kind = kind;
    err->sys = 0;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return -1;
}

int err_sys(struct err *err, enum err_kind kind, const char *format, ...)
{
    int sys = errno;
    size_t len;
    char why[128];
    va_list args;

    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    len = strlen(err->text);
    snprintf(err->text + len, sizeof err->text - len, ": %s",
             err_describe(sys, why, sizeof why));
    err->kind = kind;
    err->sys = sys;
    return -1;
}

int err_wrap(struct err *err, const char *format, ...)
{
    char context[ERR_TEXT_SIZE];
    size_t len, keep, room;
    va_list args;

    va_start(args, format);
    vsnprintf(context, sizeof context - 2, format, args);
    va_end(args);
    len = strlen(context);
    context[len++] = ':';
    context[len++] = ' ';
    room = sizeof err->text - 1 - len;
    keep = strlen(err->text);
    if (keep > room)
        keep = room;
    memmove(err->text + len, err->text, keep);
    memcpy(err->text, context, len);
    err->text[len + keep] = '\0';
    return -1;
}
