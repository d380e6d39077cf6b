// SPDX-License-Identifier: GPL-2.0
/*
 * A private key that does not leave its token: found by its URI when the
 * configuration is read, with a sentence when it is not, and used to sign. Run
 * by selftests/pki/token, which has one; alone it has nothing to test.
 */

#include "cert_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/log.h"

#define URI(name)	"pkcs11:token=hsm;object=" name ";type=private"
#define PIN(pin)	"private-key-password = \"" pin "\";"

static const char *import;

static void put_on_token(const char *name, const char *file)
{
	char command[2 * MAKER_PATH];

	snprintf(command, sizeof(command), "%s %s %s/%s >&2", import, name,
		 maker_dir(), file);
	assert_int_equal(system(command), 0);
}

/* The files of both sides; then A's key is on the token, too. */
static void prepare(struct cert_setup *s, const char *name)
{
	cert_world_files(s);
	put_on_token(name, "a-key.pem");
}

static void signs(const char *key, const char *auth, const char *uri,
		  unsigned int work_ms)
{
	const struct wish cert = { .key = key };
	struct cert_setup s = {
		.base = { .work_ms = work_ms },
		.a = { .cert = &cert, .auth = auth, .key = uri,
		       .trustpoint = PIN("1234") },
		.b = { .cert = &cert, .auth = auth },
	};
	struct world w;

	prepare(&s, strstr(uri, "object=") ? key : "");
	world_init(&w, &s.base);
	w.epoch_ms = maker_now * 1000;
	world_start(&w);
	assert_true(world_until(&w, world_up, 5000));
	world_assert_one(&w);
	world_fini(&w);
}

#define ECDSA "local = \"ecdsa-signature\"; remote = [ \"ecdsa-signature\" ];"

static void it_signs_in_the_loop(void **state)
{
	if (!import)
		skip();
	signs("p256", ECDSA, URI("p256"), 0);
}

/* Each piece of work on a thread. */
static void it_signs_on_a_thread(void **state)
{
	if (!import)
		skip();
	setenv("WORK_THREADS", "1", 1);
	signs("rsa2048", NULL, URI("rsa2048"), 30);
	signs("p384", ECDSA, URI("p384"), 30);
	unsetenv("WORK_THREADS");
}

/*
 * What the agent says of a configuration with this trustpoint; each time
 * another process, because a token asks for its PIN once.
 */
static void says(const char *key, const char *more, const char *sentence)
{
	char text[4096], path[MAKER_PATH], command[3 * MAKER_PATH];
	size_t len;
	FILE *f;

	snprintf(text, sizeof(text), "trustpoints = ( { name = \"tp\"; ca-certificates = \"%s/a-ca.pem\";"
		 " certificate = \"%s/a-cert.pem\"; private-key = \"%s\"; %s } );\n",
		 maker_dir(), maker_dir(), key, more);
	write_octets("token.conf", text, strlen(text), 0600, path);
	snprintf(command, sizeof(command),
		 "%s %s/build/agent/tunneld --check %s 2>&1 </dev/null",
		 getenv("TOKEN_RUN"), TEST_TOP, path);
	f = popen(command, "re");
	assert_non_null(f);
	len = fread(text, 1, sizeof(text) - 1, f);
	text[len] = '\0';
	if ((pclose(f) == 0) != !sentence)
		fail_msg("\"%s\"", text);
	if (sentence && !strstr(text, sentence))
		fail_msg("\"%s\" is not in \"%s\"", sentence, text);
	/* Neither the PIN nor where exactly the key is. */
	assert_null(strstr(text, "9999"));
	assert_null(strstr(text, "object="));
}

static void what_is_wrong_is_said(void **state)
{
	const struct wish cert = { .key = "p256" }, other = { .key = "p521" };
	struct cert_setup s = {
		.a = { .cert = &other, .auth = ECDSA },
		.b = { .cert = &cert, .auth = ECDSA },
	};

	if (!import)
		skip();
	prepare(&s, "other");
	s.a.cert = &cert;
	prepare(&s, "right");
	says(URI("right"), PIN("1234"), NULL);
	says(URI("right"), PIN("9999"),
	     "shows no private key: it has none of this name, or private-key-password is not its password or PIN");
	says(URI("right"), "",
	     "asks for a password or PIN; expected private-key-password beside it");
	says(URI("nobody"), PIN("1234"),
	     "shows no private key: it has none of this name, or");
	says("pkcs11:token=gone;object=right", PIN("1234"),
	     "shows no private key: there is no such token, or no key on it");
	says(URI("other"), PIN("1234"),
	     "is not the key of the certificate of CN=end");
	says("tpm:right", PIN("1234"),
	     "cannot be opened; expected a provider for tpm: in openssl.cnf");
}

static int setup(void **state)
{
	import = getenv("TOKEN_IMPORT");
	log_set_level(LOG_LEVEL_ERROR);
	return import ? cert_world_setup(state) : 0;
}

static int teardown(void **state)
{
	return import ? cert_world_teardown(state) : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_signs_in_the_loop),
		cmocka_unit_test(it_signs_on_a_thread),
		cmocka_unit_test(what_is_wrong_is_said),
	};

	return cmocka_run_group_tests_name("token", tests, setup, teardown);
}
