/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcap_live.c - packets of a live interface through libpcap: the portable second
 * way, for where the shared ring of af_packet.c is not to be had.
 *
 * Packets are copied, one thread only.  libpcap itself drops what the direction
 * excludes, and on Linux the outgoing half of loopback, without a count; the
 * difference between what the kernel delivered and what was handed out is therefore
 * reported as direction_filtered when a direction was asked for or the interface is
 * loopback, else as unread.  ps_recv includes ps_drop on Linux, and both are 32
 * bits wide: they are read at least each second and summed up.
 *
 * An interface that goes down or away is opened again each 500 ms.  That needs the
 * privilege once more, which is why af_packet is the first way.
 */
/* Before the kernel's own headers, which then leave out what it has. */
#include <net/if.h>

#include <errno.h>
#include <linux/if_arp.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/live.h"

enum {
	BURST = 32,
	BUFFER_MAX = 1 << 30,
	SLL2_INDEX_AT = 4, /* of the interface index in a LINKTYPE_LINUX_SLL2 header */
	SLL2_KIND_AT = 10,
	SLL2_HEADER = 20,
	SLL2_OUTGOING = 4,
};
static const uint64_t retry_ns = 500 * NS_PER_MS;

struct pcap_live {
	pcap_t *pcap; /* NULL while the interface is down */
	int fd;
	uint32_t tick_ns; /* of the fraction in its time stamps */
	bool ended;       /* pcap reported an error: it is closed at the next recv */

	/* The burst being filled: the views, and their bytes one behind the other. */
	struct packet *views;
	int n_views;
	uint8_t *bytes;
	size_t used;

	uint64_t handed_out;
	struct capture_stats stats;
	uint32_t ps_recv, ps_drop; /* as read last */
	uint64_t stats_ns, retry_at_ns, down_since_ns;
	bool refused; /* the reason was told */

	uint16_t linktype;
	uint32_t snaplen;
	struct capture_options options;
	struct capture_iface iface;
	struct capture_iface_count count;
	struct capture_names names;
	char *filter;
	struct capture_message message;
};

static void
read_stats(struct pcap_live *s)
{
	struct pcap_stat now;

	if (!s->pcap || pcap_stats(s->pcap, &now) < 0)
		return;
	s->stats.kernel_packets += now.ps_recv - s->ps_recv;
	s->stats.kernel_drops += now.ps_drop - s->ps_drop;
	s->ps_recv = now.ps_recv;
	s->ps_drop = now.ps_drop;
	s->stats_ns = capture_coarse_ns();
}

static void
close_handle(struct pcap_live *s)
{
	read_stats(s);
	if (s->pcap)
		pcap_close(s->pcap);
	s->pcap = NULL;
	s->ended = false;
	s->ps_recv = s->ps_drop = 0;
}

static int
result_of(int status)
{
	switch (status) {
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return -EPERM;
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return -ENODEV;
	case PCAP_ERROR_IFACE_NOT_UP:
		return -ENETDOWN;
	default:
		return status < 0 ? -EIO : 0;
	}
}

static void
set_up(struct pcap_live *s, pcap_t *p)
{
	uint64_t bytes = s->options.ring_bytes < BUFFER_MAX ? s->options.ring_bytes : BUFFER_MAX;

	pcap_set_snaplen(p, (int)s->snaplen);
	pcap_set_promisc(p, s->options.promiscuous && s->iface.index != 0);
	pcap_set_timeout(p, CAPTURE_POLL_MS);
	pcap_set_buffer_size(p, (int)bytes);
	s->tick_ns = pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO) == 0 ? 1 : 1000;
}

/* What can be said to an active handle only. */
static int
finish(struct pcap_live *s, pcap_t *p, char err[BASE_ERROR_LEN])
{
	static const pcap_direction_t directions[] = { PCAP_D_INOUT, PCAP_D_IN, PCAP_D_OUT };
	char words[PCAP_ERRBUF_SIZE] = "";
	struct bpf_program program;
	int result = 0;

	if (s->linktype == CAPTURE_LINK_SLL2)
		pcap_set_datalink(p, DLT_LINUX_SLL2);
	if (pcap_datalink_name_to_val("EN10MB") == pcap_datalink(p) ||
	    s->linktype != CAPTURE_LINK_ETHERNET)
		result = pcap_setnonblock(p, 1, words);
	else
		result = -1;
	if (result == 0 && s->options.direction != CAPTURE_WANT_BOTH)
		result = pcap_setdirection(p, directions[s->options.direction % 3]);
	if (result == 0 && s->filter) {
		result = pcap_compile(p, &program, s->filter, 1, PCAP_NETMASK_UNKNOWN);
		if (result == 0) {
			result = pcap_setfilter(p, &program);
			pcap_freecode(&program);
		}
	}
	if (result == 0)
		return 0;
	snprintf(err, BASE_ERROR_LEN, "cannot capture on %s: libpcap: %.256s", s->iface.name,
		 words[0] ? words : pcap_geterr(p));
	return -EIO;
}

/* 0; -ENETDOWN or -ENODEV when it is worth waiting for; another negative errno.  A sentence in err
 * each time. */
static int
open_handle(struct pcap_live *s, char err[BASE_ERROR_LEN])
{
	char words[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_create(s->iface.name, words);
	int result;

	if (!p) {
		snprintf(err, BASE_ERROR_LEN, "cannot capture on %s: libpcap: %.256s",
			 s->iface.name, words);
		return -EIO;
	}
	set_up(s, p);
	result = result_of(pcap_activate(p));
	if (result == -EPERM)
		capture_iface_no_privilege(s->iface.name, err);
	else if (result < 0)
		snprintf(err, BASE_ERROR_LEN, "cannot capture on %s: libpcap: %.256s",
			 s->iface.name, pcap_geterr(p));
	else
		result = finish(s, p, err);
	if (result < 0) {
		pcap_close(p);
		return result;
	}
	s->pcap = p;
	s->fd = pcap_get_selectable_fd(p);
	return 0;
}

static bool
is_outgoing(const struct pcap_live *s, const struct packet *p)
{
	return s->linktype == CAPTURE_LINK_SLL2 && p->caplen >= SLL2_HEADER &&
	       p->data[SLL2_KIND_AT] == SLL2_OUTGOING;
}

static void
take_packet(u_char *state, const struct pcap_pkthdr *h, const u_char *data)
{
	struct pcap_live *s = (void *)state;
	struct packet *p = &s->views[s->n_views];
	uint32_t caplen = h->caplen < s->snaplen ? h->caplen : s->snaplen;
	uint32_t index;

	*p = (struct packet){
		.ts_ns = (uint64_t)h->ts.tv_sec * NS_PER_SEC + (uint64_t)h->ts.tv_usec * s->tick_ns,
		.data = s->bytes + s->used,
		.caplen = caplen,
		.wire_len = h->len,
		.linktype = s->linktype,
	};
	memcpy(s->bytes + s->used, data, caplen);
	s->used += caplen;
	s->n_views++;
	if (s->linktype != CAPTURE_LINK_SLL2) {
		p->dir = (uint8_t)(s->options.direction % 3);
		return;
	}
	p->dir = is_outgoing(s, p) ? CAPTURE_DIR_OUT : CAPTURE_DIR_IN;
	if (caplen >= SLL2_HEADER) {
		memcpy(&index, p->data + SLL2_INDEX_AT, sizeof(index));
		p->interface = capture_names_number(&s->names, (int)__builtin_bswap32(index));
	}
}

static void
is_down(struct pcap_live *s, const char *why)
{
	s->down_since_ns = capture_coarse_ns();
	s->retry_at_ns = s->down_since_ns + retry_ns;
	capture_message_add(&s->message, "%s is down: waiting for it (%s)", s->iface.name, why);
}

static void
lost(struct pcap_live *s)
{
	char why[BASE_ERROR_LEN];

	snprintf(why, sizeof(why), "libpcap: %s", pcap_geterr(s->pcap));
	close_handle(s);
	s->stats.link_down++;
	is_down(s, why);
}

static void
try_again(struct pcap_live *s)
{
	char err[BASE_ERROR_LEN];
	uint64_t now_ns = capture_coarse_ns();
	int result;

	if (now_ns < s->retry_at_ns)
		return;
	s->retry_at_ns = now_ns + retry_ns;
	result = open_handle(s, err);
	if (result == 0) {
		uint64_t away_ms = (now_ns - s->down_since_ns) / NS_PER_MS;

		s->refused = false;
		capture_iface_count_restart(&s->count, &s->iface);
		capture_message_add(&s->message, "%s is up again after %llu.%llu s", s->iface.name,
				    (unsigned long long)away_ms / 1000,
				    (unsigned long long)away_ms % 1000 / 100);
		return;
	}
	if (result != -ENETDOWN && result != -ENODEV && !s->refused) {
		s->refused = true;
		capture_message_add(&s->message, "%s", err);
	}
}

/* Fills the burst without waiting. */
static int
burst(struct pcap_live *s, int max)
{
	if (s->ended)
		lost(s);
	if (!s->pcap)
		return 0;
	if (pcap_dispatch(s->pcap, max, take_packet, (u_char *)s) < 0)
		s->ended = true;
	return s->n_views;
}

static void
wait_for_packets(struct pcap_live *s)
{
	struct pollfd p = { .fd = s->pcap ? s->fd : -1, .events = POLLIN };
	const struct timespec limit = { .tv_nsec = CAPTURE_POLL_MS * (long)NS_PER_MS };

	ppoll(&p, 1, &limit, NULL);
	if (!s->pcap)
		try_again(s);
}

static int
pcap_live_recv(void *state, struct packet *pkts, int max)
{
	struct pcap_live *s = state;
	int n;

	s->views = pkts;
	s->n_views = 0;
	s->used = 0;
	if (max > BURST)
		max = BURST;
	n = burst(s, max);
	if (n == 0) {
		wait_for_packets(s);
		n = burst(s, max);
	}
	s->handed_out += (uint64_t)n;
	s->stats.read += (uint64_t)n;
	if (capture_coarse_ns() - s->stats_ns >= NS_PER_SEC)
		read_stats(s);
	return n;
}

static void
pcap_live_stats(void *state, struct capture_stats *out)
{
	struct pcap_live *s = state;
	uint64_t delivered, rest;

	read_stats(s);
	*out = s->stats;
	delivered = s->stats.kernel_packets - s->stats.kernel_drops;
	rest = delivered > s->handed_out ? delivered - s->handed_out : 0;
	if (s->options.direction != CAPTURE_WANT_BOTH || s->iface.arphrd == ARPHRD_LOOPBACK) {
		out->direction_filtered = rest;
		out->read += rest;
	} else {
		out->unread = rest;
	}
	out->if_rx = capture_iface_count_read(&s->count, &s->iface);
	if (s->filter && out->if_rx > out->kernel_packets)
		out->bpf_filtered = out->if_rx - out->kernel_packets;
}

static const char *
pcap_live_message(void *state)
{
	struct pcap_live *s = state;

	return capture_message_take(&s->message);
}

static const char *
pcap_live_interface_name(void *state, uint16_t number)
{
	struct pcap_live *s = state;

	return capture_names_get(&s->names, number);
}

static void
pcap_live_close(void *state)
{
	struct pcap_live *s = state;

	close_handle(s);
	capture_iface_count_close(&s->count);
	free(s->bytes);
	free(s->filter);
}

/* What is wrong with the filter is found before libpcap opens anything. */
static int
check_filter(struct pcap_live *s, const char *text, char err[BASE_ERROR_LEN])
{
	struct capture_filter *f;
	int result;

	if (!text || !text[0])
		return 0;
	result = capture_filter_new(&f, text, s->linktype, s->snaplen, err);
	if (result < 0)
		return result;
	capture_filter_free(f);
	s->filter = strdup(text);
	return s->filter ? 0 : -ENOMEM;
}

static int
open_all(struct pcap_live *s, const struct capture_request *r, char err[BASE_ERROR_LEN])
{
	int result, linktype;

	if (r->n_threads > 1) {
		snprintf(err, BASE_ERROR_LEN,
			 "the source libpcap serves one packet thread only, not %u: use "
			 "capture.method=af_packet, or one thread",
			 (unsigned)r->n_threads);
		return -EOPNOTSUPP;
	}
	result = capture_iface_open(r->what, &s->iface, err);
	if (result < 0)
		return result;
	linktype = capture_iface_linktype(&s->iface, err);
	if (linktype < 0)
		return linktype;
	s->linktype = (uint16_t)linktype;
	result = check_filter(s, r->filter, err);
	if (result < 0)
		return result;
	s->bytes = malloc((size_t)BURST * s->snaplen);
	if (!s->bytes) {
		snprintf(err, BASE_ERROR_LEN, "no memory for packets of %s", s->iface.name);
		return -ENOMEM;
	}
	capture_names_init(&s->names, &s->iface);
	result = open_handle(s, err);
	if (result == -ENETDOWN) {
		is_down(s, "`ip link set` it up");
		return 0;
	}
	return result;
}

static int
pcap_live_open(void *state, const struct capture_request *request, char err[BASE_ERROR_LEN])
{
	struct pcap_live *s = state;
	uint64_t snaplen = request->options->snaplen;
	int result;

	s->fd = s->count.fd = -1;
	s->options = *request->options;
	s->snaplen = snaplen > 0 && snaplen < CAPTURE_SNAPLEN_MAX ? (uint32_t)snaplen
								  : CAPTURE_SNAPLEN_MAX;
	result = open_all(s, request, err);
	if (result < 0) {
		pcap_live_close(s);
		return result;
	}
	capture_iface_count_open(&s->count, &s->iface);
	return 0;
}

const struct capture_ops capture_libpcap = {
	.name = "libpcap",
	.summary = "A live interface, or \"any\", through libpcap; one thread.",
	.state_size = sizeof(struct pcap_live),
	.open = pcap_live_open,
	.recv = pcap_live_recv,
	.message = pcap_live_message,
	.interface_name = pcap_live_interface_name,
	.stats = pcap_live_stats,
	.close = pcap_live_close,
};
