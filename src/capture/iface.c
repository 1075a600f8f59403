/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iface.c - what the system says about network interfaces, for live sources.
 *
 * Counters come from /proc/net/dev: reading it takes no lock of the network
 * configuration, so a packet thread never waits for an `ip link` elsewhere, and it
 * is the network namespace's own whatever is mounted at /sys.
 */
/* Before the kernel's own headers, which then leave out what it has. */
#include <net/if.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/if_arp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "capture/live.h"

enum {
	COUNT_BUFFER = 4096,
	COUNT_READS_MAX = 256, /* buffers of /proc/net/dev looked at: about 8000 interfaces */
	NAMES_SHOWN = 16,
};
/* At rest for this long, figures are exact. */
static const uint64_t count_every_ns = 50 * NS_PER_MS;

uint64_t
capture_coarse_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * NS_PER_SEC + (uint64_t)t.tv_nsec;
}

void
capture_message_add(struct capture_message *m, const char *format, ...)
{
	size_t used = m->told ? 0 : strlen(m->text);
	va_list args;

	if (used > 0 && used + 2 < sizeof(m->text)) {
		memcpy(m->text + used, "; ", 3);
		used += 2;
	}
	va_start(args, format);
	vsnprintf(m->text + used, sizeof(m->text) - used, format, args);
	va_end(args);
	m->told = false;
}

const char *
capture_message_take(struct capture_message *m)
{
	if (m->told)
		return "";
	m->told = true;
	return m->text;
}

static int
ask(int fd, unsigned long request, struct ifreq *r)
{
	return ioctl(fd, request, r) == 0 ? 0 : -errno;
}

int
capture_iface_find(int fd, const char *name, struct capture_iface *out)
{
	struct capture_iface iface = { .up = true };
	struct ifreq r = { 0 };
	size_t len = strlen(name);

	if (len == 0 || len >= sizeof(r.ifr_name))
		return -ENODEV;
	memcpy(iface.name, name, len + 1);
	if (strcmp(name, "any") != 0) {
		memcpy(r.ifr_name, name, len + 1);
		if (ask(fd, SIOCGIFINDEX, &r) < 0)
			return -ENODEV;
		iface.index = r.ifr_ifindex;
		if (ask(fd, SIOCGIFHWADDR, &r) < 0)
			return -ENODEV;
		iface.arphrd = r.ifr_hwaddr.sa_family;
		if (ask(fd, SIOCGIFFLAGS, &r) < 0)
			return -ENODEV;
		iface.up = (r.ifr_flags & IFF_UP) != 0;
	}
	*out = iface;
	return 0;
}

int
capture_iface_find_index(int fd, int index, struct capture_iface *out)
{
	struct ifreq r = { .ifr_ifindex = index };

	if (ask(fd, SIOCGIFNAME, &r) < 0)
		return -ENODEV;
	return capture_iface_find(fd, r.ifr_name, out);
}

static void
explain_missing(const char *name, char err[BASE_ERROR_LEN])
{
	struct if_nameindex *all = if_nameindex();
	const char *names[NAMES_SHOWN];
	const char *nearest = NULL;
	char shown[2 * IFNAMSIZ];
	size_t i, n = 0, used;

	for (i = 0; i < sizeof(shown) - 1 && name[i]; i++)
		shown[i] = (char)(name[i] > ' ' && name[i] < 0x7f ? name[i] : '?');
	shown[i] = '\0';
	for (i = 0; all && all[i].if_index != 0 && n < NAMES_SHOWN; i++)
		names[n++] = all[i].if_name;
	if (n > 0)
		nearest = option_nearest(shown, names, n);
	snprintf(err, BASE_ERROR_LEN, "there is no interface '%s'%s%s%s; there are any", shown,
		 nearest ? ": did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
	for (i = 0; i < n; i++) {
		used = strlen(err);
		snprintf(err + used, BASE_ERROR_LEN - used, ", %s", names[i]);
	}
	if (all && all[n].if_index != 0) {
		used = strlen(err);
		snprintf(err + used, BASE_ERROR_LEN - used, " and others");
	}
	if_freenameindex(all);
}

int
capture_iface_open(const char *name, struct capture_iface *out, char err[BASE_ERROR_LEN])
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result;

	if (fd < 0) {
		result = -errno;
		snprintf(err, BASE_ERROR_LEN, "cannot ask for interfaces: %s", strerror(errno));
		return result;
	}
	result = capture_iface_find(fd, name, out);
	close(fd);
	if (result < 0)
		explain_missing(name, err);
	return result;
}

static const struct {
	uint16_t arphrd;
	int linktype; /* -1: refused */
	const char *name;
} links[] = {
	{ ARPHRD_ETHER, CAPTURE_LINK_ETHERNET, "Ethernet" },
	{ ARPHRD_LOOPBACK, CAPTURE_LINK_ETHERNET, "loopback" },
	{ ARPHRD_NONE, CAPTURE_LINK_RAW, "none" },
	{ ARPHRD_RAWIP, CAPTURE_LINK_RAW, "raw IP" },
	{ ARPHRD_PPP, CAPTURE_LINK_RAW, "PPP" },
	{ ARPHRD_TUNNEL, CAPTURE_LINK_RAW, "IP tunnel" },
	{ ARPHRD_TUNNEL6, CAPTURE_LINK_RAW, "IPv6 tunnel" },
	{ ARPHRD_SIT, CAPTURE_LINK_RAW, "SIT tunnel" },
	{ ARPHRD_IPGRE, -1, "GRE" },
	{ ARPHRD_IP6GRE, -1, "GRE over IPv6" },
	{ ARPHRD_IEEE80211, -1, "802.11" },
	{ ARPHRD_IEEE80211_PRISM, -1, "802.11 with Prism header" },
	{ ARPHRD_IEEE80211_RADIOTAP, -1, "802.11 with radiotap header" },
	{ ARPHRD_IEEE802154, -1, "802.15.4" },
	{ ARPHRD_INFINIBAND, -1, "InfiniBand" },
	{ ARPHRD_IEEE1394, -1, "IEEE 1394" },
	{ ARPHRD_CAN, -1, "CAN" },
	{ ARPHRD_NETLINK, -1, "netlink" },
	{ ARPHRD_SLIP, -1, "SLIP" },
};

int
capture_iface_linktype(const struct capture_iface *iface, char err[BASE_ERROR_LEN])
{
	const char *name = "unknown";

	if (iface->index == 0)
		return CAPTURE_LINK_SLL2;
	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		if (links[i].arphrd != iface->arphrd)
			continue;
		if (links[i].linktype >= 0)
			return links[i].linktype;
		name = links[i].name;
	}
	snprintf(err, BASE_ERROR_LEN,
		 "%s has link type %s (%u), which is not supported; its IP packets are seen on the "
		 "interface 'any'",
		 iface->name, name, (unsigned)iface->arphrd);
	return -EOPNOTSUPP;
}

int
capture_iface_no_privilege(const char *name, char err[BASE_ERROR_LEN])
{
	char path[256];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[len > 0 ? len : 0] = '\0';
	snprintf(err, BASE_ERROR_LEN,
		 "capturing on %.16s needs CAP_NET_RAW: run as root, or `sudo setcap "
		 "cap_net_raw+ep %s`",
		 name, path[0] ? path : "weir");
	return -EPERM;
}

/* Adds what a line of /proc/net/dev says about its interface; false when it is not ours. */
static bool
add_line(char *line, const char *name, uint64_t *packets)
{
	char *colon = strrchr(line, ':'), *at;
	uint64_t field[10];

	if (!colon)
		return false;
	*colon = '\0';
	line += strspn(line, " ");
	if (name && strcmp(line, name) != 0)
		return false;
	at = colon + 1;
	for (size_t i = 0; i < ARRAY_LEN(field); i++)
		field[i] = strtoull(at, &at, 10);
	*packets += field[1] + field[9];
	return true;
}

/* name NULL: all interfaces.  False when there is none. */
static bool
read_packets(int fd, const char *name, uint64_t *packets)
{
	char buf[COUNT_BUFFER + 1];
	size_t used = 0;
	off_t offset = 0;
	bool found = false;

	*packets = 0;
	for (int i = 0; i < COUNT_READS_MAX; i++) {
		ssize_t n = pread(fd, buf + used, COUNT_BUFFER - used, offset);
		char *line = buf, *end;

		if (n <= 0)
			break;
		offset += n;
		used += (size_t)n;
		buf[used] = '\0';
		while ((end = strchr(line, '\n')) != NULL) {
			*end = '\0';
			found |= add_line(line, name, packets);
			line = end + 1;
		}
		used -= (size_t)(line - buf);
		if (used >= COUNT_BUFFER)
			used = 0;
		memmove(buf, line, used);
	}
	return found;
}

uint64_t
capture_iface_count_read(struct capture_iface_count *c, const struct capture_iface *iface)
{
	uint64_t now_ns = capture_coarse_ns(), packets;

	if (c->fd < 0 || now_ns - c->at_ns < count_every_ns)
		return c->sum;
	c->at_ns = now_ns;
	if (!read_packets(c->fd, c->every ? NULL : iface->name, &packets))
		return c->sum;
	/* Less than before: the driver began anew, or, among all interfaces, one went away and
	 * took its count along. */
	if (packets >= c->last)
		c->sum += packets - c->last;
	else if (!c->every)
		c->sum += packets;
	c->last = packets;
	return c->sum;
}

void
capture_iface_count_restart(struct capture_iface_count *c, const struct capture_iface *iface)
{
	uint64_t packets;

	if (c->fd >= 0 && read_packets(c->fd, c->every ? NULL : iface->name, &packets))
		c->last = packets;
}

void
capture_iface_count_open(struct capture_iface_count *c, const struct capture_iface *iface)
{
	*c = (struct capture_iface_count){
		.fd = open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC),
		.every = iface->index == 0,
	};
	capture_iface_count_restart(c, iface);
}

void
capture_iface_count_close(struct capture_iface_count *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

void
capture_names_init(struct capture_names *names, const struct capture_iface *iface)
{
	struct if_nameindex *all;

	*names = (struct capture_names){ 0 };
	if (iface->index != 0) {
		names->n = 1;
		names->index[0] = iface->index;
		memcpy(names->name[0], iface->name, sizeof(names->name[0]));
		return;
	}
	all = if_nameindex();
	for (size_t i = 0; all && all[i].if_index != 0 && i < CAPTURE_NAMES - 1; i++) {
		names->index[names->n] = (int)all[i].if_index;
		snprintf(names->name[names->n++], IFNAMSIZ, "%s", all[i].if_name);
	}
	if_freenameindex(all);
}

uint16_t
capture_names_add(struct capture_names *names, int index)
{
	uint32_t i = 0;

	while (i < names->n && names->index[i] != index)
		i++;
	if (i == names->n) {
		if (names->n == CAPTURE_NAMES)
			return CAPTURE_NAMES - 1;
		names->index[names->n++] = index;
	}
	names->latest = i;
	return (uint16_t)i;
}

const char *
capture_names_get(struct capture_names *names, uint16_t number)
{
	char name[IFNAMSIZ];

	if (number >= names->n)
		return NULL;
	/* One that came later; asked for now, because packets are not the place for it. */
	if (!names->name[number][0] && if_indextoname((unsigned)names->index[number], name))
		memcpy(names->name[number], name, sizeof(name));
	return names->name[number][0] ? names->name[number] : NULL;
}
