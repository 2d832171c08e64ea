/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include "base/buf.h"
#include "base/utf8.h"

enum { WORD_MAX = 63 };

/* Whether a sequence of two or three bytes steers a terminal or hides text. */
static bool is_steering(const unsigned char *p, size_t len)
{
    unsigned code;

    if (len == 2)
        return (p[0] == 0xc2 && p[1] < 0xa0) || /* C1 */
               (p[0] == 0xd8 && p[1] == 0x9c);  /* U+061C */
    if (len != 3)
        return false;
    code = (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    return (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0x200e ||
           code == 0x200f;
}

static bool is_safe(const unsigned char *p, size_t len)
{
    if (len == 0)
        return false;
    if (len == 1)
        return (p[0] >= 0x20 && p[0] != 0x7f) || p[0] == '\t';
    return !is_steering(p, len);
}

int text_escape(struct buf *out, struct slice s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;

    for (size_t i = 0, len; i < s.len; i += len) {
        len = utf8_step(s.ptr + i, s.len - i, NULL);
        if (is_safe(p + i, len)) {
            if (buf_add(out, p + i, len) < 0)
                return -1;
            continue;
        }
        len = len > 0 ? len : 1;
        for (size_t k = 0; k < len; k++) {
            if (buf_printf(out, "\\x%02x", p[i + k]) < 0)
                return -1;
        }
    }
    return 0;
}

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

size_t text_distance(const char *a, const char *b)
{
    size_t alen = strlen(a), blen = strlen(b);
    size_t rows[3][WORD_MAX + 1];

    if (alen > WORD_MAX || blen > WORD_MAX)
        return WORD_MAX + 1;
    for (size_t j = 0; j <= blen; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= alen; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3], *older = rows[(i + 1) % 3];

        now[0] = i;
        for (size_t j = 1; j <= blen; j++) {
            now[j] = least_of(last[j] + 1, now[j - 1] + 1,
                              last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1] && older[j - 2] + 1 < now[j])
                now[j] = older[j - 2] + 1;
        }
    }
    return rows[alen % 3][blen];
}

void text_nearer(const char *wrong, const char *word, const char **best,
                 size_t *least)
{
    size_t distance = text_distance(wrong, word);

    if (distance < *least) {
        *least = distance;
        *best = word;
    }
}

size_t text_too_far(const char *wrong)
{
    size_t len = strlen(wrong);

    return len < 4 ? 2 : len < 8 ? 3 : 4;
}
