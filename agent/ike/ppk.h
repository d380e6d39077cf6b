/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Post-quantum preshared keys in IKE_AUTH (RFC 8784): who needs one, which
 * one, and what happens without. Fallbacks are those of the protocol; each is
 * remembered with the IKE SA and raises an alarm.
 */
#ifndef AGENT_IKE_PPK_H
#define AGENT_IKE_PPK_H

#include "ike/fsm.h"
#include "ike/profile.h"

/* First octet of a PPK_ID (RFC 8784 section 5.1). */
#define PPK_ID_OPAQUE	1
#define PPK_ID_FIXED	2

/*
 * ppk_entry - what the configuration says about PPKs with a peer: of the entry
 * in the profile's keyring-ppk that is closest to it, found as keys are.
 * @id: NULL when it is not known yet
 *
 * Return: NULL when no PPK is configured for it.
 */
const struct cfg_ppk *ppk_entry(const struct cfg_ike_profile *profile,
				const struct id_pl *id,
				const struct addr *remote);

/* --- initiator --- */

/*
 * Put N(USE_PPK), N(USE_PPK_INT) or both when there is a PPK for the peer,
 * required or not.
 */
void ppk_put_offer(struct ike_sa *sa, struct msg_writer *w);
/*
 * Is one of them in the answer? Return: 0, or ERR_AUTH or ERR_SYNTAX with @why
 * filled: the peer does not use PPKs and has to, or wants both ways.
 */
int ppk_take_answer(struct ike_sa *sa, const struct rx *rx,
		    struct failure *why);
/*
 * The key, when one was agreed on. Return: 0 when it is there or none is
 * needed; ERR_AGAIN when @resume will be called; ERR_* with @why filled.
 */
int ppk_get_own(struct ike_sa *sa, void (*resume)(struct ike_sa *sa),
		struct failure *why);
/* What the peer may fall back to: AUTH without PPK. Only while not mixed. */
bool ppk_may_fall_back(const struct ike_sa *sa);
/* N(PPK_IDENTITY), and N(NO_PPK_AUTH) when there is one. */
void ppk_put_identity(struct ike_sa *sa, struct msg_writer *w,
		      struct view no_ppk_auth);
/*
 * Did the peer use it? The keys become those without PPK if not. Return: 0 or
 * ERR_AUTH with @why filled.
 */
int ppk_take_confirmation(struct ike_sa *sa, const struct rx *rx,
			  struct failure *why);
/*
 * The peer has not taken the PPK. Return: 0 when we may go on without, and
 * remember it; ERR_AUTH with @why filled.
 */
int ppk_not_used(struct ike_sa *sa, const char *theirs, struct failure *why);
/* An attempt with PPK came to nothing. */
void ppk_attempt_failed(struct ike_sa *sa);

/* --- responder --- */

/*
 * Answer USE_PPK or USE_PPK_INT when some peer of this tunnel has a PPK.
 * Return: 0, or ERR_AUTH with @why filled when whoever it is needs one.
 */
int ppk_take_offer(struct ike_sa *sa, const struct rx *rx,
		   struct failure *why);
void ppk_put_answer(const struct ike_sa *sa, struct msg_writer *w);
/*
 * The notifies of an IKE_AUTH request. Return: 0; ERR_SYNTAX or ERR_AUTH with
 * @why filled, when the peer must be refused.
 */
int ppk_take_identity(struct ike_sa *sa, const struct rx *rx,
		      struct claim *who, struct failure *why);
/*
 * Get the key the peer names from a key source, if it is one of those.
 * Return: 0 when nothing is under way (any more), ERR_AGAIN when @resume will
 * be called.
 */
int ppk_get_named(struct ike_sa *sa, const struct claim *who,
		  void (*resume)(struct ike_sa *sa));
/*
 * The key that a profile has for the PPK_ID the peer gave, NULL when it has
 * none or the PPK was not agreed on for IKE_AUTH.
 */
const struct secret *ppk_named_key(const struct ike_sa *sa,
				   const struct cfg_ike_profile *profile,
				   const struct claim *who);
/**
 * ppk_judge - what a profile makes of the PPK of a peer that claims to be @who
 *
 * Either its key is mixed in, or @auth is what is to be verified without.
 * Return: 0, or ERR_AUTH with @why filled.
 */
int ppk_judge(struct ike_sa *sa, const struct cfg_ike_profile *profile,
	      const struct claim *who, struct view *auth, struct failure *why);
void ppk_put_confirmation(const struct ike_sa *sa, struct msg_writer *w);

/** struct ppk_walk - over the PPKs of all that the peer may turn out to be */
struct ppk_walk {
	unsigned int profile, peer;
};

/* The next one for the given exchange, NULL behind the last. */
const struct cfg_ppk *ppk_walk(const struct ike_sa *sa, struct ppk_walk *at,
			       bool intermediate);
/* Is this its PPK_ID, type octet and all? */
bool ppk_is_called(const struct cfg_ppk *entry, struct view id);
/* Do all of them require it? */
bool ppk_all_require(const struct ike_sa *sa);
/* As ppk_get_named(), while it is not known who the peer is. */
int ppk_ask_named(struct ike_sa *sa, struct view id,
		  void (*resume)(struct ike_sa *sa));
/* Ask the source of an entry. Return: ERR_AGAIN when @resume will be called. */
int ppk_ask_new(struct ike_sa *sa, const struct cfg_ppk *entry,
		void (*resume)(struct ike_sa *sa));
int ppk_ask_for(struct ike_sa *sa, const struct cfg_ppk *entry,
		struct view id, void (*resume)(struct ike_sa *sa));
/* The key a source gave for this PPK_ID, or NULL. */
const struct secret *ppk_fetched(const struct ike_sa *sa, struct view id);
/* What was used, to be compared when it is known who the peer is. */
int ppk_remember(struct ike_sa *sa, struct view id, const struct secret *key);
/* Fill @why for a peer whose names are no good. Return: ERR_AUTH. */
int ppk_refuse_names(struct ike_sa *sa, enum ppk_fallback reason,
		     struct failure *why);

/* --- both --- */

/* How many notifies of a type; the first one is decoded. */
unsigned int ppk_count_notify(const struct rx *rx, uint16_t type,
			      struct notify_pl *first);

/* SK_d, SK_pi and SK_pr with the key; and back. */
int ppk_mix(struct ike_sa *sa, const struct secret *key);
void ppk_unmix(struct ike_sa *sa);
/* The keys with and those without change places, until it is called again. */
void ppk_swap(struct ike_sa *sa);
bool ppk_is_mixed(const struct ike_sa *sa);
/*
 * The peer is known by now. Return: 0, or ERR_AUTH with @why filled when what
 * is configured for this identity demands a PPK and there is none.
 */
int ppk_check_identity(struct ike_sa *sa, const struct cfg_ike_profile *p,
		       const struct id_pl *id, struct failure *why);
/* Count it, and raise the alarm when it had to be done without. */
void ppk_established(struct ike_sa *sa);
/* It is over, or the IKE SA is: wipe what is left, ask no more. */
void ppk_drop(struct ike_sa *sa);
const char *ppk_fallback_name(enum ppk_fallback fallback);
const char *ppk_fallback_text(enum ppk_fallback fallback);
const char *ppk_form_name(enum ppk_form form);

#endif
