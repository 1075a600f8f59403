/* SPDX-License-Identifier: Apache-2.0 */
/* test_dns.c - names, answers, pairing, and messages that lie. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "proto/proto.h"

extern const struct proto_ops proto_dns;

struct message {
	uint8_t bytes[1024];
	size_t len;
	uint8_t state[FLOW_SCRATCH];
	uint64_t ts_ns;
};

static void
put(struct message *m, const void *bytes, size_t len)
{
	memcpy(m->bytes + m->len, bytes, len);
	m->len += len;
}

static void
put16(struct message *m, unsigned v)
{
	put(m, (const uint8_t[2]){ (uint8_t)(v >> 8), (uint8_t)v }, 2);
}

static void
begin(struct message *m, unsigned id, unsigned flags, unsigned questions, unsigned answers)
{
	m->len = 0;
	put16(m, id);
	put16(m, flags);
	put16(m, questions);
	put16(m, answers);
	put16(m, 0);
	put16(m, 0);
}

#define PUT(m, literal) put(m, literal, sizeof(literal) - 1)

static void
question(struct message *m, unsigned type)
{
	PUT(m, "\3wWw\7example\3com\0");
	put16(m, type);
	put16(m, 1);
}

static void
answer_head(struct message *m, unsigned type, unsigned ttl, unsigned len)
{
	PUT(m, "\xc0\x0c");
	put16(m, type);
	put16(m, 1);
	put16(m, 0);
	put16(m, ttl);
	put16(m, len);
}

/* Parses an exact-size copy, so that a sanitizer sees a read beyond it. */
static enum proto_result
parse(struct message *m, struct event *ev)
{
	uint8_t *copy = malloc(m->len ? m->len : 1);
	struct decoded d = { .ts_ns = m->ts_ns };
	struct proto_packet p = { .decoded = &d };
	enum proto_result result;

	memcpy(copy, m->bytes, m->len);
	p.payload = cursor_over(copy, m->len);
	memset(ev, 0xa5, sizeof(*ev));
	ev->flags = 0;
	result = proto_dns.parse(m->state, &p, ev);
	free(copy);
	return result;
}

static void
a_query_is_read(void **state)
{
	struct message m = { .ts_ns = 5 };
	struct event ev;

	(void)state;
	begin(&m, 0x1234, 0x0100, 1, 0);
	question(&m, 1);
	assert_int_equal(parse(&m, &ev), PROTO_EVENT);
	assert_int_equal(ev.dns.id, 0x1234);
	assert_false(ev.dns.response);
	assert_string_equal(ev.dns.qname, "www.example.com");
	assert_int_equal(ev.dns.qtype, 1);
	assert_int_equal(ev.flags & EVENT_PARTIAL, 0);
}

static void
answers_follow_pointers_and_latency_is_paired_by_id(void **state)
{
	struct message m = { .ts_ns = UINT64_C(1700000000) * NS_PER_SEC };
	struct event ev;

	(void)state;
	begin(&m, 7, 0x0100, 1, 0);
	question(&m, 1);
	parse(&m, &ev);
	begin(&m, 8, 0x0100, 1, 0);
	question(&m, 28);
	parse(&m, &ev);
	m.ts_ns += 12 * NS_PER_MS;
	begin(&m, 7, 0x8180, 1, 3);
	question(&m, 1);
	answer_head(&m, 5, 300, 6);
	PUT(&m, "\3cdn\xc0\x10");
	answer_head(&m, 1, 60, 4);
	PUT(&m, "\xc0\x00\x02\x01");
	answer_head(&m, 15, 90, 9);
	PUT(&m, "\x00\x0a\4mail\xc0\x10");
	assert_int_equal(parse(&m, &ev), PROTO_EVENT);
	assert_true(ev.dns.response);
	assert_string_equal(ev.dns.answer, "cdn.example.com\n192.0.2.1\n10 mail.example.com");
	assert_int_equal(ev.dns.ttl, 60);
	assert_int_equal(ev.dns.latency_ns, 12 * NS_PER_MS);
}

static void
a_name_can_be_read_back(void **state)
{
	struct message m = { .len = 0 };
	struct event ev;

	(void)state;
	begin(&m, 1, 0, 1, 0);
	PUT(&m, "\4a.\\b\2\x01\n\3<i>\0");
	put16(&m, 16);
	put16(&m, 1);
	assert_int_equal(parse(&m, &ev), PROTO_EVENT);
	assert_string_equal(ev.dns.qname, "a\\.\\\\b.\\001\\010.<i>");
}

static void
the_root_is_a_dot(void **state)
{
	struct message m = { .len = 0 };
	struct event ev;

	(void)state;
	begin(&m, 1, 0, 1, 0);
	PUT(&m, "\0");
	put16(&m, 2);
	put16(&m, 1);
	parse(&m, &ev);
	assert_string_equal(ev.dns.qname, ".");
}

static void
a_pointer_that_does_not_go_back_ends_the_message(void **state)
{
	static const char *const bad[] = { "\xc0\x0c", "\xc0\x0d", "\xc0\x20", "\3abc\xc0\x0c" };
	struct event ev;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct message m = { .len = 0 };

		begin(&m, 1, 0, 1, 0);
		put(&m, bad[i], strlen(bad[i]));
		put16(&m, 1);
		put16(&m, 1);
		assert_int_equal(parse(&m, &ev), PROTO_EVENT);
		assert_true(ev.flags & EVENT_PARTIAL);
		assert_string_equal(ev.dns.qname, "");
	}
}

static void
a_name_longer_than_allowed_is_refused(void **state)
{
	struct message m = { .len = 0 };
	struct event ev;

	(void)state;
	begin(&m, 1, 0, 1, 0);
	for (int i = 0; i < 5; i++) {
		uint8_t label[64] = { 63 };

		memset(label + 1, 'x', 63);
		put(&m, label, sizeof(label));
	}
	PUT(&m, "\0");
	put16(&m, 1);
	put16(&m, 1);
	parse(&m, &ev);
	assert_true(ev.flags & EVENT_PARTIAL);
}

static void
a_message_cut_anywhere_is_survived_and_marked(void **state)
{
	struct message whole = { .len = 0 };
	struct event ev;
	size_t len;

	(void)state;
	begin(&whole, 7, 0x8180, 1, 2);
	question(&whole, 1);
	answer_head(&whole, 5, 300, 6);
	PUT(&whole, "\3cdn\xc0\x10");
	answer_head(&whole, 1, 60, 4);
	PUT(&whole, "\xc0\x00\x02\x01");
	len = whole.len;
	for (size_t cut = 0; cut < len; cut++) {
		struct message m = whole;

		m.len = cut;
		if (parse(&m, &ev) == PROTO_EVENT)
			assert_true(ev.flags & EVENT_PARTIAL);
		else
			assert_true(cut < 12);
	}
	assert_int_equal(parse(&whole, &ev), PROTO_EVENT);
	assert_int_equal(ev.flags & EVENT_PARTIAL, 0);
}

static void
too_many_answers_are_cut_not_lost(void **state)
{
	struct message m = { .len = 0 };
	struct event ev;

	(void)state;
	begin(&m, 7, 0x8180, 1, 30);
	question(&m, 1);
	for (int i = 0; i < 30; i++) {
		answer_head(&m, 1, 60, 4);
		PUT(&m, "\xc0\xa8\x64\x64");
	}
	assert_int_equal(parse(&m, &ev), PROTO_EVENT);
	assert_true(ev.flags & EVENT_CUT);
	assert_int_equal(strlen(ev.dns.answer), sizeof(ev.dns.answer) - 1);
}

static void
edns_extends_the_result_code(void **state)
{
	struct message m = { .len = 0 };
	struct event ev;

	(void)state;
	begin(&m, 7, 0x8180, 1, 0);
	m.bytes[11] = 1;
	question(&m, 1);
	PUT(&m, "\0");
	put16(&m, 41);
	put16(&m, 1232);
	put(&m, "\x01\x00\x00\x00", 4);
	put16(&m, 0);
	assert_int_equal(parse(&m, &ev), PROTO_EVENT);
	assert_int_equal(ev.dns.rcode, 16);
}

static bool
is_believed_on_its_port(unsigned opcode, unsigned questions, size_t captured, size_t sent)
{
	struct message m = { .len = 0 };
	struct decoded d = { .payload_len = (uint32_t)sent };
	struct proto_packet p = { .decoded = &d };

	begin(&m, 1, opcode << 11, questions, 0);
	p.payload = cursor_over(m.bytes, captured);
	return proto_dns.probe(&p, true);
}

static void
many_questions_are_believed_when_they_fit(void **state)
{
	(void)state;
	assert_true(is_believed_on_its_port(0, 1, 12, 17));
	assert_true(is_believed_on_its_port(0, 16, 12, 12));
	assert_true(is_believed_on_its_port(0, 17, 12, 97));
	assert_false(is_believed_on_its_port(0, 17, 12, 96));
	/* Multicast; and cut by the snapshot length. */
	assert_true(is_believed_on_its_port(0, 40, 60, 512));
	assert_true(is_believed_on_its_port(0, 40, 12, 512));
	assert_false(is_believed_on_its_port(0, 65535, 512, 512));
	assert_false(is_believed_on_its_port(0, 1, 11, 17));
	assert_false(is_believed_on_its_port(7, 1, 12, 17));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_is_read),
		cmocka_unit_test(many_questions_are_believed_when_they_fit),
		cmocka_unit_test(answers_follow_pointers_and_latency_is_paired_by_id),
		cmocka_unit_test(a_name_can_be_read_back),
		cmocka_unit_test(the_root_is_a_dot),
		cmocka_unit_test(a_pointer_that_does_not_go_back_ends_the_message),
		cmocka_unit_test(a_name_longer_than_allowed_is_refused),
		cmocka_unit_test(a_message_cut_anywhere_is_survived_and_marked),
		cmocka_unit_test(too_many_answers_are_cut_not_lost),
		cmocka_unit_test(edns_extends_the_result_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
