/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net.c - addresses and tuples as text, and the names of flows and protocols.
 *
 * Addresses are written once per event, so without the C library's formatting.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "net/net.h"

enum { GROUPS = 8 };

static const char hex[16] = { '0', '1', '2', '3', '4', '5', '6', '7',
			      '8', '9', 'a', 'b', 'c', 'd', 'e', 'f' };

static char *
put_dec8(char *p, uint8_t v)
{
	if (v >= 100) {
		*p++ = (char)('0' + v / 100);
		v %= 100;
		*p++ = (char)('0' + v / 10);
	} else if (v >= 10) {
		*p++ = (char)('0' + v / 10);
	}
	*p++ = (char)('0' + v % 10);
	return p;
}

static char *
put_v4(char *p, const uint8_t b[4])
{
	for (int i = 0; i < 4; i++) {
		p = put_dec8(p, b[i]);
		*p++ = '.';
	}
	return p - 1;
}

static char *
put_hex16(char *p, uint16_t v)
{
	if (v > 0xfff)
		*p++ = hex[v >> 12];
	if (v > 0xff)
		*p++ = hex[v >> 8 & 15];
	if (v > 0xf)
		*p++ = hex[v >> 4 & 15];
	*p++ = hex[v & 15];
	return p;
}

/* The first longest run of two or more zero groups (RFC 5952, 4.2); its length, 0: none. */
static int
longest_zeros(const uint16_t g[GROUPS], int *start)
{
	int best = 1;

	for (int i = 0; i < GROUPS; i++) {
		int n = 0;

		while (i + n < GROUPS && g[i + n] == 0)
			n++;
		if (n > best) {
			best = n;
			*start = i;
		}
		i += n;
	}
	return best > 1 ? best : 0;
}

static char *
put_v6(char *p, const uint8_t b[16])
{
	uint16_t g[GROUPS];
	int start = GROUPS, n;

	for (size_t i = 0; i < GROUPS; i++)
		g[i] = (uint16_t)(b[2 * i] << 8 | b[2 * i + 1]);
	n = longest_zeros(g, &start);
	for (int i = 0; i < GROUPS; i++) {
		if (i == start) {
			*p++ = ':';
			i += n - 1;
			if (i == GROUPS - 1)
				*p++ = ':';
			continue;
		}
		if (i)
			*p++ = ':';
		/* IPv4-compatible (RFC 4291, 2.5.5.1), as inet_ntop writes it. */
		if (i == 6 && start == 0 && n == 6)
			return put_v4(p, b + 12);
		p = put_hex16(p, g[i]);
	}
	return p;
}

size_t
net_addr_text(const struct net_addr *a, char buf[NET_ADDR_TEXT])
{
	char *end = net_addr_is_v4(a) ? put_v4(buf, a->b + 12) : put_v6(buf, a->b);

	*end = '\0';
	return (size_t)(end - buf);
}

void
net_mac_text(const uint8_t mac[6], char buf[NET_MAC_TEXT])
{
	for (size_t i = 0; i < 6; i++) {
		buf[3 * i] = hex[mac[i] >> 4];
		buf[3 * i + 1] = hex[mac[i] & 15];
		buf[3 * i + 2] = i < 5 ? ':' : '\0';
	}
}

struct net_tuple
net_tuple_swapped(const struct net_tuple *t)
{
	return (struct net_tuple){
		.src = t->dst,
		.dst = t->src,
		.src_port = t->dst_port,
		.dst_port = t->src_port,
		.ip_proto = t->ip_proto,
	};
}

uint64_t
net_flow_id(const struct net_tuple *t, uint64_t scope, uint64_t first_ns)
{
	/* Public: whoever knows the wire can compute the name. */
	static const uint64_t seed = UINT64_C(0x77656972);
	struct {
		struct net_tuple tuple;
		uint64_t scope, first_ns;
	} name = { *t, scope, first_ns };
	uint64_t id;

	_Static_assert(sizeof(name) == 56, "hashed as memory");
	id = XXH3_64bits_withSeed(&name, sizeof(name), seed) >> 11;
	return id ? id : 1;
}

const char *
net_proto_name(uint8_t ip_proto)
{
	static const char *const names[256] = {
		[0] = "hopopt",
		[NET_IP_ICMP] = "icmp",
		[NET_IP_IGMP] = "igmp",
		[3] = "ggp",
		[NET_IP_IPIP] = "ipip",
		[NET_IP_TCP] = "tcp",
		[8] = "egp",
		[9] = "igp",
		[NET_IP_UDP] = "udp",
		[33] = "dccp",
		[NET_IP_IPV6] = "ipv6",
		[NET_IP_ROUTING] = "ipv6-route",
		[NET_IP_FRAGMENT] = "ipv6-frag",
		[46] = "rsvp",
		[NET_IP_GRE] = "gre",
		[NET_IP_ESP] = "esp",
		[NET_IP_AH] = "ah",
		[NET_IP_ICMPV6] = "icmpv6",
		[NET_IP_NONE] = "ipv6-nonxt",
		[NET_IP_DSTOPTS] = "ipv6-opts",
		[88] = "eigrp",
		[89] = "ospf",
		[94] = "ipip-nos",
		[97] = "etherip",
		[103] = "pim",
		[108] = "ipcomp",
		[112] = "vrrp",
		[115] = "l2tp",
		[124] = "isis",
		[NET_IP_SCTP] = "sctp",
		[133] = "fc",
		[135] = "mobility",
		[136] = "udplite",
		[137] = "mpls-in-ip",
		[139] = "hip",
		[140] = "shim6",
		[142] = "rohc",
		[143] = "ethernet",
	};

	return names[ip_proto];
}
