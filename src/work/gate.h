/* SPDX-License-Identifier: MIT */
/*
 * gate - whether a task may be started now
 *
 * Not before so long after the last one, not while the machine has more to do
 * than it should, not while it has less memory than it should. Figures that
 * the system does not tell hold nobody. Any thread, one owner.
 */
#ifndef WORK_GATE_H
#define WORK_GATE_H

#include <stdint.h>

struct gate {
    int64_t delay_ms;        /* least time between starts */
    double load;             /* load average that closes it; 0: none does */
    uint64_t memory_free;    /* bytes available below which it is closed */
    const char *load_file;   /* NULL: /proc/loadavg */
    const char *memory_file; /* NULL: /proc/meminfo */
    int64_t next_ms;         /* not before, for the delay */
};

/* 0: a task may be started. Else ms until it is worth asking again. */
int64_t gate_wait(const struct gate *gate, int64_t now_ms);

/* One was started. */
void gate_passed(struct gate *gate, int64_t now_ms);

#endif
