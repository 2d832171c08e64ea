/* SPDX-License-Identifier: MIT */
/*
 * fetch_options - the options of weir fetch, and what of them cannot be
 */
#ifndef CMD_FETCH_OPTIONS_H
#define CMD_FETCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/args.h"
#include "cmd/common.h"
#include "cmd/state.h"
#include "cmd/template.h"

struct err;

enum fetch_body {
    FETCH_BODY_AUTO,
    FETCH_BODY_INLINE,
    FETCH_BODY_FILE,
    FETCH_BODY_NONE,
};

struct fetch_options {
    struct common_options common;
    struct state_options state; /* right behind: see there */
    struct template_options template;
    struct args_list inputs;
    uint64_t per_host;
    const char *rate;
    const char *host_rate;
    uint64_t breaker_failures;
    uint64_t breaker_probes;
    const char *retry_budget;
    int64_t keepalive;
    int64_t timeout;
    int64_t connect_timeout;
    int64_t read_timeout;
    int body; /* enum fetch_body */
    uint64_t max_inline;
    uint64_t max_filesize;
    uint64_t max_redirects;
    const char *output_dir;
    const char *output;
    const char *user_agent;
    const char *ca_file;
    const char *cert_file;
    const char *key_file;
    const char *proxy;
    const char *no_proxy;
    const char *interface;
    struct args_list resolve;
    bool netrc;
    bool block_private;
    bool remote_name;
    uint64_t split;
    bool skip_existing;
    bool if_changed;
    bool resume_partial;
    const char *continue_at;
    bool include_headers;
    uint64_t max_ratio;
    bool compressed;
    bool insecure;
    bool ipv4;
    bool ipv6;
    bool http1_1;
    bool http2;
};

/* As struct cmd wants them. */
extern const struct args_option *const fetch_options_tables[];

/* Whether they contradict each other, or name what is not there. 0, or -1 with
 * `err` of kind ERR_USAGE or ERR_INPUT. */
int fetch_options_check(const struct fetch_options *o,
                        const struct args_list *operands, struct err *err);

/* Whether bodies go into files. */
bool fetch_options_want_files(const struct fetch_options *o);

/* Percent, "20%", or 0 for "none"; -1: it is neither. */
int fetch_options_budget(const char *text);

/* So many requests at once: the default is less where the system allows only
 * fewer descriptors. */
size_t fetch_options_jobs(const struct fetch_options *o);

/* Whether a file that was begun is gone on with. */
bool fetch_options_resume(const struct fetch_options *o);

/* A rate, "5/s", "30/m", "100/h" or "5", as microseconds from one to the next;
 * 0: none is given; -1: it is no rate. */
int64_t fetch_options_gap_us(const char *rate);

#endif
