// SPDX-License-Identifier: GPL-2.0
/*
 * Files and settings of two engines with certificates.
 */

#include "cert_world.h"

#include <stdio.h>
#include <string.h>

#include "crypto/crypto.h"

const struct made *root_ca, *middle_ca, *other_ca;

int cert_world_setup(void **state)
{
	maker_init();
	assert_int_equal(crypto_init(), 0);
	root_ca = make_cert(&(struct wish){ .dn = "O=Example,CN=root",
					    .ca = true });
	middle_ca = make_cert(&(struct wish){ .dn = "O=Example,CN=middle",
					      .issuer = root_ca, .ca = true });
	other_ca = make_cert(&(struct wish){ .dn = "CN=other", .ca = true });
	return 0;
}

int cert_world_teardown(void **state)
{
	maker_fini();
	crypto_fini();
	return 0;
}

static void name(char out[40], const char *side, const char *what)
{
	snprintf(out, 40, "%s-%s.pem", side, what);
}

static const struct made *write_own(const struct identity_wish *i,
				    const char *side)
{
	const struct made *list[8] = { NULL };
	char path[MAKER_PATH], file[40], san[40];
	struct wish w = { .dn = NULL };
	unsigned int n = 1;

	snprintf(san, sizeof(san), "DNS:%s.example.com", side);
	if (i->cert)
		w = *i->cert;
	if (!w.san)
		w.san = san;
	if (!w.issuer)
		w.issuer = middle_ca;
	list[0] = make_cert(&w);
	if (i->chain)
		for (; i->chain[n - 1]; n++)
			list[n] = i->chain[n - 1];
	else if (!i->no_chain)
		list[n] = middle_ca;
	name(file, side, "cert");
	write_certs(file, list, path);
	name(file, side, "key");
	write_key(file, list[0]->key, "pem", path);
	return list[0];
}

/* Files of one side, and the text of its trustpoint and authentication. */
static void one_side(const struct identity_wish *i, const char *side,
		     char text[2][2048])
{
	static const struct made *root_only[2];
	char path[MAKER_PATH], file[40], key[MAKER_PATH];
	const char *dir = maker_dir();

	snprintf(key, sizeof(key), "%s/%s-key.pem", dir, side);
	root_only[0] = root_ca;
	name(file, side, "ca");
	write_certs(file, i->authorities ? i->authorities : root_only, path);
	write_own(i, side);
	snprintf(text[0], 2048,
		 "trustpoints = ( { name = \"tp\"; ca-certificates = \"%s/%s-ca.pem\";"
		 " certificate = \"%s/%s-cert.pem\"; private-key = \"%s\"; %s } );",
		 dir, side, dir, side, i->key ? i->key : key,
		 i->trustpoint ? i->trustpoint : "");
	snprintf(text[1], 2048, "%s authentication: { %s };",
		 i->auth && !strstr(i->auth, "signature") ? "" :
		 "trustpoints = [ \"tp\" ];", i->auth ? i->auth :
		 "local = \"rsa-signature\"; remote = [ \"rsa-signature\" ];");
}

void cert_world_files(struct cert_setup *s)
{
	one_side(&s->a, "a", s->text[0]);
	one_side(&s->b, "b", s->text[1]);
	s->base.top_a = s->text[0][0];
	s->base.auth_a = s->text[0][1];
	s->base.top_b = s->text[1][0];
	s->base.auth_b = s->text[1][1];
	if (!s->base.id_a)
		s->base.id_a = "a.example.com";
	if (!s->base.id_b)
		s->base.id_b = "b.example.com";
}

void cert_world_init(struct world *w, struct cert_setup *s)
{
	cert_world_files(s);
	world_init(w, &s->base);
	w->epoch_ms = maker_now * 1000;
}
