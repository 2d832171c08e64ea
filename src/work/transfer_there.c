/* SPDX-License-Identifier: MIT */
/* Requests that are perhaps not needed: their file is there. */
#include "work/transfer.h"

#include <stdio.h>
#include <string.h>

#include "flow/item.h"
#include "io/http.h"
#include "work/answer.h"
#include "work/ask.h"
#include "work/request.h"
#include "work/save.h"
#include "work/transfer_core.h"

/* The file is there: nobody is asked for it. */
static void skip(void *arg, struct item *item, const char *sha256)
{
    struct transfer *t = arg;
    const struct request *request = item->work;
    const struct http_result nothing = {0};
    struct answer answer = {.url = buf_slice(&request->url),
                            .figures = &nothing,
                            .skipped = true,
                            .sha256 = sha256};
    struct slice path = exchange_path(&t->o, request, &t->scratch);

    buf_clear(&t->path);
    save_add_path(t->o.save, path, &t->path);
    buf_add_char(&t->path, '\0');
    answer.path = t->path.data;
    if (answer_write(&answer, &t->scratch, &item->result) < 0)
        buf_clear(&item->result);
    item_complete(item);
    snprintf(item->brief, sizeof item->brief, "is there");
    t->skipped++;
    transfer_finish_unstarted(t, item);
}

void transfer_on_there(void *arg, struct item *item, const char *sha256)
{
    const struct transfer *t = arg;

    if (t->o.skip_existing)
        skip(arg, item, sha256);
    else
        transfer_enqueue(arg, item);
}

void transfer_on_missing(void *arg, struct item *item)
{
    item_clear_version(item);
    transfer_enqueue(arg, item);
}

bool transfer_may_be_there(const struct transfer *t, const struct item *item)
{
    const struct ask ask = {.own = item->work, .all = t->o.defaults};

    return t->o.skip_existing && t->o.body == EXCHANGE_FILE &&
           item_attempts(item) == 0 && strcmp(ask_method(&ask), "GET") == 0;
}
