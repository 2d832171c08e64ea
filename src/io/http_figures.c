/* SPDX-License-Identifier: MIT */
#include "io/http_figures.h"

long http_figures_long(CURL *easy, CURLINFO what)
{
    long value = 0;

    curl_easy_getinfo(easy, what, &value);
    return value;
}

int64_t http_figures_offset(CURL *easy, CURLINFO what)
{
    curl_off_t value = 0;

    curl_easy_getinfo(easy, what, &value);
    return value > 0 ? value : 0;
}

static const char *info_text(CURL *easy, CURLINFO what)
{
    char *value = NULL;

    curl_easy_getinfo(easy, what, &value);
    return value;
}

static const char *version_name(long version)
{
    switch (version) {
    case CURL_HTTP_VERSION_1_0: return "1";
    case CURL_HTTP_VERSION_1_1: return "1.1";
    case CURL_HTTP_VERSION_2_0: return "2";
    case CURL_HTTP_VERSION_3: return "3";
    default: return "0";
    }
}

/* A date in the past makes it negative, and it has no upper limit. */
static int64_t retry_after_ms(CURL *easy)
{
    const int64_t most_s = HTTP_RETRY_AFTER_MAX_S;
    int64_t s = http_figures_offset(easy, CURLINFO_RETRY_AFTER);

    return (s < most_s ? s : most_s) * 1000;
}

/* 0 is a step that was not taken, as the handshake of a connection that is
 * used again. */
static int64_t time_us(CURL *easy, CURLINFO what,
                       const struct http_figures_before *before)
{
    int64_t us = http_figures_offset(easy, what);

    return us > 0 ? us + before->spent_us : 0;
}

static void read_times(CURL *easy, const struct http_figures_before *before,
                       struct http_result *r)
{
    r->time_namelookup_us = time_us(easy, CURLINFO_NAMELOOKUP_TIME_T, before);
    r->time_connect_us = time_us(easy, CURLINFO_CONNECT_TIME_T, before);
    r->time_appconnect_us = time_us(easy, CURLINFO_APPCONNECT_TIME_T, before);
    r->time_starttransfer_us =
        time_us(easy, CURLINFO_STARTTRANSFER_TIME_T, before);
    r->time_total_us = time_us(easy, CURLINFO_TOTAL_TIME_T, before);
}

void http_figures_read(CURL *easy, const struct http_figures_before *before,
                       struct http_result *r)
{
    r->url_effective = info_text(easy, CURLINFO_EFFECTIVE_URL);
    r->content_type = info_text(easy, CURLINFO_CONTENT_TYPE);
    r->http_version =
        version_name(http_figures_long(easy, CURLINFO_HTTP_VERSION));
    r->remote_ip = info_text(easy, CURLINFO_PRIMARY_IP);
    r->http_code = (int)http_figures_long(easy, CURLINFO_RESPONSE_CODE);
    r->num_connects =
        (int)http_figures_long(easy, CURLINFO_NUM_CONNECTS) + before->connects;
    r->num_redirects = before->redirects;
    r->remote_port = (int)http_figures_long(easy, CURLINFO_PRIMARY_PORT);
    r->retry_after_ms = retry_after_ms(easy);
    read_times(easy, before, r);
}
