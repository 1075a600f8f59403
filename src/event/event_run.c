/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_run.c - the loop that writes an event: fixed text, then a value.
 *
 * Runs on the thread of a sink, once per event, and is the greatest part of what
 * a packet event costs.
 */
#include <assert.h>

#include "event/event_step.h"

/* Bodies are read as bytes: a step knows where, not what struct. */
static inline uint16_t
load_u16(const char *at)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static inline uint32_t
load_u32(const char *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static inline uint64_t
load_u64(const char *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

/* Whether a field that is left out when zero is there; all of them lie 8 bytes or more before
 * the end of their event (a test). */
static inline bool
is_set(const struct event_step *s, const char *at)
{
	if (BASE_LIKELY(!s->set))
		return true;
	if (s->set == sizeof(struct net_addr))
		return (load_u64(at) | load_u64(at + 8)) != 0;
	return load_u64(at) << (64 - 8 * s->set) != 0;
}

static char *
put_residual(char *p, const struct event *ev, uint16_t row)
{
	int64_t v = event_ledger_residual(&event_ledger_table[row], ev->stats.value);
	uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	bool large = size > EVENT_MAX_NUMBER;

	if (large)
		*p++ = '"';
	if (v < 0)
		*p++ = '-';
	p = put_u64(p, size);
	if (large)
		*p++ = '"';
	return p;
}

static char *
put_text(struct event_encoder *e, const struct event_step *s, char *p, const char *at)
{
	bool raw = false;

	p = event_put_json(p, at, s->size, &raw);
	e->raw |= (uint32_t)raw << s->path;
	return p;
}

/* A list of texts; all of them byte by byte when one has to be. */
static char *
put_texts(struct event_encoder *e, const struct event_step *s, char *p, const char *at)
{
	size_t size = strnlen(at, s->size);
	const char *end = at + size, *next;
	bool raw = false, whole = false;

	(void)event_put_json(p, at, size, &whole);
	*p++ = '[';
	for (;; at = next + 1) {
		next = memchr(at, '\n', (size_t)(end - at));
		size = (size_t)((next ? next : end) - at);
		*p++ = '"';
		p = whole ? event_put_raw(p, at, size) : event_put_json(p, at, size, &raw);
		*p++ = '"';
		if (!next)
			break;
		*p++ = ',';
	}
	*p++ = ']';
	e->raw |= (uint32_t)whole << s->path;
	return p;
}

static char *
put_fixed_text(struct event_encoder *e, const struct event_step *s, char *p,
	       const struct event_fixed *text)
{
	e->raw |= (uint32_t)text->raw << s->path;
	return put_fixed(p, text->text, text->len);
}

static char *
put_raw_list(const struct event_encoder *e, char *p)
{
	static const char name[] = ",\"enc_raw\":[";

	p = put_fixed(p, name, sizeof(name) - 1);
	for (uint32_t i = 0; i < e->n_paths; i++) {
		if (!(e->raw >> i & 1))
			continue;
		*p++ = '"';
		p = put_fixed(p, e->path[i], strlen(e->path[i]));
		p = put_fixed(p, "\",", 2);
	}
	p[-1] = ']';
	return p;
}

char *
event_put_event_id(const struct event_encoder *e, char *p, const struct event *ev)
{
	p = put_fixed(p, e->event_id[event_table[ev->kind].class], EVENT_ID_PREFIX);
	return put_hex(p, ev->seq, 14);
}

/* Both directions of a flow have the same id, except for ICMP without an answer. */
static bool
is_same_flow(const struct net_tuple *a, const struct net_tuple *b)
{
	if (net_tuple_equal(a, b))
		return true;
	return a->src_port == b->dst_port && a->dst_port == b->src_port &&
	       a->ip_proto == b->ip_proto && a->ip_proto != NET_IP_ICMP &&
	       a->ip_proto != NET_IP_ICMPV6 && net_addr_equal(&a->src, &b->dst) &&
	       net_addr_equal(&a->dst, &b->src);
}

char *
event_put_community_id(struct event_encoder *e, char *p, const struct event *ev)
{
	struct event_cached *c = &e->cache[(ev->flow_id ^ ev->flow_id >> 26) % EVENT_CACHE];

	if (BASE_UNLIKELY(!c->used || !is_same_flow(&c->tuple, &ev->tuple))) {
		c->used = 1;
		c->tuple = ev->tuple;
		net_community_id(&ev->tuple, e->seed, c->id);
	}
	return put_fixed(p, c->id, NET_COMMUNITY_ID);
}

/* A name, or what stands for it in front of the number. */
static char *
put_name(char *p, const char *name, const char *prefix, uint32_t number)
{
	if (name)
		return put_fixed(p, name, strlen(name));
	p = put_fixed(p, prefix, strlen(prefix));
	return put_u32(p, number);
}

static char *
put_dns_flags(char *p, uint16_t flags)
{
	static const char names[7][3] = { "AA", "TC", "RD", "RA", "Z", "AD", "CD" };
	char *start = p;

	*p++ = '[';
	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		if (!(flags & 0x0400u >> i))
			continue;
		*p++ = '"';
		p = put_fixed(p, names[i], strlen(names[i]));
		p = put_fixed(p, "\",", 2);
	}
	if (p > start + 1)
		p--;
	*p++ = ']';
	return p;
}

static char *
put_bool(char *p, bool v)
{
	return v ? put_fixed(p, "true", 4) : put_fixed(p, "false", 5);
}

static uint64_t
since(uint64_t later, uint64_t earlier)
{
	return later > earlier ? later - earlier : 0;
}

static char *
put_special(struct event_encoder *e, const struct event_step *s, char *p, const struct event *ev)
{
	switch (s->op - EVENT_OP_SPECIAL) {
	case EVENT_SPECIAL_EVENT_ID:
		return event_put_event_id(e, p, ev);
	case EVENT_SPECIAL_COMMUNITY_ID:
		return event_put_community_id(e, p, ev);
	case EVENT_SPECIAL_PROTOCOL:
		return put_word(p, &e->put.protocol[ev->tuple.ip_proto]);
	case EVENT_SPECIAL_DIRECTION:
		return put_word(p, event_direction(ev));
	case EVENT_SPECIAL_INTERFACE:
		return put_fixed_text(e, s, p, &e->interface[ev->interface]);
	case EVENT_SPECIAL_TRUE:
		return put_bool(p, true);
	case EVENT_SPECIAL_FINAL:
		return put_bool(p, ev->flags & EVENT_FINAL);
	case EVENT_SPECIAL_FLOW_DURATION:
		return put_seconds(p, since(ev->flow.last_ns, ev->flow.first_ns));
	case EVENT_SPECIAL_GAP:
		return put_seconds(p, since(ev->ts_ns, ev->packet.flow_prev_ns));
	case EVENT_SPECIAL_QTYPE:
		return put_name(p, event_dns_type_name(ev->dns.qtype), "TYPE", ev->dns.qtype);
	case EVENT_SPECIAL_RCODE:
		return put_name(p, event_dns_rcode_name(ev->dns.rcode), "RCODE", ev->dns.rcode);
	case EVENT_SPECIAL_OPCODE:
		return put_name(p, event_dns_opcode_name(ev->dns.flags), "OPCODE",
				ev->dns.flags >> 11 & 15);
	case EVENT_SPECIAL_DNS_FLAGS:
		return put_dns_flags(p, ev->dns.flags);
	case EVENT_SPECIAL_ARP_OP:
		return put_name(p, event_arp_op_name(ev->arp.op), "op", ev->arp.op);
	case EVENT_SPECIAL_ICMP_NAME:
		return put_name(p, event_icmp_name(ev->icmp.version, ev->icmp.type, ev->icmp.code),
				"type", ev->icmp.type);
	case EVENT_SPECIAL_QUOTED_PROTOCOL:
		return put_word(p, &e->put.protocol[ev->icmp.quoted.ip_proto]);
	default:
		return p;
	}
}

static inline char *
put_value(struct event_encoder *e, const struct event_step *s, char *p, const struct event *ev)
{
	const char *at = (const char *)ev + s->offset;

	switch (s->op) {
	case EVENT_OP_NONE:
		return p;
	case EVENT_U8:
		return put_u32(p, (uint8_t)*at);
	case EVENT_U16:
		return put_u32(p, load_u16(at));
	case EVENT_U32:
		return put_u32(p, load_u32(at));
	case EVENT_U64:
		return s->quote ? put_u64(p, load_u64(at)) : event_put_number(p, load_u64(at));
	case EVENT_BOOL:
		return put_bool(p, *at);
	case EVENT_TIME:
		return event_put_time(&e->put, p, load_u64(at));
	case EVENT_DURATION:
		return put_seconds(p, load_u64(at));
	case EVENT_USEC:
		return put_seconds(p, load_u32(at) * NS_PER_US) - 3;
	case EVENT_TEXT:
		return put_text(e, s, p, at);
	case EVENT_TEXTS:
		return put_texts(e, s, p, at);
	case EVENT_ADDR:
		return put_addr(&e->put, p, (const struct net_addr *)(const void *)at);
	case EVENT_MAC:
		return put_mac(p, (const uint8_t *)at);
	case EVENT_ENUM:
		return put_word(p, &s->words[(uint8_t)*at < s->aux ? (uint8_t)*at : 0]);
	case EVENT_TCP_FLAGS: {
		const char *list = e->flags[(uint8_t)*at];

		memcpy(p, list, sizeof(e->flags[0]));
		return p + list[sizeof(e->flags[0]) - 1];
	}
	case EVENT_HEX16:
		return put_hex(put_fixed(p, "0x", 2), load_u16(at), 4);
	case EVENT_OP_RESIDUAL:
		return put_residual(p, ev, s->aux);
	case EVENT_OP_FIXED:
		return put_fixed_text(e, s, p, &e->sensor);
	default:
		return s->op > EVENT_OP_FIXED ? event_put_layered(e, s, p, ev)
					      : put_special(e, s, p, ev);
	}
}

/* An object that is open: where the comma in front of its name stands, and its members begin. */
struct open_object {
	char *name, *members;
};

static char *
put_structure(const struct event_encoder *e, const struct event_step *s, char *p,
	      struct open_object **top)
{
	if (s->op == EVENT_OP_RAW_LIST)
		return e->raw ? put_raw_list(e, p) : p;
	if (s->op == EVENT_OP_OPEN) {
		*(*top)++ = (struct open_object){ .name = p, .members = p + s->len };
		memcpy(p, s->text, EVENT_STEP_TEXT);
		return p + s->len;
	}
	(*top)--;
	assert((*top)->members);
	if (p == (*top)->members)
		return (*top)->name;
	*(*top)->members = '{';
	*p = '}';
	return p + 1;
}

char *
event_run(struct event_encoder *e, const struct event *ev, char *p)
{
	const struct event_step *s = e->step + e->first[ev->kind];
	const struct event_step *end = e->step + e->first[ev->kind + 1];
	uint64_t conditions = event_conditions(e, ev);
	struct open_object open[EVENT_DEPTH] = { { NULL, NULL } }, *top = open;
	char *start = p;

	e->raw = 0;
	for (; s < end; s++) {
		if (!(conditions >> s->when & 1) || !is_set(s, (const char *)ev + s->offset))
			continue;
		if (BASE_UNLIKELY(s->op > EVENT_OP_STRUCTURE)) {
			p = put_structure(e, s, p, &top);
			continue;
		}
		memcpy(p, s->text, EVENT_STEP_TEXT);
		p = put_value(e, s, p + s->len, ev);
		*p = '"';
		p += s->quote;
	}
	*start = '{';
	*p++ = '}';
	*p++ = '\n';
	return p;
}
