/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of certificates and keys, read whole after a look at who may change
 * or read them.
 */
#ifndef AGENT_PKI_FILE_H
#define AGENT_PKI_FILE_H

#include <stdbool.h>

#include "util/buf.h"

#define PKI_WHY	320

/**
 * pki_file_read - read a file
 * @private: it holds a secret: nobody but its owner may have access, and it is
 *	no symbolic link
 * @out: initialised by the caller, whose limit is the limit of the file
 * @why: what is wrong, as the rest of a sentence that begins with the name
 *
 * The owner must be root or the user that runs the program, and nobody else
 * may write. Return: 0, ERR_DENIED, ERR_IO, ERR_LIMIT.
 */
int pki_file_read(const char *path, bool private, struct buf *out,
		  char why[PKI_WHY]);

#endif
