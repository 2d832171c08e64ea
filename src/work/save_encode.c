/* SPDX-License-Identifier: MIT */
/* Names for texts of strangers, each its own. */
#include "work/save.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/utf8.h"

/* 128 bits of SHA-256: nobody can make two that are equal. */
static void shorten_encoded(struct slice text, size_t most, struct buf *name)
{
    struct digest *digest = digest_new();
    char hex[DIGEST_HEX_SIZE];
    size_t len = most - SAVE_HASH_LEN;

    digest_add(digest, text);
    digest_finish(digest, hex);
    digest_free(digest);
    /* Neither within a character nor within %XX. */
    while (len > 0 && (((unsigned char)name->data[len] & 0xc0) == 0x80 ||
                       name->data[len - 1] == '%' ||
                       (len > 1 && name->data[len - 2] == '%')))
        len--;
    name->len = len;
    buf_printf(name, "%%-%.*s", SAVE_HASH_LEN - 2, hex);
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool is_plain(const struct buf *name, const char *at, size_t step)
{
    if (step != 1)
        return step > 1;
    return !is_control(*at) && *at != '/' && *at != '%' &&
           (name->len > 0 || (*at != '.' && *at != '-'));
}

void save_encode(struct slice text, size_t most, struct buf *name)
{
    size_t step;

    buf_clear(name);
    for (size_t i = 0; i < text.len; i += step) {
        step = utf8_step(text.ptr + i, text.len - i, NULL);
        if (is_plain(name, text.ptr + i, step)) {
            buf_add(name, text.ptr + i, step);
        } else {
            step = 1;
            buf_printf(name, "%%%02X", (unsigned)(unsigned char)text.ptr[i]);
        }
    }
    if (name->len > most)
        shorten_encoded(text, most, name);
}
