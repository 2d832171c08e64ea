/* SPDX-License-Identifier: MIT */
#include "work/ask.h"

#include <assert.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "io/http.h"
#include "work/request.h"

static const struct request *body_owner(const struct ask *ask)
{
    return ask->own->body_kind != REQUEST_NO_BODY ? ask->own : ask->all;
}

const char *ask_method(const struct ask *ask)
{
    if (ask->own->method[0] != '\0')
        return ask->own->method;
    if (ask->all->method[0] != '\0')
        return ask->all->method;
    return body_owner(ask)->body_kind == REQUEST_NO_BODY ? "GET" : "POST";
}

bool ask_has_header(const struct ask *ask, const char *name)
{
    return request_has_header(ask->own, slice_text(name)) ||
           request_has_header(ask->all, slice_text(name));
}

bool ask_is_idempotent(const struct ask *ask)
{
    static const char *const methods[] = {"GET",   "HEAD", "OPTIONS",
                                          "TRACE", "PUT",  "DELETE"};
    const char *method = ask_method(ask);

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(method, methods[i]) == 0)
            return true;
    }
    return ask_has_header(ask, "Idempotency-Key");
}

bool ask_expects(const struct ask *ask, int status)
{
    return request_expects(ask->own->expect_count > 0 ? ask->own : ask->all,
                           status);
}

bool ask_is_whole_get(const struct ask *ask)
{
    return strcmp(ask_method(ask), "GET") == 0 &&
           body_owner(ask)->body_kind == REQUEST_NO_BODY &&
           !ask_has_header(ask, "Range") && !ask_has_header(ask, "If-Range");
}

/* The headers of the command line that the request has not, then its own. */
size_t ask_add_headers(const struct ask *ask, struct buf *lines)
{
    const struct request *own = ask->own;
    const char *line = ask->all->headers.data;
    size_t count = own->header_count;

    assert(line != NULL || ask->all->header_count == 0);
    for (size_t i = 0; i < ask->all->header_count; i++) {
        struct slice text = slice_text(line);

        if (!request_has_header(own, request_header_name(text))) {
            buf_add(lines, line, text.len + 1);
            count++;
        }
        line += text.len + 1;
    }
    buf_add_slice(lines, buf_slice(&own->headers));
    if (body_owner(ask)->body_kind != REQUEST_JSON ||
        ask_has_header(ask, "Content-Type"))
        return count;
    buf_add(lines, "Content-Type: application/json",
            sizeof "Content-Type: application/json");
    return count + 1;
}

int ask_open_body(const struct ask *ask, struct http_plan *plan, int *fd,
                  struct err *err)
{
    const struct request *owner = body_owner(ask);
    struct stat st;

    plan->has_body = owner->body_kind != REQUEST_NO_BODY;
    if (owner->body_kind != REQUEST_FILE) {
        plan->body = buf_slice(&owner->body);
        return 0;
    }
    /* Opening a FIFO would wait for its writer. */
    if (stat(owner->body.data, &st) < 0)
        return err_sys(err, ERR_INPUT, "%s", owner->body.data);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_INPUT, "%s: not a regular file",
                       owner->body.data);
    *fd = fd_open_read(owner->body.data, err);
    if (*fd < 0)
        return -1;
    plan->body_fd = *fd;
    plan->body_size = st.st_size;
    return 0;
}
