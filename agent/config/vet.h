/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What must be true of a configuration file before the parser may have it:
 * who owns it, who may read it, and that it holds nothing which the parser
 * would shorten or wrap without a word.
 */
#ifndef AGENT_CONFIG_VET_H
#define AGENT_CONFIG_VET_H

#include "util/buf.h"

struct problems;

/**
 * vet_file - read a file into memory, and vet it and what it includes
 * @path: a regular file, not a symbolic link
 * @out: initialised by the caller; the text with a final NUL octet
 *
 * Return: 0 or ERR_CONFIG with a problem added.
 */
int vet_file(const char *path, struct problems *problems, struct buf *out);

/**
 * vet_text - vet text and the files it includes
 * @dir: where relative names of included files are searched; "" is the
 *	working directory
 *
 * Return: 0 or ERR_CONFIG with a problem added.
 */
int vet_text(const char *text, const char *dir, struct problems *problems);

/* The directory part of a path with its slash, or "". */
void vet_dir_of(const char *path, char *dir, size_t size);

#endif
