/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.h - from bytes to headers: link layer to transport.
 *
 * Decoding is a walk along decode_table: each header is read by one row, which
 * names the next header.  No row calls another, so nesting depth is bounded by
 * one loop and a tunnel inside a tunnel costs no stack.  A tunnel starts the
 * outer headers anew: what is reported is the innermost IP packet that could be
 * read, with the tunnel that carried it.
 *
 * A packet that cannot be decoded is a fact about traffic, not an error: the
 * status says which fact, the caller counts it, nobody logs it.
 */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include "capture/capture.h"
#include "event/event.h"
#include "net/cursor.h"
#include "net/net.h"

/* Each packet has exactly one; the order is that of COUNT_DECODE_OK.. */
enum decode_status {
	DECODE_OK,
	DECODE_TRUNCATED, /* ended inside a header (often snaplen) before an IP tuple was known */
	DECODE_MALFORMED, /* a length or version that cannot be */
	DECODE_UNKNOWN_LINK, /* no row for the link type */
	DECODE_TOO_DEEP,     /* more headers, tags or extensions than DECODE_MAX_* */
	DECODE_STATUSES
};

enum {
	DECODE_MAX_HEADERS = 16,
	DECODE_MAX_TUNNELS = 4,
	DECODE_MAX_VLANS = 3,
	DECODE_MAX_EXTENSIONS = 8,
	DECODE_NO_OFFSET = 0xffff,
};

/* What a decoded packet is: the order from DECODE_ARP on is that of COUNT_NON_FLOW_ARP.. */
enum decode_class {
	DECODE_FLOW, /* has a tuple */
	DECODE_ARP,
	DECODE_LLC,
	DECODE_LLDP,
	DECODE_PPPOE, /* discovery or control */
	DECODE_OTHER, /* an EtherType without a row */
};

enum {
	DECODE_HAS_MAC = 1 << 0,
	DECODE_HAS_VLAN = 1 << 1,
	DECODE_FRAGMENT = 1 << 2,           /* any fragment */
	DECODE_LATER_FRAGMENT = 1 << 3,     /* has no transport header of its own */
	DECODE_UNMATCHED_FRAGMENT = 1 << 4, /* later fragment, first one unknown: ports are 0 */
	DECODE_BAD_IP_CHECKSUM = 1 << 5,
	DECODE_BAD_L4_CHECKSUM = 1 << 6,
	DECODE_CHECKSUM_GOOD =
		1 << 7, /* transport checksum (IPv4's too) verified; none of the three: unknown */
	DECODE_PAYLOAD_CUT = 1 << 8, /* fewer payload bytes captured than sent */
	DECODE_HAS_L4 = 1 << 9,      /* transport header read: l4_offset, flags, seq are valid */
	DECODE_HAS_PORTS = 1 << 10,  /* the tuple's ports are ports, maybe from the cache */
	DECODE_HAS_QUOTE = 1 << 11,  /* ICMP error: decode_quoted() gives the tuple */
	DECODE_IPV6 = 1 << 12,
	DECODE_TCP_OPTIONS_BAD = 1 << 13,
};

/* What the headers said.  Pointers and offsets reach into the packet and live as long.  Offsets are
 * from packet.data; DECODE_NO_OFFSET: not there. */
struct decoded {
	uint64_t ts_ns;
	struct net_tuple tuple; /* innermost, as sent; ICMP: type and code as ports (see icmp.c) */
	struct cursor
		payload; /* behind the last header read (ICMP's has 8 bytes); captured bytes */
	uint32_t flags;
	uint32_t ip_bytes;    /* innermost IP packet, header included, from its own length field */
	uint32_t payload_len; /* transport payload as sent, by the IP length; >= bytes in payload */
	uint32_t tunnel_id;   /* of the innermost tunnel */
	uint32_t tcp_seq, tcp_ack;
	uint16_t tcp_window;
	uint16_t ether_type;          /* above all tags and labels, below tunnels; 0: none */
	uint16_t vlan_id, vlan_inner; /* outermost frame's tags */
	uint16_t mac_offset, ip_offset,
		l4_offset; /* destination MAC; innermost IP; its transport */
	uint8_t tcp_flags, ttl, tos;
	uint8_t class;  /* enum decode_class */
	uint8_t tunnel; /* enum event_tunnel, innermost */
	uint8_t n_tunnels, n_vlans, n_extensions;
};

/* Options below "decode." */
struct decode_options {
	bool checksums;            /* verify them where they are not offloaded */
	uint64_t fragment_entries; /* datagrams whose ports are remembered */
	uint64_t fragment_timeout_ns;
	/* Destination ports of UDP tunnels are the IANA ones: 4789, 8472, 4790; 6081; 2152. */
	bool tunnels; /* look inside tunnels; off: the outer packet is reported */
};
extern const struct option_group decode_option_group;

/* One per packet thread: fragment cache, look-up tables.  All memory is taken here; NULL when there
 * is not enough.  hash_seed: secret, or senders choose where their fragments collide. */
struct decoder;
struct decoder *decode_new(const struct decode_options *options, uint64_t hash_seed);
void decode_free(struct decoder *d);
size_t decode_memory(const struct decode_options *options);

/* Reads one packet.  out is written completely in every case.  A readable IP header makes it OK:
 * when the transport header is cut or cannot be, DECODE_HAS_L4 is not set, and the ports are there
 * if their bytes are. */
enum decode_status decode_packet(struct decoder *dec, const struct packet *p, struct decoded *out);

/* The tuple of the packet an ICMP error quotes, as that packet was sent; all zero without
 * DECODE_HAS_QUOTE. */
struct net_tuple decode_quoted(const struct packet *p, const struct decoded *d);

/* The first fills the head fields that headers give: ts, tuple, tunnel, vlan, macs, flags, dir,
 * interface.  The second does too, and fills the body of a packet event: all of struct event_packet
 * but number and flow_*, which it leaves as they are. */
void decode_to_head(const struct packet *p, const struct decoded *d, struct event *ev);
void decode_to_packet(const struct packet *p, const struct decoded *d, struct event *ev);

#endif
