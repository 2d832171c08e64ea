/* SPDX-License-Identifier: MIT */
#include "io/http_handle.h"

#include <string.h>
#include <unistd.h>

#include "io/http.h"
#include "io/http_hop.h"

enum {
    BUFFER_BYTES = 60 * 1024, /* 16K make 189 reads of 3 MB */
    NAMES_S = 60,             /* of an address of a name, libcurl's default */
    LIFETIME_S = 600,         /* follow changes of DNS and of balancers */
};

#define SET HTTP_HANDLE_SET

/* With the default CA path set, libcurl would parse all certificates anew for
 * each connection: its cache works for a CA file alone. Where there is only a
 * path, it stays. */
static CURLcode set_trust(CURL *easy, const struct http_options *o)
{
    CURLcode code = CURLE_OK;
    char *ca_file = NULL;

    curl_easy_getinfo(easy, CURLINFO_CAINFO, &ca_file);
    if (o->ca_file != NULL)
        SET(CAINFO, o->ca_file);
    if (o->ca_file != NULL || (ca_file != NULL && access(ca_file, R_OK) == 0))
        SET(CAPATH, NULL);
    if (o->cert_file != NULL)
        SET(SSLCERT, o->cert_file);
    if (o->key_file != NULL)
        SET(SSLKEY, o->key_file);
    SET(SSL_VERIFYPEER, o->insecure ? 0L : 1L);
    SET(SSL_VERIFYHOST, o->insecure ? 0L : 2L);
    return code;
}

static long seconds_up(int64_t ms)
{
    return (long)((ms + 999) / 1000);
}

static CURLcode set_connections(CURL *easy, const struct http_options *o)
{
    static const long families[] = {[HTTP_ANY_FAMILY] = CURL_IPRESOLVE_WHATEVER,
                                    [HTTP_IPV4] = CURL_IPRESOLVE_V4,
                                    [HTTP_IPV6] = CURL_IPRESOLVE_V6};
    /* 0 is libcurl's word for its default of 300 s. */
    long connect_ms = o->connect_timeout_ms > 0 ? (long)o->connect_timeout_ms
                                                : 24L * 3600 * 1000;
    CURLcode code = CURLE_OK;

    SET(NOSIGNAL, 1L);
    SET(QUICK_EXIT, 1L); /* else taking out a handle waits for its resolver */
    SET(CONNECTTIMEOUT_MS, connect_ms);
    SET(MAXLIFETIME_CONN, (long)LIFETIME_S);
    SET(TCP_KEEPALIVE, 1L);
    SET(IPRESOLVE, families[o->family]);
    if (o->keepalive_ms > 0)
        SET(MAXAGE_CONN, seconds_up(o->keepalive_ms));
    return code;
}

static CURLcode set_options(CURL *easy, const struct http_options *o)
{
    const char *agent = o->user_agent ? o->user_agent : "weir/" WEIR_VERSION;
    CURLcode code = CURLE_OK;

    /* A list without any that libcurl knows once fell back to all of them
     * (CVE-2024-2004): the codes are looked at. */
    SET(PROTOCOLS_STR, "http,https");
    SET(REDIR_PROTOCOLS_STR, "http,https");
    SET(FOLLOWLOCATION, 0L); /* http_hop.h says why */
    SET(SUPPRESS_CONNECT_HEADERS, 1L);
    SET(USERAGENT, agent);
    if (o->compressed)
        SET(ACCEPT_ENCODING, "gzip");
    /* libcurl takes a cut gzip body for whole (7.88): http_body.h does it. */
    SET(HTTP_CONTENT_DECODING, 0L);
    SET(BUFFERSIZE, (long)BUFFER_BYTES);
    return code;
}

/* HTTP/2 may be missing in the library: then 1.1 it is. */
static void set_version(CURL *easy, enum http_version version)
{
    static const long versions[] = {[HTTP_ANY_VERSION] = CURL_HTTP_VERSION_2TLS,
                                    [HTTP_1_1] = CURL_HTTP_VERSION_1_1,
                                    [HTTP_2] = CURL_HTTP_VERSION_2_0};

    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, versions[version]);
}

static CURLcode set_body(CURL *easy, const struct http_plan *plan)
{
    bool in_memory = plan->body.ptr != NULL;
    curl_off_t size =
        in_memory ? (curl_off_t)plan->body.len : (curl_off_t)plan->body_size;
    CURLcode code = CURLE_OK;

    SET(POST, 1L);
    SET(POSTFIELDSIZE_LARGE, size);
    SET(POSTFIELDS, plan->body.ptr);
    return code;
}

/* A method of libcurl's own where there is one. CUSTOMREQUEST only replaces the
 * word. */
static CURLcode set_method(CURL *easy, const struct http_hop *hop)
{
    static const struct http_plan nothing = {.body = {"", 0}};
    const char *word = hop->method;
    bool is_post = strcmp(word, "POST") == 0;
    bool is_head = strcmp(word, "HEAD") == 0 && !hop->has_body;
    CURLcode code = CURLE_OK;

    SET(POSTFIELDS, NULL);
    SET(HTTPGET, 1L);
    if (hop->has_body)
        http_handle_keep(&code, set_body(easy, hop->plan));
    else if (is_post)
        http_handle_keep(&code, set_body(easy, &nothing));
    else if (is_head)
        SET(NOBODY, 1L);
    if (is_post || is_head || (strcmp(word, "GET") == 0 && !hop->has_body))
        word = NULL;
    SET(CUSTOMREQUEST, word);
    return code;
}

/* Behind a proxy nobody sees which address is asked. */
static CURLcode set_way(CURL *easy, const struct http_options *o)
{
    CURLcode code = CURLE_OK;

    if (o->proxy != NULL || o->block_private)
        SET(PROXY, o->block_private ? "" : o->proxy);
    if (o->no_proxy != NULL)
        SET(NOPROXY, o->no_proxy);
    else if (o->proxy != NULL && o->proxy[0] == '\0')
        SET(NOPROXY, "*"); /* else libcurl reads the environment each time */
    if (o->interface != NULL)
        SET(INTERFACE, o->interface);
    if (o->cookies)
        SET(COOKIEFILE, ""); /* no file: what is shared is all there is */
    if (o->netrc)
        SET(NETRC, (long)CURL_NETRC_OPTIONAL);
    return code;
}

CURLcode http_handle_prepare(CURL *easy, const struct http_options *o,
                             struct curl_slist *resolve)
{
    CURLcode code = CURLE_OK;

    http_handle_keep(&code, set_trust(easy, o));
    http_handle_keep(&code, set_connections(easy, o));
    http_handle_keep(&code, set_options(easy, o));
    http_handle_keep(&code, set_way(easy, o));
    SET(RESOLVE, resolve);
    set_version(easy, o->version);
    return code;
}

CURLcode http_handle_ask(CURL *easy, const struct http_options *o,
                         const struct http_handle_ask *ask)
{
    const struct http_hop *hop = ask->hop;
    CURLcode code = CURLE_OK;

    SET(URL, hop->url);
    SET(HTTPHEADER, ask->headers);
    SET(TIMEOUT_MS, (long)ask->timeout_ms);
    SET(FRESH_CONNECT, ask->fresh || http_hop_once(hop) ? 1L : 0L);
    SET(FORBID_REUSE, ask->last || o->keepalive_ms == 0 ? 1L : 0L);
    /* At its end each request would look through all names that are known:
     * 10,000 hosts, and it is most of the time. Without a limit it does not. */
    SET(DNS_CACHE_TIMEOUT, ask->tidies ? (long)NAMES_S : -1L);
    if (hop->secure || o->cookies)
        SET(SHARE, ask->share);
    /* Only what may be HTTP/2 gains by waiting for a connection to be known;
     * and what waits inside of libcurl is woken one by one. */
    SET(PIPEWAIT, hop->secure && o->version != HTTP_1_1 ? 1L : 0L);
    http_handle_keep(&code, set_method(easy, hop));
    return code;
}
