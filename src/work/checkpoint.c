/* SPDX-License-Identifier: MIT */
#include "work/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "flow/input.h"
#include "work/checkpoint_file.h"
#include "json/quote.h"
#include "json/scan.h"
#include "json/value.h"

enum { NAME_BYTES = 65536, DEPTH = 4 };

struct entry {
    char *name;
    struct checkpoint_file file;
};

struct checkpoint {
    struct entry *entries;
    size_t count;
    size_t room;
    struct input_part *parts; /* descriptors are ours, and the names: */
    char **names;
    size_t part_count;
    size_t part_room;
    char *from; /* of the rename, or NULL */
    char *to;
};

/* The text */

static char *read_name(struct slice object, const char *key)
{
    struct slice value;
    struct buf name;
    char *copy;

    if (!value_find(object, slice_text(key), &value) ||
        value_kind(value) != VALUE_STRING)
        return NULL;
    buf_init(&name, NAME_BYTES);
    quote_read(&name, value);
    copy = mem_copy_text(name.len > 0 ? name.data : "", name.len);
    buf_release(&name);
    return copy;
}

static bool read_number(struct slice object, const char *key, uint64_t *number)
{
    struct slice value;
    char text[24], *end;

    if (!value_find(object, slice_text(key), &value) ||
        value.len >= sizeof text)
        return false;
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && end == text + value.len && text[0] != '-';
}

static bool read_sum(struct slice object, char *sum)
{
    struct slice value, digits;

    if (!value_find(object, slice_text("sha256"), &value) || value.len < 2)
        return false;
    digits = slice_of(value.ptr + 1, value.len - 2);
    if (!digest_valid(digits))
        return false;
    memcpy(sum, digits.ptr, digits.len);
    sum[digits.len] = '\0';
    return true;
}

static struct entry *add_entry(struct checkpoint *c)
{
    if (c->count == c->room) {
        c->room = c->room > 0 ? 2 * c->room : 8;
        c->entries = mem_resize(c->entries, c->room * sizeof *c->entries);
    }
    c->entries[c->count] = (struct entry){.name = NULL};
    return &c->entries[c->count++];
}

static bool read_entry(struct checkpoint *c, struct slice object)
{
    struct checkpoint_file file;
    uint64_t offset;
    char *name;

    if (value_kind(object) != VALUE_OBJECT ||
        !read_number(object, "device", &file.device) ||
        !read_number(object, "inode", &file.inode) ||
        !read_number(object, "offset", &offset) || offset > INT64_MAX ||
        !read_number(object, "noted_ns", &file.noted_ns) ||
        !read_sum(object, file.sum))
        return false;
    file.offset = (off_t)offset;
    name = read_name(object, "name");
    if (name == NULL)
        return false;
    *add_entry(c) = (struct entry){.name = name, .file = file};
    return true;
}

static bool read_text(struct checkpoint *c, struct slice json)
{
    struct slice files, each;
    struct value_walk walk;
    uint64_t version;

    if (value_kind(json) != VALUE_OBJECT ||
        !read_number(json, "weir_checkpoint", &version) || version != 1 ||
        !value_find(json, slice_text("files"), &files) ||
        value_kind(files) != VALUE_ARRAY)
        return false;
    walk = value_elements_begin(files);
    while (value_elements_next(&walk, &each)) {
        if (!read_entry(c, each))
            return false;
    }
    if (value_find(json, slice_text("rename"), &each) &&
        value_kind(each) == VALUE_OBJECT) {
        c->from = read_name(each, "from");
        c->to = read_name(each, "to");
    }
    return true;
}

struct checkpoint *checkpoint_open(struct slice text, struct err *err)
{
    struct checkpoint *c = mem_alloc(sizeof *c);
    struct scan_fault fault;
    struct slice json;

    while (text.len > 0 && text.ptr[text.len - 1] == '\n')
        text.len--;
    if (text.len == 0 ||
        (scan_line(text, DEPTH, &json, &fault) == 0 && read_text(c, json)))
        return c;
    checkpoint_close(c);
    err_set(err, ERR_STATE, "is no checkpoint of this version, or damaged");
    return NULL;
}

void checkpoint_close(struct checkpoint *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->count; i++)
        mem_free(c->entries[i].name);
    for (size_t i = 0; i < c->part_count; i++) {
        fd_close(c->parts[i].fd);
        mem_free(c->names[i]);
    }
    mem_free(c->entries);
    mem_free(c->parts);
    mem_free(c->names);
    mem_free(c->from);
    mem_free(c->to);
    mem_free(c);
}

static void write_entry(const struct entry *e, struct buf *out)
{
    buf_add_text(out, "{\"name\":");
    quote_add(out, slice_text(e->name));
    buf_add_text(out, ",\"device\":");
    buf_add_number(out, e->file.device);
    buf_add_text(out, ",\"inode\":");
    buf_add_number(out, e->file.inode);
    buf_add_text(out, ",\"offset\":");
    buf_add_number(out, (uint64_t)e->file.offset);
    buf_add_text(out, ",\"noted_ns\":");
    buf_add_number(out, e->file.noted_ns);
    buf_printf(out, ",\"sha256\":\"%s\"}", e->file.sum);
}

void checkpoint_write(const struct checkpoint *c,
                      const struct checkpoint_rename *rename, struct buf *out)
{
    buf_add_text(out, "{\"weir_checkpoint\":1,\"files\":[");
    for (size_t i = 0; i < c->count; i++) {
        buf_add_text(out, i > 0 ? "," : "");
        write_entry(&c->entries[i], out);
    }
    buf_add_char(out, ']');
    if (rename != NULL) {
        buf_add_text(out, ",\"rename\":{\"from\":");
        quote_add(out, slice_text(rename->from));
        buf_add_text(out, ",\"to\":");
        quote_add(out, slice_text(rename->to));
        buf_add_char(out, '}');
    }
    buf_add_text(out, "}\n");
}

int checkpoint_redo(const struct checkpoint *c, struct err *err)
{
    if (c->from == NULL || c->to == NULL || access(c->from, F_OK) < 0)
        return 0;
    if (rename(c->from, c->to) < 0)
        return err_sys(err, ERR_OUTPUT, "%s", c->to);
    return 0;
}

/* Following */

static struct entry *find_entry(struct checkpoint *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++) {
        if (strcmp(c->entries[i].name, name) == 0)
            return &c->entries[i];
    }
    return NULL;
}

/* Takes the descriptor. */
static void add_part(struct checkpoint *c, const char *name, int fd, off_t from,
                     off_t to)
{
    if (c->part_count == c->part_room) {
        c->part_room = c->part_room > 0 ? 2 * c->part_room : 8;
        c->parts = mem_resize(c->parts, c->part_room * sizeof *c->parts);
        c->names = mem_resize(c->names, c->part_room * sizeof *c->names);
    }
    c->names[c->part_count] = mem_copy_text(name, strlen(name));
    c->parts[c->part_count] = (struct input_part){
        .name = c->names[c->part_count], .fd = fd, .from = from, .to = to};
    c->part_count++;
}

/* What stands between the old file and the new one, oldest first. */
static void add_between(struct checkpoint *c, const char *name,
                        const struct checkpoint_found *old, int new_fd)
{
    struct checkpoint_found *between;
    size_t count = checkpoint_file_between(name, old, new_fd, &between);

    for (size_t i = 0; i < count; i++)
        add_part(c, between[i].path, between[i].fd, 0, between[i].size);
    mem_free(between);
}

/* The name has another file now, of which `size` bytes are whole lines; `old`
 * is what was read before. */
static int leave_old(struct checkpoint *c, struct entry *e, int fd, off_t size,
                     const struct checkpoint_found *old)
{
    if (size == 0) {
        off_t to = checkpoint_file_lines(old->fd, e->file.offset, old->size);

        add_part(c, old->path, old->fd, e->file.offset, to);
        fd_close(fd);
        return checkpoint_file_note(&e->file, old->fd, to);
    }
    add_part(c, old->path, old->fd, e->file.offset, old->size);
    add_between(c, e->name, old, fd);
    add_part(c, e->name, fd, 0, size);
    return checkpoint_file_note(&e->file, fd, size);
}

/* Nothing was in the file, so that nothing tells whether it was copied and
 * emptied since: but a copy would be younger. */
static void add_since(struct checkpoint *c, const struct entry *e, int fd)
{
    const struct checkpoint_found nothing = {
        .fd = -1, .changed_ns = (int64_t)e->file.noted_ns};

    add_between(c, e->name, &nothing, fd);
}

/* The file at `fd` has `size` bytes. */
static int follow(struct checkpoint *c, struct entry *e, int fd, off_t size,
                  long long *lost)
{
    const off_t before = e->file.offset;
    struct checkpoint_found old;
    off_t from = 0, to;

    if (e->file.sum[0] != '\0' && checkpoint_file_is(&e->file, fd))
        from = before;
    else if (e->file.sum[0] != '\0' &&
             checkpoint_file_find(&e->file, e->name, fd, &old))
        return leave_old(c, e, fd, checkpoint_file_lines(fd, 0, size), &old);
    else if (before > 0)
        *lost = before;
    if (e->file.sum[0] != '\0' && before == 0)
        add_since(c, e, fd);
    to = checkpoint_file_lines(fd, from, size);
    add_part(c, e->name, fd, from, to);
    return checkpoint_file_note(&e->file, fd, to);
}

int checkpoint_follow(struct checkpoint *c, const char *name, long long *lost,
                      struct err *err)
{
    const int fd = fd_open_read(name, err);
    struct entry *e;
    struct stat st;

    *lost = -1;
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        fd_close(fd);
        return err_set(err, ERR_INPUT,
                       "%s: not a regular file, which --checkpoint needs",
                       name);
    }
    e = find_entry(c, name);
    if (e == NULL) {
        e = add_entry(c);
        e->name = mem_copy_text(name, strlen(name));
    }
    if (follow(c, e, fd, st.st_size, lost) == 0)
        return 0;
    return err_sys(err, ERR_INPUT, "%s", name);
}

const struct input_part *checkpoint_parts(const struct checkpoint *c,
                                          size_t *count)
{
    *count = c->part_count;
    return c->parts;
}
