/* SPDX-License-Identifier: MIT */
/*
 * cmd - what a command is, and what all of them share
 *
 * A command is a constant: name, synopsis, tables of options, run. Adding one
 * is a file and a line in main.c's table. `run` is wiring: it opens the parts,
 * lets the flow run, and closes the parts in reverse order.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/args.h"

struct err;
struct log;

/* What the process was given, read once by main. */
struct cmd_context {
    struct log *log;
    unsigned closed; /* bit n: descriptor n was closed at the start */
    char **environment;
    const char *path;    /* PATH, or NULL */
    const char *ca_file; /* CURL_CA_BUNDLE, SSL_CERT_FILE, or NULL */
    const char *scanner; /* WEIR_SCANNER, or NULL */
    const char *tmpdir;  /* TMPDIR, or /tmp */
    bool proxied;        /* a proxy is named, in whichever way curl knows */
    bool no_color;       /* NO_COLOR is set and not empty */
    bool dumb;           /* TERM is unset or "dumb" */
};

struct cmd {
    const char *name;
    const char *synopsis; /* what follows the name, for help */
    const char *summary;  /* one line */
    const char *details;  /* a few lines below the options, or NULL */
    const struct args_option *const *options; /* NULL-terminated */
    size_t options_size; /* bytes of the struct that they fill */
    /* 0, or -1 with `err`; an empty text means that all has been said. */
    int (*run)(const struct cmd_context *context, const void *options,
               const struct args_list *operands, struct err *err);
};

/* The exit status of a run that ended so. The one table of the program. */
int cmd_exit_status(const struct err *err);

extern const struct cmd jsonl_command;
extern const struct cmd fetch_command;
extern const struct cmd tasks_command;
extern const struct cmd ctl_command;

#endif
