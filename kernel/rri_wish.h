/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between rri.c, which holds what interfaces want, and rri_wish.c, which knows
 * what that is.
 */
#ifndef TUNIP_RRI_WISH_H
#define TUNIP_RRI_WISH_H

#include "ends.h"
#include "rri.h"

/**
 * struct tunip_wish - the conditions under which an interface wants routes
 * @net: held; NULL when it ends: nothing is wanted there
 * @table: of the interface's VRF
 * @same_table: the outer packets are routed there too
 * @ends: a copy
 * @sa_ends: of the transmit SA, which may have others; with @live only
 * @config: a copy
 * @live: copy of the transmit SA's selector; NULL: no packets can be carried
 * @source: by family (0: IPv4), with what source the router's own packets may
 *	enter
 * @has_source: there is one, and it matters
 * @prefixes: of these, so many of the SA's selectors
 * @verify: look whether all that was installed is in the tables still
 * @readdress: what went in without its source may have it now
 * @resource: IPv6 may have taken the source from routes that are in
 * @dying: the interface is about to end
 * @last: there will be no other try
 * @err: the wishes are not complete; to be tried again
 * @again: a table could not be changed for now; to be tried again
 */
struct tunip_wish {
	struct tunip_dev *td;
	struct net *net;
	u32 table;
	bool same_table;
	struct tunip_ends ends;
	struct tunip_ends sa_ends;
	struct tunip_rri_config config;
	struct tunip_selector *live;
	union tunip_addr source[2];
	bool has_source[2];
	unsigned int prefixes;
	bool verify;
	bool readdress;
	bool resource;
	bool dying;
	bool last;
	int err;
	int again;
};

void tunip_wish_look(struct tunip_wish *w);
void tunip_wish_make(struct tunip_wish *w);
void tunip_wish_free(struct tunip_wish *w);
bool tunip_wish_may_start(struct tunip_dev *td, const struct tunip_prefix *p);
void tunip_rri_claim(struct tunip_wish *w, const struct tunip_fib_entry *e,
		     int refusal);

#endif
