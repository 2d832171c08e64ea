/* SPDX-License-Identifier: MIT */
/*
 * url - the parts of an http or https URL (RFC 3986, section 3)
 *
 * Stricter than libcurl where programs disagree on what a URL means: no
 * spaces and controls, no backslash before the path, one @ at most. So the
 * host that is queued for is the host that is asked. Pure functions.
 */
#ifndef WORK_URL_H
#define WORK_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct buf;
struct err;

/* Bytes of a URL; libcurl would take 8 million, servers take some thousand. */
enum { URL_MAX = 65536 };

/* Slices of the text that was parsed. */
struct url {
    bool secure;           /* https */
    struct slice userinfo; /* without the @; its pointer is NULL if none */
    struct slice host;     /* with the brackets of an IPv6 address */
    unsigned port;         /* the scheme's own if none is given */
    struct slice path;     /* without query and fragment; may be empty */
};

/*
 * 0, or -1 with `err` of kind ERR_LIST; then `*column` is the faulty byte's
 * place, from 1.
 */
int url_parse(struct slice text, struct url *url, size_t *column,
              struct err *err);

/* Append scheme, host and port in the one form that all spellings share:
 * what connections are pooled by. 0, or -1 when the buffer is full. */
int url_add_origin(struct buf *out, const struct url *url);

/* Append the URL with "***@" in place of "user:password@". Takes any text. */
int url_add_redacted(struct buf *out, struct slice text);

#endif
