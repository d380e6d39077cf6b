/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The link kind: creation, change and display of interfaces over rtnetlink,
 * and the end of namespaces.
 */
#ifndef TUNIP_LINK_H
#define TUNIP_LINK_H

int tunip_link_init(void);
void tunip_link_exit(void);

#endif
