// SPDX-License-Identifier: GPL-2.0
/*
 * agent/util/list.h, table.c and err.c: what is put in comes out, once, and
 * no choice of keys makes looking it up slow.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/err.h"
#include "util/list.h"
#include "util/table.h"

struct item {
	int value;
	struct list list;
};

static void assert_order(struct list *head, const int *want, size_t count)
{
	struct item *i;
	size_t n = 0;

	list_for_each(i, head, struct item, list) {
		assert_true(n < count);
		assert_int_equal(i->value, want[n++]);
	}
	assert_int_equal(n, count);
}

static void list_keeps_the_order(void **state)
{
	struct item items[4] = { { .value = 0 }, { .value = 1 },
				 { .value = 2 }, { .value = 3 } };
	struct list head;
	int i;

	list_init(&head);
	assert_true(list_empty(&head));
	for (i = 0; i < 4; i++)
		list_add_tail(&head, &items[i].list);
	assert_false(list_empty(&head));
	assert_order(&head, (const int[]){ 0, 1, 2, 3 }, 4);
	list_del(&items[1].list);
	assert_order(&head, (const int[]){ 0, 2, 3 }, 3);
	list_del(&items[0].list);
	list_del(&items[3].list);
	assert_order(&head, (const int[]){ 2 }, 1);
	list_add_tail(&head, &items[0].list);
	assert_order(&head, (const int[]){ 2, 0 }, 2);
}

static void item_may_be_unlinked_twice(void **state)
{
	struct item a = { .value = 1 }, b = { .value = 2 };
	struct list head;

	list_init(&head);
	list_add_tail(&head, &a.list);
	list_add_tail(&head, &b.list);
	list_del(&a.list);
	list_del(&a.list);
	assert_order(&head, (const int[]){ 2 }, 1);
}

static void items_may_be_freed_on_the_way(void **state)
{
	struct item *i, *tmp;
	struct list head;
	int n;

	list_init(&head);
	for (n = 0; n < 10; n++) {
		i = calloc(1, sizeof(*i));
		i->value = n;
		list_add_tail(&head, &i->list);
	}
	list_for_each_safe(i, tmp, &head, struct item, list) {
		list_del(&i->list);
		free(i);
	}
	assert_true(list_empty(&head));
}

#define SEED	0x9e3779b97f4a7c15	/* any odd number without a pattern */
#define NODES	20000

static void table_finds_what_was_put_in(void **state)
{
	struct table_node *nodes = calloc(NODES, sizeof(*nodes));
	struct table t;
	uint64_t i;

	assert_int_equal(table_init(&t, SEED), 0);
	assert_null(table_find(&t, 0));
	for (i = 0; i < NODES; i++)
		table_insert(&t, &nodes[i], i * i);
	assert_int_equal(t.count, NODES);
	for (i = 0; i < NODES; i++)
		assert_ptr_equal(table_find(&t, i * i), &nodes[i]);
	assert_null(table_find(&t, 2));
	for (i = 0; i < NODES; i += 2)
		table_remove(&t, &nodes[i]);
	assert_int_equal(t.count, NODES / 2);
	for (i = 0; i < NODES; i++)
		assert_ptr_equal(table_find(&t, i * i),
				 i % 2 ? &nodes[i] : NULL);
	table_fini(&t);
	free(nodes);
}

static void removing_what_is_not_there_changes_nothing(void **state)
{
	struct table_node in, out = { .key = 7 };
	struct table t;

	assert_int_equal(table_init(&t, SEED), 0);
	table_insert(&t, &in, 7);
	table_remove(&t, &out);
	assert_int_equal(t.count, 1);
	assert_ptr_equal(table_find(&t, 7), &in);
	table_remove(&t, &in);
	table_remove(&t, &in);
	assert_int_equal(t.count, 0);
	table_fini(&t);
}

static void nodes_may_share_a_key(void **state)
{
	struct table_node same[5], others[500], *node;
	struct table t;
	unsigned int i, n = 0;

	assert_int_equal(table_init(&t, SEED), 0);
	for (i = 0; i < 500; i++) {
		table_insert(&t, &others[i], 1000 + i);
		if (i % 100 == 0)
			table_insert(&t, &same[i / 100], 42);
	}
	for (node = table_find(&t, 42); node; node = table_next(node)) {
		assert_true(node >= same && node < same + 5);
		n++;
	}
	assert_int_equal(n, 5);
	table_fini(&t);
}

/* Nodes that a lookup of each key passes, on average. */
static double mean_chain(const struct table *t)
{
	size_t slots = (size_t)1 << t->bits, i, sum = 0;

	for (i = 0; i < slots; i++) {
		const struct table_node *node;
		size_t len = 0;

		for (node = t->slots[i]; node; node = node->next)
			len++;
		sum += len * len;
	}
	return (double)sum / (double)t->count;
}

/*
 * Keys as somebody would choose them who knows the program but not the seed.
 * Keys chosen by chance give 1 + count / slots, which is at most 2.
 */
static void chosen_keys_do_not_build_chains(void **state)
{
	struct table_node *nodes = calloc(NODES, sizeof(*nodes));
	unsigned int shift;
	struct table t;
	uint64_t i;

	for (shift = 0; shift < 50; shift++) {
		assert_int_equal(table_init(&t, SEED), 0);
		for (i = 0; i < NODES; i++)
			table_insert(&t, &nodes[i], i << shift);
		assert_true(t.count <= (size_t)1 << t.bits);
		assert_true(mean_chain(&t) < 4);
		table_fini(&t);
	}
	free(nodes);
}

static void every_error_has_a_sentence_of_its_own(void **state)
{
	static const int codes[] = {
#define X(name, num, text) ERR_##name,
		ERR_LIST(X)
#undef X
	};
	size_t count = sizeof(codes) / sizeof(codes[0]), i, j;

	assert_string_equal(err_text(ERR_OK), "success");
	assert_string_equal(err_text(-9999), "unknown error");
	assert_string_equal(err_text(1), "unknown error");
	for (i = 0; i < count; i++) {
		assert_true(codes[i] < 0);
		assert_string_not_equal(err_text(codes[i]), "unknown error");
		for (j = 0; j < i; j++) {
			assert_int_not_equal(codes[i], codes[j]);
			assert_string_not_equal(err_text(codes[i]),
						err_text(codes[j]));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_keeps_the_order),
		cmocka_unit_test(item_may_be_unlinked_twice),
		cmocka_unit_test(items_may_be_freed_on_the_way),
		cmocka_unit_test(table_finds_what_was_put_in),
		cmocka_unit_test(removing_what_is_not_there_changes_nothing),
		cmocka_unit_test(nodes_may_share_a_key),
		cmocka_unit_test(chosen_keys_do_not_build_chains),
		cmocka_unit_test(every_error_has_a_sentence_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
