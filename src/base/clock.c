/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t clock_now_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_wall_ms(void)
{
    return read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_cpu_us(void)
{
    return read_us(CLOCK_PROCESS_CPUTIME_ID);
}

void clock_stamp(int64_t wall_ms, char *stamp)
{
    const int64_t last = INT64_C(253402300799999); /* the end of 9999 */
    time_t seconds;
    struct tm tm;
    char text[64];

    if (wall_ms < 0)
        wall_ms = 0;
    if (wall_ms > last)
        wall_ms = last;
    seconds = (time_t)(wall_ms / 1000);
    gmtime_r(&seconds, &tm);
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
             tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
             tm.tm_min, tm.tm_sec, (int)(wall_ms % 1000));
    snprintf(stamp, CLOCK_STAMP_SIZE, "%.24s", text);
}

int64_t clock_until(int hour, int minute)
{
    time_t now = time(NULL), then;
    struct tm tm;

    localtime_r(&now, &tm);
    tm.tm_hour = hour;
    tm.tm_min = minute;
    tm.tm_sec = 0;
    tm.tm_isdst = -1;
    then = mktime(&tm);
    if (then <= now) {
        tm.tm_mday++;
        /* mktime moves a time that daylight saving leaves out today. */
        tm.tm_hour = hour;
        tm.tm_min = minute;
        tm.tm_isdst = -1;
        then = mktime(&tm);
    }
    return then > now ? (int64_t)(then - now) * 1000 : 0;
}
