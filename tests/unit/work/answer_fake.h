/* SPDX-License-Identifier: MIT */
/*
 * answer_fake - an answer that no server gave
 *
 * Takes the place of io/http where a module only reads the status and the
 * headers of an answer; to be included by one file of a test.
 */
#ifndef TESTS_ANSWER_FAKE_H
#define TESTS_ANSWER_FAKE_H

#include <string.h>

#include "io/http.h"

enum { ANSWER_HEADERS = 8 };

struct http_request {
    int status;
    struct {
        const char *name;
        const char *value;
    } headers[ANSWER_HEADERS]; /* ends with an empty row */
};

int http_status(const struct http_request *request)
{
    return request->status;
}

const char *http_header_value(const struct http_request *request,
                              const char *name)
{
    for (size_t i = 0; request->headers[i].name != NULL; i++) {
        if (strcmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    }
    return NULL;
}

#endif
