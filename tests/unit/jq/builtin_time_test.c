/* SPDX-License-Identifier: MIT */
#include "jq/builtin.h"

#include <stdlib.h>
#include <time.h>

#include "filter.h"

static const struct filter_row rows[] = {
    {"[.[] | todate]", "[0,1425599621.678,-1,253402300800]",
     "[\"1970-01-01T00:00:00Z\",\"2015-03-05T23:53:41Z\","
     "\"1969-12-31T23:59:59Z\",\"10000-01-01T00:00:00Z\"]"},
    {"[.[] | fromdate, fromdateiso8601]", "[\"2015-03-05T23:51:47Z\"]",
     "[1425599507,1425599507]"},
    {"fromdate", "\"2015-03-05T23:51:47.5Z\"",
     "error: date \"2015-03-05T23:51:47.5Z\" does not match format "
     "\"%Y-%m-%dT%H:%M:%SZ\""},
    {"fromdate", "\"2015-03-05T23:51:47+01:00\"",
     "error: date \"2015-03-05T23:51:47+01:00\" does not match format "
     "\"%Y-%m-%dT%H:%M:%SZ\""},
    {"todateiso8601, date, dateadd(\"seconds\"; 1), datesub(\"seconds\"; 1)",
     "1", "\"1970-01-01T00:00:01Z\"\n\"1970-01-01T00:00:01Z\"\n2\n0"},
    /* broken down */
    {"gmtime", "1425599621", "[2015,2,5,23,53,41,4,63]"},
    {"gmtime", "1425599621.25", "[2015,2,5,23,53,41.25,4,63]"},
    {"gmtime, (gmtime | mktime)", "-1.5", "[1969,11,31,23,59,58.5,3,364]\n-2"},
    {"gmtime | mktime", "1e12", "1000000000000"},
    {"[(1e18, infinite, nan) | try gmtime catch .] | unique", "0",
     "[\"error converting number of seconds since epoch to datetime\"]"},
    {"gmtime", "\"x\"", "error: gmtime() requires numeric inputs"},
    {"localtime", "{}", "error: localtime() requires numeric inputs"},
    {"mktime", "[2024,1,30,1,2,3.9,0,0]", "1709254923"},
    {"mktime", "[2024,13,3,4,5,6,0,0]", "1738555506"},
    {"mktime", "1", "error: mktime requires array inputs"},
    {"mktime", "[2024,1]", "error: mktime requires parsed datetime inputs"},
    {"mktime", "[2024,\"1\",3,4,5,6,0,0]",
     "error: mktime requires parsed datetime inputs"},
    {"mktime | type", "[1e300,-1e300,3,4,5,6,0,0]", "\"number\""},
    /* read */
    {"strptime(\"%Y-%m-%dT%H:%M:%SZ\")", "\"2015-03-05T23:51:47Z\"",
     "[2015,2,5,23,51,47,4,63]"},
    {"strptime(\"%d %b %Y %z\") | ., mktime", "\"10 Mar 2020 +0530\"",
     "[2020,2,10,0,0,0,2,69]\n1583798400"},
    {"strptime(\"%Y-%j\")", "\"2024-060\"", "[2024,1,29,0,0,0,4,59]"},
    {"strptime(\"%H:%M\")", "\"10:20\"", "[1900,0,0,10,20,0,8,367]"},
    {"strptime(\"%Y-%m-%d\")", "\"2024-05-06 rest\"",
     "[2024,4,6,0,0,0,1,126,\" rest\"]"},
    {"strptime(\"%Y\")", "\"2015x\"",
     "error: date \"2015x\" does not match format \"%Y\""},
    {"strptime(\"%Y\")", "\"2015\\u0000\"",
     "error: date \"2015\" does not match format \"%Y\""},
    {"strptime(1)", "\"a\"",
     "error: strptime/1 requires string inputs and arguments"},
    {"strptime(\"%Y\")", "1",
     "error: strptime/1 requires string inputs and arguments"},
    /* written */
    {"strftime(\"%A, %B %d, %Y %j %e %P %Z %z %s %% %q\")", "1425599621",
     "\"Thursday, March 05, 2015 064  5 pm UTC +0000 1425599621 % %q\""},
    {"strftime(\"%Y-%m %Z\")", "[2024,1,30,1,2,3.5,0,0]", "\"2024-02 UTC\""},
    {"strftime(\"%A %j\")", "[2024,1,3,4,5,6,9,400]", "\"? 401\""},
    {"strftime(\"\"), strftime(\"%\")", "1", "\"\"\n\"%\""},
    {"strftime(\"%Y\" * 20000) | length", "1",
     "error: strftime/1: unknown system failure"},
    {"strftime(\"%Y\" * 2000) | length", "1", "8000"},
    {"strftime(1)", "1", "error: strftime/1 requires a string format"},
    {"strftime(\"%Y\")", "\"x\"",
     "error: strftime/1 requires parsed datetime inputs"},
    {"todate", "null", "error: strftime/1 requires parsed datetime inputs"},
    {"strflocaltime([])", "1",
     "error: strflocaltime/1 requires a string format"},
    {"strflocaltime(\"%Y\")", "null",
     "error: strflocaltime/1 requires parsed datetime inputs"},
    /* in a zone, where a summer is */
    {"localtime", "1425599621", "[2015,2,5,18,53,41,4,63]"},
    {"localtime | mktime", "1425599621", "1425581621"},
    {"strflocaltime(\"%H:%M %Z %z\"), (localtime | strflocaltime(\"%H %Z "
     "%z\"))",
     "1425599621", "\"18:53 EST -0500\"\n\"18 EST -0500\""},
    {"strflocaltime(\"%H:%M %Z %z %s\"), (localtime | strflocaltime(\"%H %Z "
     "%z\"))",
     "1436000000", "\"04:53 EDT -0400 1436000000\"\n\"04 EDT -0400\""},
};

START_TEST(dates_do_as_in_jq)
{
    setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1);
    tzset();
    filter_check(&rows[_i]);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("rows");

    tcase_add_loop_test(tests, dates_do_as_in_jq, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    return filter_main("builtin_time", tests);
}
