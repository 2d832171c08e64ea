/* SPDX-License-Identifier: MIT */
#include "work/part.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "io/http.h"
#include "work/partial.h"

static void hash_url(struct slice url, char *hex)
{
    struct digest *digest = digest_new();

    digest_clear(digest);
    digest_add(digest, url);
    digest_finish(digest, hex);
    digest_free(digest);
}

/* How many bytes of a part with a note can be used; 0 if the two do not fit. */
static uint64_t usable(const struct note *note, uint64_t size)
{
    uint64_t have = note->have == NOTE_UNKNOWN ? size : note->have;

    if (have > size || have > note->total)
        return 0;
    return have == note->total && have > 0 ? have - 1 : have;
}

int part_start(struct part *part, bool lasting, struct slice path,
               struct slice url, struct buf *scratch, struct err *err)
{
    struct note left;
    int found;

    *part = (struct part){.save = part->save, .lasting = lasting};
    part->note.total = PART_UNKNOWN;
    part->note.have = NOTE_UNKNOWN;
    if (!lasting)
        return 0;
    hash_url(url, part->note.url);
    found = save_reopen(part->save, &part->file, path, scratch, err);
    if (found <= 0)
        return found;
    if (!note_read(buf_slice(scratch), &left) ||
        strcmp(left.url, part->note.url) != 0)
        return 0;
    part->begun = usable(&left, save_size(&part->file));
    part->at = part->begun;
    part->ranged = part->begun > 0;
    part->note = left;
    return 0;
}

void part_forget(struct part *part)
{
    save_drop(&part->file);
    part->ranged = false;
    part->begun = 0;
    part->at = 0;
    part->note.total = PART_UNKNOWN;
}

size_t part_add_headers(const struct part *part, struct buf *lines)
{
    if (!part->ranged)
        return 0;
    buf_printf(lines, "Range: bytes=%" PRIu64 "-%c", part->begun, '\0');
    buf_printf(lines, "If-Range: %s%c", part->note.validator.text, '\0');
    return 2;
}

static bool is_rest(struct part *part, const struct http_request *request)
{
    struct note *note = &part->note;
    struct partial partial;

    if (!partial_read(http_header_value(request, "Content-Range"), &partial) ||
        partial.none || partial.first != part->begun)
        return false;
    if (note->total == NOTE_UNKNOWN)
        note->total = partial.total;
    return note->total != NOTE_UNKNOWN && partial.last == note->total - 1 &&
           (partial.total == PARTIAL_UNKNOWN || partial.total == note->total) &&
           validator_holds(&note->validator, http_header_value(request, "ETag"),
                           http_header_value(request, "Last-Modified"));
}

enum part_answer part_judge(struct part *part,
                            const struct http_request *request)
{
    if (http_status(request) != 206)
        return PART_WHOLE;
    return part->ranged && is_rest(part, request) ? PART_REST : PART_WRONG;
}

bool part_was_whole(const struct part *part, const struct http_request *request)
{
    struct partial partial;

    return part->ranged && part->note.total == NOTE_UNKNOWN &&
           partial_read(http_header_value(request, "Content-Range"),
                        &partial) &&
           partial.none && partial.total == part->begun;
}

static void begin(struct part *part, uint64_t total)
{
    part->ranged = false;
    part->begun = 0;
    part->at = 0;
    part->note.total = total;
    part->note.have = NOTE_UNKNOWN;
}

bool part_begin_kept(struct part *part, uint64_t total)
{
    if (part->file.open)
        return false;
    begin(part, total);
    return true;
}

void part_keep(struct part *part, struct slice bytes, struct buf *kept)
{
    part->at += bytes.len;
    if (part->at <= part->note.total)
        buf_add_slice(kept, bytes);
}

int part_begin_whole(struct part *part, struct slice path, uint64_t total,
                     const struct http_request *request, struct err *err)
{
    begin(part, total);
    validator_set(&part->note.validator, http_header_value(request, "ETag"),
                  http_header_value(request, "Last-Modified"),
                  http_header_value(request, "Date"));
    if (part->file.open)
        return save_restart(&part->file, err);
    return save_begin(part->save, &part->file, path, err);
}

int part_write_note(struct part *part, struct err *err)
{
    struct buf text;
    int failed;

    if (!part->lasting || part->note.validator.text[0] == '\0')
        return 0;
    buf_init(&text, SAVE_NOTE_MAX);
    note_write(&part->note, &text);
    failed = save_note(&part->file, buf_slice(&text), err);
    buf_release(&text);
    return failed;
}

int part_begin_rest(struct part *part, struct err *err)
{
    if (save_cut(&part->file, part->begun, err) < 0)
        return -1;
    if (part->note.have == NOTE_UNKNOWN)
        return 0;
    part->note.have = NOTE_UNKNOWN;
    return part_write_note(part, err);
}

int part_write(struct part *part, struct slice bytes, struct err *err)
{
    /* What comes in one piece is not worth a note. */
    if (part->at == 0 && bytes.len < part->note.total &&
        part_write_note(part, err) < 0)
        return -1;
    if (save_write(&part->file, bytes, err) < 0)
        return -1;
    part->at += bytes.len;
    return 0;
}

bool part_is_whole(const struct part *part)
{
    return part->note.total == PART_UNKNOWN || part->at == part->note.total;
}

void part_leave(struct part *part, bool keep)
{
    if (keep && part->at > 0 && part->file.noted)
        save_keep(&part->file);
    else
        save_drop(&part->file);
}
