/* SPDX-License-Identifier: MIT */
#include "work/save.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/utf8.h"

enum { HASH_DIGITS = 16, NAME_KEPT = SAVE_NAME_MAX - 1 - HASH_DIGITS };

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void decode(struct slice s, struct buf *out)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        int high = -1, low = -1;

        if (c == '%' && s.len - i > 2) {
            high = hex_value(s.ptr[i + 1]);
            low = hex_value(s.ptr[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            c = (char)(high << 4 | low);
            i += 2;
        }
        buf_add_char(out, c);
    }
}

/* How many of `len` bytes at `at` must not be in a name; 0: none. Backslash and
 * what follows it here are refused by other systems, C1 controls (c2 80 to c2
 * 9f) are obeyed by terminals. */
static size_t unsafe_bytes(const char *at, size_t step)
{
    unsigned char c = (unsigned char)at[0];

    if (step == 0 || c < 0x20 || c == 0x7f)
        return 1;
    if (step == 1)
        return strchr("/\\:*?\"<>|", c) != NULL;
    return c == 0xc2 && (unsigned char)at[1] < 0xa0 ? 2 : 0;
}

static void replace_unsafe(char *name, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t step = utf8_step(name + i, len - i, NULL);
        size_t unsafe = unsafe_bytes(name + i, step);

        memset(name + i, '_', unsafe);
        i += step > 0 ? step : 1;
    }
    if (name[0] == '.' || name[0] == '-')
        name[0] = '_';
    if (name[len - 1] == '.' || name[len - 1] == ' ')
        name[len - 1] = '_';
}

/* Windows takes these for devices, whatever their case and their suffix. */
static bool is_device(struct slice name)
{
    static const char *const words[] = {"con", "prn", "aux", "nul"};
    size_t len = 0;

    while (len < name.len && name.ptr[len] != '.')
        len++;
    while (len > 0 && name.ptr[len - 1] == ' ')
        len--;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (len == 3 && strncasecmp(name.ptr, words[i], 3) == 0)
            return true;
    }
    return len == 4 && isdigit((unsigned char)name.ptr[3]) &&
           (strncasecmp(name.ptr, "com", 3) == 0 ||
            strncasecmp(name.ptr, "lpt", 3) == 0);
}

static void make_safe(struct buf *name)
{
    replace_unsafe(name->data, name->len);
    if (!is_device(buf_slice(name)))
        return;
    buf_add_char(name, ' ');
    memmove(name->data + 1, name->data, name->len - 1);
    name->data[0] = '_';
}

/* Cut at a character's border; the hash keeps two long names apart. */
static void shorten(struct buf *name)
{
    static const struct hash_key fixed = {0, 0};
    uint64_t hash = hash_bytes(fixed, buf_slice(name));
    size_t len = NAME_KEPT;

    while (((unsigned char)name->data[len] & 0xc0) == 0x80)
        len--;
    name->len = len;
    buf_printf(name, "-%016" PRIx64, hash);
}

void save_name(struct slice url_path, struct buf *name)
{
    size_t start = url_path.len;

    buf_clear(name);
    while (start > 0 && url_path.ptr[start - 1] != '/')
        start--;
    if (url_path.len > start)
        decode(slice_of(url_path.ptr + start, url_path.len - start), name);
    if (name->len == 0) {
        buf_add_text(name, "index.html");
        return;
    }
    make_safe(name);
    if (name->len > SAVE_NAME_MAX)
        shorten(name);
}
