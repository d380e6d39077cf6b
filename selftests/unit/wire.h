/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two messages of strongSwan 5.9.8 and a decoder that runs every parser of
 * agent/proto over octets, for the tests of the wire format.
 */
#ifndef UNIT_WIRE_H
#define UNIT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/msg.h"

#define WIRE_INIT_LEN	340	/* a whole message */
#define WIRE_AUTH_LEN	282	/* the inside of an SK payload */
#define WIRE_INIT_SPI_I	0x1c2580cb49dfdb13

extern const uint8_t wire_init_request[WIRE_INIT_LEN];
extern const uint8_t wire_auth_request[WIRE_AUTH_LEN];

/**
 * struct wire_length - a length or a count in one of the messages
 * @strict: no other value than the one that stands there can be right
 */
struct wire_length {
	uint16_t at;
	uint8_t size;
	bool strict;
};

#define WIRE_INIT_LENGTHS	26
#define WIRE_AUTH_LENGTHS	35

extern const struct wire_length wire_init_lengths[WIRE_INIT_LENGTHS];
extern const struct wire_length wire_auth_lengths[WIRE_AUTH_LENGTHS];

/* A copy with nothing behind it, so that a read past the end is caught. */
uint8_t *wire_copy(const uint8_t *p, size_t len);
uint32_t wire_get(const uint8_t *p, size_t size);
void wire_put(uint8_t *p, size_t size, uint32_t v);

/**
 * wire_decode - a chain of payloads and everything inside it
 *
 * Fails the test when a decoder gives out octets that are not in @body.
 * Return: 0 or the first error of any parser.
 */
int wire_decode(uint8_t first, struct view body, bool inside_sk);
/* The same for a whole message, from its header on. */
int wire_decode_message(struct view datagram);

#endif
