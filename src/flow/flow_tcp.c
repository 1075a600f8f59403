/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_tcp.c - what one TCP packet says about its connection (RFC 9293).
 *
 * An observer's view: nothing is dropped for being outside a window, and a state
 * is believed from either side.  Sequence numbers are compared modulo 2^32, and
 * lengths are those sent, so a snapshot length changes nothing.
 *
 * A segment below the highest number seen is a retransmission if its bytes were
 * seen, and out of order if they were missing.  Missing bytes are summed up, not
 * listed: which of two segments was which can be wrong when both happen at once,
 * their sum cannot.
 */
#include "flow/table.h"

/* Farther than any window (RFC 7323, 2.3): another connection's numbers, or nobody's. */
enum { FAR = 1 << 30, LETTER_BITS = 5, LETTERS_PER_WORD = 6, GAP_SHIFT = 4 };

void
flow_history_add(struct flow_more *more, enum flow_letter letter, enum net_dir dir)
{
	uint32_t code = (uint32_t)letter + (dir == NET_REV ? (uint32_t)FLOW_LETTERS : 0);

	for (uint32_t i = 0; i < FLOW_HISTORY; i++) {
		uint32_t *word = &more->history[i / LETTERS_PER_WORD];
		uint32_t shift = i % LETTERS_PER_WORD * LETTER_BITS;
		uint32_t there = *word >> shift & 31;

		if (there == code)
			return;
		if (there == 0) {
			*word |= code << shift;
			return;
		}
	}
}

void
flow_history_text(const struct flow_more *more, char text[FLOW_HISTORY + 1])
{
	static const char letters[] = "\0SHADFRTWCshadfrtwc";

	/* Nothing follows the first that is not there. */
	for (uint32_t word = 0; word < ARRAY_LEN(more->history); word++)
		for (uint32_t left = more->history[word]; left; left >>= LETTER_BITS)
			*text++ = letters[left & 31];
	*text = '\0';
}

bool
flow_tcp_is_restart(const struct flow *f, const struct decoded *d, enum net_dir dir)
{
	return (d->tcp_flags & (NET_TCP_SYN | NET_TCP_ACK | NET_TCP_RST)) == NET_TCP_SYN &&
	       d->tcp_seq + 1 != f->next_seq[dir];
}

static uint32_t
gap_units(uint32_t bytes)
{
	return (bytes + (1 << GAP_SHIFT) - 1) >> GAP_SHIFT;
}

static void
widen_gap(uint16_t *gap, uint32_t bytes)
{
	uint32_t units = gap_units(bytes);

	*gap = units < (uint32_t)UINT16_MAX - *gap ? (uint16_t)(*gap + units) : UINT16_MAX;
}

static void
narrow_gap(uint16_t *gap, uint32_t bytes)
{
	uint32_t units = gap_units(bytes);

	*gap = units < *gap ? (uint16_t)(*gap - units) : 0;
}

/* A segment that begins below the highest number seen.  True when it is a retransmission. */
static BASE_COLD bool
note_old(struct flow *f, enum net_dir dir, uint32_t seq, uint32_t len)
{
	uint32_t behind = f->next_seq[dir] - seq;

	if (len > behind)
		f->next_seq[dir] = seq + len;
	else if (f->gap[dir] > 0) {
		narrow_gap(&f->gap[dir], len);
		f->out_of_order[dir]++;
		return false;
	}
	f->retransmits[dir]++;
	return true;
}

/* A keep-alive repeats one byte at most, to get an answer (RFC 9293, 3.8.4). */
static bool
is_keep_alive(const struct decoded *d, int32_t ahead)
{
	return ahead == -1 && d->payload_len <= 1 && !(d->tcp_flags & (NET_TCP_SYN | NET_TCP_FIN));
}

/* Follows the sequence numbers of one direction.  True when the packet is a retransmission. */
static inline bool
follow(struct flow *f, const struct decoded *d, enum net_dir dir)
{
	uint32_t len = d->payload_len + (d->tcp_flags & NET_TCP_SYN ? 1 : 0) +
		       (d->tcp_flags & NET_TCP_FIN ? 1 : 0);
	uint32_t next = d->tcp_seq + len;
	int32_t ahead = (int32_t)(d->tcp_seq - f->next_seq[dir]);

	if (BASE_UNLIKELY(f->tcp_flags[dir] == 0)) {
		f->next_seq[dir] = next;
		return false;
	}
	if (len == 0)
		return false;
	if (BASE_LIKELY(ahead == 0)) {
		f->next_seq[dir] = next;
		return false;
	}
	/* Another attempt with another number is no repetition of the first. */
	if (ahead > FAR || ahead < -FAR ||
	    (d->tcp_flags & NET_TCP_SYN && flow_is_half_open(f) && next != f->next_seq[dir])) {
		f->next_seq[dir] = next;
		f->gap[dir] = 0;
		return false;
	}
	if (ahead > 0) {
		widen_gap(&f->gap[dir], (uint32_t)ahead);
		f->next_seq[dir] = next;
		return false;
	}
	return !is_keep_alive(d, ahead) && note_old(f, dir, d->tcp_seq, len);
}

static uint8_t
first_state(uint8_t flags)
{
	if (!(flags & NET_TCP_SYN))
		return TCP_MIDSTREAM;
	return flags & NET_TCP_ACK ? TCP_SYN_RECEIVED : TCP_SYN_SENT;
}

/* fins: directions in which a FIN was seen, this packet's included. */
static uint8_t
next_state(const struct flow *f, const struct decoded *d, uint32_t fins)
{
	uint8_t flags = d->tcp_flags, state = f->state;

	if (state == TCP_CLOSED || state == TCP_RESET)
		return state;
	if (flags & NET_TCP_RST)
		return TCP_RESET;
	if ((f->tcp_flags[NET_FWD] | f->tcp_flags[NET_REV]) == 0)
		state = first_state(flags);
	if (flags & NET_TCP_SYN)
		return state == TCP_SYN_SENT && flags & NET_TCP_ACK ? TCP_SYN_RECEIVED : state;
	/* The responder's bare ACK to a SYN may be a challenge (RFC 5961, 4). */
	if ((state == TCP_SYN_SENT || state == TCP_SYN_RECEIVED) && flags & NET_TCP_ACK &&
	    (f->dir == NET_FWD || d->payload_len > 0))
		state = TCP_ESTABLISHED;
	if (flags & NET_TCP_FIN)
		state = fins == 3 ? TCP_CLOSED : TCP_CLOSING;
	return state;
}

/* Microseconds from one to the other, 1 at least; 0 when time went backwards. */
static uint32_t
elapsed_us(uint64_t from_ns, uint64_t to_ns)
{
	uint64_t us;

	if (to_ns < from_ns)
		return 0;
	us = (to_ns - from_ns) / NS_PER_US;
	if (us > UINT32_MAX)
		return UINT32_MAX;
	return us ? (uint32_t)us : 1;
}

/* The two halves of the handshake, each measured only if neither of its packets was repeated. */
static BASE_COLD void
measure_handshake(struct flow *f, const struct decoded *d, uint8_t state)
{
	bool was_syn_ack = f->bits & FLOW_SYN_ACK;

	f->bits &= (uint8_t)~FLOW_SYN_ACK;
	if (state == TCP_SYN_RECEIVED && f->state != TCP_SYN_RECEIVED && f->dir == NET_REV) {
		f->bits |= FLOW_SYN_ACK;
		if (f->pkts[NET_FWD] == 1 && f->pkts[NET_REV] == 0)
			f->rtt_syn_us = elapsed_us(f->first_ns, d->ts_ns);
	} else if (was_syn_ack && f->dir == NET_FWD && state == TCP_ESTABLISHED) {
		f->rtt_ack_us = elapsed_us(f->last_ns, d->ts_ns);
	}
}

/* Letters that are rare, or that are seen once per flow. */
static BASE_COLD void
note_letters(struct flow_more *more, const struct decoded *d, enum net_dir dir)
{
	uint8_t flags = d->tcp_flags;

	if (flags & NET_TCP_SYN)
		flow_history_add(more, flags & NET_TCP_ACK ? FLOW_LETTER_SYN_ACK : FLOW_LETTER_SYN,
				 dir);
	else if (flags & NET_TCP_ACK && d->payload_len == 0 &&
		 !(flags & (NET_TCP_FIN | NET_TCP_RST)))
		flow_history_add(more, FLOW_LETTER_ACK, dir);
	if (d->payload_len > 0)
		flow_history_add(more, FLOW_LETTER_DATA, dir);
	if (flags & NET_TCP_FIN)
		flow_history_add(more, FLOW_LETTER_FIN, dir);
	if (flags & NET_TCP_RST)
		flow_history_add(more, FLOW_LETTER_RST, dir);
}

static BASE_COLD void
note_zero_window(struct flow *f, struct flow_more *more, enum net_dir dir)
{
	f->zero_windows[dir] =
		(uint16_t)(f->zero_windows[dir] + (f->zero_windows[dir] < UINT16_MAX));
	flow_history_add(more, FLOW_LETTER_WINDOW, dir);
}

void
flow_tcp_packet(struct flow *f, struct flow_more *more, const struct decoded *d)
{
	enum { RARE = NET_TCP_SYN | NET_TCP_FIN | NET_TCP_RST };
	enum net_dir dir = f->dir;
	uint8_t flags = d->tcp_flags, state;
	uint8_t seen = (uint8_t)((d->payload_len ? FLOW_SEEN_DATA : FLOW_SEEN_ACK) << dir);
	uint32_t fins = ((f->tcp_flags[dir] | flags) & NET_TCP_FIN ? 1U << dir : 0) |
			(f->tcp_flags[!dir] & NET_TCP_FIN ? 1U << !dir : 0);

	if (BASE_UNLIKELY(flags & RARE || !(f->bits & seen))) {
		if (!(flags & RARE))
			f->bits |= seen;
		note_letters(more, d, dir);
	}
	state = next_state(f, d, fins);
	if (BASE_UNLIKELY(state != f->state || f->bits & FLOW_SYN_ACK))
		measure_handshake(f, d, state);
	if (!(flags & NET_TCP_RST) && BASE_UNLIKELY(follow(f, d, dir)))
		flow_history_add(more, FLOW_LETTER_RETRANSMIT, dir);
	if (BASE_UNLIKELY(d->tcp_window == 0 && !(flags & (NET_TCP_SYN | NET_TCP_RST))))
		note_zero_window(f, more, dir);
	f->tcp_flags[dir] |= flags;
	f->state = state;
}
