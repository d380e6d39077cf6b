/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Proving who we are: certificates, what is said about them in IKE_SA_INIT,
 * and our AUTH payload. A signature is begun, run and finished; running it is
 * the only part that takes long, touches nothing but the job, and has been done
 * by the pool before where there is one.
 */
#ifndef AGENT_IKE_PROOF_H
#define AGENT_IKE_PROOF_H

#include "crypto/sign.h"
#include "ike/fsm.h"
#include "ike/park.h"
#include "ike/psk.h"

/*
 * IKE_SA_INIT: N(SIGNATURE_HASH_ALGORITHMS) and, from a responder, CERTREQ,
 * where profiles of the tunnel use certificates.
 */
void proof_put_extensions(const struct ike_sa *sa, struct msg_writer *w);
/* What the peer said of it, and which authorities it trusts. */
void proof_take_extensions(struct ike_sa *sa, const struct rx *rx);
/* CERTREQ, also of an initiator in IKE_AUTH. */
void proof_put_certreq(const struct ike_sa *sa, struct msg_writer *w);
void proof_take_certreq(struct ike_sa *sa, const struct rx *rx);

/* Does any profile that may serve the tunnel let peers in by certificate? */
bool proof_expects_certificates(const struct ike_sa *sa);
/* The trustpoint we prove ourselves by, NULL with a pre-shared key. */
const struct cfg_trustpoint *proof_trustpoint(const struct ike_sa *sa);
/* Is a pre-shared key needed that the keyring does not have? */
bool proof_lacks_key(const struct ike_sa *sa);

/*
 * Our identity, as the profile that serves the IKE SA has it: what we sign says
 * it, too.
 */
void proof_set_identity(struct ike_sa *sa);

/**
 * struct signing - what we are about to sign, done by the pool
 * @sa: whose first AUTH it is, on an initiator
 * @job: AUTH; before it, where an initiator makes one, that without PPK
 */
struct signing {
	struct rx_work rx;
	struct ike_sa *sa;
	struct sign_job job[2];
	unsigned int count;
	bool ended;
};

/*
 * On an initiator, before IKE_AUTH: return ERR_AGAIN when the pool signs, and
 * auth_begin() will be called; 0 when sa->signing has it or there is no need.
 */
int proof_want(struct ike_sa *sa);
void proof_drop(struct ike_sa *sa);
/* On a responder: work for the request, or NULL as with every prepare(). */
struct rx_work *proof_work(struct ike_sa *sa, const struct rx *rx);
/* What became of it, or NULL. */
const struct signing *proof_made(const struct ike_sa *sa, const struct rx *rx);

/** struct proof - our AUTH payload on its way */
struct proof {
	const struct cfg_trustpoint *trustpoint; /* NULL: pre-shared key */
	struct sign_job job;
};

/**
 * proof_begin - choose how to prove ourselves
 *
 * Return: 0; ERR_HASH when there is no signature hash in common; ERR_NOMEM,
 * ERR_CRYPTO. @p needs proof_fini() in any case.
 */
int proof_begin(struct ike_sa *sa, struct proof *p);
/* The long part: @made has its result, or it is done now. */
void proof_run(struct proof *p, const struct signing *made);
/* Put CERT payloads and AUTH. Return: 0 or ERR_*. */
int proof_finish(struct ike_sa *sa, struct proof *p, struct msg_writer *w);
void proof_fini(struct proof *p);
/*
 * The authentication data alone, appended, as N(NO_PPK_AUTH) wants it (RFC 8784
 * section 3). Return: 0 or ERR_*.
 */
int proof_value(struct ike_sa *sa, const struct signing *made,
		struct buf *out);

/*
 * InitiatorSignedOctets or ResponderSignedOctets (RFC 7296 section 2.15) of
 * an ID payload's body, appended.
 */
int proof_octets(struct ike_sa *sa, bool of_initiator, struct view id,
		 struct buf *out);

/* What a peer that refuses us may hold against us; it does not say. */
void proof_blame_refused(const struct ike_sa *sa, struct failure *why);
/* Why proof_begin() found no hash, or no certificate that FIPS mode admits. */
void proof_blame_hash(const struct ike_sa *sa, struct failure *why);
/* The hashes of a set, "SHA2-256, SHA2-384", for messages. */
#define PROOF_HASHES	64
const char *proof_hashes_str(unsigned int set, char buf[PROOF_HASHES]);

#endif
