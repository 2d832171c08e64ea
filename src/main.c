/* SPDX-License-Identifier: MIT */
/*
 * Find the command, run it, turn the outcome into an exit status. The only
 * place that reads the environment and ends the process.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cmd/args.h"
#include "cmd/cmd.h"

extern char **environ;

enum { HELP_MAX = 65536 };

static const struct cmd *const commands[] = {
    &jsonl_command, &fetch_command, &tasks_command, &ctl_command, NULL};

/* Also tells a disk that was full from one that was not: close(2). What was
 * written while stdout was closed went to /dev/null: it is lost as well. */
static int close_stdout(unsigned closed, struct err *err)
{
    int failed = fd_close(STDOUT_FILENO) < 0 && errno != EBADF;

    if (closed & 1u << STDOUT_FILENO) {
        errno = EBADF;
        failed = 1;
    }
    return failed ? err_sys(err, ERR_OUTPUT, "stdout") : 0;
}

static int print(struct buf *text, struct err *err)
{
    int failed = fd_write(STDOUT_FILENO, text->data, text->len);

    if (failed)
        err_sys(err, ERR_OUTPUT, "stdout");
    buf_release(text);
    return failed;
}

static int print_version(struct err *err)
{
    struct buf text;

    buf_init(&text, 256);
    buf_add_text(&text, "weir " WEIR_VERSION "\n");
    return print(&text, err);
}

static int print_help(struct err *err)
{
    struct buf text;

    buf_init(&text, HELP_MAX);
    buf_add_text(&text, "Usage: weir COMMAND [OPTION]... [ARG]...\n"
                        "Batch work with a bound on what is in flight, and an "
                        "account of every unit.\n\nCommands:\n");
    for (size_t i = 0; commands[i] != NULL; i++)
        buf_printf(&text, "  %-26s %s\n", commands[i]->name,
                   commands[i]->summary);
    buf_add_text(&text, "\nOptions:\n"
                        "  --help                     show this and exit\n"
                        "  --version                  show the version and "
                        "exit\n\n'weir COMMAND --help' shows a command's "
                        "options; the manual is weir(1).\n");
    return print(&text, err);
}

static int print_command_help(const struct cmd *cmd, struct err *err)
{
    struct buf text;

    buf_init(&text, HELP_MAX);
    buf_printf(&text, "Usage: weir %s %s\n%s\n\nOptions:\n", cmd->name,
               cmd->synopsis, cmd->summary);
    args_help(cmd->options, &text);
    if (cmd->details != NULL)
        buf_printf(&text, "\n%s", cmd->details);
    return print(&text, err);
}

static int run_command(const struct cmd *cmd, int argc, char **argv,
                       const struct cmd_context *context, struct err *err)
{
    void *options = mem_alloc(cmd->options_size);
    struct args_list operands = {0};
    int status = -1;

    switch (args_parse(cmd->options, argc, argv, options, &operands, err)) {
    case ARGS_RUN: status = cmd->run(context, options, &operands, err); break;
    case ARGS_HELP: status = print_command_help(cmd, err); break;
    case ARGS_VERSION: status = print_version(err); break;
    case ARGS_WRONG: break;
    }
    args_release(cmd->options, options, &operands);
    mem_free(options);
    if (status < 0 && err->text[0] != '\0' && err->sys != EPIPE)
        err_wrap(err, "%s", cmd->name);
    return status;
}

static int unknown_command(const char *name, struct err *err)
{
    const char *best = NULL;
    size_t least = text_too_far(name);

    for (size_t i = 0; commands[i] != NULL; i++)
        text_nearer(name, commands[i]->name, &best, &least);
    if (best != NULL)
        return err_set(err, ERR_USAGE,
                       "unknown command '%s'; did you mean '%s'?", name, best);
    return err_set(err, ERR_USAGE, "unknown command '%s'; see 'weir --help'",
                   name);
}

static int dispatch(int argc, char **argv, const struct cmd_context *context,
                    struct err *err)
{
    if (argc < 2)
        return err_set(err, ERR_USAGE, "no command; see 'weir --help'");
    if (strcmp(argv[1], "--help") == 0)
        return print_help(err);
    if (strcmp(argv[1], "--version") == 0)
        return print_version(err);
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (strcmp(argv[1], commands[i]->name) == 0)
            return run_command(commands[i], argc - 2, argv + 2, context, err);
    }
    return unknown_command(argv[1], err);
}

/* A caller takes only a death by SIGINT for one (a shell loop must stop too);
 * other signals become 128+n, since systemd would call their death success. */
static void die_by_interrupt(void)
{
    sigset_t mask;

    signal(SIGINT, SIG_DFL);
    sigemptyset(&mask);
    sigaddset(&mask, SIGINT);
    pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
    raise(SIGINT);
}

static const char *variable(const char *name)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread starts. */
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* curl(1), "Environment". HTTP_PROXY, which a web server may have made of a
 * header, is none of them. */
static bool is_proxied(void)
{
    static const char *const names[] = {
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (variable(names[i]) != NULL)
            return true;
    }
    return false;
}

static struct cmd_context read_context(struct log *log, unsigned closed)
{
    const char *term = variable("TERM");
    const char *ca_file = variable("CURL_CA_BUNDLE");
    const char *tmpdir = variable("TMPDIR");

    return (struct cmd_context){
        .log = log,
        .closed = closed,
        .environment = environ,
        .path = variable("PATH"),
        .ca_file = ca_file ? ca_file : variable("SSL_CERT_FILE"),
        .scanner = variable("WEIR_SCANNER"),
        .tmpdir = tmpdir ? tmpdir : "/tmp",
        .proxied = is_proxied(),
        .no_color = variable("NO_COLOR") != NULL,
        .dumb = term == NULL || strcmp(term, "dumb") == 0,
    };
}

int main(int argc, char **argv)
{
    unsigned closed = fd_guard_standard();
    struct log log;
    struct err err = {.kind = ERR_NONE};
    struct cmd_context context;
    int status;

    /* Writing to a pipe or beyond a limit gives an error, not a death. A
     * SIGCHLD that is ignored would reap our children for nobody. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    log_init(&log, STDERR_FILENO, LOG_NORMAL);
    context = read_context(&log, closed);
    status = dispatch(argc, argv, &context, &err);
    if (status == 0)
        status = close_stdout(closed, &err);
    if (status < 0 && err.text[0] != '\0' && err.sys != EPIPE)
        log_error(&log, "%s", err.text);
    log_release(&log);
    if (status == 0)
        return 0;
    if (err.kind == ERR_SIGNAL && err.sys == SIGINT)
        die_by_interrupt();
    return cmd_exit_status(&err);
}
