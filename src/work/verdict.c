/* SPDX-License-Identifier: MIT */
#include "work/verdict.h"

#include <string.h>

#include "flow/item.h"
#include "io/http.h"
#include "work/ask.h"

static bool is_overload(int status)
{
    return status == 429 || status == 503;
}

bool verdict_is_passing(int status)
{
    return status == 408 || status == 429 || status == 500 ||
           (status >= 502 && status <= 504);
}

void verdict_status(struct item *item, const struct ask *ask,
                    const struct http_result *result)
{
    int status = result->http_code;
    /* The server did not do it, and asks to come again: so even a POST. */
    bool asked = is_overload(status) && result->retry_after_ms > 0;

    if (status < 400)
        item_fail(item, ITEM_FAILED, "http_status",
                  "HTTP status %d is not an expected one", status);
    else
        item_fail(item, ITEM_FAILED, "http_status", "HTTP status %d", status);
    item->retryable =
        verdict_is_passing(status) && (ask_is_idempotent(ask) || asked);
    item->retry_floor_ms = result->retry_after_ms;
}

void verdict_fault(struct item *item, const struct ask *ask,
                   const struct http_result *result)
{
    bool again = result->retry == HTTP_AGAIN ||
                 (result->retry == HTTP_ONCE && item_attempts(item) == 1);

    if (strcmp(result->fault, "cancelled") == 0) {
        item_fail(item, ITEM_CANCELLED, result->fault,
                  "cancelled while it ran");
        return;
    }
    item_fail(item, ITEM_FAILED, result->fault, "%s", result->message);
    item->retryable = again && (!result->sent || ask_is_idempotent(ask));
}

/* Whether the host has failed, and not only this request. */
static bool host_failed(const struct http_result *result)
{
    int status = result->http_code;

    if (status == 0) /* no answer: another attempt might get one */
        return result->fault != NULL && result->retry != HTTP_NEVER &&
               !result->refused;
    return status == 500 || status == 502 || status == 504;
}

/* A time passed while bytes came: so many at once are too many, or it is the
 * limit that is too short. */
static bool is_slow(const struct http_result *result)
{
    return result->http_code != 0 && result->size_download > 0 &&
           !result->silent;
}

enum hosts_end verdict_host(bool well, const struct http_result *result)
{
    if (is_overload(result->http_code))
        return HOSTS_TOO_MUCH;
    if (result->fault && strcmp(result->fault, "timeout") == 0)
        return is_slow(result) ? HOSTS_SLOW : HOSTS_TOO_MUCH;
    if (host_failed(result))
        return HOSTS_FAILED;
    return well ? HOSTS_WELL : HOSTS_OTHERWISE;
}
