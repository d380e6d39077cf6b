// SPDX-License-Identifier: GPL-2.0
/*
 * Proposal choice.
 */

#include "ike/proposal.h"

#include <stdio.h>
#include <string.h>

#include "util/err.h"

void proposal_add_addke(struct proposal *p, const struct cfg_addke *a)
{
	unsigned int i;

	for (i = 0; i < a->count; i++) {
		uint8_t type = (uint8_t)(XFORM_ADDKE1 + i);

		proposal_add(p, type, a->ke[i]->id, 0);
		if (a->optional)
			proposal_add(p, type, KE_NONE, 0);
	}
}

/* Everything but the ciphers, which differ between the two wire proposals. */
static void add_common(const struct cfg_proposal *c, bool aead,
		       struct proposal *p)
{
	unsigned int i;

	for (i = 0; i < c->prf_count; i++)
		proposal_add(p, XFORM_PRF, c->prf[i]->id, 0);
	for (i = 0; !aead && i < c->integ_count; i++)
		proposal_add(p, XFORM_INTEG, c->integ[i]->id, 0);
	for (i = 0; i < c->ke_count; i++)
		proposal_add(p, XFORM_KE, c->ke[i]->id, 0);
	proposal_add_addke(p, &c->addke);
}

/* AEAD and other ciphers must not share a proposal (RFC 7296 section 3.3). */
static void add_half(const struct cfg_proposal *c, bool aead,
		     struct proposals *out)
{
	struct proposal *p = &out->p[out->count];
	unsigned int i;

	if (out->count == PROPOSALS_MAX)
		return;
	memset(p, 0, sizeof(*p));
	p->protocol = PROTO_IKE;
	for (i = 0; i < c->encr_count; i++)
		if (c->encr[i]->aead == aead)
			proposal_add(p, XFORM_ENCR, c->encr[i]->id,
				     c->encr[i]->key_bits);
	if (!p->count)
		return;
	add_common(c, aead, p);
	p->number = (uint8_t)++out->count;
}

void proposal_from_config(const struct cfg_proposal *const *list,
			  unsigned int count, struct proposals *out)
{
	unsigned int i;

	out->count = 0;
	for (i = 0; i < count; i++) {
		const struct cfg_proposal *c = list[i];
		bool aead_first = c->encr_count && c->encr[0]->aead;

		add_half(c, aead_first, out);
		add_half(c, !aead_first, out);
	}
}

const struct xform *proposal_find(const struct proposal *p, uint8_t type)
{
	unsigned int i;

	for (i = 0; i < p->count; i++)
		if (p->xform[i].type == type)
			return &p->xform[i];
	return NULL;
}

static bool has(const struct proposal *p, const struct xform *x)
{
	unsigned int i;

	for (i = 0; i < p->count; i++)
		if (p->xform[i].type == x->type && p->xform[i].id == x->id &&
		    p->xform[i].key_bits == x->key_bits)
			return true;
	return false;
}

/* INTEG NONE and KE NONE say what leaving them out says. */
static bool is_none(const struct xform *x)
{
	return (x->type == XFORM_INTEG || x->type == XFORM_KE ||
		x->type >= XFORM_ADDKE1) && x->id == 0;
}

/* Is a method one of the additional key exchanges already? */
static bool is_taken(const struct proposal *p, uint16_t id)
{
	unsigned int i;

	for (i = 0; i < p->count; i++)
		if (p->xform[i].type >= XFORM_ADDKE1 && p->xform[i].id == id)
			return true;
	return false;
}

static bool has_type(const struct proposal *p, uint8_t type)
{
	unsigned int i;

	for (i = 0; i < p->count; i++)
		if (p->xform[i].type == type && !is_none(&p->xform[i]))
			return true;
	return false;
}

/* May the type be left out although the other side lists it? */
static bool optional_type(const struct proposal *p, uint8_t type)
{
	unsigned int i;

	for (i = 0; i < p->count; i++)
		if (p->xform[i].type == type && is_none(&p->xform[i]))
			return true;
	return false;
}

/* Take the first transform of a type, in our order, that they have too. */
static bool pick(const struct proposal *ours, const struct proposal *theirs,
		 uint8_t type, struct proposal *out)
{
	unsigned int i;

	if (!has_type(ours, type))
		return !has_type(theirs, type) || optional_type(theirs, type);
	for (i = 0; i < ours->count; i++) {
		const struct xform *x = &ours->xform[i];

		if (x->type == type && !is_none(x) && has(theirs, x)) {
			proposal_add(out, type, x->id, x->key_bits);
			return true;
		}
	}
	return false;
}

/*
 * One method for each type that is offered, each another; NONE where both can
 * do without (RFC 9370 section 2.2.1).
 */
static bool pick_addke(const struct proposal *ours,
		       const struct proposal *theirs, uint8_t type,
		       struct proposal *out)
{
	bool ours_too = has_type(ours, type);
	unsigned int i;

	if (!has_type(theirs, type))
		return !ours_too || optional_type(ours, type);
	for (i = 0; i < ours->count; i++) {
		const struct xform *x = &ours->xform[i];

		if (x->type == type && !is_none(x) && has(theirs, x) &&
		    !is_taken(out, x->id)) {
			proposal_add(out, type, x->id, 0);
			return true;
		}
	}
	if (!optional_type(theirs, type) ||
	    (ours_too && !optional_type(ours, type)))
		return false;
	proposal_add(out, type, KE_NONE, 0);
	return true;
}

static bool match(const struct proposal *ours, const struct proposal *theirs,
		  bool skip_ke, struct proposal *out)
{
	uint8_t type;

	memset(out, 0, sizeof(*out));
	out->number = theirs->number;
	out->protocol = theirs->protocol;
	out->spi_size = theirs->spi_size;
	memcpy(out->spi, theirs->spi, sizeof(out->spi));
	for (type = XFORM_ENCR; type <= XFORM_ESN; type++) {
		if (type == XFORM_KE && skip_ke)
			continue;
		if (!pick(ours, theirs, type, out))
			return false;
	}
	for (type = XFORM_ADDKE1; type <= XFORM_ADDKE7 && !skip_ke; type++)
		if (!pick_addke(ours, theirs, type, out))
			return false;
	return true;
}

int proposal_choose(const struct proposals *ours,
		    const struct proposals *theirs, uint8_t protocol,
		    bool skip_ke, struct proposal *out)
{
	unsigned int i, j;

	for (i = 0; i < ours->count; i++) {
		for (j = 0; j < theirs->count; j++) {
			if (theirs->p[j].protocol == protocol &&
			    !theirs->p[j].unusable &&
			    match(&ours->p[i], &theirs->p[j], skip_ke, out))
				return 0;
		}
	}
	return ERR_NO_PROPOSAL;
}

/* Does another additional key exchange use the same method? */
static bool repeats(const struct proposal *p, const struct xform *x)
{
	unsigned int i;

	for (i = 0; i < p->count; i++)
		if (&p->xform[i] != x && p->xform[i].type >= XFORM_ADDKE1 &&
		    p->xform[i].id == x->id)
			return true;
	return false;
}

/* One transform of each type that was offered, and nothing else. */
static bool is_choice_of(const struct proposal *offered,
			 const struct proposal *answer)
{
	unsigned int seen[XFORM_TYPES] = { 0 }, i;
	uint8_t type;

	for (i = 0; i < answer->count; i++) {
		const struct xform *x = &answer->xform[i];

		if (is_none(x) && !has_type(offered, x->type))
			continue;
		if (x->type >= XFORM_TYPES || seen[x->type]++ ||
		    !has(offered, x))
			return false;
		if (x->type >= XFORM_ADDKE1 && !is_none(x) &&
		    repeats(answer, x))
			return false;
	}
	for (type = 1; type < XFORM_TYPES; type++)
		if (has_type(offered, type) && !seen[type] &&
		    !optional_type(offered, type))
			return false;
	return true;
}

int proposal_accept(const struct proposals *offered,
		    const struct proposals *answer, struct proposal *out)
{
	unsigned int i;

	if (answer->count != 1 || answer->p[0].unusable)
		return ERR_NO_PROPOSAL;
	for (i = 0; i < offered->count; i++) {
		if (offered->p[i].number == answer->p[0].number &&
		    offered->p[i].protocol == answer->p[0].protocol &&
		    is_choice_of(&offered->p[i], &answer->p[0])) {
			*out = answer->p[0];
			return 0;
		}
	}
	return ERR_NO_PROPOSAL;
}

/* ------------------------------------------------------------- explaining */

/* As they are found missing: what cannot be negotiated away first. */
static const uint8_t type_order[] = {
	XFORM_KE, XFORM_ENCR, XFORM_INTEG, XFORM_PRF, XFORM_ESN,
	XFORM_ADDKE1, XFORM_ADDKE1 + 1, XFORM_ADDKE1 + 2, XFORM_ADDKE1 + 3,
	XFORM_ADDKE1 + 4, XFORM_ADDKE1 + 5, XFORM_ADDKE7,
};

static const char *type_text(uint8_t protocol, uint8_t type)
{
	static const char *const additional[] = {
		"first additional-ke", "second additional-ke",
		"third additional-ke", "fourth additional-ke",
		"fifth additional-ke", "sixth additional-ke",
		"seventh additional-ke",
	};

	if (type >= XFORM_ADDKE1)
		return additional[type - XFORM_ADDKE1];
	switch (type) {
	case XFORM_ENCR:
		return "encryption";
	case XFORM_PRF:
		return "prf";
	case XFORM_INTEG:
		return "integrity";
	case XFORM_KE:
		return protocol == PROTO_ESP ? "pfs group" : "dh-group";
	default:
		return "extended sequence numbers";
	}
}

/* The word of the configuration, NULL when it has none. */
static const char *config_word(uint8_t protocol, const struct xform *x)
{
	const struct alg_integ *integ;
	const struct alg_encr *encr;
	bool esp = protocol == PROTO_ESP;

	switch (x->type) {
	case XFORM_ENCR:
		encr = alg_encr(x->id, x->key_bits);
		return !encr ? NULL : esp ? encr->esp_word : encr->ike_word;
	case XFORM_INTEG:
		integ = alg_integ(x->id);
		return !integ ? NULL : esp ? integ->esp_word : integ->ike_word;
	case XFORM_PRF:
		return alg_prf(x->id) ? alg_prf(x->id)->ike_word : NULL;
	case XFORM_KE:
		return alg_ke(x->id) ? alg_ke(x->id)->word : NULL;
	case XFORM_ADDKE1 ... XFORM_ADDKE7:
		return !x->id ? "none" : alg_ke(x->id) ?
		       alg_ke(x->id)->addke_word : NULL;
	default:
		return x->id ? "yes" : "no";
	}
}

static void xform_text(uint8_t protocol, const struct xform *x, char *buf,
		       size_t size)
{
	const char *word = config_word(protocol, x);
	char name[ID_NAME_STR];

	if (word)
		snprintf(buf, size, "%s", word);
	else if (x->key_bits)
		snprintf(buf, size, "%s-%u", xform_name(x->type, x->id, name),
			 x->key_bits);
	else
		snprintf(buf, size, "%s", xform_name(x->type, x->id, name));
}

static bool common(const struct proposals *a, const struct proposals *b,
		   uint8_t protocol, uint8_t type)
{
	unsigned int i, j, k;
	bool any = false;

	for (i = 0; i < a->count; i++) {
		if (a->p[i].protocol != protocol)
			continue;
		for (k = 0; k < a->p[i].count; k++) {
			if (a->p[i].xform[k].type != type)
				continue;
			any = true;
			for (j = 0; j < b->count; j++)
				if (b->p[j].protocol == protocol &&
				    has(&b->p[j], &a->p[i].xform[k]))
					return true;
		}
	}
	return !any;
}

/* Was it met before, in this proposal or in an earlier one? */
static bool listed_before(const struct proposals *list, uint8_t protocol,
			  unsigned int i, unsigned int k)
{
	const struct xform *x = &list->p[i].xform[k], *y;
	unsigned int a, b;

	for (a = 0; a <= i; a++) {
		if (list->p[a].protocol != protocol)
			continue;
		for (b = 0; b < (a < i ? list->p[a].count : k); b++) {
			y = &list->p[a].xform[b];
			if (y->type == x->type && y->id == x->id &&
			    y->key_bits == x->key_bits)
				return true;
		}
	}
	return false;
}

/* Append to @out, which may become full: what is cut off ends in "...". */
static void append(char out[PROPOSAL_WHY], const char *separator,
		   const char *text)
{
	size_t at = strlen(out);

	if (at + strlen(separator) + strlen(text) + sizeof(", ...") <=
	    PROPOSAL_WHY)
		snprintf(out + at, PROPOSAL_WHY - at, "%s%s", separator, text);
	else if (at < 3 || strcmp(out + at - 3, "..."))
		snprintf(out + at, PROPOSAL_WHY - at, ", ...");
}

static void list_type(const struct proposals *list, uint8_t protocol,
		      uint8_t type, char out[PROPOSAL_WHY])
{
	const char *separator = " ";
	unsigned int i, k;
	char item[64];

	append(out, *out ? "; " : "", type_text(protocol, type));
	for (i = 0; i < list->count; i++) {
		for (k = 0; k < list->p[i].count; k++) {
			const struct xform *x = &list->p[i].xform[k];

			if (list->p[i].protocol != protocol ||
			    x->type != type ||
			    listed_before(list, protocol, i, k))
				continue;
			xform_text(protocol, x, item, sizeof(item));
			append(out, separator, item);
			separator = ", ";
		}
	}
	if (*separator == ' ')
		append(out, " ", "none");
}

static bool lists_type(const struct proposals *list, uint8_t protocol,
		       uint8_t type)
{
	unsigned int i;

	for (i = 0; i < list->count; i++)
		if (list->p[i].protocol == protocol &&
		    proposal_find(&list->p[i], type))
			return true;
	return false;
}

void proposal_list(const struct proposals *list, uint8_t protocol,
		   char out[PROPOSAL_WHY])
{
	size_t i;

	out[0] = '\0';
	for (i = 0; i < sizeof(type_order); i++)
		if (lists_type(list, protocol, type_order[i]))
			list_type(list, protocol, type_order[i], out);
}

void proposal_explain(const struct proposals *ours,
		      const struct proposals *theirs, uint8_t protocol,
		      char our_text[PROPOSAL_WHY],
		      char their_text[PROPOSAL_WHY])
{
	size_t i;

	our_text[0] = '\0';
	their_text[0] = '\0';
	for (i = 0; i < sizeof(type_order); i++) {
		if (common(ours, theirs, protocol, type_order[i]) &&
		    (type_order[i] < XFORM_ADDKE1 ||
		     common(theirs, ours, protocol, type_order[i])))
			continue;
		list_type(ours, protocol, type_order[i], our_text);
		list_type(theirs, protocol, type_order[i], their_text);
	}
	if (*our_text)
		return;
	snprintf(our_text, PROPOSAL_WHY, "other combinations of them");
	snprintf(their_text, PROPOSAL_WHY,
		 "the same algorithms in other combinations");
}
