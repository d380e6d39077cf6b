/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Intrusive doubly linked list, in the manner of the kernel's.
 */
#ifndef AGENT_UTIL_LIST_H
#define AGENT_UTIL_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next;
	struct list *prev;
};

static inline void list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

static inline void list_add_tail(struct list *head, struct list *item)
{
	item->prev = head->prev;
	item->next = head;
	head->prev->next = item;
	head->prev = item;
}

/* Unlink; the item may be deleted again or added elsewhere. */
static inline void list_del(struct list *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	list_init(item);
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

#define list_entry(item, type, member) \
	((type *)(void *)((char *)(item) - offsetof(type, member)))

#define list_for_each(pos, head, type, member)				\
	for (pos = list_entry((head)->next, type, member);		\
	     &pos->member != (head);					\
	     pos = list_entry(pos->member.next, type, member))

/* @pos may be unlinked and freed in the body. */
#define list_for_each_safe(pos, tmp, head, type, member)		\
	for (pos = list_entry((head)->next, type, member),		\
	     tmp = list_entry(pos->member.next, type, member);		\
	     &pos->member != (head);					\
	     pos = tmp, tmp = list_entry(tmp->member.next, type, member))

#endif
