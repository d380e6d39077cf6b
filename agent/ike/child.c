// SPDX-License-Identifier: GPL-2.0
/*
 * Child SAs: keys, installation, removal, rekey timers.
 */

#include "ike/child.h"

#include <stdlib.h>
#include <string.h>

#include "ike/addke.h"
#include "ike/followup.h"
#include "ike/gate.h"
#include "ike/lifetime.h"
#include "ike/narrow.h"
#include "ike/proposal.h"
#include "ike/removal.h"
#include "ike/tunnel.h"
#include "util/err.h"

/* Late packets on a superseded inbound SA are welcome this long. */
#define LINGER_MS	5000

/* An exchange may be set to last longer; what comes early in it then is lost. */
#define EXPECT_S	300

/* Values below 256 are reserved (RFC 4303 section 2.1). */
#define ESP_SPI_MIN	256

const char *child_state_name(enum child_state state)
{
	static const char *const names[] = {
		[CHILD_NEGOTIATING]	= "NEGOTIATING",
		[CHILD_INSTALLED]	= "INSTALLED",
		[CHILD_REKEYING]	= "REKEYING",
		[CHILD_REKEYED]		= "REKEYED",
		[CHILD_DELETING]	= "DELETING",
	};

	return names[state];
}

/* Its successor may have been replaced meanwhile. */
static bool another_serves(const struct child_sa *child)
{
	const struct tunnel *t = child->tunnel;

	return t && t->child && t->child != child;
}

static void on_rekey(void *arg)
{
	struct child_sa *child = arg;

	if (child->state == CHILD_DELETING) {
		/* The request could not be made. */
		child_end(child);
		ike_sa_run_tasks(child->sa);
	} else if (child->state != CHILD_REKEYED) {
		child_request_rekey(child);
	} else if (child_has_successor(child) || another_serves(child)) {
		log_notice(&child->sa->log, "the peer does not delete what it has replaced");
		child_end(child);
		ike_sa_run_tasks(child->sa);
	} else {
		child->state = CHILD_INSTALLED;
		child_request_rekey(child);
	}
}

static uint32_t new_spi(void)
{
	uint32_t spi;

	do {
		rand_bytes(&spi, sizeof(spi));
	} while (spi < ESP_SPI_MIN);
	return spi;
}

void child_set_profile(struct child_sa *child)
{
	struct cfg *old = child->cfg;

	child->cfg = cfg_get(child->tunnel->generation);
	child->profile = child->tunnel->cfg->profile;
	cfg_free(old);
}

struct child_sa *child_new(struct ike_sa *sa)
{
	struct child_sa *child = calloc(1, sizeof(*child));

	if (!child)
		return NULL;
	child->sa = sa;
	child->tunnel = sa->tunnel;
	child_set_profile(child);
	child->fips = sa->ike->fips;
	child->id = ++sa->ike->last_child_id;
	child->spi_in = new_spi();
	buf_init(&child->nonces.ni, NONCE_MAX);
	buf_init(&child->nonces.nr, NONCE_MAX);
	timer_init(&child->rekey, sa->ike->env.timers, on_rekey, child);
	list_add_tail(&sa->children, &child->list);
	return child;
}

void child_free(struct child_sa *child)
{
	struct tunnel *t;

	if (!child)
		return;
	t = child->tunnel;
	child_uninstall(child, false);
	timer_cancel(&child->rekey);
	if (child->sa->creating == child)
		child->sa->creating = NULL;
	followup_child_gone(child);
	list_del(&child->list);
	if (t)
		tunnel_child_gone(t, child);
	ke_free(child->ke);
	nonces_fini(&child->nonces);
	secret_free(child->sk_d);
	cfg_free(child->cfg);
	free(child);
}

struct child_sa *child_find(struct ike_sa *sa, uint32_t id)
{
	struct child_sa *child;

	list_for_each(child, &sa->children, struct child_sa, list)
		if (child->id == id)
			return child;
	return NULL;
}

struct child_sa *child_find_spi_out(struct ike_sa *sa, uint32_t spi)
{
	struct child_sa *child;

	list_for_each(child, &sa->children, struct child_sa, list)
		if (child->spi_out == spi && spi)
			return child;
	return NULL;
}

struct child_sa *child_find_spi_in(struct ike_sa *sa, uint32_t spi)
{
	struct child_sa *child;

	list_for_each(child, &sa->children, struct child_sa, list)
		if (child->spi_in == spi)
			return child;
	return NULL;
}

void child_proposals(const struct child_sa *child, bool pfs,
		     struct proposals *out)
{
	const struct cfg_ipsec_profile *profile = child->profile;
	unsigned int i;

	out->count = 0;
	for (i = 0; i < profile->transform_set_count; i++) {
		const struct cfg_transform_set *set =
			profile->transform_sets[i];
		struct proposal *p = &out->p[out->count];

		memset(p, 0, sizeof(*p));
		p->number = (uint8_t)++out->count;
		p->protocol = PROTO_ESP;
		proposal_add(p, XFORM_ENCR, set->encr->id, set->encr->key_bits);
		if (set->integ)
			proposal_add(p, XFORM_INTEG, set->integ->id, 0);
		if (pfs && profile->pfs)
			proposal_add(p, XFORM_KE, profile->pfs->id, 0);
		if (pfs)
			proposal_add_addke(p, &profile->addke);
		proposal_add(p, XFORM_ESN, profile->esn ? ESN_ESN : ESN_NONE,
			     0);
		proposal_set_spi32(p, child->spi_in);
	}
	gate_proposals(child->fips, out);
	/* One that cannot be rekeyed as configured is not made either. */
	if (child->fips && !gate_admits_rekey(profile))
		out->count = 0;
}

/* ---------------------------------------------------------- installation */

static void set_selectors(struct knl_selector *out, unsigned int *count,
			  const struct ts_list *list)
{
	struct ts_list all;
	unsigned int i;

	/* The module takes no selector for everything of both families. */
	*count = 0;
	narrow_overlay(&all, CFG_OVERLAY_IPV4 | CFG_OVERLAY_IPV6);
	if (narrow_is_subset(&all, list))
		return;
	for (i = 0; i < list->count && i < KNL_MAX_SELECTORS; i++) {
		out[i].start = list->ts[i].start;
		out[i].end = list->ts[i].end;
		out[i].protocol = list->ts[i].protocol;
		(*count)++;
	}
}

/* Ask for new keys when four fifths of a volume limit are used. */
static uint64_t soft_volume(uint64_t hard)
{
	return hard - hard / 5;
}

static void set_limits(struct knl_sa *k, const struct cfg_ipsec_profile *p)
{
	k->hard_seconds = p->lifetime_seconds;
	k->hard_bytes = p->lifetime_bytes;
	k->soft_bytes = soft_volume(p->lifetime_bytes);
	k->hard_packets = p->lifetime_packets;
	k->soft_packets = soft_volume(p->lifetime_packets);
}

/* What both SAs of the pair have in common. */
static void set_common(struct knl_sa *k, const struct child_sa *child)
{
	const struct cfg_ipsec_profile *profile = child->profile;
	const struct esp_suite *s = &child->suite;
	const struct ike_sa *sa = child->sa;

	memset(k, 0, sizeof(*k));
	k->ifindex = child->tunnel->ifindex;
	k->child_id = child->id;
	k->local = sa->path.local.addr;
	k->remote = sa->path.remote.addr;
	k->encr = s->encr->id;
	k->encr_key_bits = s->encr->key_bits;
	k->integ = s->integ ? s->integ->id : INTEG_NONE;
	k->esn = s->esn;
	k->quantum = child->quantum;
	k->pfs_group = s->pfs ? s->pfs->id : 0;
	k->replay_window = profile->replay_window;
	if (sa->nat_local || sa->nat_remote) {
		k->encap_local_port = IKE_NATT_PORT;
		k->encap_remote_port = sa->path.remote.port;
	}
	set_limits(k, profile);
	set_selectors(k->sel_local, &k->sel_local_count, &child->ts_local);
	set_selectors(k->sel_remote, &k->sel_remote_count, &child->ts_remote);
}

void child_expect(struct child_sa *child)
{
	const struct ike_env *env = &child->sa->ike->env;
	char why[KNL_WHY] = "";

	child->expected = !env->knl->sa_expect(env->knl_arg,
					       child->tunnel->ifindex,
					       child->spi_in, EXPECT_S, why);
	if (!child->expected)
		log_info(&child->sa->log, "early packets of SPI 0x%08x will be lost: the kernel does not keep them: %s",
			 child->spi_in, why);
}

static int add_sa(struct child_sa *child, const struct knl_sa *k)
{
	const struct ike_env *env = &child->sa->ike->env;
	char why[KNL_WHY] = "";
	int err;

	err = env->knl->sa_add(env->knl_arg, k, why);
	if (err) {
		tunnel_fail(child->tunnel, &child->sa->log, FAILURE_KERNEL,
			    STAGE_INSTALL, why, NULL, NULL);
		return ERR_KERNEL;
	}
	return 0;
}

static int install_pair(struct child_sa *child, bool exchange_initiator,
			const struct child_keys *keys, bool now)
{
	struct knl_sa k;
	int err;

	set_common(&k, child);
	k.dir = KNL_IN;
	k.spi = child->spi_in;
	k.encr_key = exchange_initiator ? keys->encr_r : keys->encr_i;
	k.integ_key = exchange_initiator ? keys->integ_r : keys->integ_i;
	err = add_sa(child, &k);
	if (err)
		return err;
	child->installed_in = true;
	child->expected = false;

	k.dir = KNL_OUT;
	k.spi = child->spi_out;
	k.pair_spi = child->spi_in;
	k.switch_now = now;
	/*
	 * Who asked for the SA has it when our answer has arrived, which may be
	 * lost more than once. Until he sends by it or deletes the old one, that
	 * is good (RFC 7296 section 2.8).
	 */
	k.switch_delay_ms = SUPERSEDED_MS;
	k.encr_key = exchange_initiator ? keys->encr_i : keys->encr_r;
	k.integ_key = exchange_initiator ? keys->integ_i : keys->integ_r;
	err = add_sa(child, &k);
	if (err) {
		child_uninstall(child, false);
		return err;
	}
	child->outbound = now ? OUTBOUND_ACTIVE : OUTBOUND_PENDING;
	return 0;
}

/* The first child uses the nonces of IKE_SA_INIT (RFC 7296 section 2.17). */
static const struct nonces *keymat_nonces(const struct child_sa *child)
{
	return child->nonces.ni.len ? &child->nonces : &child->sa->nonces;
}

int child_install(struct child_sa *child, bool exchange_initiator,
		  const struct secret *ke_secret, const struct secret *more,
		  bool now)
{
	const struct nonces *nonces = keymat_nonces(child);
	struct child_keys keys = { 0 };
	int err;

	child->quantum = child->sk_d ||
			 child->sa->quantum.used != CFG_PPK_NONE ||
			 addke_is_hybrid(child->sa->suite.addke) ||
			 addke_is_hybrid(child->suite.addke);
	err = keymat_child(child->sa->suite.prf, child->sk_d ? child->sk_d :
			   child->sa->keys.sk_d, ke_secret, more,
			   buf_view(&nonces->ni), buf_view(&nonces->nr),
			   child->suite.encr, child->suite.integ, &keys);
	if (!err)
		err = install_pair(child, exchange_initiator, &keys, now);
	keymat_child_clear(&keys);
	secret_clear(&child->sk_d);
	return err;
}

void child_uninstall(struct child_sa *child, bool linger)
{
	const struct ike_env *env = &child->sa->ike->env;
	unsigned int ifindex = child->tunnel->ifindex;
	const struct log_obj *log = &child->sa->log;
	struct ike *ike = child->sa->ike;
	char why[KNL_WHY];

	/* Outbound first: nothing may leave that cannot be answered. */
	if (child->outbound != OUTBOUND_NONE)
		removal_sa(ike, log, ifindex, KNL_OUT, child->spi_out, 0);
	if (child->installed_in)
		removal_sa(ike, log, ifindex, KNL_IN, child->spi_in,
			   linger ? LINGER_MS : 0);
	if (child->expected)
		env->knl->sa_expect(env->knl_arg, ifindex, child->spi_in, 0,
				    why);
	child->outbound = OUTBOUND_NONE;
	child->expected = false;
	child->installed_in = false;
}

void child_end(struct child_sa *child)
{
	child_uninstall(child, false);
	child->state = CHILD_DELETING;
	ike_sa_queue(child->sa, TASK_DELETE_CHILD, child->id);
	tunnel_child_gone(child->tunnel, child);
}

/* ------------------------------------------------------------------ life */

void child_begin_life(struct child_sa *child)
{
	const struct cfg_ipsec_profile *profile = child->profile;
	uint64_t soft;

	ke_free(child->ke);
	child->ke = NULL;
	child->replaces = 0;
	child->state = CHILD_INSTALLED;
	child->created_ms = ike_now_ms(child->sa->ike);
	child->hard_ms = child->created_ms +
			 (uint64_t)profile->lifetime_seconds * 1000;
	soft = lifetime_soft_ms(profile->lifetime_seconds,
				child->sa->initiator);
	child->rekey_ms = child->created_ms + soft;
	timer_set(&child->rekey, soft);
	child->sa->ike->count.child_sas_installed++;
	tunnel_child_up(child->tunnel, child);
}

/* The one that the peer's rekey made, while it is there. */
static bool stands(struct ike_sa *sa, uint32_t id)
{
	const struct child_sa *child = id ? child_find(sa, id) : NULL;

	return child && child->state != CHILD_DELETING;
}

bool child_has_successor(const struct child_sa *child)
{
	const struct child_sa *ours = child->sa->creating;

	return stands(child->sa, child->successor) ||
	       (ours && ours->replaces == child->id &&
		stands(child->sa, ours->rival));
}

void child_superseded(struct child_sa *child, const struct child_sa *next)
{
	child->state = CHILD_REKEYED;
	child->successor = next->id;
	timer_set(&child->rekey, SUPERSEDED_MS);
}

void child_request_rekey(struct child_sa *child)
{
	if (child->state != CHILD_INSTALLED)
		return;
	ike_sa_queue(child->sa, TASK_REKEY_CHILD, child->id);
	ike_sa_run_tasks(child->sa);
}
