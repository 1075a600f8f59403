/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_pipeline.c - many packets of any kind through decode, flow, proto and the
 * encoders, with a table small enough that it overflows.
 *
 * Input: a byte of options, then packets: link type, two bytes of length, two
 * bytes of time to the packet before in units of 2^24 ns, the bytes.
 */
#include "net/cursor.h"
#include "pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t links[] = { CAPTURE_LINK_ETHERNET, CAPTURE_LINK_RAW,  CAPTURE_LINK_NULL,
				  CAPTURE_LINK_LOOP,     CAPTURE_LINK_SLL,  CAPTURE_LINK_SLL2,
				  CAPTURE_LINK_IPV4,     CAPTURE_LINK_IPV6, CAPTURE_LINK_RADIOTAP };

enum { PACKETS = 64, FLOWS = 64, TICK_SHIFT = 24 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pipeline p;
	struct cursor c = cursor_over(data, size);
	uint8_t options = cursor_u8(&c);
	struct decode_options d;
	struct flow_options f;
	uint64_t now = 0;

	pipeline_presets(&d, &f);
	d.tunnels = options & 1;
	d.checksums = options & 2;
	f.key_vlan = options & 4;
	f.key_tunnel = options & 8;
	pipeline_begin(&p, &d, &f, FLOWS);
	for (int n = 0; n < PACKETS && cursor_left(&c) >= 5; n++) {
		uint16_t link = links[cursor_u8(&c) % ARRAY_LEN(links)];
		uint16_t len = cursor_be16(&c);
		uint64_t step = cursor_be16(&c);
		size_t caplen = len < cursor_left(&c) ? len : cursor_left(&c);
		const uint8_t *bytes = cursor_take(&c, caplen);

		now += step << TICK_SHIFT;
		pipeline_packet(&p, &(struct packet){ .ts_ns = now,
						      .data = bytes,
						      .caplen = (uint32_t)caplen,
						      .wire_len = len,
						      .linktype = link });
	}
	pipeline_end(&p);
	return 0;
}
