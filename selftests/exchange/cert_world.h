/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two engines that prove themselves by certificate: an authority each, and
 * settings of the certificates that differ from test to test.
 */
#ifndef SELFTESTS_EXCHANGE_CERT_WORLD_H
#define SELFTESTS_EXCHANGE_CERT_WORLD_H

#include "pki_maker.h"
#include "world.h"

/**
 * struct identity_wish - one side's certificate and what it makes of peers
 * @cert: of the end entity; its issuer is the intermediate authority unless
 *	it has one; NULL: an ordinary one for "a.example.com", "b.example.com"
 * @chain: certificates sent behind it, NULL behind the last; NULL: the
 *	intermediate one
 * @no_chain: none is
 * @authorities: that it trusts; NULL: the root
 * @trustpoint: more settings of the trustpoint
 * @key: where its key is, NULL: in the file that is made of it
 * @auth: inside of "authentication"; NULL: RSA both ways
 */
struct identity_wish {
	const struct wish *cert;
	const struct made *const *chain;
	bool no_chain;
	const struct made *const *authorities;
	const char *trustpoint;
	const char *key;
	const char *auth;
};

/** struct cert_setup - @base is completed and must outlive the world */
struct cert_setup {
	struct setup base;
	struct identity_wish a, b;
	char text[2][2][2048];
};

/* Authorities for every test: a root, one below it, and another root. */
extern const struct made *root_ca, *middle_ca, *other_ca;

int cert_world_setup(void **state);
int cert_world_teardown(void **state);
/* world_init() with certificates, the clock at the time they are made for. */
void cert_world_init(struct world *w, struct cert_setup *s);
/* The part of it before world_init(). */
void cert_world_files(struct cert_setup *s);

#endif
