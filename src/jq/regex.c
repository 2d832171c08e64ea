/* SPDX-License-Identifier: MIT */
#include "jq/regex.h"

#include <assert.h>
#include <string.h>

#include <oniguruma.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"

/* Half of the slots are in use at most. A program has a few patterns; more are
 * computed ones, of which the latest are as good as any. */
enum { SLOTS = 512, ENTRIES_MAX = SLOTS / 2 };

/* Of all patterns in the cache; what is compiled may be some ten times this. */
enum { PATTERN_BYTES_MAX = 1 << 20 };

/* Bytes of an entry of Oniguruma's stack, a little more than it takes. */
enum { STACK_ENTRY = 64 };

struct regex {
    regex_t *compiled;
    OnigRegion *region;
    struct slice pattern;
    unsigned flags;
};

struct regex_cache {
    struct hash_key key;
    OnigMatchParam *limits;
    struct regex *slots[SLOTS];
    size_t count;
    size_t bytes; /* of patterns */
};

void regex_ready(void)
{
    OnigEncoding utf8 = ONIG_ENCODING_UTF8;

    onig_initialize(&utf8, 1);
}

struct regex_cache *regex_cache_new(size_t max_bytes)
{
    struct regex_cache *cache = mem_alloc(sizeof *cache);
    const size_t entries = max_bytes / STACK_ENTRY;

    cache->key = hash_key_new();
    cache->limits = onig_new_match_param();
    if (cache->limits == NULL)
        return cache; /* each search says so */
    onig_initialize_match_param(cache->limits);
    onig_set_match_stack_limit_size_of_match_param(
        cache->limits, entries < UINT32_MAX ? (unsigned)entries + 1 : 0);
    onig_set_retry_limit_in_match_of_match_param(cache->limits,
                                                 REGEX_STEPS_MAX);
    onig_set_retry_limit_in_search_of_match_param(cache->limits,
                                                  REGEX_STEPS_MAX);
    return cache;
}

static void free_regex(struct regex *regex)
{
    if (regex == NULL)
        return;
    onig_free(regex->compiled);
    onig_region_free(regex->region, 1);
    mem_free(slice_unconst(regex->pattern.ptr));
    mem_free(regex);
}

static void clear(struct regex_cache *cache)
{
    for (size_t i = 0; i < SLOTS; i++) {
        free_regex(cache->slots[i]);
        cache->slots[i] = NULL;
    }
    cache->count = 0;
    cache->bytes = 0;
}

void regex_cache_free(struct regex_cache *cache)
{
    if (cache == NULL)
        return;
    clear(cache);
    onig_free_match_param(cache->limits);
    mem_free(cache);
}

/* Oniguruma's message; it may quote the pattern. */
static int fault(struct err *err, int code, OnigErrorInfo *info)
{
    OnigUChar text[ONIG_MAX_ERROR_MESSAGE_LEN] = "";

    if (code == ONIGERR_RETRY_LIMIT_IN_MATCH_OVER ||
        code == ONIGERR_RETRY_LIMIT_IN_SEARCH_OVER)
        return err_set(err, ERR_UNITS, "it takes too many steps");
    if (code == ONIGERR_MATCH_STACK_LIMIT_OVER)
        return err_set(err, ERR_UNITS, "it takes too much memory");
    if (info != NULL)
        onig_error_code_to_str(text, code, info);
    else
        onig_error_code_to_str(text, code);
    return err_set(err, ERR_UNITS, "%s", (const char *)text);
}

static OnigOptionType options_of(unsigned flags)
{
    return ONIG_OPTION_CAPTURE_GROUP |
           (flags & REGEX_CASELESS ? ONIG_OPTION_IGNORECASE : 0) |
           (flags & REGEX_EXTENDED ? ONIG_OPTION_EXTEND : 0) |
           (flags & REGEX_SINGLE ? ONIG_OPTION_SINGLELINE : 0) |
           (flags & REGEX_DOT_ALL ? ONIG_OPTION_MULTILINE : 0) |
           (flags & REGEX_LONGEST ? ONIG_OPTION_FIND_LONGEST : 0) |
           (flags & REGEX_NOT_EMPTY ? ONIG_OPTION_FIND_NOT_EMPTY : 0);
}

static const OnigUChar *bytes_of(struct slice text)
{
    return (const OnigUChar *)text.ptr;
}

static struct regex *compile(struct slice pattern, unsigned flags,
                             struct err *err)
{
    struct regex *regex = mem_alloc(sizeof *regex);
    OnigErrorInfo info = {0};
    int code;

    regex->flags = flags;
    regex->pattern =
        slice_of(mem_copy_text(pattern.ptr, pattern.len), pattern.len);
    regex->region = onig_region_new();
    code = onig_new(&regex->compiled, bytes_of(regex->pattern),
                    bytes_of(regex->pattern) + pattern.len, options_of(flags),
                    ONIG_ENCODING_UTF8, ONIG_SYNTAX_PERL_NG, &info);
    if (code == ONIG_NORMAL && regex->region != NULL)
        return regex;
    fault(err, code == ONIG_NORMAL ? ONIGERR_MEMORY : code, &info);
    regex->compiled = code == ONIG_NORMAL ? regex->compiled : NULL;
    free_regex(regex);
    return NULL;
}

struct regex *regex_get(struct regex_cache *cache, struct slice pattern,
                        unsigned flags, struct err *err)
{
    size_t i = (hash_bytes(cache->key, pattern) + flags) % SLOTS;
    struct regex *regex;

    for (; (regex = cache->slots[i]) != NULL; i = (i + 1) % SLOTS) {
        if (regex->flags == flags && slice_equal(regex->pattern, pattern))
            return regex;
    }
    if (pattern.len > PATTERN_BYTES_MAX) {
        err_set(err, ERR_UNITS, "it has more than %d bytes", PATTERN_BYTES_MAX);
        return NULL;
    }
    regex = compile(pattern, flags, err);
    if (regex == NULL)
        return NULL;
    if (cache->count == ENTRIES_MAX ||
        cache->bytes + pattern.len > PATTERN_BYTES_MAX) {
        clear(cache);
        i = (hash_bytes(cache->key, pattern) + flags) % SLOTS;
    }
    cache->slots[i] = regex;
    cache->count++;
    cache->bytes += pattern.len;
    return regex;
}

uint32_t regex_groups(const struct regex *regex)
{
    return (uint32_t)onig_number_of_captures(regex->compiled);
}

/* NOLINTBEGIN(readability-non-const-parameter): as Oniguruma calls it */
static int take_name(const OnigUChar *name, const OnigUChar *end, int count,
                     int *groups, regex_t *compiled, void *arg)
{
    struct slice *names = arg;

    (void)compiled;
    for (int i = 0; i < count; i++)
        names[groups[i] - 1] =
            slice_of((const char *)name, (size_t)(end - name));
    return 0;
}
/* NOLINTEND(readability-non-const-parameter) */

void regex_names(const struct regex *regex, struct slice *names)
{
    onig_foreach_name(regex->compiled, take_name, names);
}

int regex_search(struct regex_cache *cache, struct regex *regex,
                 struct slice text, size_t from, struct regex_span *spans,
                 struct err *err)
{
    static const char nothing[] = "";
    /* Oniguruma must not be given NULL. */
    const OnigUChar *begin = bytes_of(text.len ? text : slice_of(nothing, 0));
    const OnigUChar *end = begin + text.len;
    const OnigRegion *region = regex->region;
    int code = ONIGERR_MEMORY;

    if (cache->limits != NULL)
        code = onig_search_with_param(regex->compiled, begin, end, begin + from,
                                      end, spans ? regex->region : NULL,
                                      ONIG_OPTION_NONE, cache->limits);
    if (code == ONIG_MISMATCH)
        return 0;
    if (code < 0)
        return fault(err, code, NULL);
    for (int i = 0; spans != NULL && i < region->num_regs; i++)
        spans[i] = (struct regex_span){region->beg[i], region->end[i]};
    return 1;
}
