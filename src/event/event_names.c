/* SPDX-License-Identifier: Apache-2.0 */
/* event_names.c - names of numbers that protocols assign, and the direction of an event. */
#include "event/event_step.h"

const char *const event_tcp_flag_names[9] = { "FIN", "SYN", "RST", "PSH", "ACK",
					      "URG", "ECE", "CWR", NULL };

const char *
event_dns_type_name(uint16_t type)
{
	static const char *const names[] = {
		[1] = "A",       [2] = "NS",       [5] = "CNAME",       [6] = "SOA",
		[10] = "NULL",   [12] = "PTR",     [13] = "HINFO",      [15] = "MX",
		[16] = "TXT",    [17] = "RP",      [18] = "AFSDB",      [24] = "SIG",
		[25] = "KEY",    [28] = "AAAA",    [29] = "LOC",        [33] = "SRV",
		[35] = "NAPTR",  [37] = "CERT",    [39] = "DNAME",      [41] = "OPT",
		[43] = "DS",     [44] = "SSHFP",   [46] = "RRSIG",      [47] = "NSEC",
		[48] = "DNSKEY", [50] = "NSEC3",   [51] = "NSEC3PARAM", [52] = "TLSA",
		[59] = "CDS",    [60] = "CDNSKEY", [61] = "OPENPGPKEY", [64] = "SVCB",
		[65] = "HTTPS",  [99] = "SPF",     [249] = "TKEY",      [250] = "TSIG",
		[251] = "IXFR",  [252] = "AXFR",   [255] = "ANY",
	};

	if (type == 256)
		return "URI";
	if (type == 257)
		return "CAA";
	return type < ARRAY_LEN(names) ? names[type] : NULL;
}

const char *
event_dns_rcode_name(uint16_t rcode)
{
	static const char *const names[] = {
		"NOERROR",        "FORMERR",       "SERVFAIL",        "NXDOMAIN",
		"NOTIMP",         "REFUSED",       "YXDOMAIN",        "YXRRSET",
		"NXRRSET",        "NOTAUTH",       "NOTZONE",         "DSOTYPENI",
		[16] = "BADVERS", [17] = "BADKEY", [18] = "BADTIME",  [19] = "BADMODE",
		[20] = "BADNAME", [21] = "BADALG", [22] = "BADTRUNC", [23] = "BADCOOKIE",
	};

	return rcode < ARRAY_LEN(names) ? names[rcode] : NULL;
}

const char *
event_dns_opcode_name(uint16_t flags)
{
	static const char *const names[16] = {
		[0] = "QUERY",  [1] = "IQUERY", [2] = "STATUS",
		[4] = "NOTIFY", [5] = "UPDATE", [6] = "DSO",
	};

	return names[flags >> 11 & 15];
}

const char *
event_arp_op_name(uint16_t op)
{
	static const char *const names[] = {
		[1] = "request",    [2] = "reply",         [3] = "rarp request",
		[4] = "rarp reply", [8] = "inarp request", [9] = "inarp reply",
		[10] = "nak",
	};

	return op < ARRAY_LEN(names) ? names[op] : NULL;
}

/* The code of an unreachable destination says more than its type. */
static const char *
unreachable_name(uint8_t version, uint8_t code)
{
	static const char *const v4[] = {
		"network unreachable",       "host unreachable",
		"protocol unreachable",      "port unreachable",
		"fragmentation needed",      "source route failed",
		"network unknown",           "host unknown",
		"source host isolated",      "network prohibited",
		"host prohibited",           "network unreachable for TOS",
		"host unreachable for TOS",  "communication prohibited",
		"host precedence violation", "precedence cutoff",
	};
	static const char *const v6[] = {
		"no route to destination", "communication prohibited",
		"beyond scope of source",  "address unreachable",
		"port unreachable",        "source address failed policy",
		"route rejected",          "source routing header error",
	};

	if (version == 4)
		return code < ARRAY_LEN(v4) ? v4[code] : "destination unreachable";
	return code < ARRAY_LEN(v6) ? v6[code] : "destination unreachable";
}

const char *
event_icmp_name(uint8_t version, uint8_t type, uint8_t code)
{
	static const char *const v4[256] = {
		[0] = "echo reply",
		[4] = "source quench",
		[5] = "redirect",
		[8] = "echo request",
		[9] = "router advertisement",
		[10] = "router solicitation",
		[11] = "time exceeded",
		[12] = "parameter problem",
		[13] = "timestamp request",
		[14] = "timestamp reply",
		[15] = "information request",
		[16] = "information reply",
		[17] = "address mask request",
		[18] = "address mask reply",
		[42] = "extended echo request",
		[43] = "extended echo reply",
	};
	static const char *const v6[256] = {
		[2] = "packet too big",
		[3] = "time exceeded",
		[4] = "parameter problem",
		[128] = "echo request",
		[129] = "echo reply",
		[130] = "multicast listener query",
		[131] = "multicast listener report",
		[132] = "multicast listener done",
		[133] = "router solicitation",
		[134] = "router advertisement",
		[135] = "neighbour solicitation",
		[136] = "neighbour advertisement",
		[137] = "redirect",
		[139] = "node information query",
		[140] = "node information response",
		[143] = "multicast listener report v2",
		[160] = "extended echo request",
		[161] = "extended echo reply",
	};

	if (type == (version == 4 ? 3 : 1))
		return unreachable_name(version, code);
	return version == 4 ? v4[type] : v6[type];
}

/* Addresses of a site or a link, or of no host at all: RFC 1918, 6598, 3927, 4193, loopback,
 * multicast, broadcast and the unspecified address. */
static bool
is_local(const struct net_addr *a)
{
	static const struct net_addr zero;
	const uint8_t *b = a->b + 12;

	if (net_addr_is_v4(a))
		return b[0] == 10 || b[0] == 127 || b[0] == 0 || b[0] >= 224 ||
		       (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
		       (b[0] == 169 && b[1] == 254) || (b[0] == 100 && (b[1] & 0xc0) == 64);
	if ((a->b[0] & 0xfe) == 0xfc || a->b[0] == 0xff ||
	    (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80))
		return true;
	return memcmp(a, &zero, 15) == 0 && a->b[15] <= 1;
}

const struct event_word *
event_direction(const struct event *ev)
{
	static const struct event_word words[] = {
		{ "external", 8 }, { "inbound", 7 }, { "outbound", 8 }, { "internal", 8 }
	};

	if (ev->dir == 1 || ev->dir == 2)
		return &words[ev->dir];
	return &words[2 * is_local(&ev->tuple.src) + is_local(&ev->tuple.dst)];
}
