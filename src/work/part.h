/* SPDX-License-Identifier: MIT */
/*
 * part - the file that a body goes into, and what is in it already
 *
 * Where an attempt may be gone on with, its part stays when it breaks off, with
 * a note (note.h), and the next attempt, of this run or another, asks for the
 * rest alone: Range and If-Range with a strong validator (RFC 9110 sections
 * 13.1.5 and 14). The file is begun again, never put together of two versions,
 * unless the answer is exactly the rest of what the note tells of.
 *
 * Where all bytes are there but the name, the last one is asked for again, so
 * that the server says whether they are still right. Loop's thread.
 */
#ifndef WORK_PART_H
#define WORK_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "work/note.h"
#include "work/save.h"

struct buf;
struct err;
struct http_request;

#define PART_UNKNOWN NOTE_UNKNOWN

/* The caller's storage; zeroed but for `save`, or after part_leave, none. */
struct part {
    struct save *save; /* borrowed */
    struct save_file file;
    struct note note;
    bool lasting;   /* it may be gone on with later */
    bool ranged;    /* only the rest is asked for */
    uint64_t begun; /* bytes from its start that were there before */
    uint64_t at;    /* and that are there now */
};

/*
 * A new attempt. With `lasting`, look for what is left of an earlier one: then
 * part->ranged. 0, or -1 and `err`: another run has it. `scratch` is cleared.
 */
int part_start(struct part *part, bool lasting, struct slice path,
               struct slice url, struct buf *scratch, struct err *err);

/* Remove what is there: the whole is asked for. */
void part_forget(struct part *part);

/* Append the header lines that ask for the rest, each with a NUL; how many. */
size_t part_add_headers(const struct part *part, struct buf *lines);

enum part_answer {
    PART_WHOLE, /* it begins at the first byte */
    PART_REST,  /* it goes on */
    PART_WRONG, /* it has bytes that nobody asked for */
};

/* What an answer with a body has, by its status and headers. */
enum part_answer part_judge(struct part *part,
                            const struct http_request *request);

/* Whether a 416 says that nothing is missing. */
bool part_was_whole(const struct part *part,
                    const struct http_request *request);

/*
 * Begin as part_judge said. `total` is the length that is announced, or
 * PART_UNKNOWN. 0, or -1 and `err` of kind ERR_CREATE or ERR_OUTPUT.
 */
int part_begin_whole(struct part *part, struct slice path, uint64_t total,
                     const struct http_request *request, struct err *err);
int part_begin_rest(struct part *part, struct err *err);

/*
 * Begin it in memory, without a file: all of it is about to come. False where
 * there is a file already. Then append to `kept`, but not more than that.
 */
bool part_begin_kept(struct part *part, uint64_t total);
void part_keep(struct part *part, struct slice bytes, struct buf *kept);

/* Append. -1 and `err` of kind ERR_OUTPUT. */
int part_write(struct part *part, struct slice bytes, struct err *err);

/* Write its note as it is now, if it is lasting. -1 as part_write. */
int part_write_note(struct part *part, struct err *err);

/* Whether as much is there as there is. */
bool part_is_whole(const struct part *part);

/* The attempt is over: a part that is worth it stays with `keep`, any other is
 * removed. After save_commit it does nothing. */
void part_leave(struct part *part, bool keep);

#endif
