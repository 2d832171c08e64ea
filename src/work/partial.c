/* SPDX-License-Identifier: MIT */
#include "work/partial.h"

#include <stddef.h>
#include <strings.h>

/* Digits, and then `end`; false if it is something else or too large. */
static bool take(const char **at, char end, uint64_t *n)
{
    const char *p = *at;

    *n = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        uint64_t digit = (uint64_t)(*p - '0');

        if (*n > (UINT64_MAX - 1 - digit) / 10)
            return false;
        *n = *n * 10 + digit;
    }
    if (p == *at || *p != end)
        return false;
    *at = p + (end != '\0');
    return true;
}

bool partial_read(const char *text, struct partial *partial)
{
    *partial = (struct partial){.total = PARTIAL_UNKNOWN};
    if (text == NULL || strncasecmp(text, "bytes ", 6) != 0)
        return false;
    text += 6;
    if (text[0] == '*' && text[1] == '/') {
        partial->none = true;
        text += 2;
        return take(&text, '\0', &partial->total);
    }
    if (!take(&text, '-', &partial->first) ||
        !take(&text, '/', &partial->last) || partial->last < partial->first)
        return false;
    if (text[0] == '*' && text[1] == '\0')
        return true;
    return take(&text, '\0', &partial->total) && partial->last < partial->total;
}
