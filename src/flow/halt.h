/* SPDX-License-Identifier: MIT */
/*
 * halt - when enough has failed, or succeeded, for the run to stop
 *
 * Written as GNU parallel does: `soon,fail=3`, `now,fail=10%`, `now,success=1`.
 * soon: nothing more is started, what runs may end. now: what runs is ended. A
 * share is one of the units that have ended, of which there have to be a few.
 */
#ifndef FLOW_HALT_H
#define FLOW_HALT_H

#include <stdbool.h>
#include <stdint.h>

struct err;

enum halt_when { HALT_NEVER, HALT_SOON, HALT_NOW };

struct halt {
    enum halt_when when;
    bool on_success; /* else on failure */
    uint64_t count;  /* so many; 0: `share` counts */
    double share;
};

/* 0, or -1 with `err` of kind ERR_USAGE. NULL is never. */
int halt_parse(const char *text, struct halt *halt, struct err *err);

/* Whether it is time, after so many units. */
bool halt_is_due(const struct halt *halt, uint64_t completed, uint64_t failed);

#endif
