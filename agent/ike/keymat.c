// SPDX-License-Identifier: GPL-2.0
/*
 * Key derivation.
 */

#include "ike/keymat.h"

#include <string.h>

#include "util/err.h"

static const char psk_pad[] = "Key Pad for IKEv2";

static struct view secret_view(const struct secret *s)
{
	return (struct view){ secret_bytes(s), secret_len(s) };
}

static void put_spi(uint8_t *p, uint64_t spi)
{
	int i;

	for (i = 7; i >= 0; i--) {
		p[i] = (uint8_t)spi;
		spi >>= 8;
	}
}

/* Cut the next @len octets off; nothing for a key that is not used. */
static bool take(const struct secret *from, size_t *at, size_t len,
		 struct secret **out)
{
	*out = NULL;
	if (!len)
		return true;
	*out = secret_slice(from, *at, len);
	*at += len;
	return *out;
}

/* {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} in this order. */
static int split_ike(const struct ike_suite *s, const struct secret *all,
		     struct ike_keys *out)
{
	size_t a = s->integ ? s->integ->key_len : 0, at = 0;

	if (take(all, &at, s->prf->len, &out->sk_d) &&
	    take(all, &at, a, &out->sk_ai) && take(all, &at, a, &out->sk_ar) &&
	    take(all, &at, s->encr->key_len, &out->sk_ei) &&
	    take(all, &at, s->encr->key_len, &out->sk_er) &&
	    take(all, &at, s->prf->len, &out->sk_pi) &&
	    take(all, &at, s->prf->len, &out->sk_pr))
		return 0;
	keymat_keys_clear(out);
	return ERR_NOMEM;
}

static int expand_ike(const struct ike_suite *s, const struct secret *skeyseed,
		      struct view ni, struct view nr, uint64_t spi_i,
		      uint64_t spi_r, struct ike_keys *out)
{
	size_t len = 3U * s->prf->len + 2U * s->encr->key_len +
		     (s->integ ? 2U * s->integ->key_len : 0);
	struct secret *all;
	uint8_t spis[16];
	struct view parts[] = { ni, nr, { spis, sizeof(spis) } };
	int err;

	put_spi(spis, spi_i);
	put_spi(spis + 8, spi_r);
	err = prf_plus(s->prf, skeyseed, parts, 3, len, &all);
	if (err)
		return err;
	err = split_ike(s, all, out);
	secret_free(all);
	return err;
}

int keymat_ike_init(const struct ike_suite *suite,
		    const struct secret *ke_secret, struct view ni,
		    struct view nr, uint64_t spi_i, uint64_t spi_r,
		    struct ike_keys *out)
{
	struct view shared = secret_view(ke_secret);
	struct secret *skeyseed = NULL;
	struct buf nonces;
	int err = ERR_NOMEM;

	memset(out, 0, sizeof(*out));
	buf_init(&nonces, ni.len + nr.len);
	buf_put_view(&nonces, ni);
	buf_put_view(&nonces, nr);
	skeyseed = secret_alloc(suite->prf->len);
	if (skeyseed && buf_ok(&nonces))
		err = prf_public_key(suite->prf, buf_view(&nonces), &shared, 1,
				     secret_writable(skeyseed));
	if (!err)
		err = expand_ike(suite, skeyseed, ni, nr, spi_i, spi_r, out);
	secret_free(skeyseed);
	buf_fini(&nonces);
	return err;
}

int keymat_ike_rekey(const struct alg_prf *old_prf,
		     const struct secret *old_sk_d,
		     const struct ike_suite *suite,
		     const struct secret *ke_secret, const struct secret *more,
		     struct view ni, struct view nr, uint64_t spi_i,
		     uint64_t spi_r, struct ike_keys *out)
{
	struct view parts[] = { secret_view(ke_secret), ni, nr, { NULL, 0 } };
	struct secret *skeyseed = secret_alloc(old_prf->len);
	int err = ERR_NOMEM;

	memset(out, 0, sizeof(*out));
	if (more)
		parts[3] = secret_view(more);
	if (skeyseed)
		err = prf(old_prf, old_sk_d, parts, more ? 4 : 3,
			  secret_writable(skeyseed));
	if (!err)
		err = expand_ike(suite, skeyseed, ni, nr, spi_i, spi_r, out);
	secret_free(skeyseed);
	return err;
}

void keymat_keys_clear(struct ike_keys *keys)
{
	secret_clear(&keys->sk_d);
	secret_clear(&keys->sk_ai);
	secret_clear(&keys->sk_ar);
	secret_clear(&keys->sk_ei);
	secret_clear(&keys->sk_er);
	secret_clear(&keys->sk_pi);
	secret_clear(&keys->sk_pr);
}

/* Encryption key before integrity key, the initiator's direction first. */
static int split_child(const struct secret *all, size_t encr, size_t integ,
		       struct child_keys *out)
{
	size_t at = 0;

	if (take(all, &at, encr, &out->encr_i) &&
	    take(all, &at, integ, &out->integ_i) &&
	    take(all, &at, encr, &out->encr_r) &&
	    take(all, &at, integ, &out->integ_r))
		return 0;
	keymat_child_clear(out);
	return ERR_NOMEM;
}

int keymat_child(const struct alg_prf *prf_alg, const struct secret *sk_d,
		 const struct secret *ke_secret, const struct secret *more,
		 struct view ni, struct view nr, const struct alg_encr *encr,
		 const struct alg_integ *integ, struct child_keys *out)
{
	size_t integ_len = integ ? integ->key_len : 0;
	struct view parts[4] = { { NULL, 0 }, ni, nr, { NULL, 0 } };
	struct secret *all;
	int err;

	memset(out, 0, sizeof(*out));
	if (ke_secret)
		parts[0] = secret_view(ke_secret);
	if (more)
		parts[3] = secret_view(more);
	err = prf_plus(prf_alg, sk_d, parts, 4, 2 * (encr->key_len + integ_len),
		       &all);
	if (err)
		return err;
	err = split_child(all, encr->key_len, integ_len, out);
	secret_free(all);
	return err;
}

void keymat_child_clear(struct child_keys *keys)
{
	secret_clear(&keys->encr_i);
	secret_clear(&keys->integ_i);
	secret_clear(&keys->encr_r);
	secret_clear(&keys->integ_r);
}

int keymat_psk_auth(const struct alg_prf *prf_alg, const struct secret *psk,
		    struct view message, struct view nonce,
		    const struct secret *sk_p, struct view id_body,
		    struct view int_auth, struct buf *out)
{
	struct view pad = { (const uint8_t *)psk_pad, sizeof(psk_pad) - 1 };
	struct secret *key = secret_alloc(prf_alg->len);
	uint8_t maced_id[PRF_MAX], *auth;
	struct view parts[] = {
		message, nonce, { maced_id, prf_alg->len }, int_auth,
	};
	int err = ERR_NOMEM;

	if (key)
		err = prf(prf_alg, psk, &pad, 1, secret_writable(key));
	if (!err)
		err = prf(prf_alg, sk_p, &id_body, 1, maced_id);
	if (!err) {
		auth = buf_reserve(out, prf_alg->len);
		err = auth ? prf(prf_alg, key, parts, 4, auth) : ERR_NOMEM;
	}
	secret_free(key);
	wipe(maced_id, sizeof(maced_id));
	return err;
}

int keymat_signed_octets(const struct alg_prf *prf_alg, struct view message,
			 struct view nonce, const struct secret *sk_p,
			 struct view id_body, struct buf *out)
{
	uint8_t *maced_id;
	int err;

	buf_put_view(out, message);
	buf_put_view(out, nonce);
	maced_id = buf_reserve(out, prf_alg->len);
	err = maced_id ? prf(prf_alg, sk_p, &id_body, 1, maced_id) : ERR_NOMEM;
	return err;
}

static int mix(const struct alg_prf *prf_alg, const struct secret *ppk,
	       struct secret **key)
{
	struct view part = secret_view(*key);
	struct secret *mixed;
	int err;

	err = prf_plus(prf_alg, ppk, &part, 1, part.len, &mixed);
	if (err)
		return err;
	secret_free(*key);
	*key = mixed;
	return 0;
}

int keymat_ppk(const struct alg_prf *prf_alg, const struct secret *ppk,
	       struct ike_keys *keys)
{
	int err;

	err = mix(prf_alg, ppk, &keys->sk_d);
	if (!err)
		err = mix(prf_alg, ppk, &keys->sk_pi);
	if (!err)
		err = mix(prf_alg, ppk, &keys->sk_pr);
	return err;
}

int keymat_ppk_rekey(const struct alg_prf *prf_alg, const struct secret *ppk,
		     const struct secret *sk_d, struct secret **out)
{
	struct view part = secret_view(sk_d);

	return prf_plus(prf_alg, ppk, &part, 1, prf_alg->len, out);
}

int keymat_ppk_int(const struct ike_suite *suite, const struct secret *ppk,
		   const struct secret *sk_d, struct view ni, struct view nr,
		   uint64_t spi_i, uint64_t spi_r, struct ike_keys *out)
{
	struct secret *skeyseed = NULL;
	int err;

	memset(out, 0, sizeof(*out));
	err = keymat_ppk_rekey(suite->prf, ppk, sk_d, &skeyseed);
	if (!err)
		err = expand_ike(suite, skeyseed, ni, nr, spi_i, spi_r, out);
	secret_free(skeyseed);
	return err;
}

int keymat_ppk_confirm(const struct alg_prf *prf_alg, const struct secret *ppk,
		       struct view ni, struct view nr, uint64_t spi_i,
		       uint64_t spi_r, uint8_t out[PPK_CONFIRM_LEN])
{
	uint8_t spis[16], whole[PRF_MAX];
	struct view parts[] = { ni, nr, { spis, sizeof(spis) } };
	int err;

	put_spi(spis, spi_i);
	put_spi(spis + 8, spi_r);
	err = prf(prf_alg, ppk, parts, 3, whole);
	if (!err)
		memcpy(out, whole, PPK_CONFIRM_LEN);
	wipe(whole, sizeof(whole));
	return err;
}
