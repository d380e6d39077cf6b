/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A secret of fixed length that outlives the program, in a file that nobody
 * but its owner may read.
 */
#ifndef AGENT_UTIL_SECRET_FILE_H
#define AGENT_UTIL_SECRET_FILE_H

#include "util/secret.h"

/**
 * secret_file_read - read it back
 *
 * Return: 0; ERR_NOT_FOUND when there is no such file; ERR_DENIED when it is
 * no plain file of our own or others may read it; ERR_SYNTAX when it has
 * another length; ERR_IO, ERR_NOMEM.
 */
int secret_file_read(const char *path, size_t len, struct secret **out);
/* Write it whole or not at all. Return: 0 or ERR_IO. */
int secret_file_write(const char *path, const struct secret *s);

#endif
