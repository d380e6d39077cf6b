// SPDX-License-Identifier: GPL-2.0
/*
 * agent/log/log.c: what stands in front of a line, what cannot get into one,
 * and how many of them a stranger can cause.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log/log.h"
#include "util/err.h"

#define LINE	1536

/* The last line, the one before, and how many there were. */
static struct {
	char line[LINE];
	char before[LINE];
	enum log_level level;
	unsigned int count;
} caught;

static void catch(void *arg, enum log_level level, const char *line)
{
	assert_true(strlen(line) < LINE);
	strcpy(caught.before, caught.line);
	strcpy(caught.line, line);
	caught.level = level;
	caught.count++;
}

static int set_up(void **state)
{
	memset(&caught, 0, sizeof(caught));
	log_to(catch, NULL);
	log_set_level(LOG_LEVEL_INFO);
	return 0;
}

static void line_begins_with_what_it_is_about(void **state)
{
	struct log_obj tunnel = { NULL, "tunnel-ip1" };
	struct log_obj ike = { &tunnel, "ike 8a01/5c20" };

	log_notice(NULL, "started");
	assert_string_equal(caught.line, "started");
	log_notice(&tunnel, "up");
	assert_string_equal(caught.line, "tunnel-ip1: up");
	log_warning(&ike, "message %u lost", 3);
	assert_string_equal(caught.line,
			    "tunnel-ip1: ike 8a01/5c20: message 3 lost");
	assert_int_equal(caught.level, LOG_LEVEL_WARNING);
}

static unsigned int evaluated(unsigned int *n)
{
	return ++*n;
}

static void lines_below_the_level_cost_nothing(void **state)
{
	unsigned int n = 0;

	log_debug(NULL, "%u", evaluated(&n));
	assert_int_equal(caught.count, 0);
	assert_int_equal(n, 0);
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug(NULL, "%u", evaluated(&n));
	assert_string_equal(caught.line, "1");
	log_set_level(LOG_LEVEL_ERROR);
	log_warning(NULL, "no");
	assert_int_equal(caught.count, 1);
	log_error(NULL, "yes");
	assert_int_equal(caught.count, 2);
}

static void levels_have_names(void **state)
{
	static const char *const names[] = {
		"error", "warning", "notice", "info", "debug",
	};
	enum log_level level;
	unsigned int i;

	for (i = 0; i < 5; i++) {
		assert_int_equal(log_level_parse(names[i], &level), 0);
		assert_int_equal(level, i);
	}
	assert_int_equal(log_level_parse("", &level), ERR_NOT_FOUND);
	assert_int_equal(log_level_parse("Info", &level), ERR_NOT_FOUND);
	assert_int_equal(log_level_parse("debug2", &level), ERR_NOT_FOUND);
}

static void long_line_ends_in_dots(void **state)
{
	char text[3000];
	size_t len;

	for (len = LINE - 8; len < LINE + 8; len++) {
		memset(text, 'x', len);
		text[len] = '\0';
		log_info(NULL, "%s", text);
		if (len < LINE) {
			assert_string_equal(caught.line, text);
			continue;
		}
		assert_int_equal(strlen(caught.line), LINE - 1);
		assert_string_equal(caught.line + LINE - 5, "x...");
	}
}

static void long_names_leave_room_for_the_end(void **state)
{
	struct log_obj chain[40];
	unsigned int i;

	for (i = 0; i < 40; i++) {
		chain[i].parent = i ? &chain[i - 1] : NULL;
		memset(chain[i].name, 'n', sizeof(chain[i].name) - 1);
		chain[i].name[sizeof(chain[i].name) - 1] = '\0';
	}
	log_info(&chain[39], "lost");
	assert_string_equal(caught.line + LINE - 5, "n...");
}

/* Otherwise a peer's text could forge a line, or drive a terminal. */
static void line_stays_one_line(void **state)
{
	log_info(NULL, "%s", "a\nb\r\x1b[2J\x7f\tz");
	assert_string_equal(caught.line,
			    "a\\x0ab\\x0d\\x1b[2J\\x7f\\x09z");
	log_info(NULL, "%s", "\xc3\xbc \\");
	assert_string_equal(caught.line, "\xc3\xbc \\");
}

static void text_of_a_peer_becomes_ascii(void **state)
{
	static const uint8_t octets[] = {
		'a', 0, 0x1b, '\n', '\\', 0x7f, 0x80, 0xff, '~', ' ',
	};
	char out[100];

	assert_string_equal(log_escape(octets, sizeof(octets), out,
				       sizeof(out)),
			    "a\\x00\\x1b\\x0a\\x5c\\x7f\\x80\\xff~ ");
	assert_string_equal(log_escape(NULL, 0, out, sizeof(out)), "");
}

/* Every room for every text: never more, always ended, cut only at need. */
static void text_of_a_peer_fits_any_room(void **state)
{
	static const uint8_t octets[6] = "ab\ncd\x01";
	static const char whole[] = "ab\\x0acd\\x01";
	char out[32];
	size_t size;

	for (size = 0; size < sizeof(out); size++) {
		memset(out, '#', sizeof(out));
		log_escape(octets, sizeof(octets), out, size);
		if (size)
			assert_true(strlen(out) < size);
		assert_int_equal(out[size], '#');
		if (size >= sizeof(whole))
			assert_string_equal(out, whole);
		else if (size >= 4)
			assert_string_equal(out + strlen(out) - 3, "...");
	}
	memset(out, '#', sizeof(out));
	log_escape(octets, 0, out, 0);
	assert_int_equal(out[0], '#');
	log_escape(octets, sizeof(octets), out, sizeof(whole) - 1);
	assert_string_equal(out, "ab\\x0acd...");
	log_escape(octets, sizeof(octets), out, 9);
	assert_string_equal(out, "ab...");
}

static void stranger_causes_ten_lines_a_second(void **state)
{
	struct log_limit limit = { 0 }, other = { 0 };
	struct timespec before, after;
	unsigned int i;

	clock_gettime(CLOCK_MONOTONIC, &before);
	for (i = 0; i < 1000; i++)
		log_write_limited(&limit, LOG_LEVEL_INFO, NULL, "line %u", i);
	clock_gettime(CLOCK_MONOTONIC, &after);
	/* On a machine that took its time, another ten and a note. */
	if (after.tv_sec - before.tv_sec < 2)
		assert_in_range(caught.count, LOG_LIMIT_BURST,
				2 * LOG_LIMIT_BURST + 1);
	if (after.tv_sec == before.tv_sec)
		assert_int_equal(caught.count, LOG_LIMIT_BURST);
	log_write_limited(&other, LOG_LEVEL_INFO, NULL, "other");
	assert_string_equal(caught.line, "other");
}

static void suppressed_lines_are_counted(void **state)
{
	struct log_obj obj = { NULL, "net" };
	struct log_limit limit = { 0 };
	char note[64];
	unsigned int i;

	for (i = 0; i < 25; i++)
		log_write_limited(&limit, LOG_LEVEL_INFO, &obj, "line");
	snprintf(note, sizeof(note), "net: %u similar lines suppressed",
		 limit.suppressed);
	assert_true(limit.suppressed > 0);
	/* A second later: the note, then the line. */
	limit.window_ms -= 1000;
	caught.count = 0;
	log_write_limited(&limit, LOG_LEVEL_INFO, &obj, "again");
	assert_int_equal(caught.count, 2);
	assert_string_equal(caught.before, note);
	assert_string_equal(caught.line, "net: again");
	assert_int_equal(limit.suppressed, 0);
}

static void limit_ignores_what_is_not_written(void **state)
{
	struct log_limit limit = { 0 };
	unsigned int i;

	for (i = 0; i < 100; i++)
		log_write_limited(&limit, LOG_LEVEL_DEBUG, NULL, "unseen");
	log_write_limited(&limit, LOG_LEVEL_INFO, NULL, "seen");
	assert_string_equal(caught.line, "seen");
}

/* What one line looks like on standard error that is @fd. */
static void write_to(int fd, int from, char *text, size_t size)
{
	int saved = dup(STDERR_FILENO);
	ssize_t n;

	fflush(stderr);
	dup2(fd, STDERR_FILENO);
	log_to_stderr();
	log_warning(NULL, "hello");
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = read(from, text, size - 1);
	assert_true(n > 0);
	text[n] = '\0';
}

static void journal_gets_a_priority_and_no_time(void **state)
{
	char stream[64], text[100];
	struct stat st;
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	fstat(fd[1], &st);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
		 (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	write_to(fd[1], fd[0], text, sizeof(text));
	assert_string_equal(text, "<4>hello\n");
	/* Set, but for another stream: a pipe that somebody else reads. */
	setenv("JOURNAL_STREAM", "1:1", 1);
	write_to(fd[1], fd[0], text, sizeof(text));
	assert_string_equal(text, "warning: hello\n");
	unsetenv("JOURNAL_STREAM");
	close(fd[0]);
	close(fd[1]);
}

static void file_gets_the_time(void **state)
{
	FILE *file = tmpfile();
	char text[100], month[8], tail[32];
	int fd = fileno(file), from, day;

	snprintf(text, sizeof(text), "/proc/self/fd/%d", fd);
	from = open(text, O_RDONLY | O_CLOEXEC);
	assert_true(from >= 0);
	write_to(fd, from, text, sizeof(text));
	assert_int_equal(sscanf(text, "%3s %d %*d:%*d:%*d.%*d %31[^\n]", month,
				&day, tail), 3);
	assert_string_equal(tail, "warning: hello");
	close(from);
	fclose(file);
}

#define TEST(name)	cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(line_begins_with_what_it_is_about),
		TEST(lines_below_the_level_cost_nothing),
		TEST(levels_have_names),
		TEST(long_line_ends_in_dots),
		TEST(long_names_leave_room_for_the_end),
		TEST(line_stays_one_line),
		TEST(text_of_a_peer_becomes_ascii),
		TEST(text_of_a_peer_fits_any_room),
		TEST(stranger_causes_ten_lines_a_second),
		TEST(suppressed_lines_are_counted),
		TEST(limit_ignores_what_is_not_written),
		TEST(journal_gets_a_priority_and_no_time),
		TEST(file_gets_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
