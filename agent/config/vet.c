// SPDX-License-Identifier: GPL-2.0
/*
 * Vetting of configuration files. The parser reads integers of more than 32
 * bits modulo 2^32, ends strings at a NUL octet and opens included files
 * itself; what would go wrong in silence there is refused here, by a scan that
 * knows the lexical rules and nothing else.
 */

#include "config/vet.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/problem.h"
#include "util/err.h"
#include "util/secret.h"

#define FILE_MAX	(16U << 20)	/* 10,000 tunnels take 8 MB */
#define INCLUDE_DEPTH	10		/* the parser's own limit */
#define PATH_LEN	4096

/** struct scan - a walk over one text; @at never passes its final NUL */
struct scan {
	struct problems *problems;
	const char *file;		/* NULL: the main one */
	const char *dir;		/* where includes are searched */
	const char *at;
	unsigned int line;
	unsigned int depth;
	bool failed;
};

static int vet_include(const struct scan *from, const char *name);

/*
 * The rule is about this very file, so it is put to the descriptor that will
 * be read, not to the name.
 */
static int check_access(int fd, const char *name, struct problems *problems)
{
	struct stat st;

	if (fstat(fd, &st)) {
		problem_add(problems, name, 0, "cannot be examined: %s",
			    strerror(errno));
		return ERR_CONFIG;
	}
	if (!S_ISREG(st.st_mode)) {
		problem_add(problems, name, 0,
			    "not a regular file; expected one");
		return ERR_CONFIG;
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		problem_add(problems, name, 0,
			    "belongs to user %u; expected root or the user "
			    "that runs this program (%u)",
			    (unsigned int)st.st_uid, (unsigned int)geteuid());
		return ERR_CONFIG;
	}
	if (st.st_mode & 077) {
		problem_add(problems, name, 0,
			    "mode is %04o, others than its owner have access "
			    "to the secrets in it; expected 0600 (chmod 600)",
			    (unsigned int)(st.st_mode & 07777));
		return ERR_CONFIG;
	}
	return 0;
}

static int read_all(int fd, const char *name, struct problems *problems,
		    struct buf *out)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_put(out, chunk, (size_t)n);
	wipe(chunk, sizeof(chunk));
	if (n < 0) {
		problem_add(problems, name, 0, "cannot be read: %s",
			    strerror(errno));
		return ERR_CONFIG;
	}
	if (buf_ok(out) && out->len && memchr(out->p, '\0', out->len)) {
		problem_add(problems, name, 0,
			    "contains a NUL octet; expected text");
		return ERR_CONFIG;
	}
	buf_put_u8(out, '\0');
	if (!buf_ok(out)) {
		problem_add(problems, name, 0,
			    "too large; expected at most %u octets", FILE_MAX);
		return ERR_CONFIG;
	}
	return 0;
}

static void step(struct scan *s)
{
	if (*s->at == '\n')
		s->line++;
	s->at++;
}

static void complain(struct scan *s, const char *what)
{
	problem_add(s->problems, s->file, s->line, "%s", what);
	s->failed = true;
}

static void skip_comment(struct scan *s)
{
	if (s->at[0] == '/' && s->at[1] == '*') {
		s->at += 2;
		while (*s->at && !(s->at[0] == '*' && s->at[1] == '/'))
			step(s);
		s->at += *s->at ? 2 : 0;
	} else {
		while (*s->at && *s->at != '\n')
			step(s);
	}
}

static void scan_string(struct scan *s)
{
	step(s);
	while (*s->at && *s->at != '"') {
		if (strncasecmp(s->at, "\\x00", 4) == 0)
			complain(s, "\"\\x00\" ends a string; expected no NUL "
				 "octet in it (a key that has one is written "
				 "in digits: \"0x...\")");
		if (s->at[0] == '\\' && (s->at[1] == '\\' || s->at[1] == '"'))
			step(s);
		step(s);
	}
	if (*s->at)
		step(s);
}

static void scan_number(struct scan *s)
{
	bool hex = s->at[0] == '0' && (s->at[1] == 'x' || s->at[1] == 'X');
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(s->at, &end, hex ? 16 : 10);
	if (*end == '.' || (!hex && (*end == 'e' || *end == 'E')))
		;	/* a fraction: no setting has one, load.c says so */
	else if (errno || value > INT64_MAX)
		complain(s, "number too large; expected at most "
			 "9223372036854775807L");
	else if (*end != 'L' && value > INT32_MAX)
		complain(s, "number too large; expected at most 2147483647, "
			 "or the same number followed by L");
	s->at = end;
	while (isalnum((unsigned char)*s->at) || *s->at == '.')
		step(s);
}

static void skip_name(struct scan *s)
{
	while (isalnum((unsigned char)*s->at) || *s->at == '-' ||
	       *s->at == '_' || *s->at == '*')
		step(s);
}

/* At `@`: nothing else in the language begins with it. */
static void scan_include(struct scan *s)
{
	size_t word = strlen("@include"), blank, len;
	char name[PATH_LEN];
	const char *quote;

	blank = strncmp(s->at, "@include", word) ?
		0 : strspn(s->at + word, " \t");
	quote = s->at + (blank ? word + blank : 1);
	s->at = quote;
	len = strcspn(quote + (*quote == '"'), "\"\\\n");
	if (!blank || *quote != '"' || quote[len + 1] != '"' || len == 0 ||
	    len >= sizeof(name)) {
		complain(s, "@ without a usable file name; expected @include "
			 "\"FILE\" on a line, FILE without backslashes");
		return;
	}
	memcpy(name, quote + 1, len);
	name[len] = '\0';
	s->at = quote + len + 2;
	/* The parser's versions differ in what they make of "/...". */
	if (name[0] == '/')
		complain(s, "@include with a name that begins with a slash; "
			 "expected one that begins at the directory of the "
			 "main file");
	else if (s->depth < INCLUDE_DEPTH)
		s->failed |= vet_include(s, name) != 0;
	else
		complain(s, "included files nest too deeply; expected at most "
			 "10 levels, and no file that includes itself");
}

static int scan_text(struct scan *s)
{
	s->line = 1;
	while (*s->at && !s->failed) {
		if (*s->at == '#' || (s->at[0] == '/' &&
				      (s->at[1] == '/' || s->at[1] == '*')))
			skip_comment(s);
		else if (*s->at == '"')
			scan_string(s);
		else if (isdigit((unsigned char)*s->at))
			scan_number(s);
		else if (isalpha((unsigned char)*s->at) || *s->at == '*')
			skip_name(s);
		else if (*s->at == '@')
			scan_include(s);
		else
			step(s);
	}
	return s->failed ? ERR_CONFIG : 0;
}

static int read_file(const char *path, const char *name,
		     struct problems *problems, struct buf *out)
{
	/* Not blocking: a FIFO must not hold up the program. */
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int err;

	if (fd < 0) {
		problem_add(problems, name, 0, "%s%s",
			    errno == ELOOP ? "" : "cannot be opened: ",
			    errno == ELOOP ? "is a symbolic link; expected the "
			    "file itself" : strerror(errno));
		return ERR_CONFIG;
	}
	err = check_access(fd, name, problems);
	if (!err)
		err = read_all(fd, name, problems, out);
	close(fd);
	return err;
}

static int vet_include(const struct scan *from, const char *name)
{
	struct scan s = {
		.problems = from->problems, .file = name, .dir = from->dir,
		.depth = from->depth + 1,
	};
	char path[2 * PATH_LEN];
	struct buf text;
	int err;

	snprintf(path, sizeof(path), "%s%s", s.dir, name);
	buf_init(&text, FILE_MAX);
	err = read_file(path, name, s.problems, &text);
	if (!err) {
		s.at = (const char *)text.p;
		err = scan_text(&s);
	}
	buf_fini(&text);
	return err;
}

void vet_dir_of(const char *path, char *dir, size_t size)
{
	const char *slash = strrchr(path, '/');

	snprintf(dir, size, "%.*s", slash ? (int)(slash - path) + 1 : 0, path);
}

int vet_text(const char *text, const char *dir, struct problems *problems)
{
	struct scan s = { .problems = problems, .dir = dir, .at = text };

	return scan_text(&s);
}

int vet_file(const char *path, struct problems *problems, struct buf *out)
{
	char dir[PATH_LEN];
	int err;

	vet_dir_of(path, dir, sizeof(dir));
	err = read_file(path, NULL, problems, out);
	if (err)
		return err;
	return vet_text((const char *)out->p, dir, problems);
}
