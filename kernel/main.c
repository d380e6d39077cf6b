// SPDX-License-Identifier: GPL-2.0
/*
 * Starts and stops the module's parts, in order and in reverse order.
 */

#include <linux/module.h>

#include "crypto/multi.h"
#include "crypto/selftest.h"
#include "device.h"
#include "encap.h"
#include "histogram.h"
#include "link.h"
#include "netlink.h"
#include "prefix.h"
#include "replay.h"
#include "rri.h"
#include "rx.h"
#include "sad.h"

static int __init tunip_module_init(void)
{
	int err;

	if (!tunip_replay_selftest()) {
		pr_err("replay window self-test failed\n");
		return -ENOTRECOVERABLE;
	}
	if (!tunip_prefix_selftest()) {
		pr_err("prefix self-test failed\n");
		return -ENOTRECOVERABLE;
	}
	err = tunip_crypto_selftest();
	if (err)
		goto err_batch;
	err = tunip_device_init();
	if (err)
		goto err_batch;
	err = tunip_sad_init();
	if (err)
		goto err_device;
	err = tunip_rri_init();
	if (err)
		goto err_sad;
	err = tunip_rx_init();
	if (err)
		goto err_rri;
	err = tunip_encap_init();
	if (err)
		goto err_rx;
	err = tunip_link_net_init();
	if (err)
		goto err_encap;
	err = tunip_netlink_init();
	if (err)
		goto err_net;
	err = tunip_link_init();
	if (err)
		goto err_netlink;
	tunip_histogram_init();
	return 0;

err_netlink:
	tunip_netlink_exit();
err_net:
	tunip_link_net_exit();
err_encap:
	tunip_encap_exit();
err_rx:
	tunip_rx_exit();
err_rri:
	tunip_rri_exit();
err_sad:
	tunip_sad_exit();
err_device:
	tunip_device_exit();
err_batch:
	tunip_batch_exit();
	return err;
}

/*
 * Interfaces go first, and their SAs with them; then nothing new can be
 * claimed from the wire; the receive queues are emptied; and when the last
 * SA is freed, no crypto completion can call us any more.
 */
static void __exit tunip_module_exit(void)
{
	tunip_histogram_exit();
	tunip_link_exit();
	tunip_netlink_exit();
	tunip_link_net_exit();
	tunip_encap_exit();
	tunip_rx_exit();
	tunip_sa_wait_all();
	rcu_barrier();
	tunip_rri_exit();
	tunip_sad_exit();
	tunip_device_exit();
	tunip_batch_exit();
}

module_init(tunip_module_init);
module_exit(tunip_module_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Route-based IPsec tunnel interfaces");
MODULE_AUTHOR("tunnel-ip developers");
MODULE_SOFTDEP("pre: authenc authencesn cbc gcm hmac sha1 sha256 sha512");
