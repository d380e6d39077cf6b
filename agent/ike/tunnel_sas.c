// SPDX-License-Identifier: GPL-2.0
/*
 * Which of the IKE SAs and children of a tunnel serves it, when there is more than
 * one for a while: both ends began, the peer began anew, or one has just gone.
 */

#include "ike/tunnel.h"

#include <string.h>

#include "ike/child.h"
#include "ike/fsm.h"
#include "ike/lifetime.h"
#include "ike/msgid.h"

/* How soon a peer has no reason to begin anew, and how many of these may wait. */
#define YOUNG_MS	30000
#define YOUNG_MAX	4

/* ----------------------------------------------------------------- IKE SAs */

/* Two negotiations that overlapped, each begun by another side. */
static bool simultaneous(const struct ike_sa *a, const struct ike_sa *b)
{
	const struct ike_sa *first = a->created_ms <= b->created_ms ? a : b;
	const struct ike_sa *second = first == a ? b : a;

	return a->initiator != b->initiator &&
	       (!first->established_ms ||
		second->created_ms <= first->established_ms);
}

/*
 * Of two simultaneous IKE SAs the one begun by the side with the higher
 * address stays: both ends see the same addresses and decide alike.
 */
static bool stays(const struct ike_sa *sa)
{
	bool we_are_higher = addr_cmp(&sa->path.local.addr,
				      &sa->path.remote.addr) > 0;

	return sa->initiator == we_are_higher;
}

/* Its initiator deletes it; the other side waits a little before it does. */
static void retire(struct ike_sa *sa)
{
	sa->redundant = true;
	if (sa->state == IKE_INIT_SENT ||
	    sa->state == IKE_INTERMEDIATE_SENT || sa->state == IKE_KEY_WAIT) {
		ike_sa_free(sa);
		return;
	}
	if (sa->state != IKE_ESTABLISHED)
		return;
	log_info(&sa->log, "redundant, another IKE SA serves the tunnel");
	if (sa->initiator)
		ike_sa_queue(sa, TASK_DELETE_IKE, 0);
	else
		lifetime_expire_in(sa, CLOSED_MS);
}

/*
 * The peer has lost it, as was said, so that there is nobody to tell; it goes
 * when the first child of its successor is up.
 */
static void bury(struct ike_sa *sa)
{
	msgid_request_done(sa);
	ike_sa_drop_tasks(sa);
	lifetime_cancel(sa);
	sa->redundant = true;
	ike_sa_set_state(sa, IKE_CLOSED);
	lifetime_expire_in(sa, 0);
}

/* IKE SAs of the tunnel that stand, but do not serve. */
static unsigned int idle(const struct tunnel *t)
{
	const struct ike_sa *sa;
	unsigned int n = 0;

	list_for_each(sa, &t->sas, const struct ike_sa, of_tunnel)
		n += sa->redundant && sa->state == IKE_ESTABLISHED;
	return n;
}

/*
 * The peer began anew: the older one is void. One that is young goes later: there
 * are peers that answer our Delete with another IKE SA, and so on without end
 * (strongSwan with close_action = start).
 */
static void replace(struct ike_sa *sa)
{
	uint64_t age_ms = ike_now_ms(sa->ike) - sa->established_ms;

	sa->redundant = true;
	if (age_ms < YOUNG_MS)
		sa->ike->count.replaced_young++;
	if (age_ms < YOUNG_MS && idle(sa->tunnel) <= YOUNG_MAX) {
		log_notice(&sa->log, "the peer made another IKE SA %llu ms after this one, which is deleted in %u s; if it goes on, see what makes the peer begin (strongSwan: close_action)",
			   (unsigned long long)age_ms, YOUNG_MS / 1000);
		lifetime_expire_in(sa, YOUNG_MS);
		return;
	}
	ike_sa_queue(sa, TASK_DELETE_IKE, 0);
	ike_sa_run_tasks(sa);
}

/* We are negotiating it. */
static bool is_attempt(const struct ike_sa *sa)
{
	return sa->state == IKE_INIT_SENT ||
	       sa->state == IKE_INTERMEDIATE_SENT ||
	       sa->state == IKE_KEY_WAIT || sa->state == IKE_AUTH_SENT;
}

static bool is_rival(const struct tunnel *t, const struct ike_sa *sa,
		     const struct ike_sa *other)
{
	return other != sa && other->tunnel == t && !other->redundant &&
	       (is_attempt(other) || other->state == IKE_ESTABLISHED);
}

void tunnel_sa_established(struct tunnel *t, struct ike_sa *sa)
{
	struct ike_sa *other, *tmp;

	list_for_each_safe(other, tmp, &t->sas, struct ike_sa, of_tunnel) {
		if (!is_rival(t, sa, other))
			continue;
		if (simultaneous(sa, other)) {
			t->ike->count.collisions++;
			if (stays(sa))
				retire(other);
			else if (other->state == IKE_ESTABLISHED)
				retire(sa);
			continue;
		}
		if (other->doubted) {
			bury(other);
			continue;
		}
		if (other->state == IKE_ESTABLISHED)
			replace(other);
	}
	if (!sa->redundant)
		t->sa = sa;
	tunnel_wait_no_more(t);
}

void tunnel_sa_replaced(struct tunnel *t, struct ike_sa *old,
			struct ike_sa *next)
{
	if (t->sa == old)
		t->sa = next;
}

/*
 * Who takes the place of @gone: an IKE SA that has a child, else one that we are
 * negotiating. Beside that one another must not be begun: whichever of the two
 * the peer keeps, we might have called it redundant.
 */
static struct ike_sa *other_sa(struct tunnel *t, const struct ike_sa *gone)
{
	struct ike_sa *sa, *attempt = NULL;

	list_for_each(sa, &t->sas, struct ike_sa, of_tunnel) {
		if (sa == gone)
			continue;
		if (sa->state == IKE_ESTABLISHED && !ike_sa_is_ending(sa) &&
		    !list_empty(&sa->children))
			return sa;
		if (is_attempt(sa))
			attempt = sa;
	}
	return attempt;
}

/*
 * What was left to receive with until a Delete is answered. Without another child
 * the interface would send by it, and seem to be up. The caller may be walking
 * over the children of @busy.
 */
static void drop_leftovers(struct tunnel *t, const struct ike_sa *busy)
{
	struct child_sa *child, *tmp;
	struct ike_sa *sa;

	list_for_each(sa, &t->sas, struct ike_sa, of_tunnel) {
		if (sa == busy || !ike_sa_is_ending(sa))
			continue;
		list_for_each_safe(child, tmp, &sa->children, struct child_sa, list)
			child_free(child);
	}
}

/* The peer was to delete it, if it was redundant; it need not go if he has not. */
static void serve_by(struct tunnel *t, struct ike_sa *sa)
{
	t->sa = sa;
	if (!sa)
		return;
	if (sa->redundant && sa->state == IKE_ESTABLISHED &&
	    !ike_sa_is_ending(sa))
		lifetime_keep(sa);
	sa->redundant = false;
}

void tunnel_sa_gone(struct tunnel *t, struct ike_sa *sa)
{
	if (t->sa != sa)
		return;
	serve_by(t, other_sa(t, sa));
	/* The one that is gone had not come to a child of its own. */
	if (t->child && t->child->sa != sa && ike_sa_is_ending(t->child->sa))
		drop_leftovers(t, sa);
}

/* ---------------------------------------------------------------- children */

static void announce(struct tunnel *t, const char *type, const char *text)
{
	struct ike_event ev = {
		.type = type,
		.ifname = t->cfg->name,
		.session_id = t->sa ? t->sa->session_id : 0,
		.text = text,
	};

	ike_emit(t->ike, &ev);
}

/*
 * What was to end for want of a child has one now. All others that are to end do
 * so for reasons of their own.
 */
static void keep_serving(const struct tunnel *t, struct ike_sa *sa)
{
	if (t->sa == sa && sa->state == IKE_ESTABLISHED && !sa->redundant &&
	    !ike_sa_is_ending(sa))
		lifetime_keep(sa);
}

void tunnel_child_up(struct tunnel *t, struct child_sa *child)
{
	bool was_up = t->child;

	if (!t->sa && ike_sa_is_ending(child->sa)) {
		/* The next that the peer hears is our Delete. */
		log_info(&child->sa->log, "child %08x/%08x comes too late: its IKE SA is being deleted",
			 child->spi_in, child->spi_out);
		t->ike->count.children_too_late++;
		child_uninstall(child, false);
		return;
	}
	if (!t->sa)
		serve_by(t, child->sa);
	t->child = child;
	t->attempts = 0;
	t->backoff = 0;
	memset(&t->failure, 0, sizeof(t->failure));
	keep_serving(t, child->sa);
	log_notice(&t->log, "%s: ESP SPI in 0x%08x, out 0x%08x",
		   was_up ? "rekeyed" : "up", child->spi_in, child->spi_out);
	announce(t, was_up ? "rekey" : "tunnel-up", NULL);
}

/* Not one of an IKE SA that we delete: the peer has dropped it, or never had it. */
static struct child_sa *other_child(struct tunnel *t,
				    const struct child_sa *gone)
{
	struct child_sa *child, *found = NULL;
	struct ike_sa *sa;

	list_for_each(sa, &t->sas, struct ike_sa, of_tunnel) {
		if (ike_sa_is_ending(sa))
			continue;
		list_for_each(child, &sa->children, struct child_sa, list)
			if (child != gone && child->installed_in)
				found = child;
	}
	return found;
}

void tunnel_child_gone(struct tunnel *t, struct child_sa *child)
{
	if (t->child != child)
		return;
	t->child = other_child(t, child);
	if (t->child)
		return;
	drop_leftovers(t, child->sa);
	log_notice(&t->log, "down");
	announce(t, "tunnel-down", NULL);
	tunnel_retry(t, true);
}
