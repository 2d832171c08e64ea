/* SPDX-License-Identifier: MIT */
/*
 * manifest - a line of the list as a request
 *
 * A line is a URL, or a JSON object with the keys
 *
 *     url            http or https
 *     id             text or number; else the record says task_N
 *     method         else GET, with a body POST
 *     headers        {"Name": "value"}; null leaves out one that is usual
 *     body           text; or
 *     body_file      the name of a file; or
 *     json           any value, sent as its own bytes, with its Content-Type
 *     output         the file to write, below the output directory
 *     sha256         of the answer's body, in hexadecimal digits
 *     size           of the answer's body, in bytes
 *     timeout        seconds, or text such as "10s"
 *     retries        attempts after the first
 *     expect_status  a status, "2xx", "200-299", or a list of these
 *     meta           anything; the record has its own bytes
 *
 * and no other. Parsing changes nothing but the request and its item, so that
 * a list can be checked before it is used.
 */
#ifndef WORK_MANIFEST_H
#define WORK_MANIFEST_H

#include <stddef.h>

struct err;
struct item;
struct request;

/*
 * Make a request of the line in item->in, and set the item's id, meta and
 * retries. 0, or -1 with `err` of kind ERR_LIST and `*column` from 1, or 0.
 */
int manifest_parse(struct request *request, struct item *item, size_t *column,
                   struct err *err);

#endif
