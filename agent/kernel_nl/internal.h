/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of kernel_nl/ share: the sockets and one way to ask.
 */
#ifndef AGENT_KERNEL_NL_INTERNAL_H
#define AGENT_KERNEL_NL_INTERNAL_H

#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "kernel_nl/knl.h"

struct knl {
	struct nl_sock *genl;		/* requests to the module */
	struct nl_sock *rtnl;		/* links and addresses */
	struct nl_sock *events;		/* the module's events */
	struct nl_sock *links;		/* links and addresses */
	int family;
	struct loop *loop;
	struct loop_fd *events_watch;
	struct loop_fd *links_watch;
	knl_event_fn fn;
	void *arg;
};

/* Handles one message of an answer; NL_OK or NL_SKIP. */
typedef int (*knl_msg_fn)(struct nl_msg *msg, void *arg);

/**
 * knl_ask - send a request and take the answer up to its acknowledgement
 * @msg: freed here, its octets wiped first because they may hold keys
 * @fn: called for each message of the answer, may be NULL
 * @why: the kernel's sentence when it refuses
 *
 * Return: 0; ERR_NOT_FOUND, ERR_EXISTS, ERR_DENIED, ERR_AGAIN (a dump was
 * interrupted) or ERR_KERNEL.
 */
int knl_ask(struct nl_sock *sock, struct nl_msg *msg, knl_msg_fn fn, void *arg,
	    char why[KNL_WHY]);
struct nl_msg *knl_request(struct knl *knl, uint8_t cmd, int flags);
/* The same about interfaces, for rtnetlink, acknowledged. NULL without memory. */
struct nl_msg *knl_link_request(int type, int flags,
				const struct ifinfomsg *ifi);
int knl_events_open(struct knl *knl, char why[KNL_WHY]);
void knl_events_close(struct knl *knl);

int knl_link_add(void *arg, const struct knl_link *link, unsigned int *ifindex,
		 char why[KNL_WHY]);
int knl_address(void *arg, const char *name, sa_family_t family,
		struct addr *out);
/* Give it an address, unless @inner is none or it has it. */
int knl_address_set(struct knl *knl, const struct prefix *inner,
		    unsigned int ifindex, char why[KNL_WHY]);
int knl_address_change(struct knl *knl, const struct prefix *was,
		       const struct prefix *now, unsigned int ifindex,
		       char why[KNL_WHY]);
/* Take from it what an agent has put there and @link does not have. */
int knl_address_prune(struct knl *knl, const struct knl_link *link,
		      unsigned int ifindex, char why[KNL_WHY]);
unsigned int knl_ifindex(void *arg, const char *name);
/* Say of one that we have made that we did. */
void knl_link_mark(struct knl *knl, unsigned int ifindex);
bool knl_link_is_marked(struct knl *knl, unsigned int ifindex);
int knl_links(void *arg, knl_link_fn fn, void *fn_arg, char why[KNL_WHY]);
int knl_link_set(void *arg, unsigned int ifindex, const struct knl_link *was,
		 const struct knl_link *link, char why[KNL_WHY]);
int knl_link_del(void *arg, unsigned int ifindex, char why[KNL_WHY]);
int knl_sa_add(void *arg, const struct knl_sa *sa, char why[KNL_WHY]);
int knl_sa_del(void *arg, unsigned int ifindex, enum knl_dir dir, uint32_t spi,
	       uint32_t linger_ms, char why[KNL_WHY]);
int knl_sa_expect(void *arg, unsigned int ifindex, uint32_t spi,
		  unsigned int seconds, char why[KNL_WHY]);
int knl_sa_flush(void *arg, unsigned int ifindex, char why[KNL_WHY]);
int knl_sa_get(void *arg, unsigned int ifindex, enum knl_dir dir, uint32_t spi,
	       struct knl_sa_info *out);
int knl_rri_set(void *arg, unsigned int ifindex, const struct knl_rri *rri,
		char why[KNL_WHY]);
/* Nests of one side's selectors. */
void knl_put_selectors(struct nl_msg *msg, int type,
		       const struct knl_selector *sel, unsigned int count);
/* Reads TUNIP_A_ROUTE. Return: false when it is not there or makes no sense. */
bool knl_take_route(struct nlattr *nest, struct knl_route *out);

#endif
