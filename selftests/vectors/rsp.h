/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reader of NIST's response files ("NAME = HEX", cases apart by a blank line),
 * as Debian's package python3-cryptography-vectors installs them.
 */
#ifndef SELFTESTS_VECTORS_RSP_H
#define SELFTESTS_VECTORS_RSP_H

#include <stdbool.h>
#include <stdio.h>

#include "hex.h"

#define RSP_FIELDS	8
#define RSP_LINE	(2 * HEX_MAX + 64)

/**
 * struct rsp - an open file and its current case
 * @section: what the last line in brackets without "=" said, "ENCRYPT"
 * @ivlen: from the last "[IVlen = N]"
 * @taglen: from the last "[Taglen = N]"
 * @fail: the case must be refused
 */
struct rsp {
	FILE *file;
	const char *path;
	char section[32];
	unsigned int ivlen, taglen;
	bool fail;
	unsigned int field_count;
	struct {
		char name[16];
		char text[2 * HEX_MAX + 1];
	} fields[RSP_FIELDS];
};

/* Opens a file below the package's folder; fails the test if there is none. */
void rsp_open(struct rsp *r, const char *path);
void rsp_close(struct rsp *r);
/* Reads the next case. Return: false at the end of the file. */
bool rsp_next(struct rsp *r);
/* A field of the case, in hexadecimal; fails the test if it is not there. */
const char *rsp_text(const struct rsp *r, const char *name);
struct hex rsp_hex(const struct rsp *r, const char *name);

#endif
