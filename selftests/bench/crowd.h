/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two engines in one process and thousands of tunnels between them: a clock
 * that stands still, a network that is a queue, no kernel. For what depends on
 * how many there are: memory, and what a message costs.
 */
#ifndef SELFTESTS_BENCH_CROWD_H
#define SELFTESTS_BENCH_CROWD_H

#include "ike/engine.h"

struct crowd;

/* @tunnels: at most 60,000, none of them connected. NULL: why is on stderr. */
struct crowd *crowd_new(unsigned int tunnels);
void crowd_free(struct crowd *c);
/* A handshake of the @i-th tunnel, a new one if it is up. Return: up? */
bool crowd_connect(struct crowd *c, unsigned int i);
/* A liveness check of the @i-th, begun by A. Return: answered? */
bool crowd_ask(struct crowd *c, unsigned int i);
/* A rekey of its child SA. Return: done? */
bool crowd_rekey(struct crowd *c, unsigned int i);
/* IKE SAs that stand, of both engines. */
size_t crowd_count(const struct crowd *c);
/* Messages that were received so far. */
uint64_t crowd_messages(const struct crowd *c);

#endif
