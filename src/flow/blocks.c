/* SPDX-License-Identifier: MIT */
/*
 * The item that is being filled holds whole lines, counted up to `counted`,
 * and perhaps the beginning of one more. When it is full its last newline is
 * looked for; what stands behind it is carried over to the next item, so each
 * byte is copied at most once more than read(2) does.
 */
#include "flow/blocks.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "flow/input.h"
#include "flow/range.h"

/* One in so many more than expected is read. */
enum { EXPECTED_MARGIN = 32 };

/* A file of fewer blocks is read before it could be taken apart. */
enum { RANGES_LEAST = 4 };

/* One in so many bytes of a block is left to the end of the last line. */
enum { RANGE_MARGIN = 16 };

struct blocks {
    struct blocks_options o;
    struct input *input;
    struct buf carry;  /* read and not yet in an item */
    uint64_t line;     /* lines of the current file given out */
    size_t counted;    /* bytes of the item whose newlines are counted */
    size_t whole;      /* of these, up to behind the last newline */
    size_t expected;   /* bytes of the last block, if its lines ended it */
    bool passing_over; /* within an overlong line */
    bool begun;        /* the current file is */
    struct range_file *ranges; /* that are left of it, or NULL */
    bool unnumbered;           /* nobody knows how many lines the ranges have */
};

size_t blocks_item_bytes(const struct blocks_options *o)
{
    size_t line = o->max_line + 2; /* CR and LF */

    return 1 +
           (line > o->block_bytes ? line + o->block_bytes : 2 * o->block_bytes);
}

struct blocks *blocks_open(struct loop *loop, const struct blocks_options *o)
{
    struct blocks *b = mem_alloc(sizeof *b);

    b->o = *o;
    b->input = o->parts != NULL
                   ? input_open_parts(loop, o->parts, o->part_count)
                   : input_open(loop, o->files, o->file_count);
    if (o->unpack != NULL)
        input_unpack(b->input, loop, o->unpack);
    buf_init(&b->carry, blocks_item_bytes(o));
    return b;
}

void blocks_close(struct blocks *b)
{
    if (b == NULL)
        return;
    range_close(b->ranges);
    input_close(b->input);
    buf_release(&b->carry);
    mem_free(b);
}

/* Count the new newlines; stop at the one that makes the block full. */
static void count_lines(struct blocks *b, struct item *item)
{
    const char *data = item->in.data;

    while (b->counted < item->in.len && item->lines < b->o.max_lines) {
        const char *newline =
            memchr(data + b->counted, '\n', item->in.len - b->counted);

        if (newline == NULL) {
            b->counted = item->in.len;
            return;
        }
        b->counted = (size_t)(newline - data) + 1;
        b->whole = b->counted;
        item->lines++;
    }
}

/* Give the first `len` bytes of the item out, carry the rest over. */
static enum flow_got cut(struct blocks *b, struct item *item, size_t len)
{
    buf_clear(&b->carry);
    buf_add(&b->carry, item->in.data + len, item->in.len - len);
    item->in.len = len;
    item->origin = input_name(b->input);
    item->line = b->unnumbered ? 0 : b->line + 1;
    b->line += item->lines;
    b->expected = item->lines == b->o.max_lines ? len : 0;
    b->counted = 0;
    b->whole = 0;
    return FLOW_FILLED;
}

static bool is_full(const struct blocks *b, const struct item *item)
{
    return item->lines == b->o.max_lines || item->in.len >= b->o.block_bytes;
}

static bool is_overlong(const struct blocks *b, const struct item *item)
{
    return item->lines == 0 && item->in.len > b->o.max_line + 1;
}

static enum flow_got give_overlong(struct blocks *b, struct item *item)
{
    size_t kept = b->o.max_line;

    if (b->o.keep_overlong)
        kept = item->in.len;
    else if (kept > ITEM_OVERLONG_BYTES)
        kept = ITEM_OVERLONG_BYTES;
    item->overlong = true;
    item->lines = 1;
    b->passing_over = true;
    item->in.len = kept;
    return cut(b, item, kept);
}

/* Drop what belongs to an overlong line; true when its end was found. */
static bool pass_over(struct blocks *b, struct item *item)
{
    const char *newline = NULL;

    if (item->in.len > 0)
        newline = memchr(item->in.data, '\n', item->in.len);
    if (newline == NULL) {
        buf_clear(&item->in);
        return false;
    }
    buf_drop(&item->in, (size_t)(newline - item->in.data) + 1);
    b->passing_over = false;
    return true;
}

/* A piece of an overlong line, up to its end if that is there. */
static void give_piece(struct blocks *b, struct item *item)
{
    const char *newline = memchr(item->in.data, '\n', item->in.len);

    item->overlong = true;
    b->passing_over = newline == NULL;
    cut(b, item,
        newline ? (size_t)(newline - item->in.data) + 1 : item->in.len);
}

/* The end of a file: its last line may lack the newline. */
static bool end_file(struct blocks *b, struct item *item)
{
    if (b->passing_over && b->o.keep_overlong) {
        /* Whoever puts the pieces together gets a whole line. */
        item->overlong = true;
        buf_add_char(&item->in, '\n');
    } else if (item->in.len > b->whole) {
        item->lines++;
    }
    b->passing_over = false;
    if (item->in.len == 0)
        return false;
    cut(b, item, item->in.len);
    return true;
}

/* An unreadable input: a torn last line is not taken for a line. */
static bool end_faulty(struct blocks *b, struct item *item,
                       const struct err *err)
{
    bool any = b->whole > 0;

    b->o.on_fault(b->o.arg, err);
    b->passing_over = false;
    item->in.len = b->whole;
    if (any)
        cut(b, item, b->whole);
    b->counted = 0;
    buf_clear(&b->carry);
    return any;
}

/*
 * How much to read at once. Where the number of lines ends the blocks, a little
 * more than the last one took, so that little is carried over. A block that
 * begins with a line longer than itself doubles, up to what a line may have.
 */
static size_t wanted(const struct blocks *b, const struct item *item)
{
    const size_t len = item->in.len, whole = b->o.block_bytes;
    const size_t margin = b->expected / EXPECTED_MARGIN;
    size_t room = whole - len;

    if (len >= whole)
        room = len;
    else if (b->expected > 0 && b->expected + margin < whole)
        room = len < b->expected ? b->expected + margin - len : margin;
    if (room < INPUT_LEAST)
        room = INPUT_LEAST;
    if (room > item->in.max - 1 - len)
        room = item->in.max - 1 - len;
    return room;
}

/* One read to the end of the item. */
static enum input_got read_more(struct blocks *b, struct item *item,
                                struct err *err)
{
    const size_t room = wanted(b, item);
    enum input_got got;
    size_t bytes = 0;
    char *at;

    at = buf_reserve(&item->in, room);
    got = input_read(b->input, at, room, &bytes, err);
    if (got == INPUT_BYTES)
        item->in.len += bytes;
    return got;
}

/* What is in the item already may make it full. */
static bool ready(struct blocks *b, struct item *item)
{
    if (b->passing_over && b->o.keep_overlong) {
        give_piece(b, item);
        return true;
    }
    if (b->passing_over && !pass_over(b, item))
        return false;
    count_lines(b, item);
    if (is_overlong(b, item)) {
        give_overlong(b, item);
        return true;
    }
    if (item->lines == 0 || (!is_full(b, item) && !input_pauses(b->input)))
        return false;
    cut(b, item, b->whole);
    return true;
}

static void take_carry(struct blocks *b, struct item *item)
{
    struct buf old = item->in;

    if (b->carry.len == 0)
        return;
    /* The buffers change places: nothing is copied. */
    item->in = b->carry;
    b->carry = old;
    buf_clear(&b->carry);
}

/* The current file has ended, well or not: its rest, if there is any. */
static bool leave_file(struct blocks *b, struct item *item, enum input_got got,
                       const struct err *err)
{
    bool any =
        got == INPUT_FILE_END ? end_file(b, item) : end_faulty(b, item, err);

    b->line = 0;
    b->begun = false;
    b->unnumbered = false;
    return any;
}

/* At the first bytes of a file: see whether it can be taken apart. */
static enum input_got begin_file(struct blocks *b, struct err *err)
{
    const enum input_got got = input_begin(b->input, err);

    if (got != INPUT_BYTES || b->begun)
        return got;
    b->begun = true;
    if (b->o.ranges && input_plain_fd(b->input) >= 0)
        b->ranges =
            range_open(input_plain_fd(b->input),
                       RANGES_LEAST * b->o.block_bytes, input_limit(b->input));
    return got;
}

/* Less than a block, so that with its last line it is no more. */
static size_t range_bytes(const struct blocks *b)
{
    return b->o.block_bytes - b->o.block_bytes / RANGE_MARGIN;
}

/* The next range of the current file; false when there is none left. */
static bool give_range(struct blocks *b, struct item *item)
{
    if (b->ranges == NULL)
        return false;
    if (!range_next(b->ranges, range_bytes(b), &item->range)) {
        range_close(b->ranges);
        b->ranges = NULL;
        return false;
    }
    item->origin = input_name(b->input);
    item->line = b->unnumbered ? 0 : 1;
    b->unnumbered = true;
    return true;
}

static enum flow_got fill(void *self, struct item *item, struct err *err)
{
    struct blocks *b = self;
    enum input_got got;

    take_carry(b, item);
    for (;;) {
        if (item->in.len > b->counted && ready(b, item))
            return FLOW_FILLED;
        got = begin_file(b, err);
        if (got == INPUT_BYTES && give_range(b, item))
            return FLOW_FILLED;
        if (got == INPUT_BYTES)
            got = read_more(b, item, err);
        switch (got) {
        case INPUT_BYTES: break;
        case INPUT_LATER:
            if (item->lines > 0)
                return cut(b, item, b->whole);
            return FLOW_LATER;
        case INPUT_FILE_END:
        case INPUT_FAULT:
            if (leave_file(b, item, got, err))
                return FLOW_FILLED;
            break;
        case INPUT_END: return FLOW_END;
        }
    }
}

struct flow_source blocks_source(struct blocks *blocks)
{
    return (struct flow_source){.self = blocks, .fill = fill};
}
