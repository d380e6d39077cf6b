// SPDX-License-Identifier: GPL-2.0
/*
 * Making and checking AUTH values of pre-shared keys.
 */

#include "ike/psk.h"

#include "ike/intermediate.h"
#include "util/err.h"

struct auth_input auth_input(const struct ike_sa *sa, bool of_initiator)
{
	struct auth_input in;

	in.message = buf_view(of_initiator ? &sa->init_request :
			      &sa->init_response);
	in.nonce = buf_view(of_initiator ? &sa->nonces.nr : &sa->nonces.ni);
	in.sk_p = of_initiator ? sa->keys.sk_pi : sa->keys.sk_pr;
	return in;
}

int psk_auth(struct ike_sa *sa, bool of_initiator, const struct secret *psk,
	     struct view id, struct buf *out)
{
	struct auth_input in = auth_input(sa, of_initiator);
	uint8_t int_auth[INT_AUTH_MAX];

	if (!psk)
		return ERR_NOT_FOUND;
	return keymat_psk_auth(sa->suite.prf, psk, in.message, in.nonce,
			       in.sk_p, id, intermediate_auth(sa, int_auth),
			       out);
}

static bool same(struct view a, struct view b)
{
	return a.len == b.len && equal_ct(a.p, b.p, a.len);
}

/*
 * Who has no key is compared all the same, with one that fits nobody: how long
 * a refusal takes must not say whom we know.
 */
int psk_verify(struct ike_sa *sa, const struct secret *psk, struct view id,
	       struct view theirs)
{
	struct secret *nobody = NULL;
	struct buf expect;
	int err;

	if (!psk) {
		nobody = secret_alloc(sa->suite.prf->len);
		if (!nobody)
			return ERR_NOMEM;
		rand_bytes(secret_writable(nobody), secret_len(nobody));
	}
	buf_init(&expect, PRF_MAX);
	err = psk_auth(sa, !sa->initiator, psk ? psk : nobody, id, &expect);
	if (!err && (!same(buf_view(&expect), theirs) || nobody))
		err = ERR_AUTH;
	buf_fini(&expect);
	secret_free(nobody);
	return err;
}
