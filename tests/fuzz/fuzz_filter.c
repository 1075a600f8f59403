/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_filter.c - any text as a filter, run over one packet.
 *
 * The first byte chooses the link type.  Names in a filter are looked up by
 * libpcap; nothing of that leaves the machine here.
 */
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "capture/file.h"

enum { TEXT_MAX = 256 };

/* In the place of the C library's. */
int
getaddrinfo(const char *restrict node, const char *restrict service,
	    const struct addrinfo *restrict hints, struct addrinfo **restrict res)
{
	(void)node;
	(void)service;
	(void)hints;
	*res = NULL;
	return EAI_NONAME;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t frame[60] = {
		[12] = 8,  [14] = 0x45, [17] = 40, [22] = 64,  [23] = 6,  [26] = 10,   [29] = 1,
		[30] = 10, [33] = 2,    [34] = 4,  [35] = 210, [37] = 80, [46] = 0x50, [47] = 2,
	};
	struct packet p = { .data = frame, .caplen = sizeof(frame), .wire_len = 1514 };
	char text[TEXT_MAX + 1], err[BASE_ERROR_LEN] = "";
	struct capture_filter *f = NULL;
	int result;

	if (size < 1 || size > TEXT_MAX)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	p.linktype = capture_links[data[0] % CAPTURE_LINKS];
	result = capture_filter_new(&f, text, p.linktype, CAPTURE_CAPLEN_MAX, err);
	if (result < 0) {
		assert(result == -EINVAL && err[0] && !f);
		return 0;
	}
	(void)capture_filter_match(f, &p);
	capture_filter_free(f);
	return 0;
}
