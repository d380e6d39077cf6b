/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ESP format (RFC 4303 section 2): lengths, header, padding and trailer.
 * Works on plain memory: no socket buffer, no device, no lock.
 */
#ifndef TUNIP_ESP_H
#define TUNIP_ESP_H

#include <linux/ip.h>
#include <linux/types.h>

#include "crypto/suite.h"

#define TUNIP_SPI_MIN		256	/* below: reserved, RFC 4303 section 2.1 */
#define TUNIP_ESP_HDR_LEN	8
#define TUNIP_ESP_TRAILER_LEN	2	/* pad length and next header */
/* Header, largest IV; largest padding, trailer and ICV. */
#define TUNIP_ESP_MAX_HEAD	(TUNIP_ESP_HDR_LEN + TUNIP_MAX_IV)
#define TUNIP_ESP_MAX_TAIL	(15 + TUNIP_ESP_TRAILER_LEN + 32)
#define TUNIP_OUTER_IPV4_LEN	20
#define TUNIP_OUTER_IPV6_LEN	40
#define TUNIP_UDP_LEN		8
/* Octets before the ESP header that hold the spread-out AAD of an ESN SA. */
#define TUNIP_ESP_AAD_ROOM	4

struct tunip_esp_hdr {
	__be32 spi;
	__be32 seq_lo;
} __packed;

/** tunip_esp_tail_len - padding, trailer and ICV behind @len octets */
static inline u32 tunip_esp_tail_len(const struct tunip_suite *s, u32 len)
{
	u32 plain = ALIGN(len + TUNIP_ESP_TRAILER_LEN, s->block);

	return plain - len + s->icv_len;
}

/** tunip_esp_min_len - shortest ESP packet the suite can produce */
static inline u32 tunip_esp_min_len(const struct tunip_suite *s)
{
	return TUNIP_ESP_HDR_LEN + s->iv_len + s->block + s->icv_len;
}

/**
 * tunip_esp_max_inner - largest inner packet that fits a path
 * @s: suite
 * @pmtu: path MTU of the outer packets
 * @outer: octets of outer IP and UDP header
 *
 * Return: octets, 0 when nothing fits.
 */
u32 tunip_esp_max_inner(const struct tunip_suite *s, u32 pmtu, u32 outer);
void tunip_esp_put_trailer(const struct tunip_suite *s, u8 *end, u32 len,
			   u8 next_header);
bool tunip_esp_padding_ok(const u8 *trailer, u32 pad_len);
u8 *tunip_esp_spread_aad(u8 *esp, u64 seq);
void tunip_esp_restore_header(u8 *aad);

#endif
