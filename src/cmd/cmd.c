/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include "base/err.h"

int cmd_exit_status(const struct err *err)
{
    switch (err->kind) {
    case ERR_NONE: return 0;
    case ERR_UNITS: return 1;
    case ERR_USAGE: return 2;
    case ERR_LIST: return 65;
    case ERR_INPUT: return 66;
    case ERR_BUG: return 70;
    case ERR_CREATE: return 73;
    case ERR_OUTPUT: return 74;
    case ERR_HELD: return 75;
    case ERR_STATE: return 78;
    case ERR_DEADLINE: return 124;
    case ERR_SIGNAL: return 128 + err->sys;
    case ERR_STATUS: return err->sys;
    }
    return 70;
}
