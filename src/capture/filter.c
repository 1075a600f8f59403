/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.c - BPF filters in pcap-filter(7) notation, compiled by libpcap.
 *
 * libpcap says what is wrong but not where.  Its scanner complains about a number
 * of more than 32 bits as soon as it reads it; so such a number is put behind the
 * first k words, and when libpcap complains about the number, the error is not in
 * them.  Bisection finds the word at which that changes.
 *
 * Thread: compiling was not safe in several threads before libpcap 1.8, so it is
 * done while sources are opened, one after the other, and never on the packet
 * path.  Matching is safe anywhere.  A host name in a filter is looked up while it
 * is compiled, as in tcpdump.
 */
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture/file.h"

enum {
	FILTER_TEXT_MAX = 16 << 10,
	FILTER_WORDS_MAX = 1024, /* in a longer text no position is looked for */
	FILTER_SHOWN = 100,      /* letters of the text in a message */
};

#define SENTINEL "99999999999"

struct capture_filter {
	struct bpf_program program;
	bool everything;
};

struct word {
	size_t at, len;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t
split(const char *text, struct word *words)
{
	size_t n = 0;

	for (size_t i = 0; text[i];) {
		size_t from = i;

		while (text[i] && !is_blank(text[i]))
			i++;
		if (i > from && n == FILTER_WORDS_MAX)
			return 0;
		if (i > from)
			words[n++] = (struct word){ from, i - from };
		while (is_blank(text[i]))
			i++;
	}
	return n;
}

/* What libpcap says about the first len letters of text and then tail; "" when it is content. */
static void
complaint(pcap_t *p, const char *text, size_t len, const char *tail, char out[PCAP_ERRBUF_SIZE])
{
	struct bpf_program program;
	char *copy;

	out[0] = '\0';
	if (asprintf(&copy, "%.*s%s", (int)len, text, tail) < 0)
		return;
	if (pcap_compile(p, &program, copy, 1, PCAP_NETMASK_UNKNOWN) == 0)
		pcap_freecode(&program);
	else
		snprintf(out, PCAP_ERRBUF_SIZE, "%s", pcap_geterr(p));
	free(copy);
}

/* Whether the error lies within the first len letters. */
static bool
is_wrong_by(pcap_t *p, const char *text, size_t len, const char *error)
{
	char said[PCAP_ERRBUF_SIZE];

	/* The text has such a number itself: that is found without a sentinel. */
	if (strstr(error, SENTINEL)) {
		complaint(p, text, len, "", said);
		return strcmp(said, error) == 0;
	}
	complaint(p, text, len, " " SENTINEL, said);
	return !strstr(said, SENTINEL);
}

/* The word at which text goes wrong; n when it does so only at its end. */
static size_t
wrong_word(pcap_t *p, const char *text, const struct word *words, size_t n, const char *error)
{
	size_t low = 0, high = n; /* words[0..low) are right; words[0..high] are wrong, if any */

	while (low < high) {
		size_t k = low + (high - low) / 2;

		if (is_wrong_by(p, text, words[k].at + words[k].len, error))
			high = k;
		else
			low = k + 1;
	}
	return low;
}

/* The text around the word in one line, and below it a line that marks the word. */
static void
show(char *out, size_t size, const char *text, struct word w)
{
	size_t len = strlen(text);
	size_t from = w.at > FILTER_SHOWN / 2 ? w.at - FILTER_SHOWN / 2 : 0;
	size_t shown = len - from < FILTER_SHOWN ? len - from : FILTER_SHOWN;
	const char *before = from > 0 ? "..." : "";
	const char *after = from + shown < len ? "..." : "";
	char line[FILTER_SHOWN + 1], mark[FILTER_SHOWN + 1];
	size_t marks = w.len > 0 ? w.len : 1;

	for (size_t i = 0; i < shown; i++) {
		unsigned char c = (unsigned char)text[from + i];

		line[i] = text[from + i];
		if (is_blank(line[i]))
			line[i] = ' ';
		else if (c < 0x20 || c >= 0x7f)
			line[i] = '?';
	}
	line[shown] = '\0';
	if (marks > FILTER_SHOWN - (w.at - from))
		marks = FILTER_SHOWN - (w.at - from);
	memset(mark, '~', marks);
	mark[0] = '^';
	mark[marks] = '\0';
	snprintf(out, size, "\n  %s%s%s\n  %*s%s", before, line, after,
		 (int)(strlen(before) + w.at - from), "", mark);
}

static void
explain(pcap_t *p, const char *text, const char *error, char err[BASE_ERROR_LEN])
{
	struct word *words = calloc(FILTER_WORDS_MAX, sizeof(*words));
	size_t n = words ? split(text, words) : 0;
	size_t k = n > 0 ? wrong_word(p, text, words, n, error) : 0;
	bool syntax = strstr(error, "syntax error") != NULL;
	int used = snprintf(err, BASE_ERROR_LEN, "bad filter: %.150s", error);
	size_t left = BASE_ERROR_LEN - (size_t)used;

	if (n == 0)
		snprintf(err + used, left, " (in %zu letters of text)", strlen(text));
	else if (k < n)
		show(err + used, left, text, words[k]);
	else if (syntax)
		show(err + used, left, text,
		     (struct word){ words[n - 1].at + words[n - 1].len + 1, 1 });
	else
		show(err + used, left, text,
		     (struct word){ words[0].at,
				    words[n - 1].at + words[n - 1].len - words[0].at });
	free(words);
}

static int
compile(struct capture_filter *f, const char *text, uint16_t linktype, uint32_t snaplen,
	char err[BASE_ERROR_LEN])
{
	pcap_t *p = pcap_open_dead(capture_link_to_dlt(linktype), (int)snaplen);
	int result = 0;

	if (!p)
		return -ENOMEM;
	if (pcap_compile(p, &f->program, text, 1, PCAP_NETMASK_UNKNOWN) < 0) {
		char error[PCAP_ERRBUF_SIZE];

		snprintf(error, sizeof(error), "%s", pcap_geterr(p));
		explain(p, text, error, err);
		result = -EINVAL;
	}
	pcap_close(p);
	return result;
}

int
capture_filter_new(struct capture_filter **out, const char *text, uint16_t linktype,
		   uint32_t snaplen, char err[BASE_ERROR_LEN])
{
	struct capture_filter *f;
	size_t len = text ? strlen(text) : 0;
	int result = 0;

	if (len > FILTER_TEXT_MAX) {
		snprintf(err, BASE_ERROR_LEN,
			 "bad filter: it has %zu letters, at most %d are taken", len,
			 FILTER_TEXT_MAX);
		return -EINVAL;
	}
	f = calloc(1, sizeof(*f));
	if (!f) {
		snprintf(err, BASE_ERROR_LEN, "no memory for the filter");
		return -ENOMEM;
	}
	if (len == 0 || strspn(text, " \t\r\n") == len)
		f->everything = true;
	else
		result = compile(f, text, linktype, snaplen, err);
	if (result < 0) {
		free(f);
		return result;
	}
	*out = f;
	return 0;
}

void
capture_filter_free(struct capture_filter *f)
{
	if (f && !f->everything)
		pcap_freecode(&f->program);
	free(f);
}

bool
capture_filter_match(const struct capture_filter *f, const struct packet *p)
{
	return f->everything ||
	       bpf_filter(f->program.bf_insns, p->data, p->wire_len, p->caplen) != 0;
}
