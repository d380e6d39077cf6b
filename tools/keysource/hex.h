/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hexadecimal digits.
 */
#ifndef KEYSOURCE_HEX_H
#define KEYSOURCE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Two digits for each octet, and a NUL. */
void hex_encode(const uint8_t *p, size_t len, char *out);
/* Exactly 2 * @want digits. */
bool hex_decode(const char *text, size_t len, uint8_t *out, size_t want);

#endif
