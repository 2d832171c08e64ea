/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

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

/* Write a number with zeros before it, and what is to stand behind it. */
static char *put(char *at, int number, int digits, char behind)
{
    for (int i = digits; i-- > 0; number /= 10)
        at[i] = (char)('0' + number % 10);
    at[digits] = behind;
    return at + digits + 1;
}

void clock_stamp(int64_t wall_ms, char *stamp)
{
    const int64_t last = INT64_C(253402300799999); /* the end of 9999 */
    time_t seconds;
    struct tm tm;

    if (wall_ms < 0)
        wall_ms = 0;
    if (wall_ms > last)
        wall_ms = last;
    seconds = (time_t)(wall_ms / 1000);
    gmtime_r(&seconds, &tm);
    stamp = put(stamp, tm.tm_year + 1900, 4, '-');
    stamp = put(stamp, tm.tm_mon + 1, 2, '-');
    stamp = put(stamp, tm.tm_mday, 2, 'T');
    stamp = put(stamp, tm.tm_hour, 2, ':');
    stamp = put(stamp, tm.tm_min, 2, ':');
    stamp = put(stamp, tm.tm_sec, 2, '.');
    stamp = put(stamp, (int)(wall_ms % 1000), 3, 'Z');
    *stamp = '\0';
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
