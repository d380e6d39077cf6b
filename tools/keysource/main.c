// SPDX-License-Identifier: GPL-2.0
/*
 * tunnel-keysource: arguments, configuration, the parts put together.
 */

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "conf.h"
#include "event/manager.h"
#include "link.h"
#include "log/log.h"
#include "store.h"
#include "util/version.h"
#include "web.h"

#define CONFIG_PATH	"/etc/tunnel-ip/keysource.conf"
#define SECRET_HEAP	(1 << 20)

struct options {
	const char *config;
	bool check;
	enum log_level level;
};

struct program {
	struct loop *loop;
	struct conf *conf;
	struct store *store;
	struct link *link;
	struct web *web;
};

static void usage(FILE *to)
{
	fprintf(to,
		"usage: tunnel-keysource [-f] [-c FILE] [--log-level LEVEL]\n"
		"       tunnel-keysource --check FILE\n"
		"       tunnel-keysource --version | --help\n");
}

/* Return: -1 to go on, else the exit status. */
static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "check", required_argument, NULL, 'C' },
		{ "config", required_argument, NULL, 'c' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "log-level", required_argument, NULL, 'l' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct options){ .config = CONFIG_PATH,
			       .level = LOG_LEVEL_NOTICE };
	while ((c = getopt_long(argc, argv, "c:fhV", longs, NULL)) != -1) {
		switch (c) {
		case 'C':
			o->check = true;
			/* fall through */
		case 'c':
			o->config = optarg;
			break;
		case 'f':
			break;
		case 'l':
			if (!log_level_parse(optarg, &o->level))
				break;
			fprintf(stderr, "log level '%s': expected error, warning, notice, info or debug\n",
				optarg);
			return 2;
		case 'V':
			puts("tunnel-keysource " TUNNEL_IP_VERSION);
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind == argc)
		return -1;
	usage(stderr);
	return 2;
}

static void protect_memory(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (secret_heap_init(SECRET_HEAP))
		log_warning(NULL, "key memory cannot be locked");
}

static void on_signal(void *arg, int signo)
{
	struct program *p = arg;

	if (signo == SIGUSR1) {
		log_notice(NULL, "link %s, %u keys held, %llu given, %llu fetched, %llu requests refused",
			   link_is_up(p->link) ? "up" : "down",
			   store_count(p->store),
			   (unsigned long long)p->web->given,
			   (unsigned long long)p->web->fetched,
			   (unsigned long long)p->web->refused);
		return;
	}
	manager_notify("STOPPING=1");
	loop_stop(p->loop);
}

static int build(struct program *p)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	signal(SIGPIPE, SIG_IGN);
	p->loop = loop_new(&clock_system);
	if (!p->loop || loop_signals(p->loop, &set, on_signal, p))
		return -1;
	p->store = store_new(loop_timers(p->loop), p->conf->key_lifetime,
			     p->conf->max_keys);
	p->link = p->store ? link_new(p->loop, p->conf, p->store) : NULL;
	p->web = p->link ? web_new(p->loop, p->conf, p->store, p->link) : NULL;
	return p->web ? 0 : -1;
}

static void take_down(struct program *p)
{
	web_free(p->web);
	link_free(p->link);
	store_free(p->store);
	loop_free(p->loop);
	conf_free(p->conf);
}

static int run(const struct options *o)
{
	struct program p = { 0 };
	char error[CONF_ERROR];
	int status = 1;

	protect_memory();
	log_set_level(o->level);
	p.conf = conf_load(o->config, error);
	if (!p.conf) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	if (!o->check && build(&p) == 0) {
		log_notice(NULL, "%s is ready; the keys it gives are as strong as the link to %s",
			   p.conf->system_id, p.conf->peer_system_id);
		manager_notify("READY=1");
		status = loop_run(p.loop) ? 1 : 0;
	}
	take_down(&p);
	return o->check ? 0 : status;
}

int main(int argc, char **argv)
{
	struct options o;
	int status = parse_options(argc, argv, &o);

	return status >= 0 ? status : run(&o);
}
