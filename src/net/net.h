/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net.h - addresses, 5-tuples and direction.
 *
 * There is one address type.  IPv4 is kept as IPv4-mapped IPv6 (RFC 4291,
 * 2.5.5.2), so nothing after this file asks for the family except to print.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <string.h>

#include "base/base.h"

struct net_addr {
	uint8_t b[16];
};

/* All bytes are significant and initialised, so a tuple may be hashed and
 * compared as plain memory. */
struct net_tuple {
	struct net_addr src, dst;
	uint16_t src_port, dst_port; /* host order; ICMP: type and code */
	uint8_t ip_proto;            /* IANA protocol number */
	uint8_t zero[3];
};
_Static_assert(sizeof(struct net_tuple) == 40, "no hidden padding");

/* Forward is the direction of the initiator (RFC 5103). */
enum net_dir { NET_FWD, NET_REV, NET_DIRS };

/* IANA protocol numbers the code names. */
enum {
	NET_IP_HOPOPT = 0,
	NET_IP_ICMP = 1,
	NET_IP_IGMP = 2,
	NET_IP_IPIP = 4,
	NET_IP_TCP = 6,
	NET_IP_UDP = 17,
	NET_IP_IPV6 = 41,
	NET_IP_ROUTING = 43,
	NET_IP_FRAGMENT = 44,
	NET_IP_GRE = 47,
	NET_IP_ESP = 50,
	NET_IP_AH = 51,
	NET_IP_ICMPV6 = 58,
	NET_IP_NONE = 59,
	NET_IP_DSTOPTS = 60,
	NET_IP_SCTP = 132,
};

/* TCP header flags (RFC 9293, 3.1; AE: RFC 9768). */
enum {
	NET_TCP_FIN = 0x01,
	NET_TCP_SYN = 0x02,
	NET_TCP_RST = 0x04,
	NET_TCP_PSH = 0x08,
	NET_TCP_ACK = 0x10,
	NET_TCP_URG = 0x20,
	NET_TCP_ECE = 0x40,
	NET_TCP_CWR = 0x80,
};

#define NET_ADDR_TEXT 46
#define NET_MAC_TEXT  18

static inline struct net_addr
net_addr_v4(const uint8_t b[4])
{
	struct net_addr a = { .b = { [10] = 0xff, [11] = 0xff } };

	memcpy(a.b + 12, b, 4);
	return a;
}

static inline bool
net_addr_is_v4(const struct net_addr *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(a->b, prefix, sizeof(prefix)) == 0;
}

static inline bool
net_addr_equal(const struct net_addr *a, const struct net_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static inline bool
net_tuple_equal(const struct net_tuple *a, const struct net_tuple *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Dotted quad or RFC 5952; returns the length, without a terminator's count.
 * buf is terminated. */
size_t net_addr_text(const struct net_addr *a, char buf[NET_ADDR_TEXT]);

/* Lower case, colons; always 17 letters. */
void net_mac_text(const uint8_t mac[6], char buf[NET_MAC_TEXT]);

struct net_tuple net_tuple_swapped(const struct net_tuple *t);

/* Names a flow: made from what was on the wire alone (tuple as the initiator
 * sent it, scope, time of the first packet), so every run and every number of
 * packet threads gives the same name.  53 bits, exact in a double; never 0. */
uint64_t net_flow_id(const struct net_tuple *t, uint64_t scope, uint64_t first_ns);

/* Name of an IANA protocol number in lower case ("tcp"); NULL when it has none here. */
const char *net_proto_name(uint8_t ip_proto);

#endif
