/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bodies of the small payloads: KE, Nonce, ID, AUTH, CERT, Notify, Delete and
 * traffic selectors (RFC 7296 sections 3.4 to 3.13). Decoders borrow from the
 * message; encoders write one whole payload.
 */
#ifndef AGENT_PROTO_PAYLOAD_H
#define AGENT_PROTO_PAYLOAD_H

#include "proto/msg.h"
#include "util/addr.h"

#define NONCE_MIN	16
#define NONCE_MAX	256
#define NONCE_LEN	32	/* what we send */
#define TS_MAX		16	/* selectors looked at; more are ignored */
#define DELETE_MAX_SPIS	64

struct ke_pl {
	uint16_t method;
	struct view data;
};

/** struct id_pl - @body is the body as received, reserved octets included */
struct id_pl {
	uint8_t type;
	struct view data;
	struct view body;
};

struct auth_pl {
	uint8_t method;
	struct view data;
};

/** struct cert_pl - CERT and CERTREQ: @data as the encoding says */
struct cert_pl {
	uint8_t encoding;
	struct view data;
};

struct notify_pl {
	uint8_t protocol;
	uint16_t type;
	struct view spi;
	struct view data;
};

/** struct delete_pl - @spis holds @count SPIs of @spi_size octets each */
struct delete_pl {
	uint8_t protocol;
	uint8_t spi_size;
	uint16_t count;
	struct view spis;
};

/** struct skf_pl - head of an SKF payload (RFC 7383 section 2.5) */
struct skf_pl {
	uint16_t number;	/* of this fragment, from 1 */
	uint16_t total;
};

#define SKF_HEAD_LEN	4

/** struct ts - one traffic selector; ports and protocol 0..65535 and 0 = any */
struct ts {
	struct addr start;
	struct addr end;
	uint8_t protocol;
	uint16_t port_start;
	uint16_t port_end;
};

struct ts_list {
	struct ts ts[TS_MAX];
	unsigned int count;
};

/*
 * Decoders. Return: 0; ERR_SHORT when octets are missing; ERR_SYNTAX when
 * there are too many or a field has no legal value.
 */
int ke_pl_parse(struct view body, struct ke_pl *out);
int nonce_pl_parse(struct view body, struct view *out);
/* An address identity has exactly the octets of its kind of address. */
int id_pl_parse(struct view body, struct id_pl *out);
int auth_pl_parse(struct view body, struct auth_pl *out);
int cert_pl_parse(struct view body, struct cert_pl *out);
/*
 * The data of SIGNATURE_HASH_ALGORITHMS as a set of bits 1 << enum sig_hash;
 * what has no name in that enum is left out.
 */
int sig_hashes_parse(struct view data, unsigned int *set);
int notify_pl_parse(struct view body, struct notify_pl *out);
int delete_pl_parse(struct view body, struct delete_pl *out);
/* What follows the head is for sk_open(). */
int skf_pl_parse(struct view body, struct skf_pl *out);
/* The @i-th SPI of a Delete for ESP; 0 when there is none. */
uint32_t delete_pl_spi32(const struct delete_pl *d, unsigned int i);
/* Selectors of unknown type are skipped, so that none may be left over. */
int ts_pl_parse(struct view body, struct ts_list *out);

/* Encoders: one whole payload each; what does not fit fails @w's buffer. */
void ke_pl_put(struct msg_writer *w, uint16_t method, struct view data);
void nonce_pl_put(struct msg_writer *w, struct view nonce);
/* @type PL_IDi or PL_IDr; @body as kept by ike (type, 3 zero octets, data). */
void id_pl_put(struct msg_writer *w, uint8_t type, struct view body);
void auth_pl_put(struct msg_writer *w, uint8_t method, struct view data);
/* @type PL_CERT or PL_CERTREQ, encoding 4. */
void cert_pl_put(struct msg_writer *w, uint8_t type, struct view data);
/* SIGNATURE_HASH_ALGORITHMS with the set that sig_hashes_parse() gives. */
void sig_hashes_put(struct msg_writer *w, unsigned int set);
void notify_pl_put(struct msg_writer *w, uint8_t protocol, struct view spi,
		   uint16_t type, struct view data);
/* Status or error notify with protocol 0, no SPI. */
void notify_pl_put_simple(struct msg_writer *w, uint16_t type,
			  struct view data);
void delete_pl_put_ike(struct msg_writer *w);
void delete_pl_put_esp(struct msg_writer *w, const uint32_t *spis,
		       unsigned int count);
void ts_pl_put(struct msg_writer *w, uint8_t type, const struct ts_list *list);

/* Any address, any protocol, any port; AF_INET or AF_INET6. */
void ts_any(struct ts *ts, sa_family_t family);
bool ts_eq(const struct ts *a, const struct ts *b);
/* "192.0.2.0/0 - 192.0.2.255/65535" as the router prints it. */
#define TS_STR	112
const char *ts_str(const struct ts *ts, char buf[TS_STR]);

#endif
