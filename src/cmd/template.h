/* SPDX-License-Identifier: MIT */
/*
 * template - what fetch's command line says of every request
 *
 * -X, -H, -d, -u and the like as a struct request, which each request of the
 * list goes by where it says nothing else. What proves who we are becomes a
 * header (Authorization, Cookie): so a redirect to another server leaves it
 * behind. The words of the command line that have it, and values of headers and
 * bodies, are overwritten (see secrets.h).
 */
#ifndef CMD_TEMPLATE_H
#define CMD_TEMPLATE_H

#include <stdbool.h>

#include "cmd/args.h"

struct err;
struct request;

struct template_options {
    const char *method;
    struct args_list headers; /* "Name: value", or @FILE with one a line */
    struct args_list data;    /* as curl's -d: text, or @FILE without newlines;
                               * several are joined by & */
    const char *expect_status;
    const char *user;    /* "NAME:PASSWORD", or @FILE with that */
    const char *bearer;  /* a token, or @FILE with it */
    const char *cookies; /* "NAME=VALUE; NAME=VALUE", or the name of a file */
    const char *referer;
    const char *range; /* of bytes */
    bool head;
};

/* Whether that is the name of a file, as curl tells: there is no = in it. */
bool template_names_cookie_file(const char *cookies);

/* Fill a new request. 0, or -1 with `err` of kind ERR_USAGE or ERR_INPUT. */
int template_fill(struct request *request, const struct template_options *o,
                  struct err *err);

#endif
