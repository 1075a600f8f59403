/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recv.c - opens a live source, takes packets until told to stop, prints what it saw
 * as one line of JSON, for the live tests.
 *
 *   recv SOURCE IFACE [key=value ...]
 *
 * filter=TEXT  threads=N  stop=N (packets, 0: by signal)  drop_caps=1 (after opening)
 * wait=1 (takes nothing until a line comes on standard input)
 * tell=N (prints {"known": ...} for each N frames of ours, when they were taken)
 * anything else is an option of capture_option_group: snaplen=96, direction=in ...
 *
 * Prints "ready" and each message as it comes, or {"error": ..., "text": ...} with exit status 1.
 * SIGTERM ends it once 150 ms have passed without a packet.  A frame of send.c is known by its
 * payload: each number has to come once; numbers that come again are counted as "again".
 */
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "capture/capture.h"

enum { THREADS_MAX = 8, BURST = 64, NUMBERS = 1 << 20, MESSAGES = 16, QUIET_NS = 150000000 };

struct seen {
	uint64_t packets, cap_bytes, wire_bytes, in, out, offloaded, known, again, cut, disorder;
	uint64_t tags[3], last_tag[2], interfaces[64];
	uint32_t caplen_max, last_number;
	uint16_t linktype;
	uint64_t first_ns, last_ns;
};

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static bool
is_tag(unsigned type)
{
	return type == 0x8100 || type == 0x88a8;
}

/* Offset of the IP header; counts the tags on the way. */
static uint32_t
skip_link(struct seen *s, const struct packet *p)
{
	uint32_t at = p->linktype == CAPTURE_LINK_SLL2 ? 20 : 14;
	unsigned type, n = 0;

	if (p->linktype == CAPTURE_LINK_RAW)
		return 0;
	if (p->caplen < at)
		return UINT32_MAX;
	type = get16(p->data + (p->linktype == CAPTURE_LINK_SLL2 ? 0 : 12));
	while (is_tag(type) && at + 4 <= p->caplen) {
		if (n < 2)
			s->last_tag[n++] = (uint64_t)type << 16 | get16(p->data + at);
		type = get16(p->data + at + 2);
		at += 4;
	}
	s->tags[n]++;
	return type == 0x0800 ? at : UINT32_MAX;
}

static void
look_at(struct seen *s, const struct packet *p, uint8_t *numbers)
{
	uint32_t at = skip_link(s, p), number;

	if (s->packets++ == 0)
		s->first_ns = p->ts_ns;
	s->last_ns = p->ts_ns;
	s->cap_bytes += p->caplen;
	s->wire_bytes += p->wire_len;
	s->in += p->dir == CAPTURE_DIR_IN;
	s->out += p->dir == CAPTURE_DIR_OUT;
	s->offloaded += (p->flags & CAPTURE_CHECKSUM_OFFLOADED) != 0;
	s->linktype = p->linktype;
	s->cut += p->caplen < p->wire_len;
	if (p->interface < ARRAY_LEN(s->interfaces))
		s->interfaces[p->interface]++;
	if (p->caplen > s->caplen_max)
		s->caplen_max = p->caplen;
	if (at > p->caplen || p->caplen - at < 36 || memcmp(p->data + at + 28, "weir", 4) != 0)
		return;
	number = get16(p->data + at + 32) << 16 | get16(p->data + at + 34);
	s->known++;
	s->disorder += s->known > 1 && number < s->last_number;
	s->last_number = number;
	if (number >= NUMBERS)
		return;
	s->again += numbers[number] != 0;
	numbers[number] = 1;
}

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_SEC + (uint64_t)t.tv_nsec;
}

static void
drop_caps(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };

	if (syscall(SYS_capset, &head, none) < 0) {
		perror("capset");
		exit(2);
	}
}

static void
print_text(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		if (*text == '\n')
			printf("\\n");
		else
			putchar(*text);
	}
	putchar('"');
}

static void
print_stats(const struct capture_stats *t)
{
	printf("{\"read\":%llu,\"if_rx\":%llu,\"kernel_packets\":%llu,\"kernel_drops\":%llu,"
	       "\"bpf_filtered\":%llu,\"user_filtered\":%llu,\"direction_filtered\":%llu,"
	       "\"unread\":%llu,\"link_down\":%llu}",
	       (unsigned long long)t->read, (unsigned long long)t->if_rx,
	       (unsigned long long)t->kernel_packets, (unsigned long long)t->kernel_drops,
	       (unsigned long long)t->bpf_filtered, (unsigned long long)t->user_filtered,
	       (unsigned long long)t->direction_filtered, (unsigned long long)t->unread,
	       (unsigned long long)t->link_down);
}

static void
print_seen(const struct seen *s)
{
	printf("\"packets\":%llu,\"cap_bytes\":%llu,\"wire_bytes\":%llu,\"in\":%llu,\"out\":%llu,"
	       "\"offloaded\":%llu,\"known\":%llu,\"again\":%llu,\"cut\":%llu,\"disorder\":%llu,",
	       (unsigned long long)s->packets, (unsigned long long)s->cap_bytes,
	       (unsigned long long)s->wire_bytes, (unsigned long long)s->in,
	       (unsigned long long)s->out, (unsigned long long)s->offloaded,
	       (unsigned long long)s->known, (unsigned long long)s->again,
	       (unsigned long long)s->cut, (unsigned long long)s->disorder);
	printf("\"tags\":[%llu,%llu,%llu],\"last_tag\":[%llu,%llu],\"caplen_max\":%u,"
	       "\"linktype\":%u,\"seconds\":%.3f,",
	       (unsigned long long)s->tags[0], (unsigned long long)s->tags[1],
	       (unsigned long long)s->tags[2], (unsigned long long)s->last_tag[0],
	       (unsigned long long)s->last_tag[1], (unsigned)s->caplen_max, (unsigned)s->linktype,
	       (double)(s->last_ns - s->first_ns) / 1e9);
}

struct receiver {
	const struct capture_ops *ops;
	struct capture_options options;
	struct capture_request request;
	uint32_t n_threads;
	uint64_t stop_after, tell, told;
	bool drop_caps, wait;
	void *state[THREADS_MAX];
	uint64_t taken[THREADS_MAX];
	struct seen seen;
	uint8_t *numbers;
	char messages[MESSAGES][BASE_ERROR_LEN];
	unsigned n_messages;
};

static void
parse(struct receiver *r, const char *arg)
{
	const char *equals = strchr(arg, '=');
	char name[64], err[BASE_ERROR_LEN];

	if (!equals || (size_t)(equals - arg) >= sizeof(name)) {
		fprintf(stderr, "recv: what is %s?\n", arg);
		exit(2);
	}
	memcpy(name, arg, (size_t)(equals - arg));
	name[equals - arg] = '\0';
	if (strcmp(name, "filter") == 0) {
		r->request.filter = equals + 1;
	} else if (strcmp(name, "threads") == 0) {
		r->n_threads = (uint32_t)strtoul(equals + 1, NULL, 10);
	} else if (strcmp(name, "stop") == 0) {
		r->stop_after = strtoull(equals + 1, NULL, 10);
	} else if (strcmp(name, "tell") == 0) {
		r->tell = strtoull(equals + 1, NULL, 10);
	} else if (strcmp(name, "drop_caps") == 0) {
		r->drop_caps = true;
	} else if (strcmp(name, "wait") == 0) {
		r->wait = true;
	} else if (option_set(&capture_option_group, &r->options, name, equals + 1, err) < 0) {
		fprintf(stderr, "recv: %s: %s\n", arg, err);
		exit(2);
	}
}

static void
open_all(struct receiver *r)
{
	char err[BASE_ERROR_LEN] = "";

	r->request.options = &r->options;
	r->request.fanout_group = (uint32_t)getpid();
	r->request.n_threads = r->n_threads;
	for (uint32_t i = 0; i < r->n_threads; i++) {
		int result;

		r->request.thread = i;
		r->state[i] = calloc(1, r->ops->state_size);
		if (!r->state[i])
			exit(2);
		result = r->ops->open(r->state[i], &r->request, err);
		if (result == 0)
			continue;
		printf("{\"error\":%d,\"text\":", -result);
		print_text(err);
		printf("}\n");
		exit(1);
	}
}

static void
take_message(struct receiver *r, uint32_t thread)
{
	const char *text = r->ops->message(r->state[thread]);

	if (!text[0])
		return;
	if (thread == 0 && r->n_messages < MESSAGES)
		snprintf(r->messages[r->n_messages++], BASE_ERROR_LEN, "%s", text);
	printf("{\"message\":");
	print_text(text);
	printf("}\n");
	fflush(stdout);
}

static int
take(struct receiver *r, uint32_t thread)
{
	struct packet pkts[BURST];
	int max = BURST, n;

	if (r->stop_after > 0 && r->stop_after - r->seen.packets < BURST)
		max = (int)(r->stop_after - r->seen.packets);
	if (max == 0)
		return 0;
	n = r->ops->recv(r->state[thread], pkts, max);
	for (int k = 0; k < n; k++)
		look_at(&r->seen, &pkts[k], r->numbers);
	if (n > 0)
		r->taken[thread] += (uint64_t)n;
	if (n > 0 && r->tell > 0 && r->seen.known / r->tell > r->told) {
		r->told = r->seen.known / r->tell;
		printf("{\"known\":%llu}\n", (unsigned long long)(r->told * r->tell));
		fflush(stdout);
	}
	take_message(r, thread);
	return n;
}

static void
run(struct receiver *r)
{
	uint64_t quiet_since = now_ns();
	char line[16];

	if (r->wait && !fgets(line, sizeof(line), stdin))
		return;
	for (;;) {
		int n = 0;

		for (uint32_t i = 0; i < r->n_threads; i++) {
			int got = take(r, i);

			if (got < 0)
				return;
			n += got;
		}
		if (r->stop_after > 0 && r->seen.packets >= r->stop_after)
			return;
		if (n > 0)
			quiet_since = now_ns();
		else if (stopped && now_ns() - quiet_since > QUIET_NS)
			return;
	}
}

static void
print_interfaces(const struct receiver *r)
{
	const char *comma = "";

	printf("\"interfaces\":{");
	for (uint16_t i = 0; i < ARRAY_LEN(r->seen.interfaces); i++) {
		const char *name = r->ops->interface_name(r->state[0], i);

		if (r->seen.interfaces[i] == 0)
			continue;
		printf("%s\"%s\":%llu", comma, name ? name : "?",
		       (unsigned long long)r->seen.interfaces[i]);
		comma = ",";
	}
	printf("},");
}

static void
report(struct receiver *r)
{
	struct rusage usage;

	printf("{");
	print_seen(&r->seen);
	print_interfaces(r);
	printf("\"messages\":[");
	for (unsigned i = 0; i < r->n_messages; i++) {
		printf("%s", i > 0 ? "," : "");
		print_text(r->messages[i]);
	}
	printf("],\"threads\":[");
	for (uint32_t i = 0; i < r->n_threads; i++) {
		struct capture_stats stats = { 0 };

		r->ops->stats(r->state[i], &stats);
		printf("%s{\"taken\":%llu,\"stats\":", i > 0 ? "," : "",
		       (unsigned long long)r->taken[i]);
		print_stats(&stats);
		printf("}");
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("],\"cpu_seconds\":%.3f}\n",
	       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}

int
main(int argc, char **argv)
{
	static struct receiver r = { .n_threads = 1 };
	struct sigaction action = { .sa_handler = on_signal };

	if (argc < 3)
		return 2;
	for (const struct capture_ops *const *row = capture_table; *row; row++)
		if (strcmp((*row)->name, argv[1]) == 0)
			r.ops = *row;
	if (!r.ops)
		return 2;
	option_presets(&capture_option_group, &r.options);
	r.request.what = argv[2];
	for (int i = 3; i < argc; i++)
		parse(&r, argv[i]);
	r.numbers = calloc(NUMBERS, 1);
	if (!r.numbers || r.n_threads < 1 || r.n_threads > THREADS_MAX)
		return 2;
	sigaction(SIGTERM, &action, NULL);
	open_all(&r);
	if (r.drop_caps)
		drop_caps();
	printf("ready\n");
	fflush(stdout);
	for (uint32_t i = 0; i < r.n_threads; i++)
		take_message(&r, i);
	run(&r);
	report(&r);
	for (uint32_t i = 0; i < r.n_threads; i++) {
		r.ops->close(r.state[i]);
		free(r.state[i]);
	}
	free(r.numbers);
	return 0;
}
