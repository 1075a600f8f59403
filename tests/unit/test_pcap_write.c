/* SPDX-License-Identifier: Apache-2.0 */
/* test_pcap_write.c - what is written is read again, by us and by others. */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/codec.h"
#include "capture/write.h"

enum { BURST = 32, NAMES = 16 };

static const uint64_t start_ns = UINT64_C(1709251199) * NS_PER_SEC; /* 2024-02-29T23:59:59Z */

/* A folder of its own for each test. */
struct place {
	char folder[64];
	char path[128];
};

static struct place
new_place(const char *name)
{
	struct place p = { .folder = P_tmpdir "/test_pcap_write.XXXXXX" };

	assert_non_null(mkdtemp(p.folder));
	snprintf(p.path, sizeof(p.path), "%s/%s", p.folder, name);
	return p;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Names of the files in the folder, sorted; returns how many. */
static size_t
files_in(const struct place *place, char names[NAMES][64])
{
	DIR *d = opendir(place->folder);
	const struct dirent *e;
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.') {
			assert_true(n < NAMES);
			snprintf(names[n++], 64, "%.63s", e->d_name);
		}
	closedir(d);
	qsort(names, n, sizeof(names[0]), by_name);
	return n;
}

static void
remove_place(const struct place *place)
{
	char names[NAMES][64], path[160];
	size_t n = files_in(place, names);

	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", place->folder, names[i]);
		unlink(path);
	}
	rmdir(place->folder);
}

static const uint8_t *
pattern(void)
{
	static uint8_t bytes[262144 + 100];

	for (size_t i = 0; i < sizeof(bytes) && bytes[1] == 0; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	return bytes;
}

static struct packet
packet(unsigned k, uint32_t caplen)
{
	return (struct packet){
		.ts_ns = start_ns + k * NS_PER_SEC + 123456789,
		.data = pattern() + k % 100,
		.caplen = caplen,
		.wire_len = caplen + k,
		.linktype = CAPTURE_LINK_ETHERNET,
	};
}

static struct capture_writer *
open_writer(const struct capture_writer_config *config)
{
	struct capture_writer *w = NULL;
	char err[BASE_ERROR_LEN];

	if (capture_writer_open(&w, config, err) < 0)
		fail_msg("%s", err);
	return w;
}

/* Reads path; the packets' bytes are compared with the pattern at offset k % 100.  Returns how
 * many there were, the result of the end in *end, the first of them in p. */
static size_t
read_back(const char *path, struct packet *p, size_t room, int *end)
{
	static const struct capture_options options = { .snaplen = 0 };
	struct capture_request request = { .what = path, .options = &options };
	char err[BASE_ERROR_LEN];
	struct packet burst[BURST];
	struct capture *c;
	size_t k = 0;
	int n;

	if (capture_open(&c, "file", &request, err) < 0)
		fail_msg("%s", err);
	while ((n = capture_recv(c, burst, BURST)) >= 0)
		for (int i = 0; i < n; i++, k++) {
			assert_memory_equal(burst[i].data, pattern() + k % 100, burst[i].caplen);
			if (k < room)
				p[k] = burst[i];
		}
	*end = n;
	capture_close(c);
	return k;
}

static void
assert_says(const char *message, const char *part)
{
	if (!strstr(message, part))
		fail_msg("\"%s\" does not say \"%s\"", message, part);
}

/* Whether the program is there and accepts the file. */
static void
assert_others_read(const char *program, const char *path, unsigned packets)
{
	char command[512];

	snprintf(command, sizeof(command), "command -v %s >/dev/null", program);
	if (system(command) != 0) {
		print_message("%s is not installed: not asked\n", program);
		return;
	}
	if (strcmp(program, "capinfos") == 0)
		snprintf(command, sizeof(command),
			 "test \"$(capinfos -TrMc %s 2>&1 | cut -f2)\" = %u", path, packets);
	else
		snprintf(command, sizeof(command),
			 "test \"$(tcpdump -nr %s --count 2>/dev/null | cut -d' ' -f1)\" = %u",
			 path, packets);
	assert_int_equal(system(command), 0);
}

static void
every_format_is_read_again(void **state)
{
	static const uint32_t lengths[] = { 60, 1514, 0, 262144, 1, 9000 };
	static const char *const names[] = { "a.pcap",      "a.pcapng",    "a",
					     "a.pcap.gz",   "a.pcapng.gz", "a.pcap.zst",
					     "a.pcapng.zst" };

	(void)state;
	for (size_t f = 0; f < ARRAY_LEN(names); f++) {
		struct place place = new_place(names[f]);
		struct capture_writer_config config = { .path = place.path };
		const struct capture_codec *codec = capture_codec_by_suffix(place.path);
		struct capture_writer *w;
		struct packet got[64];
		int end;

		if (codec && !codec->ops) {
			remove_place(&place);
			continue;
		}
		w = open_writer(&config);
		for (unsigned k = 0; k < 50; k++) {
			struct packet p = packet(k, lengths[k % ARRAY_LEN(lengths)]);

			assert_int_equal(capture_writer_put(w, &p), 0);
		}
		assert_int_equal(capture_writer_flush(w), 0);
		assert_int_equal(capture_writer_written(w), 50);
		assert_string_equal(capture_writer_message(w), "");
		assert_int_equal(capture_writer_close(w), 0);
		assert_int_equal(read_back(place.path, got, 64, &end), 50);
		assert_int_equal(end, -ENODATA);
		for (unsigned k = 0; k < 50; k++) {
			struct packet p = packet(k, lengths[k % ARRAY_LEN(lengths)]);

			assert_int_equal(got[k].ts_ns, p.ts_ns);
			assert_int_equal(got[k].caplen, p.caplen);
			assert_int_equal(got[k].wire_len, p.wire_len);
			assert_int_equal(got[k].linktype, p.linktype);
		}
		assert_others_read("capinfos", place.path, 50);
		if (!codec)
			assert_others_read("tcpdump", place.path, 50);
		remove_place(&place);
	}
}

static void
a_file_without_packets_is_a_file(void **state)
{
	static const char *const names[] = { "a.pcap", "a.pcapng" };

	(void)state;
	for (size_t f = 0; f < ARRAY_LEN(names); f++) {
		struct place place = new_place(names[f]);
		struct capture_writer_config config = { .path = place.path };
		struct stat st;
		int end;

		assert_int_equal(capture_writer_close(open_writer(&config)), 0);
		assert_int_equal(read_back(place.path, NULL, 0, &end), 0);
		assert_int_equal(end, -ENODATA);
		/* What people say to each other is in it. */
		assert_int_equal(stat(place.path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		remove_place(&place);
	}
	assert_int_equal(capture_writer_close(NULL), 0);
}

static void
the_snapshot_length_cuts_what_is_written(void **state)
{
	struct place place = new_place("a.pcapng");
	struct capture_writer_config config = { .path = place.path, .snaplen = 96 };
	struct capture_writer *w = open_writer(&config);
	struct packet p = packet(0, 1000), got[1];
	int end;

	(void)state;
	assert_int_equal(capture_writer_put(w, &p), 0);
	assert_int_equal(capture_writer_close(w), 0);
	assert_int_equal(read_back(place.path, got, 1, &end), 1);
	assert_int_equal(got[0].caplen, 96);
	assert_int_equal(got[0].wire_len, 1000);
	remove_place(&place);
}

static void
pcapng_keeps_interfaces_link_types_directions_and_statistics(void **state)
{
	static const char *const names[] = { "eth0", "wg0" };
	struct place place = new_place("a.pcapng");
	struct capture_writer_config config = { .path = place.path,
						.interfaces = names,
						.n_interfaces = 2 };
	static const struct capture_options options = { .snaplen = 0 };
	struct capture_request request = { .what = place.path, .options = &options };
	struct capture_writer *w = open_writer(&config);
	char err[BASE_ERROR_LEN], command[256];
	struct packet got[BURST];
	struct capture *c;

	(void)state;
	for (unsigned k = 0; k < 6; k++) {
		struct packet p = packet(k, 61 + k);

		p.interface = (uint16_t)(k % 3); /* the third has no name */
		p.linktype = k % 3 == 1 ? CAPTURE_LINK_RAW : CAPTURE_LINK_ETHERNET;
		p.dir = (uint8_t)(k % 3);
		assert_int_equal(capture_writer_put(w, &p), 0);
	}
	capture_writer_set_stats(w, 1, 12345, 67);
	capture_writer_set_stats(w, 9, 1, 1);
	assert_int_equal(capture_writer_close(w), 0);

	assert_int_equal(capture_open(&c, "file", &request, err), 0);
	assert_int_equal(capture_recv(c, got, BURST), 6);
	for (unsigned k = 0; k < 6; k++) {
		assert_int_equal(got[k].interface, k % 3);
		assert_int_equal(got[k].linktype,
				 k % 3 == 1 ? CAPTURE_LINK_RAW : CAPTURE_LINK_ETHERNET);
		assert_int_equal(got[k].dir, k % 3);
	}
	assert_string_equal(capture_interface_name(c, 0), "eth0");
	assert_string_equal(capture_interface_name(c, 1), "wg0");
	assert_null(capture_interface_name(c, 2));
	assert_int_equal(capture_recv(c, got, BURST), -ENODATA);
	capture_close(c);
	assert_others_read("capinfos", place.path, 6);
	if (system("command -v capinfos >/dev/null") == 0) {
		snprintf(command, sizeof(command),
			 "capinfos %s | grep -q 'Number of stat entries = 1'", place.path);
		assert_int_equal(system(command), 0);
	}
	remove_place(&place);
}

static void
pcap_refuses_a_second_link_type_and_keeps_the_first(void **state)
{
	struct place place = new_place("a.pcap");
	struct capture_writer_config config = { .path = place.path };
	struct capture_writer *w = open_writer(&config);
	struct packet p = packet(0, 60), other = packet(1, 60);
	int end;

	(void)state;
	other.linktype = CAPTURE_LINK_SLL2;
	assert_int_equal(capture_writer_put(w, &p), 0);
	assert_int_equal(capture_writer_put(w, &other), -EOPNOTSUPP);
	assert_says(capture_writer_message(w), "has one link type, this one EN10MB, and a packet "
					       "with LINUX_SLL2 came: write a file named .pcapng");
	assert_int_equal(capture_writer_put(w, &p), -EOPNOTSUPP);
	assert_int_equal(capture_writer_close(w), -EOPNOTSUPP);
	assert_int_equal(read_back(place.path, NULL, 0, &end), 1);
	assert_int_equal(end, -ENODATA);
	remove_place(&place);
}

static void
a_family_in_the_other_byte_order_is_turned(void **state)
{
	static const uint8_t turned[8] = { 0, 0, 0, 2, 0x45, 1, 2, 3 };
	static const struct capture_options options = { .snaplen = 0 };
	struct place place = new_place("a.pcap");
	struct capture_writer_config config = { .path = place.path };
	struct capture_request request = { .what = place.path, .options = &options };
	struct capture_writer *w = open_writer(&config);
	struct packet p = { .data = turned,
			    .caplen = 8,
			    .wire_len = 8,
			    .linktype = CAPTURE_LINK_NULL,
			    .flags = CAPTURE_BYTE_SWAPPED };
	char err[BASE_ERROR_LEN];
	struct packet got[1];
	struct capture *c;

	(void)state;
	assert_int_equal(capture_writer_put(w, &p), 0);
	assert_int_equal(capture_writer_close(w), 0);
	assert_int_equal(capture_open(&c, "file", &request, err), 0);
	assert_int_equal(capture_recv(c, got, 1), 1);
	assert_int_equal(got[0].flags, 0);
	assert_memory_equal(got[0].data, "\2\0\0\0\x45\1\2\3", 8);
	capture_close(c);
	remove_place(&place);
}

static void
files_are_ended_by_size_and_named_by_time_and_number(void **state)
{
	struct place place = new_place("a.pcapng");
	struct capture_writer_config config = { .path = place.path, .rotate_bytes = 3000 };
	struct capture_writer *w = open_writer(&config);
	char names[NAMES][64], path[160];
	size_t sum = 0, n;
	int end;

	(void)state;
	assert_int_equal(files_in(&place, names), 0);
	for (unsigned k = 0; k < 10; k++) {
		struct packet p = packet(k, 1000);

		p.data = pattern() + k % 3; /* as read_back wants it of each file */
		assert_int_equal(capture_writer_put(w, &p), 0);
	}
	assert_int_equal(capture_writer_close(w), 0);
	n = files_in(&place, names);
	assert_int_equal(n, 4);
	/* Three packets and a header are more than 3000 bytes. */
	assert_string_equal(names[0], "a-20240229T235959Z-00001.pcapng");
	assert_string_equal(names[1], "a-20240301T000002Z-00002.pcapng");
	assert_string_equal(names[3], "a-20240301T000008Z-00004.pcapng");
	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", place.folder, names[i]);
		sum += read_back(path, NULL, 0, &end);
		assert_int_equal(end, -ENODATA);
	}
	assert_int_equal(sum, 10);
	remove_place(&place);
}

static void
files_are_ended_by_packet_time_and_only_the_last_are_kept(void **state)
{
	struct place place = new_place("a.pcap.zst");
	struct capture_writer_config config = { .path = place.path,
						.rotate_ns = 10 * NS_PER_SEC,
						.rotate_files = 2 };
	struct capture_writer *w;
	char names[NAMES][64];

	(void)state;
	if (!capture_codec_by_suffix(place.path)->ops) {
		remove_place(&place);
		skip();
	}
	w = open_writer(&config);
	for (unsigned k = 0; k < 45; k++) {
		struct packet p = packet(k, 100);

		/* Time that runs backwards ends no file. */
		if (k % 10 == 5)
			p.ts_ns -= 100 * NS_PER_SEC;
		assert_int_equal(capture_writer_put(w, &p), 0);
	}
	assert_int_equal(capture_writer_written(w), 40);
	assert_int_equal(capture_writer_end(w), 0);
	assert_int_equal(capture_writer_written(w), 45);
	assert_int_equal(capture_writer_close(w), 0);
	assert_int_equal(files_in(&place, names), 2);
	assert_string_equal(names[0], "a-20240301T000029Z-00004.pcap.zst");
	assert_string_equal(names[1], "a-20240301T000039Z-00005.pcap.zst");
	remove_place(&place);
}

static void
a_rotated_name_that_is_a_link_is_not_followed(void **state)
{
	struct place place = new_place("a.pcap");
	struct capture_writer_config config = { .path = place.path, .rotate_bytes = 1000 };
	struct capture_writer *w = open_writer(&config);
	struct packet p = packet(0, 100);
	char link[160];

	(void)state;
	snprintf(link, sizeof(link), "%s/a-20240229T235959Z-00001.pcap", place.folder);
	assert_int_equal(symlink("/dev/null", link), 0);
	assert_int_equal(capture_writer_put(w, &p), -ELOOP);
	assert_says(capture_writer_message(w), "cannot be written");
	assert_int_equal(capture_writer_close(w), -ELOOP);
	remove_place(&place);
}

/* A limit of the file's size stands for the full disk: the write that crosses it is cut. */
static void
a_full_disk_leaves_a_file_whole_up_to_a_packet(void **state)
{
	static const char *const names[] = { "a.pcap", "a.pcapng", "a.pcap.gz", "a.pcapng.zst" };
	struct rlimit before, small = { .rlim_cur = 1000001 };

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small.rlim_max = before.rlim_max;
	for (size_t f = 0; f < ARRAY_LEN(names); f++) {
		struct place place = new_place(names[f]);
		struct capture_writer_config config = { .path = place.path };
		const struct capture_codec *codec = capture_codec_by_suffix(place.path);
		struct capture_writer *w;
		uint64_t written;
		int end, result = 0;

		if (codec && !codec->ops) {
			remove_place(&place);
			continue;
		}
		w = open_writer(&config);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
		for (unsigned k = 0; result == 0; k++) {
			struct packet p = packet(k, 999);

			result = capture_writer_put(w, &p);
			assert_true(k < 10000000);
		}
		setrlimit(RLIMIT_FSIZE, &before);
		assert_int_equal(result, -EFBIG);
		assert_says(capture_writer_message(w), "writing fails: File too large");
		written = capture_writer_written(w);
		assert_true(written > 500);
		assert_int_equal(capture_writer_flush(w), -EFBIG);
		assert_int_equal(capture_writer_close(w), -EFBIG);
		assert_int_equal(read_back(place.path, NULL, 0, &end), written);
		assert_int_equal(end, -ENODATA);
		remove_place(&place);
	}
}

static void
a_device_without_room_is_told(void **state)
{
	struct capture_writer_config config = { .path = "/dev/full" };
	struct capture_writer *w;
	struct packet p = packet(0, 60);

	(void)state;
	if (access("/dev/full", W_OK) < 0)
		skip();
	w = open_writer(&config);
	assert_int_equal(capture_writer_put(w, &p), 0);
	assert_int_equal(capture_writer_end(w), -ENOSPC);
	assert_says(capture_writer_message(w), "/dev/full: writing fails: No space left on device; "
					       "0 packets are in it");
	assert_int_equal(capture_writer_close(w), -ENOSPC);
}

static void
standard_output_is_pcap(void **state)
{
	struct place place = new_place("out");
	struct capture_writer_config config = { .path = "-" };
	struct packet p = packet(0, 60), got[1];
	int fd = open(place.path, O_WRONLY | O_CREAT, 0600), saved = dup(STDOUT_FILENO), end;
	struct capture_writer *w;

	(void)state;
	dup2(fd, STDOUT_FILENO);
	close(fd);
	w = open_writer(&config);
	assert_int_equal(capture_writer_put(w, &p), 0);
	assert_int_equal(capture_writer_close(w), 0);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	assert_int_equal(read_back(place.path, got, 1, &end), 1);
	assert_int_equal(end, -ENODATA);
	remove_place(&place);
}

static void
a_closed_pipe_is_told(void **state)
{
	struct capture_writer_config config = { .path = "-" };
	struct packet p = packet(0, 60);
	int fds[2], saved = dup(STDOUT_FILENO);
	struct capture_writer *w;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDOUT_FILENO);
	close(fds[1]);
	close(fds[0]);
	w = open_writer(&config);
	capture_writer_put(w, &p);
	assert_int_equal(capture_writer_flush(w), -EPIPE);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	assert_says(capture_writer_message(w), "standard output: nobody reads it any more");
	assert_int_equal(capture_writer_close(w), -EPIPE);
}

static void
what_cannot_be_written_is_refused_by_name(void **state)
{
	static const struct {
		struct capture_writer_config config;
		const char *says;
	} cases[] = {
		{ { .path = "/nonesuch/a.pcap" },
		  "/nonesuch/a.pcap: cannot be written: No such file or directory: its folder must "
		  "be there" },
		{ { .path = "/" }, "/: cannot be written: Is a directory" },
		{ { .path = "/nonesuch/a.pcap", .rotate_bytes = 1 },
		  "/nonesuch/: no files can be made there: No such file or directory" },
		{ { .path = "a.pcap.xz" }, "a.pcap.xz: this build cannot write xz" },
		{ { .path = "a.pcap", .rotate_files = 3 }, "say with -C or -G" },
		{ { .path = "a.pcap", .rotate_files = 1000000, .rotate_ns = 1 },
		  "at most 100000 files" },
		{ { .path = "-", .rotate_ns = 1 }, "standard output cannot be rotated" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct capture_writer *w = NULL;
		char err[BASE_ERROR_LEN];

		assert_true(capture_writer_open(&w, &cases[i].config, err) < 0);
		assert_null(w);
		assert_says(err, cases[i].says);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_is_read_again),
		cmocka_unit_test(a_file_without_packets_is_a_file),
		cmocka_unit_test(the_snapshot_length_cuts_what_is_written),
		cmocka_unit_test(pcapng_keeps_interfaces_link_types_directions_and_statistics),
		cmocka_unit_test(pcap_refuses_a_second_link_type_and_keeps_the_first),
		cmocka_unit_test(a_family_in_the_other_byte_order_is_turned),
		cmocka_unit_test(files_are_ended_by_size_and_named_by_time_and_number),
		cmocka_unit_test(files_are_ended_by_packet_time_and_only_the_last_are_kept),
		cmocka_unit_test(a_rotated_name_that_is_a_link_is_not_followed),
		cmocka_unit_test(a_full_disk_leaves_a_file_whole_up_to_a_packet),
		cmocka_unit_test(a_device_without_room_is_told),
		cmocka_unit_test(standard_output_is_pcap),
		cmocka_unit_test(a_closed_pipe_is_told),
		cmocka_unit_test(what_cannot_be_written_is_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
