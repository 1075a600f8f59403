/* SPDX-License-Identifier: Apache-2.0 */
/* test_pcap_classic.c - pcap files of every kind, whole and broken. */
#include "capture_bytes.h"

static void
every_kind_of_pcap_gives_the_same_packets(void **state)
{
	static const struct {
		uint32_t magic, fraction;
		bool swapped;
	} kinds[] = {
		{ 0xa1b2c3d4, 123456, false },
		{ 0xa1b2c3d4, 123456, true },
		{ 0xa1b23c4d, 123456000, false },
		{ 0xa1b23c4d, 123456000, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct bytes *x = new_bytes(kinds[i].swapped);
		struct result *r;

		pcap_header(x, kinds[i].magic, 4, CAPTURE_LINK_ETHERNET);
		for (unsigned k = 0; k < 5; k++)
			pcap_record(x, k, kinds[i].fraction, 60 + k, 100 + k);
		r = read_built(x);
		assert_int_equal(r->opened, 0);
		assert_int_equal(r->ended, -ENODATA);
		assert_string_equal(r->message, "");
		assert_int_equal(r->n, 5);
		assert_int_equal(r->stats.read, 5);
		for (unsigned k = 0; k < 5; k++) {
			assert_int_equal(r->p[k].ts_ns, (1000000000u + k) * NS_PER_SEC + 123456000);
			assert_int_equal(r->p[k].caplen, 60 + k);
			assert_int_equal(r->p[k].wire_len, 100 + k);
			assert_int_equal(r->p[k].linktype, CAPTURE_LINK_ETHERNET);
			assert_int_equal(r->p[k].interface, 0);
			assert_int_equal(r->p[k].dir, CAPTURE_DIR_UNKNOWN);
			assert_int_equal(r->p[k].flags, 0);
			assert_true(is_payload(&r->p[k], k));
		}
		free(r);
	}
}

static void
the_longer_heads_of_the_patched_libpcap_are_read(void **state)
{
	for (int swapped = 0; swapped < 2; swapped++) {
		struct bytes *x = new_bytes(swapped);
		struct result *r;

		(void)state;
		pcap_header(x, 0xa1b2cd34, 4, CAPTURE_LINK_ETHERNET);
		for (unsigned k = 0; k < 3; k++) {
			u32(x, k);
			u32(x, 7);
			u32(x, 50);
			u32(x, 50);
			u64(x, 0);
			payload(x, k, 50);
		}
		r = read_built(x);
		assert_int_equal(r->n, 3);
		assert_int_equal(r->ended, -ENODATA);
		assert_int_equal(r->p[2].ts_ns, 2 * NS_PER_SEC + 7000);
		assert_true(is_payload(&r->p[2], 2));
		free(r);
	}
}

static void
the_lengths_old_versions_exchanged_are_put_right(void **state)
{
	static const unsigned minors[] = { 2, 3 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(minors); i++) {
		struct bytes *x = new_bytes(false);
		struct result *r;

		pcap_header(x, 0xa1b2c3d4, minors[i], CAPTURE_LINK_ETHERNET);
		u64(x, 0);
		u32(x, 90);
		u32(x, 60);
		payload(x, 1, 60);
		r = read_built(x);
		assert_int_equal(r->n, 1);
		assert_int_equal(r->p[0].caplen, 60);
		assert_int_equal(r->p[0].wire_len, 90);
		assert_int_equal(r->ended, -ENODATA);
		free(r);
	}
}

static void
unknown_versions_are_refused_by_number(void **state)
{
	struct bytes *x = new_bytes(false);
	struct result *r;

	(void)state;
	u32(x, 0xa1b2c3d4);
	u16(x, 3);
	u16(x, 1);
	u64(x, 0);
	u64(x, 0);
	r = read_built(x);
	assert_int_equal(r->opened, -EPROTO);
	assert_says(r->message, "pcap version 3.1");
	free(r);
}

static void
the_family_of_the_null_link_type_is_marked_when_turned(void **state)
{
	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		struct bytes *x = new_bytes(swapped), *y = new_bytes(swapped);
		struct result *r, *s;

		pcap_header(x, 0xa1b2c3d4, 4, CAPTURE_LINK_NULL);
		pcap_record(x, 0, 0, 40, 40);
		r = read_built(x);
		section(y);
		interface(y, CAPTURE_LINK_NULL, 255, 0, NULL);
		enhanced(y, 0, 1, 0, 40);
		s = read_built(y);
		assert_int_equal(r->p[0].flags, swapped ? CAPTURE_BYTE_SWAPPED : 0);
		assert_int_equal(s->p[0].flags, swapped ? CAPTURE_BYTE_SWAPPED : 0);
		free(r);
		free(s);
	}
}

static void
the_old_numbers_of_raw_ip_and_the_bits_above_a_link_type_do_not_confuse(void **state)
{
	static const uint32_t numbers[] = { 12, 14, 101, 0xf4000065 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		struct bytes *x = new_bytes(false);
		struct result *r;

		pcap_header(x, 0xa1b2c3d4, 4, numbers[i]);
		pcap_record(x, 0, 0, 40, 40);
		r = read_built(x);
		assert_int_equal(r->n, 1);
		assert_int_equal(r->p[0].linktype, CAPTURE_LINK_RAW);
		free(r);
	}
}

static void
an_unsupported_link_type_is_refused_by_name(void **state)
{
	struct bytes *x = new_bytes(false), *y = new_bytes(true);
	struct result *r, *s;

	(void)state;
	pcap_header(x, 0xa1b2c3d4, 4, CAPTURE_LINK_RADIOTAP);
	r = read_built(x);
	assert_int_equal(r->opened, -EOPNOTSUPP);
	assert_says(r->message, "link type 127 (IEEE802_11_RADIO) is not supported");
	assert_says(r->message, "EN10MB");
	section(y);
	interface(y, CAPTURE_LINK_RADIOTAP, 255, 0, "wlan0");
	enhanced(y, 0, 1, 0, 40);
	s = read_built(y);
	assert_int_equal(s->opened, -EOPNOTSUPP);
	assert_says(s->message, "link type 127 (IEEE802_11_RADIO) is not supported");
	free(r);
	free(s);
}

static void
a_packet_that_claims_too_much_ends_the_file(void **state)
{
	static const uint32_t claims[] = { 262145, 0xffffffff };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
		struct bytes *x = new_bytes(false);
		struct result *r;

		pcap_header(x, 0xa1b2c3d4, 4, 1);
		pcap_record(x, 0, 0, 60, 60);
		u64(x, 0);
		u32(x, claims[i]);
		u32(x, 60);
		payload(x, 0, 300000);
		r = read_built(x);
		assert_int_equal(r->n, 1);
		assert_int_equal(r->ended, -EPROTO);
		assert_says(r->message, "packet 2 at byte 100 claims");
		assert_says(r->message, "at most 262144");
		free(r);
	}
}

static void
a_pcap_cut_anywhere_gives_the_packets_before_the_cut(void **state)
{
	struct bytes *x = new_bytes(false);

	(void)state;
	pcap_header(x, 0xa1b2c3d4, 4, 1);
	for (unsigned k = 0; k < 4; k++)
		pcap_record(x, k, k, 20 + k, 60);
	assert_every_cut_is_told(x, 24);
}

static void
the_sentence_about_a_cut_says_where_and_what_is_missing(void **state)
{
	struct bytes *x = new_bytes(false);
	struct result *r;

	(void)state;
	pcap_header(x, 0xa1b2c3d4, 4, 1);
	pcap_record(x, 0, 0, 60, 60);
	pcap_record(x, 1, 0, 60, 60);
	x->n -= 17;
	r = read_built(x);
	assert_string_equal(r->message,
			    "x: cut within packet 2 at byte 100: 43 of its 60 bytes are "
			    "there, the packets before it were read");
	free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_pcap_gives_the_same_packets),
		cmocka_unit_test(the_longer_heads_of_the_patched_libpcap_are_read),
		cmocka_unit_test(the_lengths_old_versions_exchanged_are_put_right),
		cmocka_unit_test(unknown_versions_are_refused_by_number),
		cmocka_unit_test(the_family_of_the_null_link_type_is_marked_when_turned),
		cmocka_unit_test(
			the_old_numbers_of_raw_ip_and_the_bits_above_a_link_type_do_not_confuse),
		cmocka_unit_test(an_unsupported_link_type_is_refused_by_name),
		cmocka_unit_test(a_packet_that_claims_too_much_ends_the_file),
		cmocka_unit_test(a_pcap_cut_anywhere_gives_the_packets_before_the_cut),
		cmocka_unit_test(the_sentence_about_a_cut_says_where_and_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
