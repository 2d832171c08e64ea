/* SPDX-License-Identifier: MIT */
#include "io/http_fault.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

static const struct http_fault faults[] = {
    {HTTP_FAULT_PROXY, HTTP_NEVER, "connect",
     "the proxy's URL cannot be used: see -x and http_proxy"},
    {HTTP_FAULT_TUNNEL_CUT, HTTP_AGAIN, "connect",
     "the proxy closed the connection"},
    {HTTP_FAULT_TUNNEL_NONE, HTTP_NEVER, "connect",
     "the proxy does not speak HTTP"},
    {HTTP_FAULT_GATEWAY, HTTP_AGAIN, "connect", NULL},
    {HTTP_FAULT_FRAMES, HTTP_ONCE, "protocol",
     "what came breaks the rules of HTTP/2"},
    {HTTP_FAULT_REFUSED, HTTP_AGAIN, "connect",
     "the server closed the connection before it looked at the request"},
    {HTTP_FAULT_TRAILER, HTTP_NEVER, "too_large",
     "a trailer of the answer has more than 4 KB"},
    {HTTP_FAULT_TUNNEL, HTTP_NEVER, "connect", NULL},
    {HTTP_FAULT_BLOCKED, HTTP_NEVER, "blocked", NULL},
    {HTTP_FAULT_HEAD, HTTP_AGAIN, "truncated",
     "the connection ended before the headers did"},
    {HTTP_FAULT_CUT, HTTP_AGAIN, "truncated",
     "the body ended before its gzip data did"},
    {HTTP_FAULT_CODING, HTTP_NEVER, "protocol",
     "the body has a content coding that was not asked for"},
    {HTTP_FAULT_PACKED, HTTP_NEVER, "protocol",
     "the body is said to be gzip data and is not"},
    {HTTP_FAULT_RATIO, HTTP_NEVER, "too_large",
     "the body unpacks to more than --max-ratio times its size"},
    {HTTP_FAULT_LOCATION, HTTP_NEVER, "protocol", NULL},
    {HTTP_FAULT_LENGTHS, HTTP_NEVER, "protocol",
     "the answer has two lengths that differ"},
    {HTTP_FAULT_LENGTH, HTTP_NEVER, "protocol",
     "the Content-Length of the answer is no length"},
    {HTTP_FAULT_TRANSFER, HTTP_NEVER, "protocol",
     "the answer has a transfer coding that was not asked for"},
    {HTTP_FAULT_SWITCHED, HTTP_NEVER, "http_status",
     "HTTP status 101: the server changes to another protocol"},
    {HTTP_FAULT_HEADERS, HTTP_NEVER, "too_large",
     "the answer's headers have more than 256 KB"},
    {1, HTTP_NEVER, "protocol", NULL}, /* scheme; HTTP/0.9 */
    {3, HTTP_NEVER, "protocol", NULL}, /* URL */
    {5, HTTP_AGAIN, "dns", NULL},      /* of the proxy */
    {6, HTTP_AGAIN, "dns", NULL},
    {HTTP_FAULT_CONNECT, HTTP_AGAIN, "connect", NULL},
    {8, HTTP_NEVER, "protocol", NULL},
    {16, HTTP_AGAIN, "protocol", NULL}, /* HTTP/2 framing */
    {18, HTTP_AGAIN, "truncated", NULL},
    {26, HTTP_NEVER, "io", "the body to send cannot be read"},
    /* How libcurl calls a header line beyond its own limit. */
    {27, HTTP_NEVER, "too_large",
     "a line of the answer's headers has more than 100 KB"},
    {HTTP_FAULT_TIMEOUT, HTTP_AGAIN, "timeout", NULL},
    {HTTP_FAULT_HANDSHAKE, HTTP_ONCE, "tls", NULL},
    {HTTP_FAULT_CANCELLED, HTTP_NEVER, "cancelled", "cancelled"},
    {43, HTTP_NEVER, "protocol", "the answer's headers cannot be read"},
    {45, HTTP_NEVER, "connect", NULL}, /* --interface */
    {HTTP_FAULT_REDIRECTS, HTTP_NEVER, "redirect", NULL},
    {52, HTTP_AGAIN, "truncated",
     "the server closed the connection without an answer"},
    {55, HTTP_AGAIN, "connect", NULL}, /* broke while sending */
    {56, HTTP_AGAIN, "truncated", NULL},
    {58, HTTP_NEVER, "tls", NULL}, /* 58 to 60, 77, 90, 91: certificates */
    {59, HTTP_NEVER, "tls", NULL},
    {60, HTTP_NEVER, "tls", NULL},
    {61, HTTP_NEVER, "protocol", NULL}, /* content coding */
    {63, HTTP_NEVER, "too_large", NULL},
    {65, HTTP_NEVER, "io", NULL}, /* the body cannot be sent again */
    {77, HTTP_NEVER, "tls", NULL},
    {90, HTTP_NEVER, "tls", NULL},
    {91, HTTP_NEVER, "tls", NULL},
    {92, HTTP_AGAIN, "protocol", NULL}, /* HTTP/2 stream */
    {95, HTTP_AGAIN, "protocol", NULL}, /* HTTP/3 */
    {96, HTTP_AGAIN, "protocol", NULL}, /* QUIC */
    {97, HTTP_AGAIN, "connect", NULL},  /* of a proxy */
};

/* libcurl's codes for these are those of other faults. A proxy is quoted, with
 * its password. */
static const struct {
    const char *words;
    int code;
} hidden[] = {
    {"Unsupported proxy ", HTTP_FAULT_PROXY},
    {"Proxy CONNECT aborted", HTTP_FAULT_TUNNEL_CUT},
    {"CONNECT tunnel failed", HTTP_FAULT_TUNNEL_NONE},
    {"Too large response headers", HTTP_FAULT_HEADERS},
    {"Out of memory in chunked-encoding", HTTP_FAULT_TRAILER},
    {"h2_process_pending_input: ", HTTP_FAULT_FRAMES},
    {"Connection died, tried ", HTTP_FAULT_REFUSED},
};

static const struct http_fault unknown = {0, HTTP_NEVER, "protocol", NULL};

int http_fault_behind(const char *words)
{
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        if (strncmp(words, hidden[i].words, strlen(hidden[i].words)) == 0)
            return hidden[i].code;
    }
    return 0;
}

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
    else if (fault->code == HTTP_FAULT_BLOCKED)
        snprintf(message, size, "%s is no public address", words);
    else if (fault->code == HTTP_FAULT_TUNNEL ||
             fault->code == HTTP_FAULT_GATEWAY)
        snprintf(message, size, "the proxy refused: HTTP status %d", sys);
    else if (fault->code == HTTP_FAULT_HANDSHAKE)
        snprintf(message, size, "the TLS handshake failed: %s", words);
    else
        quote_words(words, message, size);
}
