/* SPDX-License-Identifier: Apache-2.0 */
/* test_packet_frame.c - frames of the kernel's ring made packet views. */
#include "test.h"

/* Before the kernel's own headers, which then leave out what it has. */
#include <net/if.h>

#include <arpa/inet.h>
#include <linux/if_arp.h>
#include <linux/if_packet.h>
#include <string.h>

#include "capture/live.h"

enum { DATA_AT = 100, FROM_AT = 48 };

/* A frame as the kernel writes it: its header, where it is from, and 40 bytes 0, 1, 2... */
struct frame {
	_Alignas(8) uint8_t bytes[256];
};

static struct tpacket3_hdr *
frame_head(struct frame *f)
{
	return (void *)f->bytes;
}

static void
make_frame(struct frame *f, uint8_t kind, uint16_t arphrd)
{
	struct sockaddr_ll from = {
		.sll_protocol = htons(0x0800),
		.sll_ifindex = 7,
		.sll_hatype = arphrd,
		.sll_pkttype = kind,
		.sll_halen = 6,
		.sll_addr = { 2, 3, 4, 5, 6, 7 },
	};

	memset(f, 0xee, sizeof(*f));
	*frame_head(f) = (struct tpacket3_hdr){
		.tp_sec = 10,
		.tp_nsec = 20,
		.tp_snaplen = 40,
		.tp_len = 50,
		.tp_mac = DATA_AT,
		.tp_status = TP_STATUS_USER,
	};
	memcpy(f->bytes + FROM_AT, &from, sizeof(from));
	for (uint8_t i = 0; i < 40; i++)
		f->bytes[DATA_AT + i] = i;
}

static struct capture_frame_rules
ethernet_rules(void)
{
	return (struct capture_frame_rules){ .snaplen = 1000, .linktype = CAPTURE_LINK_ETHERNET };
}

static void
a_frame_becomes_a_view_in_place(void **state)
{
	struct capture_frame_rules rules = ethernet_rules();
	struct frame f;
	struct packet p;

	(void)state;
	make_frame(&f, PACKET_HOST, ARPHRD_ETHER);
	assert_true(capture_frame_read(&rules, frame_head(&f), &p));
	assert_ptr_equal(p.data, f.bytes + DATA_AT);
	assert_int_equal(p.ts_ns, 10 * NS_PER_SEC + 20);
	assert_int_equal(p.caplen, 40);
	assert_int_equal(p.wire_len, 50);
	assert_int_equal(p.linktype, CAPTURE_LINK_ETHERNET);
	assert_int_equal(p.dir, CAPTURE_DIR_IN);
	assert_int_equal(p.flags, 0);
}

static void
a_tag_taken_out_goes_back_behind_the_addresses(void **state)
{
	struct capture_frame_rules rules = ethernet_rules();
	static const uint8_t want[] = { 0, 1,  2,  3,    4,    5,    6,  7,  8,
					9, 10, 11, 0x88, 0xa8, 0x60, 11, 12, 13 };
	struct frame f;
	struct packet p;

	(void)state;
	make_frame(&f, PACKET_HOST, ARPHRD_ETHER);
	frame_head(&f)->tp_status |= TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID;
	frame_head(&f)->hv1.tp_vlan_tci = 0x600b;
	frame_head(&f)->hv1.tp_vlan_tpid = 0x88a8;
	assert_true(capture_frame_read(&rules, frame_head(&f), &p));
	assert_memory_equal(p.data, want, sizeof(want));
	assert_int_equal(p.caplen, 44);
	assert_int_equal(p.wire_len, 54);
	assert_int_equal(p.data[43], 39);
}

static void
a_tag_of_an_old_kernel_has_the_usual_type(void **state)
{
	struct capture_frame_rules rules = ethernet_rules();
	struct frame f;
	struct packet p;

	(void)state;
	make_frame(&f, PACKET_HOST, ARPHRD_ETHER);
	frame_head(&f)->tp_status |= TP_STATUS_VLAN_VALID;
	frame_head(&f)->hv1.tp_vlan_tpid = 0x1234;
	assert_true(capture_frame_read(&rules, frame_head(&f), &p));
	assert_int_equal(p.data[12] << 8 | p.data[13], 0x8100);
}

static void
a_tag_put_back_does_not_break_the_snaplen(void **state)
{
	struct capture_frame_rules rules = ethernet_rules();
	struct frame f;
	struct packet p;

	(void)state;
	rules.snaplen = 42;
	make_frame(&f, PACKET_HOST, ARPHRD_ETHER);
	frame_head(&f)->tp_status |= TP_STATUS_VLAN_VALID;
	assert_true(capture_frame_read(&rules, frame_head(&f), &p));
	assert_int_equal(p.caplen, 42);
	assert_int_equal(p.wire_len, 54);
}

static void
a_frame_cut_before_its_tag_stays_as_it_is(void **state)
{
	struct capture_frame_rules rules = ethernet_rules();
	struct frame f;
	struct packet p;

	(void)state;
	make_frame(&f, PACKET_HOST, ARPHRD_ETHER);
	frame_head(&f)->tp_status |= TP_STATUS_VLAN_VALID;
	frame_head(&f)->tp_snaplen = 11;
	assert_true(capture_frame_read(&rules, frame_head(&f), &p));
	assert_ptr_equal(p.data, f.bytes + DATA_AT);
	assert_int_equal(p.caplen, 11);
	assert_int_equal(p.wire_len, 54);
}

static const struct capture_frame_rules cooked = {
	.snaplen = 1000,
	.linktype = CAPTURE_LINK_SLL2,
	.cooked = true,
};

static void
any_puts_a_cooked_header_in_the_place_of_ethernets(void **state)
{
	struct capture_frame_rules rules = cooked;
	static const uint8_t want[] = { 12, 13, 0, 0, 0, 0, 0, 7, 0, 1,  4,
					6,  2,  3, 4, 5, 6, 7, 0, 0, 14, 15 };
	struct frame f;
	struct packet p;

	(void)state;
	make_frame(&f, PACKET_OUTGOING, ARPHRD_ETHER);
	assert_true(capture_frame_read(&rules, frame_head(&f), &p));
	assert_memory_equal(p.data, want, sizeof(want));
	assert_int_equal(p.caplen, 46);
	assert_int_equal(p.wire_len, 56);
	assert_int_equal(p.data[45], 39);
	assert_int_equal(p.dir, CAPTURE_DIR_OUT);
	assert_int_equal(p.linktype, CAPTURE_LINK_SLL2);
}

static void
any_keeps_two_tags(void **state)
{
	struct capture_frame_rules rules = cooked;
	static const uint8_t outer[] = { 0x81, 0, 0, 0 }, rest[] = { 0, 9, 0x81, 0, 14, 15 };
	struct frame f;
	struct packet p;

	(void)state;
	rules.snaplen = 48;
	make_frame(&f, PACKET_HOST, ARPHRD_ETHER);
	f.bytes[DATA_AT + 12] = 0x81;
	f.bytes[DATA_AT + 13] = 0;
	frame_head(&f)->tp_status |= TP_STATUS_VLAN_VALID;
	frame_head(&f)->hv1.tp_vlan_tci = 9;
	assert_true(capture_frame_read(&rules, frame_head(&f), &p));
	assert_memory_equal(p.data, outer, sizeof(outer));
	assert_memory_equal(p.data + 20, rest, sizeof(rest));
	assert_int_equal(p.caplen, 48);
	assert_int_equal(p.wire_len, 60);
}

static uint16_t
cooked_protocol(uint8_t type_high, uint8_t type_low, uint8_t next)
{
	struct capture_frame_rules rules = cooked;
	struct frame f;
	struct packet p;

	make_frame(&f, PACKET_HOST, ARPHRD_ETHER);
	f.bytes[DATA_AT + 12] = type_high;
	f.bytes[DATA_AT + 13] = type_low;
	f.bytes[DATA_AT + 14] = f.bytes[DATA_AT + 15] = next;
	assert_true(capture_frame_read(&rules, frame_head(&f), &p));
	return (uint16_t)(p.data[0] << 8 | p.data[1]);
}

static void
any_names_frames_without_a_type(void **state)
{
	(void)state;
	assert_int_equal(cooked_protocol(0x86, 0xdd, 0x60), 0x86dd);
	assert_int_equal(cooked_protocol(0, 100, 0x42), 4);
	assert_int_equal(cooked_protocol(0, 100, 0xff), 1);
}

static void
any_skips_whatever_header_a_link_has(void **state)
{
	struct capture_frame_rules rules = cooked;
	struct frame f;
	struct packet p;

	(void)state;
	make_frame(&f, PACKET_HOST, ARPHRD_NONE);
	frame_head(&f)->tp_net = DATA_AT;
	assert_true(capture_frame_read(&rules, frame_head(&f), &p));
	assert_int_equal(p.caplen, 60);
	assert_int_equal(p.data[0] << 8 | p.data[1], 0x0800);
	assert_int_equal(p.data[20], 0);
	make_frame(&f, PACKET_HOST, ARPHRD_IEEE80211);
	frame_head(&f)->tp_net = DATA_AT + 30;
	assert_true(capture_frame_read(&rules, frame_head(&f), &p));
	assert_int_equal(p.caplen, 30);
	assert_int_equal(p.wire_len, 40);
	assert_int_equal(p.data[20], 30);
	make_frame(&f, PACKET_HOST, ARPHRD_IEEE80211);
	frame_head(&f)->tp_net = DATA_AT + 45; /* beyond what was kept */
	assert_true(capture_frame_read(&rules, frame_head(&f), &p));
	assert_int_equal(p.caplen, 20);
}

static bool
is_taken(uint8_t want, uint8_t kind, uint16_t arphrd)
{
	struct capture_frame_rules rules = ethernet_rules();
	struct frame f;
	struct packet p;

	rules.want = want;
	make_frame(&f, kind, arphrd);
	return capture_frame_read(&rules, frame_head(&f), &p);
}

static void
a_direction_takes_its_own(void **state)
{
	(void)state;
	assert_true(is_taken(CAPTURE_WANT_BOTH, PACKET_OUTGOING, ARPHRD_ETHER));
	assert_true(is_taken(CAPTURE_WANT_BOTH, PACKET_OTHERHOST, ARPHRD_ETHER));
	assert_true(is_taken(CAPTURE_WANT_IN, PACKET_MULTICAST, ARPHRD_ETHER));
	assert_false(is_taken(CAPTURE_WANT_IN, PACKET_OUTGOING, ARPHRD_ETHER));
	assert_true(is_taken(CAPTURE_WANT_OUT, PACKET_OUTGOING, ARPHRD_ETHER));
	assert_false(is_taken(CAPTURE_WANT_OUT, PACKET_BROADCAST, ARPHRD_ETHER));
	assert_true(is_taken(CAPTURE_WANT_BOTH, PACKET_HOST, ARPHRD_LOOPBACK));
	assert_false(is_taken(CAPTURE_WANT_BOTH, PACKET_OUTGOING, ARPHRD_LOOPBACK));
	assert_false(is_taken(CAPTURE_WANT_OUT, PACKET_OUTGOING, ARPHRD_LOOPBACK));
}

static void
an_unfinished_checksum_is_marked(void **state)
{
	struct capture_frame_rules rules = ethernet_rules();
	struct frame f;
	struct packet p;

	(void)state;
	make_frame(&f, PACKET_OUTGOING, ARPHRD_ETHER);
	frame_head(&f)->tp_status |= TP_STATUS_CSUMNOTREADY;
	assert_true(capture_frame_read(&rules, frame_head(&f), &p));
	assert_int_equal(p.flags, CAPTURE_CHECKSUM_OFFLOADED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_becomes_a_view_in_place),
		cmocka_unit_test(a_tag_taken_out_goes_back_behind_the_addresses),
		cmocka_unit_test(a_tag_of_an_old_kernel_has_the_usual_type),
		cmocka_unit_test(a_tag_put_back_does_not_break_the_snaplen),
		cmocka_unit_test(a_frame_cut_before_its_tag_stays_as_it_is),
		cmocka_unit_test(any_puts_a_cooked_header_in_the_place_of_ethernets),
		cmocka_unit_test(any_keeps_two_tags),
		cmocka_unit_test(any_names_frames_without_a_type),
		cmocka_unit_test(any_skips_whatever_header_a_link_has),
		cmocka_unit_test(a_direction_takes_its_own),
		cmocka_unit_test(an_unfinished_checksum_is_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
