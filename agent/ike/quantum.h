/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known of the post-quantum preshared key of an IKE SA. What is done
 * with it is in ppk.h.
 */
#ifndef AGENT_IKE_QUANTUM_H
#define AGENT_IKE_QUANTUM_H

#include "config/config.h"
#include "ike/keymat.h"
#include "ppk/ppk.h"

struct ike_sa;

/** enum ppk_form - the exchange that brought the PPK in */
enum ppk_form {
	PPK_IN_NOTHING,
	PPK_IN_AUTH,		/* RFC 8784: not for the first IKE SA itself */
	PPK_IN_INTERMEDIATE,	/* RFC 9867 */
	PPK_IN_REKEY,		/* RFC 9867: CREATE_CHILD_SA */
};

/* Why an IKE SA does without the PPK that is configured: name, sentence. */
#define PPK_FALLBACK_LIST(X)						\
	X(NONE, "none", "")						\
	X(NOT_OFFERED, "not-offered", "the peer does not offer to use post-quantum preshared keys") \
	X(ID, "ppk-id-unknown", "the two peers have no PPK of this PPK_ID in common") \
	X(VALUE, "ppk-mismatch", "the two peers' PPKs of this PPK_ID differ") \
	X(RETRIEVE, "ppk-not-retrieved", "the key source did not give the PPK") \
	X(RESTARTED, "restarted-without", "an attempt with a PPK failed, and ppk-restart-without allows another one without")

enum ppk_fallback {
#define X(id, name, text) PPK_FALLBACK_##id,
	PPK_FALLBACK_LIST(X)
#undef X
	PPK_FALLBACKS
};

/** struct ike_quantum - kept, and handed on when the IKE SA is rekeyed */
struct ike_quantum {
	enum cfg_ppk_kind used;
	enum ppk_form form;
	enum ppk_fallback fallback;
};

/** enum ppk_asked - a key source's part in it */
enum ppk_asked { PPK_UNASKED, PPK_ASKING, PPK_ANSWERED };

/**
 * struct ike_ppk - until the peer is authenticated
 * @without: initiator: this attempt must do without
 * @offered: initiator: our USE_PPK is out
 * @agreed: USE_PPK went both ways
 * @offered_int, @agreed_int: the same with USE_PPK_INT
 * @tried_int: its exchange has been
 * @kind, @key: what is to be mixed in; on a responder from a source only
 * @source: the sks profile that was asked
 * @rq: its PPK_ID is there whatever the kind
 * @resume: goes on when the source has answered
 * @plain: SK_d, SK_pi and SK_pr without it, while those with it are in use
 */
struct ike_ppk {
	bool without, offered, agreed;
	bool offered_int, agreed_int, tried_int;
	enum cfg_ppk_kind kind;
	struct secret *key;
	char source[sizeof(((struct cfg_ppk *)0)->id)];
	enum ppk_asked asked;
	struct ppk_request rq;
	void (*resume)(struct ike_sa *sa);
	struct ike_keys plain;
};

#endif
