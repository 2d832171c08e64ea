/* SPDX-License-Identifier: MIT */
#include "work/gate.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"

enum {
    TEXT_SIZE = 4096,
    /* The load average is a mean over a minute, and memory is freed when a
     * task ends, which asks again by itself. */
    ASK_AGAIN_MS = 250,
};

static bool read_text(const char *path, char text[TEXT_SIZE])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return false;
    n = fd_read(fd, text, TEXT_SIZE - 1);
    fd_close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    return true;
}

/* The first number of /proc/loadavg (proc(5)). */
static bool is_loaded(const struct gate *gate)
{
    const char *path = gate->load_file ? gate->load_file : "/proc/loadavg";
    char text[TEXT_SIZE];

    return read_text(path, text) && strtod(text, NULL) > gate->load;
}

/* "MemAvailable:   123456 kB" of /proc/meminfo. */
static bool lacks_memory(const struct gate *gate)
{
    static const char name[] = "MemAvailable:";
    const char *path = gate->memory_file ? gate->memory_file : "/proc/meminfo";
    char text[TEXT_SIZE];
    const char *line;

    if (!read_text(path, text))
        return false;
    line = strstr(text, name);
    return line != NULL && strtoull(line + sizeof name - 1, NULL, 10) * 1024 <
                               gate->memory_free;
}

int64_t gate_wait(const struct gate *gate, int64_t now_ms)
{
    if (now_ms < gate->next_ms)
        return gate->next_ms - now_ms;
    if (gate->load > 0 && is_loaded(gate))
        return ASK_AGAIN_MS;
    if (gate->memory_free > 0 && lacks_memory(gate))
        return ASK_AGAIN_MS;
    return 0;
}

void gate_passed(struct gate *gate, int64_t now_ms)
{
    gate->next_ms = now_ms + gate->delay_ms;
}
