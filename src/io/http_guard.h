/* SPDX-License-Identifier: MIT */
/*
 * http_guard - which addresses are not of the public Internet
 *
 * Loopback, private, link-local, shared, reserved and multicast ones, and IPv6
 * forms that carry such an IPv4 address (mapped, compatible, NAT64, 6to4; all
 * of Teredo). From the IANA registries of special-purpose addresses, RFC 6890.
 * Addresses are compared, never names or the texts of addresses, which have
 * very many forms. Pure functions.
 */
#ifndef IO_HTTP_GUARD_H
#define IO_HTTP_GUARD_H

#include <stdbool.h>

struct sockaddr;

/* What is neither IPv4 nor IPv6 is refused, too. */
bool http_guard_refuses(const struct sockaddr *address);

/* The same of an address as inet_ntop writes it. */
bool http_guard_refuses_text(const char *address);

/* Write the address as text; `size` of at least INET6_ADDRSTRLEN. */
void http_guard_name(const struct sockaddr *address, char *text, unsigned size);

#endif
