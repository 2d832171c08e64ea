/* SPDX-License-Identifier: MIT */
/*
 * http_pool - the insides of http, for its own modules
 *
 * http.c has the loop, libcurl's multi handle and the list of requests;
 * http_request.c a request from its start through its hops to its end;
 * http_calls.c what libcurl calls meanwhile.
 */
#ifndef IO_HTTP_POOL_H
#define IO_HTTP_POOL_H

#include <curl/curl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/hash.h"
#include "base/list.h"
#include "io/http.h"
#include "io/http_body.h"
#include "io/http_figures.h"
#include "io/http_head.h"
#include "io/http_hop.h"
#include "io/http_quiet.h"

struct http_idle;
struct http_sockets;
struct loop_timer;

enum {
    /* libcurl keeps 8 TLS sessions a share, however many hosts: so several
     * shares, chosen by the host. */
    HTTP_POOL_SHARES = 16,
    HTTP_POOL_MESSAGE_SIZE = CURL_ERROR_SIZE + 64,
};

struct http {
    struct http_options o;
    CURLM *multi;
    CURLSH *shares[HTTP_POOL_SHARES];
    struct curl_slist *resolve;
    struct hash_key key;
    int64_t tidied_us;        /* when names were last looked through */
    struct loop_timer *timer; /* libcurl's */
    struct http_quiet *quiet;
    struct http_idle *idle;
    struct http_sockets *sockets;
    struct list running;
    struct list waiting;  /* for http_go_on */
    struct list answered; /* on_answer is to be called */
    struct list spare;    /* handles to be used again */
    bool swept;           /* nothing happened since the last sweep */
    size_t connections;
    int64_t called_ms; /* libcurl, or when it brought part of a body */
};

struct http_request {
    struct list link; /* running, waiting or spare */
    struct list answered;
    struct http_quiet_link quiet;
    struct http *http;
    CURL *easy;
    struct http_plan plan;
    struct http_hop hop;
    struct http_head head;
    struct http_figures_before before; /* this hop */
    int64_t begun_us;           /* later by what it waited for http_go_on */
    int64_t hop_us;             /* since when it waits */
    struct curl_slist *headers; /* an array, linked; see link_headers */
    size_t header_room;
    curl_off_t uploaded;
    off_t body_at; /* of body_fd */
    struct http_body body;
    int fault; /* HTTP_FAULT_..., in place of libcurl's; 0: none */
    bool has_answer;
    bool stale;  /* the connection was of no use: another, and a new one */
    bool frames; /* its own headers tell where its body ends */
    bool sent;
    bool read_timed_out;
    char blocked[INET6_ADDRSTRLEN]; /* the address; "": none was */
    char error[CURL_ERROR_SIZE];
    char message[HTTP_POOL_MESSAGE_SIZE];
};

#endif
