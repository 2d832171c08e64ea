/* SPDX-License-Identifier: MIT */
/*
 * An automaton over the first bytes of what has meaning. The state says what
 * is expected, a class what came, a table what is expected next; what is more
 * than that (brackets, numbers, literals, the end of a line) is an action.
 * What the container around a value is, is part of the state, so a comma needs
 * no look at the stack; brackets push and pop one bit each on a word: 64
 * levels are all that real lines have. A fault leads to a state that is left
 * at the end of the line only, so there is no test for faults in the walk.
 */
#include "json/grammar.h"

#include "json/index.h"

enum state {
    VALUE,         /* a value, at the top */
    FIRST_ELEMENT, /* a value or ] behind [ */
    ELEMENT,       /* a value behind , in an array */
    FIRST_KEY,     /* a key or } behind { */
    KEY,           /* a key behind , in an object */
    COLON,         /* : behind a key */
    MEMBER,        /* a value behind : */
    AFTER_VALUE,   /* the end of the line */
    AFTER_ELEMENT, /* , or ] */
    AFTER_MEMBER,  /* , or } */
    REJECT,
    STATES
};

enum class {
    OTHER,
    OPEN_OBJECT,
    CLOSE_OBJECT,
    OPEN_ARRAY,
    CLOSE_ARRAY,
    COLON_SIGN,
    COMMA,
    QUOTE,
    DIGIT,
    LETTER,
    NEWLINE,
    CLASSES
};

/* In the high bits of an entry of the table. */
enum action {
    NONE = 0,
    PUSH = 1 << 4,
    POP = 2 << 4,
    NUMBER = 3 << 4,
    LITERAL = 4 << 4,
    END = 5 << 4,
    STATE_MASK = 15,
};

enum { DEPTH_MAX = 64 };

static const unsigned char classes[256] = {
    ['{'] = OPEN_OBJECT, ['}'] = CLOSE_OBJECT, ['['] = OPEN_ARRAY,
    [']'] = CLOSE_ARRAY, [':'] = COLON_SIGN,   [','] = COMMA,
    ['"'] = QUOTE,       ['-'] = DIGIT,        ['0'] = DIGIT,
    ['1'] = DIGIT,       ['2'] = DIGIT,        ['3'] = DIGIT,
    ['4'] = DIGIT,       ['5'] = DIGIT,        ['6'] = DIGIT,
    ['7'] = DIGIT,       ['8'] = DIGIT,        ['9'] = DIGIT,
    ['t'] = LETTER,      ['f'] = LETTER,       ['n'] = LETTER,
    ['\n'] = NEWLINE,
};

/* What a state that wants a value does with one, and with what is none. */
#define WANTS_VALUE(after)                                        \
    [OTHER] = REJECT, [OPEN_OBJECT] = FIRST_KEY | PUSH,           \
    [CLOSE_OBJECT] = REJECT, [OPEN_ARRAY] = FIRST_ELEMENT | PUSH, \
    [COLON_SIGN] = REJECT, [COMMA] = REJECT, [QUOTE] = (after),   \
    [DIGIT] = (after) | NUMBER, [LETTER] = (after) | LITERAL

#define REJECTS_ALL                                                         \
    REJECT, REJECT, REJECT, REJECT, REJECT, REJECT, REJECT, REJECT, REJECT, \
        REJECT, REJECT | END

static const unsigned char table[STATES][CLASSES] = {
    [VALUE] = {WANTS_VALUE(AFTER_VALUE), [CLOSE_ARRAY] = REJECT,
               [NEWLINE] = VALUE | END},
    [FIRST_ELEMENT] =
        {WANTS_VALUE(AFTER_ELEMENT), [CLOSE_ARRAY] = AFTER_VALUE | POP,
         [NEWLINE] = REJECT | END},
    [ELEMENT] = {WANTS_VALUE(AFTER_ELEMENT), [CLOSE_ARRAY] = REJECT,
                 [NEWLINE] = REJECT | END},
    [FIRST_KEY] = {REJECT, REJECT, AFTER_VALUE | POP, REJECT, REJECT, REJECT,
                   REJECT, COLON, REJECT, REJECT, REJECT | END},
    [KEY] = {REJECT, REJECT, REJECT, REJECT, REJECT, REJECT, REJECT, COLON,
             REJECT, REJECT, REJECT | END},
    [COLON] = {REJECT, REJECT, REJECT, REJECT, REJECT, MEMBER, REJECT, REJECT,
               REJECT, REJECT, REJECT | END},
    [MEMBER] = {WANTS_VALUE(AFTER_MEMBER), [CLOSE_ARRAY] = REJECT,
                [NEWLINE] = REJECT | END},
    [AFTER_VALUE] = {REJECT, REJECT, REJECT, REJECT, REJECT, REJECT, REJECT,
                     REJECT, REJECT, REJECT, AFTER_VALUE | END},
    [AFTER_ELEMENT] = {REJECT, REJECT, REJECT, REJECT, AFTER_VALUE | POP,
                       REJECT, ELEMENT, REJECT, REJECT, REJECT, REJECT | END},
    [AFTER_MEMBER] = {REJECT, REJECT, AFTER_VALUE | POP, REJECT, REJECT, REJECT,
                      KEY, REJECT, REJECT, REJECT, REJECT | END},
    [REJECT] = {REJECTS_ALL},
};

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
struct stack {
    uint64_t bits;
    unsigned depth;
};

/* What is expected behind a container that was closed. */
static enum state pop(struct stack *s)
{
    const bool in_object = s->bits & 1;

    s->bits >>= 1;
    s->depth--;
    if (s->depth == 0)
        return AFTER_VALUE;
    return in_object ? AFTER_MEMBER : AFTER_ELEMENT;
}

static enum state push(struct stack *s, unsigned max_depth, enum state from,
                       enum state to)
{
    if (s->depth == max_depth)
        return REJECT;
    s->bits = s->bits << 1 | (from == MEMBER);
    s->depth++;
    return to;
}

/* Walk to the newline of the line; the state in front of it. */
static enum state walk(struct grammar *g)
{
    const unsigned char *bytes = (const unsigned char *)g->block.ptr;
    const uint32_t *at = g->index->at + g->entry;
    struct stack stack = {0, 0};
    enum state state = VALUE;

    for (;; at++) {
        const unsigned char *p = bytes + (*at & ~INDEX_TORN);
        const unsigned char next = table[state][classes[*p]];
        const enum state from = state;

        state = next & STATE_MASK;
        switch (next & ~STATE_MASK) {
        case NONE: break;
        case PUSH: state = push(&stack, g->max_depth, from, state); break;
        case POP: state = pop(&stack); break;
        case NUMBER:
            if (!number_ok(p))
                state = REJECT;
            break;
        case LITERAL:
            if (!literal_ok(p))
                state = REJECT;
            break;
        default:
            g->entry = (size_t)(at - g->index->at) + 1;
            return *at & INDEX_TORN ? REJECT : state;
        }
    }
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
                             size_t max_depth)
{
    return (struct grammar){
        .index = index,
        .block = block,
        .max_depth = max_depth < DEPTH_MAX ? (unsigned)max_depth : DEPTH_MAX};
}

bool grammar_next(struct grammar *g, struct grammar_line *line)
{
    const uint32_t *at = g->index->at;
    enum state state;
    size_t end;

    if (g->entry == g->index->count)
        return false;
    line->first = g->entry;
    state = walk(g);
    line->last = g->entry - 1;
    end = at[line->last] & ~INDEX_TORN;
    line->bytes = slice_of(g->block.ptr + g->start, end - g->start);
    line->verdict = GRAMMAR_UNSURE;
    if (is_suspect(g, g->start, end))
        state = REJECT;
    if (state == VALUE)
        line->verdict = GRAMMAR_BLANK;
    if (state == AFTER_VALUE) {
        const size_t first = at[line->first];

        line->verdict = GRAMMAR_VALID;
        line->value = slice_trim(slice_of(g->block.ptr + first, end - first));
    }
    g->start = end + 1;
    return true;
}
