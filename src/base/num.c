/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* sched_getaffinity */

#include "base/num.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"

/* What a suffix multiplies by. The empty one comes last and always fits. */
struct unit {
    const char *suffix;
    double factor;
};

static int refuse(struct err *err, struct slice text, const char *want)
{
    int shown = text.len > 60 ? 60 : (int)text.len;

    return err_set(err, ERR_USAGE, "'%.*s' is not %s", shown, text.ptr, want);
}

/* The length of digits, with at most one point among them. */
static size_t number_len(struct slice text)
{
    size_t i, points = 0, digits = 0;

    for (i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (c >= '0' && c <= '9')
            digits++;
        else if (c != '.' || points++ > 0)
            break;
    }
    return digits > 0 ? i : 0;
}

/*
 * A number and one of the units, as a product. 0, or -1 when it is none.
 */
static int read_scaled(struct slice text, const struct unit *units,
                       double *product)
{
    size_t len = number_len(text);
    char digits[64];
    struct slice suffix = {text.ptr + len, text.len - len};
    const struct unit *u;

    if (len == 0 || len >= sizeof digits)
        return -1;
    memcpy(digits, text.ptr, len);
    digits[len] = '\0';
    for (u = units; u->suffix[0] != '\0'; u++) {
        if (slice_is(suffix, u->suffix))
            break;
    }
    if (u->suffix[0] == '\0' && suffix.len > 0)
        return -1;
    *product = strtod(digits, NULL) * u->factor;
    return isfinite(*product) ? 0 : -1;
}

int num_count(struct slice text, uint64_t *count, struct err *err)
{
    uint64_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(unsigned char)text.ptr[i] - '0';

        if (digit > 9 || n > (UINT64_MAX - digit) / 10)
            return refuse(err, text, "a count");
        n = n * 10 + digit;
    }
    if (text.len == 0)
        return refuse(err, text, "a count");
    *count = n;
    return 0;
}

int num_duration(struct slice text, int64_t *ms, struct err *err)
{
    static const struct unit units[] = {{"ms", 1},    {"s", 1e3},   {"m", 60e3},
                                        {"h", 3.6e6}, {"d", 864e5}, {"", 1e3}};
    double product;

    if (read_scaled(text, units, &product) < 0 || product > 1e15)
        return refuse(err, text, "a duration (250ms, 10s, 5m, 2h, 1d)");
    *ms = (int64_t)(product + 0.5);
    if (*ms == 0 && product > 0)
        *ms = 1; /* 0 means no limit to most options: never by rounding */
    return 0;
}

int num_size(struct slice text, uint64_t *bytes, struct err *err)
{
    static const struct unit units[] = {
        {"K", 1024.0},          {"k", 1024.0},          {"M", 1048576.0},
        {"m", 1048576.0},       {"G", 1073741824.0},    {"g", 1073741824.0},
        {"T", 1099511627776.0}, {"t", 1099511627776.0}, {"", 1.0}};
    double product;

    if (read_scaled(text, units, &product) < 0 || product > 9e15)
        return refuse(err, text, "a size (4096, 64K, 16M, 1G)");
    *bytes = (uint64_t)product;
    return 0;
}

/* The digits of `text` from `skip` on, without its last `drop` bytes. */
static struct slice inner(struct slice text, size_t skip, size_t drop)
{
    return slice_of(text.ptr + skip, text.len - skip - drop);
}

int num_jobs(struct slice text, unsigned cpus, uint64_t *jobs, struct err *err)
{
    uint64_t n = 0;
    bool percent = text.len > 1 && text.ptr[text.len - 1] == '%';
    bool plus = text.len > 1 && text.ptr[0] == '+';

    if (num_count(inner(text, plus, percent), &n, err) < 0 ||
        (plus && percent) || n > 1000000)
        return refuse(err, text, "a number of jobs (8, 50%, +2, 0)");
    if (percent)
        n = (n * cpus + 99) / 100;
    else if (plus)
        n += cpus;
    else if (n == 0)
        n = cpus;
    *jobs = n > 0 ? n : 1;
    return 0;
}

/*
 * The quota of cgroup v2 in whole CPUs, rounded up; 0 when there is none.
 * Only the root of our namespace is looked at, where containers find theirs.
 */
static unsigned quota_cpus(void)
{
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
    char text[64];
    char *end;
    double quota, period;

    if (file == NULL)
        return 0;
    if (fgets(text, sizeof text, file) == NULL)
        text[0] = '\0';
    fclose(file);
    quota = strtod(text, &end); /* "max 100000" leaves 0 */
    period = strtod(end, NULL);
    if (quota <= 0 || period <= 0)
        return 0;
    return (unsigned)ceil(quota / period);
}

unsigned num_cpus(void)
{
    cpu_set_t set;
    unsigned quota = quota_cpus();
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        n = CPU_COUNT(&set);
    if (quota > 0 && (long)quota < n)
        n = (long)quota;
    return n > 0 ? (unsigned)n : 1;
}
