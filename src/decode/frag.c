/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frag.c - ports for fragments that do not carry them.
 *
 * Nothing is reassembled.  The first fragment of a datagram leaves its ports in a
 * cache of fixed size; later ones read them, and one that comes before the first,
 * or too late, is flagged as unmatched.  A later fragment never changes what was
 * remembered, so overlapping ones have no effect.  A new first fragment replaces
 * an old one, because identifiers come around.
 *
 * The cache is made of buckets of eight under a keyed hash, with full keys
 * compared.  One source gets at most two places of a bucket, hence at most a
 * quarter of the cache.  Time is that of the packets, which may run backwards:
 * an entry is alive while it is less than the timeout away in either direction.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "decode/rows.h"

enum { BUCKET = 8, PER_SOURCE = 2, MIN_ENTRIES = 64 };

struct fragment_key {
	struct net_addr src, dst;
	uint32_t id;
	uint32_t tunnel_id;
	uint16_t vlan_id;
	uint8_t ip_proto; /* IPv6 does not compare it: NET_IP_FRAGMENT */
	uint8_t tunnel;
};

struct decode_fragment {
	struct fragment_key key;
	uint16_t src_port, dst_port;
	uint32_t flags; /* DECODE_HAS_PORTS or not; DECODE_FRAGMENT: in use */
	uint64_t ts_ns;
	uint8_t ip_proto;
	uint8_t zero[3];
};
_Static_assert(sizeof(struct fragment_key) == 44, "hashed and compared as memory");
_Static_assert(sizeof(struct decode_fragment) % 8 == 0, "an array of them is aligned");

size_t
decode_fragment_memory(uint64_t entries, uint32_t *n_fragments)
{
	uint32_t n = MIN_ENTRIES;

	while (n < entries && n < 1u << 24)
		n *= 2;
	*n_fragments = n;
	return n * sizeof(struct decode_fragment);
}

static struct decode_fragment *
bucket_of(struct decoder *dec, const struct fragment_key *key)
{
	uint64_t hash = XXH3_64bits_withSeed(key, sizeof(*key), dec->seed);

	return &dec->fragments[hash & (dec->n_fragments - BUCKET)];
}

static struct fragment_key
key_of(const struct decoded *d, uint32_t id)
{
	return (struct fragment_key){
		.src = d->tuple.src,
		.dst = d->tuple.dst,
		.id = id,
		.tunnel_id = d->tunnel_id,
		.vlan_id = d->vlan_id,
		.ip_proto = d->flags & DECODE_IPV6 ? NET_IP_FRAGMENT : d->tuple.ip_proto,
		.tunnel = d->tunnel,
	};
}

static uint64_t
age(const struct decode_fragment *f, uint64_t now_ns)
{
	return now_ns > f->ts_ns ? now_ns - f->ts_ns : f->ts_ns - now_ns;
}

static bool
is_alive(const struct decoder *dec, const struct decode_fragment *f, uint64_t now_ns)
{
	return f->flags && age(f, now_ns) < dec->options.fragment_timeout_ns;
}

static void
recall(struct decode_walk *w, uint32_t id)
{
	struct decoded *d = w->d;
	struct fragment_key key = key_of(d, id);
	const struct decode_fragment *f = bucket_of(w->dec, &key);

	for (int i = 0; i < BUCKET; i++, f++) {
		if (!is_alive(w->dec, f, d->ts_ns) || memcmp(&f->key, &key, sizeof(key)) != 0)
			continue;
		d->tuple.src_port = f->src_port;
		d->tuple.dst_port = f->dst_port;
		d->tuple.ip_proto = f->ip_proto;
		d->flags |= f->flags & DECODE_HAS_PORTS;
		return;
	}
	if (decode_find(w->dec, DECODE_KEY(DECODE_IP, d->tuple.ip_proto))->key ==
		    DECODE_KEY(DECODE_IP, d->tuple.ip_proto) &&
	    decode_find(w->dec, DECODE_KEY(DECODE_IP, d->tuple.ip_proto))->ports)
		d->flags |= DECODE_UNMATCHED_FRAGMENT;
}

BASE_COLD int
decode_fragment(struct decode_walk *w, uint32_t id, uint32_t offset, uint8_t ip_proto)
{
	w->d->flags |= DECODE_FRAGMENT;
	w->fragment_id = id;
	if (offset == 0)
		return decode_next(w, DECODE_IP, ip_proto);
	w->d->flags |= DECODE_LATER_FRAGMENT;
	recall(w, id);
	return DECODE_OK;
}

/* The entry to overwrite: the datagram's own, else the oldest of a source that has its share, else
 * a dead one, else the oldest. */
static struct decode_fragment *
victim(const struct decoder *dec, struct decode_fragment *f, const struct fragment_key *key,
       uint64_t now_ns)
{
	struct decode_fragment *oldest = f, *own = NULL, *dead = NULL;
	int n_own = 0;

	for (int i = 0; i < BUCKET; i++, f++) {
		if (!is_alive(dec, f, now_ns)) {
			dead = f;
			continue;
		}
		if (memcmp(&f->key, key, sizeof(*key)) == 0)
			return f;
		if (age(f, now_ns) > age(oldest, now_ns))
			oldest = f;
		if (!net_addr_equal(&f->key.src, &key->src))
			continue;
		n_own++;
		if (!own || age(f, now_ns) > age(own, now_ns))
			own = f;
	}
	if (n_own >= PER_SOURCE)
		return own;
	return dead ? dead : oldest;
}

BASE_COLD void
decode_fragment_put(struct decoder *dec, const struct decoded *d, uint32_t id)
{
	struct fragment_key key = key_of(d, id);

	*victim(dec, bucket_of(dec, &key), &key, d->ts_ns) = (struct decode_fragment){
		.key = key,
		.src_port = d->tuple.src_port,
		.dst_port = d->tuple.dst_port,
		.flags = DECODE_FRAGMENT | (d->flags & DECODE_HAS_PORTS),
		.ts_ns = d->ts_ns,
		.ip_proto = d->tuple.ip_proto,
	};
}
