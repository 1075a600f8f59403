/* SPDX-License-Identifier: Apache-2.0 */
/* event_when.c - which fields an event has at all: one bit per enum event_when. */
#include "event/event_step.h"

static inline uint64_t
bit(bool is, enum event_when when)
{
	return (uint64_t)is << when;
}

static uint64_t
packet_conditions(const struct event *ev)
{
	const struct event_packet *b = &ev->packet;
	uint8_t proto = ev->tuple.ip_proto;
	bool tcp = proto == NET_IP_TCP && b->tcp_header_len;
	bool icmp = b->icmp_type | b->icmp_code | b->l4_checksum;
	bool icmp_v4 = icmp && proto == NET_IP_ICMP, icmp_v6 = icmp && proto == NET_IP_ICMPV6;

	return bit(b->ip_version != 0, EVENT_WHEN_IP) | bit(b->ip_version == 4, EVENT_WHEN_IPV4) |
	       bit(b->ip_version == 6, EVENT_WHEN_IPV6) | bit(tcp, EVENT_WHEN_TCP) |
	       bit(tcp && b->tcp_wscale != 255, EVENT_WHEN_WSCALE) |
	       bit(proto == NET_IP_UDP && b->udp_len, EVENT_WHEN_UDP) |
	       bit(proto == NET_IP_SCTP && ev->flags & EVENT_HAS_PORTS, EVENT_WHEN_SCTP) |
	       bit(icmp_v4 || icmp_v6, EVENT_WHEN_ICMP) | bit(icmp_v4, EVENT_WHEN_ICMPV4) |
	       bit(icmp_v6, EVENT_WHEN_ICMPV6) |
	       bit(b->flow_prev_ns && b->flow_prev_ns <= ev->ts_ns && ev->flow_id, EVENT_WHEN_GAP);
}

static bool
is_echo(const struct event_icmp *b)
{
	if (b->version == 4)
		return b->type == 0 || b->type == 8 || (b->type >= 13 && b->type <= 18);
	return b->type == 128 || b->type == 129;
}

static uint64_t
body_conditions(const struct event *ev)
{
	static const struct net_tuple none;
	bool tuple = ev->flags & EVENT_HAS_TUPLE, v4 = net_addr_is_v4(&ev->tuple.src);

	switch (ev->kind) {
	case EVENT_PACKET:
		return packet_conditions(ev);
	case EVENT_FLOW:
		return bit(ev->flow.tcp_state != TCP_NONE, EVENT_WHEN_TCP) |
		       bit(ev->flow.icmp_errors != 0, EVENT_WHEN_ICMP_ERRORS);
	case EVENT_DNS:
		return bit(ev->dns.response, EVENT_WHEN_RESPONSE) |
		       bit(ev->dns.qtype != 0, EVENT_WHEN_QUESTION) |
		       bit(tuple && v4, EVENT_WHEN_IPV4) | bit(tuple && !v4, EVENT_WHEN_IPV6) |
		       bit(tuple && ev->tuple.ip_proto == NET_IP_UDP, EVENT_WHEN_UDP);
	case EVENT_ICMP:
		return bit(is_echo(&ev->icmp), EVENT_WHEN_ECHO) |
		       bit(memcmp(&ev->icmp.quoted, &none, sizeof(none)) != 0, EVENT_WHEN_QUOTED);
	case EVENT_LOSS:
		return bit(ev->loss.numbered, EVENT_WHEN_NUMBERED);
	default:
		return 0;
	}
}

uint64_t
event_conditions(const struct event_encoder *e, const struct event *ev)
{
	uint16_t flags = ev->flags;
	bool tuple = flags & EVENT_HAS_TUPLE, mac = flags & EVENT_HAS_MAC,
	     vlan = flags & EVENT_HAS_VLAN;

	return bit(true, EVENT_ALWAYS) | bit(true, EVENT_WHEN_SET) | bit(mac, EVENT_WHEN_MAC) |
	       bit(tuple, EVENT_WHEN_TUPLE) |
	       bit(tuple && flags & EVENT_HAS_PORTS, EVENT_WHEN_PORTS) |
	       bit(vlan, EVENT_WHEN_VLAN) | bit(vlan && ev->vlan_inner, EVENT_WHEN_VLAN_INNER) |
	       bit(mac && !vlan, EVENT_WHEN_UNTAGGED) | bit(ev->flow_id != 0, EVENT_WHEN_FLOW) |
	       bit(ev->interface < e->n_interfaces, EVENT_WHEN_INTERFACE) |
	       bit(tuple || ev->dir == 1 || ev->dir == 2, EVENT_WHEN_DIRECTION) |
	       bit(flags & EVENT_CUT, EVENT_WHEN_CUT) |
	       bit(flags & EVENT_PARTIAL, EVENT_WHEN_PARTIAL) | body_conditions(ev);
}
