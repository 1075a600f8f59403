/* SPDX-License-Identifier: Apache-2.0 */
/* test_filter.c - filters select, and bad ones are shown with the word that is wrong. */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"

enum { SNAPLEN = 262144 };

/* Ethernet, IPv4, TCP from 10.0.0.1:1234 to 10.0.0.2:80. */
static const uint8_t tcp_80[54] = {
	[12] = 8,  [14] = 0x45, [17] = 40, [22] = 64,  [23] = 6,  [26] = 10,   [29] = 1,
	[30] = 10, [33] = 2,    [34] = 4,  [35] = 210, [37] = 80, [46] = 0x50, [47] = 2,
};

static bool
selects(const char *text, uint16_t linktype, const uint8_t *data, uint32_t len)
{
	struct packet p = { .data = data, .caplen = len, .wire_len = len, .linktype = linktype };
	char err[BASE_ERROR_LEN] = "";
	struct capture_filter *f;
	bool match;

	if (capture_filter_new(&f, text, linktype, SNAPLEN, err) < 0)
		fail_msg("%s", err);
	match = capture_filter_match(f, &p);
	capture_filter_free(f);
	return match;
}

/* The message for a bad filter; static, overwritten by the next. */
static const char *
refused(const char *text)
{
	static char err[BASE_ERROR_LEN];
	struct capture_filter *f = NULL;

	assert_int_equal(capture_filter_new(&f, text, CAPTURE_LINK_ETHERNET, SNAPLEN, err),
			 -EINVAL);
	assert_null(f);
	return err;
}

static void
no_text_selects_everything(void **state)
{
	(void)state;
	assert_true(selects(NULL, CAPTURE_LINK_ETHERNET, tcp_80, sizeof(tcp_80)));
	assert_true(selects("", CAPTURE_LINK_ETHERNET, tcp_80, sizeof(tcp_80)));
	assert_true(selects(" \t\n", CAPTURE_LINK_RADIOTAP, tcp_80, 0));
	capture_filter_free(NULL);
}

static void
a_filter_selects_by_what_it_says(void **state)
{
	(void)state;
	assert_true(selects("tcp port 80", CAPTURE_LINK_ETHERNET, tcp_80, sizeof(tcp_80)));
	assert_true(selects("src host 10.0.0.1", CAPTURE_LINK_ETHERNET, tcp_80, sizeof(tcp_80)));
	assert_false(selects("tcp port 81", CAPTURE_LINK_ETHERNET, tcp_80, sizeof(tcp_80)));
	assert_false(selects("udp", CAPTURE_LINK_ETHERNET, tcp_80, sizeof(tcp_80)));
	/* Of a packet cut too short nothing can be said. */
	assert_false(selects("tcp port 80", CAPTURE_LINK_ETHERNET, tcp_80, 36));
}

static void
a_filter_knows_the_link_type(void **state)
{
	(void)state;
	assert_true(selects("tcp port 80", CAPTURE_LINK_RAW, tcp_80 + 14, sizeof(tcp_80) - 14));
	assert_true(selects("tcp port 80", CAPTURE_LINK_IPV4, tcp_80 + 14, sizeof(tcp_80) - 14));
	assert_false(
		selects("tcp port 80", CAPTURE_LINK_ETHERNET, tcp_80 + 14, sizeof(tcp_80) - 14));
}

static void
the_wrong_word_is_marked(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "tcp prot 80", "bad filter: can't parse filter expression: syntax error\n"
				 "  tcp prot 80\n"
				 "      ^~~~" },
		{ "foo", "bad filter: can't parse filter expression: syntax error\n"
			 "  foo\n"
			 "  ^~~" },
		{ "tcp or udp port 53 53 or icmp",
		  "bad filter: can't parse filter expression: syntax error\n"
		  "  tcp or udp port 53 53 or icmp\n"
		  "                     ^~" },
		{ "tcp\tport nonesuch and udp", "bad filter: unknown port 'nonesuch'\n"
						"  tcp port nonesuch and udp\n"
						"           ^~~~~~~~" },
		{ "vlan 5000 and tcp", "bad filter: VLAN tag 5000 greater than maximum 4095\n"
				       "  vlan 5000 and tcp\n"
				       "       ^~~~" },
		{ "tcp and tcp[99999999999] = 1",
		  "bad filter: number 99999999999 overflows 32 bits\n"
		  "  tcp and tcp[99999999999] = 1\n"
		  "          ^~~~~~~~~~~~~~~~" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(refused(cases[i].text), cases[i].message);
}

static void
a_filter_that_ends_too_early_is_marked_behind_its_end(void **state)
{
	(void)state;
	assert_string_equal(refused("tcp and"),
			    "bad filter: can't parse filter expression: syntax error\n"
			    "  tcp and\n"
			    "          ^");
	assert_string_equal(refused("(tcp"),
			    "bad filter: can't parse filter expression: syntax error\n"
			    "  (tcp\n"
			    "       ^");
}

static void
a_filter_that_can_select_nothing_is_refused(void **state)
{
	(void)state;
	assert_non_null(strstr(refused("tcp and udp"), "expression rejects all packets"));
}

static void
of_a_long_filter_the_part_around_the_wrong_word_is_shown(void **state)
{
	char text[3000] = "tcp";
	const char *message, *line, *mark;

	(void)state;
	for (int i = 0; i < 100; i++)
		strcat(text, " or udp");
	strcat(text, " or prot 80");
	for (int i = 0; i < 100; i++)
		strcat(text, " or icmp");
	message = refused(text);
	assert_true(strlen(message) < BASE_ERROR_LEN);
	line = strchr(message, '\n') + 1;
	mark = strchr(line, '\n') + 1;
	assert_memory_equal(line, "  ...", 5);
	/* The mark stands below the word. */
	assert_memory_equal(line + (strchr(mark, '^') - mark), "prot ", 5);
	assert_string_equal(strchr(mark, '^'), "^~~~");
}

static void
control_characters_of_a_filter_do_not_reach_the_message(void **state)
{
	const char *message = refused("tcp \x1b[31m\x07 and \xff udp");

	(void)state;
	assert_null(strchr(message, '\x1b'));
	assert_null(strchr(message, '\x07'));
	assert_null(strchr(message, '\xff'));
}

static void
the_length_of_a_filter_is_bounded(void **state)
{
	size_t len = (16 << 10) + 1;
	char *text = malloc(len + 1);

	(void)state;
	memset(text, ' ', len);
	text[len] = '\0';
	assert_non_null(strstr(refused(text), "at most 16384 are taken"));
	/* With very many words no position is looked for. */
	for (size_t i = 0; i + 2 < len; i += 2)
		memcpy(text + i, "x ", 2);
	text[len - 1] = '\0';
	assert_non_null(strstr(refused(text), "syntax error (in 16384 letters of text)"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_text_selects_everything),
		cmocka_unit_test(a_filter_selects_by_what_it_says),
		cmocka_unit_test(a_filter_knows_the_link_type),
		cmocka_unit_test(the_wrong_word_is_marked),
		cmocka_unit_test(a_filter_that_ends_too_early_is_marked_behind_its_end),
		cmocka_unit_test(a_filter_that_can_select_nothing_is_refused),
		cmocka_unit_test(of_a_long_filter_the_part_around_the_wrong_word_is_shown),
		cmocka_unit_test(control_characters_of_a_filter_do_not_reach_the_message),
		cmocka_unit_test(the_length_of_a_filter_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
