/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a program tells the service manager that started it (sd_notify(3)); by
 * none started, it tells nobody.
 */
#ifndef AGENT_EVENT_MANAGER_H
#define AGENT_EVENT_MANAGER_H

/* "READY=1", "STOPPING=1". */
void manager_notify(const char *state);
void manager_notify_reloading(void);

#endif
