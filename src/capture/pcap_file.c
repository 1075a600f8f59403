/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcap_file.c - packets from capture files: the row "file".
 *
 * What the file is, is told by its first bytes.  The parser of its format finds
 * as many whole packets as the buffer holds and hands out views of them; only
 * when there is none left, at the start of a recv, the buffer is refilled.
 *
 * Filters are compiled when the file is opened, one for each link type, because
 * an interface may turn up in the middle of a pcapng file.
 */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "capture/file.h"

/* Refills in one recv that finds nothing to hand out, so that it returns in bounded time. */
enum { REFILLS_MAX = 4 };

enum { DIRECTION_BOTH }; /* index into "inout|in|out": the others equal enum capture_dir */

int
capture_file_fail(struct capture_file *f, int result, const char *format, ...)
{
	int n = snprintf(f->message, sizeof(f->message), "%s: ", f->name);
	va_list args;

	va_start(args, format);
	vsnprintf(f->message + n, sizeof(f->message) - (size_t)n, format, args);
	va_end(args);
	return result;
}

int
capture_file_refuse_link(struct capture_file *f, uint16_t linktype)
{
	const char *name = capture_link_name(linktype);
	char known[128];
	size_t n = 0;

	for (size_t i = 0; i < CAPTURE_LINKS; i++) {
		const char *one = capture_link_name(capture_links[i]);

		n += (size_t)snprintf(known + n, sizeof(known) - n, "%s%s", i > 0 ? ", " : "",
				      one ? one : "?");
		assert(n < sizeof(known));
	}
	return capture_file_fail(f, -EOPNOTSUPP,
				 "link type %u (%s) is not supported; these are: %s", linktype,
				 name ? name : "no name known", known);
}

/* 1: more bytes are there; 0: the file is over; -EAGAIN: nothing yet; another negative errno. */
static int
refill(struct capture_file *f)
{
	size_t left = capture_file_left(f);
	ssize_t n;

	/* A record that does not fit the buffer was refused by its parser. */
	assert(left + CAPTURE_FILE_READ <= sizeof(f->buf));
	if (left > 0)
		memmove(f->buf, f->at, left);
	f->base += (uint64_t)(f->at - f->buf);
	f->at = f->buf;
	f->end = f->buf + left;
	n = capture_stream_read(&f->stream, f->buf + left, CAPTURE_FILE_READ);
	if (n >= 0) {
		f->end += n;
		return n > 0;
	}
	if (n == -EAGAIN)
		return -EAGAIN;
	if (n == -ENODATA || n == -EPROTO)
		return capture_file_fail(
			f, -EPROTO,
			"its %s data %s after packet %llu (byte %llu when "
			"decompressed), the packets before it were read",
			f->stream.codec->name, n == -ENODATA ? "is cut" : "is damaged",
			(unsigned long long)f->packets, (unsigned long long)f->base + left);
	return capture_file_fail(f, (int)n, "reading fails after packet %llu: %s",
				 (unsigned long long)f->packets, strerror((int)-n));
}

/* Other formats people have, for the remedy. */
static const struct {
	uint8_t magic[8];
	uint8_t len;
	const char *name;
} known_formats[] = {
	{ "snoop", 6, "a snoop file: convert it with `editcap -F pcap`" },
	{ "GMBU", 4, "a Network Monitor file: convert it with `editcap -F pcap`" },
	{ "RTSS", 4, "a Network Monitor file: convert it with `editcap -F pcap`" },
	{ "XCP", 4, "a NetXRay file: convert it with `editcap -F pcap`" },
	{ "TRSNIFF", 7, "a Sniffer file: convert it with `editcap -F pcap`" },
	{ { 0xa1, 0x2b, 0x3c, 0x4d }, 4, "a Navtel file: convert it with `editcap -F pcap`" },
	{ { 0x1c, 0x00, 0x01, 0xac }, 4, "an IXIA file: convert it with `editcap -F pcap`" },
	{ { 0x1c, 0x00, 0x01, 0xab }, 4, "an IXIA file: convert it with `editcap -F pcap`" },
};

static int
not_a_capture(struct capture_file *f)
{
	size_t len = capture_file_left(f);
	char hex[3 * 8 + 1] = "";

	if (len == 0)
		return capture_file_fail(f, -EPROTO, "is empty: not a capture file");
	for (size_t i = 0; i < ARRAY_LEN(known_formats); i++)
		if (len >= known_formats[i].len &&
		    memcmp(f->at, known_formats[i].magic, known_formats[i].len) == 0)
			return capture_file_fail(f, -EPROTO, "is %s", known_formats[i].name);
	for (size_t i = 0; i < len && i < 8; i++)
		snprintf(hex + 3 * i, 4, " %02x", f->at[i]);
	return capture_file_fail(f, -EPROTO,
				 "is not a capture file: it begins with%s; pcap and pcapng are "
				 "read, plain or compressed with gzip or zstd",
				 hex);
}

/* Waits until the buffer holds enough to know the format: a pipe may be slow. */
static int
read_header(struct capture_file *f)
{
	enum { LONGEST_HEADER = 32 };
	int result = 1;

	while (result != 0 && capture_file_left(f) < LONGEST_HEADER) {
		result = refill(f);
		if (result < 0 && result != -EAGAIN)
			return result;
	}
	if (capture_classic_is(f->at, capture_file_left(f)))
		return capture_classic_begin(f);
	if (capture_file_left(f) >= 4 && capture_get32(f->at, false) == CAPTURE_PCAPNG_MAGIC)
		return capture_pcapng_begin(f);
	return not_a_capture(f);
}

static bool
is_pcapng(const struct capture_file *f)
{
	return f->head_len == 0;
}

/* The link type of the first packet, without taking it; what is wrong with the file later is left
 * to recv, but an unsupported link type is told here. */
static int
peek(struct capture_file *f, uint16_t *linktype)
{
	struct packet p = { .linktype = CAPTURE_LINK_ETHERNET };
	int found = 0, result = 1;

	*linktype = f->linktype;
	if (!is_pcapng(f))
		return capture_link_is_supported(f->linktype)
			       ? 0
			       : capture_file_refuse_link(f, f->linktype);
	while (found == 0 && result > 0) {
		uint64_t packets = f->packets, last_ns = f->last_ns;

		found = f->burst(f, &p, 1);
		if (found == 1) {
			/* The head of its block is behind its data; go back there. */
			f->at = f->peeked;
			f->skip = 0;
			f->packets = packets;
			f->last_ns = last_ns;
		}
		if (found == 0)
			result = refill(f);
	}
	*linktype = p.linktype;
	if (found == -EOPNOTSUPP)
		return found;
	if (result < 0 && result != -EAGAIN)
		f->over = result;
	else
		f->message[0] = '\0';
	return 0;
}

static int
compile(struct capture_file *f, const char *text, uint16_t linktype, char err[BASE_ERROR_LEN])
{
	char ignored[BASE_ERROR_LEN];

	if (!text || text[strspn(text, " \t\r\n")] == '\0')
		return 0;
	f->has_filter = true;
	for (size_t i = 0; i < CAPTURE_LINKS; i++) {
		bool wanted = capture_links[i] == linktype;
		int result;

		if (!wanted && !is_pcapng(f))
			continue;
		/* What cannot be said about a link type selects none of its packets. */
		result = capture_filter_new(&f->filter[i], text, capture_links[i],
					    CAPTURE_CAPLEN_MAX, wanted ? err : ignored);
		if (result < 0 && (wanted || result != -EINVAL))
			return result;
	}
	return 0;
}

static void
file_close(void *state)
{
	struct capture_file *f = state;

	for (size_t i = 0; i < CAPTURE_LINKS; i++)
		capture_filter_free(f->filter[i]);
	capture_stream_close(&f->stream);
}

/* The stream is open; the rest is the same for all of them. */
static int
begin(struct capture_file *f, const struct capture_request *request, char err[BASE_ERROR_LEN])
{
	const char *path = strcmp(request->what, "-") == 0 ? "standard input" : request->what;
	uint64_t snaplen = request->options->snaplen;
	uint16_t linktype = CAPTURE_LINK_ETHERNET;
	int result;

	capture_shown(path, f->name);
	f->at = f->end = f->buf;
	f->direction = request->options->direction;
	f->snaplen = snaplen > 0 && snaplen < CAPTURE_CAPLEN_MAX ? (uint32_t)snaplen
								 : CAPTURE_CAPLEN_MAX;
	do
		result = capture_stream_begin(&f->stream, path, err);
	while (result == -EAGAIN);
	if (result == 0) {
		result = read_header(f);
		if (result == 0)
			result = peek(f, &linktype);
		if (result < 0)
			memcpy(err, f->message, BASE_ERROR_LEN);
		else
			result = compile(f, request->filter, linktype, err);
	}
	if (result < 0)
		file_close(f);
	return result;
}

static int
file_open(void *state, const struct capture_request *request, char err[BASE_ERROR_LEN])
{
	struct capture_file *f = state;
	int result = capture_stream_open(&f->stream, request->what, request->n_threads > 1, err);

	return result < 0 ? result : begin(f, request, err);
}

int
capture_file_open_memory(struct capture_file *f, const uint8_t *bytes, size_t len,
			 const struct capture_request *request, char err[BASE_ERROR_LEN])
{
	capture_stream_over(&f->stream, bytes, len);
	return begin(f, request, err);
}

static bool
is_selected(const struct capture_file *f, const struct packet *p)
{
	for (size_t i = 0; i < CAPTURE_LINKS; i++)
		if (capture_links[i] == p->linktype)
			return f->filter[i] && capture_filter_match(f->filter[i], p);
	return false;
}

/* Keeps the packets that are wanted, cut to the snapshot length; returns how many. */
static int
sieve(struct capture_file *f, struct packet *pkts, int n)
{
	int kept = 0;

	for (int i = 0; i < n; i++) {
		struct packet *p = &pkts[i];

		if (f->direction != DIRECTION_BOTH && p->dir != CAPTURE_DIR_UNKNOWN &&
		    p->dir != f->direction) {
			f->stats.direction_filtered++;
			continue;
		}
		if (f->has_filter && !is_selected(f, p)) {
			f->stats.user_filtered++;
			continue;
		}
		pkts[kept] = *p;
		if (p->caplen > f->snaplen)
			pkts[kept].caplen = f->snaplen;
		kept++;
	}
	return kept;
}

static int
at_end(struct capture_file *f)
{
	if (capture_file_left(f) == 0 && f->skip == 0)
		return -ENODATA;
	return is_pcapng(f) ? capture_pcapng_cut(f) : capture_classic_cut(f);
}

static int
file_recv(void *state, struct packet *pkts, int max)
{
	struct capture_file *f = state;
	bool all = !f->has_filter && f->direction == DIRECTION_BOTH &&
		   f->snaplen == CAPTURE_CAPLEN_MAX;
	int refills = 0;

	if (f->over < 0)
		return f->over;
	for (;;) {
		int n = f->burst(f, pkts, max);

		if (n > 0 && !all) {
			n = sieve(f, pkts, n);
			if (n == 0)
				continue;
		}
		if (n == 0) {
			if (refills++ == REFILLS_MAX)
				return 0;
			n = refill(f);
			if (n > 0)
				continue;
			if (n == -EAGAIN)
				return 0;
			if (n == 0)
				n = at_end(f);
		}
		if (n < 0)
			f->over = n;
		return n;
	}
}

static const char *
file_message(void *state)
{
	struct capture_file *f = state;

	return f->message;
}

static const char *
file_interface_name(void *state, uint16_t number)
{
	const struct capture_file *f = state;

	if (number >= CAPTURE_INTERFACES_MAX || f->interface_name[number][0] == '\0')
		return NULL;
	return f->interface_name[number];
}

static void
file_stats(void *state, struct capture_stats *out)
{
	const struct capture_file *f = state;

	*out = f->stats;
	out->read = f->packets;
}

const struct capture_ops capture_pcap_file = {
	.name = "file",
	.summary = "Reads pcap and pcapng files, plain, gzip or zstd; - is standard input.",
	.state_size = sizeof(struct capture_file),
	.patient = true,
	.open = file_open,
	.recv = file_recv,
	.message = file_message,
	.interface_name = file_interface_name,
	.stats = file_stats,
	.close = file_close,
};
