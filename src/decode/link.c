/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.c - below IP: Ethernet (IEEE 802.3), VLAN tags (802.1Q, 802.1ad), LLC and
 * SNAP (802.2, RFC 1042), MPLS (RFC 3032, 4448), PPPoE (RFC 2516), PPP (RFC 1661),
 * Linux cooked capture and BSD loopback (tcpdump.org/linktypes).
 *
 * Addresses, tags and EtherType in the result are those of the outermost frame;
 * frames inside tunnels and pseudowires only lead on.
 */
#include "decode/rows.h"

enum {
	LLC_SNAP = 0xaa,
	LLC_UI = 0x03,
	OUI_BRIDGED = 0x0000f8, /* IEEE 802.1H tunnel encapsulation: EtherTypes too */
	MAX_802_3_LENGTH = 1500,
	MIN_ETHER_TYPE = 1536,
	TYPE_LLC = 4, /* ETH_P_802_2: no EtherType, but what SLL names LLC */
	MAX_LABELS = 16,
	NIBBLE_CONTROL_WORD = 0,
	NIBBLE_CHANNEL_HEADER = 1, /* RFC 4385, 5: OAM of the pseudowire */
};

static int
end_as(struct decode_walk *w, enum decode_class class)
{
	w->d->class = (uint8_t) class;
	return DECODE_OK;
}

int
decode_as_arp(struct decode_walk *w)
{
	return end_as(w, DECODE_ARP);
}

int
decode_as_lldp(struct decode_walk *w)
{
	return end_as(w, DECODE_LLDP);
}

int
decode_as_pppoe(struct decode_walk *w)
{
	return end_as(w, DECODE_PPPOE);
}

int
decode_as_other(struct decode_walk *w)
{
	return end_as(w, DECODE_OTHER);
}

int
decode_no_link(struct decode_walk *w)
{
	w->c.at = w->c.end;
	return DECODE_UNKNOWN_LINK;
}

static BASE_COLD int
next_802_3(struct decode_walk *w, uint16_t length)
{
	if (w->d->n_tunnels == 0)
		w->d->ether_type = 0;
	if (length > MAX_802_3_LENGTH)
		return end_as(w, DECODE_OTHER);
	if (length)
		decode_limit(w, length);
	return decode_next(w, DECODE_ETHER, TYPE_LLC);
}

int
decode_next_ether(struct decode_walk *w, uint16_t type)
{
	if (BASE_UNLIKELY(type < MIN_ETHER_TYPE))
		return next_802_3(w, type);
	if (w->d->n_tunnels == 0)
		w->d->ether_type = type;
	return decode_next(w, DECODE_ETHER, type);
}

int
decode_ethernet(struct decode_walk *w)
{
	const uint8_t *h = cursor_take(&w->c, 14);

	if (!h)
		return DECODE_TRUNCATED;
	if (w->outermost) {
		w->d->mac_offset = (uint16_t)(h - w->data);
		w->d->flags |= DECODE_HAS_MAC;
	}
	return decode_next_ether(w, decode_be16(h + 12));
}

int
decode_vlan(struct decode_walk *w)
{
	const uint8_t *h = cursor_take(&w->c, 4);
	struct decoded *d = w->d;
	uint16_t id;

	if (!h)
		return DECODE_TRUNCATED;
	if (++w->vlans > DECODE_MAX_VLANS)
		return DECODE_TOO_DEEP;
	id = decode_be16(h) & 0x0fff;
	if (w->outermost) {
		if (d->n_vlans == 0)
			d->vlan_id = id;
		else if (d->n_vlans == 1)
			d->vlan_inner = id;
		d->n_vlans++;
		d->flags |= DECODE_HAS_VLAN;
	}
	return decode_next_ether(w, decode_be16(h + 2));
}

int
decode_llc(struct decode_walk *w)
{
	const uint8_t *h = w->c.at;
	size_t left = cursor_left(&w->c);
	uint32_t oui;

	if (left < 3) {
		w->c.at = w->c.end;
		return DECODE_TRUNCATED;
	}
	if (left < 8 || h[0] != LLC_SNAP || h[1] != LLC_SNAP || h[2] != LLC_UI)
		return end_as(w, DECODE_LLC);
	oui = decode_be32(h + 2) & 0xffffff;
	if ((oui != 0 && oui != OUI_BRIDGED) || decode_be16(h + 6) < MIN_ETHER_TYPE)
		return end_as(w, DECODE_LLC);
	cursor_skip(&w->c, 8);
	return decode_next_ether(w, decode_be16(h + 6));
}

/* A frame starts with its addresses, or a control word stands before them.  Both may start with
 * zero bits: the place at which a known EtherType stands decides. */
static bool
has_control_word(const struct decode_walk *w, const uint8_t *h, size_t left)
{
	return left < 18 ||
	       !decode_has_row(w->dec, DECODE_KEY(DECODE_ETHER, decode_be16(h + 12))) ||
	       decode_has_row(w->dec, DECODE_KEY(DECODE_ETHER, decode_be16(h + 16)));
}

int
decode_mpls(struct decode_walk *w)
{
	const uint8_t *h;
	int labels = 0;

	do {
		h = cursor_take(&w->c, 4);
		if (!h)
			return DECODE_TRUNCATED;
		if (++labels > MAX_LABELS)
			return DECODE_TOO_DEEP;
	} while (!(h[2] & 1));
	if (cursor_left(&w->c) == 0)
		return DECODE_TRUNCATED;
	h = w->c.at;
	if (h[0] >> 4 == 4)
		return decode_next_ether(w, DECODE_TYPE_IPV4);
	if (h[0] >> 4 == 6)
		return decode_next_ether(w, DECODE_TYPE_IPV6);
	if (h[0] >> 4 == NIBBLE_CHANNEL_HEADER)
		return end_as(w, DECODE_OTHER);
	if (h[0] >> 4 == NIBBLE_CONTROL_WORD && has_control_word(w, h, cursor_left(&w->c)))
		cursor_skip(&w->c, 4);
	w->outermost = false;
	return decode_next(w, DECODE_LINK, CAPTURE_LINK_ETHERNET);
}

int
decode_pppoe(struct decode_walk *w)
{
	const uint8_t *h = cursor_take(&w->c, 6);

	if (!h)
		return DECODE_TRUNCATED;
	if (h[0] != 0x11)
		return DECODE_MALFORMED;
	decode_limit(w, decode_be16(h + 4));
	if (h[1] != 0)
		return end_as(w, DECODE_PPPOE);
	return decode_next(w, DECODE_ETHER, DECODE_TYPE_PPP);
}

int
decode_ppp(struct decode_walk *w)
{
	const uint8_t *h = w->c.at;
	uint16_t protocol;

	if (cursor_left(&w->c) >= 2 && h[0] == 0xff && h[1] == 0x03)
		cursor_skip(&w->c, 2);
	protocol = cursor_u8(&w->c);
	/* The first byte of an uncompressed number is even (RFC 1661, 6.5). */
	if (!(protocol & 1))
		protocol = (uint16_t)(protocol << 8 | cursor_u8(&w->c));
	if (w->c.truncated)
		return DECODE_TRUNCATED;
	return decode_next(w, DECODE_PPP, protocol);
}

int
decode_sll(struct decode_walk *w)
{
	const uint8_t *h = cursor_take(&w->c, 16);

	if (!h)
		return DECODE_TRUNCATED;
	if (decode_be16(h + 14) < MIN_ETHER_TYPE)
		return decode_next(w, DECODE_ETHER, decode_be16(h + 14));
	return decode_next_ether(w, decode_be16(h + 14));
}

int
decode_sll2(struct decode_walk *w)
{
	const uint8_t *h = cursor_take(&w->c, 20);

	if (!h)
		return DECODE_TRUNCATED;
	if (decode_be16(h) < MIN_ETHER_TYPE)
		return decode_next(w, DECODE_ETHER, decode_be16(h));
	return decode_next_ether(w, decode_be16(h));
}

int
decode_null(struct decode_walk *w)
{
	uint32_t family = cursor_be32(&w->c), other;

	if (w->c.truncated)
		return DECODE_TRUNCATED;
	/* In the byte order of the capturing machine; families are small numbers.  Some write an
	 * EtherType instead, with something else in the upper half. */
	other = __builtin_bswap32(family);
	if (family > 0xffff)
		family = other <= 0xffff ? other : family & 0xffff;
	return decode_next(w, family < MIN_ETHER_TYPE ? DECODE_AF : DECODE_ETHER, family);
}

int
decode_next_ip(struct decode_walk *w)
{
	if (cursor_left(&w->c) == 0)
		return DECODE_TRUNCATED;
	if (w->c.at[0] >> 4 == 4)
		return decode_next(w, DECODE_ETHER, DECODE_TYPE_IPV4);
	if (w->c.at[0] >> 4 == 6)
		return decode_next(w, DECODE_ETHER, DECODE_TYPE_IPV6);
	return DECODE_MALFORMED;
}

int
decode_raw(struct decode_walk *w)
{
	return decode_next_ip(w);
}
