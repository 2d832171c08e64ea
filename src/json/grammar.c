/* SPDX-License-Identifier: MIT */
/*
 * The grammar as it is written in RFC 8259, one place of the code for each
 * place of the grammar, over the first bytes of what has meaning. Lines of one
 * file are alike, so the branches are foreseen, and the loads of entries to
 * come do not wait for what is decided before: an automaton, whose next state
 * is a load that waits for the state before it, took 2.3 times as long on short
 * lines and 3.8 times on long ones. Containers are one bit each on a word: 64
 * levels are all that real lines have.
 */
#include "json/grammar.h"

#include "json/index.h"

enum { DEPTH_MAX = 64 };

/* Bytes that may stand behind a number or a literal. */
static const unsigned char ends_scalar[256] = {
    [' '] = 1, ['\t'] = 1, ['\r'] = 1, ['\n'] = 1, [','] = 1,
    [':'] = 1, ['['] = 1,  [']'] = 1,  ['{'] = 1,  ['}'] = 1,
};

static bool is_digit(unsigned char c)
{
    return (unsigned)c - '0' < 10;
}

/* RFC 8259 section 6. A newline ends every block, so no bound is needed. */
static bool number_ok(const unsigned char *p)
{
    p += *p == '-';
    if (!is_digit(*p))
        return false;
    if (*p == '0')
        p++;
    else
        while (is_digit(*p))
            p++;
    if (*p == '.') {
        if (!is_digit(*++p))
            return false;
        while (is_digit(*p))
            p++;
    }
    if ((*p | 0x20) == 'e') {
        p++;
        p += *p == '+' || *p == '-';
        if (!is_digit(*p))
            return false;
        while (is_digit(*p))
            p++;
    }
    return ends_scalar[*p];
}

static bool literal_ok(const unsigned char *p)
{
    switch (*p) {
    case 't':
        return p[1] == 'r' && p[2] == 'u' && p[3] == 'e' && ends_scalar[p[4]];
    case 'n':
        return p[1] == 'u' && p[2] == 'l' && p[3] == 'l' && ends_scalar[p[4]];
    default:
        return p[1] == 'a' && p[2] == 'l' && p[3] == 's' && p[4] == 'e' &&
               ends_scalar[p[5]];
    }
}

/* The containers around the place of the walk: a bit each, 1: object. */
struct walk {
    const unsigned char *bytes;
    const uint32_t *at; /* the next entry */
    uint64_t bits;
    unsigned depth;
    unsigned max_depth;
    const uint32_t *first; /* of the index */
    uint32_t *close;       /* of an open container: the one around it */
    uint32_t open;         /* the innermost one */
};

#define INLINE static inline __attribute__((always_inline))

INLINE unsigned char take(struct walk *w)
{
    return w->bytes[*w->at++];
}

/* Of the entry that was taken last. */
INLINE uint32_t entry_of(const struct walk *w)
{
    return (uint32_t)(w->at - w->first) - 1;
}

INLINE void link_open(struct walk *w)
{
    const uint32_t entry = entry_of(w);

    w->close[entry] = w->open;
    w->open = entry;
}

INLINE void link_close(struct walk *w)
{
    const uint32_t opened = w->open;

    w->open = w->close[opened];
    w->close[opened] = entry_of(w);
}

/* False if that is too deep. */
INLINE bool enter(struct walk *w, bool object, bool links)
{
    if (links)
        link_open(w);
    w->bits = w->bits << 1 | object;
    return ++w->depth <= w->max_depth;
}

/* A number or a literal, whose first byte was taken. */
INLINE bool scalar_ok(const struct walk *w, unsigned char c)
{
    const unsigned char *p = w->bytes + w->at[-1];

    return c == 't' || c == 'f' || c == 'n' ? literal_ok(p) : number_ok(p);
}

/*
 * One value that begins with `c`; true if it is right, and it and nothing else
 * was taken. A newline is no part of any value, so none is passed.
 */
INLINE bool take_value(struct walk *w, unsigned char c, const bool links)
{
value:
    if (c == '{') {
        if (!enter(w, true, links))
            return false;
        c = take(w);
        if (c == '}')
            goto close;
        goto key;
    }
    if (c == '[') {
        if (!enter(w, false, links))
            return false;
        c = take(w);
        if (c == ']')
            goto close;
        goto value;
    }
    if (c != '"' && !scalar_ok(w, c))
        return false;
behind:
    if (w->depth == 0)
        return true;
    c = take(w);
    if (!(w->bits & 1))
        goto element;
    if (c == '}')
        goto close;
    if (c != ',')
        return false;
    c = take(w);
key:
    if (c != '"' || take(w) != ':')
        return false;
    c = take(w);
    goto value;
element:
    if (c == ',') {
        c = take(w);
        goto value;
    }
    if (c != ']')
        return false;
close:
    if (links)
        link_close(w);
    w->bits >>= 1;
    w->depth--;
    goto behind;
}

/* Two copies of the walk: noting where containers close costs what it does only
 * where it is asked for. */
static bool value_ok(struct walk *w, unsigned char c, bool links)
{
    return links ? take_value(w, c, true) : take_value(w, c, false);
}

/* The line up to its newline, which is taken too. */
static enum grammar_verdict walk(struct grammar *g)
{
    struct walk w = {.bytes = (const unsigned char *)g->block.ptr,
                     .at = g->index->at + g->entry,
                     .max_depth = g->max_depth,
                     .first = g->index->at,
                     .close = g->index->close};
    enum grammar_verdict verdict = GRAMMAR_UNSURE;
    unsigned char c = take(&w);

    if (c == '\n')
        verdict = GRAMMAR_BLANK;
    else if (value_ok(&w, c, g->links) && take(&w) == '\n')
        verdict = GRAMMAR_VALID;
    while (w.bytes[w.at[-1]] != '\n')
        w.at++;
    g->entry = (size_t)(w.at - g->index->at);
    return verdict;
}

/* Whether a chunk that holds bytes of the line is suspect. */
static bool is_suspect(struct grammar *g, size_t from, size_t to)
{
    const struct index *index = g->index;

    while (g->suspect < index->suspect_count &&
           index->suspects[g->suspect] < from / INDEX_CHUNK)
        g->suspect++;
    return g->suspect < index->suspect_count &&
           index->suspects[g->suspect] <= to / INDEX_CHUNK;
}

struct grammar grammar_begin(const struct index *index, struct slice block,
                             size_t max_depth, bool links)
{
    return (struct grammar){
        .index = index,
        .block = block,
        .links = links,
        .max_depth = max_depth < DEPTH_MAX ? (unsigned)max_depth : DEPTH_MAX};
}

bool grammar_next(struct grammar *g, struct grammar_line *line)
{
    const uint32_t *at = g->index->at;
    size_t end;

    if (g->entry == g->index->count)
        return false;
    line->first = g->entry;
    line->verdict = walk(g);
    line->last = g->entry - 1;
    end = at[line->last];
    line->bytes = slice_of(g->block.ptr + g->start, end - g->start);
    if (is_suspect(g, g->start, end))
        line->verdict = GRAMMAR_UNSURE;
    if (line->verdict == GRAMMAR_VALID) {
        const size_t first = at[line->first];

        line->value = slice_trim(slice_of(g->block.ptr + first, end - first));
    }
    g->start = end + 1;
    return true;
}

void grammar_link(const struct grammar *g, const struct grammar_line *line)
{
    struct walk w = {.bytes = (const unsigned char *)g->block.ptr,
                     .at = g->index->at + line->first,
                     .first = g->index->at,
                     .close = g->index->close};
    const uint32_t *end = g->index->at + line->last;

    while (w.at < end) {
        switch (take(&w)) {
        case '{':
        case '[': link_open(&w); break;
        case '}':
        case ']': link_close(&w); break;
        default: break;
        }
    }
}
