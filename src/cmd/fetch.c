/* SPDX-License-Identifier: MIT */
/* weir fetch: many HTTP requests through one connection pool. */
#include "cmd/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "cmd/common.h"
#include "cmd/template.h"
#include "flow/lines.h"
#include "io/http.h"
#include "show/record.h"
#include "work/names.h"
#include "work/request.h"
#include "work/save.h"
#include "work/transfer.h"

enum {
    /* A connection may take two sockets at first (IPv4, IPv6) and a pair for
     * its resolver; a body has a file. */
    FDS_PER_JOB = 4,
    FDS_RESERVED = 64,
    ITEMS_PER_JOB = 4,
    ITEMS_LEAST = 1024, /* how far we look ahead for other hosts */
    KEEP = 16 * 1024,
    INLINE_MAX = 1 << 28,
    REDIRECTS_MAX = 1000,
};

enum body_choice { BODY_AUTO, BODY_INLINE, BODY_FILE, BODY_NONE };

struct fetch_options {
    struct common_options common;
    struct template_options template;
    struct args_list inputs;
    uint64_t per_host;
    const char *rate;
    const char *host_rate;
    int64_t keepalive;
    int64_t timeout;
    int64_t connect_timeout;
    int64_t read_timeout;
    int body; /* enum body_choice */
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
    bool include_headers;
    uint64_t max_ratio;
    bool compressed;
    bool insecure;
    bool ipv4;
    bool ipv6;
    bool http1_1;
    bool http2;
};

struct fetch {
    struct common_run run;
    struct request *defaults;
    struct save *save;
    struct http *http;
    struct transfer *transfer;
    struct lines *lines;
    struct names names;
    struct record record;
    struct exchange_options exchange;
    struct transfer_list list;
};

static bool wants_files(const struct fetch_options *o)
{
    return o->output_dir != NULL || o->output != NULL || o->remote_name ||
           o->body == BODY_FILE;
}

static int check_limits(const struct fetch_options *o, struct err *err)
{
    size_t limit = fd_raise_limit();

    if (o->common.jobs == 0 || o->per_host == 0)
        return err_set(err, ERR_USAGE, "--per-host: at least 1");
    if (o->common.jobs > limit ||
        o->common.jobs * FDS_PER_JOB + FDS_RESERVED > limit)
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

static int check_options(const struct fetch_options *o,
                         const struct args_list *operands, struct err *err)
{
    if (o->output_dir != NULL && (o->output != NULL || o->remote_name))
        return err_set(err, ERR_USAGE, "--output-dir excludes -o and -O");
    if (o->output != NULL && o->remote_name)
        return err_set(err, ERR_USAGE, "-o excludes -O");
    if (wants_files(o) && (o->body == BODY_INLINE || o->body == BODY_NONE))
        return err_set(err, ERR_USAGE, "--body inline or none excludes a file");
    if (o->output != NULL && (operands->count != 1 || o->inputs.count > 0))
        return err_set(err, ERR_USAGE,
                       "-o is for one URL; --output-dir for "
                       "more");
    if (o->ipv4 && o->ipv6)
        return err_set(err, ERR_USAGE, "-4 excludes -6");
    if (o->block_private && o->proxy != NULL && o->proxy[0] != '\0')
        return err_set(err, ERR_USAGE,
                       "--block-private excludes -x: a proxy would connect");
    for (size_t i = 0; i < o->resolve.count; i++) {
        if (!is_resolve(o->resolve.items[i]))
            return err_set(err, ERR_USAGE,
                           "--resolve: '%.80s' is not HOST:PORT:ADDRESS",
                           o->resolve.items[i]);
    }
    if (o->http1_1 && o->http2)
        return err_set(err, ERR_USAGE, "--http1.1 excludes --http2");
    return check_limits(o, err);
}

/* URLs as arguments, then lists; with neither, a list on stdin. */
static int find_list(const struct cmd_context *context,
                     const struct fetch_options *o,
                     const struct args_list *operands,
                     struct lines_options *list, struct err *err)
{
    list->words = operands->items;
    list->word_count = operands->count;
    if (o->inputs.count > 0 || operands->count > 0) {
        list->files = o->inputs.items;
        list->file_count = o->inputs.count;
    } else if (isatty(STDIN_FILENO) == 1) {
        return err_set(err, ERR_USAGE,
                       "no URL: name some, or a list with -i FILE");
    }
    for (size_t i = 0; i < list->file_count; i++) {
        if (strcmp(list->files[i], "-") == 0 &&
            (context->closed & 1u << STDIN_FILENO)) {
            errno = EBADF;
            return err_sys(err, ERR_INPUT, "stdin");
        }
    }
    return 0;
}

/* -o FILE: its directory, which has to be there, and its name. */
static int open_output(struct fetch *f, const char *file, struct err *err)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash ? slash + 1 : file;
    char *directory;
    struct stat st;

    if (strcmp(file, "-") == 0)
        return err_set(err, ERR_USAGE,
                       "-o -: stdout has the records, which "
                       "have the body without -o");
    if (save_check_path(slice_text(name), err) < 0)
        return err_set(err, ERR_USAGE, "-o %s: not a name for a file", file);
    /* A device would be replaced by a file of its name. */
    if (lstat(file, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
        return err_set(err, ERR_CREATE, "%s: not a regular file", file);
    directory = slash ? mem_copy_text(file, (size_t)(name - file))
                      : mem_copy_text(".", 1);
    f->save = save_open(directory, false, err);
    mem_free(directory);
    f->exchange.file_name = name;
    return f->save == NULL ? -1 : 0;
}

static int open_files(struct fetch *f, const struct fetch_options *o,
                      struct err *err)
{
    if (!wants_files(o))
        return 0;
    if (o->output != NULL)
        return open_output(f, o->output, err);
    f->save = save_open(o->output_dir ? o->output_dir : ".",
                        o->output_dir != NULL, err);
    return f->save == NULL ? -1 : 0;
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

static int open_http(struct fetch *f, const struct fetch_options *o,
                     struct err *err)
{
    const struct cmd_context *context = f->run.context;
    const struct http_options h = {
        .loop = f->run.loop,
        .log = context->log,
        .connections = (size_t)o->common.jobs,
        .host_connections = (size_t)o->per_host,
        .keepalive_ms = o->keepalive,
        .connect_timeout_ms = o->connect_timeout,
        .read_timeout_ms = o->read_timeout,
        .max_redirects = (long)o->max_redirects,
        .family = o->ipv4   ? HTTP_IPV4
                  : o->ipv6 ? HTTP_IPV6
                            : HTTP_ANY_FAMILY,
        .version = o->http1_1 ? HTTP_1_1
                   : o->http2 ? HTTP_2
                              : HTTP_ANY_VERSION,
        .user_agent = o->user_agent,
        .ca_file = o->ca_file ? o->ca_file : context->ca_file,
        .cert_file = o->cert_file,
        .key_file = o->key_file,
        .proxy = o->proxy,
        .no_proxy = o->no_proxy,
        .interface = o->interface,
        .resolve = o->resolve.items,
        .resolve_count = o->resolve.count,
        .netrc = o->netrc,
        .block_private = o->block_private,
        .insecure = o->insecure,
        .compressed = o->compressed,
        .max_ratio = o->max_ratio,
    };

    if (check_files(o, err) < 0)
        return -1;
    if (o->insecure)
        log_note(context->log, "fetch: certificates are not checked (-k): "
                               "anybody may have answered");
    f->http = http_open(&h, err);
    return f->http == NULL ? -1 : 0;
}

static void set_exchange(struct fetch *f, const struct fetch_options *o)
{
    f->exchange.http = f->http;
    f->exchange.defaults = f->defaults;
    f->exchange.body = f->save != NULL        ? EXCHANGE_FILE
                       : o->body == BODY_NONE ? EXCHANGE_NOWHERE
                                              : EXCHANGE_INLINE;
    f->exchange.max_inline = (size_t)o->max_inline;
    f->exchange.max_bytes = o->max_filesize;
    f->exchange.save = f->save;
    f->exchange.timeout_ms = o->timeout;
    f->exchange.include_headers = o->include_headers;
}

/* What can be read twice is checked before anything is asked for. */
static int check_list(struct fetch *f, const struct lines_options *list,
                      const struct flow_options *flow, struct err *err)
{
    struct item *scratch = item_new(&flow->limits);
    int failed;

    scratch->work = flow->work.make(flow->work.self, scratch);
    f->list.refuse_shared_names = true;
    failed = lines_check(f->run.loop, list, scratch, f->run.context->log, err);
    f->list.refuse_shared_names = false;
    names_release(&f->names);
    flow->work.free(scratch->work);
    item_free(scratch);
    return failed;
}

/* "5/s", "30/m", "100/h", "5": microseconds from one to the next. */
static int read_rate(const char *option, const char *text, int64_t *gap_us,
                     struct err *err)
{
    static const struct {
        const char *suffix;
        int64_t seconds;
    } units[] = {{"", 1}, {"/s", 1}, {"/m", 60}, {"/h", 3600}};
    size_t digits = text ? strspn(text, "0123456789") : 0;
    uint64_t n;

    *gap_us = 0;
    if (text == NULL)
        return 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + digits, units[i].suffix) != 0 ||
            num_count(slice_of(text, digits), &n, err) < 0 || n == 0)
            continue;
        *gap_us =
            units[i].seconds * 1000000 / (n > 1000000 ? 1000000 : (int64_t)n);
        return 0;
    }
    return err_set(err, ERR_USAGE,
                   "%s: '%.40s' is not a rate (5/s, 30/m, 100/h)", option,
                   text);
}

static int open_transfer(struct fetch *f, const struct fetch_options *o,
                         struct err *err)
{
    struct transfer_options t = {
        .loop = f->run.loop,
        .exchange = f->exchange,
        .limits = {.total = (size_t)o->common.jobs,
                   .per_host = (size_t)o->per_host},
        .hold_max_ms = o->common.retry_max_delay,
    };

    if (read_rate("--rate", o->rate, &t.limits.gap_us, err) < 0 ||
        read_rate("--rate-per-host", o->host_rate, &t.limits.host_gap_us, err) <
            0)
        return -1;
    f->transfer = transfer_open(&t);
    return 0;
}

static int run_flow(struct fetch *f, const struct fetch_options *o,
                    struct lines_options *list, struct err *err)
{
    const size_t jobs = (size_t)o->common.jobs;
    struct flow_options flow = {0};

    f->defaults = request_new();
    if (template_fill(f->defaults, &o->template, err) < 0 ||
        open_files(f, o, err) < 0 || open_http(f, o, err) < 0)
        return -1;
    set_exchange(f, o);
    f->list =
        (struct transfer_list){.options = &f->exchange, .names = &f->names};
    list->arg = &f->list;
    if (open_transfer(f, o, err) < 0)
        return -1;
    f->lines = lines_open(f->run.loop, list);
    f->record = (struct record){.text = f->run.text,
                                .colored = f->run.colored,
                                .terminal = f->run.terminal};
    flow.source = lines_source(f->lines);
    flow.worker = transfer_worker(f->transfer);
    flow.work = transfer_work(f->transfer);
    flow.report = record_report(&f->record);
    flow.items = jobs * ITEMS_PER_JOB;
    if (flow.items < ITEMS_LEAST)
        flow.items = ITEMS_LEAST;
    flow.limits.in = TRANSFER_LINE_MAX;
    flow.limits.result = transfer_result_bytes(f->exchange.max_inline);
    flow.limits.out = flow.limits.result + (size_t)8 * TRANSFER_LINE_MAX;
    flow.keep = KEEP;
    if (check_list(f, list, &flow, err) < 0 ||
        common_open_flow(&f->run, &flow, err) < 0)
        return -1;
    transfer_attach(f->transfer, f->run.flow);
    return common_run_flow(&f->run, err);
}

static int run(const struct cmd_context *context, const void *options,
               const struct args_list *operands, struct err *err)
{
    static const char *const standard_input[] = {"-"};
    const struct fetch_options *o = options;
    struct fetch f = {.run = {.command = "fetch",
                              .unit = "requests",
                              .units_are_items = true}};
    struct lines_options list = {.what = f.run.command,
                                 .files = standard_input,
                                 .file_count = 1,
                                 .max_line = TRANSFER_LINE_MAX,
                                 .parse = transfer_parse};
    int outcome = -1;

    names_init(&f.names);
    if (check_options(o, operands, err) == 0 &&
        find_list(context, o, operands, &list, err) == 0 &&
        common_open(&f.run, context, &o->common, err) == 0)
        outcome =
            common_summarize_units(&f.run, run_flow(&f, o, &list, err), err);
    common_close_flow(&f.run);
    lines_close(f.lines);
    transfer_close(f.transfer);
    http_close(f.http);
    save_close(f.save);
    request_free(f.defaults);
    names_release(&f.names);
    common_close(&f.run);
    return outcome;
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
     .help = "send NAME=VALUE; cookies of answers are never kept",
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

static const struct args_option *const options[] = {
    list_options,  body_options,          request_options,
    habit_options, common_record_options, common_options,
    NULL};

const struct cmd fetch_command = {
    .name = "fetch",
    .synopsis = "[OPTION]... [URL]...",
    .summary = "many HTTP requests through one connection pool",
    .details = "A list has one URL a line, or one JSON object: url id method "
               "headers body\nbody_file json output sha256 timeout retries "
               "expect_status meta.\nThe manual is weir-fetch(1).\n",
    .options = options,
    .options_size = sizeof(struct fetch_options),
    .run = run,
};
