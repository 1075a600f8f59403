/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.h - what leaves the sensor.
 *
 * An event is a plain value: no pointers, safe to copy between threads and
 * processes.  Packet-side stages (flow, proto) fill one in; event-side stages
 * (detect, sink, ...) read it.  The two sides share no other header, which is
 * what lets them run in different threads today and on different hosts
 * tomorrow.
 *
 * A kind uses the head and its own body only: event_size() bytes are copied,
 * the rest of the struct is not even written.
 *
 * Text that does not fit is cut and EVENT_CUT is set; an event is never
 * dropped for being too long.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "event/event_counter.h"
#include "net/net.h"

enum { EVENT_SCHEMA_MAJOR = 1 };
#define EVENT_SCHEMA_VERSION "1.0"

enum event_kind {
	EVENT_PACKET, /* one packet and the running totals of its flow */
	EVENT_FLOW,   /* a flow reached its active timeout, or ended */
	EVENT_DNS,    /* one DNS message */
	EVENT_ARP,    /* one ARP message */
	EVENT_ICMP,   /* one ICMP, ICMPv6 or NDP message */
	EVENT_STATS,  /* the ledger: every counter and every residual */
	EVENT_LOSS,   /* events that were lost, where and why */
	EVENT_KINDS
};

/* Delivery classes: how hard a full spool holds on to an event. */
enum event_class { EVENT_CLASS_A, EVENT_CLASS_B, EVENT_CLASS_C, EVENT_CLASSES };

enum {
	EVENT_CUT = 1 << 0,       /* a text did not fit its field */
	EVENT_PARTIAL = 1 << 1,   /* made from bytes that ended too early */
	EVENT_HAS_MAC = 1 << 2,   /* src_mac and dst_mac are set */
	EVENT_HAS_TUPLE = 1 << 3, /* tuple is set */
	EVENT_HAS_PORTS = 1 << 4, /* the ports of tuple are ports (TCP, UDP, SCTP ...) */
	EVENT_HAS_VLAN = 1 << 5,  /* vlan_id is set (a tag with id 0 is a tag) */
	EVENT_DESCRIBED = 1 << 7, /* EVENT_PACKET: the packet has an event of its own kind too */
	EVENT_FINAL = 1 << 6,     /* EVENT_FLOW: the flow's last record */
};

/* IANA IPFIX flowEndReason (element 136): do not renumber. */
enum event_flow_end {
	FLOW_END_NONE = 0,
	FLOW_END_IDLE = 1,      /* idle timeout */
	FLOW_END_ACTIVE = 2,    /* active timeout: an interim record, the flow goes on */
	FLOW_END_DETECTED = 3,  /* FIN both ways, or RST */
	FLOW_END_FORCED = 4,    /* the sensor ended, or was told to */
	FLOW_END_RESOURCES = 5, /* evicted for want of room */
};

enum event_tcp_state {
	TCP_NONE,         /* not TCP */
	TCP_SYN_SENT,     /* SYN seen, no answer */
	TCP_SYN_RECEIVED, /* SYN and SYN-ACK seen */
	TCP_ESTABLISHED,  /* handshake complete */
	TCP_MIDSTREAM,    /* picked up without a handshake */
	TCP_CLOSING,      /* FIN in one direction */
	TCP_CLOSED,       /* FIN in both directions */
	TCP_RESET,        /* RST by either side */
	TCP_STATES
};

struct event_packet {
	uint64_t number; /* from 1, in the order of the source */
	uint32_t wire_len, caplen;
	uint32_t ip_len;     /* header and payload, from the IP header */
	uint32_t flow_label; /* IPv6 */
	uint32_t tcp_seq, tcp_ack, tcp_tsval, tcp_tsecr;
	uint32_t payload_len; /* behind the transport header, on the wire */
	uint16_t ether_type;  /* the one above all tags and labels; 0: none */
	uint16_t ip_id, frag_offset, ip_checksum;
	uint16_t tcp_window, tcp_urgent, l4_checksum, udp_len;
	uint16_t tcp_mss; /* 0: option not there */
	uint8_t ip_version, ip_header_len, ip_tos, ip_ttl;
	uint8_t ip_flags; /* 1 more fragments, 2 don't fragment, 4 reserved */
	uint8_t tcp_flags, tcp_header_len, tcp_wscale; /* wscale: 255 option not there */
	uint8_t icmp_type, icmp_code;
	uint8_t checksum;      /* enum event_checksum */
	uint8_t tunnel, depth; /* enum event_tunnel; number of tunnels around the tuple */
	uint8_t flow_dir;      /* enum net_dir of this packet in its flow */
	/* The flow's running totals, this packet included. */
	uint64_t flow_first_ns, flow_pkts[NET_DIRS], flow_bytes[NET_DIRS];
	uint64_t flow_prev_ns; /* time of the flow's packet before this one; 0: none */
};

enum event_checksum {
	EVENT_CHECKSUM_UNKNOWN, /* not verified: offloaded, cut, a fragment or none there */
	EVENT_CHECKSUM_GOOD,
	EVENT_CHECKSUM_BAD_IP,
	EVENT_CHECKSUM_BAD_L4,
};

enum event_tunnel {
	EVENT_TUNNEL_NONE,
	EVENT_TUNNEL_IPIP, /* any IP in any IP */
	EVENT_TUNNEL_GRE,
	EVENT_TUNNEL_VXLAN,
	EVENT_TUNNEL_GENEVE,
	EVENT_TUNNEL_GTPU,
	EVENT_TUNNEL_ERSPAN,
	EVENT_TUNNELS
};

struct event_flow {
	uint64_t first_ns, last_ns;
	uint64_t pkts[NET_DIRS], bytes[NET_DIRS];             /* since the flow began */
	uint64_t pkts_delta[NET_DIRS], bytes_delta[NET_DIRS]; /* since the record before */
	uint32_t seq;                                         /* 1 for the flow's first record */
	uint32_t retransmits[NET_DIRS], out_of_order[NET_DIRS];
	uint32_t rtt_syn_us; /* SYN to SYN-ACK: sensor to responder and back; 0: unknown */
	uint32_t rtt_ack_us; /* SYN-ACK to ACK: sensor to initiator and back; 0: unknown */
	uint16_t zero_windows[NET_DIRS];
	uint16_t icmp_errors;         /* ICMP errors that quoted this flow */
	uint8_t icmp_type, icmp_code; /* of the latest of them */
	uint8_t tcp_flags[NET_DIRS];  /* OR of all flags seen */
	uint8_t tcp_state;            /* enum event_tcp_state */
	uint8_t end;                  /* enum event_flow_end */
	uint8_t tos, ttl[NET_DIRS];   /* of the first packet of each direction */
	uint8_t tunnel;               /* enum event_tunnel of the innermost one */
	uint8_t checksum_bad;         /* packets with a bad checksum, at most 255 */
	char history[24];             /* letters as in docs/events.md; upper case: initiator */
};

struct event_dns {
	uint64_t latency_ns; /* query to this response; 0: no query seen */
	uint32_t ttl;        /* lowest of the answers */
	uint16_t id, qtype, qclass;
	uint16_t questions, answers, authorities, additionals; /* as the header counts them */
	uint16_t flags; /* as on the wire: QR opcode AA TC RD RA Z AD CD rcode */
	uint16_t rcode; /* with EDNS extension */
	bool response;
	uint8_t zero[5];
	char qname[256];  /* first question; see dns.c for its notation */
	char answer[192]; /* values of the answers, separated by a newline */
};

struct event_arp {
	struct net_addr sender_ip, target_ip;
	uint8_t sender_mac[6], target_mac[6];
	uint16_t op;
	bool gratuitous; /* sender and target address are the same */
	uint8_t zero;
};

struct event_icmp {
	struct net_tuple
		quoted;         /* of the packet an error quotes; ip_proto 0 and no address: none */
	struct net_addr target; /* NDP target or redirect's better hop; all zero: none */
	uint8_t lladdr[6];      /* NDP source or target link-layer address; all zero: none */
	uint8_t type, code;
	uint16_t id, seq; /* echo */
	uint32_t mtu;     /* fragmentation needed, packet too big */
	bool error;       /* quotes a packet */
	uint8_t version;  /* 4 or 6 */
	uint8_t zero[2];
	uint32_t payload_len;
};

struct event_stats {
	uint64_t value[EVENT_COUNTERS];
};

struct event_loss {
	uint64_t count;
	uint64_t from, to; /* sequence numbers, both lost, when they were given already */
	uint32_t epoch;
	uint8_t class;    /* enum event_class; of the lost events */
	uint8_t numbered; /* from and to are valid */
	uint16_t thread;  /* the packet thread that lost them */
	char reason[32];  /* ring_full ... */
};

struct event {
	uint64_t order;   /* non-decreasing per producer; merges packet threads (app/merge.h) */
	uint64_t ts_ns;   /* Unix epoch */
	uint64_t flow_id; /* 0: none */
	uint64_t seq;     /* dense per class, from 1; given on the analysis thread */
	struct net_tuple tuple;
	uint32_t tunnel_id; /* VNI, GRE key, TEID ... of the innermost tunnel */
	uint16_t vlan_id, vlan_inner;
	uint16_t flags;
	uint16_t interface; /* index of the source */
	uint8_t src_mac[6], dst_mac[6];
	uint8_t kind;  /* enum event_kind */
	uint8_t phase; /* second part of the order: 0 made by a sweep, 1 by a packet */
	uint8_t dir;   /* 0 unknown, 1 in, 2 out: as the capture source saw the packet */
	uint8_t zero;
	char app_proto[12]; /* "" while unknown */
	union {
		struct event_packet packet;
		struct event_flow flow;
		struct event_dns dns;
		struct event_arp arp;
		struct event_icmp icmp;
		struct event_stats stats;
		struct event_loss loss;
	};
};
_Static_assert(sizeof(struct event) % 8 == 0 && sizeof(struct event) <= 1280, "fits a ring record");

/* How a field is stored and shown.  Never renumber: packed records carry it. */
enum event_type {
	EVENT_U8,
	EVENT_U16,
	EVENT_U32,
	EVENT_U64,
	EVENT_BOOL,
	EVENT_TIME,      /* uint64_t ns, shown as RFC 3339 */
	EVENT_DURATION,  /* uint64_t ns, shown as seconds with decimals */
	EVENT_USEC,      /* uint32_t us, shown as seconds with decimals */
	EVENT_TEXT,      /* char[], bytes from the wire, escaped when shown */
	EVENT_ADDR,      /* struct net_addr */
	EVENT_MAC,       /* uint8_t[6] */
	EVENT_ENUM,      /* uint8_t index into names */
	EVENT_TCP_FLAGS, /* uint8_t, shown as a list of names */
	EVENT_HEX16,     /* uint16_t, shown as "0x0800" */
	EVENT_SPECIAL,   /* computed; offset is an enum event_special */
	EVENT_TEXTS,     /* char[], texts separated by a newline, shown as a list */
	EVENT_TYPES
};

/* What is computed rather than read from one place.  Residuals of the ledger are
 * EVENT_SPECIAL_RESIDUAL + index of the row. */
enum event_special {
	EVENT_SPECIAL_TYPE, /* the kind's name */
	EVENT_SPECIAL_SCHEMA_VERSION,
	EVENT_SPECIAL_EVENT_ID,
	EVENT_SPECIAL_SENSOR_ID,
	EVENT_SPECIAL_COMMUNITY_ID,
	EVENT_SPECIAL_PROTOCOL,
	EVENT_SPECIAL_DIRECTION,
	EVENT_SPECIAL_INTERFACE,
	EVENT_SPECIAL_TRUE, /* there when its condition holds */
	EVENT_SPECIAL_FINAL,
	EVENT_SPECIAL_FLOW_DURATION,
	EVENT_SPECIAL_GAP, /* since the flow's packet before */
	EVENT_SPECIAL_QTYPE,
	EVENT_SPECIAL_RCODE,
	EVENT_SPECIAL_OPCODE,
	EVENT_SPECIAL_DNS_FLAGS,
	EVENT_SPECIAL_ARP_OP,
	EVENT_SPECIAL_ICMP_NAME,
	EVENT_SPECIAL_QUOTED_PROTOCOL,
	EVENT_SPECIAL_ENC_RAW,
	EVENT_SPECIALS,
	EVENT_SPECIAL_RESIDUAL = 64,
};

/* One row per field of a kind: the JSON writers of all dialects, the schemas and
 * docs/events.md are all made from these rows. */
struct event_field {
	const char *name; /* below the kind's object, or on top for head fields */
	uint16_t number;  /* stable for ever within the kind; never reused */
	enum event_type type;
	uint16_t offset;          /* in struct event */
	uint16_t size;            /* in bytes; 0: computed */
	uint8_t when;             /* enum event_when: the field is left out otherwise */
	const char *const *names; /* EVENT_ENUM, NULL-ended */
	const char *doc;          /* one sentence */
};

/* When a field is there at all. */
enum event_when {
	EVENT_ALWAYS,
	EVENT_WHEN_SET,   /* not zero, not empty */
	EVENT_WHEN_MAC,   /* EVENT_HAS_MAC */
	EVENT_WHEN_TUPLE, /* EVENT_HAS_TUPLE */
	EVENT_WHEN_PORTS, /* EVENT_HAS_PORTS */
	EVENT_WHEN_VLAN,  /* EVENT_HAS_VLAN */
	EVENT_WHEN_IP,    /* packet.ip_version != 0 */
	EVENT_WHEN_IPV4,
	EVENT_WHEN_IPV6,
	EVENT_WHEN_TCP, /* tuple.ip_proto is TCP and its header was there */
	EVENT_WHEN_UDP,
	EVENT_WHEN_ICMP,
	EVENT_WHEN_ICMPV4,
	EVENT_WHEN_ICMPV6,
	EVENT_WHEN_SCTP,
	EVENT_WHEN_FLOW, /* flow_id != 0 */
	EVENT_WHEN_VLAN_INNER,
	EVENT_WHEN_UNTAGGED,    /* EVENT_HAS_MAC without EVENT_HAS_VLAN */
	EVENT_WHEN_INTERFACE,   /* the interface has a name */
	EVENT_WHEN_DIRECTION,   /* the source knew it, or addresses tell */
	EVENT_WHEN_CUT,         /* EVENT_CUT */
	EVENT_WHEN_PARTIAL,     /* EVENT_PARTIAL */
	EVENT_WHEN_WSCALE,      /* packet.tcp_wscale is there */
	EVENT_WHEN_GAP,         /* the flow had a packet before this one */
	EVENT_WHEN_ICMP_ERRORS, /* flow.icmp_errors != 0 */
	EVENT_WHEN_RESPONSE,    /* dns.response */
	EVENT_WHEN_QUESTION,    /* dns.qtype != 0 */
	EVENT_WHEN_ECHO,        /* icmp.id and icmp.seq mean something */
	EVENT_WHEN_QUOTED,      /* icmp.quoted is set */
	EVENT_WHEN_NUMBERED,    /* loss.numbered */
	EVENT_WHENS
};

struct event_schema {
	const char *name;                 /* value of "event_type", and of the kind's object */
	const char *doc;                  /* one sentence: one per what */
	const struct event_field *fields; /* EVENT_STATS has none: see event_counter_table */
	size_t n_fields;
	uint16_t size;   /* bytes of head and body together: what has to be copied */
	uint8_t class;   /* enum event_class */
	bool by_default; /* part of --events when that is not given (native dialect) */
};

/* event_table.c.  event_head_fields are common to all kinds. */
extern const struct event_schema event_table[EVENT_KINDS];
extern const struct event_field event_head_fields[];
extern const size_t event_n_head_fields;

static inline uint32_t
event_size(const struct event *ev)
{
	return event_table[ev->kind].size;
}

/* Copies len bytes into a fixed field and terminates it; sets EVENT_CUT when they do not fit
 * (cut at a character's start).  Bytes stay as on the wire, except that a zero byte is kept
 * as C0 80, which the encoders show as \u0000. */
void event_text(struct event *ev, char *field, size_t size, const char *text, size_t len);

/* How one sink wants its events: dialect, kinds, fields.  Belongs to one thread. */
struct event_encoder;

enum event_dialect {
	EVENT_DIALECT_NATIVE,
	EVENT_DIALECT_LAYERED,
	EVENT_DIALECT_FLOW_SAMPLE,
	EVENT_DIALECT_LINE, /* coloured text for a terminal */
	EVENT_DIALECTS
};

/* What stays the same for all events of a run. */
struct event_identity {
	char sensor_id[64];
	uint32_t epoch;                /* of this start */
	uint16_t community_seed;       /* Community ID v1 */
	const char *const *interfaces; /* names by index; outlives the encoder */
	size_t n_interfaces;
};

struct event_encoder_config {
	enum event_dialect dialect;
	uint32_t kinds; /* bit per enum event_kind */
	/* "+NAME,-NAME,..." or NULL; NAME as in `weir list fields`, or of the layered dialect. */
	const char *fields;
	bool colour; /* EVENT_DIALECT_LINE */
	struct event_identity identity;
};

/* NULL and a sentence in err when a field is unknown (the nearest is named) or
 * memory is short. */
struct event_encoder *event_encoder_new(const struct event_encoder_config *config,
					char err[BASE_ERROR_LEN]);
void event_encoder_free(struct event_encoder *e);

/* Writes one event as one line with its newline and returns its length; 0 when
 * the dialect or the kinds leave the event out.  buf holds EVENT_LINE_MAX bytes;
 * every event fits. */
enum { EVENT_LINE_MAX = 16 * 1024 };
size_t event_encode(struct event_encoder *e, const struct event *ev, char buf[EVENT_LINE_MAX]);

/* "dns,flow" to a bit set; 0 and a sentence in err when a kind is unknown. */
uint32_t event_kinds_parse(const char *text, char err[BASE_ERROR_LEN]);

/* The kinds a dialect can show at all, and those it shows when --events is not given. */
uint32_t event_dialect_kinds(enum event_dialect dialect);
uint32_t event_kinds_preset(enum event_dialect dialect);

/* `weir schema json`, `weir list fields`, docs/events.md, docs/counters.md: text
 * allocated for the caller to free; NULL when memory is short.  The line dialect
 * has no schema: NULL. */
char *event_schema_json(enum event_dialect dialect);
char *event_fields_text(void);
char *event_fields_markdown(void);
char *event_counters_markdown(void);

#endif
