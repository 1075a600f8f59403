/* SPDX-License-Identifier: Apache-2.0 */
/* test_pcap_file.c - what all capture files have in common: where they lie, filters, compression.
 */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture_bytes.h"

static void
bytes_that_are_no_capture_are_shown(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *says;
	} cases[] = {
		{ "", 0, "is empty: not a capture file" },
		{ "\x7f"
		  "ELF",
		  4, "is not a capture file: it begins with 7f 45 4c 46; pcap and pcapng" },
		{ "snoop\0\0\0", 8, "a snoop file" },
		{ "BZh91AY", 7, "compressed with bzip2" },
		{ "\xd4\xc3", 2, "begins with d4 c3" },
		{ "\n\r\r\n\x1c", 5, "cut within the file's header: 5 of 28" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct result *r = read_bytes_as((const uint8_t *)cases[i].bytes, cases[i].n, NULL,
						 &everything);

		assert_true(r->opened == -EPROTO || r->opened == -EOPNOTSUPP);
		assert_says(r->message, cases[i].says);
		free(r);
	}
}

static void
the_snapshot_length_cuts_what_is_handed_out(void **state)
{
	struct capture_options options = { .snaplen = 64 };
	struct bytes *x = new_bytes(false);
	struct result *r;

	(void)state;
	pcap_header(x, 0xa1b2c3d4, 4, 1);
	pcap_record(x, 0, 0, 60, 60);
	pcap_record(x, 1, 0, 100, 200);
	r = read_bytes_as(x->b, x->n, "greater 90", &options);
	/* The filter saw all of the packet. */
	assert_int_equal(r->n, 1);
	assert_int_equal(r->p[0].caplen, 64);
	assert_int_equal(r->p[0].wire_len, 200);
	assert_int_equal(r->stats.user_filtered, 1);
	assert_int_equal(r->stats.read, 2);
	free(r);
	free(x);
}

static void
a_direction_selects_its_packets_and_those_of_unknown_direction(void **state)
{
	static const size_t wanted[] = { 4, 3, 3 }; /* inout, in, out */

	(void)state;
	for (uint32_t d = 0; d < 3; d++) {
		struct capture_options options = { .direction = d };
		struct bytes *x = new_bytes(false);
		struct result *r;

		section(x);
		interface(x, 1, 9, 0, NULL);
		for (unsigned k = 0; k < 4; k++)
			enhanced_with_flags(x, k, k, k);
		r = read_bytes_as(x->b, x->n, NULL, &options);
		assert_int_equal(r->n, wanted[d]);
		assert_int_equal(r->stats.direction_filtered, 4 - wanted[d]);
		assert_int_equal(r->stats.read, 4);
		free(r);
		free(x);
	}
}

/* An IPv4 UDP packet to that port behind the link header given. */
static void
udp(struct bytes *x, unsigned interface_id, const void *link, size_t link_len, uint8_t port)
{
	uint8_t ip[28] = { 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10,
			   0,    0, 1, 10, 0, 0, 2, 0, 9,  0,  0, 0, 8 };
	size_t at = begin_block(x, 6);

	ip[23] = port;
	u32(x, interface_id);
	u64(x, 0);
	u32(x, link_len + sizeof(ip));
	u32(x, link_len + sizeof(ip));
	raw(x, link, link_len);
	raw(x, ip, sizeof(ip));
	end_block(x, at);
}

static void
a_filter_is_applied_to_each_link_type_in_its_own_way(void **state)
{
	static const uint8_t ethernet[14] = { [12] = 8 };
	struct bytes *x = new_bytes(false);
	struct result *r;

	(void)state;
	section(x);
	interface(x, CAPTURE_LINK_ETHERNET, 9, 0, NULL);
	udp(x, 0, ethernet, sizeof(ethernet), 53);
	udp(x, 0, ethernet, sizeof(ethernet), 54);
	/* An interface that comes later, and one no filter can be said about. */
	interface(x, CAPTURE_LINK_RAW, 9, 0, NULL);
	interface(x, CAPTURE_LINK_RADIOTAP, 9, 0, NULL);
	udp(x, 1, "", 0, 53);
	udp(x, 1, "", 0, 54);
	udp(x, 2, "", 0, 53);
	r = read_bytes_as(x->b, x->n, "udp port 53", &everything);
	assert_int_equal(r->opened, 0);
	assert_int_equal(r->n, 2);
	assert_int_equal(r->p[0].linktype, CAPTURE_LINK_ETHERNET);
	assert_int_equal(r->p[1].linktype, CAPTURE_LINK_RAW);
	assert_int_equal(r->stats.user_filtered, 3);
	assert_int_equal(r->stats.read, 5);
	free(r);
	/* Of raw IP nothing can be said about MAC addresses; of the first packet's type it can. */
	r = read_bytes_as(x->b, x->n, "ether src 00:00:00:00:00:00", &everything);
	assert_int_equal(r->opened, 0);
	assert_int_equal(r->n, 2);
	free(r);
	r = read_bytes_as(x->b, x->n, "udp prot 53", &everything);
	assert_int_equal(r->opened, -EINVAL);
	assert_says(r->message, "syntax error");
	free(r);
	r = read_bytes_as(x->b, x->n, "  ", &everything);
	assert_int_equal(r->n, 5);
	free(r);
	free(x);
}

static void
a_filter_that_matches_nothing_gives_the_caller_a_turn(void **state)
{
	struct capture_request request = { .what = "x", .filter = "udp", .options = &everything };
	struct capture_file *f = aligned_alloc(CACHE_LINE, sizeof(*f));
	struct bytes *x = new_bytes(false);
	char err[BASE_ERROR_LEN];
	struct packet p[BURST];
	int turns = 0, n;

	(void)state;
	assert_non_null(f);
	memset(f, 0, sizeof(*f));
	pcap_header(x, 0xa1b2c3d4, 4, 1);
	while (x->n < ROOM - 2000)
		pcap_record(x, 0, 0, 1000, 1000);
	assert_int_equal(capture_file_open_memory(f, x->b, x->n, &request, err), 0);
	while ((n = capture_pcap_file.recv(f, p, BURST)) == 0)
		turns++;
	assert_int_equal(n, -ENODATA);
	assert_true(turns > 1);
	capture_pcap_file.close(f);
	free(f);
	free(x);
}

static void
packets_of_all_lengths_survive_the_refills_of_the_buffer(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 60, 1500, 65535, 262144, 9000, 262143, 3 };
	struct capture_request request = { .what = "x", .options = &everything };
	struct capture_file *f = aligned_alloc(CACHE_LINE, sizeof(*f));

	(void)state;
	assert_non_null(f);
	for (int ng = 0; ng < 2; ng++) {
		struct bytes *x = new_bytes(ng);
		char err[BASE_ERROR_LEN];
		struct packet p[BURST];
		unsigned k = 0, written = 0;
		int n;

		memset(f, 0, sizeof(*f));
		if (ng) {
			section(x);
			interface(x, 1, 9, 0, NULL);
		} else {
			pcap_header(x, 0xa1b2c3d4, 4, 1);
		}
		for (; x->n < ROOM - 300000; written++) {
			uint32_t len = lengths[written % ARRAY_LEN(lengths)];

			if (ng)
				enhanced(x, 0, written, written, len);
			else
				pcap_record(x, written, 0, len, len);
		}
		assert_int_equal(capture_file_open_memory(f, x->b, x->n, &request, err), 0);
		while ((n = capture_pcap_file.recv(f, p, BURST)) > 0)
			for (int i = 0; i < n; i++, k++) {
				assert_int_equal(p[i].caplen, lengths[k % ARRAY_LEN(lengths)]);
				assert_true(is_payload(&p[i], k));
			}
		assert_int_equal(n, -ENODATA);
		assert_int_equal(k, written);
		capture_pcap_file.close(f);
		free(x);
	}
	free(f);
}

static void
compress(const struct capture_codec *c, const struct bytes *x, size_t piece, struct bytes *out)
{
	void *w = c->ops->writer_new();

	assert_non_null(w);
	for (size_t at = 0; at < x->n; at += piece) {
		size_t n = x->n - at < piece ? x->n - at : piece;
		ssize_t got = c->ops->write(w, x->b + at, n, out->b + out->n, ROOM - out->n);

		assert_true(got > 0);
		out->n += (size_t)got;
	}
	c->ops->writer_free(w);
}

static void
compressed_files_of_several_frames_are_read_and_their_damage_is_told(void **state)
{
	(void)state;
	for (const struct capture_codec *c = capture_codec_table; c->name; c++) {
		struct bytes *x, *z;
		struct result *r;

		if (!c->ops)
			continue;
		x = new_bytes(false);
		z = new_bytes(false);
		pcap_header(x, 0xa1b2c3d4, 4, 1);
		for (unsigned k = 0; k < 60; k++)
			pcap_record(x, k, 0, 1000, 1000);
		compress(c, x, 10000, z);
		r = read_bytes_as(z->b, z->n, NULL, &everything);
		assert_int_equal(r->n, 60);
		assert_int_equal(r->ended, -ENODATA);
		assert_true(is_payload(&r->p[59], 59));
		free(r);
		r = read_bytes_as(z->b, z->n - 5, NULL, &everything);
		assert_true(r->n >= 40);
		assert_int_equal(r->ended, -EPROTO);
		assert_says(r->message, c->name);
		assert_says(r->message, "data is cut after packet");
		free(r);
		memset(z->b + z->n / 2, 0x55, 40);
		r = read_bytes_as(z->b, z->n, NULL, &everything);
		assert_true(r->n < 60);
		assert_int_equal(r->ended, -EPROTO);
		assert_says(r->message, "data is damaged after packet");
		free(r);
		free(x);
		free(z);
	}
}

static char *
temporary(const struct bytes *x)
{
	char *path = strdup(P_tmpdir "/test_pcap_file.XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, x->b, x->n), (ssize_t)x->n);
	close(fd);
	return path;
}

static int
open_path(struct capture **c, const char *path, uint32_t threads, char err[BASE_ERROR_LEN])
{
	struct capture_request request = { .what = path,
					   .options = &everything,
					   .n_threads = threads };

	return capture_open(c, "file", &request, err);
}

static void
files_are_opened_by_path_and_may_grow(void **state)
{
	struct bytes *x = new_bytes(false);
	char err[BASE_ERROR_LEN];
	struct capture_stats stats;
	struct packet p[BURST];
	struct capture *c;
	char *path;
	int fd;

	(void)state;
	pcap_header(x, 0xa1b2c3d4, 4, 1);
	pcap_record(x, 0, 0, 60, 60);
	path = temporary(x);
	assert_int_equal(open_path(&c, path, 4, err), 0);
	assert_true(capture_is_patient(c));
	assert_int_equal(capture_recv(c, p, BURST), 1);
	x->n = 0;
	pcap_record(x, 1, 0, 60, 60);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, x->b, x->n), (ssize_t)x->n);
	close(fd);
	assert_int_equal(capture_recv(c, p, BURST), 1);
	assert_true(is_payload(&p[0], 1));
	assert_int_equal(capture_recv(c, p, BURST), -ENODATA);
	capture_get_stats(c, &stats);
	assert_int_equal(stats.read, 2);
	assert_null(capture_interface_name(c, 0));
	capture_close(c);
	unlink(path);
	free(path);
	free(x);
}

static void
sources_that_cannot_be_read_are_named(void **state)
{
	char err[BASE_ERROR_LEN], folder[] = P_tmpdir "/test_pcap_file.XXXXXX", path[64];
	struct capture *c;
	struct capture_request request = { .what = "x", .options = &everything };

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(open_path(&c, folder, 1, err), -EISDIR);
	assert_says(err, "is a directory: name a capture file in it");
	snprintf(path, sizeof(path), "%s/a\nb", folder);
	assert_int_equal(open_path(&c, path, 1, err), -ENOENT);
	assert_says(err, "a?b: there is no such file");
	snprintf(path, sizeof(path), "%s/secret", folder);
	close(open(path, O_WRONLY | O_CREAT, 0));
	/* Root reads it, and finds it empty. */
	assert_int_equal(open_path(&c, path, 1, err), geteuid() == 0 ? -EPROTO : -EACCES);
	assert_says(err, geteuid() == 0 ? "is empty" : "permission to read it is denied");
	unlink(path);
	rmdir(folder);
	assert_int_equal(capture_open(&c, "nothing", &request, err), -EOPNOTSUPP);
	assert_says(err, "no source \"nothing\"");
}

/* Runs read_all with the reading end of a pipe as standard input. */
static void
with_stdin(int fds[2], int *saved)
{
	assert_int_equal(pipe(fds), 0);
	*saved = dup(STDIN_FILENO);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
}

static void
restore_stdin(int saved)
{
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	} else {
		close(STDIN_FILENO);
	}
}

static void
standard_input_may_be_a_slow_pipe(void **state)
{
	struct bytes *x = new_bytes(false);
	char err[BASE_ERROR_LEN];
	struct packet p[BURST];
	struct capture *c;
	int fds[2], saved;
	size_t half;

	(void)state;
	pcap_header(x, 0xa1b2c3d4, 4, 1);
	pcap_record(x, 0, 0, 60, 60);
	half = x->n + 30;
	pcap_record(x, 1, 0, 60, 60);
	with_stdin(fds, &saved);
	assert_int_equal(open_path(&c, "-", 2, err), -EOPNOTSUPP);
	assert_says(err, "standard input: can be read only once");
	assert_int_equal(write(fds[1], x->b, half), (ssize_t)half);
	assert_int_equal(open_path(&c, "-", 1, err), 0);
	assert_int_equal(capture_recv(c, p, BURST), 1);
	/* Half a packet: nothing yet, and not the end. */
	assert_int_equal(capture_recv(c, p, BURST), 0);
	assert_int_equal(write(fds[1], x->b + half, x->n - half), (ssize_t)(x->n - half));
	assert_int_equal(capture_recv(c, p, BURST), 1);
	assert_true(is_payload(&p[0], 1));
	close(fds[1]);
	assert_int_equal(capture_recv(c, p, BURST), -ENODATA);
	capture_close(c);
	restore_stdin(saved);
	free(x);
}

static void
standard_input_may_be_compressed(void **state)
{
	struct bytes *x = new_bytes(false);

	(void)state;
	section(x);
	interface(x, 1, 9, 0, NULL);
	enhanced(x, 0, 1, 0, 60);
	for (const struct capture_codec *k = capture_codec_table; k->name; k++) {
		struct bytes *z = new_bytes(false);
		char err[BASE_ERROR_LEN];
		struct packet p[BURST];
		struct capture *c;
		int fds[2], saved;

		if (k->ops) {
			compress(k, x, x->n, z);
			with_stdin(fds, &saved);
			assert_int_equal(write(fds[1], z->b, z->n), (ssize_t)z->n);
			close(fds[1]);
			assert_int_equal(open_path(&c, "-", 1, err), 0);
			assert_int_equal(capture_recv(c, p, BURST), 1);
			assert_true(is_payload(&p[0], 0));
			assert_int_equal(capture_recv(c, p, BURST), -ENODATA);
			capture_close(c);
			restore_stdin(saved);
		}
		free(z);
	}
	free(x);
}

static void
link_types_have_names_and_the_table_of_interfaces_has_lines(void **state)
{
	char *text = capture_interfaces_text();

	(void)state;
	assert_string_equal(capture_link_name(CAPTURE_LINK_SLL), "LINUX_SLL");
	assert_string_equal(capture_link_name(CAPTURE_LINK_RAW), "RAW");
	assert_null(capture_link_name(65000));
	assert_true(capture_link_is_supported(CAPTURE_LINK_SLL2));
	assert_false(capture_link_is_supported(CAPTURE_LINK_RADIOTAP));
	assert_non_null(text);
	assert_says(text, "any ");
	assert_int_equal(text[strlen(text) - 1], '\n');
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_that_are_no_capture_are_shown),
		cmocka_unit_test(the_snapshot_length_cuts_what_is_handed_out),
		cmocka_unit_test(a_direction_selects_its_packets_and_those_of_unknown_direction),
		cmocka_unit_test(a_filter_is_applied_to_each_link_type_in_its_own_way),
		cmocka_unit_test(a_filter_that_matches_nothing_gives_the_caller_a_turn),
		cmocka_unit_test(packets_of_all_lengths_survive_the_refills_of_the_buffer),
		cmocka_unit_test(
			compressed_files_of_several_frames_are_read_and_their_damage_is_told),
		cmocka_unit_test(files_are_opened_by_path_and_may_grow),
		cmocka_unit_test(sources_that_cannot_be_read_are_named),
		cmocka_unit_test(standard_input_may_be_a_slow_pipe),
		cmocka_unit_test(standard_input_may_be_compressed),
		cmocka_unit_test(link_types_have_names_and_the_table_of_interfaces_has_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
