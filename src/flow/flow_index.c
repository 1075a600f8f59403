/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_index.c - from a packet to its flow's record.
 *
 * A key has two buckets, from the two halves of its hash, and goes into the one
 * with more room.  So sixteen places at most are looked at, whoever chose the
 * keys.  Buckets are sized by the number of flows, not by a power of two: 4.5 in
 * each at most.  Then both being full is a matter of malice (5 of 40 million
 * random insertions into a table kept full), and a flow costs 11 bytes here.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "flow/match.h"

/* Bit positions in the scope. */
enum { SCOPE_VLAN = 1 << 12, SCOPE_INNER = 13, SCOPE_KIND = 26, SCOPE_ID = 32 };

BASE_COLD uint64_t
flow_scope(const struct flow_table *t, const struct decoded *d)
{
	uint64_t scope = 0;

	if (t->key_vlan && d->n_vlans > 0)
		scope = SCOPE_VLAN | (d->vlan_id & 0xfffU);
	if (t->key_vlan && d->n_vlans > 1)
		scope |= (uint64_t)(SCOPE_VLAN | (d->vlan_inner & 0xfffU)) << SCOPE_INNER;
	if (t->key_tunnel)
		scope |= (uint64_t)(d->tunnel & 63U) << SCOPE_KIND | (uint64_t)d->tunnel_id
									     << SCOPE_ID;
	return scope;
}

static const bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

/* Keys are read and written in words of eight bytes throughout: a wider load does not see through
 * two stores that are still on their way. */
static inline uint64_t
load(const void *p, size_t word)
{
	uint64_t v;

	memcpy(&v, (const char *)p + word * sizeof(v), sizeof(v));
	return v;
}

static inline void
store(void *p, size_t word, uint64_t v)
{
	memcpy((char *)p + word * sizeof(v), &v, sizeof(v));
}

static inline unsigned __int128
number(uint64_t high, uint64_t low)
{
	return little ? (unsigned __int128)__builtin_bswap64(high) << 64 | __builtin_bswap64(low)
		      : (unsigned __int128)high << 64 | low;
}

/* The last eight bytes of a tuple. */
static inline uint64_t
tail_of(uint16_t src_port, uint16_t dst_port, uint8_t ip_proto)
{
	return (uint64_t)src_port << (little ? 0 : 48) | (uint64_t)dst_port << (little ? 16 : 32) |
	       (uint64_t)ip_proto << (little ? 32 : 24);
}

static inline bool
key_of(const struct net_tuple *tuple, uint64_t scope, struct flow_key *out)
{
	uint64_t s0 = load(&tuple->src, 0), s1 = load(&tuple->src, 1);
	uint64_t d0 = load(&tuple->dst, 0), d1 = load(&tuple->dst, 1);
	uint16_t s_port = tuple->src_port, d_port = tuple->dst_port;
	unsigned __int128 s = number(s0, s1), d = number(d0, d1);
	/* Without branches: which end is smaller is a coin toss. */
	bool swapped = (s > d) | ((s == d) & (s_port > d_port));
	uint64_t mask = 0 - (uint64_t)swapped;
	uint64_t differ0 = (s0 ^ d0) & mask, differ1 = (s1 ^ d1) & mask;
	uint16_t differ = (uint16_t)((s_port ^ d_port) & mask);

	store(out, 0, s0 ^ differ0);
	store(out, 1, s1 ^ differ1);
	store(out, 2, d0 ^ differ0);
	store(out, 3, d1 ^ differ1);
	store(out, 4, tail_of(s_port ^ differ, d_port ^ differ, tuple->ip_proto));
	store(out, 5, scope);
	return swapped;
}

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
void
flow_index_seed(struct flow_table *t, uint64_t seed)
{
	for (size_t i = 0; i < ARRAY_LEN(t->secret); i++) {
		uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		t->secret[i] = z ^ z >> 31;
	}
}

static inline unsigned __int128
product(const struct flow_table *t, const struct flow_key *key, size_t word)
{
	return (unsigned __int128)(load(key, word) + t->secret[word]) *
	       (load(key, word + 1) + t->secret[word + 1]);
}

/* NH (RFC 4418, 5.2.2) in words of 64 bits: whoever does not know the secret meets two keys with
 * equal sums with a probability of 2^-64 at most.  What follows only spreads the sum. */
static inline uint64_t
hash_of(const struct flow_table *t, const struct flow_key *key)
{
	unsigned __int128 sum = product(t, key, 0) + product(t, key, 2) + product(t, key, 4);
	uint64_t h = (uint64_t)sum ^ (uint64_t)(sum >> 64);

	h = (h ^ h >> 32) * UINT64_C(0x9fb21c651e98df25);
	return h ^ h >> 32;
}

void
flow_probe_tuple(const struct flow_table *t, const struct net_tuple *tuple, uint64_t scope,
		 struct flow_probe *out)
{
	out->swapped = key_of(tuple, scope, &out->key);
	out->hash = hash_of(t, &out->key);
	out->guess = FLOW_NONE;
}

void
flow_probe(const struct flow_table *t, const struct decoded *d, struct flow_probe *out)
{
	bool scoped = t->key_vlan | t->key_tunnel;

	flow_probe_tuple(t, &d->tuple, BASE_UNLIKELY(scoped) ? flow_scope(t, d) : 0, out);
}

/* 32 bits of a hash to [0, n). */
static inline uint32_t
scale(uint32_t hash, uint32_t n)
{
	return (uint32_t)((uint64_t)hash * n >> 32);
}

uint32_t
flow_shard(const struct flow_probe *q, uint32_t n)
{
	return scale((uint32_t)(XXH3_64bits(&q->key.tuple, sizeof(q->key.tuple)) >> 32), n);
}

uint32_t
flow_shard_tuple(const struct net_tuple *tuple, uint32_t n)
{
	struct flow_probe q;

	q.swapped = key_of(tuple, 0, &q.key);
	return flow_shard(&q, n);
}

static inline uint16_t
tag_of(uint64_t hash)
{
	uint16_t tag = (uint16_t)(hash ^ hash >> 32);

	return tag ? tag : 1;
}

static inline struct flow_bucket *
first_bucket(const struct flow_table *t, uint64_t hash)
{
	return &t->buckets[scale((uint32_t)(hash >> 32), t->n_buckets)];
}

static inline struct flow_bucket *
second_bucket(const struct flow_table *t, uint64_t hash)
{
	return &t->buckets[scale((uint32_t)hash, t->n_buckets)];
}

static inline bool
is_key_equal(const struct flow_key *a, const struct flow_key *b)
{
	return ((load(a, 0) ^ load(b, 0)) | (load(a, 1) ^ load(b, 1)) | (load(a, 2) ^ load(b, 2)) |
		(load(a, 3) ^ load(b, 3)) | (load(a, 4) ^ load(b, 4)) |
		(load(a, 5) ^ load(b, 5))) == 0;
}

/* The places of both buckets as one: which of the two a key lies in is a coin toss as well. */
struct places {
	const struct flow_bucket *first, *second;
	uint32_t mask; /* those with the tag */
};

static inline struct places
places_of(const struct flow_table *t, uint64_t hash)
{
	struct places p = { first_bucket(t, hash), second_bucket(t, hash), 0 };

	p.mask = flow_match_both(p.first, p.second, tag_of(hash));
	return p;
}

static inline uint32_t
record_at(const struct places *p, int place)
{
	const struct flow_bucket *b = place < FLOW_WAYS ? p->first : p->second;

	return b->record[place % FLOW_WAYS];
}

uint32_t
flow_index_find(const struct flow_table *t, const struct flow_probe *q)
{
	struct places p;
	uint32_t n = q->guess;

	/* One that ended meanwhile has no key that could be asked for. */
	if (BASE_LIKELY(n != FLOW_NONE && is_key_equal(&t->flows[n].key, &q->key)))
		return n;
	p = places_of(t, q->hash);
	for (; p.mask; p.mask &= p.mask - 1) {
		n = record_at(&p, __builtin_ctz(p.mask));
		if (BASE_LIKELY(is_key_equal(&t->flows[n].key, &q->key)))
			return n;
	}
	return FLOW_NONE;
}

static inline void
fetch_bucket(const struct flow_bucket *b)
{
	__builtin_prefetch(b);
	/* A bucket may lie across two cache lines. */
	__builtin_prefetch((const char *)(b + 1) - 1);
}

void
flow_prefetch_bucket(const struct flow_table *t, const struct flow_probe *q)
{
	fetch_bucket(first_bucket(t, q->hash));
	fetch_bucket(second_bucket(t, q->hash));
}

void
flow_prefetch_record(const struct flow_table *t, struct flow_probe *q)
{
	struct places p = places_of(t, q->hash);
	const char *f;

	if (!p.mask)
		return;
	q->guess = record_at(&p, __builtin_ctz(p.mask));
	f = (const char *)&t->flows[q->guess];
	__builtin_prefetch(f, 1);
	__builtin_prefetch(f + CACHE_LINE, 1);
}

bool
flow_index_has_room(const struct flow_table *t, uint64_t hash)
{
	return flow_match_both(first_bucket(t, hash), second_bucket(t, hash), 0) != 0;
}

void
flow_index_insert(struct flow_table *t, uint64_t hash, uint32_t n)
{
	struct flow_bucket *b = first_bucket(t, hash), *second = second_bucket(t, hash);
	uint32_t m = flow_match(b, 0), room = flow_match(second, 0);
	int way;

	if (__builtin_popcount(room) > __builtin_popcount(m)) {
		b = second;
		m = room;
	}
	way = __builtin_ctz(m);
	b->tag[way] = tag_of(hash);
	b->record[way] = n;
}

static bool
remove_from(struct flow_bucket *b, uint16_t tag, uint32_t n)
{
	for (uint32_t m = flow_match(b, tag); m; m &= m - 1) {
		int way = __builtin_ctz(m);

		if (b->record[way] == n) {
			b->tag[way] = 0;
			return true;
		}
	}
	return false;
}

void
flow_index_remove(struct flow_table *t, uint32_t n)
{
	struct flow_key *key = &t->flows[n].key;
	uint64_t hash = hash_of(t, key);

	if (!remove_from(first_bucket(t, hash), tag_of(hash), n))
		(void)remove_from(second_bucket(t, hash), tag_of(hash), n);
	/* No packet has it: nobody is taken for one that ended. */
	key->scope = FLOW_NO_SCOPE;
}

void
flow_index_fetch(const struct flow_table *t, uint32_t n)
{
	uint64_t hash = hash_of(t, &t->flows[n].key);

	fetch_bucket(first_bucket(t, hash));
	fetch_bucket(second_bucket(t, hash));
	__builtin_prefetch((const char *)&t->flows[n] + 2 * (size_t)CACHE_LINE, 1);
	__builtin_prefetch(&t->more[n]);
}

/* The search for somebody to evict. */
struct search {
	uint8_t wanted; /* FLOW_PROTECTED or 0: the pool that goes first */
	bool others;    /* the other pool may go too */
	bool wanted_found;
	uint32_t best;
	uint64_t oldest_ns;
};

static void
search_bucket(const struct flow_table *t, const struct flow_bucket *b, struct search *s)
{
	for (int way = 0; way < FLOW_WAYS; way++) {
		const struct flow *f;
		bool wanted;

		if (!b->tag[way])
			continue;
		f = &t->flows[b->record[way]];
		wanted = (f->bits & FLOW_PROTECTED) == s->wanted;
		if (!wanted && (!s->others || s->wanted_found))
			continue;
		if (s->best != FLOW_NONE && wanted == s->wanted_found && f->last_ns >= s->oldest_ns)
			continue;
		s->wanted_found = wanted;
		s->best = b->record[way];
		s->oldest_ns = f->last_ns;
	}
}

uint32_t
flow_index_victim(const struct flow_table *t, uint64_t hash, bool inside)
{
	uint32_t eighth = t->max / 8 ? t->max / 8 : 1;
	bool many = t->live - t->protected >= eighth;
	struct search s = { .wanted = inside || many ? 0 : FLOW_PROTECTED,
			    .others = inside || !many,
			    .best = FLOW_NONE };

	search_bucket(t, first_bucket(t, hash), &s);
	search_bucket(t, second_bucket(t, hash), &s);
	for (int i = 0; !inside && s.best == FLOW_NONE && i < FLOW_MORE_BUCKETS; i++) {
		hash = hash * UINT64_C(0x9e3779b97f4a7c15) + 1;
		search_bucket(t, first_bucket(t, hash), &s);
	}
	return s.best;
}
