/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The SA payload: proposals, transforms and their key-length attribute
 * (RFC 7296 section 3.3). Choosing among proposals is ike/proposal.h.
 */
#ifndef AGENT_PROTO_SA_H
#define AGENT_PROTO_SA_H

#include "proto/msg.h"

#define PROPOSALS_MAX	16	/* looked at; later ones are ignored */
#define XFORMS_MAX	48	/* looked at in one proposal */

struct xform {
	uint8_t type;		/* enum xform_type */
	uint16_t id;
	uint16_t key_bits;	/* 0: no key-length attribute */
};

/**
 * struct proposal - one proposal
 * @unusable: it cannot be chosen (RFC 7296 section 3.3.6): it has an unknown
 *	transform type or SPI size, too many transforms, or a type of which
 *	every transform has an unknown attribute
 * @spi: as on the wire, @spi_size octets (0, 4 or 8)
 */
struct proposal {
	uint8_t number;
	uint8_t protocol;
	uint8_t spi_size;
	uint8_t spi[8];
	bool unusable;
	unsigned int count;
	struct xform xform[XFORMS_MAX];
};

struct proposals {
	unsigned int count;
	struct proposal p[PROPOSALS_MAX];
};

/**
 * sa_pl_parse - decode an SA payload
 *
 * Return: 0; ERR_SHORT or ERR_SYNTAX when structure or lengths lie.
 */
int sa_pl_parse(struct view body, struct proposals *out);
/* Write a whole SA payload; number 0 stands for the place in the list. */
void sa_pl_put(struct msg_writer *w, const struct proposals *list);

/* Add a transform; ignored (and @p made unusable) beyond XFORMS_MAX. */
void proposal_add(struct proposal *p, uint8_t type, uint16_t id,
		  uint16_t key_bits);
uint32_t proposal_spi32(const struct proposal *p);
uint64_t proposal_spi64(const struct proposal *p);
void proposal_set_spi32(struct proposal *p, uint32_t spi);
void proposal_set_spi64(struct proposal *p, uint64_t spi);
/*
 * "AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_384", for logs; a long
 * list ends in "...".
 */
#define PROPOSAL_STR	256
const char *proposal_str(const struct proposal *p, char buf[PROPOSAL_STR]);

#endif
