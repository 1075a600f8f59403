/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_format.c - the two formats of capture files we write.
 *
 * pcap with nanoseconds (draft-ietf-opsawg-pcap) holds one link type; pcapng
 * (draft-ietf-opsawg-pcapng) describes each pair of interface and link type when
 * its first packet comes, and may close with statistics.  Both are written in
 * this machine's byte order.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "capture/write.h"

enum {
	PCAP_MAGIC_NS = 0xa1b23c4d,
	PCAP_HEADER = 24,
	PCAP_HEAD = 16,
	NG_SECTION = 0x0a0d0d0a,
	NG_INTERFACE = 1,
	NG_STATISTICS = 5,
	NG_PACKET = 6,
	NG_ORDER = 0x1a2b3c4d,
	NG_NANOSECONDS = 9,
	NG_NAME_MAX = 64, /* letters of an interface's name */
	NG_TEXT_MAX = 128,
};

/* Appends little things; the room for all of them was asked for before. */
struct out {
	uint8_t *at;
};

static void
out_bytes(struct out *o, const void *bytes, size_t len)
{
	if (len > 0)
		memcpy(o->at, bytes, len);
	o->at += len;
}

static void
out_u16(struct out *o, uint16_t v)
{
	out_bytes(o, &v, sizeof(v));
}

static void
out_u32(struct out *o, uint32_t v)
{
	out_bytes(o, &v, sizeof(v));
}

static void
out_u64(struct out *o, uint64_t v)
{
	out_bytes(o, &v, sizeof(v));
}

static size_t
padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static void
out_padding(struct out *o, size_t len)
{
	static const uint8_t zero[4] = { 0 };

	out_bytes(o, zero, padded(len) - len);
}

/* The bytes of a packet.  A family of the NULL link type that came in the other byte order is
 * turned, because the file says that it is in ours. */
static void
out_packet(struct out *o, const struct packet *p, uint32_t caplen)
{
	if ((p->flags & CAPTURE_BYTE_SWAPPED) && caplen >= 4) {
		const uint8_t turned[4] = { p->data[3], p->data[2], p->data[1], p->data[0] };

		out_bytes(o, turned, sizeof(turned));
		out_bytes(o, p->data + 4, caplen - 4);
		return;
	}
	out_bytes(o, p->data, caplen);
}

static uint32_t
cut(const struct capture_writer *w, uint32_t caplen)
{
	return caplen < w->snaplen ? caplen : w->snaplen;
}

static int
pcap_begin(struct capture_writer *w, const struct packet *first)
{
	struct out o;
	int result;

	w->linktype = first ? first->linktype : CAPTURE_LINK_ETHERNET;
	o.at = capture_write_room(&w->stream, PCAP_HEADER, &result);
	if (!o.at)
		return result;
	out_u32(&o, PCAP_MAGIC_NS);
	out_u16(&o, 2);
	out_u16(&o, 4);
	out_u64(&o, 0);
	out_u32(&o, w->snaplen);
	out_u32(&o, w->linktype);
	return 0;
}

static int
refuse_link(struct capture_writer *w, uint16_t linktype)
{
	const char *has = capture_link_name(w->linktype);
	const char *got = capture_link_name(linktype);

	return capture_writer_fail(w, -EOPNOTSUPP,
				   "%s: a pcap file has one link type, this one %s, and a packet "
				   "with %s came: write a file named .pcapng",
				   w->present, has ? has : "?", got ? got : "?");
}

static int
pcap_put(struct capture_writer *w, const struct packet *p)
{
	uint32_t caplen = cut(w, p->caplen);
	struct out o;
	int result;

	if (p->linktype != w->linktype)
		return refuse_link(w, p->linktype);
	o.at = capture_write_room(&w->stream, PCAP_HEAD + caplen, &result);
	if (!o.at)
		return result;
	out_u32(&o, (uint32_t)(p->ts_ns / NS_PER_SEC));
	out_u32(&o, (uint32_t)(p->ts_ns % NS_PER_SEC));
	out_u32(&o, caplen);
	out_u32(&o, p->wire_len);
	out_packet(&o, p, caplen);
	return 0;
}

static int
pcap_end(struct capture_writer *w)
{
	(void)w;
	return 0;
}

static uint32_t
own_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static size_t
pcap_whole(const uint8_t *bytes, size_t len, bool at_start, uint64_t *packets)
{
	size_t at = at_start ? PCAP_HEADER : 0;

	if (at > len)
		return 0;
	while (len - at >= PCAP_HEAD && own_u32(bytes + at + 8) <= len - at - PCAP_HEAD) {
		at += PCAP_HEAD + own_u32(bytes + at + 8);
		++*packets;
	}
	return at;
}

static size_t
option_len(size_t len)
{
	return 4 + padded(len);
}

static void
out_option(struct out *o, uint16_t code, const void *value, size_t len)
{
	out_u16(o, code);
	out_u16(o, (uint16_t)len);
	out_bytes(o, value, len);
	out_padding(o, len);
}

/* Room for a block, its first two words written; its last one is the caller's. */
static int
begin_block(struct capture_writer *w, struct out *o, uint32_t type, size_t total)
{
	int result;

	o->at = capture_write_room(&w->stream, total, &result);
	if (!o->at)
		return result < 0 ? result : -EIO;
	out_u32(o, type);
	out_u32(o, (uint32_t)total);
	return 0;
}

static int
ng_begin(struct capture_writer *w, const struct packet *first)
{
	static const char program[] = "weir " WEIR_VERSION;
	struct utsname u = { .machine = "" };
	char os[NG_TEXT_MAX];
	size_t machine_len, os_len, total;
	struct out o;
	int result;

	(void)first;
	w->n_interfaces = 0;
	uname(&u);
	snprintf(os, sizeof(os), "%.60s %.60s", u.sysname, u.release);
	machine_len = strnlen(u.machine, sizeof(u.machine));
	os_len = strlen(os);
	total = 28 + option_len(machine_len) + option_len(os_len) +
		option_len(sizeof(program) - 1) + 4;
	result = begin_block(w, &o, NG_SECTION, total);
	if (result < 0)
		return result;
	out_u32(&o, NG_ORDER);
	out_u16(&o, 1);
	out_u16(&o, 0);
	out_u64(&o, UINT64_MAX); /* length of the section: not known */
	out_option(&o, 2, u.machine, machine_len);
	out_option(&o, 3, os, os_len);
	out_option(&o, 4, program, sizeof(program) - 1);
	out_u32(&o, 0);
	out_u32(&o, (uint32_t)total);
	return 0;
}

static int
ng_interface(struct capture_writer *w, const struct packet *p)
{
	const char *name = p->interface < w->n_names ? w->name[p->interface] : "";
	const uint8_t resolution = NG_NANOSECONDS;
	size_t name_len = strnlen(name, NG_NAME_MAX);
	size_t total = 20 + (name_len > 0 ? option_len(name_len) : 0) + option_len(1) + 4;
	struct out o;
	int result;

	if (w->n_interfaces == CAPTURE_WRITE_INTERFACES)
		return capture_writer_fail(w, -EOPNOTSUPP,
					   "%s: more than %d interfaces in one file: write files "
					   "by interface, or rotate",
					   w->present, CAPTURE_WRITE_INTERFACES);
	result = begin_block(w, &o, NG_INTERFACE, total);
	if (result < 0)
		return result;
	out_u16(&o, p->linktype);
	out_u16(&o, 0);
	out_u32(&o, w->snaplen);
	if (name_len > 0)
		out_option(&o, 2, name, name_len);
	out_option(&o, 9, &resolution, 1);
	out_u32(&o, 0);
	out_u32(&o, (uint32_t)total);
	w->latest = w->n_interfaces;
	w->interface[w->n_interfaces++] =
		(struct capture_written_interface){ p->interface, p->linktype };
	return 0;
}

static bool
is_interface(const struct capture_writer *w, size_t i, const struct packet *p)
{
	return i < w->n_interfaces && w->interface[i].interface == p->interface &&
	       w->interface[i].linktype == p->linktype;
}

/* Makes w->latest the packet's interface. */
static int
find_interface(struct capture_writer *w, const struct packet *p)
{
	if (is_interface(w, w->latest, p))
		return 0;
	for (size_t i = 0; i < w->n_interfaces; i++)
		if (is_interface(w, i, p)) {
			w->latest = i;
			return 0;
		}
	return ng_interface(w, p);
}

static int
ng_put(struct capture_writer *w, const struct packet *p)
{
	uint32_t caplen = cut(w, p->caplen);
	bool has_flags = p->dir != CAPTURE_DIR_UNKNOWN;
	size_t total = 32 + padded(caplen) + (has_flags ? option_len(4) + 4 : 0);
	uint32_t flags = p->dir == CAPTURE_DIR_IN ? 1 : 2;
	struct out o;
	int result = find_interface(w, p);

	if (result == 0)
		result = begin_block(w, &o, NG_PACKET, total);
	if (result != 0)
		return result;
	out_u32(&o, (uint32_t)w->latest);
	out_u32(&o, (uint32_t)(p->ts_ns >> 32));
	out_u32(&o, (uint32_t)p->ts_ns);
	out_u32(&o, caplen);
	out_u32(&o, p->wire_len);
	out_packet(&o, p, caplen);
	out_padding(&o, caplen);
	if (has_flags) {
		out_option(&o, 2, &flags, sizeof(flags));
		out_u32(&o, 0);
	}
	out_u32(&o, (uint32_t)total);
	return 0;
}

static int
ng_statistics(struct capture_writer *w, size_t i, const struct capture_interface_stats *s)
{
	const size_t total = 24 + 2 * option_len(8) + 4;
	struct out o;
	int result = begin_block(w, &o, NG_STATISTICS, total);

	if (result < 0)
		return result;
	out_u32(&o, (uint32_t)i);
	out_u32(&o, (uint32_t)(w->last_ns >> 32));
	out_u32(&o, (uint32_t)w->last_ns);
	out_option(&o, 4, &s->received, sizeof(s->received));
	out_option(&o, 5, &s->dropped, sizeof(s->dropped));
	out_u32(&o, 0);
	out_u32(&o, (uint32_t)total);
	return 0;
}

static int
ng_end(struct capture_writer *w)
{
	int result = 0;

	for (size_t i = 0; i < w->n_interfaces && result == 0; i++) {
		uint16_t index = w->interface[i].interface;

		if (index < w->n_names && w->stats[index].known)
			result = ng_statistics(w, i, &w->stats[index]);
	}
	return result;
}

static size_t
ng_whole(const uint8_t *bytes, size_t len, bool at_start, uint64_t *packets)
{
	size_t at = 0;

	(void)at_start;
	while (len - at >= 8 && own_u32(bytes + at + 4) <= len - at) {
		*packets += own_u32(bytes + at) == NG_PACKET;
		at += own_u32(bytes + at + 4);
	}
	return at;
}

const struct capture_format capture_format_pcap = {
	.suffix = ".pcap",
	.begin = pcap_begin,
	.put = pcap_put,
	.end = pcap_end,
	.whole = pcap_whole,
};

const struct capture_format capture_format_pcapng = {
	.suffix = ".pcapng",
	.begin = ng_begin,
	.put = ng_put,
	.end = ng_end,
	.whole = ng_whole,
};
