// SPDX-License-Identifier: GPL-2.0
/*
 * What a message costs when there is one IKE SA, and when there are thousands:
 * every look-up of the agent's is on the way. Prints a table, and with -j FILE
 * the same as JSON.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crowd.h"
#include "log/log.h"
#include "util/secret.h"

#define MANY	5000

/** struct deed - something that is measured, @count times */
struct deed {
	const char *name, *text;
	bool (*fn)(struct crowd *c, unsigned int i);
	unsigned int count;
	bool spread;		/* over all of them, not always the last one */
};

static const struct deed deeds[] = {
	{ "ask_one", "liveness check, always the same IKE SA", crowd_ask,
	  20000, false },
	{ "ask_each", "liveness check, one IKE SA after the other", crowd_ask,
	  20000, true },
	{ "rekey_one", "rekey of a child SA", crowd_rekey, 2000, false },
	{ "connect_one", "handshake", crowd_connect, 500, false },
};

#define DEEDS	(sizeof(deeds) / sizeof(deeds[0]))
#define RUNS	10

static double processor_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Microseconds for each message; below 0: failed. */
static double run_once(struct crowd *c, unsigned int tunnels,
		       const struct deed *d)
{
	uint64_t before = crowd_messages(c);
	double began = processor_seconds();
	unsigned int i;

	for (i = 0; i < d->count / RUNS; i++)
		if (!d->fn(c, d->spread ? i % tunnels : tunnels - 1))
			return -1;
	return (processor_seconds() - began) * 1e6 /
	       (double)(crowd_messages(c) - before);
}

/*
 * The best of several runs, those with one and those with many in turn, so that
 * what else the machine does meets both.
 */
static bool measure(struct crowd *c[2], const struct deed *d, double best[2])
{
	static const unsigned int tunnels[] = { 1, MANY };
	unsigned int run, i;
	double us;

	for (run = 0; run < 2 * RUNS; run++) {
		i = run % 2;
		us = run_once(c[i], tunnels[i], d);
		if (us < 0)
			return false;
		if (run < 2 || us < best[i])
			best[i] = us;
	}
	return true;
}

static struct crowd *gather(unsigned int tunnels)
{
	struct crowd *c = crowd_new(tunnels);
	unsigned int i;

	for (i = 0; c && i < tunnels; i++) {
		if (crowd_connect(c, i))
			continue;
		crowd_free(c);
		return NULL;
	}
	return c;
}

static bool measure_all(double us[DEEDS][2])
{
	struct crowd *c[] = { gather(1), gather(MANY) };
	bool ok = c[0] && c[1];
	unsigned int i;

	for (i = 0; ok && i < DEEDS; i++)
		ok = measure(c, &deeds[i], us[i]);
	for (i = 0; i < 2; i++)
		if (c[i])
			crowd_free(c[i]);
	return ok;
}

static int write_json(const char *path, double us[DEEDS][2])
{
	FILE *f = fopen(path, "we");
	size_t i;

	if (!f) {
		perror(path);
		return 1;
	}
	fprintf(f, "[\n");
	for (i = 0; i < DEEDS; i++)
		fprintf(f, "{\"deed\": \"%s\", \"message_us_1\": %.2f, \"message_us_%u\": %.2f}%s\n",
			deeds[i].name, us[i][0], MANY, us[i][1],
			i + 1 < DEEDS ? "," : "");
	fprintf(f, "]\n");
	return fclose(f) ? 1 : 0;
}

int main(int argc, char **argv)
{
	double us[DEEDS][2];
	size_t i;

	if (argc != 1 && (argc != 3 || strcmp(argv[1], "-j"))) {
		fprintf(stderr, "usage: ike_scale [-j FILE]\n");
		return 2;
	}
	log_set_level(LOG_LEVEL_ERROR);
	secret_heap_init(256 << 20);
	if (!measure_all(us)) {
		fprintf(stderr, "ike_scale: an exchange failed\n");
		return 1;
	}
	printf("%-46s %9s %9s\n", "processor time of a message, us", "1 IKE SA",
	       "5,000");
	for (i = 0; i < DEEDS; i++)
		printf("%-46s %9.2f %9.2f\n", deeds[i].text, us[i][0],
		       us[i][1]);
	return argc == 3 ? write_json(argv[2], us) : 0;
}
