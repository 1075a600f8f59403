/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tunnel.c - packets in packets: IP in IP (RFC 2003, 4213), GRE (RFC 2784, 2890,
 * 1701's routing, 2637's PPTP), ERSPAN, VXLAN (RFC 7348, its GPE draft), GENEVE
 * (RFC 8926), GTP-U (3GPP TS 29.281).
 *
 * Entering keeps the outer packet's result: it is the answer if the inside turns
 * out to be no readable IP packet.  Fragments are not entered, because their
 * later parts could not be, and both belong to one conversation.
 */
#include "decode/rows.h"

enum {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080,
	GRE_VERSION = 0x0007,
	GRE_MAX_ROUTES = 16,
	ERSPAN_II = 1,
	ERSPAN_III = 2,
	ERSPAN_SESSION = 0x03ff,
	VXLAN_HAS_VNI = 0x08,
	GPE_HAS_PROTOCOL = 0x04,
	GTP_VERSION_1 = 0x30, /* and protocol type GTP, not GTP' */
	GTP_EXTENSION = 0x04,
	GTP_OPTIONAL = 0x07,
	GTP_G_PDU = 255,
	GTP_MAX_EXTENSIONS = 8,
};

#define ETHERNET DECODE_KEY(DECODE_LINK, CAPTURE_LINK_ETHERNET)
#define IPV4     DECODE_KEY(DECODE_ETHER, DECODE_TYPE_IPV4)
#define IPV6     DECODE_KEY(DECODE_ETHER, DECODE_TYPE_IPV6)

/* It is no tunnel: what it carries is payload. */
static int
stay(struct decode_walk *w, const struct decode_walk *outside)
{
	*w = *outside;
	return DECODE_OK;
}

/* outside: the walk as it was before the tunnel's own header. */
static int
enter(struct decode_walk *w, const struct decode_walk *outside, enum event_tunnel tunnel,
      uint32_t id, uint32_t next)
{
	struct decoded *d = w->d;

	if (w->c.truncated || !w->dec->options.tunnels || d->flags & DECODE_FRAGMENT ||
	    d->n_tunnels == DECODE_MAX_TUNNELS)
		return stay(w, outside);
	decode_finish(d, &outside->c, decode_sent_left(outside));
	w->dec->outer = *d;
	*d = (struct decoded){
		.ts_ns = d->ts_ns,
		.flags = d->flags & (DECODE_HAS_MAC | DECODE_HAS_VLAN),
		.tunnel_id = id,
		.ether_type = d->ether_type,
		.vlan_id = d->vlan_id,
		.vlan_inner = d->vlan_inner,
		.mac_offset = d->mac_offset,
		.ip_offset = DECODE_NO_OFFSET,
		.l4_offset = DECODE_NO_OFFSET,
		.tunnel = (uint8_t)tunnel,
		.n_tunnels = (uint8_t)(d->n_tunnels + 1),
		.n_vlans = d->n_vlans,
	};
	w->inside = true;
	w->outermost = false;
	w->vlans = 0;
	w->next = next;
	return DECODE_CONTINUE;
}

int
decode_ip_in_ip(struct decode_walk *w)
{
	struct decode_walk outside = *w;

	return enter(w, &outside, EVENT_TUNNEL_IPIP, 0, IPV4);
}

int
decode_ipv6_in_ip(struct decode_walk *w)
{
	struct decode_walk outside = *w;

	return enter(w, &outside, EVENT_TUNNEL_IPIP, 0, IPV6);
}

/* Source route entries: family, offset, length; an empty one is the last (RFC 1701). */
static void
skip_routes(struct cursor *c)
{
	for (int i = 0; i < GRE_MAX_ROUTES; i++) {
		uint16_t family = cursor_be16(c);
		uint8_t len;

		cursor_skip(c, 1);
		len = cursor_u8(c);
		if (family == 0 && len == 0)
			return;
		cursor_skip(c, len);
	}
	c->truncated = true;
}

/* Version 1 (RFC 2637): the key holds payload length and call; no sequence number, no payload. */
static int
read_pptp(struct decode_walk *w, const struct decode_walk *outside, uint16_t flags)
{
	uint16_t len = cursor_be16(&w->c), call = cursor_be16(&w->c);

	if (!(flags & GRE_KEY) || !(flags & GRE_SEQUENCE))
		return stay(w, outside);
	cursor_skip(&w->c, flags & GRE_ACK ? 8 : 4);
	if (w->c.truncated)
		return stay(w, outside);
	decode_limit(w, len);
	return enter(w, outside, EVENT_TUNNEL_GRE, call, DECODE_KEY(DECODE_ETHER, DECODE_TYPE_PPP));
}

int
decode_gre(struct decode_walk *w)
{
	struct decode_walk outside = *w;
	uint16_t flags = cursor_be16(&w->c), type = cursor_be16(&w->c);
	uint32_t key = 0;

	if ((flags & GRE_VERSION) == 1 && type == DECODE_TYPE_PPP)
		return read_pptp(w, &outside, flags);
	if ((flags & GRE_VERSION) != 0)
		return stay(w, &outside);
	if (flags & (GRE_CHECKSUM | GRE_ROUTING))
		cursor_skip(&w->c, 4);
	if (flags & GRE_KEY)
		key = cursor_be32(&w->c);
	w->gre_sequence = flags & GRE_SEQUENCE;
	if (w->gre_sequence)
		cursor_skip(&w->c, 4);
	if (flags & GRE_ROUTING)
		skip_routes(&w->c);
	return enter(w, &outside, EVENT_TUNNEL_GRE, key, DECODE_KEY(DECODE_GRE, type));
}

int
decode_gre_ether_type(struct decode_walk *w)
{
	return decode_next(w, DECODE_ETHER, w->next & 0xffff);
}

/* The tunnel was entered as GRE; the session names it better. */
static int
name_erspan(struct decode_walk *w, uint32_t session)
{
	w->d->tunnel = EVENT_TUNNEL_ERSPAN;
	w->d->tunnel_id = session;
	w->next = ETHERNET;
	return DECODE_CONTINUE;
}

int
decode_erspan(struct decode_walk *w)
{
	const uint8_t *h;

	/* Type I has no header at all, and GRE no sequence number. */
	if (!w->gre_sequence)
		return name_erspan(w, 0);
	h = cursor_take(&w->c, 8);
	if (!h)
		return DECODE_TRUNCATED;
	if (h[0] >> 4 != ERSPAN_II)
		return DECODE_MALFORMED;
	return name_erspan(w, decode_be16(h + 2) & ERSPAN_SESSION);
}

int
decode_erspan3(struct decode_walk *w)
{
	const uint8_t *h = cursor_take(&w->c, 12);

	if (!h)
		return DECODE_TRUNCATED;
	if (h[0] >> 4 != ERSPAN_III)
		return DECODE_MALFORMED;
	/* The last bit announces the platform's subheader. */
	if (h[11] & 1 && !cursor_take(&w->c, 8))
		return DECODE_TRUNCATED;
	return name_erspan(w, decode_be16(h + 2) & ERSPAN_SESSION);
}

int
decode_vxlan(struct decode_walk *w)
{
	struct decode_walk outside = *w;
	const uint8_t *h = cursor_take(&w->c, 8);

	if (!h || !(h[0] & VXLAN_HAS_VNI))
		return stay(w, &outside);
	return enter(w, &outside, EVENT_TUNNEL_VXLAN, decode_be32(h + 4) >> 8, ETHERNET);
}

int
decode_vxlan_gpe(struct decode_walk *w)
{
	static const uint32_t protocols[] = {
		0, IPV4, IPV6, ETHERNET, 0, DECODE_KEY(DECODE_ETHER, 0x8847),
	};
	struct decode_walk outside = *w;
	const uint8_t *h = cursor_take(&w->c, 8);
	uint32_t next = ETHERNET;

	if (!h || !(h[0] & VXLAN_HAS_VNI))
		return stay(w, &outside);
	if (h[0] & GPE_HAS_PROTOCOL)
		next = h[3] < ARRAY_LEN(protocols) ? protocols[h[3]] : 0;
	if (!next)
		return stay(w, &outside);
	return enter(w, &outside, EVENT_TUNNEL_VXLAN, decode_be32(h + 4) >> 8, next);
}

int
decode_geneve(struct decode_walk *w)
{
	struct decode_walk outside = *w;
	const uint8_t *h = cursor_take(&w->c, 8);

	if (!h || h[0] >> 6 != 0)
		return stay(w, &outside);
	cursor_skip(&w->c, (size_t)(h[0] & 0x3f) * 4);
	return enter(w, &outside, EVENT_TUNNEL_GENEVE, decode_be32(h + 4) >> 8,
		     DECODE_KEY(DECODE_ETHER, decode_be16(h + 2)));
}

/* Length in units of 4 bytes, contents, and the type of the next; type 0 ends the list. */
static void
skip_gtp_extensions(struct cursor *c, uint8_t type)
{
	for (int i = 0; i < GTP_MAX_EXTENSIONS && type; i++) {
		size_t len = (size_t)cursor_u8(c) * 4;

		cursor_skip(c, len ? len - 2 : SIZE_MAX);
		type = cursor_u8(c);
	}
	if (type)
		c->truncated = true;
}

int
decode_gtpu(struct decode_walk *w)
{
	struct decode_walk outside = *w;
	const uint8_t *h = cursor_take(&w->c, 8), *optional;

	if (!h || (h[0] & 0xf0) != GTP_VERSION_1 || h[1] != GTP_G_PDU)
		return stay(w, &outside);
	decode_limit(w, decode_be16(h + 2));
	if (h[0] & GTP_OPTIONAL) {
		optional = cursor_take(&w->c, 4);
		if (optional && h[0] & GTP_EXTENSION)
			skip_gtp_extensions(&w->c, optional[3]);
	}
	if (w->c.truncated || cursor_left(&w->c) == 0)
		return stay(w, &outside);
	return enter(w, &outside, EVENT_TUNNEL_GTPU, decode_be32(h + 4),
		     w->c.at[0] >> 4 == 6 ? IPV6 : IPV4);
}
