/* SPDX-License-Identifier: MIT */
#include "cmd/fetch_options.h"

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/num.h"
#include "cmd/distinct.h"
#include "work/request.h"
#include "work/split.h"

enum {
    /* A connection may take two sockets at first (IPv4, IPv6) and a pair for
     * its resolver; a body has a file. */
    FDS_PER_JOB = 4,
    FDS_RESERVED = 32,
    JOBS = 100, /* the default */
    INLINE_MAX = 1 << 28,
    REDIRECTS_MAX = 1000,
    RATE_MAX = 1000000,
};

bool fetch_options_want_files(const struct fetch_options *o)
{
    return o->output_dir != NULL || o->output != NULL || o->remote_name ||
           o->body == FETCH_BODY_FILE;
}

bool fetch_options_resume(const struct fetch_options *o)
{
    return o->resume_partial || o->continue_at != NULL;
}

/* What `limit` descriptors are enough for; one is always tried. */
static size_t jobs_within(size_t limit)
{
    size_t jobs =
        limit > FDS_RESERVED ? (limit - FDS_RESERVED) / FDS_PER_JOB : 0;

    return jobs > 0 ? jobs : 1;
}

size_t fetch_options_jobs(const struct fetch_options *o)
{
    const size_t most = jobs_within(fd_raise_limit());

    return o->common.jobs > most ? most : (size_t)o->common.jobs;
}

static int check_limits(const struct fetch_options *o, struct err *err)
{
    size_t limit = fd_raise_limit();

    if (o->common.jobs == 0 || o->per_host == 0)
        return err_set(err, ERR_USAGE, "--per-host: at least 1");
    if (o->common.jobs != JOBS && o->common.jobs > jobs_within(limit))
        return err_set(err, ERR_USAGE,
                       "--jobs: %llu at once need more than the %zu "
                       "descriptors that are allowed",
                       (unsigned long long)o->common.jobs, limit);
    if (o->max_inline > INLINE_MAX)
        return err_set(err, ERR_USAGE, "--max-inline: at most 256M");
    if (o->max_redirects > REDIRECTS_MAX)
        return err_set(err, ERR_USAGE, "--max-redirs: at most %d",
                       REDIRECTS_MAX);
    return 0;
}

/* libcurl says what it thinks of one only when a request has begun. */
static bool is_resolve(const char *text)
{
    const char *port = strchr(text, ':');
    size_t digits = port ? strspn(port + 1, "0123456789") : 0;

    return port != NULL && port != text && digits > 0 &&
           port[1 + digits] == ':' && port[2 + digits] != '\0';
}

int64_t fetch_options_gap_us(const char *rate)
{
    static const struct {
        const char *suffix;
        int64_t seconds;
    } units[] = {{"", 1}, {"/s", 1}, {"/m", 60}, {"/h", 3600}};
    size_t digits = rate ? strspn(rate, "0123456789") : 0;
    struct err unused;
    uint64_t n;

    if (rate == NULL)
        return 0;
    if (num_count(slice_of(rate, digits), &n, &unused) < 0 || n == 0)
        return -1;
    n = n > RATE_MAX ? RATE_MAX : n;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(rate + digits, units[i].suffix) == 0)
            return units[i].seconds * 1000000 / (int64_t)n;
    }
    return -1;
}

int fetch_options_budget(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    struct err unused;
    uint64_t n;

    if (strcmp(text, "none") == 0)
        return 0;
    if (num_count(slice_of(text, digits), &n, &unused) < 0 ||
        strcmp(text + digits, "%") != 0 || n == 0 || n > 100)
        return -1;
    return (int)n;
}

static int check_rate(const char *option, const char *rate, struct err *err)
{
    if (fetch_options_gap_us(rate) >= 0)
        return 0;
    return err_set(err, ERR_USAGE,
                   "%s: '%.40s' is not a rate (5/s, 30/m, 100/h)", option,
                   rate);
}

static int check_forms(const struct fetch_options *o, struct err *err)
{
    for (size_t i = 0; i < o->resolve.count; i++) {
        if (!is_resolve(o->resolve.items[i]))
            return err_set(err, ERR_USAGE,
                           "--resolve: '%.80s' is not HOST:PORT:ADDRESS",
                           o->resolve.items[i]);
    }
    if (o->user_agent != NULL && !request_is_value(slice_text(o->user_agent)))
        return err_set(err, ERR_USAGE, "-A: control character in a header");
    if (fetch_options_budget(o->retry_budget) < 0)
        return err_set(err, ERR_USAGE,
                       "--retry-budget: '%.40s' is neither 1%% to 100%% nor "
                       "none",
                       o->retry_budget);
    if (check_rate("--rate", o->rate, err) < 0)
        return -1;
    return check_rate("--rate-per-host", o->host_rate, err);
}

/* Else each request would fail by itself. */
static int check_files(const struct fetch_options *o, struct err *err)
{
    const char *const files[] = {o->ca_file, o->cert_file, o->key_file};

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (files[i] != NULL && access(files[i], R_OK) < 0)
            return err_sys(err, ERR_INPUT, "%s", files[i]);
    }
    return 0;
}

static int check_output(const struct fetch_options *o, struct err *err)
{
    const struct distinct files[] = {{"-o", o->output},
                                     {"--summary", o->common.summary},
                                     {"--events", o->common.events},
                                     {"--state", o->state.file}};

    if (o->output_dir != NULL && (o->output != NULL || o->remote_name))
        return err_set(err, ERR_USAGE, "--output-dir excludes -o and -O");
    if (o->output_dir != NULL && o->output_dir[0] == '\0')
        return err_set(err, ERR_USAGE, "--output-dir: the name is empty");
    if (o->output != NULL && o->remote_name)
        return err_set(err, ERR_USAGE, "-o excludes -O");
    if (fetch_options_want_files(o) &&
        (o->body == FETCH_BODY_INLINE || o->body == FETCH_BODY_NONE))
        return err_set(err, ERR_USAGE, "--body inline or none excludes a file");
    return distinct_check(files, sizeof files / sizeof files[0], err);
}

static int check_skip(const struct fetch_options *o, struct err *err)
{
    if (o->skip_existing && !fetch_options_want_files(o))
        return err_set(err, ERR_USAGE,
                       "--skip-existing is for files: -O, -o or --output-dir");
    return 0;
}

static int check_changed(const struct fetch_options *o, struct err *err)
{
    if (o->if_changed && o->state.file == NULL)
        return err_set(err, ERR_USAGE,
                       "--if-changed needs --state, which knows what was "
                       "there");
    if (o->if_changed && o->skip_existing)
        return err_set(err, ERR_USAGE, "--if-changed excludes --skip-existing");
    return 0;
}

static int check_split(const struct fetch_options *o, struct err *err)
{
    if (o->split < 1 || o->split > SPLIT_MOST)
        return err_set(err, ERR_USAGE, "--split: 1 to %d", SPLIT_MOST);
    if (o->split == 1)
        return 0;
    if (!fetch_options_want_files(o))
        return err_set(err, ERR_USAGE,
                       "--split is for files: -O, -o or --output-dir");
    if (o->compressed)
        return err_set(err, ERR_USAGE, "--split excludes --compressed");
    return 0;
}

/* The bytes of a packed body are not those of its file. */
static int check_resume(const struct fetch_options *o, struct err *err)
{
    if (o->continue_at != NULL && strcmp(o->continue_at, "-") != 0)
        return err_set(err, ERR_USAGE,
                       "-C %.40s: only '-' is known: where it broke off",
                       o->continue_at);
    if (!fetch_options_resume(o))
        return 0;
    if (!fetch_options_want_files(o))
        return err_set(err, ERR_USAGE,
                       "--resume-partial is for files: -O, -o or --output-dir");
    if (o->compressed)
        return err_set(err, ERR_USAGE,
                       "--resume-partial excludes --compressed");
    if (o->template.range != NULL)
        return err_set(err, ERR_USAGE, "--resume-partial excludes -r");
    return 0;
}

int fetch_options_check(const struct fetch_options *o,
                        const struct args_list *operands, struct err *err)
{
    if (check_output(o, err) < 0 || check_skip(o, err) < 0 ||
        check_changed(o, err) < 0 || check_split(o, err) < 0 ||
        check_resume(o, err) < 0)
        return -1;
    if (o->output != NULL && (operands->count != 1 || o->inputs.count > 0))
        return err_set(err, ERR_USAGE,
                       "-o is for one URL; --output-dir for "
                       "more");
    if (o->ipv4 && o->ipv6)
        return err_set(err, ERR_USAGE, "-4 excludes -6");
    if (o->block_private && o->proxy != NULL && o->proxy[0] != '\0')
        return err_set(err, ERR_USAGE,
                       "--block-private excludes -x: a proxy would connect");
    if (o->http1_1 && o->http2)
        return err_set(err, ERR_USAGE, "--http1.1 excludes --http2");
    if (check_forms(o, err) < 0 || check_limits(o, err) < 0)
        return -1;
    return check_files(o, err);
}

#define PLACE(member) offsetof(struct fetch_options, member)

static const char *const body_choices[] = {"auto", "inline", "file", "none",
                                           NULL};

static const struct args_option list_options[] = {
    {.letter = 'i',
     .name = "input",
     .value = "FILE",
     .help = "a list: a URL or a JSON object a line; -: stdin; repeatable",
     .type = ARGS_LIST,
     .place = PLACE(inputs)},
    {.letter = 'j',
     .name = "jobs",
     .value = "N",
     .help = "requests at once: N, N%, +N of the CPUs; 0: as many as CPUs",
     .fallback = "100",
     .type = ARGS_JOBS,
     .place = PLACE(common.jobs)},
    {.name = "per-host",
     .value = "N",
     .help = "requests at once to one host",
     .fallback = "20",
     .type = ARGS_COUNT,
     .place = PLACE(per_host)},
    {.name = "rate",
     .value = "N/s",
     .help = "start N a second at most, in all; N/m a minute, N/h an hour",
     .type = ARGS_TEXT,
     .place = PLACE(rate)},
    {.name = "rate-per-host",
     .value = "N/s",
     .help = "likewise, of one host",
     .type = ARGS_TEXT,
     .place = PLACE(host_rate)},
    {.name = "keepalive",
     .value = "D",
     .help = "use an idle connection again for so long; 0: never",
     .fallback = "60s",
     .type = ARGS_DURATION,
     .place = PLACE(keepalive)},
    {.letter = 'm',
     .name = "timeout",
     .alias = "max-time",
     .value = "D",
     .help = "for a request in all, without its wait for a place; 0: none",
     .fallback = "30s",
     .type = ARGS_DURATION,
     .place = PLACE(timeout)},
    {.name = "connect-timeout",
     .value = "D",
     .help = "for name, connection and TLS; 0: none",
     .fallback = "10s",
     .type = ARGS_DURATION,
     .place = PLACE(connect_timeout)},
    {.name = "read-timeout",
     .value = "D",
     .help = "without a byte, once the request is sent; 0: none",
     .fallback = "10s",
     .type = ARGS_DURATION,
     .place = PLACE(read_timeout)},
    {.name = "retries",
     .value = "N",
     .help = "attempts after the first, of methods that may be repeated",
     .fallback = "2",
     .type = ARGS_COUNT,
     .place = PLACE(common.retries)},
    {.name = "retry-budget",
     .value = "P%",
     .help = "retries may be P% of the requests, and 100 more; none: any",
     .fallback = "20%",
     .type = ARGS_TEXT,
     .place = PLACE(retry_budget)},
    {.name = "breaker",
     .value = "N",
     .help = "park a host that failed N times in a row, and probe it; 0: never",
     .fallback = "5",
     .type = ARGS_COUNT,
     .place = PLACE(breaker_failures)},
    {.name = "breaker-probes",
     .value = "N",
     .help = "give it up when N probes in a row have failed; 0: never",
     .fallback = "5",
     .type = ARGS_COUNT,
     .place = PLACE(breaker_probes)},
    {0},
};

static const struct args_option body_options[] = {
    {.name = "body",
     .value = "WHERE",
     .help = "inline (in the record), file, none; auto: a file if one is named",
     .fallback = "auto",
     .type = ARGS_CHOICE,
     .place = PLACE(body),
     .choices = body_choices},
    {.name = "max-inline",
     .value = "B",
     .help = "a body in a record may have so many bytes",
     .fallback = "1M",
     .type = ARGS_SIZE,
     .place = PLACE(max_inline)},
    {.name = "max-filesize",
     .value = "B",
     .help = "any body may have so many bytes; 0: no limit",
     .fallback = "0",
     .type = ARGS_SIZE,
     .place = PLACE(max_filesize)},
    {.name = "output-dir",
     .value = "DIR",
     .help = "files into DIR, named by the list or the URL",
     .type = ARGS_TEXT,
     .place = PLACE(output_dir)},
    {.letter = 'O',
     .name = "remote-name",
     .help = "files into the current directory, named likewise",
     .type = ARGS_FLAG,
     .place = PLACE(remote_name)},
    {.letter = 'o',
     .name = "output",
     .value = "FILE",
     .help = "the body of the one URL into FILE",
     .type = ARGS_TEXT,
     .place = PLACE(output)},
    {.name = "split",
     .value = "N",
     .help = "up to N ranges at once of a large file, if the server allows",
     .fallback = "1",
     .type = ARGS_COUNT,
     .place = PLACE(split)},
    {.name = "skip-existing",
     .help = "do not ask for a file that is there, and is as the list says",
     .type = ARGS_FLAG,
     .place = PLACE(skip_existing)},
    {.name = "if-changed",
     .help = "with --state: ask whether what is completed has changed",
     .type = ARGS_FLAG,
     .place = PLACE(if_changed)},
    {.name = "resume-partial",
     .help = "go on with a file that broke off, if it is still the same",
     .type = ARGS_FLAG,
     .place = PLACE(resume_partial)},
    {.letter = 'C',
     .name = "continue-at",
     .value = "-",
     .help = "as --resume-partial; only '-' is known",
     .type = ARGS_TEXT,
     .place = PLACE(continue_at)},
    {.name = "include-headers",
     .help = "the answer's headers into the record",
     .type = ARGS_FLAG,
     .place = PLACE(include_headers)},
    {.name = "expect-status",
     .value = "LIST",
     .help = "statuses that are no failure: 404,2xx,300-304",
     .type = ARGS_TEXT,
     .place = PLACE(template.expect_status)},
    {0},
};

static const struct args_option request_options[] = {
    {.letter = 'X',
     .name = "request",
     .value = "METHOD",
     .help = "the method; else GET, with -d POST",
     .type = ARGS_TEXT,
     .place = PLACE(template.method)},
    {.letter = 'H',
     .name = "header",
     .value = "LINE",
     .help = "a header, or @FILE with one a line; repeatable",
     .type = ARGS_LIST,
     .place = PLACE(template.headers)},
    {.letter = 'd',
     .name = "data",
     .value = "TEXT",
     .help = "a body, or @FILE without its newlines; repeatable",
     .type = ARGS_LIST,
     .place = PLACE(template.data)},
    {.letter = 'I',
     .name = "head",
     .help = "HEAD, if neither -X nor the list names a method",
     .type = ARGS_FLAG,
     .place = PLACE(template.head)},
    {.letter = 'u',
     .name = "user",
     .value = "NAME:PW",
     .help = "basic authentication; @FILE for what is in a file",
     .type = ARGS_TEXT,
     .place = PLACE(template.user)},
    {.name = "oauth2-bearer",
     .value = "TOKEN",
     .help = "bearer authentication; @FILE for what is in a file",
     .type = ARGS_TEXT,
     .place = PLACE(template.bearer)},
    {.letter = 'n',
     .name = "netrc",
     .help = "user and password of a host from ~/.netrc, if they are there",
     .type = ARGS_FLAG,
     .place = PLACE(netrc)},
    {.letter = 'b',
     .name = "cookie",
     .value = "COOKIES",
     .help = "send NAME=VALUE; or read FILE ('': none), keep those of answers",
     .type = ARGS_TEXT,
     .place = PLACE(template.cookies)},
    {.letter = 'e',
     .name = "referer",
     .value = "URL",
     .help = "where we say we come from",
     .type = ARGS_TEXT,
     .place = PLACE(template.referer)},
    {.letter = 'r',
     .name = "range",
     .value = "RANGE",
     .help = "ask for these bytes: 0-99, 100-, -100",
     .type = ARGS_TEXT,
     .place = PLACE(template.range)},
    {.letter = 'A',
     .name = "user-agent",
     .value = "NAME",
     .help = "what we say we are",
     .type = ARGS_TEXT,
     .place = PLACE(user_agent)},
    {.name = "max-redirs",
     .value = "N",
     .help = "redirects that are followed",
     .fallback = "10",
     .type = ARGS_COUNT,
     .place = PLACE(max_redirects)},
    {.name = "compressed",
     .help = "ask for bodies packed by gzip, and unpack them",
     .type = ARGS_FLAG,
     .place = PLACE(compressed)},
    {.name = "max-ratio",
     .value = "N",
     .help = "a body of over 1M may be N times what came for it; 0: any",
     .fallback = "200",
     .type = ARGS_COUNT,
     .place = PLACE(max_ratio)},
    {.letter = 'k',
     .name = "insecure",
     .help = "do not check certificates",
     .type = ARGS_FLAG,
     .place = PLACE(insecure)},
    {.name = "cacert",
     .value = "FILE",
     .help = "trust these certificates, not the system's",
     .type = ARGS_TEXT,
     .place = PLACE(ca_file)},
    {.name = "cert",
     .value = "FILE",
     .help = "our own certificate, for servers that ask for one",
     .type = ARGS_TEXT,
     .place = PLACE(cert_file)},
    {.name = "key",
     .value = "FILE",
     .help = "its key, if that is not in the same file",
     .type = ARGS_TEXT,
     .place = PLACE(key_file)},
    {.letter = 'x',
     .name = "proxy",
     .value = "URL",
     .help = "through this proxy; \"\" for none",
     .type = ARGS_TEXT,
     .place = PLACE(proxy)},
    {.name = "noproxy",
     .value = "HOSTS",
     .help = "no proxy to these: names, domains, addresses; *: to none",
     .type = ARGS_TEXT,
     .place = PLACE(no_proxy)},
    {.name = "resolve",
     .value = "H:P:ADDR",
     .help = "host H at port P is at ADDR; repeatable",
     .type = ARGS_LIST,
     .place = PLACE(resolve)},
    {.name = "interface",
     .value = "NAME",
     .help = "connect from this interface or address",
     .type = ARGS_TEXT,
     .place = PLACE(interface)},
    {.name = "block-private",
     .help = "never connect to an address that is not public",
     .type = ARGS_FLAG,
     .place = PLACE(block_private)},
    {.letter = '4',
     .name = "ipv4",
     .help = "only IPv4 addresses",
     .type = ARGS_FLAG,
     .place = PLACE(ipv4)},
    {.letter = '6',
     .name = "ipv6",
     .help = "only IPv6 addresses",
     .type = ARGS_FLAG,
     .place = PLACE(ipv6)},
    {.name = "http1.1",
     .help = "no HTTP/2",
     .type = ARGS_FLAG,
     .place = PLACE(http1_1)},
    {.name = "http2",
     .help = "HTTP/2 also without TLS, by upgrade",
     .type = ARGS_FLAG,
     .place = PLACE(http2)},
    {0},
};

/* What curl's hands type, and what is so here anyway. */
static const struct args_option habit_options[] = {
    {.letter = 'L',
     .name = "location",
     .help = "no effect: redirects are followed",
     .type = ARGS_IGNORED},
    {.letter = 'f',
     .name = "fail",
     .help = "no effect: status 400 and above fails",
     .type = ARGS_IGNORED},
    {.letter = 's',
     .name = "silent",
     .help = "no effect: see -q",
     .type = ARGS_IGNORED},
    {.letter = 'S',
     .name = "show-error",
     .help = "no effect: errors are shown",
     .type = ARGS_IGNORED},
    {.letter = 'Z',
     .name = "parallel",
     .help = "no effect: see -j",
     .type = ARGS_IGNORED},
    {0},
};

const struct args_option *const fetch_options_tables[] = {
    list_options,  body_options,          request_options, habit_options,
    state_options, common_record_options, common_options,  NULL};
