/* SPDX-License-Identifier: MIT */
/*
 * The bytes are known to be valid, so the end of a value is found by little:
 * strings end at a quote that no backslash precedes, brackets by counting,
 * anything else at the next delimiter. Inside a container there always is one,
 * so no loop here needs to look for the end of the bytes.
 */
#include "json/value.h"

#include "json/quote.h"

enum value_kind value_kind_of(char first)
{
    switch (first) {
    case 'n': return VALUE_NULL;
    case 'f': return VALUE_FALSE;
    case 't': return VALUE_TRUE;
    case '"': return VALUE_STRING;
    case '[': return VALUE_ARRAY;
    case '{': return VALUE_OBJECT;
    default: return VALUE_NUMBER;
    }
}

enum value_kind value_kind(struct slice value)
{
    return value_kind_of(value.ptr[0]);
}

const char *value_kind_name(enum value_kind kind)
{
    switch (kind) {
    case VALUE_NULL: return "null";
    case VALUE_FALSE:
    case VALUE_TRUE: return "boolean";
    case VALUE_NUMBER: return "number";
    case VALUE_STRING: return "string";
    case VALUE_ARRAY: return "array";
    case VALUE_OBJECT: return "object";
    }
    return "value";
}

static const char *skip_blank(const char *at)
{
    while (*at == ' ' || *at == '\t' || *at == '\r')
        at++;
    return at;
}

/* From the opening quote to behind the closing one. */
static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at + 1;
}

/* From an opening bracket to behind the one that closes it. */
static const char *skip_brackets(const char *at)
{
    size_t depth = 0;

    for (;;) {
        switch (*at) {
        case '"': at = skip_string(at); continue;
        case '[':
        case '{': depth++; break;
        case ']':
        case '}': depth--; break;
        default: break;
        }
        at++;
        if (depth == 0)
            return at;
    }
}

/* A number or a literal, inside a container. */
static const char *skip_word(const char *at)
{
    while (*at != ',' && *at != ']' && *at != '}' && *at != ' ' &&
           *at != '\t' && *at != '\r')
        at++;
    return at;
}

static const char *skip_value(const char *at)
{
    if (*at == '"')
        return skip_string(at);
    if (*at == '{' || *at == '[')
        return skip_brackets(at);
    return skip_word(at);
}

/* Behind a value: to the next one, or to the closing bracket. */
static const char *skip_comma(const char *at)
{
    at = skip_blank(at);
    return *at == ',' ? skip_blank(at + 1) : at;
}

struct value_walk value_members_begin(struct slice object)
{
    return (struct value_walk){skip_blank(object.ptr + 1)};
}

bool value_members_next(struct value_walk *walk, struct slice *key,
                        struct slice *value)
{
    const char *name = walk->at;
    const char *name_end, *at, *end;

    if (*name == '}')
        return false;
    name_end = skip_string(name);
    at = skip_blank(skip_blank(name_end) + 1);
    end = skip_value(at);
    *key = slice_of(name, (size_t)(name_end - name));
    *value = slice_of(at, (size_t)(end - at));
    walk->at = skip_comma(end);
    return true;
}

struct value_walk value_elements_begin(struct slice array)
{
    return (struct value_walk){skip_blank(array.ptr + 1)};
}

bool value_elements_next(struct value_walk *walk, struct slice *value)
{
    const char *at = walk->at;
    const char *end;

    if (*at == ']')
        return false;
    end = skip_value(at);
    *value = slice_of(at, (size_t)(end - at));
    walk->at = skip_comma(end);
    return true;
}

/*
 * An escape is always longer than what it means, so a key that is not longer
 * than the text between its quotes can only be equal byte for byte.
 */
static bool same_key(struct slice string, struct slice key)
{
    size_t len = string.len - 2;

    if (len < key.len)
        return false;
    if (len == key.len)
        return slice_equal(slice_of(string.ptr + 1, len), key) &&
               quote_plain(string);
    return !quote_plain(string) && quote_equal(string, key);
}

bool value_find(struct slice object, struct slice key, struct slice *value)
{
    struct value_walk walk = value_members_begin(object);
    struct slice name, each;
    bool found = false;

    while (value_members_next(&walk, &name, &each)) {
        if (!same_key(name, key))
            continue;
        *value = each;
        found = true;
    }
    return found;
}

static int64_t count(struct slice array)
{
    struct value_walk walk = value_elements_begin(array);
    struct slice each;
    int64_t n = 0;

    while (value_elements_next(&walk, &each))
        n++;
    return n;
}

bool value_element(struct slice array, int64_t n, struct slice *value)
{
    struct value_walk walk = value_elements_begin(array);
    struct slice each;

    if (n < 0)
        n += count(array);
    if (n < 0)
        return false;
    while (value_elements_next(&walk, &each)) {
        if (n-- > 0)
            continue;
        *value = each;
        return true;
    }
    return false;
}
