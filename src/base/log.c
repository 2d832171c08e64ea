/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

enum { LINE_MAX_BYTES = 64 * 1024 };

void log_init(struct log *log, int fd, int level)
{
    *log = (struct log){.fd = fd, .level = level};
    log->terminal = isatty(fd) == 1;
    buf_init(&log->line, LINE_MAX_BYTES);
    buf_init(&log->status, 4096);
}

void log_release(struct log *log)
{
    log_status(log, slice_of(NULL, 0));
    buf_release(&log->line);
    buf_release(&log->status);
}

/* Nothing can be said about a stderr that fails: see the header. */
static void put(struct log *log)
{
    if (fd_write(log->fd, log->line.data, log->line.len) < 0)
        buf_clear(&log->line);
}

static void wipe(struct log *log)
{
    buf_clear(&log->line);
    if (log->status.len > 0)
        buf_add_text(&log->line, "\r\033[K");
}

void log_line(struct log *log, struct slice line)
{
    wipe(log);
    buf_add_slice(&log->line, line);
    buf_add_char(&log->line, '\n');
    buf_add_slice(&log->line, buf_slice(&log->status));
    put(log);
}

/* Not through `line`, which is bounded. */
void log_text(struct log *log, struct slice text)
{
    if (text.len == 0)
        return;
    wipe(log);
    put(log);
    if (fd_write(log->fd, text.ptr, text.len) < 0)
        return;
    buf_clear(&log->line);
    buf_add_slice(&log->line, buf_slice(&log->status));
    put(log);
}

static void say(struct log *log, bool error, const char *format, va_list args)
{
    char text[2048];
    struct buf safe;

    buf_init(&safe, 4 * sizeof text + 16);
    vsnprintf(text, sizeof text, format, args);
    buf_add_text(&safe,
                 error && log->colored ? "\033[31mweir:\033[0m " : "weir: ");
    /* Everywhere: a newline in a file name must not forge a second line. */
    text_escape(&safe, slice_text(text));
    log_line(log, buf_slice(&safe));
    buf_release(&safe);
}

void log_error(struct log *log, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(log, true, format, args);
    va_end(args);
}

void log_note(struct log *log, const char *format, ...)
{
    va_list args;

    if (log->level < LOG_NORMAL)
        return;
    va_start(args, format);
    say(log, false, format, args);
    va_end(args);
}

void log_detail(struct log *log, const char *format, ...)
{
    va_list args;

    if (log->level < LOG_VERBOSE)
        return;
    va_start(args, format);
    say(log, false, format, args);
    va_end(args);
}

void log_status(struct log *log, struct slice status)
{
    wipe(log);
    buf_clear(&log->status);
    if (buf_add_slice(&log->status, status) < 0)
        return;
    buf_add_slice(&log->line, status);
    if (log->line.len > 0)
        put(log);
}
