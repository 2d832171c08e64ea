/* SPDX-License-Identifier: MIT */
#include "base/slice.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

struct slice slice_trim(struct slice a)
{
    while (a.len > 0 && is_blank(a.ptr[0])) {
        a.ptr++;
        a.len--;
    }
    while (a.len > 0 && is_blank(a.ptr[a.len - 1]))
        a.len--;
    return a;
}
