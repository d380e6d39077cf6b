// SPDX-License-Identifier: GPL-2.0
/*
 * ESP lengths, padding and the layout of associated data.
 */

#include "esp.h"

#include <linux/kernel.h>

#include "compat.h"

u32 tunip_esp_max_inner(const struct tunip_suite *s, u32 pmtu, u32 outer)
{
	u32 fixed = outer + TUNIP_ESP_HDR_LEN + s->iv_len + s->icv_len;

	if (pmtu < fixed + s->block)
		return 0;
	return round_down(pmtu - fixed, s->block) - TUNIP_ESP_TRAILER_LEN;
}

/**
 * tunip_esp_put_trailer - write padding, pad length and next header
 * @s: suite
 * @end: first octet behind the payload
 * @len: octets of payload
 * @next_header: protocol of the payload
 *
 * The padding is 1, 2, 3, ... (RFC 4303 section 2.4). The ICV behind it is
 * left to the engine.
 */
void tunip_esp_put_trailer(const struct tunip_suite *s, u8 *end, u32 len,
			   u8 next_header)
{
	u32 pad = tunip_esp_tail_len(s, len) - s->icv_len -
		  TUNIP_ESP_TRAILER_LEN;
	u32 i;

	for (i = 0; i < pad; i++)
		end[i] = i + 1;
	end[pad] = pad;
	end[pad + 1] = next_header;
}

/**
 * tunip_esp_padding_ok - is it 1, 2, 3, ...?
 * @trailer: the pad-length octet; the padding ends before it
 * @pad_len: its value, already known to lie within the packet
 */
bool tunip_esp_padding_ok(const u8 *trailer, u32 pad_len)
{
	u32 i;

	for (i = 1; i <= pad_len; i++)
		if (trailer[-(int)i] != pad_len + 1 - i)
			return false;
	return true;
}

/**
 * tunip_esp_spread_aad - lay out the associated data of an ESN packet
 * @esp: ESP header, with TUNIP_ESP_AAD_ROOM writable octets before it
 * @seq: 64-bit sequence number
 *
 * The engines want SPI, high half and low half in a row and next to the IV,
 * but the high half is not on the wire: move the SPI down by one word and put
 * the high half where it stood.
 * Return: start of the associated data.
 */
u8 *tunip_esp_spread_aad(u8 *esp, u64 seq)
{
	u8 *aad = esp - TUNIP_ESP_AAD_ROOM;

	memcpy(aad, esp, sizeof(__be32));
	put_unaligned_be32(upper_32_bits(seq), esp);
	return aad;
}

/** tunip_esp_restore_header - undo tunip_esp_spread_aad() */
void tunip_esp_restore_header(u8 *aad)
{
	memcpy(aad + TUNIP_ESP_AAD_ROOM, aad, sizeof(__be32));
}
