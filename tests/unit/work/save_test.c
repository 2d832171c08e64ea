/* SPDX-License-Identifier: MIT */
#include "work/save.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "work/save_path.h"

static char root[64];
static struct save *save;
static struct save_file file;
static struct err err;

static void set_up(void)
{
    snprintf(root, sizeof root, "/tmp/save_test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    ck_assert_int_eq(chdir(root), 0);
    save = save_open("out/deep", true, &err);
    ck_assert_msg(save != NULL, "%s", err.text);
}

static void tear_down(void)
{
    char command[128];

    save_drop(&file);
    save_close(save);
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

static void check_content(const char *path, const char *want)
{
    char text[64] = "";
    FILE *f = fopen(path, "r");

    ck_assert_msg(f != NULL, "%s: errno %d", path, errno);
    ck_assert_uint_eq(fread(text, 1, sizeof text - 1, f), strlen(want));
    ck_assert_str_eq(text, want);
    fclose(f);
}

static size_t count_files(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *entry;
    size_t count = 0;

    ck_assert_ptr_nonnull(d);
    while ((entry = readdir(d)) != NULL)
        count +=
            strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(d);
    return count;
}

static void begin(const char *path)
{
    ck_assert_msg(save_begin(save, &file, slice_text(path), &err) == 0,
                  "%s: %s", path, err.text);
}

static void check_refused(const char *path, int sys)
{
    ck_assert_int_lt(save_begin(save, &file, slice_text(path), &err), 0);
    ck_assert_int_eq(err.kind, ERR_CREATE);
    ck_assert_int_eq(err.sys, sys);
}

START_TEST(a_file_has_its_name_when_it_is_whole)
{
    begin("a.bin");
    ck_assert_int_eq(save_write(&file, slice_text("ab"), &err), 0);
    ck_assert_int_eq(save_write(&file, slice_text("cd"), &err), 0);
    ck_assert_int_lt(access("out/deep/a.bin", F_OK), 0);
    ck_assert_uint_eq(count_files("out/deep"), 1);
    ck_assert_int_eq(save_commit(&file, &err), 0);
    check_content("out/deep/a.bin", "abcd");
    ck_assert_uint_eq(count_files("out/deep"), 1);
}
END_TEST

START_TEST(what_is_dropped_leaves_nothing)
{
    begin("a.bin");
    ck_assert_int_eq(save_write(&file, slice_text("ab"), &err), 0);
    save_drop(&file);
    save_drop(&file);
    ck_assert_uint_eq(count_files("out/deep"), 0);
}
END_TEST

START_TEST(an_older_file_is_replaced_at_once)
{
    begin("a.bin");
    ck_assert_int_eq(save_write(&file, slice_text("old"), &err), 0);
    ck_assert_int_eq(save_commit(&file, &err), 0);
    begin("a.bin");
    ck_assert_int_eq(save_write(&file, slice_text("new"), &err), 0);
    check_content("out/deep/a.bin", "old");
    ck_assert_int_eq(save_commit(&file, &err), 0);
    check_content("out/deep/a.bin", "new");
}
END_TEST

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    ck_assert_int_eq(fclose(f), 0);
}

/* Begin it, write one letter and commit, whatever was there. */
static void check_begins_anew(void)
{
    begin("a");
    ck_assert_int_eq(save_write(&file, slice_text("x"), &err), 0);
    ck_assert_int_eq(save_commit(&file, &err), 0);
    check_content("out/deep/a", "x");
    ck_assert_uint_eq(count_files("out/deep"), 1);
}

START_TEST(what_a_killed_run_left_is_used_again)
{
    put("out/deep/.a.part", "left");
    put("out/deep/.a.part.info", "left");
    check_begins_anew();
}
END_TEST

START_TEST(strange_parts_are_removed)
{
    put("other", "other");
    ck_assert_int_eq(link("other", "out/deep/.a.part"), 0);
    check_begins_anew();
    ck_assert_int_eq(symlink("../../other", "out/deep/.a.part"), 0);
    check_begins_anew();
    ck_assert_int_eq(mkfifo("out/deep/.a.part", 0666), 0);
    check_begins_anew();
    check_content("other", "other");
    ck_assert_int_eq(mkdir("out/deep/.b.part", 0777), 0);
    check_refused("b", EISDIR);
}
END_TEST

START_TEST(two_never_write_one_file)
{
    struct save_file second;

    begin("a");
    ck_assert_int_eq(save_write(&file, slice_text("ab"), &err), 0);
    ck_assert_int_lt(save_begin(save, &second, slice_text("a"), &err), 0);
    ck_assert_str_eq(err.text, "another run is writing it");
    ck_assert_int_eq(save_commit(&file, &err), 0);
    check_content("out/deep/a", "ab");
    ck_assert_int_eq(save_begin(save, &second, slice_text("a"), &err), 0);
    save_drop(&second);
    check_content("out/deep/a", "ab");
}
END_TEST

START_TEST(a_file_can_be_begun_again)
{
    begin("a");
    ck_assert_int_eq(save_write(&file, slice_text("longer"), &err), 0);
    ck_assert_int_eq(save_restart(&file, &err), 0);
    ck_assert_int_eq(save_write(&file, slice_text("ab"), &err), 0);
    ck_assert_int_eq(save_commit(&file, &err), 0);
    check_content("out/deep/a", "ab");
}
END_TEST

START_TEST(what_is_kept_is_opened_again)
{
    struct buf note;

    buf_init(&note, SAVE_NOTE_MAX + 1);
    begin("a");
    ck_assert_int_eq(save_write(&file, slice_text("abcd"), &err), 0);
    save_keep(&file);
    ck_assert_int_eq(save_reopen(save, &file, slice_text("a"), &note, &err), 0);
    begin("a");
    ck_assert_int_eq(save_note(&file, slice_text("x"), &err), 0);
    ck_assert_int_eq(save_note(&file, slice_text("note"), &err), 0);
    ck_assert_int_eq(save_write(&file, slice_text("abcd"), &err), 0);
    save_keep(&file);
    save_keep(&file);
    ck_assert_uint_eq(count_files("out/deep"), 2);
    ck_assert_int_eq(save_reopen(save, &file, slice_text("a"), &note, &err), 1);
    ck_assert(slice_is(buf_slice(&note), "note"));
    ck_assert_uint_eq(save_size(&file), 4);
    ck_assert_int_eq(save_cut(&file, 2, &err), 0);
    ck_assert_int_eq(save_write(&file, slice_text("x"), &err), 0);
    ck_assert_int_eq(save_write_at(&file, slice_text("yz"), 5, &err), 0);
    ck_assert_int_eq(save_write_at(&file, slice_text("--"), 3, &err), 0);
    ck_assert_int_eq(save_commit(&file, &err), 0);
    check_content("out/deep/a", "abx--yz");
    ck_assert_uint_eq(count_files("out/deep"), 1);
    buf_release(&note);
}
END_TEST

START_TEST(what_is_dropped_has_no_note)
{
    begin("a");
    ck_assert_int_eq(save_note(&file, slice_text("note"), &err), 0);
    save_drop(&file);
    ck_assert_uint_eq(count_files("out/deep"), 0);
    begin("a");
    ck_assert_int_eq(save_note(&file, slice_text("note"), &err), 0);
    ck_assert_int_eq(save_restart(&file, &err), 0);
    ck_assert_uint_eq(count_files("out/deep"), 1);
}
END_TEST

START_TEST(only_a_file_is_there)
{
    uint64_t size = 0;
    int fd;

    put("out/deep/a", "abc");
    fd = save_look(save, slice_text("a"), &size);
    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_uint_eq(size, 3);
    ck_assert_int_eq(symlink("a", "out/deep/link"), 0);
    ck_assert_int_eq(mkfifo("out/deep/fifo", 0666), 0);
    ck_assert_int_eq(save_look(save, slice_text("link"), &size), -1);
    ck_assert_int_eq(save_look(save, slice_text("fifo"), &size), -1);
    ck_assert_int_eq(save_look(save, slice_text("b"), &size), -1);
    ck_assert_int_eq(save_look(save, slice_text("b/c"), &size), -1);
    ck_assert_int_lt(access("out/deep/b", F_OK), 0);
}
END_TEST

START_TEST(directories_on_the_way_are_made)
{
    begin("x/y/z.bin");
    ck_assert_int_eq(save_commit(&file, &err), 0);
    check_content("out/deep/x/y/z.bin", "");
    begin("x/y/w.bin");
    ck_assert_int_eq(save_commit(&file, &err), 0);
}
END_TEST

START_TEST(no_link_is_followed)
{
    ck_assert_int_eq(mkdir("elsewhere", 0777), 0);
    ck_assert_int_eq(symlink("../../elsewhere", "out/deep/link"), 0);
    ck_assert_int_eq(symlink("../../elsewhere/x", "out/deep/file"), 0);
    check_refused("link/a", ENOTDIR);
    begin("file");
    ck_assert_int_eq(save_commit(&file, &err), 0);
    ck_assert_uint_eq(count_files("elsewhere"), 0);
    check_content("out/deep/file", "");
}
END_TEST

START_TEST(what_is_in_the_way_is_told)
{
    begin("a");
    ck_assert_int_eq(save_commit(&file, &err), 0);
    check_refused("a/b", ENOTDIR);
    ck_assert_int_eq(mkdir("out/deep/d", 0777), 0);
    begin("d");
    ck_assert_int_lt(save_commit(&file, &err), 0);
    ck_assert_int_eq(err.kind, ERR_OUTPUT);
    ck_assert_int_eq(err.sys, EISDIR);
    ck_assert_uint_eq(count_files("out/deep"), 2);
}
END_TEST

START_TEST(directories_that_cannot_be_are_told)
{
    ck_assert_int_eq(close(open("plain", O_WRONLY | O_CREAT, 0666)), 0);
    ck_assert_ptr_null(save_open("plain/x", true, &err));
    ck_assert_int_eq(err.kind, ERR_CREATE);
    ck_assert_str_eq(err.text, "plain/x: Not a directory");
    ck_assert_ptr_null(save_open("plain", true, &err));
    ck_assert_ptr_null(save_open("missing", false, &err));
    ck_assert_str_eq(err.text, "missing: No such file or directory");
}
END_TEST

static void check_name(const char *path, const char *want)
{
    struct buf name;

    buf_init(&name, SIZE_MAX);
    save_name(slice_text(path), &name);
    ck_assert_msg(slice_is(buf_slice(&name), want), "%s: %.*s", path,
                  (int)name.len, name.data);
    buf_release(&name);
}

START_TEST(names_of_urls_are_safe)
{
    check_name("/a/b.bin", "b.bin");
    check_name("", "index.html");
    check_name("/", "index.html");
    check_name("/a/", "index.html");
    check_name("/a%20b", "a b");
    check_name("/a%2525", "a%25");
    check_name("/a%2", "a%2");
    check_name("/a%zz", "a%zz");
    check_name("/..", "__");
    check_name("/.", "_");
    check_name("/.bashrc", "_bashrc");
    check_name("/-rf", "_rf");
    check_name("/%2e%2e%2fetc%2fpasswd", "_._etc_passwd");
    check_name("/a%00b%0ac%7f", "a_b_c_");
    check_name("/%ff%c3%a4", "_\xc3\xa4");
    check_name("/a%c2%9bb%c2%a0", "a__b\xc2\xa0");
}
END_TEST

/* Names that other systems refuse, or take for a device. */
START_TEST(names_are_safe_on_every_file_system)
{
    check_name("/a:b*c%3fd%22e%3cf%3eg%7ch%5ci", "a_b_c_d_e_f_g_h_i");
    check_name("/a.", "a_");
    check_name("/a%20", "a_");
    check_name("/...", "_._");
    check_name("/CON", "_CON");
    check_name("/con.txt", "_con.txt");
    check_name("/Nul.tar.gz", "_Nul.tar.gz");
    check_name("/aux%20.x", "_aux .x");
    check_name("/COM1", "_COM1");
    check_name("/lpt9.log", "_lpt9.log");
    check_name("/console", "console");
    check_name("/COM", "COM");
    check_name("/COM10", "COM10");
    check_name("/auxx.c", "auxx.c");
}
END_TEST

START_TEST(long_names_are_cut_and_told_apart)
{
    char path[600] = "/", other[600];
    struct buf a, b;

    for (size_t i = 1; i < sizeof path - 1; i += 2)
        memcpy(path + i, "\xc3\xa4", 2);
    path[sizeof path - 1] = '\0';
    memcpy(other, path, sizeof path);
    other[sizeof other - 2] = 'x';
    buf_init(&a, SIZE_MAX);
    buf_init(&b, SIZE_MAX);
    save_name(slice_text(path), &a);
    save_name(slice_text(other), &b);
    ck_assert_uint_le(a.len, SAVE_NAME_MAX);
    ck_assert_uint_ge(a.len, SAVE_NAME_MAX - 4);
    ck_assert(!slice_equal(buf_slice(&a), buf_slice(&b)));
    ck_assert_mem_eq(a.data, path + 1, 182);
    begin("x");
    save_drop(&file);
    ck_assert_int_eq(save_begin(save, &file, buf_slice(&a), &err), 0);
    ck_assert_int_eq(save_commit(&file, &err), 0);
    buf_release(&a);
    buf_release(&b);
}
END_TEST

static void check_path(const char *path, const char *why)
{
    int status = save_path_check(slice_text(path), &err);

    ck_assert_msg((status == 0) == (why == NULL), "%s", path);
    if (why != NULL)
        ck_assert_str_eq(err.text, why);
}

START_TEST(paths_of_the_list_stay_below)
{
    char path[300];

    check_path("a", NULL);
    check_path("a/b c/.d", NULL);
    check_path("...", NULL);
    check_path("/a", "output path must be relative");
    check_path("", "output path has an empty part");
    check_path("a//b", "output path has an empty part");
    check_path("a/", "output path has an empty part");
    check_path("..", "output path may not have . or .. in it");
    check_path("a/../b", "output path may not have . or .. in it");
    check_path("./a", "output path may not have . or .. in it");
    check_path("a\nb", "output path has control characters");
    check_path(".part", NULL);
    check_path("x/.a.part",
               "output path has the name of an unfinished file (.NAME.part)");
    check_path(".a.part.info/x",
               "output path has the name of an unfinished file (.NAME.part)");
    memset(path, 'x', sizeof path);
    path[201] = '\0';
    check_path(path, "output path has a part of more than 200 bytes");
    path[100] = '/';
    check_path(path, NULL);
}
END_TEST

START_TEST(paths_are_told_as_a_person_finds_them)
{
    struct buf out;

    buf_init(&out, SIZE_MAX);
    ck_assert_int_eq(save_add_path(save, slice_text("x/y"), &out), 0);
    ck_assert(slice_is(buf_slice(&out), "out/deep/x/y"));
    buf_release(&out);
}
END_TEST

static void check_encoded(struct slice text, const char *want)
{
    struct buf name;

    buf_init(&name, 1024);
    save_encode(text, 40, &name);
    ck_assert_msg(slice_is(buf_slice(&name), want), "%.*s", (int)name.len,
                  name.data);
    buf_release(&name);
}

START_TEST(an_encoded_name_is_safe_and_its_own)
{
    check_encoded(slice_text("plain-1.x"), "plain-1.x");
    check_encoded(slice_text("a/b"), "a%2Fb");
    check_encoded(slice_text("a%2Fb"), "a%252Fb");
    check_encoded(slice_text(".."), "%2E.");
    check_encoded(slice_text("-x-"), "%2Dx-");
    check_encoded(slice_of("a\0\n\x7f", 4), "a%00%0A%7F");
    check_encoded(slice_text("\xC3\xA9\xFF"), "\xC3\xA9%FF");
    check_encoded(slice_text(""), "");
}
END_TEST

START_TEST(a_long_encoded_name_ends_in_a_hash)
{
    /* sha256sum of 41 bytes x, of 20 slashes and of 21 */
    check_encoded(slice_text("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
                  "xxxxxx%-3164596df4fdd018b2c567ec8c03e79b");
    check_encoded(slice_text("////////////////////"),
                  "%2F%2F%-af7b4c358b691dc749239c7df8dd25b7");
    check_encoded(slice_text("x////////////////////"),
                  "x%2F%-0ff0fb8e3b9c4aef0ba38c99713369e9");
    check_encoded(
        slice_text("xxxxx\xC3\xA9xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        "xxxxx%-fb78904ece5dfc91aa60f6b5d04dfb00");
}
END_TEST

START_TEST(a_created_file_has_its_name_at_once)
{
    int fd = save_create(save, "log"), again;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "one", 3), 3);
    check_content("out/deep/log", "one");
    again = save_create(save, "log");
    ck_assert_int_ge(again, 0);
    ck_assert_int_eq(write(fd, "more", 4), 4);
    check_content("out/deep/log", "");
    close(fd);
    close(again);
}
END_TEST

START_TEST(a_created_file_follows_no_link)
{
    int fd;

    ck_assert_int_eq(symlink("/dev/full", "out/deep/link"), 0);
    fd = save_create(save, "link");
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "x", 1), 1);
    check_content("out/deep/link", "x");
    close(fd);
    ck_assert_int_eq(mkdir("out/deep/dir", 0777), 0);
    ck_assert_int_eq(save_create(save, "dir"), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("save");
    TCase *tests = tcase_create("save");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_file_has_its_name_when_it_is_whole);
    tcase_add_test(tests, what_is_dropped_leaves_nothing);
    tcase_add_test(tests, an_older_file_is_replaced_at_once);
    tcase_add_test(tests, what_a_killed_run_left_is_used_again);
    tcase_add_test(tests, strange_parts_are_removed);
    tcase_add_test(tests, two_never_write_one_file);
    tcase_add_test(tests, a_file_can_be_begun_again);
    tcase_add_test(tests, what_is_kept_is_opened_again);
    tcase_add_test(tests, what_is_dropped_has_no_note);
    tcase_add_test(tests, only_a_file_is_there);
    tcase_add_test(tests, directories_on_the_way_are_made);
    tcase_add_test(tests, no_link_is_followed);
    tcase_add_test(tests, what_is_in_the_way_is_told);
    tcase_add_test(tests, directories_that_cannot_be_are_told);
    tcase_add_test(tests, names_of_urls_are_safe);
    tcase_add_test(tests, names_are_safe_on_every_file_system);
    tcase_add_test(tests, long_names_are_cut_and_told_apart);
    tcase_add_test(tests, paths_of_the_list_stay_below);
    tcase_add_test(tests, paths_are_told_as_a_person_finds_them);
    tcase_add_test(tests, an_encoded_name_is_safe_and_its_own);
    tcase_add_test(tests, a_long_encoded_name_ends_in_a_hash);
    tcase_add_test(tests, a_created_file_has_its_name_at_once);
    tcase_add_test(tests, a_created_file_follows_no_link);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
