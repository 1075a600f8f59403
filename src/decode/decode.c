/* SPDX-License-Identifier: Apache-2.0 */
/* decode.c - the walk along decode_table, and the options of the stage. */
#include "decode/rows.h"

#include <assert.h>
#include <stdlib.h>

#define AT(field) offsetof(struct decode_options, field)

static const struct option options[] = {
	{ "checksums", OPTION_BOOL, AT(checksums), 0, 0, 0, NULL, "true",
	  "Verify checksums of packets that are complete and were not offloaded." },
	{ "tunnels", OPTION_BOOL, AT(tunnels), 0, 0, 0, NULL, "true",
	  "Look inside tunnels and report the innermost IP packet." },
	{ "fragment_entries", OPTION_UINT, AT(fragment_entries), 0, 64, 1 << 20, NULL, "8192",
	  "Fragmented datagrams per packet thread whose ports are remembered for later "
	  "fragments." },
	{ "fragment_timeout", OPTION_DURATION, AT(fragment_timeout_ns), 0, NS_PER_MS,
	  3600 * NS_PER_SEC, NULL, "30s",
	  "Time after which the first fragment of a datagram is forgotten." },
};

const struct option_group decode_option_group = {
	.prefix = "decode",
	.doc = "From bytes to headers.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.size = sizeof(struct decode_options),
};

/* True when no two rows fall into one slot. */
static bool
place_rows(struct decoder *dec)
{
	for (size_t i = 0; i < DECODE_SLOTS; i++)
		dec->slots[i] = (struct decode_slot){ .key = UINT32_MAX };
	for (size_t i = 0; i < decode_table_len; i++) {
		const struct decode_row *row = &decode_table[i];
		uint32_t key = DECODE_KEY(row->space, row->id);
		struct decode_slot *slot =
			&dec->slots[key * dec->multiplier >> (32 - DECODE_SLOT_BITS)];

		if (row->id == DECODE_REST) {
			dec->rest[row->space] = row->read;
			continue;
		}
		if (slot->key != UINT32_MAX)
			return false;
		*slot = (struct decode_slot){ .key = key, .ports = row->ports, .read = row->read };
	}
	return true;
}

struct decoder *
decode_new(const struct decode_options *o, uint64_t hash_seed)
{
	struct decoder *dec = calloc(1, sizeof(*dec));
	size_t bytes;

	if (!dec)
		return NULL;
	dec->options = *o;
	dec->seed = hash_seed;
	bytes = decode_fragment_memory(o->fragment_entries, &dec->n_fragments);
	dec->fragments = aligned_alloc(CACHE_LINE, bytes);
	if (!dec->fragments) {
		free(dec);
		return NULL;
	}
	memset(dec->fragments, 0, bytes);
	/* About one odd number in ten suits; a duplicate row in the table would suit none. */
	dec->multiplier = 0x9e3779b1;
	for (int tries = 0; !place_rows(dec); tries++) {
		assert(tries < 100000);
		dec->multiplier = dec->multiplier * 0x2c9277b5 + 0xac564b06;
		dec->multiplier |= 1;
	}
	return dec;
}

void
decode_free(struct decoder *dec)
{
	if (!dec)
		return;
	free(dec->fragments);
	free(dec);
}

size_t
decode_memory(const struct decode_options *o)
{
	uint32_t n;

	return sizeof(struct decoder) + decode_fragment_memory(o->fragment_entries, &n);
}

/* In two parts, for which compilers use plain stores; the whole would be a slow string instruction.
 */
static void
clear(struct decoded *d)
{
	enum { FIRST = 64 };

	memset(d, 0, FIRST);
	memset((char *)d + FIRST, 0, sizeof(*d) - FIRST);
	d->mac_offset = DECODE_NO_OFFSET;
	d->ip_offset = DECODE_NO_OFFSET;
	d->l4_offset = DECODE_NO_OFFSET;
}

static int
walk(struct decode_walk *w)
{
	for (int n = 0; n < DECODE_MAX_HEADERS; n++) {
		const struct decode_slot *slot = decode_find(w->dec, w->next);
		decode_fn *read = slot->key == w->next ? slot->read : w->dec->rest[w->next >> 17];
		int step = read(w);

		if (step != DECODE_CONTINUE)
			return step;
	}
	return DECODE_TOO_DEEP;
}

enum decode_status
decode_packet(struct decoder *dec, const struct packet *p, struct decoded *out)
{
	struct decode_walk w = {
		.c = cursor_over(p->data, p->caplen),
		.data = p->data,
		.d = out,
		.dec = dec,
		.next = DECODE_KEY(DECODE_LINK, p->linktype),
		.sent_end = p->wire_len > p->caplen ? p->wire_len : p->caplen,
		.outermost = true,
	};
	int status;

	clear(out);
	out->ts_ns = p->ts_ns;
	status = walk(&w);
	/* A cursor that failed has nothing left, so a failed packet has no payload. */
	decode_finish(out, &w.c, decode_sent_left(&w));
	if (w.inside && (status != DECODE_OK || out->class != DECODE_FLOW)) {
		*out = dec->outer;
		status = DECODE_OK;
	}
	if (status != DECODE_OK || out->class != DECODE_FLOW)
		return (enum decode_status)status;
	if (BASE_UNLIKELY(out->flags & DECODE_FRAGMENT) && !(out->flags & DECODE_LATER_FRAGMENT) &&
	    out->flags & (DECODE_HAS_L4 | DECODE_HAS_PORTS))
		decode_fragment_put(dec, out, w.fragment_id);
	if (dec->options.checksums)
		decode_verify(p, out);
	return DECODE_OK;
}
