#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Which implementation of a cipher the kernel takes, by its configuration
interface: `crypto_alg.py add DRIVER` makes an instance of a template, which
is preferred from then on, `crypto_alg.py del DRIVER` removes it."""
import os
import socket
import struct
import sys

NETLINK_CRYPTO = 21
MESSAGES = {"add": 0x10, "del": 0x11}
NLMSG_ERROR = 2
REQUEST_ACK = 5
TYPE_AEAD, TYPE_MASK = 3, 15


def main():
    what, driver = sys.argv[1:]
    alg = struct.pack("64s64s64sIIII", b"", driver.encode(), b"", TYPE_AEAD,
                      TYPE_MASK, 0, 0)
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_CRYPTO)
    sock.bind((0, 0))
    sock.send(struct.pack("=IHHII", 16 + len(alg), MESSAGES[what], REQUEST_ACK, 1, 0) +
              alg)
    kind, error = struct.unpack_from("=4xH10xi", sock.recv(4096))
    if kind != NLMSG_ERROR or error:
        sys.exit(f"crypto_alg.py: {what} {driver}: {os.strerror(-error)}")


main()
