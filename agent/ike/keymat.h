/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Key derivation (RFC 7296 sections 2.13 to 2.18, RFC 8784): pure functions
 * from secrets to secrets, with the names of the RFC.
 */
#ifndef AGENT_IKE_KEYMAT_H
#define AGENT_IKE_KEYMAT_H

#include "crypto/crypto.h"

/* Additional key exchanges of one SA (RFC 9370). */
#define ADDKE_MAX	7

/** struct ike_suite - what was negotiated for an IKE SA */
struct ike_suite {
	const struct alg_encr *encr;
	const struct alg_integ *integ;	/* NULL with an AEAD */
	const struct alg_prf *prf;
	const struct alg_ke *ke;
	const struct alg_ke *addke[ADDKE_MAX];	/* NULL: none of this type */
};

/** struct ike_keys - owned; SK_a* are NULL with an AEAD */
struct ike_keys {
	struct secret *sk_d;
	struct secret *sk_ai, *sk_ar;
	struct secret *sk_ei, *sk_er;
	struct secret *sk_pi, *sk_pr;
};

/** struct child_keys - owned; integrity keys are NULL with an AEAD */
struct child_keys {
	struct secret *encr_i, *integ_i;	/* initiator to responder */
	struct secret *encr_r, *integ_r;
};

/* SKEYSEED = prf(Ni | Nr, g^ir), then the seven keys (2.14). */
int keymat_ike_init(const struct ike_suite *suite,
		    const struct secret *ke_secret, struct view ni,
		    struct view nr, uint64_t spi_i, uint64_t spi_r,
		    struct ike_keys *out);
/*
 * SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr [| SK(1) | ...]), with the old
 * PRF (2.18, RFC 9370 section 2.2.4). @more: all of SK(1) | ..., or NULL
 */
int keymat_ike_rekey(const struct alg_prf *old_prf,
		     const struct secret *old_sk_d,
		     const struct ike_suite *suite,
		     const struct secret *ke_secret, const struct secret *more,
		     struct view ni, struct view nr, uint64_t spi_i,
		     uint64_t spi_r, struct ike_keys *out);
void keymat_keys_clear(struct ike_keys *keys);

/*
 * KEYMAT = prf+(SK_d, [g^ir (new) |] Ni | Nr [| @more]) (2.17; RFC 9370 section
 * 2.2.4). @ke_secret may be NULL, @more too: the secrets of additional key
 * exchanges, one behind the other.
 */
int keymat_child(const struct alg_prf *prf_alg, const struct secret *sk_d,
		 const struct secret *ke_secret, const struct secret *more,
		 struct view ni, struct view nr, const struct alg_encr *encr,
		 const struct alg_integ *integ, struct child_keys *out);
void keymat_child_clear(struct child_keys *keys);

/**
 * keymat_psk_auth - AUTH with a pre-shared key (2.15)
 * @message: RealMessage of the signer, IKE_SA_INIT as it was on the wire
 * @nonce: the other side's nonce
 * @sk_p: SK_pi or SK_pr, the signer's
 * @id_body: the signer's ID payload without its generic header
 * @int_auth: of IKE_INTERMEDIATE, empty without (RFC 9242 section 3.3.2)
 * @out: gets the authentication data
 */
int keymat_psk_auth(const struct alg_prf *prf_alg, const struct secret *psk,
		    struct view message, struct view nonce,
		    const struct secret *sk_p, struct view id_body,
		    struct view int_auth, struct buf *out);

/* What the AUTH payload signs: RealMessage | Nonce | prf(SK_p, ID), appended. */
int keymat_signed_octets(const struct alg_prf *prf_alg, struct view message,
			 struct view nonce, const struct secret *sk_p,
			 struct view id_body, struct buf *out);

/* SK_d, SK_pi and SK_pr are replaced by prf+(PPK, ...) (RFC 8784, 3). */
int keymat_ppk(const struct alg_prf *prf_alg, const struct secret *ppk,
	       struct ike_keys *keys);

/*
 * SKEYSEED' = prf+(PPK, SK_d), then the seven keys (RFC 9867 section 3.1).
 */
int keymat_ppk_int(const struct ike_suite *suite, const struct secret *ppk,
		   const struct secret *sk_d, struct view ni, struct view nr,
		   uint64_t spi_i, uint64_t spi_r, struct ike_keys *out);
/* SK_d' = prf+(PPK, SK_d), for one SA only (RFC 9867 section 3.2). */
int keymat_ppk_rekey(const struct alg_prf *prf_alg, const struct secret *ppk,
		     const struct secret *sk_d, struct secret **out);
/*
 * The first octets of prf(PPK, Ni | Nr | SPIi | SPIr); in CREATE_CHILD_SA
 * @nr is empty.
 */
#define PPK_CONFIRM_LEN	8
int keymat_ppk_confirm(const struct alg_prf *prf_alg, const struct secret *ppk,
		       struct view ni, struct view nr, uint64_t spi_i,
		       uint64_t spi_r, uint8_t out[PPK_CONFIRM_LEN]);

#endif
