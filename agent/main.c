// SPDX-License-Identifier: GPL-2.0
/*
 * tunneld: arguments, configuration, privileges, the parts put together, the
 * loop.
 */

#include <cap-ng.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "config/fips.h"
#include "crypto/crypto.h"
#include "ctl/ctl_proto.h"
#include "ctl/server.h"
#include "event/manager.h"
#include "ike/ike.h"
#include "ike/reload.h"
#include "ike/selftest.h"
#include "kernel_nl/knl.h"
#include "log/log.h"
#include "net/udp.h"
#include "ppk/sks.h"
#include "util/claim.h"
#include "util/err.h"
#include "util/secret_file.h"
#include "util/version.h"

#define CONFIG_PATH	"/etc/tunnel-ip/tunneld.conf"
#define STATE_DIR	"/var/lib/tunnel-ip"
/* For some ten thousand IKE SAs; what is never used costs no memory. */
#define SECRET_HEAP	(16 << 20)
#define TOKEN_SECRET_LEN 32

/** struct options - the command line */
struct options {
	const char *config;
	const char *control;
	const char *state;
	const char *level;
	bool check;
	bool syslog;
};

/** struct agent - everything main() builds and takes down */
struct agent {
	const struct options *options;
	struct cfg *cfg;
	struct loop *loop;
	struct work_pool *work;
	struct udp *udp;
	struct knl *knl;
	struct sks *sks;
	struct ike *ike;
	struct ctl *ctl;
	struct secret *token_secret;
	int claim;			/* of the network namespace */
	bool stopping;
};

static void usage(FILE *to)
{
	fprintf(to,
		"usage: tunneld [-f] [-c FILE] [--control PATH] [--state-dir DIR] [--log-level LEVEL] [--syslog]\n"
		"       tunneld --check FILE\n"
		"       tunneld --version | --help\n");
}

/* Return: -1 to go on, else the exit status. */
static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "check", required_argument, NULL, 'C' },
		{ "config", required_argument, NULL, 'c' },
		{ "control", required_argument, NULL, 's' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "log-level", required_argument, NULL, 'l' },
		{ "state-dir", required_argument, NULL, 'd' },
		{ "syslog", no_argument, NULL, 'S' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct options){ .config = CONFIG_PATH,
			       .control = CTL_SOCKET_PATH,
			       .state = STATE_DIR };
	while ((c = getopt_long(argc, argv, "c:fhV", longs, NULL)) != -1) {
		switch (c) {
		case 'C':
			o->check = true;
			o->config = optarg;
			break;
		case 'c':
			o->config = optarg;
			break;
		case 's':
			o->control = optarg;
			break;
		case 'd':
			o->state = optarg;
			break;
		case 'l':
			o->level = optarg;
			break;
		case 'S':
			o->syslog = true;
			break;
		case 'f':
			break;
		case 'V':
			puts("tunneld " TUNNEL_IP_VERSION);
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

/* Legal, as on a router, but hardly meant. */
static void warn_of_acls(const struct cfg *cfg)
{
	const struct cfg_iface *iface = cfg->ifaces;

	for (; iface < cfg->ifaces + cfg->iface_count; iface++)
		if (cfg_acl_is_empty(iface))
			log_warning(NULL, "access list \"%s\" of interface %s %s; the tunnel stays down",
				    iface->policy, iface->name,
				    iface->acl ? "has no entry" :
						 "does not exist");
}

static void say_finding(void *arg, const struct cfg_finding *f)
{
	const struct cfg_iface *iface = arg;

	log_warning(NULL, "%s: FIPS mode does not admit %s%s; check %s",
		    iface->name, f->text,
		    f->fatal ? ", the tunnel stays down" : "", f->setting);
}

/* No error: the configuration is kept, the tunnels stay down. */
static void warn_of_fips(const struct cfg *cfg)
{
	unsigned int i;

	for (i = 0; cfg->fips_mode && i < cfg->iface_count; i++)
		cfg_fips_review(cfg, &cfg->ifaces[i], say_finding,
				&cfg->ifaces[i]);
}

/* For who asked, not for a log: without the time. */
static void say(void *arg, enum log_level level, const char *line)
{
	fprintf(stderr, "%s: %s\n",
		level == LOG_LEVEL_WARNING ? "warning" : "note", line);
}

static int check_only(const char *path)
{
	char error[CFG_ERROR];
	struct cfg *cfg;

	log_to(say, NULL);
	cfg = cfg_load(path, error);
	if (!cfg) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	warn_of_acls(cfg);
	warn_of_fips(cfg);
	cfg_free(cfg);
	return 0;
}

/* The command line wins over the configuration, which is read later. */
static int parse_level(const struct options *o, enum log_level *level)
{
	if (!o->level || !log_level_parse(o->level, level))
		return 0;
	fprintf(stderr,
		"log level '%s': expected error, warning, notice, info or debug\n",
		o->level);
	return ERR_INVALID;
}

/* Nothing of ours may end up in a core file or on the swap device. */
static void protect_memory(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	if (secret_heap_init(SECRET_HEAP))
		log_warning(NULL, "key memory cannot be locked");
}

/* Every source address takes two sockets. */
static void allow_many_sockets(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

/* What is left is needed to listen on new addresses and to change links. */
static int drop_privileges(void)
{
	capng_select_t set = CAPNG_SELECT_BOTH;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* Some containers do not let the bounding set be made smaller. */
	capng_get_caps_process();
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		set = CAPNG_SELECT_CAPS;
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
			  CAP_NET_ADMIN, CAP_NET_BIND_SERVICE, CAP_NET_RAW,
			  -1) == 0 && capng_apply(set) == 0)
		return 0;
	log_error(NULL, "cannot keep the capabilities CAP_NET_ADMIN, CAP_NET_BIND_SERVICE and CAP_NET_RAW: start tunneld as root");
	return ERR_DENIED;
}

static void on_message(void *arg, const struct net_path *path, struct view msg)
{
	struct agent *a = arg;

	ike_receive(a->ike, path, msg);
}

static void on_kernel(void *arg, const struct knl_event *ev)
{
	struct agent *a = arg;

	ike_kernel_event(a->ike, ev);
}

static void on_stopped(void *arg)
{
	struct agent *a = arg;

	loop_stop(a->loop);
}

static int apply(struct agent *a, struct cfg *next, view_change_fn change,
		 void *arg, struct view_reload *out, char error[CFG_ERROR])
{
	enum log_level level;
	int err = ike_reload(a->ike, next, change, arg, out);

	if (err) {
		snprintf(error, CFG_ERROR, "%s", err_text(err));
		return err;
	}
	/* There is no way back: the tunnels have the new configuration. */
	err = sks_configure(a->sks, next->sks_profiles,
			    next->sks_profile_count);
	if (err)
		log_error(NULL, "some sks-profiles are missing until the next reload: %s",
			  err_text(err));
	work_pool_resize(a->work, next->workers);
	if (!a->options->level || log_level_parse(a->options->level, &level))
		log_set_level(next->log_level);
	warn_of_fips(next);
	log_notice(NULL, "reloaded: %u interfaces unchanged, %u changed, %u added, %u removed%s%s",
		   out->unchanged, out->changed, out->added, out->removed,
		   *out->general ? "; changed settings: " : "", out->general);
	return 0;
}

/* A line for each problem, each of them with its place. */
static void log_problems(const char *intro, const char *problems)
{
	size_t len;

	for (; *problems; problems += len + (problems[len] == '\n')) {
		len = strcspn(problems, "\n");
		log_error(NULL, "%s%.*s", intro, (int)len, problems);
	}
}

static int reload(void *arg, view_change_fn change, void *change_arg,
		  struct view_reload *out, char error[CFG_ERROR])
{
	struct agent *a = arg;
	struct cfg *next;
	int err = ERR_CONFIG;

	if (a->stopping) {
		snprintf(error, CFG_ERROR, "the agent is stopping");
		return ERR_CANCELED;
	}
	manager_notify_reloading();
	next = cfg_load(a->options->config, error);
	if (next)
		err = apply(a, next, change, change_arg, out, error);
	cfg_free(next);
	if (err)
		log_problems("the configuration was not applied, nothing has changed: ",
			     error);
	manager_notify("READY=1");
	return err;
}

static void on_signal(void *arg, int signo)
{
	struct agent *a = arg;
	char error[CFG_ERROR];
	struct view_reload done;

	if (signo == SIGHUP) {
		reload(a, NULL, NULL, &done, error);
		return;
	}
	if (a->stopping) {
		loop_stop(a->loop);
		return;
	}
	a->stopping = true;
	log_notice(NULL, "stopping");
	manager_notify("STOPPING=1");
	ike_stop(a->ike, on_stopped, a);
}

static int watch_signals(struct agent *a)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	return loop_signals(a->loop, &set, on_signal, a);
}

/*
 * What the tokens of quick crash detection are made from (RFC 6290): the same
 * after a restart, or peers do not learn of it before they miss us.
 */
static struct secret *token_secret(const char *dir)
{
	struct secret *s = NULL;
	char path[PATH_MAX];
	int err;

	mkdir(dir, 0700);
	snprintf(path, sizeof(path), "%s/token-secret", dir);
	err = secret_file_read(path, TOKEN_SECRET_LEN, &s);
	if (!err)
		return s;
	s = secret_alloc(TOKEN_SECRET_LEN);
	if (!s)
		return NULL;
	rand_bytes(secret_writable(s), TOKEN_SECRET_LEN);
	/* What others could have written or read is not used again. */
	if (err != ERR_NOT_FOUND)
		log_warning(NULL, "%s: %s: a new secret is made, tokens given to peers before are void",
			    path, err_text(err));
	if (secret_file_write(path, s))
		log_warning(NULL, "%s cannot be written: after a restart peers have to notice by silence",
			    path);
	return s;
}

/* Return: 0, or ERR_* after a sentence in the log. */
static int build(struct agent *a, const struct options *o)
{
	struct ctl_reload hook = { .fn = reload, .arg = a };
	struct ike_env env = { .net = &udp_ops, .knl = &knl_ops_netlink,
			       .work = &work_ops_threads };
	char why[CTL_WHY] = "out of memory";

	a->loop = loop_new(&clock_system);
	if (!a->loop)
		goto err_log;
	if (crypto_init() || ike_selftest() || watch_signals(a)) {
		snprintf(why, sizeof(why),
			 "cannot set up the cryptographic library or signals");
		goto err_log;
	}
	a->knl = knl_new(a->loop, on_kernel, a, why);
	if (!a->knl)
		goto err_log;
	a->sks = sks_new(a->loop);
	if (!a->sks || sks_configure(a->sks, a->cfg->sks_profiles,
				     a->cfg->sks_profile_count))
		goto err_log;
	a->token_secret = token_secret(o->state);
	env.ppk = &sks_ops;
	env.ppk_arg = a->sks;
	hook.sks = a->sks;
	env.qcd_secret = a->token_secret;
	a->work = work_pool_new(a->loop, a->cfg->workers);
	a->udp = a->work ? udp_new(a->loop, on_message, a) : NULL;
	env.work_arg = a->work;
	if (a->udp)
		udp_ask_vrf(a->udp, knl_in_vrf, a->knl);
	env.timers = loop_timers(a->loop);
	env.net_arg = a->udp;
	env.knl_arg = a->knl;
	env.not_alone = !claim_namespace(&a->claim);
	a->ike = a->udp ? ike_new(&env, a->cfg) : NULL;
	if (!a->ike)
		goto err_log;
	a->ctl = ctl_new(a->loop, a->ike, &hook, o->control, why);
	if (!a->ctl)
		goto err_log;
	return drop_privileges();

err_log:
	log_error(NULL, "%s", why);
	return ERR_IO;
}

static void take_down(struct agent *a)
{
	ctl_free(a->ctl);
	ike_free(a->ike);
	work_pool_free(a->work);
	sks_free(a->sks);
	udp_free(a->udp);
	knl_free(a->knl);
	loop_free(a->loop);
	secret_free(a->token_secret);
	if (a->claim >= 0)
		close(a->claim);
	cfg_free(a->cfg);
	crypto_fini();
}

static int run(const struct options *o)
{
	enum log_level level = LOG_LEVEL_INFO;
	char error[CFG_ERROR];
	struct agent a = { .options = o, .claim = -1 };
	int err;

	if (parse_level(o, &level))
		return 2;
	if (o->syslog)
		log_to_syslog("tunneld");
	protect_memory();
	allow_many_sockets();
	a.cfg = cfg_load(o->config, error);
	if (!a.cfg) {
		log_problems("", error);
		return 1;
	}
	log_set_level(o->level ? level : a.cfg->log_level);
	warn_of_fips(a.cfg);
	err = build(&a, o);
	if (!err)
		err = ike_start(a.ike);
	if (!err) {
		manager_notify("READY=1");
		err = loop_run(a.loop);
	}
	take_down(&a);
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct options o;
	int status = parse_options(argc, argv, &o);

	if (status >= 0)
		return status;
	return o.check ? check_only(o.config) : run(&o);
}
