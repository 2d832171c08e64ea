/* SPDX-License-Identifier: MIT */
/* The lines of a list become requests, each with a file of its own. */
#include "work/transfer.h"

#include <inttypes.h>

#include "base/err.h"
#include "work/exchange.h"
#include "work/manifest.h"
#include "work/names.h"
#include "work/request.h"
#include "work/save_path.h"

static int claim_name(const struct transfer_list *list, struct item *item,
                      struct slice path, struct err *err)
{
    int shown = path.len > 200 ? 200 : (int)path.len;
    uint64_t owner;

    if (names_claim(list->names, path, item->number + 1, &owner))
        return 0;
    if (list->refuse_shared_names)
        return err_set(err, ERR_LIST,
                       "'%.*s' is the file of entry %" PRIu64
                       " of the list too",
                       shown, path.ptr, owner);
    ((struct request *)item->work)->name_owner = owner;
    return 0;
}

int transfer_parse(void *arg, struct item *item, size_t *column,
                   struct err *err)
{
    const struct transfer_list *list = arg;
    const struct exchange_options *o = list->options;
    struct request *request = item->work;

    if (manifest_parse(request, item, column, err) < 0)
        return -1;
    if (o->body != EXCHANGE_FILE && request->output.len > 0)
        return err_set(err, ERR_LIST, "\"output\" without --output-dir");
    if (o->body != EXCHANGE_FILE || o->file_name != NULL)
        return 0;
    if (request->output.len > 0 &&
        save_path_check(buf_slice(&request->output), err) < 0)
        return -1;
    return claim_name(list, item, exchange_path(o, request, &request->scratch),
                      err);
}
