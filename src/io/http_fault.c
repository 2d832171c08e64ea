/* SPDX-License-Identifier: MIT */
#include "io/http_fault.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

static const struct http_fault faults[] = {
    {1, "protocol", HTTP_NEVER, NULL}, /* scheme; HTTP/0.9 */
    {3, "protocol", HTTP_NEVER, NULL}, /* URL */
    {5, "dns", HTTP_AGAIN, NULL},      /* of the proxy */
    {6, "dns", HTTP_AGAIN, NULL},
    {7, "connect", HTTP_AGAIN, NULL},
    {8, "protocol", HTTP_NEVER, NULL},
    {16, "protocol", HTTP_AGAIN, NULL}, /* HTTP/2 framing */
    {18, "truncated", HTTP_AGAIN, NULL},
    {26, "io", HTTP_NEVER, "the body to send cannot be read"},
    {28, "timeout", HTTP_AGAIN, NULL},
    {35, "tls", HTTP_ONCE, NULL}, /* a handshake that broke */
    {42, "cancelled", HTTP_NEVER, "cancelled"},
    {47, "redirect", HTTP_NEVER, NULL},
    {52, "truncated", HTTP_AGAIN,
     "the server closed the connection without an answer"},
    {55, "connect", HTTP_AGAIN, NULL}, /* broke while sending */
    {56, "truncated", HTTP_AGAIN, NULL},
    {58, "tls", HTTP_NEVER, NULL}, /* 58 to 60, 77, 90, 91: certificates */
    {59, "tls", HTTP_NEVER, NULL},
    {60, "tls", HTTP_NEVER, NULL},
    {61, "protocol", HTTP_NEVER, NULL}, /* content coding */
    {63, "too_large", HTTP_NEVER, NULL},
    {65, "io", HTTP_NEVER, NULL}, /* the body cannot be sent again */
    {77, "tls", HTTP_NEVER, NULL},
    {90, "tls", HTTP_NEVER, NULL},
    {91, "tls", HTTP_NEVER, NULL},
    {92, "protocol", HTTP_AGAIN, NULL}, /* HTTP/2 stream */
    {95, "protocol", HTTP_AGAIN, NULL}, /* HTTP/3 */
    {96, "protocol", HTTP_AGAIN, NULL}, /* QUIC */
};

static const struct http_fault unknown = {0, "protocol", HTTP_NEVER, NULL};

const struct http_fault *http_fault_find(int code)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (faults[i].code == code)
            return &faults[i];
    }
    return &unknown;
}

/* libcurl's words as a message of ours: lower case, no line end. Not a name
 * in capitals, as in "SSL certificate problem". */
static void quote_words(const char *words, char *message, size_t size)
{
    size_t len;

    snprintf(message, size, "%s", words);
    len = strlen(message);
    while (len > 0 && isspace((unsigned char)message[len - 1]))
        message[--len] = '\0';
    if (len > 1 && !isupper((unsigned char)message[1]))
        message[0] = (char)tolower((unsigned char)message[0]);
}

static void describe_timeout(struct http_fault_timeout timeout, char *message,
                             size_t size)
{
    double limit_s = (double)timeout.limit_ms / 1000.0;

    if (strcmp(timeout.which, "read") == 0)
        snprintf(message, size, "read timed out: no byte for %g s", limit_s);
    else
        snprintf(message, size, "%s timed out after %g s", timeout.which,
                 limit_s);
}

void http_fault_describe(const struct http_fault *fault, const char *words,
                         int sys, struct http_fault_timeout timeout,
                         char *message, size_t size)
{
    char why[128];

    if (fault->text != NULL)
        snprintf(message, size, "%s", fault->text);
    else if (fault->code == HTTP_FAULT_TIMEOUT)
        describe_timeout(timeout, message, size);
    else if (fault->code == HTTP_FAULT_CONNECT && sys != 0)
        snprintf(message, size, "cannot connect: %s",
                 err_describe(sys, why, sizeof why));
    else
        quote_words(words, message, size);
}
