/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows.h - what the readers of headers share; private to this folder.
 *
 * A reader takes its header off the walk's cursor, writes what it said into the
 * result, and either names the next header or ends the walk.  It never calls
 * another reader.
 */
#ifndef DECODE_ROWS_H
#define DECODE_ROWS_H

#include "decode/decode.h"

/* Number spaces in which a header can name its successor. */
enum decode_space {
	DECODE_LINK,  /* LINKTYPE_* */
	DECODE_ETHER, /* EtherType; also what MPLS, raw IP and GENEVE name */
	DECODE_AF,    /* address family of BSD loopback */
	DECODE_PPP,   /* PPP protocol number */
	DECODE_GRE,   /* protocol type of GRE where it is not simply an EtherType */
	DECODE_IP,    /* IP protocol */
	DECODE_UDP,   /* destination port */
	DECODE_SPACES
};

enum {
	DECODE_REST = 0x10000,             /* id of the row for whatever has none in its space */
	DECODE_CONTINUE = DECODE_STATUSES, /* a reader's result: go on with walk.next */
};

enum { DECODE_TYPE_IPV4 = 0x0800, DECODE_TYPE_IPV6 = 0x86dd, DECODE_TYPE_PPP = 0x880b };

#define DECODE_KEY(space, id) ((uint32_t)(space) << 17 | (uint32_t)(id))

/* One packet on its way through the table. */
struct decode_walk {
	struct cursor c; /* ends where the innermost datagram does, or the captured bytes */
	const uint8_t *data;
	struct decoded *d;
	struct decoder *dec;
	uint32_t next;     /* DECODE_KEY */
	uint32_t sent_end; /* offset at which the innermost datagram ended when it was sent */
	uint32_t fragment_id;
	uint8_t vlans;     /* of the present frame */
	bool outermost;    /* no tunnel and no pseudowire around the present header */
	bool inside;       /* in a tunnel: decoder.outer is what to report if this fails */
	bool gre_sequence; /* the GRE header just read had a sequence number */
};

/* Reads one header.  DECODE_CONTINUE: walk.next names the next one.  DECODE_OK: done, what is left
 * of the cursor is payload.  Else the status of the packet, unless it is inside a tunnel. */
typedef int decode_fn(struct decode_walk *w);

struct decode_row {
	uint8_t space; /* enum decode_space */
	bool ports;    /* later fragments of it want ports from the cache */
	uint32_t id;
	const char *name;
	decode_fn *read;
};

extern const struct decode_row decode_table[];
extern const size_t decode_table_len;

decode_fn decode_ethernet, decode_sll, decode_sll2, decode_null, decode_raw;
decode_fn decode_vlan, decode_mpls, decode_pppoe, decode_ppp, decode_llc;
decode_fn decode_as_arp, decode_as_lldp, decode_as_pppoe, decode_as_other, decode_no_link;
decode_fn decode_ipv4, decode_ipv6, decode_ipv6_options, decode_ipv6_fragment, decode_ah;
decode_fn decode_tcp, decode_udp, decode_sctp, decode_icmp, decode_icmpv6, decode_igmp;
decode_fn decode_ip_payload;
decode_fn decode_ip_in_ip, decode_ipv6_in_ip, decode_gre, decode_gre_ether_type;
decode_fn decode_erspan, decode_erspan3, decode_vxlan, decode_vxlan_gpe, decode_geneve;
decode_fn decode_gtpu;

/* Perfect hash over the table: slots are found by one multiplication. */
enum { DECODE_SLOT_BITS = 10, DECODE_SLOTS = 1 << DECODE_SLOT_BITS };

struct decode_slot {
	uint32_t key;
	bool ports;
	decode_fn *read;
};

struct decode_fragment;

struct decoder {
	struct decode_slot slots[DECODE_SLOTS];
	decode_fn *rest[DECODE_SPACES];
	uint32_t multiplier;
	uint32_t n_fragments; /* a power of two */
	struct decode_fragment *fragments;
	uint64_t seed;
	struct decode_options options;
	struct decoded outer; /* the result around the tunnel the walk is in */
};

static inline uint16_t
decode_be16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap16(v);
}

static inline uint32_t
decode_be32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap32(v);
}

static inline const struct decode_slot *
decode_find(const struct decoder *dec, uint32_t key)
{
	return &dec->slots[key * dec->multiplier >> (32 - DECODE_SLOT_BITS)];
}

static inline bool
decode_has_row(const struct decoder *dec, uint32_t key)
{
	return decode_find(dec, key)->key == key;
}

static inline uint32_t
decode_offset(const struct decode_walk *w)
{
	return (uint32_t)(w->c.at - w->data);
}

/* Bytes from here to the end of the innermost datagram, as it was sent. */
static inline uint32_t
decode_sent_left(const struct decode_walk *w)
{
	return w->sent_end - decode_offset(w);
}

/* The innermost datagram ends n bytes from here, if not before. */
static inline void
decode_limit(struct decode_walk *w, uint32_t n)
{
	if (n < decode_sent_left(w))
		w->sent_end = decode_offset(w) + n;
	cursor_limit(&w->c, n);
}

static inline int
decode_next(struct decode_walk *w, enum decode_space space, uint32_t id)
{
	w->next = DECODE_KEY(space, id);
	return DECODE_CONTINUE;
}

/* Goes on with IPv4 or IPv6, as the next four bits say. */
int decode_next_ip(struct decode_walk *w);

/* Goes on with an EtherType, or an 802.3 length. */
int decode_next_ether(struct decode_walk *w, uint16_t type);

/* A fragment was met: finds the ports of a later one and ends the walk, or goes on with the first
 * one's header.  offset in bytes. */
int decode_fragment(struct decode_walk *w, uint32_t id, uint32_t offset, uint8_t ip_proto);

/* The first fragment's ports, for the later ones. */
void decode_fragment_put(struct decoder *dec, const struct decoded *d, uint32_t id);

/* Bytes of a cache of so many entries; rounds n_fragments as decode_new does. */
size_t decode_fragment_memory(uint64_t entries, uint32_t *n_fragments);

/* The result around a tunnel, and every result: what is left of c is payload. */
static inline void
decode_finish(struct decoded *d, const struct cursor *c, uint32_t sent_left)
{
	d->payload = (struct cursor){ .at = c->at, .end = c->end };
	d->payload_len = sent_left;
	if (sent_left > cursor_left(c))
		d->flags |= DECODE_PAYLOAD_CUT;
}

/* Checks the checksums of a finished result and sets its flags. */
void decode_verify(const struct packet *p, struct decoded *d);

#endif
