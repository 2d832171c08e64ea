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
#include "cmd/common.h"
#include "cmd/fetch_options.h"
#include "cmd/secrets.h"
#include "cmd/state.h"
#include "cmd/template.h"
#include "flow/lines.h"
#include "io/http.h"
#include "show/events.h"
#include "show/gauge.h"
#include "show/record.h"
#include "work/ahead.h"
#include "work/content.h"
#include "work/names.h"
#include "work/request.h"
#include "work/save.h"
#include "work/save_path.h"
#include "work/transfer.h"

enum {
    ITEMS_PER_JOB = 4,
    /* How far we look ahead for other hosts: 3 KB each. */
    ITEMS_LEAST = 4096,
    LINGER_ITEMS = 256,
    /* Requests that are put by meanwhile: 150 bytes each, more if their lines
     * are long. */
    AHEAD_MOST = 64 * 1024,
    AHEAD_BYTES = 24 * 1024 * 1024,
    HOSTS_SHOWN = 20,
    KEEP = 16 * 1024,
    /* Of so many items only what they wait with: a record that is written into
     * memory of the one before finds it in the cache. */
    ITEM_KEEP = 256,
    LINGER_MS = 2, /* to wake the writer costs as much as half a request */
};

struct fetch {
    struct common_run run;
    struct args_list urls;   /* of the command line */
    char *proxy;             /* or NULL */
    const char *cookie_file; /* or NULL: cookies are not kept */
    struct request *defaults;
    struct save *save;
    struct http *http;
    struct transfer *transfer;
    struct lines *lines;
    struct ahead *ahead; /* NULL: nothing is read ahead */
    struct names names;
    struct record record;
    struct exchange_options exchange;
    struct transfer_list list;
    struct state state;
    struct content_requests content;
};

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
    if (save_path_check(slice_text(name), err) < 0)
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
    if (!fetch_options_want_files(o))
        return 0;
    if (o->output != NULL && open_output(f, o->output, err) < 0)
        return -1;
    if (o->output == NULL)
        f->save = save_open(o->output_dir ? o->output_dir : ".",
                            o->output_dir != NULL, err);
    if (f->save == NULL)
        return -1;
    /* Where all files are there none has to be made. */
    return o->skip_existing ? 0 : save_check(f->save, err);
}

static int open_http(struct fetch *f, const struct fetch_options *o,
                     struct err *err)
{
    const struct cmd_context *context = f->run.context;
    struct http_options h = {
        .loop = f->run.loop,
        .log = context->log,
        .connections = fetch_options_jobs(o),
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
        .proxy = f->proxy,
        .no_proxy = o->no_proxy,
        .interface = o->interface,
        .resolve = o->resolve.items,
        .resolve_count = o->resolve.count,
        .cookies = f->cookie_file != NULL,
        .cookie_file = f->cookie_file,
        .netrc = o->netrc,
        .block_private = o->block_private,
        .insecure = o->insecure,
        .compressed = o->compressed,
        .max_ratio = o->max_ratio,
    };

    /* Else libcurl looks for one in the environment for each request. */
    if (o->proxy == NULL && !context->proxied)
        h.proxy = "";
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
    f->exchange.body = f->save != NULL              ? EXCHANGE_FILE
                       : o->body == FETCH_BODY_NONE ? EXCHANGE_NOWHERE
                                                    : EXCHANGE_INLINE;
    f->exchange.max_inline = (size_t)o->max_inline;
    f->exchange.max_bytes = o->max_filesize;
    f->exchange.save = f->save;
    f->exchange.timeout_ms = o->timeout;
    f->exchange.include_headers = o->include_headers;
    f->exchange.describe = f->run.text;
    f->exchange.split = (size_t)o->split;
    f->exchange.skip_existing = o->skip_existing;
    f->exchange.resume = fetch_options_resume(o);
    f->exchange.versions = o->state.file != NULL;
    f->exchange.recall = o->if_changed ? state_recall : NULL;
    f->exchange.recall_arg = &f->state;
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

/* A host that is given up costs records, so that is worth a line. */
static void on_host(void *arg, const struct hosts_notice *notice)
{
    const struct fetch *f = arg;
    struct log *log = f->run.context->log;
    int len = (int)notice->key.len;

    if (f->run.events != NULL)
        events_host(f->run.events, notice);
    if (notice->state == BREAKER_LOST)
        log_note(log, "fetch: %.*s: given up after %llu failures in a row: %s",
                 len, notice->key.ptr, (unsigned long long)notice->failures,
                 notice->message);
    else
        log_detail(log, "%.*s: %s after %llu failures in a row", len,
                   notice->key.ptr, breaker_name(notice->state),
                   (unsigned long long)notice->failures);
}

/* Who asks for many attempts wants to wait for that host. */
static uint64_t probes(const struct fetch_options *o)
{
    return o->breaker_probes > 0 && o->breaker_probes < o->common.retries
               ? o->common.retries
               : o->breaker_probes;
}

static void open_transfer(struct fetch *f, const struct fetch_options *o)
{
    const struct transfer_options t = {
        .loop = f->run.loop,
        .exchange = f->exchange,
        .limits = {.total = fetch_options_jobs(o),
                   .per_host = (size_t)o->per_host,
                   .gap_us = fetch_options_gap_us(o->rate),
                   .host_gap_us = fetch_options_gap_us(o->host_rate),
                   .breaker = {.failures = o->breaker_failures,
                               .probes = probes(o),
                               .pause_us = o->common.retry_delay * 1000,
                               .pause_max_us =
                                   o->common.retry_max_delay * 1000}},
        .hold_max_ms = o->common.retry_max_delay,
        .on_host = on_host,
        .on_host_arg = f,
    };

    f->transfer = transfer_open(&t);
}

struct print {
    struct log *log;
    size_t shown;
    size_t left;
};

static void print_host(void *arg, const struct hosts_view *view)
{
    struct print *print = arg;
    const struct hosts_notice *n = &view->notice;
    bool closed = n->state == BREAKER_CLOSED;

    if (print->shown == HOSTS_SHOWN) {
        print->left++;
        return;
    }
    print->shown++;
    log_note(print->log, "%.*s: %zu running, %zu waiting%s%s%s%s",
             (int)n->key.len, n->key.ptr, view->running, view->waiting,
             closed ? "" : ", ", closed ? "" : breaker_name(n->state),
             closed ? "" : ": ", closed ? "" : n->message);
}

static void print_hosts(void *arg)
{
    const struct fetch *f = arg;
    struct print print = {.log = f->run.context->log};

    transfer_each_host(f->transfer, print_host, &print);
    if (print.left > 0)
        log_note(print.log, "%zu more hosts", print.left);
}

static int open_state(struct fetch *f, const struct fetch_options *o,
                      struct flow_options *flow, struct err *err)
{
    struct resume_options resume = {
        .keep = KEEP, .describe = content_describe_request, .arg = &f->content};

    f->content = (struct content_requests){
        .defaults = f->defaults, .directory = o->output_dir, .file = o->output};
    if (o->output_dir == NULL && o->output == NULL &&
        fetch_options_want_files(o))
        f->content.directory = ".";
    f->state.revisits = o->if_changed;
    f->state.files = f->save;
    if (state_open(&f->state, &f->run, &resume, err) < 0 ||
        state_listen(&f->state, f->run.loop, NULL, 0, err) < 0)
        return -1;
    state_connect(&f->state, flow);
    return 0;
}

/* Results in the order of the list wait for its slow hosts, whatever was done
 * of those that come later. */
static void read_ahead(struct fetch *f, struct flow_options *flow)
{
    const struct ahead_options ahead = {.loop = f->run.loop,
                                        .list = flow->source,
                                        .items = flow->items,
                                        .most = AHEAD_MOST,
                                        .most_bytes = AHEAD_BYTES,
                                        .wanted = transfer_wants_more,
                                        .arg = f->transfer};

    f->ahead = ahead_open(&ahead);
    flow->source = ahead_source(f->ahead);
    flow_add_watch(flow, ahead_watch(f->ahead));
}

static int run_flow(struct fetch *f, const struct fetch_options *o,
                    struct lines_options *list, struct err *err)
{
    const size_t jobs = fetch_options_jobs(o);
    struct flow_options flow = {0};
    int outcome;

    f->defaults = request_new();
    if (template_fill(f->defaults, &o->template, err) < 0 ||
        open_files(f, o, err) < 0 || open_http(f, o, err) < 0)
        return -1;
    set_exchange(f, o);
    f->list =
        (struct transfer_list){.options = &f->exchange, .names = &f->names};
    list->arg = &f->list;
    open_transfer(f, o);
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
    flow.keep = ITEM_KEEP;
    flow.retry_percent = (unsigned)fetch_options_budget(o->retry_budget);
    flow.linger_ms = LINGER_MS;
    flow.linger_items = LINGER_ITEMS;
    if (check_list(f, list, &flow, err) < 0 || open_state(f, o, &flow, err) < 0)
        return -1;
    if (!o->common.ordered)
        read_ahead(f, &flow);
    if (common_open_flow(&f->run, &flow, err) < 0)
        return -1;
    f->run.print_running = print_hosts;
    f->run.print_arg = f;
    transfer_attach(f->transfer, f->run.flow);
    state_attach(&f->state, f->run.flow);
    outcome = common_run_flow(&f->run, err);
    return state_end(&f->state, &f->run, outcome, err);
}

static void measure(void *arg, struct gauge_bytes *bytes)
{
    const struct fetch *f = arg;

    transfer_measure(f->transfer, &bytes->there, &bytes->came, &bytes->total);
}

static int summarize(struct fetch *f, int outcome, struct err *err)
{
    const struct hosts_tally none = {0};
    const struct hosts_tally *t =
        f->transfer ? transfer_hosts(f->transfer) : &none;
    const struct common_count counts[] = {
        {"retries_denied", f->run.flow ? flow_tally(f->run.flow)->denied : 0,
         true},
        {"hosts_parked", t->parked, true},
        {"hosts_probed", t->probes, true},
        {"hosts_lost", t->lost, true},
        {"not_asked", t->refused, true},
        {"not_modified", f->transfer ? transfer_not_modified(f->transfer) : 0,
         true},
        {"skipped",
         f->run.skipped + (f->transfer ? transfer_skipped(f->transfer) : 0),
         true},
    };

    f->run.has_state = false; /* it is counted above */
    return common_summarize_units(&f->run, outcome, counts,
                                  sizeof counts / sizeof counts[0], err);
}

static int run(const struct cmd_context *context, const void *options,
               const struct args_list *operands, struct err *err)
{
    static const char *const standard_input[] = {"-"};
    const struct fetch_options *o = options;
    struct fetch f = {.run = {.command = "fetch",
                              .unit = "requests",
                              .units_are_items = true},
                      .state.lock = -1};
    struct lines_options list = {.what = f.run.command,
                                 .files = standard_input,
                                 .file_count = 1,
                                 .max_line = TRANSFER_LINE_MAX,
                                 .parse = transfer_parse};
    int outcome = -1;

    f.run.measure = measure;
    f.run.measure_arg = &f;
    names_init(&f.names);
    secrets_take_urls(operands, &f.urls);
    if (o->template.cookies != NULL &&
        template_names_cookie_file(o->template.cookies))
        f.cookie_file = o->template.cookies;
    f.proxy = o->proxy ? secrets_take_url(o->proxy) : NULL;
    if (fetch_options_check(o, &f.urls, err) == 0 &&
        find_list(context, o, &f.urls, &list, err) == 0 &&
        (outcome = state_lock(&f.state, &o->state, false, err)) == 0 &&
        (outcome = common_open(&f.run, context, &o->common, err)) == 0)
        outcome = summarize(&f, run_flow(&f, o, &list, err), err);
    common_close_flow(&f.run);
    ahead_close(f.ahead);
    lines_close(f.lines);
    transfer_close(f.transfer);
    http_close(f.http);
    save_close(f.save);
    request_free(f.defaults);
    names_release(&f.names);
    state_close(&f.state);
    mem_free(f.proxy);
    secrets_release(&f.urls);
    common_close(&f.run);
    return outcome > 0 ? 0 : outcome; /* 1: another run does it */
}

const struct cmd fetch_command = {
    .name = "fetch",
    .synopsis = "[OPTION]... [URL]...",
    .summary = "many HTTP requests through one connection pool",
    .details = "A list has one URL a line, or one JSON object: url id method "
               "headers body\nbody_file json output sha256 size timeout "
               "retries expect_status meta.\nThe manual is weir-fetch(1).\n",
    .options = fetch_options_tables,
    .options_size = sizeof(struct fetch_options),
    .run = run,
};
