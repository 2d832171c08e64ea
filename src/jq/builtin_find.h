/* SPDX-License-Identifier: MIT */
/*
 * builtin_find - the matches of a regular expression in a value
 *
 * What the builtins for regular expressions share: they find all matches
 * first, as spans of bytes, and make of them what is asked for. Everything is
 * in the evaluator's arena. 0, or -1 and it unwinds.
 */
#ifndef JQ_BUILTIN_FIND_H
#define JQ_BUILTIN_FIND_H

#include "jq/builtin_core.h"
#include "jq/regex.h"

/* What is looked for. */
struct builtin_query {
    struct slice text;
    struct slice pattern;
    struct regex *regex;
    bool global;
};

/* Every match, groups + 1 spans each. */
struct builtin_found {
    struct slice text;
    uint32_t count;
    uint32_t groups;
    struct regex_span *spans;
    struct slice *names; /* of the groups; ptr NULL: it has none */
};

/* The query of a text, a pattern and jq's flags, of which "g" sets `global`. */
int builtin_ask(struct eval *e, struct val in, struct val pattern,
                struct val flags, struct builtin_query *q);

/* The reason why a search gave up, as an error; -1. */
int builtin_search_failed(struct eval *e, const struct builtin_query *q,
                          const char *why);

int builtin_find_all(struct eval *e, const struct builtin_query *q,
                     struct builtin_found *f);

const struct regex_span *builtin_spans(const struct builtin_found *f,
                                       uint32_t match);

/* A span's text; null if it took no part. */
struct val builtin_text_of(const struct builtin_found *f,
                           const struct regex_span *s);

/* The groups that have a name, as an object, or no room. */
struct val builtin_named_groups(struct eval *e, const struct builtin_found *f,
                                const struct regex_span *spans);

/* _sub($pattern; $flags; replacement): the text with its matches replaced. */
int builtin_sub(struct eval *e, const struct code *call, struct env *env,
                struct at in, eval_fn emit, void *arg);

#endif
