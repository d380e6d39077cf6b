// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel of an exchange test: SAs that it was given, packets that go by
 * them, and what the module does by itself.
 */

#include <linux/tunnel_ip.h>
#include <stdio.h>
#include <string.h>

#include "util/err.h"
#include "world.h"

static unsigned int fake_ifindex(void *arg, const char *name)
{
	struct fake_kernel *k = arg;

	if (k->no_device && strcmp(k->no_device, name) == 0)
		return 0;
	return strcmp(k->link.name, name) == 0 ? IFINDEX :
	       (unsigned int)(uint8_t)name[0];
}

static int fake_address(void *arg, const char *name, sa_family_t family,
			struct addr *out)
{
	struct fake_kernel *k = arg;

	return k->address ? addr_parse(k->address, out) : ERR_NOT_FOUND;
}

static struct fake_link *link_there(struct fake_kernel *k, unsigned int ifindex)
{
	size_t i;

	for (i = 0; i < FAKE_LINKS; i++)
		if (k->there[i].info.ifindex == ifindex)
			return &k->there[i];
	return NULL;
}

static int fake_links(void *arg, knl_link_fn fn, void *fn_arg,
		      char why[KNL_WHY])
{
	struct knl_link_info own = { .ifindex = IFINDEX, .name = "tunnel-ip1",
				     .marked = true };
	struct fake_kernel *k = arg;
	size_t i;

	if (k->there_too)
		fn(fn_arg, &own);
	for (i = 0; i < FAKE_LINKS; i++)
		if (k->there[i].info.ifindex)
			fn(fn_arg, &k->there[i].info);
	snprintf(why, KNL_WHY, "torn");
	if (!k->torn)
		return 0;
	k->torn--;
	return ERR_AGAIN;
}

static int fake_link_add(void *arg, const struct knl_link *link,
			 unsigned int *ifindex, char why[KNL_WHY])
{
	struct fake_kernel *k = arg;

	if (k->refuse_new) {
		snprintf(why, KNL_WHY, "the fake kernel refuses");
		return ERR_KERNEL;
	}
	k->links++;
	k->links_made++;
	k->link = *link;
	*ifindex = IFINDEX;
	if (!k->refuse_up)
		return 0;
	snprintf(why, KNL_WHY, "the fake kernel refuses the address");
	return ERR_KERNEL;
}

static struct fake_sa *find_sa(struct fake_kernel *k, enum knl_dir dir,
			       uint32_t spi)
{
	size_t i;

	for (i = 0; i < FAKE_SAS; i++)
		if (k->sas[i].used && k->sas[i].sa.dir == dir &&
		    k->sas[i].sa.spi == spi)
			return &k->sas[i];
	return NULL;
}

static struct fake_sa *active_out(struct fake_kernel *k)
{
	size_t i;

	for (i = 0; i < FAKE_SAS; i++)
		if (k->sas[i].used && k->sas[i].active)
			return &k->sas[i];
	return NULL;
}

/* The module falls back to an outbound SA that is left. */
static void activate(struct fake_kernel *k, struct fake_sa *sa)
{
	struct fake_sa *old = active_out(k);

	if (old)
		old->active = false;
	if (sa)
		sa->active = true;
}

static struct fake_sa *any_out(struct fake_kernel *k)
{
	struct fake_sa *found = NULL;
	size_t i;

	for (i = 0; i < FAKE_SAS; i++)
		if (k->sas[i].used && k->sas[i].sa.dir == KNL_OUT)
			found = &k->sas[i];
	return found;
}

void fake_kernel_flush(struct fake_kernel *k)
{
	memset(k->sas, 0, sizeof(k->sas));
	memset(k->early, 0, sizeof(k->early));
}

static struct fake_early *find_early(struct fake_kernel *k, uint32_t spi)
{
	size_t i;

	for (i = 0; i < FAKE_EARLY; i++)
		if (k->early[i].spi == spi)
			return &k->early[i];
	return NULL;
}

bool fake_kernel_expects(const struct fake_kernel *k)
{
	size_t i;

	for (i = 0; i < FAKE_EARLY; i++)
		if (k->early[i].spi)
			return true;
	return false;
}

static int fake_sa_expect(void *arg, unsigned int ifindex, uint32_t spi,
			  unsigned int seconds, char why[KNL_WHY])
{
	struct fake_kernel *k = arg;
	struct fake_early *e = find_early(k, seconds ? 0 : spi);

	assert_true(spi >= 256);
	assert_null(find_sa(k, KNL_IN, spi));
	if (k->refuse_expect) {
		snprintf(why, KNL_WHY, "the fake kernel refuses");
		return ERR_KERNEL;
	}
	if (!seconds) {
		if (!e)
			return ERR_NOT_FOUND;
		k->side->world->lost += e->waiting;
		*e = (struct fake_early){ 0 };
		return 0;
	}
	assert_null(find_early(k, spi));
	assert_non_null(e);
	*e = (struct fake_early){ .spi = spi };
	return 0;
}

/* The SA has come for what has waited. */
static void release_early(struct fake_kernel *k, uint32_t spi)
{
	struct fake_early *e = find_early(k, spi);

	if (!e)
		return;
	k->early_packets += e->waiting;
	*e = (struct fake_early){ 0 };
}

static bool refuses_to_delete(struct fake_kernel *k, char why[KNL_WHY])
{
	k->dels++;
	if (!k->refuse_dels)
		return false;
	k->refuse_dels--;
	snprintf(why, KNL_WHY, "the fake kernel refuses");
	return true;
}

static int fake_link_del(void *arg, unsigned int ifindex, char why[KNL_WHY])
{
	struct fake_kernel *k = arg;
	struct fake_link *there = link_there(k, ifindex);

	if (there) {
		there->deleted = !there->refuse_del;
		return there->deleted ? 0 : ERR_KERNEL;
	}
	assert_int_equal(ifindex, IFINDEX);
	if (refuses_to_delete(k, why))
		return ERR_KERNEL;
	k->links--;
	fake_kernel_flush(k);
	return 0;
}

static int fake_link_set(void *arg, unsigned int ifindex,
			 const struct knl_link *was,
			 const struct knl_link *link, char why[KNL_WHY])
{
	struct fake_kernel *k = arg;

	if (k->refuse_link) {
		snprintf(why, KNL_WHY, "the fake kernel refuses");
		return ERR_KERNEL;
	}
	k->link_changes++;
	k->link = *link;
	return 0;
}

static void copy_keys(struct fake_sa *f, const struct knl_sa *sa)
{
	f->key_len = secret_len(sa->encr_key);
	memcpy(f->keys, secret_bytes(sa->encr_key), f->key_len);
	if (!sa->integ_key)
		return;
	memcpy(f->keys + f->key_len, secret_bytes(sa->integ_key),
	       secret_len(sa->integ_key));
	f->key_len += secret_len(sa->integ_key);
}

static int fake_sa_add(void *arg, const struct knl_sa *sa, char why[KNL_WHY])
{
	struct fake_kernel *k = arg;
	size_t i;

	assert_null(find_sa(k, sa->dir, sa->spi));
	assert_true(sa->spi >= 256);
	if (k->refuse_sa) {
		snprintf(why, KNL_WHY, "the fake kernel refuses");
		return ERR_KERNEL;
	}
	for (i = 0; i < FAKE_SAS && k->sas[i].used; i++)
		;
	assert_true(i < FAKE_SAS);
	k->sas[i] = (struct fake_sa){ .used = true, .sa = *sa,
				      .added_ms = k->side->world->now_ms,
				      .last_used_ms = k->side->world->now_ms };
	copy_keys(&k->sas[i], sa);
	if (sa->dir == KNL_OUT && (sa->switch_now || k->eager || !active_out(k)))
		activate(k, &k->sas[i]);
	if (sa->dir == KNL_IN)
		release_early(k, sa->spi);
	return 0;
}

static int fake_sa_del(void *arg, unsigned int ifindex, enum knl_dir dir,
		       uint32_t spi, uint32_t linger_ms, char why[KNL_WHY])
{
	struct fake_kernel *k = arg;
	struct fake_sa *sa = find_sa(k, dir, spi);
	bool was_active;

	if (!ifindex || refuses_to_delete(k, why))
		return ERR_KERNEL;
	if (!sa)
		return ERR_NOT_FOUND;
	/* Lingering is the module's affair; ladders are slower than it. */
	was_active = sa->active;
	memset(sa, 0, sizeof(*sa));
	if (was_active)
		activate(k, any_out(k));
	return 0;
}

static int fake_sa_flush(void *arg, unsigned int ifindex, char why[KNL_WHY])
{
	struct fake_kernel *k = arg;
	struct fake_link *there = link_there(k, ifindex);

	if (there) {
		there->flushes++;
		return there->refuse_flush ? ERR_KERNEL : 0;
	}
	assert_int_equal(ifindex, IFINDEX);
	k->flushes++;
	fake_kernel_flush(k);
	return 0;
}

static int fake_rri_set(void *arg, unsigned int ifindex,
			const struct knl_rri *rri, char why[KNL_WHY])
{
	struct fake_kernel *k = arg;
	struct fake_link *there = link_there(k, ifindex);

	if (there) {
		assert_false(rri->on);
		there->routes_off++;
		return 0;
	}
	if (k->refuse_rri) {
		snprintf(why, KNL_WHY, "the fake kernel refuses");
		return ERR_KERNEL;
	}
	k->rri_changes++;
	k->rri = *rri;
	return 0;
}

static int fake_sa_get(void *arg, unsigned int ifindex, enum knl_dir dir,
		       uint32_t spi, struct knl_sa_info *out)
{
	struct fake_kernel *k = arg;
	struct fake_sa *sa = find_sa(k, dir, spi);

	if (!sa)
		return ERR_NOT_FOUND;
	memset(out, 0, sizeof(*out));
	out->dir = dir;
	out->idle_ms = k->side->world->now_ms - sa->last_used_ms;
	out->soft_packets = sa->sa.soft_packets;
	out->stats[dir == KNL_OUT ? TUNIP_STAT_TX_PACKETS :
				    TUNIP_STAT_RX_PACKETS] = k->packets;
	return 0;
}

const struct knl_ops fake_knl_ops = {
	.ifindex = fake_ifindex,
	.address = fake_address,
	.links = fake_links,
	.link_add = fake_link_add,
	.link_set = fake_link_set,
	.link_del = fake_link_del,
	.sa_add = fake_sa_add,
	.sa_del = fake_sa_del,
	.sa_expect = fake_sa_expect,
	.sa_flush = fake_sa_flush,
	.rri_set = fake_rri_set,
	.sa_get = fake_sa_get,
};

static void switch_to(struct side *side, struct fake_sa *pending)
{
	struct knl_event ev = { .type = KNL_EV_SWITCHED, .ifindex = IFINDEX,
				.dir = KNL_OUT, .spi = pending->sa.spi };

	activate(&side->kernel, pending);
	ike_kernel_event(side->ike, &ev);
}

/* The younger one of two is pending, until its delay is over. */
static void switch_for_want_of_proof(struct side *side)
{
	uint64_t now = side->world->now_ms;
	struct fake_sa *active = active_out(&side->kernel), *sa;
	size_t i;

	for (i = 0; active && i < FAKE_SAS; i++) {
		sa = &side->kernel.sas[i];
		if (sa->used && sa->sa.dir == KNL_OUT && !sa->active &&
		    sa->added_ms > active->added_ms &&
		    now - sa->added_ms >= sa->sa.switch_delay_ms) {
			switch_to(side, sa);
			return;
		}
	}
}

/* Proof that the peer has the pair of this inbound SA, if it still waits for that. */
static void prove(struct side *side, uint32_t spi)
{
	struct fake_sa *active = active_out(&side->kernel), *pending;
	size_t i;

	for (i = 0; active && i < FAKE_SAS; i++) {
		pending = &side->kernel.sas[i];
		if (pending->used && pending->sa.dir == KNL_OUT &&
		    pending->sa.pair_spi == spi &&
		    pending->added_ms > active->added_ms) {
			switch_to(side, pending);
			return;
		}
	}
}

/* One packet: sealed with the transmit SA, opened if the peer has it. */
static bool send_packet(struct side *from, struct side *to)
{
	struct fake_sa *out, *in;
	struct fake_early *early;

	switch_for_want_of_proof(from);
	out = active_out(&from->kernel);
	in = out ? find_sa(&to->kernel, KNL_IN, out->sa.spi) : NULL;
	early = out && !in ? find_early(&to->kernel, out->sa.spi) : NULL;
	if (early && !to->deaf && early->waiting < FAKE_WAIT_MAX) {
		early->waiting++;
		return true;
	}
	if (!in || to->deaf || in->key_len != out->key_len ||
	    memcmp(in->keys, out->keys, in->key_len) != 0)
		return false;
	out->last_used_ms = from->world->now_ms;
	in->last_used_ms = to->world->now_ms;
	prove(to, in->sa.spi);
	return true;
}

bool world_packet(struct world *w)
{
	bool there = send_packet(&w->a, &w->b);
	bool back = send_packet(&w->b, &w->a);

	w->packets += 2;
	w->lost += !there + !back;
	return there && back;
}
