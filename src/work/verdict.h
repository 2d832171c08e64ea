/* SPDX-License-Identifier: MIT */
/*
 * verdict - what an answer that is no success means for its item
 *
 * Whether another attempt may end better: by the kind of fault or the status,
 * and by whether the request may be sent twice. Pure but for the item.
 */
#ifndef WORK_VERDICT_H
#define WORK_VERDICT_H

#include <stdbool.h>

#include "work/hosts.h"

struct ask;
struct http_result;
struct item;

/* The item failed by its status. */
void verdict_status(struct item *item, const struct ask *ask,
                    const struct http_result *result);

/* The item failed by a fault of the transfer, or was cancelled. */
void verdict_fault(struct item *item, const struct ask *ask,
                   const struct http_result *result);

/* What the end of a request says of its host, as in exchange.h; `well` if it
 * brought what was asked for. */
enum hosts_end verdict_host(bool well, const struct http_result *result);

/* Whether a status may be another one soon. */
bool verdict_is_passing(int status);

#endif
