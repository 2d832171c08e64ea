/* SPDX-License-Identifier: MIT */
#include "work/validator.h"

#include <string.h>

/* A quote, then bytes that are neither quotes nor controls nor spaces, then a
 * quote (RFC 9110 section 8.8.3). */
bool validator_is_tag(const char *text)
{
    size_t len = strlen(text);

    if (len < 2 || len >= VALIDATOR_SIZE || text[0] != '"' ||
        text[len - 1] != '"')
        return false;
    for (size_t i = 1; i < len - 1; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c <= ' ' || c == '"' || c == 0x7f)
            return false;
    }
    return true;
}

/* Dates */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The number at a place where `count` digits have to be; -1 if they are not. */
static int digits_at(const char *text, int count)
{
    int n = 0;

    for (int i = 0; i < count; i++) {
        if (!is_digit(text[i]))
            return -1;
        n = n * 10 + (text[i] - '0');
    }
    return n;
}

static int month_at(const char *text)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int i = 0; i < 12; i++) {
        if (memcmp(text, names + (size_t)i * 3, 3) == 0)
            return i;
    }
    return -1;
}

/* Days since 1970-01-01 in the Gregorian calendar; a year begins in March
 * here, so that the leap day is its last. `month` from 0. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month < 2 ? year - 1 : year;
    int64_t m = (month + 10) % 12;

    return 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 +
           (day - 1) - 719468;
}

int64_t validator_date_s(const char *text)
{
    static const char form[] = "Aaa, 00 Aaa 0000 00:00:00 GMT";
    int64_t days, seconds;
    int month;

    if (strlen(text) != sizeof form - 1)
        return -1;
    for (size_t i = 0; i < sizeof form - 1; i++) {
        bool fixed = strchr(", :GMT", form[i]) != NULL;

        if (fixed ? text[i] != form[i] : form[i] == '0' && !is_digit(text[i]))
            return -1;
    }
    month = month_at(text + 8);
    if (month < 0)
        return -1;
    days = days_of(digits_at(text + 12, 4), month, digits_at(text + 5, 2));
    seconds = (int64_t)digits_at(text + 17, 2) * 3600 +
              (int64_t)digits_at(text + 20, 2) * 60 + digits_at(text + 23, 2);
    return days < 0 ? -1 : days * 86400 + seconds;
}

static bool is_old(const char *last_modified, const char *date)
{
    int64_t modified_s = validator_date_s(last_modified);
    int64_t date_s = validator_date_s(date);

    return modified_s >= 0 && date_s >= 0 &&
           date_s - modified_s >= VALIDATOR_AGE_S;
}

void validator_set(struct validator *v, const char *etag,
                   const char *last_modified, const char *date)
{
    const char *text = "";

    v->is_date = false;
    if (etag != NULL && validator_is_tag(etag)) {
        text = etag;
    } else if (etag == NULL && last_modified != NULL && date != NULL &&
               is_old(last_modified, date)) {
        text = last_modified;
        v->is_date = true;
    }
    memcpy(v->text, text, strlen(text) + 1);
}

bool validator_holds(const struct validator *v, const char *etag,
                     const char *last_modified)
{
    if (v->is_date)
        return etag == NULL &&
               (last_modified == NULL || strcmp(last_modified, v->text) == 0);
    return v->text[0] != '\0' && etag != NULL && strcmp(etag, v->text) == 0;
}
