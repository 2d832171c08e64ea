/* SPDX-License-Identifier: MIT */
#include "flow/halt.h"

#include <string.h>

#include "base/err.h"
#include "base/num.h"

/* A share says nothing before so many units have ended. */
enum { SHARE_LEAST = 20 };

static int refuse(const char *text, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "'%s' is not WHEN,WHAT=N: now or soon, fail or success, N "
                   "or N%%",
                   text);
}

/* Skip a word, if it is there. */
static bool take(const char **text, const char *word)
{
    size_t len = strlen(word);

    if (strncmp(*text, word, len) != 0)
        return false;
    *text += len;
    return true;
}

static bool parse_amount(const char *text, struct halt *halt)
{
    size_t len = strlen(text);
    bool percent = len > 1 && text[len - 1] == '%';
    struct err ignored;
    uint64_t n;

    if (num_count(slice_of(text, len - percent), &n, &ignored) < 0 || n == 0 ||
        (percent && n > 100))
        return false;
    if (percent)
        halt->share = (double)n / 100.0;
    else
        halt->count = n;
    return true;
}

int halt_parse(const char *text, struct halt *halt, struct err *err)
{
    const char *rest = text;

    *halt = (struct halt){.when = HALT_NEVER};
    if (text == NULL || strcmp(text, "never") == 0)
        return 0;
    if (take(&rest, "now,"))
        halt->when = HALT_NOW;
    else if (take(&rest, "soon,"))
        halt->when = HALT_SOON;
    else
        return refuse(text, err);
    if (take(&rest, "success="))
        halt->on_success = true;
    else if (!take(&rest, "fail="))
        return refuse(text, err);
    return parse_amount(rest, halt) ? 0 : refuse(text, err);
}

bool halt_is_due(const struct halt *halt, uint64_t completed, uint64_t failed)
{
    uint64_t those = halt->on_success ? completed : failed;
    uint64_t ended = completed + failed;

    if (halt->when == HALT_NEVER)
        return false;
    if (halt->count > 0)
        return those >= halt->count;
    return ended >= SHARE_LEAST && (double)those >= (double)ended * halt->share;
}
