/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is this the only agent of its network namespace?
 */
#ifndef AGENT_UTIL_CLAIM_H
#define AGENT_UTIL_CLAIM_H

#include <stdbool.h>

/**
 * claim_namespace - say that this network namespace has its agent
 * @fd: holds the claim until it is closed, or the process ends; -1: there is none
 *
 * By the name of an abstract socket, which is one of the network namespace.
 * Anybody may take the name: it counts if root or this user has it.
 * Return: false when another agent has the claim, or may have it.
 */
bool claim_namespace(int *fd);

#endif
