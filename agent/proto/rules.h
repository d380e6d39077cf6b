/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which payloads may, must and must not stand in which message, as a table
 * (RFC 7296 section 1 and appendix C).
 */
#ifndef AGENT_PROTO_RULES_H
#define AGENT_PROTO_RULES_H

#include "proto/msg.h"

#define RULES_WHY	128

/**
 * rules_check - payload set of one message against the table
 * @exchange: enum exchange
 * @response: it is a response
 * @protected: @chain comes out of an SK payload (or is the clear part before
 *	it when false)
 * @why: filled with what is missing, repeated or out of place
 *
 * A response that refuses (error notify or COOKIE, no SA) may lack the rest; one
 * with SA has all that goes with it.
 * Return: 0 or ERR_PAYLOADS.
 */
int rules_check(uint8_t exchange, bool response, bool protected,
		const struct pl_chain *chain, char why[RULES_WHY]);

#endif
