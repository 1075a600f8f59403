/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng.c - the blocks of a pcapng file (draft-ietf-opsawg-pcapng).
 *
 * Section headers, interfaces and the three kinds of packet block are read; all
 * others are passed over.  Every length is checked against its block, every
 * block against the buffer, and options are walked at most to their block's end.
 * An interface number counts over all sections, so that none is used twice.
 */
#include <errno.h>

#include "capture/file.h"

enum {
	BLOCK_INTERFACE = 1,
	BLOCK_OLD_PACKET = 2, /* obsolete, but old dumpcaps wrote it */
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_PACKET = 6,
	BLOCK_FRAME = 12, /* type and two lengths */
	SECTION_LEN = 28, /* shortest of each kind */
	INTERFACE_LEN = 20,
	SIMPLE_LEN = 16,
	PACKET_LEN = 32,
	PACKET_DATA = 28, /* where the bytes begin in the block */
	SIMPLE_DATA = 12,
	ORDER_MAGIC = 0x1a2b3c4d,
	KNOWN_VERSION = 1, /* major */
	OPTION_FLAGS = 2,  /* of a packet */
	OPTION_NAME = 2,   /* of an interface */
	OPTION_RESOLUTION = 9,
	OPTION_OFFSET = 14,
	OPTIONS_MAX = 64, /* looked at in one block */
};

/* A block, as far as it is in the buffer. */
struct block {
	const uint8_t *at;
	uint32_t type;
	uint32_t total; /* as it says */
	uint32_t here;  /* bytes of it before its final length, in the buffer */
};

static BASE_COLD int
damaged(struct capture_file *f, const struct block *b, const char *why)
{
	return capture_file_fail(f, -EPROTO,
				 "block at byte %llu (type %#lx, after packet %llu) %s: the file "
				 "is damaged there, the packets before it were read",
				 (unsigned long long)capture_file_place(f), (unsigned long)b->type,
				 (unsigned long long)f->packets, why);
}

/* The option code among those that begin at at; NULL when it is not there or shorter than *len,
 * which becomes its length. */
static const uint8_t *
find_option(const struct capture_file *f, const struct block *b, size_t at, uint16_t code,
	    uint16_t *len)
{
	for (int i = 0; i < OPTIONS_MAX && at + 4 <= b->here; i++) {
		uint16_t c = capture_get16(b->at + at, f->swapped);
		uint16_t n = capture_get16(b->at + at + 2, f->swapped);

		at += 4;
		if (c == 0 || n > b->here - at)
			return NULL;
		if (c == code) {
			bool is_short = n < *len;

			*len = n;
			return is_short ? NULL : b->at + at;
		}
		at += (n + 3u) & ~3u;
	}
	return NULL;
}

static uint64_t
power_of_10(unsigned n)
{
	uint64_t v = 1;

	while (n-- > 0)
		v *= 10;
	return v;
}

static void
set_resolution(struct capture_file_interface *i)
{
	if (i->offset_s != 0 || i->resolution > 9) /* with bit 7 set it counts halves */
		return;
	i->tick_ns = power_of_10(9u - i->resolution);
	i->max_ticks = UINT64_MAX / i->tick_ns;
}

/* The long way: any resolution, any offset, never beyond 64 bits. */
static BASE_COLD uint64_t
ticks_to_ns(const struct capture_file_interface *i, uint64_t ticks)
{
	unsigned n = i->resolution & 0x7f;
	__int128 ns = ticks;

	if (i->resolution & 0x80)
		ns = ns * (__int128)NS_PER_SEC >> n;
	else if (n <= 9)
		ns *= (__int128)power_of_10(9 - n);
	else
		ns = n - 9 > 19 ? 0 : ns / (__int128)power_of_10(n - 9);
	ns += (__int128)i->offset_s * (__int128)NS_PER_SEC;
	if (ns < 0)
		return 0;
	return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

/* Names are kept for the first interfaces of a file, with what could harm a terminal replaced. */
static void
keep_name(struct capture_file *f, const uint8_t *name, size_t len)
{
	uint64_t number = (uint64_t)f->first_interface + f->n_interfaces;
	char *kept;

	if (number >= CAPTURE_INTERFACES_MAX)
		return;
	kept = f->interface_name[number];
	len = len < CAPTURE_FILE_NAME_LEN - 1 ? len : CAPTURE_FILE_NAME_LEN - 1;
	memcpy(kept, name, len);
	for (size_t i = 0; i < len && name[i]; i++)
		if (name[i] < 0x20 || name[i] >= 0x7f)
			kept[i] = '?';
}

static void
read_options(struct capture_file *f, const struct block *b, struct capture_file_interface *i)
{
	uint16_t len = 1;
	const uint8_t *option = find_option(f, b, INTERFACE_LEN - 4, OPTION_RESOLUTION, &len);
	uint64_t offset;

	if (option)
		i->resolution = option[0];
	len = sizeof(offset);
	option = find_option(f, b, INTERFACE_LEN - 4, OPTION_OFFSET, &len);
	if (option) {
		memcpy(&offset, option, sizeof(offset));
		i->offset_s = (int64_t)(f->swapped ? __builtin_bswap64(offset) : offset);
	}
	len = 1;
	option = find_option(f, b, INTERFACE_LEN - 4, OPTION_NAME, &len);
	if (option)
		keep_name(f, option, len);
}

static int
add_interface(struct capture_file *f, const struct block *b)
{
	struct capture_file_interface *i;

	if (b->here < INTERFACE_LEN - 4)
		return damaged(f, b, "is too short for an interface");
	if (f->n_interfaces == CAPTURE_INTERFACES_MAX)
		return damaged(f, b, "is one interface too many for a section (at most 1024)");
	i = &f->interface[f->n_interfaces];
	*i = (struct capture_file_interface){
		.linktype = capture_link_from_file(capture_get16(b->at + 8, f->swapped)),
		.snaplen = capture_get32(b->at + 12, f->swapped),
		.resolution = 6,
	};
	read_options(f, b, i);
	set_resolution(i);
	if (f->swapped && i->linktype == CAPTURE_LINK_NULL)
		i->flags = CAPTURE_BYTE_SWAPPED;
	f->n_interfaces++;
	return 0;
}

/* Finds the packet's interface; 0, or a negative errno and *out untouched. */
static int
find_interface(struct capture_file *f, const struct block *b, uint32_t index,
	       const struct capture_file_interface **out)
{
	if (index >= f->n_interfaces)
		return damaged(f, b, "names an interface its section does not have");
	/* Of several interfaces one may well be of use; the decoder counts the others. */
	if (BASE_UNLIKELY(!f->begun) && f->n_interfaces == 1 &&
	    !capture_link_is_supported(f->interface[0].linktype))
		return capture_file_refuse_link(f, f->interface[0].linktype);
	f->begun = true;
	*out = &f->interface[index];
	return 0;
}

static uint16_t
number_of(const struct capture_file *f, uint32_t index)
{
	uint32_t number = f->first_interface + index;

	return number < UINT16_MAX ? (uint16_t)number : UINT16_MAX;
}

static uint8_t
direction_of(uint32_t flags)
{
	switch (flags & 3) {
	case 1:
		return CAPTURE_DIR_IN;
	case 2:
		return CAPTURE_DIR_OUT;
	default:
		return CAPTURE_DIR_UNKNOWN;
	}
}

static uint64_t
time_of(const struct capture_file_interface *i, uint64_t ticks)
{
	if (BASE_LIKELY(i->tick_ns != 0 && ticks <= i->max_ticks))
		return ticks * i->tick_ns;
	return ticks_to_ns(i, ticks);
}

/* An enhanced or an obsolete packet block: they differ in one word.  1, or a negative errno. */
static int
take_packet(struct capture_file *f, const struct block *b, struct packet *p)
{
	const bool swapped = f->swapped;
	const struct capture_file_interface *i = NULL;
	const uint8_t *flags;
	uint32_t index, caplen;
	uint64_t ticks;
	int result;

	if (b->here < PACKET_LEN - 4)
		return damaged(f, b, "is too short for a packet");
	index = b->type == BLOCK_PACKET ? capture_get32(b->at + 8, swapped)
					: capture_get16(b->at + 8, swapped);
	caplen = capture_get32(b->at + 20, swapped);
	if (caplen > CAPTURE_CAPLEN_MAX)
		return damaged(f, b, "claims a packet of more than 262144 bytes");
	if (caplen > b->here - PACKET_DATA)
		return damaged(f, b, "is shorter than the packet in it");
	result = find_interface(f, b, index, &i);
	if (!i)
		return result;
	ticks = (uint64_t)capture_get32(b->at + 12, swapped) << 32 |
		capture_get32(b->at + 16, swapped);
	f->last_ns = time_of(i, ticks);
	*p = (struct packet){
		.ts_ns = f->last_ns,
		.data = b->at + PACKET_DATA,
		.caplen = caplen,
		.wire_len = capture_get32(b->at + 24, swapped),
		.linktype = i->linktype,
		.interface = number_of(f, index),
		.flags = i->flags,
	};
	if (b->here - PACKET_DATA > caplen + 4) {
		uint16_t len = 4;

		flags = find_option(f, b, PACKET_DATA + ((caplen + 3) & ~3u), OPTION_FLAGS, &len);
		if (flags)
			p->dir = direction_of(capture_get32(flags, swapped));
	}
	return 1;
}

/* A simple packet block belongs to the first interface and has no time: it gets the time of the
 * packet before, so that time does not jump. */
static int
take_simple(struct capture_file *f, const struct block *b, struct packet *p)
{
	const struct capture_file_interface *i = NULL;
	uint32_t wire_len, caplen;
	int result;

	if (b->here < SIMPLE_LEN - 4)
		return damaged(f, b, "is too short for a packet");
	result = find_interface(f, b, 0, &i);
	if (!i)
		return result;
	wire_len = capture_get32(b->at + 8, f->swapped);
	caplen = i->snaplen > 0 && wire_len > i->snaplen ? i->snaplen : wire_len;
	if (caplen > CAPTURE_CAPLEN_MAX)
		return damaged(f, b, "claims a packet of more than 262144 bytes");
	if (caplen > b->here - SIMPLE_DATA)
		return damaged(f, b, "is shorter than the packet in it");
	*p = (struct packet){
		.ts_ns = f->last_ns,
		.data = b->at + SIMPLE_DATA,
		.caplen = caplen,
		.wire_len = wire_len,
		.linktype = i->linktype,
		.interface = number_of(f, 0),
		.flags = i->flags,
	};
	return 1;
}

static int
begin_section(struct capture_file *f, const struct block *b, bool swapped)
{
	uint16_t major;

	if (b->here < SECTION_LEN - 4)
		return damaged(f, b, "is too short for a section header");
	major = capture_get16(b->at + 12, swapped);
	if (major != KNOWN_VERSION)
		return capture_file_fail(
			f, -EPROTO,
			"the section at byte %llu, after packet %llu, is of pcapng "
			"version %u, which is not known (1 is): the packets before it "
			"were read",
			(unsigned long long)capture_file_place(f), (unsigned long long)f->packets,
			major);
	f->swapped = swapped;
	f->first_interface += f->n_interfaces;
	f->n_interfaces = 0;
	return 0;
}

/* 1 and a packet in p; 0 for other blocks; a negative errno. */
static int
take_block(struct capture_file *f, const struct block *b, bool swapped, struct packet *p)
{
	switch (b->type) {
	case BLOCK_PACKET:
	case BLOCK_OLD_PACKET:
		return take_packet(f, b, p);
	case BLOCK_SIMPLE_PACKET:
		return take_simple(f, b, p);
	case BLOCK_INTERFACE:
		return add_interface(f, b);
	case CAPTURE_PCAPNG_MAGIC:
		return begin_section(f, b, swapped);
	default:
		return 0;
	}
}

/* Passes over the rest of a block that was longer than the buffer; whether it is behind us. */
static bool
pass_over(struct capture_file *f)
{
	uint64_t left = capture_file_left(f);
	uint64_t step = f->skip < left ? f->skip : left;

	f->at += step;
	f->skip -= step;
	return f->skip == 0;
}

/* The next block.  1: it is in the buffer; 0: not wholly; a negative errno. */
static int
next_block(struct capture_file *f, struct block *b, bool *swapped)
{
	size_t left = capture_file_left(f);
	uint32_t here;

	if (left < BLOCK_FRAME)
		return 0;
	*b = (struct block){ .at = f->at, .type = capture_get32(f->at, f->swapped) };
	*swapped = f->swapped;
	if (BASE_UNLIKELY(b->type == CAPTURE_PCAPNG_MAGIC)) {
		*swapped = capture_get32(f->at + 8, false) != ORDER_MAGIC;
		if (capture_get32(f->at + 8, *swapped) != ORDER_MAGIC)
			return damaged(f, b, "begins a section, but its byte order cannot be told");
	}
	b->total = capture_get32(f->at + 4, *swapped);
	if (b->total < BLOCK_FRAME || b->total % 4 != 0)
		return damaged(f, b, "has a length that cannot be");
	here = b->total < CAPTURE_BLOCK_MAX ? b->total : CAPTURE_BLOCK_MAX;
	if (left < here)
		return 0;
	b->here = here;
	if (here == b->total) {
		b->here -= 4;
		if (capture_get32(f->at + b->here, *swapped) != b->total)
			return damaged(f, b, "has two lengths that differ");
	}
	return 1;
}

static int
burst(struct capture_file *f, struct packet *pkts, int max)
{
	int n = 0;

	while (n < max && pass_over(f)) {
		struct block b;
		bool swapped;
		int found = next_block(f, &b, &swapped);

		if (found == 0)
			break;
		if (found > 0)
			found = take_block(f, &b, swapped, &pkts[n]);
		if (found < 0) {
			if (n == 0)
				return found;
			/* Found again, and told, when the packets before it are gone. */
			f->message[0] = '\0';
			break;
		}
		f->peeked = b.at;
		n += found;
		f->packets += (uint64_t)found;
		f->at += b.total < CAPTURE_BLOCK_MAX ? b.total : CAPTURE_BLOCK_MAX;
		f->skip = b.total < CAPTURE_BLOCK_MAX ? 0 : b.total - CAPTURE_BLOCK_MAX;
	}
	return n;
}

int
capture_pcapng_cut(struct capture_file *f)
{
	if (f->skip > 0)
		return capture_file_fail(f, -EPROTO,
					 "cut within the block after packet %llu: its last %llu "
					 "bytes are missing, the packets before it were read",
					 (unsigned long long)f->packets,
					 (unsigned long long)f->skip);
	if (capture_file_left(f) < 8)
		return capture_file_fail(f, -EPROTO,
					 "cut after packet %llu: %zu bytes of a block are there at "
					 "byte %llu, the packets before it were read",
					 (unsigned long long)f->packets, capture_file_left(f),
					 (unsigned long long)capture_file_place(f));
	return capture_file_fail(f, -EPROTO,
				 "cut after packet %llu: the block at byte %llu has %zu of its %lu "
				 "bytes, the packets before it were read",
				 (unsigned long long)f->packets,
				 (unsigned long long)capture_file_place(f), capture_file_left(f),
				 (unsigned long)capture_get32(f->at + 4, f->swapped));
}

int
capture_pcapng_begin(struct capture_file *f)
{
	bool swapped;
	uint16_t major;

	if (capture_file_left(f) < SECTION_LEN)
		return capture_file_fail(f, -EPROTO,
					 "cut within the file's header: %zu of %d bytes are there",
					 capture_file_left(f), SECTION_LEN);
	swapped = capture_get32(f->at + 8, false) != ORDER_MAGIC;
	major = capture_get16(f->at + 12, swapped);
	if (capture_get32(f->at + 8, swapped) != ORDER_MAGIC || major != KNOWN_VERSION)
		return capture_file_fail(f, -EPROTO,
					 "begins as pcapng of a byte order or version (%u) that is "
					 "not known: version 1 is read",
					 major);
	f->burst = burst;
	return 0;
}
