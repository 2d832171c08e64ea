/* SPDX-License-Identifier: MIT */
#include "io/http_hop.h"

#include <assert.h>
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "io/http.h"

static bool is_secure(const char *url)
{
    return strncasecmp(url, "https:", 6) == 0;
}

void http_hop_begin(struct http_hop *hop, const struct http_plan *plan)
{
    *hop = (struct http_hop){
        .plan = plan,
        .url = plan->url,
        .method = plan->method,
        .has_body = plan->has_body,
        .secure = is_secure(plan->url),
        .foreign = plan->foreign,
    };
}

void http_hop_release(struct http_hop *hop)
{
    mem_free(hop->next_url);
    hop->next_url = NULL;
}

/* A part of a URL, or ""; the caller frees it with curl_free. */
static char *part_of(CURLU *url, CURLUPart part, unsigned flags)
{
    char *text = NULL;

    if (curl_url_get(url, part, &text, flags) != CURLUE_OK)
        return NULL;
    return text;
}

static bool same_part(CURLU *a, CURLU *b, CURLUPart part)
{
    char *of_a = part_of(a, part, CURLU_DEFAULT_PORT);
    char *of_b = part_of(b, part, CURLU_DEFAULT_PORT);
    bool same = of_a != NULL && of_b != NULL && strcasecmp(of_a, of_b) == 0;

    curl_free(of_a);
    curl_free(of_b);
    return same;
}

static bool same_server(CURLU *a, CURLU *b)
{
    return same_part(a, b, CURLUPART_SCHEME) &&
           same_part(a, b, CURLUPART_HOST) && same_part(a, b, CURLUPART_PORT);
}

/* Within a server a URL without user and password keeps them. */
static void keep_user(CURLU *from, CURLU *to)
{
    char *user = part_of(from, CURLUPART_USER, 0);
    char *password = part_of(from, CURLUPART_PASSWORD, 0);
    char *own = part_of(to, CURLUPART_USER, 0);

    if (own == NULL && user != NULL) {
        curl_url_set(to, CURLUPART_USER, user, 0);
        curl_url_set(to, CURLUPART_PASSWORD, password, 0);
    }
    curl_free(user);
    curl_free(password);
    curl_free(own);
}

static int check_scheme(CURLU *url, struct err *err)
{
    char *scheme = part_of(url, CURLUPART_SCHEME, 0);
    bool known = scheme != NULL && (strcasecmp(scheme, "http") == 0 ||
                                    strcasecmp(scheme, "https") == 0);

    if (!known)
        err_set(err, ERR_INPUT,
                "a redirect to scheme '%.40s', which is neither http nor "
                "https",
                scheme ? scheme : "");
    curl_free(scheme);
    return known ? 0 : -1;
}

/* Spaces and bytes that are no ASCII are common in Location: they are encoded
 * as browsers do. */
static int resolve(CURLU *from, CURLU *to, const char *location,
                   struct err *err)
{
    const unsigned flags =
        CURLU_URLENCODE | CURLU_ALLOW_SPACE | CURLU_NON_SUPPORT_SCHEME;
    CURLUcode code = curl_url_set(to, CURLUPART_URL, location, flags);

    if (code != CURLUE_OK)
        return err_set(err, ERR_INPUT, "a redirect to what is no URL: %s",
                       curl_url_strerror(code));
    if (check_scheme(to, err) < 0)
        return -1;
    if (same_server(from, to))
        keep_user(from, to);
    return 0;
}

static bool makes_get(const char *method, int status)
{
    if (status == 303)
        return strcmp(method, "HEAD") != 0;
    return (status == 301 || status == 302) && strcmp(method, "POST") == 0;
}

static void move(struct http_hop *hop, CURLU *from, CURLU *to)
{
    char *url = part_of(to, CURLUPART_URL, 0);

    assert(url != NULL);
    hop->foreign = hop->foreign || !same_server(from, to);
    mem_free(hop->next_url);
    hop->next_url = mem_copy_text(url, strlen(url));
    hop->url = hop->next_url;
    hop->secure = is_secure(hop->url);
    curl_free(url);
}

int http_hop_follow(struct http_hop *hop, int status, const char *location,
                    struct err *err)
{
    CURLU *from = curl_url();
    CURLU *to;
    int failed = -1;

    assert(from != NULL);
    curl_url_set(from, CURLUPART_URL, hop->url, CURLU_URLENCODE);
    to = curl_url_dup(from);
    assert(to != NULL);
    if (resolve(from, to, location, err) == 0) {
        move(hop, from, to);
        if (makes_get(hop->method, status)) {
            hop->method = "GET";
            hop->has_body = false;
        }
        failed = 0;
    }
    curl_url_cleanup(from);
    curl_url_cleanup(to);
    return failed;
}

/* What is told to the first server alone. */
static const char *const private_names[] = {"Authorization", "Cookie",
                                            "Proxy-Authorization", "Host"};

/* What tells of a body that is sent no more. */
static const char *const body_names[] = {
    "Content-Type",     "Content-Length",    "Content-Encoding",
    "Content-Language", "Content-Location",  "Digest",
    "Content-Digest",   "Transfer-Encoding", "Repr-Digest",
};

static const char *const framing_names[] = {"Content-Length",
                                            "Transfer-Encoding"};

static bool is_one_of(const char *line, const char *const *names, size_t count)
{
    size_t len = strcspn(line, ":;");

    for (size_t i = 0; i < count; i++) {
        if (strlen(names[i]) == len && strncasecmp(line, names[i], len) == 0)
            return true;
    }
    return false;
}

bool http_hop_sends(const struct http_hop *hop, const char *line)
{
    if (hop->foreign &&
        is_one_of(line, private_names,
                  sizeof private_names / sizeof private_names[0]))
        return false;
    return hop->has_body == hop->plan->has_body ||
           !is_one_of(line, body_names,
                      sizeof body_names / sizeof body_names[0]);
}

bool http_hop_frames(const char *line)
{
    return is_one_of(line, framing_names,
                     sizeof framing_names / sizeof framing_names[0]);
}

bool http_hop_once(const struct http_hop *hop)
{
    return hop->plan->once && hop->method == hop->plan->method;
}
