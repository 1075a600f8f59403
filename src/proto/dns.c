/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns.c - Domain Name System over UDP (RFC 1035, 3596, 6891, 9460), with its
 * multicast forms mDNS (RFC 6762) and LLMNR (RFC 4795), which differ in port only.
 *
 * One event per message.  Names are in lower case without a final dot, "." for
 * the root; a dot or backslash inside a label is written with a backslash before
 * it, a byte below 0x20 as \DDD, so that a name can be read back.  Answers are
 * separated by a newline, which for that reason cannot occur in one.
 *
 * Compression pointers must point strictly backwards and are followed at most
 * MAX_JUMPS times; a name has at most 255 bytes (threat-model bounds).
 */
#include <stdio.h>

#include "proto/proto.h"

enum {
	HEADER = 12, /* bytes before the first question */
	FLAG_RESPONSE = 0x8000,
	RCODE_MASK = 0x000f,
	FEW_QUESTIONS = 16,
	SHORTEST_QUESTION = 5, /* the root, a type, a class */
	MAX_JUMPS = 16,
	MAX_NAME = 255,
	MAX_RECORDS = 64, /* read per message */
	NAME_TEXT = 4 * MAX_NAME + 2,
	CLASS_MASK = 0x7fff, /* mDNS uses the top bit */
	TYPE_A = 1,
	TYPE_NS = 2,
	TYPE_CNAME = 5,
	TYPE_SOA = 6,
	TYPE_PTR = 12,
	TYPE_MX = 15,
	TYPE_TXT = 16,
	TYPE_AAAA = 28,
	TYPE_SRV = 33,
	TYPE_DNAME = 39,
	TYPE_OPT = 41,
};

/* Growing text with a fixed end. */
struct text {
	char *at, *end;
	bool cut;
};

static void
put_char(struct text *t, char c)
{
	if (t->at < t->end)
		*t->at++ = c;
	else
		t->cut = true;
}

static void
put_byte(struct text *t, uint8_t b)
{
	if (b < 0x20) {
		put_char(t, '\\');
		put_char(t, (char)('0' + b / 100));
		put_char(t, (char)('0' + b / 10 % 10));
		put_char(t, (char)('0' + b % 10));
		return;
	}
	put_char(t, (char)b);
}

/* Letters of a label that stand for themselves, in lower case; 0 for the others. */
static const char plain[256] = {
	['!'] = '!', ['"'] = '"', ['#'] = '#', ['$'] = '$', ['%'] = '%', ['&'] = '&', ['\''] = '\'',
	['('] = '(', [')'] = ')', ['*'] = '*', ['+'] = '+', [','] = ',', ['-'] = '-', ['/'] = '/',
	['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6',
	['7'] = '7', ['8'] = '8', ['9'] = '9', [':'] = ':', [';'] = ';', ['<'] = '<', ['='] = '=',
	['>'] = '>', ['?'] = '?', ['@'] = '@', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd',
	['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k',
	['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r',
	['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y',
	['Z'] = 'z', ['['] = '[', [']'] = ']', ['^'] = '^', ['_'] = '_', ['`'] = '`', ['a'] = 'a',
	['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h',
	['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o',
	['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v',
	['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z', ['{'] = '{', ['|'] = '|', ['}'] = '}',
	['~'] = '~',
};

static void
put_odd(struct text *t, uint8_t b)
{
	if (b == '.' || b == '\\')
		put_char(t, '\\');
	put_byte(t, b);
}

#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

/* Per byte 0x80: below that sum it is at least from. */
static inline uint64_t
is_from(uint64_t bytes, uint8_t from)
{
	return bytes + EACH_BYTE(0x80U - from);
}

/* A label of up to eight bytes that all stand for themselves, as one word.  Room for eight is
 * there on both sides. */
static inline bool
put_short(struct text *t, const uint8_t *bytes, size_t len)
{
	static const uint8_t edge[16] = { 255, 255, 255, 255, 255, 255, 255, 255 };
	uint64_t x, mask, plain_ones, upper;

	memcpy(&x, bytes, sizeof(x));
	memcpy(&mask, edge + 8 - len, sizeof(mask));
	x = (x & mask) | (EACH_BYTE('a') & ~mask);
	plain_ones = ~x & is_from(x, '!') & ~is_from(x, 0x7f) & is_from(x ^ EACH_BYTE('.'), 1) &
		     is_from(x ^ EACH_BYTE('\\'), 1);
	if (BASE_UNLIKELY((plain_ones & EACH_BYTE(0x80)) != EACH_BYTE(0x80)))
		return false;
	upper = is_from(x, 'A') & ~is_from(x, 'Z' + 1) & EACH_BYTE(0x80);
	x |= upper >> 2;
	memcpy(t->at, &x, sizeof(x));
	t->at += len;
	return true;
}

static void
put_label(struct text *t, const uint8_t *bytes, size_t len)
{
	char *at = t->at;

	if ((size_t)(t->end - at) < 4 * len) {
		for (size_t i = 0; i < len; i++)
			if (plain[bytes[i]])
				put_char(t, plain[bytes[i]]);
			else
				put_odd(t, bytes[i]);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		char c = plain[bytes[i]];

		if (BASE_LIKELY(c)) {
			*at++ = c;
			continue;
		}
		t->at = at;
		put_odd(t, bytes[i]);
		at = t->at;
	}
	t->at = at;
}

/* Another label of a name; left: bytes of the message from it on. */
static inline void
put_next(struct text *t, const uint8_t *label, size_t len, size_t left, bool dot)
{
	if (dot)
		put_char(t, '.');
	if (len > 8 || left < 8 || t->end - t->at < 8 || !put_short(t, label, len))
		put_label(t, label, len);
}

/* Appends the name at c to t (NULL: nowhere) and leaves c behind it.  False when it
 * is malformed or ends too early.  message: the whole message, for pointers. */
static bool
read_name(struct cursor *c, const struct cursor *message, struct text *t)
{
	struct cursor at = *c;
	size_t total = 0, lowest = (size_t)(c->at - message->at);
	int jumps = 0;

	for (;;) {
		uint8_t len = cursor_u8(&at);
		const uint8_t *label;

		if ((len & 0xc0) == 0xc0) {
			size_t target = (size_t)(len & 0x3f) << 8 | cursor_u8(&at);

			if (at.truncated || target >= lowest || ++jumps > MAX_JUMPS)
				return false;
			if (jumps == 1)
				*c = at;
			lowest = target;
			at = *message;
			cursor_skip(&at, target);
			continue;
		}
		if (at.truncated || len & 0xc0 || (total += (size_t)len + 1) > MAX_NAME)
			return false;
		if (len == 0)
			break;
		label = cursor_take(&at, len);
		if (!label)
			return false;
		if (t)
			put_next(t, label, len, (size_t)(message->end - label),
				 total > (size_t)len + 1);
	}
	if (total == 1 && t)
		put_char(t, '.');
	if (jumps == 0)
		*c = at;
	return true;
}

static void
put_address(struct text *t, const struct net_addr *a)
{
	char buf[NET_ADDR_TEXT];
	size_t len = net_addr_text(a, buf);

	for (size_t i = 0; i < len; i++)
		put_char(t, buf[i]);
}

static void
put_number(struct text *t, uint32_t v)
{
	char buf[12];
	int len = snprintf(buf, sizeof(buf), "%u", v);

	for (int i = 0; i < len; i++)
		put_char(t, buf[i]);
}

/* The character strings of a TXT record, one after the other. */
static void
put_strings(struct text *t, struct cursor data)
{
	while (cursor_left(&data) > 0) {
		uint8_t len = cursor_u8(&data);
		const uint8_t *s = cursor_take(&data, len);

		for (size_t i = 0; s && i < len; i++) {
			if (s[i] == '\\')
				put_char(t, '\\');
			put_byte(t, s[i]);
		}
	}
}

/* Priority, weight and the like in front of a name: n numbers of 16 bits. */
static void
put_numbers_and_name(struct text *t, struct cursor data, const struct cursor *message, int n)
{
	for (int i = 0; i < n; i++) {
		put_number(t, cursor_be16(&data));
		put_char(t, ' ');
	}
	(void)read_name(&data, message, t);
}

static void
put_answer(struct text *t, uint16_t type, struct cursor data, const struct cursor *message)
{
	static const char hex[] = "0123456789abcdef";
	struct net_addr a;

	switch (type) {
	case TYPE_A:
		if (cursor_left(&data) == 4) {
			a = net_addr_v4(data.at);
			put_address(t, &a);
		}
		return;
	case TYPE_AAAA:
		if (cursor_left(&data) == sizeof(a.b)) {
			memcpy(a.b, data.at, sizeof(a.b));
			put_address(t, &a);
		}
		return;
	case TYPE_NS:
	case TYPE_CNAME:
	case TYPE_SOA:
	case TYPE_PTR:
	case TYPE_DNAME:
		(void)read_name(&data, message, t);
		return;
	case TYPE_MX:
		put_numbers_and_name(t, data, message, 1);
		return;
	case TYPE_SRV:
		put_numbers_and_name(t, data, message, 3);
		return;
	case TYPE_TXT:
		put_strings(t, data);
		return;
	default:
		for (size_t n = cursor_left(&data), i = 0; i < n && i < 32; i++) {
			put_char(t, hex[data.at[i] >> 4]);
			put_char(t, hex[data.at[i] & 15]);
		}
	}
}

/* Nearly every answer is about the name asked for, which was read and found whole. */
static inline bool
skip_owner(struct cursor *c, const struct cursor *message, const struct event_dns *e)
{
	static const uint8_t first_question[2] = { 0xc0, HEADER };

	if (e->questions == 0 || cursor_left(c) < sizeof(first_question) ||
	    memcmp(c->at, first_question, sizeof(first_question)) != 0)
		return read_name(c, message, NULL);
	cursor_skip(c, sizeof(first_question));
	return true;
}

/* Reads one resource record; answers are appended to t, OPT extends the rcode. */
static bool
read_record(struct cursor *c, const struct cursor *message, struct event_dns *e, struct text *t)
{
	struct cursor data;
	uint16_t type, len;
	uint32_t ttl;

	if (!skip_owner(c, message, e))
		return false;
	type = cursor_be16(c);
	cursor_skip(c, 2);
	ttl = cursor_be32(c);
	len = cursor_be16(c);
	data = *c;
	cursor_skip(c, len);
	if (c->truncated)
		return false;
	cursor_limit(&data, len);
	if (type == TYPE_OPT)
		e->rcode = (uint16_t)((e->rcode & RCODE_MASK) | (ttl >> 24) << 4);
	if (!t || type == TYPE_OPT)
		return true;
	if (t->at > e->answer)
		put_char(t, '\n');
	put_answer(t, type, data, message);
	e->ttl = ttl < e->ttl ? ttl : e->ttl;
	return true;
}

static bool
read_sections(struct cursor *c, const struct cursor *message, struct event *ev)
{
	struct event_dns *e = &ev->dns;
	struct text answer = { e->answer, e->answer + sizeof(e->answer) - 1, false };
	uint32_t others = (uint32_t)e->authorities + e->additionals;
	bool whole = true;

	e->ttl = UINT32_MAX;
	for (uint32_t i = 0; whole && i < e->answers && i < MAX_RECORDS; i++)
		whole = read_record(c, message, e, &answer);
	*answer.at = '\0';
	if (answer.cut)
		ev->flags |= EVENT_CUT;
	for (uint32_t i = 0; whole && e->answers <= MAX_RECORDS && i < others && i < MAX_RECORDS;
	     i++)
		whole = read_record(c, message, e, NULL);
	if (e->ttl == UINT32_MAX)
		e->ttl = 0;
	return whole;
}

/* A name that is longer as text than on the wire, and too long for its field. */
static BASE_COLD void
put_long_name(struct cursor at, const struct cursor *message, struct event *ev)
{
	char name[NAME_TEXT];
	struct text t = { name, name + sizeof(name), false };

	(void)read_name(&at, message, &t);
	event_text(ev, ev->dns.qname, sizeof(ev->dns.qname), name, (size_t)(t.at - name));
}

static bool
read_first_question(struct cursor *c, const struct cursor *message, struct event *ev)
{
	struct event_dns *e = &ev->dns;
	struct text t = { e->qname, e->qname + sizeof(e->qname) - 1, false };
	struct cursor name = *c;
	bool whole = read_name(c, message, &t);
	uint16_t qtype = cursor_be16(c), qclass = cursor_be16(c);

	*t.at = '\0';
	if (!whole || c->truncated) {
		e->qname[0] = '\0';
		return false;
	}
	e->qtype = qtype;
	e->qclass = qclass & CLASS_MASK;
	if (BASE_UNLIKELY(t.cut))
		put_long_name(name, message, ev);
	return true;
}

static bool
read_questions(struct cursor *c, const struct cursor *message, struct event *ev)
{
	if (ev->dns.questions > 0 && !read_first_question(c, message, ev))
		return false;
	for (uint16_t i = 1; i < ev->dns.questions && i < MAX_RECORDS; i++) {
		bool whole = read_name(c, message, NULL);

		cursor_skip(c, 4);
		if (!whole || c->truncated)
			return false;
	}
	return true;
}

/* Two queries in flight per flow are remembered: A and AAAA are asked together. */
struct dns_state {
	struct {
		uint16_t id, time_high; /* time in us, modulo 2^48; 0: none */
		uint32_t time_low;
	} query[2];
};
_Static_assert(sizeof(struct dns_state) <= FLOW_SCRATCH, "fits a flow");

#define TIME_MASK      ((UINT64_C(1) << 48) - 1)
#define MAX_LATENCY_US UINT64_C(60000000)

static void
remember_query(struct dns_state *s, uint16_t id, uint64_t ts_ns)
{
	uint64_t us = ts_ns / NS_PER_US;

	s->query[1] = s->query[0];
	s->query[0].id = id;
	s->query[0].time_high = (uint16_t)(us >> 32);
	s->query[0].time_low = (uint32_t)us;
}

static uint64_t
query_latency(const struct dns_state *s, uint16_t id, uint64_t ts_ns)
{
	uint64_t now = ts_ns / NS_PER_US;

	for (size_t i = 0; i < ARRAY_LEN(s->query); i++) {
		uint64_t us = (uint64_t)s->query[i].time_high << 32 | s->query[i].time_low;
		uint64_t passed = (now - us) & TIME_MASK;

		if (s->query[i].id == id && us != 0 && passed <= MAX_LATENCY_US)
			return passed * NS_PER_US;
	}
	return 0;
}

static bool
dns_probe(const struct proto_packet *p, bool on_port)
{
	struct cursor c = p->payload, message = p->payload;
	uint16_t flags, questions, answers, others, qclass;

	cursor_skip(&c, 2);
	flags = cursor_be16(&c);
	questions = cursor_be16(&c);
	answers = cursor_be16(&c);
	others = cursor_be16(&c);
	others |= cursor_be16(&c);
	if (c.truncated)
		return false;
	/* Multicast questions come by the dozen: more than a few have to fit, each with a name,
	 * a type and a class. */
	if (on_port)
		return (flags >> 11 & 15) <= 6 &&
		       (questions <= FEW_QUESTIONS ||
			HEADER + (uint32_t)questions * SHORTEST_QUESTION <=
				p->decoded->payload_len);
	if (questions != 1 || flags & 0x0040 || answers > MAX_RECORDS || others > MAX_RECORDS ||
	    (!(flags & FLAG_RESPONSE) && answers != 0) || !read_name(&c, &message, NULL))
		return false;
	cursor_skip(&c, 2);
	qclass = cursor_be16(&c);
	return !c.truncated && (qclass & CLASS_MASK) == 1;
}

static enum proto_result
dns_parse(void *state, struct proto_packet *p, struct event *ev)
{
	const struct cursor message = p->payload;
	struct cursor *c = &p->payload;
	struct event_dns *e = &ev->dns;

	p->done = true;
	memset(e, 0, offsetof(struct event_dns, qname));
	e->qname[0] = e->answer[0] = '\0';
	e->id = cursor_be16(c);
	e->flags = cursor_be16(c);
	e->questions = cursor_be16(c);
	e->answers = cursor_be16(c);
	e->authorities = cursor_be16(c);
	e->additionals = cursor_be16(c);
	if (c->truncated)
		return PROTO_BAD;
	e->response = e->flags & FLAG_RESPONSE;
	e->rcode = e->flags & RCODE_MASK;
	if (!read_questions(c, &message, ev) || !read_sections(c, &message, ev))
		ev->flags |= EVENT_PARTIAL;
	if (e->response)
		e->latency_ns = query_latency(state, e->id, p->decoded->ts_ns);
	else
		remember_query(state, e->id, p->decoded->ts_ns);
	return PROTO_EVENT;
}

const struct proto_ops proto_dns = {
	.name = "dns",
	.summary = "Domain Name System messages over UDP.",
	.over = PROTO_OVER_UDP,
	.id = 53,
	.kind = EVENT_DNS,
	.probe = dns_probe,
	.parse = dns_parse,
};

const struct proto_ops proto_mdns = {
	.name = "mdns",
	.summary = "Multicast DNS messages.",
	.over = PROTO_OVER_UDP,
	.id = 5353,
	.kind = EVENT_DNS,
	.probe = dns_probe,
	.parse = dns_parse,
};

const struct proto_ops proto_llmnr = {
	.name = "llmnr",
	.summary = "Link-local multicast name resolution messages.",
	.over = PROTO_OVER_UDP,
	.id = 5355,
	.kind = EVENT_DNS,
	.probe = dns_probe,
	.parse = dns_parse,
};
