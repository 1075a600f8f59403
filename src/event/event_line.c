/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_line.c - one line per event for a person at a terminal.
 *
 * Time is local.  What came from the wire is escaped (event_put_plain), and names
 * are cut, so that a line stays readable on 100 columns.  Packets that have an
 * event of their own kind are shown by that one alone.
 */
#include <time.h>

#include "event/event_step.h"

enum { NAME_COLUMNS = 48, ANSWER_COLUMNS = 40, QUARTER = 900 };

#define PUT(p, text) put_fixed(p, text, sizeof(text) - 1)

enum colour { PLAIN, TCP, UDP, DNS, ICMP, ARP, FLOW, LOSS };

static const char *const colours[] = {
	[PLAIN] = "",        [TCP] = "\033[36m", [UDP] = "\033[34m", [DNS] = "\033[32m",
	[ICMP] = "\033[33m", [ARP] = "\033[35m", [FLOW] = "\033[1m", [LOSS] = "\033[1;31m",
};

static char *
put_string(char *p, const char *s)
{
	return put_fixed(p, s, strlen(s));
}

/* Offsets of time zones change at quarters of an hour. */
static int64_t
local_offset(struct event_encoder *e, int64_t sec)
{
	time_t at = (time_t)sec;
	struct tm tm;

	if (sec / QUARTER != e->quarter) {
		e->quarter = sec / QUARTER;
		e->offset = localtime_r(&at, &tm) ? tm.tm_gmtoff : 0;
	}
	return e->offset;
}

static char *
put_clock(struct event_encoder *e, char *p, uint64_t ts_ns)
{
	int64_t sec = (int64_t)(ts_ns / NS_PER_SEC);
	uint32_t us = (uint32_t)(ts_ns % NS_PER_SEC / NS_PER_US), s;

	sec = (sec + local_offset(e, sec)) % 86400;
	s = (uint32_t)(sec < 0 ? sec + 86400 : sec);
	p = put_2(p, s / 3600);
	*p++ = ':';
	p = put_2(p, s / 60 % 60);
	*p++ = ':';
	p = put_2(p, s % 60);
	*p++ = '.';
	p = put_4(put_2(p, us / 10000), us % 10000);
	*p++ = ' ';
	return p;
}

static char *
put_tag(const struct event_encoder *e, char *p, enum colour colour, const char *tag)
{
	if (e->colour)
		p = put_string(p, colours[colour]);
	p = put_string(p, tag);
	if (e->colour)
		p = PUT(p, "\033[0m");
	*p++ = ' ';
	return p;
}

static char *
put_end(const struct event_encoder *e, char *p, const struct net_addr *a, bool has_port,
	uint16_t port)
{
	bool brackets = has_port && !net_addr_is_v4(a);

	if (brackets)
		*p++ = '[';
	p = put_addr(&e->put, p, a);
	if (brackets)
		*p++ = ']';
	if (!has_port)
		return p;
	*p++ = ':';
	return put_u32(p, port);
}

static char *
put_ends(const struct event_encoder *e, char *p, const struct event *ev)
{
	bool ports = ev->flags & EVENT_HAS_PORTS;

	p = put_end(e, p, &ev->tuple.src, ports, ev->tuple.src_port);
	p = PUT(p, " \u2192 ");
	p = put_end(e, p, &ev->tuple.dst, ports, ev->tuple.dst_port);
	*p++ = ' ';
	return p;
}

/* 1.23 ms, 45.6 s: three digits are enough to see. */
static char *
put_span(char *p, uint64_t ns)
{
	static const struct {
		uint64_t unit;
		const char *name;
	} units[] = {
		{ NS_PER_SEC, " s" }, { NS_PER_MS, " ms" }, { NS_PER_US, " us" }, { 1, " ns" }
	};
	size_t i = 0;

	while (i < ARRAY_LEN(units) - 1 && ns < units[i].unit)
		i++;
	p = put_u64(p, ns / units[i].unit);
	if (units[i].unit > 1) {
		*p++ = '.';
		*p++ = (char)('0' + ns % units[i].unit / (units[i].unit / 10));
	}
	return put_string(p, units[i].name);
}

static char *
put_size(char *p, uint64_t bytes)
{
	static const char *const units[] = { " B", " kB", " MB", " GB", " TB", " PB", " EB" };
	uint64_t unit = 1;
	size_t i = 0;

	for (; i < ARRAY_LEN(units) - 1 && bytes / unit >= 1000; i++)
		unit *= 1000;
	p = put_u64(p, bytes / unit);
	if (unit > 1) {
		*p++ = '.';
		*p++ = (char)('0' + bytes % unit / (unit / 10));
	}
	return put_string(p, units[i]);
}

static enum colour
colour_of(uint8_t ip_proto)
{
	switch (ip_proto) {
	case NET_IP_TCP:
		return TCP;
	case NET_IP_UDP:
		return UDP;
	case NET_IP_ICMP:
	case NET_IP_ICMPV6:
		return ICMP;
	default:
		return PLAIN;
	}
}

static char *
put_tcp_flags(char *p, uint8_t flags)
{
	for (unsigned i = 0; i < 8; i++)
		if (flags >> i & 1) {
			p = put_string(p, event_tcp_flag_names[i]);
			*p++ = ' ';
		}
	return p;
}

static char *
put_frame(const struct event_encoder *e, char *p, const struct event *ev)
{
	p = put_tag(e, p, PLAIN, "ETH");
	if (ev->flags & EVENT_HAS_MAC) {
		p = put_mac(p, ev->src_mac);
		p = PUT(p, " \u2192 ");
		p = put_mac(p, ev->dst_mac);
		*p++ = ' ';
	}
	if (ev->packet.ether_type)
		p = put_hex(PUT(p, "type 0x"), ev->packet.ether_type, 4);
	else
		p = PUT(p, "LLC");
	return put_u32(PUT(p, " len "), ev->packet.wire_len);
}

/* Whether another line says more about the packet than this one would. */
static bool
is_told_elsewhere(const struct event_encoder *e, const struct event *ev)
{
	uint8_t proto = ev->tuple.ip_proto;
	enum event_kind kind = EVENT_DNS;

	if (!(ev->flags & EVENT_DESCRIBED))
		return false;
	if (!(ev->flags & EVENT_HAS_TUPLE))
		kind = EVENT_ARP;
	else if (proto == NET_IP_ICMP || proto == NET_IP_ICMPV6)
		kind = EVENT_ICMP;
	return e->kinds & 1u << kind;
}

static char *
put_packet(struct event_encoder *e, char *p, const struct event *ev)
{
	const struct event_packet *b = &ev->packet;
	char tag[32];

	if (!(ev->flags & EVENT_HAS_TUPLE))
		return put_frame(e, p, ev);
	*event_put_protocol(tag, ev->tuple.ip_proto) = '\0';
	if (tag[0] >= '0' && tag[0] <= '9')
		p = PUT(p, "IP ");
	p = put_tag(e, p, colour_of(ev->tuple.ip_proto), tag);
	p = put_ends(e, p, ev);
	if (b->frag_offset) {
		p = put_u32(PUT(p, "fragment at "), b->frag_offset);
		*p++ = ' ';
	} else if (ev->tuple.ip_proto == NET_IP_TCP) {
		p = put_tcp_flags(p, b->tcp_flags);
	}
	return put_u32(PUT(p, "len "), b->payload_len);
}

static char *
put_flow(struct event_encoder *e, char *p, const struct event *ev)
{
	static const char *const ends[] = { "record", "idle",   "active",
					    "closed", "forced", "evicted" };
	const struct event_flow *b = &ev->flow;
	uint64_t span = b->last_ns > b->first_ns ? b->last_ns - b->first_ns : 0;

	p = put_tag(e, p, FLOW, "FLOW");
	p = event_put_protocol(p, ev->tuple.ip_proto);
	*p++ = ' ';
	p = put_ends(e, p, ev);
	p = put_string(p, ends[b->end < ARRAY_LEN(ends) ? b->end : 0]);
	p = put_u64(PUT(p, " pkts "), b->pkts[NET_FWD]);
	*p++ = '/';
	p = put_u64(p, b->pkts[NET_REV]);
	*p++ = ' ';
	p = put_size(p, b->bytes[NET_FWD]);
	*p++ = '/';
	p = put_size(p, b->bytes[NET_REV]);
	return put_span(PUT(p, " in "), span);
}

/* The answers in one line: what stands between them is no character of theirs. */
static char *
put_answers(char *p, const char *answers, size_t size)
{
	char list[sizeof(((struct event_dns *)NULL)->answer)];
	size_t len = strnlen(answers, size < sizeof(list) ? size : sizeof(list));

	for (size_t i = 0; i < len; i++)
		list[i] = (char)(answers[i] == '\n' ? ' ' : answers[i]);
	*p++ = ' ';
	return event_put_plain(p, list, len, ANSWER_COLUMNS);
}

static char *
put_dns(struct event_encoder *e, char *p, const struct event *ev)
{
	const struct event_dns *b = &ev->dns;
	const char *name;

	p = put_tag(e, p, DNS, "DNS");
	p = put_ends(e, p, ev);
	if (!b->response) {
		name = event_dns_type_name(b->qtype);
		p = PUT(p, "query ");
		p = event_put_plain(p, b->qname, sizeof(b->qname), NAME_COLUMNS);
		*p++ = ' ';
		return name ? put_string(p, name) : put_u32(PUT(p, "TYPE"), b->qtype);
	}
	name = event_dns_rcode_name(b->rcode);
	p = PUT(p, "answer ");
	p = event_put_plain(p, b->qname, sizeof(b->qname), NAME_COLUMNS);
	*p++ = ' ';
	p = name ? put_string(p, name) : put_u32(PUT(p, "RCODE"), b->rcode);
	if (b->answer[0])
		p = put_answers(p, b->answer, sizeof(b->answer));
	if (b->latency_ns) {
		*p++ = ' ';
		p = put_span(p, b->latency_ns);
	}
	return p;
}

static char *
put_arp(struct event_encoder *e, char *p, const struct event *ev)
{
	const struct event_arp *b = &ev->arp;
	const char *name = event_arp_op_name(b->op);

	p = put_tag(e, p, ARP, "ARP");
	if (b->op == 1 && !b->gratuitous) {
		p = put_addr(&e->put, PUT(p, "who has "), &b->target_ip);
		return put_addr(&e->put, PUT(p, " tell "), &b->sender_ip);
	}
	if (b->op != 1 && b->op != 2) {
		p = name ? put_string(p, name) : put_u32(PUT(p, "op "), b->op);
		*p++ = ' ';
	}
	p = put_addr(&e->put, p, &b->sender_ip);
	p = put_mac(PUT(p, " is at "), b->sender_mac);
	return b->gratuitous ? PUT(p, " (gratuitous)") : p;
}

static bool
has_target(const struct event_icmp *b)
{
	static const struct net_addr none;

	return !net_addr_equal(&b->target, &none);
}

static char *
put_icmp(struct event_encoder *e, char *p, const struct event *ev)
{
	const struct event_icmp *b = &ev->icmp;
	const char *name = event_icmp_name(b->version, b->type, b->code);
	uint64_t conditions = event_conditions(e, ev);
	bool ports = b->quoted.ip_proto == NET_IP_TCP || b->quoted.ip_proto == NET_IP_UDP;

	p = put_tag(e, p, ICMP, b->version == 6 ? "ICMPV6" : "ICMP");
	p = put_ends(e, p, ev);
	p = name ? put_string(p, name) : put_u32(PUT(p, "type "), b->type);
	if (conditions >> EVENT_WHEN_ECHO & 1) {
		p = put_u32(PUT(p, " id "), b->id);
		p = put_u32(PUT(p, " seq "), b->seq);
	}
	if (has_target(b))
		p = put_addr(&e->put, PUT(p, " "), &b->target);
	if (b->mtu)
		p = put_u32(PUT(p, " mtu "), b->mtu);
	if (conditions >> EVENT_WHEN_QUOTED & 1) {
		p = event_put_protocol(PUT(p, ": "), b->quoted.ip_proto);
		p = put_end(e, PUT(p, " to "), &b->quoted.dst, ports, b->quoted.dst_port);
	}
	return p;
}

static char *
put_loss(struct event_encoder *e, char *p, const struct event *ev)
{
	const struct event_loss *b = &ev->loss;

	p = put_tag(e, p, LOSS, "LOSS");
	p = put_u64(p, b->count);
	p = PUT(p, " events lost: ");
	p = event_put_plain(p, b->reason, sizeof(b->reason), NAME_COLUMNS);
	return put_u32(PUT(p, ", thread "), b->thread);
}

size_t
event_line_encode(struct event_encoder *e, const struct event *ev, char *buf)
{
	static char *(*const writers[EVENT_KINDS])(struct event_encoder *, char *,
						   const struct event *) = {
		[EVENT_PACKET] = put_packet, [EVENT_FLOW] = put_flow, [EVENT_DNS] = put_dns,
		[EVENT_ARP] = put_arp,       [EVENT_ICMP] = put_icmp, [EVENT_LOSS] = put_loss,
	};
	char *p;

	if (!writers[ev->kind] || (ev->kind == EVENT_PACKET && is_told_elsewhere(e, ev)))
		return 0;
	p = put_clock(e, buf, ev->ts_ns);
	p = writers[ev->kind](e, p, ev);
	*p++ = '\n';
	return (size_t)(p - buf);
}
