/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_af_packet.c - the parts of the live source: the blocks of a ring, names and
 * messages; and the whole of it on the loopback interface of a network namespace of
 * our own, where that may be made.
 */
#include "test.h"

/* Before the kernel's own headers, which then leave out what it has. */
#include <net/if.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture/live.h"

extern const struct capture_ops capture_af_packet;

enum { BLOCK = 4096, BLOCKS = 4 };

/* A ring in plain memory, without a socket. */
static struct capture_ring
make_ring(void)
{
	struct capture_ring r = { .socket = {
					  .fd = -1, .block_bytes = BLOCK, .n_blocks = BLOCKS } };

	r.socket.map = calloc(BLOCKS, BLOCK);
	assert_non_null(r.socket.map);
	return r;
}

static struct tpacket_hdr_v1 *
block_head(struct capture_ring *r, uint32_t i)
{
	return &((struct tpacket_block_desc *)(void *)(r->socket.map + i * BLOCK))->hdr.bh1;
}

/* As the kernel does: n frames, closed or still being filled. */
static void
fill_block(struct capture_ring *r, uint32_t i, uint32_t n, bool closed)
{
	struct tpacket_hdr_v1 *h = block_head(r, i);

	h->offset_to_first_pkt = 48;
	h->num_pkts = n;
	for (uint32_t k = 0; k < n; k++)
		((struct tpacket3_hdr *)(void *)(r->socket.map + i * BLOCK + 48 + k * 128))
			->tp_next_offset = k + 1 < n ? 128 : 0;
	h->block_status = closed ? TP_STATUS_USER | TP_STATUS_BLK_TMO : TP_STATUS_KERNEL;
}

static uint32_t
read_frames(struct capture_ring *r, uint32_t max)
{
	uint32_t n = 0;

	while (n < max && capture_ring_next(r))
		n++;
	return n;
}

static void
a_block_goes_back_when_all_of_it_was_read(void **state)
{
	struct capture_ring r = make_ring();

	(void)state;
	assert_false(capture_ring_take(&r));
	fill_block(&r, 0, 3, true);
	assert_true(capture_ring_take(&r));
	assert_int_equal(read_frames(&r, 2), 2);
	capture_ring_release(&r);
	assert_true(capture_ring_take(&r));
	assert_int_equal(block_head(&r, 0)->block_status & TP_STATUS_USER, TP_STATUS_USER);
	assert_int_equal(read_frames(&r, 9), 1);
	assert_int_equal(block_head(&r, 0)->block_status & TP_STATUS_USER, TP_STATUS_USER);
	capture_ring_release(&r);
	assert_int_equal(block_head(&r, 0)->block_status, TP_STATUS_KERNEL);
	assert_false(capture_ring_take(&r));
	free(r.socket.map);
}

static void
the_ring_is_read_round_and_round(void **state)
{
	struct capture_ring r = make_ring();

	(void)state;
	for (uint32_t i = 0; i < 3 * BLOCKS; i++) {
		fill_block(&r, i % BLOCKS, 1 + i % 3, true);
		assert_true(capture_ring_take(&r));
		assert_int_equal(read_frames(&r, 9), 1 + i % 3);
		capture_ring_release(&r);
		assert_int_equal(capture_ring_count(&r), 0);
	}
	free(r.socket.map);
}

static void
all_that_was_not_read_is_counted(void **state)
{
	struct capture_ring r = make_ring();

	(void)state;
	fill_block(&r, 0, 5, true);
	fill_block(&r, 1, 7, true);
	fill_block(&r, 2, 2, false);
	assert_int_equal(capture_ring_count(&r), 14);
	assert_true(capture_ring_take(&r));
	assert_int_equal(capture_ring_count(&r), 14);
	read_frames(&r, 4);
	assert_int_equal(capture_ring_count(&r), 10);
	read_frames(&r, 1);
	assert_int_equal(capture_ring_count(&r), 9);
	capture_ring_release(&r);
	assert_int_equal(capture_ring_count(&r), 9);
	free(r.socket.map);
}

static void
a_ring_that_is_full_is_counted_once(void **state)
{
	struct capture_ring r = make_ring();

	(void)state;
	for (uint32_t i = 0; i < BLOCKS; i++)
		fill_block(&r, i, 4, true);
	assert_int_equal(capture_ring_count(&r), 16);
	assert_true(capture_ring_take(&r));
	read_frames(&r, 1);
	assert_int_equal(capture_ring_count(&r), 15);
	read_frames(&r, 3);
	capture_ring_release(&r);
	/* The kernel did not open the free block again yet. */
	assert_int_equal(capture_ring_count(&r), 12);
	free(r.socket.map);
}

static void
interfaces_beyond_the_limit_share_a_number(void **state)
{
	const struct capture_iface iface = { .name = "x0", .index = 5 };
	struct capture_names names;

	(void)state;
	capture_names_init(&names, &iface);
	assert_int_equal(capture_names_number(&names, 5), 0);
	assert_string_equal(capture_names_get(&names, 0), "x0");
	for (int i = 1; i < CAPTURE_NAMES + 9; i++)
		assert_int_equal(capture_names_number(&names, 1000000 + i),
				 i < CAPTURE_NAMES ? i : CAPTURE_NAMES - 1);
	assert_int_equal(capture_names_number(&names, 5), 0);
	assert_null(capture_names_get(&names, CAPTURE_NAMES));
	assert_null(capture_names_get(&names, 1)); /* there is no such interface */
}

static void
a_message_is_given_once_and_none_is_lost(void **state)
{
	struct capture_message m = { 0 };

	(void)state;
	assert_string_equal(capture_message_take(&m), "");
	capture_message_add(&m, "eth%d went down", 1);
	capture_message_add(&m, "eth%d is up", 1);
	assert_string_equal(capture_message_take(&m), "eth1 went down; eth1 is up");
	assert_string_equal(capture_message_take(&m), "");
	capture_message_add(&m, "again");
	assert_string_equal(capture_message_take(&m), "again");
	for (int i = 0; i < 100; i++)
		capture_message_add(&m, "a sentence of some length");
	assert_in_range(strlen(capture_message_take(&m)), 1, BASE_ERROR_LEN - 1);
}

static void
an_interface_that_is_not_there_is_named_with_its_neighbour(void **state)
{
	struct capture_iface iface;
	char err[BASE_ERROR_LEN];

	(void)state;
	assert_int_equal(capture_iface_open("l0o", &iface, err), -ENODEV);
	assert_non_null(strstr(err, "there is no interface 'l0o'"));
	assert_non_null(strstr(err, "there are any"));
	assert_int_equal(capture_iface_open("", &iface, err), -ENODEV);
	assert_int_equal(capture_iface_open("far-too-long-a-name-for-one", &iface, err), -ENODEV);
	assert_int_equal(capture_iface_open("\033[2J", &iface, err), -ENODEV);
	assert_null(strchr(err, '\033'));
}

static void
link_types_are_known_or_refused_by_name(void **state)
{
	struct capture_iface iface = { .name = "w0", .index = 3 };
	char err[BASE_ERROR_LEN];

	(void)state;
	iface.arphrd = ARPHRD_ETHER;
	assert_int_equal(capture_iface_linktype(&iface, err), CAPTURE_LINK_ETHERNET);
	iface.arphrd = ARPHRD_LOOPBACK;
	assert_int_equal(capture_iface_linktype(&iface, err), CAPTURE_LINK_ETHERNET);
	iface.arphrd = ARPHRD_NONE;
	assert_int_equal(capture_iface_linktype(&iface, err), CAPTURE_LINK_RAW);
	iface.arphrd = ARPHRD_PPP;
	assert_int_equal(capture_iface_linktype(&iface, err), CAPTURE_LINK_RAW);
	iface.arphrd = ARPHRD_IEEE80211_RADIOTAP;
	assert_int_equal(capture_iface_linktype(&iface, err), -EOPNOTSUPP);
	assert_string_equal(err, "w0 has link type 802.11 with radiotap header (803), which is not "
				 "supported; its IP packets are seen on the interface 'any'");
	iface.arphrd = 4711;
	assert_int_equal(capture_iface_linktype(&iface, err), -EOPNOTSUPP);
	assert_non_null(strstr(err, "unknown (4711)"));
	iface.index = 0;
	assert_int_equal(capture_iface_linktype(&iface, err), CAPTURE_LINK_SLL2);
}

static void
options_have_sane_presets(void **state)
{
	struct capture_options o;
	char err[BASE_ERROR_LEN];

	(void)state;
	option_presets(&capture_option_group, &o);
	assert_int_equal(o.snaplen, 262144);
	assert_true(o.promiscuous);
	assert_int_equal(o.direction, CAPTURE_WANT_BOTH);
	assert_in_range(o.block_timeout_ns, 1, 10 * NS_PER_MS);
	assert_int_equal(o.ring_bytes % o.block_bytes, 0);
	assert_false(o.fanout_defrag);
	assert_int_equal(option_set(&capture_option_group, &o, "direction", "out", err), 0);
	assert_int_equal(o.direction, CAPTURE_WANT_OUT);
	assert_int_equal(option_set(&capture_option_group, &o, "snaplen", "1MiB", err), -EINVAL);
}

static bool
set_loopback_up(bool up)
{
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = up ? IFF_UP : 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &r) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* A network namespace with nothing in it but loopback, which is down. */
static void
need_own_namespace(void)
{
	int fd;

	if (unshare(CLONE_NEWNET) < 0) {
		print_message("needs a network namespace of its own: %s\n", strerror(errno));
		skip();
	}
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		print_message("needs CAP_NET_RAW: %s\n", strerror(errno));
		skip();
	}
	close(fd);
}

static void *
open_loopback(const char *filter)
{
	static struct capture_options options;
	struct capture_request request = {
		.what = "lo", .filter = filter, .options = &options, .n_threads = 1
	};
	char err[BASE_ERROR_LEN] = "";
	void *state = calloc(1, capture_af_packet.state_size);

	assert_non_null(state);
	option_presets(&capture_option_group, &options);
	options.ring_bytes = 1 << 20;
	options.block_bytes = 64 << 10;
	if (capture_af_packet.open(state, &request, err) < 0)
		fail_msg("%s", err);
	return state;
}

static void
close_source(void *source)
{
	capture_af_packet.close(source);
	free(source);
}

/* Datagrams to a socket of ours, so that nothing answers. */
static void
send_datagrams(int n)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(to);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&to, &size), 0);
	for (int i = 0; i < n; i++)
		assert_int_equal(sendto(fd, "weir", 4, 0, (const struct sockaddr *)&to, sizeof(to)),
				 4);
	close(fd);
}

static int
take_all(void *source)
{
	struct packet pkts[8];
	int n = 0, got;

	for (int quiet = 0; quiet<10; quiet = got> 0 ? 0 : quiet + 1) {
		got = capture_af_packet.recv(source, pkts, (int)ARRAY_LEN(pkts));
		assert_in_range(got, 0, ARRAY_LEN(pkts));
		for (int i = 0; i < got; i++)
			assert_int_equal(pkts[i].wire_len, 14 + 20 + 8 + 4);
		n += got;
	}
	return n;
}

static void
loopback_gives_each_packet_once(void **state)
{
	struct capture_stats stats = { 0 };
	void *source;

	(void)state;
	need_own_namespace();
	assert_true(set_loopback_up(true));
	source = open_loopback(NULL);
	send_datagrams(100);
	assert_int_equal(take_all(source), 100);
	capture_af_packet.stats(source, &stats);
	assert_int_equal(stats.kernel_packets, 200);
	assert_int_equal(stats.kernel_drops, 0);
	assert_int_equal(stats.direction_filtered, 100);
	assert_int_equal(stats.read, 200);
	assert_int_equal(stats.unread, 0);
	assert_int_equal(stats.if_rx, 200);
	assert_string_equal(capture_af_packet.interface_name(source, 0), "lo");
	close_source(source);
}

static void
statistics_can_be_asked_for_twice(void **state)
{
	struct capture_stats first, second;
	void *source;

	(void)state;
	need_own_namespace();
	assert_true(set_loopback_up(true));
	source = open_loopback("udp");
	send_datagrams(10);
	capture_af_packet.stats(source, &first);
	capture_af_packet.stats(source, &second);
	assert_int_equal(first.kernel_packets, 20);
	assert_int_equal(first.unread, 20);
	assert_int_equal(second.kernel_packets, 20);
	assert_int_equal(second.unread, 20);
	close_source(source);
}

static void
a_link_that_is_down_is_waited_for(void **state)
{
	struct packet p;
	void *source;

	(void)state;
	need_own_namespace();
	source = open_loopback(NULL);
	assert_string_equal(capture_af_packet.message(source),
			    "lo is down: waiting (`ip link set lo up`)");
	assert_string_equal(capture_af_packet.message(source), "");
	assert_int_equal(capture_af_packet.recv(source, &p, 1), 0);
	assert_true(set_loopback_up(true));
	send_datagrams(5);
	assert_int_equal(take_all(source), 5);
	close_source(source);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_goes_back_when_all_of_it_was_read),
		cmocka_unit_test(the_ring_is_read_round_and_round),
		cmocka_unit_test(all_that_was_not_read_is_counted),
		cmocka_unit_test(a_ring_that_is_full_is_counted_once),
		cmocka_unit_test(interfaces_beyond_the_limit_share_a_number),
		cmocka_unit_test(a_message_is_given_once_and_none_is_lost),
		cmocka_unit_test(an_interface_that_is_not_there_is_named_with_its_neighbour),
		cmocka_unit_test(link_types_are_known_or_refused_by_name),
		cmocka_unit_test(options_have_sane_presets),
		cmocka_unit_test(loopback_gives_each_packet_once),
		cmocka_unit_test(statistics_can_be_asked_for_twice),
		cmocka_unit_test(a_link_that_is_down_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
