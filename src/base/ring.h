/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - a queue of records between exactly two threads, or two processes.
 *
 * One side reserves, fills and commits records of any size; the other peeks at
 * them in place and pops them.  Nothing is copied by the ring itself.  A full
 * ring refuses the reservation: the producer counts the loss and carries on,
 * because a slow reader must never stop the capture thread.
 *
 * struct ring is one block of shared memory without pointers, so the two sides
 * may map it at different addresses; zeroed memory is an empty ring.  The size
 * is not in the block: each side keeps its own in a struct ring_end.  The two
 * indices count bytes and only grow; a record lies at index % capacity, starts
 * with its length, and never wraps: what is left at the end of the block is
 * filled with a skip record.  Whatever the other side writes can yield a wrong
 * record, but never lead outside the block.
 *
 * Commits and pops become visible to the other side at ring_publish and
 * ring_release, once a burst, so that the two cache lines of the indices do not
 * travel for every record.
 *
 * Sleeping: an end may wait for the other one on an eventfd.  It says so in a
 * flag, looks once more, and only then sleeps; the other side writes the eventfd
 * only when the flag is set.
 *
 * The mark is the producer's promise that every record still to come has an
 * order of at least that value; the consumer merges several rings by it.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <assert.h>
#include <stdatomic.h>

#include "base/base.h"

struct ring {
	_Alignas(CACHE_LINE) _Atomic uint64_t head; /* bytes published; producer's */
	_Atomic uint64_t mark;                      /* producer's */
	_Atomic uint32_t closed;                    /* producer's: nothing will follow */
	_Atomic uint32_t producer_waits;
	_Alignas(CACHE_LINE) _Atomic uint64_t tail; /* bytes released; consumer's */
	_Atomic uint32_t consumer_waits;
	_Alignas(CACHE_LINE) uint8_t bytes[];
};

/* In front of every record.  Lengths are multiples of RING_ALIGN. */
struct ring_head {
	uint32_t size; /* of the record behind; the whole rest of the block for a skip record */
	uint32_t skip; /* non-zero: no record, go on at the start of the block */
};

enum { RING_ALIGN = 8 };

/* One side's private view of a ring. */
struct ring_end {
	struct ring *ring;
	uint64_t capacity; /* bytes; power of two */
	uint64_t at;       /* own index, ahead of the shared one until published or released */
	uint64_t seen;     /* the other side's index when last read */
	int own_fd;        /* eventfd this end sleeps on; -1: never sleeps */
	int peer_fd;       /* eventfd the other end sleeps on; -1: it never sleeps */
};

/* Bytes of memory for a ring of that capacity. */
size_t ring_footprint(uint64_t capacity);

/* Makes end a side of the ring in mem, which stays the caller's and is zeroed
 * before the first side attaches.  -EINVAL when capacity is not a power of two
 * of at least 4096 or mem is not aligned to CACHE_LINE. */
int ring_attach(struct ring_end *end, void *mem, uint64_t capacity, int own_fd, int peer_fd);

/* Producer: the slow half of ring_reserve. */
void *ring_reserve_slow(struct ring_end *e, uint32_t size);

/* Producer.  Room for a record of size bytes (at most a quarter of the
 * capacity), aligned to RING_ALIGN and valid until the commit; NULL when full.
 * Reserving again without a commit gives the same room. */
static inline void *
ring_reserve(struct ring_end *e, uint32_t size)
{
	uint64_t need = sizeof(struct ring_head) + size;
	uint64_t place = e->at & (e->capacity - 1);

	if (BASE_LIKELY(e->at + need - e->seen <= e->capacity && place + need <= e->capacity))
		return e->ring->bytes + place + sizeof(struct ring_head);
	return ring_reserve_slow(e, size);
}

/* Producer: the record reserved last is complete; size (a multiple of
 * RING_ALIGN) may be smaller than reserved. */
static inline void
ring_commit(struct ring_end *e, uint32_t size)
{
	struct ring_head *h =
		(struct ring_head *)(void *)(e->ring->bytes + (e->at & (e->capacity - 1)));

	assert(size % RING_ALIGN == 0);
	*h = (struct ring_head){ .size = size };
	e->at += sizeof(*h) + size;
}

/* Producer: fetches where the record after the next one will lie: the consumer has read what is
 * there, so it is another processor's by now. */
static inline void
ring_fetch_ahead(const struct ring_end *e)
{
	enum { AHEAD = 384, LENGTH = 384 };
	const uint8_t *at = e->ring->bytes + ((e->at + AHEAD) & (e->capacity - 1));

	for (size_t line = 0; line < LENGTH; line += CACHE_LINE)
		__builtin_prefetch(at + line, 1);
}

/* Producer: shows all commits to the consumer and wakes it if it sleeps.  May
 * make one system call in that case. */
void ring_publish(struct ring_end *e);

/* Producer: publishes, then promises that later records have order >= mark. */
void ring_mark(struct ring_end *e, uint64_t mark);

/* Producer: publishes; no more records will follow. */
void ring_close(struct ring_end *e);

/* Producer: sleeps until the consumer has released something, at most
 * timeout_ms.  Publishes first.  Only for producers that may wait. */
void ring_wait_room(struct ring_end *e, int timeout_ms);

/* Consumer.  The next record and its size, valid until popped and released;
 * NULL when nothing is there.  A malformed length (a hostile producer) empties
 * the ring. */
void *ring_peek(struct ring_end *e, uint32_t *size);

/* Consumer: done with the record peeked last. */
void ring_pop(struct ring_end *e);

/* Consumer: gives the popped room back and wakes a waiting producer. */
void ring_release(struct ring_end *e);

/* Consumer: the producer's promise.  Read it before peeking: a ring found empty
 * afterwards has nothing below it. */
uint64_t ring_promised(const struct ring_end *e);

/* Consumer: closed and everything pushed before the close has been popped. */
bool ring_done(struct ring_end *e);

/* Consumer: says that it will sleep on own_fd.  True when there is nothing to
 * read, so that it may; false: read first.  ring_unwait after waking. */
bool ring_will_wait(struct ring_end *e);
void ring_unwait(struct ring_end *e);

/* Consumer of this one ring: sleeps until there is something to read, at most timeout_ms. */
void ring_sleep(struct ring_end *e, int timeout_ms);

/* Bytes in use, for gauges. */
uint64_t ring_fill(const struct ring_end *e);

#endif
