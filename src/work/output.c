/* SPDX-License-Identifier: MIT */
#include "work/output.h"

#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/text.h"
#include "flow/item.h"
#include "flow/journal.h"
#include "work/save.h"

/* With ".out" a name still fits into NAME_MAX. An id has 4096 bytes at most,
 * each of which may be escaped. */
enum {
    NAME_MOST = 240,
    TAG_MOST = 32 * 1024,
    PATH_MOST = 64 * 1024,
    TAGGED_MOST = 256 * 1024
};

struct output_share {
    struct output_options o;
    struct list paused; /* streams, by their link */
    struct buf tagged;  /* scratch */
};

static const char *const suffixes[] = {".out", ".err"};

static const struct output_options *options_of(const struct output *o)
{
    return &o->share->o;
}

/* Files of --results */

/* The name below the directory, or with it as a person finds it. */
static void name_file(const struct output *o, int which, struct buf *name)
{
    buf_init(name, PATH_MOST);
    save_encode(buf_slice(&o->item->id), NAME_MOST, name);
    buf_add_text(name, suffixes[which]);
    buf_add_char(name, '\0');
}

static int fail_file(const struct output *o, int which, struct err *err)
{
    const int sys = errno;
    struct buf name, path;

    name_file(o, which, &name);
    buf_init(&path, PATH_MOST);
    save_add_path(options_of(o)->files, buf_slice(&name), &path);
    errno = sys;
    err_sys(err, ERR_OUTPUT, "%s", path.len > 0 ? path.data : name.data);
    buf_release(&path);
    buf_release(&name);
    return -1;
}

static int open_file(struct output *o, int which, struct err *err)
{
    struct output_stream *s = &o->streams[which];
    struct buf name;

    if (options_of(o)->files == NULL)
        return 0;
    name_file(o, which, &name);
    s->file = save_create(options_of(o)->files, name.data);
    buf_release(&name);
    return s->file < 0 ? fail_file(o, which, err) : 0;
}

static void close_file(struct output *o, int which)
{
    struct output_stream *s = &o->streams[which];
    int fd = s->file;

    s->file = -1;
    if (fd_close(fd) < 0 && o->err.kind == ERR_NONE)
        fail_file(o, which, &o->err);
}

/* What is raw */

static void show_piece(struct output_stream *s, struct slice piece)
{
    if (options_of(s->output)->raw == OUTPUT_LINES)
        relay_add(&s->relay, piece);
    else
        spool_add(&s->spool, piece, &s->output->err);
}

static void show_gathered(struct output_stream *s)
{
    struct buf *tagged = &s->output->share->tagged;

    show_piece(s, buf_slice(tagged));
    buf_clear(tagged);
}

/* Each line begins with the tag. Lines may be short: they are gathered. */
static void show_tagged(struct output_stream *s, struct slice piece)
{
    const struct buf *tag = &s->output->tag;
    struct buf *tagged = &s->output->share->tagged;

    while (piece.len > 0) {
        const char *newline = memchr(piece.ptr, '\n', piece.len);
        size_t len = newline ? (size_t)(newline - piece.ptr) + 1 : piece.len;

        if (tagged->max - tagged->len < tag->len + len)
            show_gathered(s);
        if (!s->in_line)
            buf_add_slice(tagged, buf_slice(tag));
        buf_add(tagged, piece.ptr, len);
        s->in_line = newline == NULL;
        piece = slice_of(piece.ptr + len, piece.len - len);
    }
    show_gathered(s);
}

static void wait_for_room(struct output_stream *s)
{
    struct output_share *share = s->output->share;

    if (!s->capture.paused && journal_full(s->relay.journal)) {
        capture_pause(&s->capture);
        list_push(&share->paused, &s->link);
    }
}

static void show(struct output_stream *s, struct slice piece)
{
    const struct output_options *o = options_of(s->output);

    if (o->tag)
        show_tagged(s, piece);
    else
        show_piece(s, piece);
    s->in_line = piece.ptr[piece.len - 1] != '\n';
    if (o->raw == OUTPUT_LINES)
        wait_for_room(s);
}

/* A piece was read. */
static void take(void *arg, struct slice piece)
{
    struct output_stream *s = arg;
    struct output *o = s->output;

    if (o->err.kind != ERR_NONE)
        return;
    if (s->file >= 0 && fd_write(s->file, piece.ptr, piece.len) < 0)
        fail_file(o, s == &o->streams[1], &o->err);
    else if (options_of(o)->raw != OUTPUT_NOT_RAW)
        show(s, piece);
}

static void on_bytes(void *arg)
{
    const struct output_stream *s = arg;

    s->output->on_bytes(s->output->arg);
}

/* All that share the room are woken: those for whom there is none wait again.
 */
static void on_room(void *arg)
{
    struct output_share *share = arg;
    struct list *link;

    while ((link = list_pop(&share->paused)) != NULL)
        capture_resume(&LIST_ITEM(link, struct output_stream, link)->capture);
}

struct output_share *output_share_new(const struct output_options *options)
{
    struct output_share *share = mem_alloc(sizeof *share);

    share->o = *options;
    list_init(&share->paused);
    buf_init(&share->tagged, TAGGED_MOST);
    for (int i = 0; i < 2 && options->raw == OUTPUT_LINES; i++)
        journal_on_room(options->journals[i], on_room, share);
    return share;
}

void output_share_free(struct output_share *share)
{
    if (share == NULL)
        return;
    buf_release(&share->tagged);
    mem_free(share);
}

static void init_stream(struct output *o, int which)
{
    const struct output_options *options = options_of(o);
    struct output_stream *s = &o->streams[which];
    const bool taken = options->files != NULL || options->raw != OUTPUT_NOT_RAW;

    s->output = o;
    s->file = -1;
    list_init(&s->link);
    capture_init(&s->capture, options->loop, options->capture,
                 &(struct capture_calls){.arg = s,
                                         .on_bytes = on_bytes,
                                         .take = taken ? take : NULL});
    spool_init(&s->spool, options->directory);
    relay_init(&s->relay, options->journals[which]);
}

void output_init(struct output *o, struct output_share *share,
                 void (*done)(void *arg), void *arg)
{
    *o = (struct output){.share = share, .on_bytes = done, .arg = arg};
    buf_init(&o->tag, TAG_MOST);
    init_stream(o, 0);
    init_stream(o, 1);
}

void output_release(struct output *o)
{
    output_stop(o);
    buf_release(&o->tag);
    for (int i = 0; i < 2; i++) {
        capture_release(&o->streams[i].capture);
        spool_release(&o->streams[i].spool);
        relay_release(&o->streams[i].relay);
    }
}

int output_start(struct output *o, const struct item *item, int child_ends[2],
                 struct err *err)
{
    o->item = item;
    o->err.kind = ERR_NONE;
    buf_clear(&o->tag);
    if (options_of(o)->tag) {
        text_escape(&o->tag, buf_slice(&item->id));
        buf_add_char(&o->tag, '\t');
    }
    for (int i = 0; i < 2; i++) {
        spool_clear(&o->streams[i].spool);
        o->streams[i].in_line = false;
        if (capture_start(&o->streams[i].capture, &child_ends[i]) < 0)
            return err_sys(err, ERR_UNITS, "cannot make a pipe");
        if (open_file(o, i, err) < 0)
            return -1;
    }
    return 0;
}

bool output_drain(struct output *o)
{
    const struct capture *out = &o->streams[0].capture;
    const struct capture *err = &o->streams[1].capture;
    const uint64_t before = out->bytes + err->bytes;

    capture_drain(&o->streams[0].capture);
    capture_drain(&o->streams[1].capture);
    return out->bytes + err->bytes != before;
}

void output_add_error(struct output *o, struct slice text)
{
    capture_add(&o->streams[1].capture, text);
}

void output_stop(struct output *o)
{
    for (int i = 0; i < 2; i++) {
        list_remove(&o->streams[i].link);
        capture_stop(&o->streams[i].capture);
        fd_close(o->streams[i].file);
        o->streams[i].file = -1;
    }
}

bool output_ended(const struct output *o)
{
    return capture_ended(&o->streams[0].capture) &&
           capture_ended(&o->streams[1].capture);
}

bool output_paused(const struct output *o)
{
    return o->streams[0].capture.paused || o->streams[1].capture.paused;
}

const struct err *output_failed(const struct output *o)
{
    return o->err.kind == ERR_NONE ? NULL : &o->err;
}

/* Where tags mark lines, lines have to end; and on stderr a line of ours
 * follows. */
static void end_stream(struct output_stream *s, bool end_line, struct buf *out,
                       int *file)
{
    const struct output_options *o = options_of(s->output);

    if (o->raw == OUTPUT_LINES)
        relay_end(&s->relay);
    if (o->raw != OUTPUT_WHOLE)
        return;
    *file = spool_take(&s->spool, out);
    if (s->in_line && (end_line || o->tag))
        buf_add_char(out, '\n');
}

void output_end(struct output *o, struct item *item)
{
    close_file(o, 0);
    close_file(o, 1);
    end_stream(&o->streams[0], false, &item->out, &item->out_file);
    end_stream(&o->streams[1], true, &item->side, &item->side_file);
    output_stop(o);
}
