/* SPDX-License-Identifier: MIT */
#include "base/gunzip.h"

#include <assert.h>
#include <limits.h>
#include <zlib.h>

#include "base/mem.h"

enum { GZIP_ONLY = 16 }; /* for inflateInit2: not zlib's own format */

struct gunzip {
    z_stream z;
    bool ended; /* with a member, and nothing behind it yet */
};

struct gunzip *gunzip_new(void)
{
    struct gunzip *g = mem_alloc(sizeof *g);
    int status = inflateInit2(&g->z, GZIP_ONLY + MAX_WBITS);

    assert(status == Z_OK); /* else there is no memory */
    return g;
}

void gunzip_free(struct gunzip *g)
{
    if (g == NULL)
        return;
    inflateEnd(&g->z);
    mem_free(g);
}

void gunzip_clear(struct gunzip *g)
{
    inflateReset(&g->z);
    g->z.avail_in = 0;
    g->ended = false;
}

void gunzip_give(struct gunzip *g, struct slice packed)
{
    assert(g->z.avail_in == 0 && packed.len <= UINT_MAX);
    /* zlib does not write there; its pointer has no const by default. */
    g->z.next_in = (unsigned char *)slice_unconst(packed.ptr);
    g->z.avail_in = (unsigned)packed.len;
}

static void begin_member(struct gunzip *g)
{
    inflateReset(&g->z);
    g->ended = false;
}

ptrdiff_t gunzip_take(struct gunzip *g, char *room, size_t size)
{
    int status = Z_OK;

    g->z.next_out = (unsigned char *)room;
    g->z.avail_out = size > UINT_MAX ? UINT_MAX : (unsigned)size;
    size = g->z.avail_out;
    /* A header alone makes no output: on to what does, or to the end. */
    while (status == Z_OK && g->z.avail_out == size) {
        if (g->ended && g->z.avail_in > 0)
            begin_member(g);
        if (g->ended)
            return 0;
        status = inflate(&g->z, Z_NO_FLUSH);
        g->ended = status == Z_STREAM_END;
        if (g->ended)
            status = Z_OK;
    }
    if (status != Z_OK && status != Z_BUF_ERROR)
        return -1;
    return (ptrdiff_t)(size - g->z.avail_out);
}

bool gunzip_whole(const struct gunzip *g)
{
    return g->ended;
}
