/* SPDX-License-Identifier: MIT */
/*
 * http - requests through one pool of connections, by libcurl on the loop
 *
 * A request is started at once: who may start, and when, is the caller's queue
 * to decide, since a queue inside of libcurl is unfair and its waiting counts
 * towards the timeouts. The limits given here are a backstop. Connections are
 * kept and used again, names and TLS sessions are remembered. Only http and
 * https are ever spoken, redirects included; no configuration file; cookies and
 * .netrc only if told so; proxies as the environment says, or the options.
 *
 * Redirects are followed as http_hop.h says: only within http and https, as
 * many as allowed, and credentials stay with the server that they are for. Each
 * is a question to the caller, whose queue the next server has to be in.
 *
 * Bounded: nothing is kept of a body, headers are at most HTTP_HEADERS_MAX.
 * Loop's thread only. The modules http and http_... are the only ones that
 * know libcurl.
 */
#ifndef IO_HTTP_H
#define IO_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct err;
struct http;
struct http_request;
struct log;
struct loop;

/* Bytes of the headers of one answer, with those of 1xx answers before it and
 * trailers behind it. Less than the 300 KB at which libcurl gives up, with an
 * error that could mean anything. */
enum { HTTP_HEADERS_MAX = 256 * 1024, HTTP_RATIO_FREE = 1024 * 1024 };

/* Nobody waits longer. */
enum { HTTP_RETRY_AFTER_MAX_S = 366 * 24 * 3600 };

enum http_family { HTTP_ANY_FAMILY, HTTP_IPV4, HTTP_IPV6 };

enum http_version { HTTP_ANY_VERSION, HTTP_1_1, HTTP_2 };

struct http_options {
    struct loop *loop;
    struct log *log;
    size_t connections;         /* in all */
    size_t host_connections;    /* to one host */
    int64_t keepalive_ms;       /* idle ones; 0: none is used again */
    int64_t connect_timeout_ms; /* name, TCP and TLS; 0: none */
    int64_t read_timeout_ms;    /* without a byte, once sent; 0: none */
    long max_redirects;         /* 0: the first one fails */
    enum http_family family;
    enum http_version version;
    const char *user_agent; /* borrowed; NULL: weir/VERSION */
    const char *ca_file;    /* borrowed; NULL: the system's */
    const char *cert_file;  /* borrowed; our own certificate, PEM, or NULL */
    const char *key_file;   /* borrowed; its key; NULL: in the same file */
    const char *proxy;      /* borrowed; "": none; NULL: as the environment */
    const char *no_proxy;   /* borrowed; hosts without it, or NULL */
    const char *interface;  /* borrowed; a device, address or name, or NULL */
    /* borrowed "HOST:PORT:ADDRESS[,ADDRESS]...", as curl's --resolve */
    const char *const *resolve;
    size_t resolve_count;
    bool cookies; /* those of answers go with the requests that follow,
                   * by the rules of RFC 6265 */
    const char *cookie_file; /* borrowed; what to begin with, in Netscape's
                              * format or as header lines, or NULL; "": none */
    bool netrc;              /* look for credentials there */
    bool block_private;      /* no address that http_guard.h names; no proxy */
    bool insecure;           /* certificates are not checked */
    bool compressed;         /* ask for compressed bodies, and undo it */
    uint64_t max_ratio;      /* of a body to what came for it, once it has more
                              * than HTTP_RATIO_FREE bytes; 0: any */
};

/* Whether another attempt may end better, as far as the fault tells. */
enum http_retry { HTTP_NEVER, HTTP_ONCE, HTTP_AGAIN };

/* How a request ended; texts are good until on_done returns. */
struct http_result {
    const char *fault;   /* a kind of the contract, or NULL: it went well */
    const char *message; /* for a person, with a fault */
    enum http_retry retry;
    bool sent;    /* some of it may have reached a server */
    bool refused; /* by a server that is there: it did not look at it */
    bool silent;  /* no byte came for too long */
    bool stopped; /* on_body refused */
    bool bare;    /* an answer that never has a body: 204, 205, 304 */
    /* The body's end was announced; else it is that of the connection, and
     * nothing tells whether it was cut short. */
    bool length_known;
    /* What is known, named as by curl's --write-out; NULL or 0 if not. */
    const char *url_effective;
    const char *content_type;
    const char *http_version; /* "1.1" */
    const char *remote_ip;
    int http_code;
    int num_connects;
    int num_redirects;
    int remote_port;
    uint64_t size_download; /* bytes given to on_body: decompressed ones */
    uint64_t speed_download;
    int64_t time_namelookup_us;
    int64_t time_connect_us;
    int64_t time_appconnect_us;
    int64_t time_starttransfer_us;
    int64_t time_total_us;
    int64_t retry_after_ms; /* >= 0; 0: not given */
};

/* What to ask, and whom to tell. All is borrowed until on_done returns. */
struct http_plan {
    const char *url;
    struct slice host;  /* of the URL: what shares TLS sessions */
    const char *method; /* as sent */
    char *headers;      /* "Name: value" lines as curl's -H takes them, each
                         * with a NUL at its end, without CR and LF */
    size_t header_count;
    bool has_body;
    struct slice body;  /* sent from memory, or if its pointer is NULL */
    int body_fd;        /* from this file, */
    int64_t body_size;  /* so many bytes */
    int64_t timeout_ms; /* in all; 0: none */
    bool foreign; /* as after a redirect from another server: what proves who
                   * we are is not sent */
    bool once;    /* must never be sent twice, not even on a dead connection */

    void *arg;
    /* The first header has arrived. May be NULL. */
    void (*on_answer)(void *arg);
    /* A redirect leads to this URL: the request goes on by http_go_on, now or
     * later, or is cancelled. May be NULL: it goes on at once. */
    void (*on_hop)(void *arg, const char *url);
    /* Bytes of the body, without those of redirects; false stops the request.
     * Called from within libcurl: no call of this module but those that only
     * tell something of the request. */
    bool (*on_body)(void *arg, struct slice bytes);
    /* It has ended; the request is no more when this returns. New ones may
     * be started. */
    void (*on_done)(void *arg, const struct http_result *result);
};

/* A header of the answer: zeroed before the first call of http_next_header. */
struct http_header {
    const char *name;
    const char *value;
    size_t count; /* how many of this name there are */
    size_t index; /* which of them this is, from 0 */
    void *place;
};

/* NULL and `err` of kind ERR_BUG or ERR_INPUT (a file cannot be read). */
struct http *http_open(const struct http_options *options, struct err *err);

/* Close all connections. Requests that still run are dropped, on_done not
 * called. NULL is fine. */
void http_close(struct http *http);

/* Start a request; on_done is called later, never from within. */
struct http_request *http_start(struct http *http,
                                const struct http_plan *plan);

/* Go on where on_hop said: the wait until now counts towards no time. */
void http_go_on(struct http_request *request);

/* End it now: on_done is called, fault "cancelled", before this returns. */
void http_cancel(struct http_request *request);

/* The status of the answer that arrives, or 0. */
int http_status(const struct http_request *request);

/* The URL that is asked for now, after redirects, and whether one of them led
 * away from the first server; good until on_done returns. */
const char *http_url(const struct http_request *request);
bool http_is_foreign(const struct http_request *request);

/* The length that the answer's headers announce, or -1; that of a compressed
 * body would be another. */
int64_t http_expected(const struct http_request *request);

/* The next header of the last answer; within on_done. */
bool http_next_header(const struct http_request *request,
                      struct http_header *header);

/* The value of a header of the last answer, or NULL if it is not there, or
 * there several times; within on_body and on_done, and good until that returns.
 */
const char *http_header_value(const struct http_request *request,
                              const char *name);

/* Connections that are open now. */
size_t http_connections(const struct http *http);

#endif
