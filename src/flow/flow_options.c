/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_options.c - how many flows, and the timeouts of the field.
 *
 * A preset gives the timeouts of another tool, so that its numbers can be
 * compared with ours; a timeout set by hand stands above it.
 */
#include "flow/table.h"

/* The wheel is not made for more: see flow_timer.c. */
#define LONGEST (UINT64_C(24) * 3600 * NS_PER_SEC)

#define AT(field) offsetof(struct flow_options, field)

static const struct option options[] = {
	{ .name = "max",
	  .type = OPTION_UINT,
	  .offset = AT(max),
	  .min = 64,
	  .max = FLOW_MAX,
	  .preset = "262144",
	  .doc = "Flows that are followed at once, over all packet threads." },
	{ .name = "preset",
	  .type = OPTION_CHOICE,
	  .offset = AT(preset),
	  .choices = "default|netflow|nfstream|cic",
	  .preset = "default",
	  .doc = "Timeouts (idle, active) where none is set: 60s, 60s; as NetFlow exporters 30s, "
		 "300s; as nfstream 120s, 1800s; as CICFlowMeter 5s, 120s." },
	{ .name = "idle_timeout",
	  .type = OPTION_DURATION,
	  .offset = AT(idle_timeout_ns),
	  .max = LONGEST,
	  .preset = "0s",
	  .doc = "A flow silent for so long has ended; 0s: as the preset says." },
	{ .name = "active_timeout",
	  .type = OPTION_DURATION,
	  .offset = AT(active_timeout_ns),
	  .max = LONGEST,
	  .preset = "0s",
	  .doc = "A flow that goes on is reported this often; 0s: as the preset says." },
	{ .name = "half_open_timeout",
	  .type = OPTION_DURATION,
	  .offset = AT(half_open_timeout_ns),
	  .max = LONGEST,
	  .preset = "0s",
	  .doc = "The idle timeout of TCP before its handshake is complete; 0s: 10s, or the idle "
		 "timeout if that is shorter." },
	{ .name = "closed_timeout",
	  .type = OPTION_DURATION,
	  .offset = AT(closed_timeout_ns),
	  .max = LONGEST,
	  .preset = "0s",
	  .doc = "The idle timeout of TCP after an RST or both FINs; 0s: 2s, or the idle timeout "
		 "if that is shorter." },
	{ .name = "key_vlan",
	  .type = OPTION_BOOL,
	  .offset = AT(key_vlan),
	  .preset = "false",
	  .doc = "The same addresses and ports in another VLAN are another flow." },
	{ .name = "key_tunnel",
	  .type = OPTION_BOOL,
	  .offset = AT(key_tunnel),
	  .preset = "false",
	  .doc = "The same addresses and ports in another tunnel are another flow." },
};

const struct option_group flow_option_group = {
	.prefix = "flow",
	.doc = "Conversations, and when they end.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.size = sizeof(struct flow_options),
};

static const struct {
	uint64_t idle_ns, active_ns;
} presets[] = {
	{ 60 * NS_PER_SEC, 60 * NS_PER_SEC },
	{ 30 * NS_PER_SEC, 300 * NS_PER_SEC },
	{ 120 * NS_PER_SEC, 1800 * NS_PER_SEC },
	{ 5 * NS_PER_SEC, 120 * NS_PER_SEC },
};

static uint64_t
either(uint64_t set_ns, uint64_t preset_ns)
{
	uint64_t ns = set_ns ? set_ns : preset_ns;

	if (ns < FLOW_TICK_NS)
		return FLOW_TICK_NS;
	return ns < LONGEST ? ns : LONGEST;
}

static uint64_t
shorter(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void
flow_options_resolve(struct flow_options *o)
{
	uint32_t i = o->preset < ARRAY_LEN(presets) ? o->preset : 0;
	uint64_t idle_ns = either(o->idle_timeout_ns, presets[i].idle_ns);

	o->idle_timeout_ns = idle_ns;
	o->active_timeout_ns = either(o->active_timeout_ns, presets[i].active_ns);
	o->half_open_timeout_ns =
		either(o->half_open_timeout_ns, shorter(10 * NS_PER_SEC, idle_ns));
	o->closed_timeout_ns = either(o->closed_timeout_ns, shorter(2 * NS_PER_SEC, idle_ns));
}

void
flow_options_timeouts(const struct flow_options *o, uint64_t timeout_ns[TCP_STATES])
{
	for (int state = 0; state < TCP_STATES; state++)
		timeout_ns[state] = o->idle_timeout_ns;
	timeout_ns[TCP_SYN_SENT] = timeout_ns[TCP_SYN_RECEIVED] = o->half_open_timeout_ns;
	timeout_ns[TCP_CLOSED] = timeout_ns[TCP_RESET] = o->closed_timeout_ns;
}
