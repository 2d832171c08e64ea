/* SPDX-License-Identifier: MIT */
/*
 * condition - whether the version that is known is still the one of the server
 *
 * What a server said of the version that it gave last, its ETag and its
 * Last-Modified, is sent back as If-None-Match and If-Modified-Since (RFC 9110
 * sections 13.1.2 and 13.1.3): 304 says that there is nothing new. Weak tags
 * count too, unlike in validator.h, since nothing is put together here. The
 * version is in the item (flow/item.h). Loop's thread.
 */
#ifndef WORK_CONDITION_H
#define WORK_CONDITION_H

#include <stdbool.h>
#include <stddef.h>

struct ask;
struct buf;
struct exchange_options;
struct http_request;
struct item;

/* Before an attempt, at the first of a run: look for what the state knows of
 * the item's version. It has one then if it may be asked by it. */
void condition_recall(const struct exchange_options *options,
                      struct item *item);

/* Whether the item has a version, and a file that has to be there for it. */
bool condition_needs_file(const struct exchange_options *options,
                          const struct item *item);

/* Append the header lines that ask by the item's version, each with a NUL; how
 * many. */
size_t condition_add_headers(const struct item *item, struct buf *lines);

/* Write what an answer says of its version, as far as it can be sent back. Both
 * are cleared first. Within on_body and on_done. */
void condition_note(const struct http_request *request, struct buf *etag,
                    struct buf *last_modified);

#endif
