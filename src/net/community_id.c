/* SPDX-License-Identifier: Apache-2.0 */
/*
 * community_id.c - hashing a tuple the way all tools agree on.
 *
 * SHA-1 here names things, it protects nothing.  libcrypto's own functions for
 * it are deprecated in favour of EVP, which costs several times as much for one
 * block of 64 bytes (allocation and look-up of an algorithm; tests/bench/
 * bench_json shows both), so they are used all the same.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "net/community_id.h"

#include <openssl/sha.h>

/* Types with a counter-type, as the specification lists them. */
static const uint8_t answered_v4[256] = {
	[0] = 1,  [8] = 1,  [9] = 1,  [10] = 1, [13] = 1,
	[14] = 1, [15] = 1, [16] = 1, [17] = 1, [18] = 1,
};
static const uint8_t answered_v6[256] = {
	[128] = 1, [129] = 1, [130] = 1, [131] = 1, [133] = 1, [134] = 1,
	[135] = 1, [136] = 1, [139] = 1, [140] = 1, [144] = 1, [145] = 1,
};

static bool
is_one_way(const struct net_tuple *t)
{
	if (t->ip_proto == NET_IP_ICMP)
		return t->src_port > 255 || !answered_v4[t->src_port];
	if (t->ip_proto == NET_IP_ICMPV6)
		return t->src_port > 255 || !answered_v6[t->src_port];
	return false;
}

static bool
has_ports(uint8_t ip_proto)
{
	return ip_proto == NET_IP_TCP || ip_proto == NET_IP_UDP || ip_proto == NET_IP_SCTP ||
	       ip_proto == NET_IP_ICMP || ip_proto == NET_IP_ICMPV6;
}

/* Whether source and destination change places: the lower address, then port, comes first.  IPv4
 * addresses compare the same in their mapped form. */
static bool
is_reversed(const struct net_tuple *t)
{
	int order = memcmp(t->src.b, t->dst.b, sizeof(t->src.b));

	if (is_one_way(t))
		return false;
	return order > 0 || (order == 0 && t->src_port > t->dst_port);
}

static uint8_t *
put_addr(uint8_t *p, const struct net_addr *a, bool v4)
{
	size_t len = v4 ? 4 : 16;

	memcpy(p, a->b + 16 - len, len);
	return p + len;
}

static uint8_t *
put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static void
put_base64(char *out, const uint8_t digest[SHA_DIGEST_LENGTH])
{
	static const char letter[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t in[21] = { 0 };

	memcpy(in, digest, SHA_DIGEST_LENGTH);
	for (int i = 0; i < 21; i += 3, out += 4) {
		uint32_t v = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];

		out[0] = letter[v >> 18];
		out[1] = letter[v >> 12 & 63];
		out[2] = letter[v >> 6 & 63];
		out[3] = letter[v & 63];
	}
	out[-1] = '=';
}

void
net_community_id(const struct net_tuple *t, uint16_t seed, char out[NET_COMMUNITY_ID])
{
	bool reversed = is_reversed(t), v4 = net_addr_is_v4(&t->src) && net_addr_is_v4(&t->dst);
	uint8_t in[40], digest[SHA_DIGEST_LENGTH], *p = put_be16(in, seed);
	SHA_CTX sha;

	p = put_addr(p, reversed ? &t->dst : &t->src, v4);
	p = put_addr(p, reversed ? &t->src : &t->dst, v4);
	*p++ = t->ip_proto;
	*p++ = 0;
	if (has_ports(t->ip_proto)) {
		p = put_be16(p, reversed ? t->dst_port : t->src_port);
		p = put_be16(p, reversed ? t->src_port : t->dst_port);
	}
	SHA1_Init(&sha);
	SHA1_Update(&sha, in, (size_t)(p - in));
	SHA1_Final(digest, &sha);
	out[0] = '1';
	out[1] = ':';
	put_base64(out + 2, digest);
}
