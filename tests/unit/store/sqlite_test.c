/* SPDX-License-Identifier: MIT */
#include "store/sqlite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "support/folder.h"

static char path[PATH_MAX];
static struct err err;

static void begin(void)
{
    make_folder();
    snprintf(path, sizeof path, "%s", inside("db"));
}

static struct sqlite *open_new(void)
{
    struct sqlite *db = sqlite_open(path, SQLITE_TO_CREATE, &err);

    ck_assert_msg(db != NULL, "%s", err.text);
    return db;
}

static void run(struct sqlite *db, const char *sql)
{
    ck_assert_msg(sqlite_run(db, sql, &err) == 0, "%s", err.text);
}

START_TEST(values_come_back_as_they_went_in)
{
    struct sqlite *db = open_new();
    struct sqlite_statement *st;

    run(db, "CREATE TABLE t(a, b, c, d, e)");
    st = sqlite_prepare(db, "INSERT INTO t VALUES(?,?,?,?,?)", &err);
    ck_assert_ptr_nonnull(st);
    sqlite_set_number(st, 1, INT64_MIN);
    sqlite_set_real(st, 2, 0.25);
    sqlite_set_text(st, 3, slice_text("h\xc3\xa9"));
    sqlite_set_blob(st, 4, slice_of("\0\1", 2));
    sqlite_set_null(st, 5);
    ck_assert_int_eq(sqlite_step(st, &err), 0);
    ck_assert_int_eq(sqlite_changes(db), 1);
    sqlite_finalize(st);
    st = sqlite_prepare(db, "SELECT * FROM t", &err);
    ck_assert_int_eq(sqlite_step(st, &err), 1);
    ck_assert(sqlite_number(st, 0) == INT64_MIN);
    ck_assert(sqlite_real(st, 1) == 0.25);
    ck_assert(slice_is(sqlite_text(st, 2), "h\xc3\xa9"));
    ck_assert(sqlite_is_text(st, 2) && !sqlite_is_text(st, 3));
    ck_assert(slice_equal(sqlite_blob(st, 3), slice_of("\0\1", 2)));
    ck_assert(sqlite_is_null(st, 4) && !sqlite_is_null(st, 3));
    ck_assert_ptr_null(sqlite_text(st, 4).ptr);
    ck_assert_int_eq(sqlite_step(st, &err), 0);
    sqlite_finalize(st);
    sqlite_close(db);
}
END_TEST

START_TEST(a_new_file_is_for_its_owner_alone)
{
    struct sqlite *db = open_new();
    struct stat st;

    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    sqlite_close(db);
}
END_TEST

START_TEST(a_missing_file_is_not_made_to_be_read)
{
    ck_assert_ptr_null(sqlite_open(path, SQLITE_TO_READ, &err));
    ck_assert_int_eq(err.kind, ERR_CREATE);
    ck_assert_ptr_null(sqlite_open(path, SQLITE_TO_WRITE, &err));
    ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(a_file_of_another_sort_is_told)
{
    FILE *f = fopen(path, "w");
    struct sqlite *db;
    int64_t n;

    for (int i = 0; i < 400; i++)
        fputs("no database\n", f);
    fclose(f);
    db = sqlite_open(path, SQLITE_TO_READ, &err);
    if (db != NULL)
        ck_assert_int_eq(sqlite_ask_number(db, "PRAGMA user_version", &n, &err),
                         -1);
    ck_assert_int_eq(err.kind, ERR_STATE);
    ck_assert_ptr_nonnull(strstr(err.text, "not a database"));
    sqlite_close(db);
}
END_TEST

START_TEST(what_is_read_only_cannot_be_changed)
{
    struct sqlite *db = open_new();

    run(db, "CREATE TABLE t(a)");
    sqlite_close(db);
    db = sqlite_open(path, SQLITE_TO_READ, &err);
    ck_assert_int_eq(sqlite_run(db, "INSERT INTO t VALUES(1)", &err), -1);
    ck_assert_int_eq(err.kind, ERR_OUTPUT);
    sqlite_close(db);
}
END_TEST

START_TEST(a_statement_can_be_run_again_after_a_failure)
{
    struct sqlite *db = open_new();
    struct sqlite_statement *st;
    int64_t n;

    run(db, "CREATE TABLE t(a UNIQUE); BEGIN");
    ck_assert(sqlite_in_transaction(db));
    st = sqlite_prepare(db, "INSERT INTO t VALUES(?)", &err);
    for (int i = 0; i < 3; i++) {
        sqlite_set_number(st, 1, i / 2);
        ck_assert_int_eq(sqlite_step(st, &err), i == 1 ? -1 : 0);
    }
    sqlite_finalize(st);
    run(db, "COMMIT");
    ck_assert(!sqlite_in_transaction(db));
    ck_assert_int_eq(sqlite_ask_number(db, "SELECT count(*) FROM t", &n, &err),
                     0);
    ck_assert_int_eq(n, 2);
    sqlite_close(db);
}
END_TEST

START_TEST(a_name_cannot_leave_its_quotes)
{
    struct sqlite *db = open_new();
    struct buf sql;

    buf_init(&sql, 256);
    buf_add_text(&sql, "CREATE TABLE ");
    ck_assert_int_eq(sqlite_quote_name(&sql, slice_text("a\"b; --")), 0);
    buf_add_text(&sql, "(c)");
    buf_add_char(&sql, '\0');
    run(db, sql.data);
    buf_clear(&sql);
    ck_assert_int_eq(
        sqlite_ask_text(db, "SELECT name FROM sqlite_schema", &sql, &err), 0);
    ck_assert(slice_is(buf_slice(&sql), "a\"b; --"));
    buf_release(&sql);
    sqlite_close(db);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sqlite");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, begin, remove_folder);
    tcase_add_test(tcase, values_come_back_as_they_went_in);
    tcase_add_test(tcase, a_new_file_is_for_its_owner_alone);
    tcase_add_test(tcase, a_missing_file_is_not_made_to_be_read);
    tcase_add_test(tcase, a_file_of_another_sort_is_told);
    tcase_add_test(tcase, what_is_read_only_cannot_be_changed);
    tcase_add_test(tcase, a_statement_can_be_run_again_after_a_failure);
    tcase_add_test(tcase, a_name_cannot_leave_its_quotes);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
