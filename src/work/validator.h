/* SPDX-License-Identifier: MIT */
/*
 * validator - by what a server tells whether a file is still the same
 *
 * Only strong ones count, since bytes of two versions must never be put
 * together: an entity tag without W/, or, where there is no tag at all, a
 * Last-Modified that is at least VALIDATOR_AGE_S older than the answer's Date
 * (RFC 9110, sections 8.8.2.2, 8.8.3.2 and 13.1.5). Only the common form of
 * dates is read; others make no validator. Pure functions.
 */
#ifndef WORK_VALIDATOR_H
#define WORK_VALIDATOR_H

#include <stdbool.h>
#include <stdint.h>

enum {
    VALIDATOR_SIZE = 512, /* a longer tag is none */
    /* The RFC asks for a second if one clock made both dates, and for more if
     * nobody knows: clocks of one site differ by less than this. */
    VALIDATOR_AGE_S = 60,
};

struct validator {
    bool is_date;
    char text[VALIDATOR_SIZE]; /* as If-Range takes it; "": none */
};

/* From the headers of an answer; NULL: it is not there. */
void validator_set(struct validator *v, const char *etag,
                   const char *last_modified, const char *date);

/*
 * Whether the headers of a 206 fit. The tag has to be there and the same; a
 * date may be left out (RFC 9110 section 15.3.7), but not differ.
 */
bool validator_holds(const struct validator *v, const char *etag,
                     const char *last_modified);

/* Whether `text` is a strong entity tag. */
bool validator_is_tag(const char *text);

/* Read "Sun, 06 Nov 1994 08:49:37 GMT" as seconds since 1970; -1: it is not of
 * this form, or before 1970. */
int64_t validator_date_s(const char *text);

#endif
