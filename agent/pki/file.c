// SPDX-License-Identifier: GPL-2.0
/*
 * Reading files of certificates and keys.
 */

#include "pki/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/err.h"
#include "util/secret.h"

/* The rule is about this very file: it is put to the descriptor. */
static int check_access(int fd, bool private, char why[PKI_WHY])
{
	mode_t forbidden = private ? 077 : 022;
	struct stat st;

	if (fstat(fd, &st)) {
		snprintf(why, PKI_WHY, "cannot be examined: %s",
			 strerror(errno));
		return ERR_IO;
	}
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, PKI_WHY, "is not a regular file");
		return ERR_DENIED;
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		snprintf(why, PKI_WHY, "belongs to user %u; expected root or the user that runs this program (%u)",
			 (unsigned int)st.st_uid, (unsigned int)geteuid());
		return ERR_DENIED;
	}
	if (!(st.st_mode & forbidden))
		return 0;
	snprintf(why, PKI_WHY, private ?
		 "has mode %04o, others than its owner have access to the key in it; expected 0600 (chmod 600)" :
		 "has mode %04o, others than its owner may change it; expected 0644 or less (chmod go-w)",
		 (unsigned int)(st.st_mode & 07777));
	return ERR_DENIED;
}

static int read_all(int fd, struct buf *out, char why[PKI_WHY])
{
	char chunk[4096];
	ssize_t n;

	while (buf_ok(out) && (n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0) {
			snprintf(why, PKI_WHY, "cannot be read: %s",
				 strerror(errno));
			wipe(chunk, sizeof(chunk));
			return ERR_IO;
		}
		buf_put(out, chunk, (size_t)n);
	}
	wipe(chunk, sizeof(chunk));
	if (buf_ok(out))
		return 0;
	snprintf(why, PKI_WHY, "is too large; expected at most %zu octets",
		 out->max);
	return ERR_LIMIT;
}

int pki_file_read(const char *path, bool private, struct buf *out,
		  char why[PKI_WHY])
{
	/* Not blocking: a FIFO must not hold up the program. */
	int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
	int fd = open(path, private ? flags | O_NOFOLLOW : flags), err;

	if (fd < 0) {
		snprintf(why, PKI_WHY, "%s%s", private && errno == ELOOP ?
			 "is a symbolic link; expected the file itself" :
			 "cannot be opened: ",
			 private && errno == ELOOP ? "" : strerror(errno));
		return ERR_IO;
	}
	err = check_access(fd, private, why);
	if (!err)
		err = read_all(fd, out, why);
	close(fd);
	return err;
}
