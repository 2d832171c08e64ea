/* SPDX-License-Identifier: MIT */
#include "work/condition.h"

#include <string.h>

#include "base/buf.h"
#include "flow/item.h"
#include "io/http.h"
#include "work/ask.h"
#include "work/exchange.h"
#include "work/request.h"
#include "work/validator.h"

static struct ask ask_of(const struct exchange_options *o,
                         const struct item *item)
{
    return (struct ask){.own = item->work, .all = o->defaults};
}

/* Who asks by a version of his own gets the answer to that. */
static bool may_ask(const struct ask *ask)
{
    static const char *const own[] = {"If-Match", "If-None-Match",
                                      "If-Modified-Since",
                                      "If-Unmodified-Since", "If-Range"};
    const char *method = ask_method(ask);

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (ask_has_header(ask, own[i]))
            return false;
    }
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static bool has_version(const struct item *item)
{
    return item->etag.len + item->last_modified.len > 0;
}

static bool wants_file(const struct exchange_options *o, const struct ask *ask)
{
    return o->body == EXCHANGE_FILE && strcmp(ask_method(ask), "GET") == 0;
}

/* Where there is no file, nobody can tell whether the version that is known is
 * what the list wants. */
static bool is_known_by_list(const struct request *request)
{
    return request->sha256[0] != '\0' || request->size != REQUEST_ANY_SIZE;
}

/* Of one that was interrupted the file may be another by now than the version
 * that was kept. */
void condition_recall(const struct exchange_options *options, struct item *item)
{
    const struct ask ask = ask_of(options, item);

    if (item->attempts > item->tried)
        return;
    item_clear_version(item);
    if (options->recall == NULL || !item->known.stored || item->known.marked ||
        !may_ask(&ask) ||
        (!wants_file(options, &ask) && is_known_by_list(item->work)))
        return;
    options->recall(options->recall_arg, item);
}

bool condition_needs_file(const struct exchange_options *options,
                          const struct item *item)
{
    const struct ask ask = ask_of(options, item);

    return has_version(item) && wants_file(options, &ask);
}

static bool is_tag(const char *text)
{
    return validator_is_tag(strncmp(text, "W/", 2) == 0 ? text + 2 : text);
}

static bool is_date(const char *text)
{
    return validator_date_s(text) >= 0;
}

/* The state may have been changed by others: what is no validator would be a
 * header of somebody else's choice. */
static size_t add_header(struct buf *lines, const char *name,
                         const struct buf *value, bool (*is)(const char *text))
{
    char text[ITEM_VERSION_MAX + 1];

    memcpy(text, value->data != NULL ? value->data : "", value->len);
    text[value->len] = '\0';
    if (strlen(text) != value->len || !is(text))
        return 0;
    buf_printf(lines, "%s: %s%c", name, text, '\0');
    return 1;
}

size_t condition_add_headers(const struct item *item, struct buf *lines)
{
    return add_header(lines, "If-None-Match", &item->etag, is_tag) +
           add_header(lines, "If-Modified-Since", &item->last_modified,
                      is_date);
}

static void note(struct buf *to, const char *text, bool (*is)(const char *text))
{
    buf_clear(to);
    if (text != NULL && is(text) && buf_add_text(to, text) < 0)
        buf_clear(to);
}

void condition_note(const struct http_request *request, struct buf *etag,
                    struct buf *last_modified)
{
    note(etag, http_header_value(request, "ETag"), is_tag);
    note(last_modified, http_header_value(request, "Last-Modified"), is_date);
}
