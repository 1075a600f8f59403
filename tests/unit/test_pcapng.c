/* SPDX-License-Identifier: Apache-2.0 */
/* test_pcapng.c - pcapng files of every kind, whole and broken. */
#include "capture_bytes.h"

static void
one_of_several_interfaces_may_have_an_unsupported_link_type(void **state)
{
	struct bytes *x = new_bytes(false);
	struct result *r;

	(void)state;
	section(x);
	interface(x, CAPTURE_LINK_RADIOTAP, 255, 0, NULL);
	interface(x, CAPTURE_LINK_ETHERNET, 255, 0, NULL);
	enhanced(x, 0, 1, 0, 40);
	enhanced(x, 1, 2, 1, 41);
	r = read_built(x);
	assert_int_equal(r->opened, 0);
	assert_int_equal(r->n, 2);
	assert_int_equal(r->p[0].linktype, CAPTURE_LINK_RADIOTAP);
	assert_int_equal(r->p[1].linktype, CAPTURE_LINK_ETHERNET);
	assert_int_equal(r->p[1].interface, 1);
	free(r);
}

static void
every_kind_of_packet_block_is_read_and_the_others_are_passed_over(void **state)
{
	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		struct bytes *x = new_bytes(swapped);
		struct result *r;
		size_t at;

		section(x);
		interface(x, CAPTURE_LINK_ETHERNET, 255, 0, NULL);
		other_block(x, 4, 40); /* names */
		enhanced(x, 0, 5000001, 0, 61);
		other_block(x, 5, 44); /* statistics */
		simple(x, 1, 62);
		at = begin_block(x, 2); /* obsolete packet */
		u16(x, 0);
		u16(x, 9);
		u32(x, 0);
		u32(x, 6000000);
		u32(x, 63);
		u32(x, 63);
		payload(x, 2, 63);
		end_block(x, at);
		other_block(x, 0x0bad, 3);
		other_block(x, 0x80000001, 0);
		r = read_built(x);
		assert_int_equal(r->n, 3);
		assert_int_equal(r->ended, -ENODATA);
		assert_int_equal(r->p[0].ts_ns, 5000001000);
		assert_int_equal(r->p[0].wire_len, 71);
		/* A simple packet has no time: it takes that of the one before. */
		assert_int_equal(r->p[1].ts_ns, 5000001000);
		assert_int_equal(r->p[1].wire_len, 62);
		assert_int_equal(r->p[2].ts_ns, 6000000000);
		for (unsigned k = 0; k < 3; k++) {
			assert_int_equal(r->p[k].caplen, 61 + k);
			assert_true(is_payload(&r->p[k], k));
		}
		free(r);
	}
}

static void
a_simple_packet_is_cut_to_the_length_its_interface_says(void **state)
{
	struct bytes *x = new_bytes(false);
	struct result *r;
	size_t at;

	(void)state;
	section(x);
	at = begin_block(x, 1);
	u16(x, CAPTURE_LINK_ETHERNET);
	u16(x, 0);
	u32(x, 32);
	end_block(x, at);
	at = begin_block(x, 3);
	u32(x, 1000);
	payload(x, 0, 32);
	end_block(x, at);
	r = read_built(x);
	assert_int_equal(r->n, 1);
	assert_int_equal(r->p[0].caplen, 32);
	assert_int_equal(r->p[0].wire_len, 1000);
	free(r);
}

static void
every_resolution_and_offset_becomes_nanoseconds(void **state)
{
	static const struct {
		unsigned resolution;
		int64_t offset;
		uint64_t ticks, ns;
	} cases[] = {
		{ 255, 0, 1500000, 1500000000 }, /* microseconds when nothing is said */
		{ 6, 0, 1500000, 1500000000 },
		{ 9, 0, 1500000007, 1500000007 },
		{ 0, 0, 12, 12000000000 },
		{ 3, 0, 1234, 1234000000 },
		{ 12, 0, 1234567890123, 1234567890 },
		{ 19, 0, UINT64_C(12345678901234567890), 1234567890 },
		{ 28, 0, UINT64_MAX, 1 },
		{ 100, 0, UINT64_MAX, 0 },
		{ 0x80, 0, 3, 3000000000 },
		{ 0x80 | 1, 0, 3, 1500000000 },
		{ 0x80 | 32, 0, UINT64_C(1) << 33, 2000000000 },
		{ 0x80 | 63, 0, UINT64_C(1) << 63, 1000000000 },
		{ 0x80 | 126, 0, UINT64_MAX, 0 },
		{ 6, 1000, 1, 1000000001000 },
		{ 6, -2, 5000000, 3000000000 },
		{ 6, -7, 5000000, 0 }, /* before 1970 */
		{ 6, INT64_MIN, 5, 0 },
		{ 6, INT64_MAX, 5, UINT64_MAX },
		{ 6, 0, UINT64_MAX, UINT64_MAX },
		{ 0, 0, UINT64_MAX / 2, UINT64_MAX },
		{ 9, 0, UINT64_MAX, UINT64_MAX },
	};

	(void)state;
	for (int swapped = 0; swapped < 2; swapped++)
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			struct bytes *x = new_bytes(swapped);
			struct result *r;

			section(x);
			interface(x, 1, cases[i].resolution, cases[i].offset, NULL);
			enhanced(x, 0, cases[i].ticks, 0, 60);
			r = read_built(x);
			assert_int_equal(r->n, 1);
			assert_int_equal(r->p[0].ts_ns, cases[i].ns);
			free(r);
		}
}

static void
the_flags_of_a_packet_give_its_direction(void **state)
{
	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		static const uint8_t wanted[] = { CAPTURE_DIR_UNKNOWN, CAPTURE_DIR_IN,
						  CAPTURE_DIR_OUT, CAPTURE_DIR_UNKNOWN };
		struct bytes *x = new_bytes(swapped);
		struct result *r;

		section(x);
		interface(x, 1, 9, 0, NULL);
		for (unsigned k = 0; k < 4; k++)
			enhanced_with_flags(x, k, k, 0xf0 | k);
		r = read_built(x);
		assert_int_equal(r->n, 4);
		for (unsigned k = 0; k < 4; k++)
			assert_int_equal(r->p[k].dir, wanted[k]);
		free(r);
	}
}

static void
sections_in_both_byte_orders_follow_each_other(void **state)
{
	struct bytes *x = new_bytes(false);
	struct result *r;

	(void)state;
	section(x);
	interface(x, 1, 9, 0, NULL);
	interface(x, 101, 9, 0, NULL);
	enhanced(x, 1, 5, 0, 60);
	x->swapped = true;
	section(x);
	interface(x, 113, 6, 0, NULL);
	enhanced(x, 0, 6, 1, 60);
	x->swapped = false;
	section(x);
	interface(x, 276, 9, 0, NULL);
	enhanced(x, 0, 7, 2, 60);
	r = read_built(x);
	assert_int_equal(r->n, 3);
	assert_int_equal(r->ended, -ENODATA);
	assert_int_equal(r->p[0].linktype, 101);
	assert_int_equal(r->p[0].interface, 1);
	assert_int_equal(r->p[1].linktype, 113);
	assert_int_equal(r->p[1].interface, 2);
	assert_int_equal(r->p[1].ts_ns, 6000);
	assert_int_equal(r->p[2].linktype, 276);
	assert_int_equal(r->p[2].interface, 3);
	assert_int_equal(r->p[2].ts_ns, 7);
	free(r);
}

static void
a_block_longer_than_the_buffer_is_passed_over(void **state)
{
	struct bytes *x = new_bytes(false);
	struct result *r;

	(void)state;
	section(x);
	interface(x, 1, 9, 0, NULL);
	other_block(x, 0x0bad, 3 << 20);
	enhanced(x, 0, 1, 1, 60);
	r = read_built(x);
	assert_int_equal(r->n, 1);
	assert_true(is_payload(&r->p[0], 1));
	assert_int_equal(r->ended, -ENODATA);
	free(r);

	x = new_bytes(false);
	section(x);
	interface(x, 1, 9, 0, NULL);
	enhanced(x, 0, 1, 1, 60);
	other_block(x, 0x0bad, 3 << 20);
	x->n -= 100;
	r = read_built(x);
	assert_int_equal(r->n, 1);
	assert_int_equal(r->ended, -EPROTO);
	assert_says(r->message, "its last 100 bytes are missing");
	free(r);
}

static void
damaged_blocks_end_the_file_with_a_sentence(void **state)
{
	static const struct {
		size_t at; /* byte to change in the third packet's block */
		uint8_t to;
		const char *says;
	} cases[] = {
		{ 4, 0x08, "has a length that cannot be" },
		{ 4, 0x61, "has a length that cannot be" },
		{ 92, 0x64, "has two lengths that differ" },
		{ 8, 0x01, "names an interface its section does not have" },
		{ 20, 0x50, "is shorter than the packet in it" },
		{ 23, 0x01, "claims a packet of more than 262144 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bytes *x = new_bytes(false);
		struct result *r;
		size_t third;

		section(x);
		interface(x, 1, 9, 0, NULL);
		enhanced(x, 0, 1, 0, 60);
		enhanced(x, 0, 2, 1, 60);
		third = x->n;
		enhanced(x, 0, 3, 2, 62);
		x->b[third + cases[i].at] = cases[i].to;
		r = read_built(x);
		assert_int_equal(r->opened, 0);
		assert_int_equal(r->n, 2);
		assert_int_equal(r->ended, -EPROTO);
		assert_says(r->message, cases[i].says);
		assert_says(r->message, "after packet 2");
		free(r);
	}
}

static void
short_blocks_and_strange_sections_end_the_file_with_a_sentence(void **state)
{
	static const struct {
		uint32_t type;
		size_t len;
		const char *says;
	} cases[] = {
		{ 6, 12, "is too short for a packet" },
		{ 2, 16, "is too short for a packet" },
		{ 3, 0, "is too short for a packet" },
		{ 1, 4, "is too short for an interface" },
		{ 0x0a0d0d0a, 8, "its byte order cannot be told" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bytes *x = new_bytes(false);
		struct result *r;

		section(x);
		interface(x, 1, 9, 0, NULL);
		enhanced(x, 0, 1, 0, 60);
		other_block(x, cases[i].type, cases[i].len);
		r = read_built(x);
		assert_int_equal(r->n, 1);
		assert_int_equal(r->ended, -EPROTO);
		assert_says(r->message, cases[i].says);
		free(r);
	}
}

static void
a_section_of_an_unknown_version_ends_the_file_with_a_sentence(void **state)
{
	struct bytes *x = new_bytes(false);
	struct result *r;
	size_t second;

	(void)state;
	section(x);
	interface(x, 1, 9, 0, NULL);
	enhanced(x, 0, 1, 0, 60);
	second = x->n;
	section(x);
	x->b[second + 12] = 2;
	r = read_built(x);
	assert_int_equal(r->n, 1);
	assert_int_equal(r->ended, -EPROTO);
	assert_says(r->message, "is of pcapng version 2");
	free(r);
}

static void
interfaces_are_bounded(void **state)
{
	struct bytes *x = new_bytes(false);
	struct result *r;

	(void)state;
	section(x);
	for (int i = 0; i < CAPTURE_INTERFACES_MAX; i++)
		interface(x, 1, 9, 0, NULL);
	enhanced(x, CAPTURE_INTERFACES_MAX - 1, 1, 0, 60);
	interface(x, 1, 9, 0, NULL);
	r = read_built(x);
	assert_int_equal(r->n, 1);
	assert_int_equal(r->p[0].interface, CAPTURE_INTERFACES_MAX - 1);
	assert_int_equal(r->ended, -EPROTO);
	assert_says(r->message, "one interface too many");
	free(r);
}

static void
options_that_lie_about_their_length_stay_in_their_block(void **state)
{
	struct bytes *x = new_bytes(false);
	struct result *r;
	size_t at;

	(void)state;
	section(x);
	at = begin_block(x, 1);
	u16(x, 1);
	u16(x, 0);
	u32(x, 0);
	u16(x, 9);
	u16(x, 65535);
	u32(x, 0x0c0c0c0c);
	end_block(x, at);
	at = begin_block(x, 1);
	u16(x, 1);
	u16(x, 0);
	u32(x, 0);
	u16(x, 14); /* an offset too short to be one */
	u16(x, 4);
	u32(x, 77);
	end_block(x, at);
	enhanced(x, 0, 1, 0, 60);
	enhanced(x, 1, 2, 1, 60);
	r = read_built(x);
	assert_int_equal(r->n, 2);
	assert_int_equal(r->p[0].ts_ns, 1000);
	assert_int_equal(r->p[1].ts_ns, 2000);
	free(r);
}

static void
interfaces_have_their_names_without_control_characters(void **state)
{
	struct capture_request request = { .what = "x", .options = &everything };
	struct capture_file *f = aligned_alloc(CACHE_LINE, sizeof(*f));
	struct bytes *x = new_bytes(true);
	char err[BASE_ERROR_LEN];
	struct packet p;

	(void)state;
	assert_non_null(f);
	memset(f, 0, sizeof(*f));
	section(x);
	interface(x, 1, 9, 0, "eth\x1b[0");
	interface(x, 1, 9, 0, NULL);
	section(x);
	interface(x, 1, 9, 0, "lo");
	enhanced(x, 0, 1, 0, 60);
	assert_int_equal(capture_file_open_memory(f, x->b, x->n, &request, err), 0);
	assert_int_equal(capture_pcap_file.recv(f, &p, 1), 1);
	assert_int_equal(p.interface, 2);
	assert_string_equal(capture_pcap_file.interface_name(f, 0), "eth?[0");
	assert_null(capture_pcap_file.interface_name(f, 1));
	assert_string_equal(capture_pcap_file.interface_name(f, 2), "lo");
	assert_null(capture_pcap_file.interface_name(f, 65535));
	capture_pcap_file.close(f);
	free(f);
	free(x);
}

static void
a_pcapng_cut_anywhere_gives_the_packets_before_the_cut(void **state)
{
	struct bytes *x = new_bytes(true);

	(void)state;
	section(x);
	interface(x, 1, 9, -1, "eth0");
	enhanced(x, 0, 1, 0, 21);
	simple(x, 1, 22);
	enhanced_with_flags(x, 2, 2, 1);
	other_block(x, 5, 20);
	enhanced(x, 0, 3, 3, 23);
	assert_every_cut_is_told(x, 28);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_of_several_interfaces_may_have_an_unsupported_link_type),
		cmocka_unit_test(every_kind_of_packet_block_is_read_and_the_others_are_passed_over),
		cmocka_unit_test(a_simple_packet_is_cut_to_the_length_its_interface_says),
		cmocka_unit_test(every_resolution_and_offset_becomes_nanoseconds),
		cmocka_unit_test(the_flags_of_a_packet_give_its_direction),
		cmocka_unit_test(sections_in_both_byte_orders_follow_each_other),
		cmocka_unit_test(a_block_longer_than_the_buffer_is_passed_over),
		cmocka_unit_test(damaged_blocks_end_the_file_with_a_sentence),
		cmocka_unit_test(short_blocks_and_strange_sections_end_the_file_with_a_sentence),
		cmocka_unit_test(a_section_of_an_unknown_version_ends_the_file_with_a_sentence),
		cmocka_unit_test(interfaces_are_bounded),
		cmocka_unit_test(options_that_lie_about_their_length_stay_in_their_block),
		cmocka_unit_test(interfaces_have_their_names_without_control_characters),
		cmocka_unit_test(a_pcapng_cut_anywhere_gives_the_packets_before_the_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
