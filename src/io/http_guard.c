/* SPDX-License-Identifier: MIT */
#include "io/http_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* The first `bits` of these bytes. */
struct block {
    unsigned char bytes[16];
    unsigned bits;
};

static const struct block blocks4[] = {
    {{0}, 8},
    {{10}, 8},
    {{100, 64}, 10}, /* shared by customers of a carrier */
    {{127}, 8},
    {{169, 254}, 16}, /* link-local; clouds tell their secrets there */
    {{172, 16}, 12},
    {{192, 0, 0}, 24},
    {{192, 0, 2}, 24}, /* examples */
    {{192, 168}, 16},
    {{198, 18}, 15}, /* benchmarks */
    {{198, 51, 100}, 24},
    {{203, 0, 113}, 24},
    {{224}, 4}, /* multicast */
    {{240}, 4},
};

static const struct block blocks6[] = {
    {{0x20, 0x01, 0, 0}, 32},       /* Teredo: the address in it is obscured */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* examples */
    {{0x01, 0}, 64},                /* discarded */
    {{0xfc}, 7},
    {{0xfe, 0x80}, 10},
    {{0xfe, 0xc0}, 10},
    {{0xff}, 8},
};

/* IPv6 addresses with an IPv4 address behind these bits. */
static const struct block carriers[] = {
    {{0}, 96}, /* ::1 and :: too */
    {{[10] = 0xff, [11] = 0xff}, 96},
    {{0, 0x64, 0xff, 0x9b}, 96},
    {{0x20, 0x02}, 16},
};

static bool is_in(const unsigned char *address, const struct block *block)
{
    size_t whole = block->bits / 8;
    unsigned mask = 0xff00u >> block->bits % 8;

    if (memcmp(address, block->bytes, whole) != 0)
        return false;
    return block->bits % 8 == 0 ||
           ((address[whole] ^ block->bytes[whole]) & mask & 0xff) == 0;
}

static bool is_in_any(const unsigned char *address, const struct block *blocks,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_in(address, &blocks[i]))
            return true;
    }
    return false;
}

static bool refuses4(const unsigned char *address)
{
    return is_in_any(address, blocks4, sizeof blocks4 / sizeof blocks4[0]);
}

static bool refuses6(const unsigned char *address)
{
    for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++) {
        if (is_in(address, &carriers[i]))
            return refuses4(address + carriers[i].bits / 8);
    }
    /* A prefix of a network of its own, for NAT64 within (RFC 8215). */
    if (is_in(address, &(struct block){{0, 0x64, 0xff, 0x9b, 0, 1}, 48}))
        return true;
    return is_in_any(address, blocks6, sizeof blocks6 / sizeof blocks6[0]);
}

static const void *bytes_of(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    if (address->sa_family == AF_INET6)
        return &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    return NULL;
}

bool http_guard_refuses(const struct sockaddr *address)
{
    const unsigned char *bytes = bytes_of(address);

    if (bytes == NULL)
        return true;
    return address->sa_family == AF_INET ? refuses4(bytes) : refuses6(bytes);
}

bool http_guard_refuses_text(const char *address)
{
    unsigned char bytes[16];

    if (inet_pton(AF_INET, address, bytes) == 1)
        return refuses4(bytes);
    if (inet_pton(AF_INET6, address, bytes) == 1)
        return refuses6(bytes);
    return true;
}

void http_guard_name(const struct sockaddr *address, char *text, unsigned size)
{
    const void *bytes = bytes_of(address);

    if (bytes == NULL ||
        inet_ntop(address->sa_family, bytes, text, size) == NULL)
        snprintf(text, size, "?");
}
