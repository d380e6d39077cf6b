#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Packets as a virtual machine hands them to its router: with a virtio header
that says what remains to be done about them. The socket is one of this network
namespace.

usage: vnet_packet.py DEV SRC DST super SEGMENTS SIZE COUNT
           TCP packets to be cut into so many segments of so many octets
       vnet_packet.py DEV SRC DST checksums
           short packets whose checksum begins and stands at every odd place;
           prints how many the kernel took
"""
import socket
import struct
import sys

PACKET_VNET_HDR = 15
SOL_PACKET = 263
NEEDS_CSUM = 1
GSO_TCPV4 = 1
ETH_P_IP = 0x0800
IP_LEN = 20
TCP_LEN = 20
TCP_CHECKSUM = 16


def ip_header(src, dst, length):
    """Of a TCP packet; the module asks nothing of its checksum."""
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, min(length, 65535), 1, 0, 64,
                       socket.IPPROTO_TCP, 0, socket.inet_aton(src),
                       socket.inet_aton(dst))


def tcp_packet(src, dst, octets):
    tcp = struct.pack("!HHIIBBHHH", 9, 9, 1, 1, TCP_LEN // 4 << 4, 0x10, 1024, 0, 0)
    return ip_header(src, dst, IP_LEN + TCP_LEN + octets) + tcp + bytes(octets)


def vnet_header(gso, size, start, offset):
    return struct.pack("=BBHHHH", NEEDS_CSUM, gso, IP_LEN + TCP_LEN if gso else 0,
                       size, start, offset)


def main():
    dev, src, dst, what = sys.argv[1:5]
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    sock.bind((dev, ETH_P_IP))
    if what == "super":
        segments, size, count = map(int, sys.argv[5:])
        packet = (vnet_header(GSO_TCPV4, size, IP_LEN, TCP_CHECKSUM) +
                  tcp_packet(src, dst, segments * size))
        for _ in range(count):
            sock.send(packet)
        return
    taken = 0
    packet = tcp_packet(src, dst, 10)
    for start in (0, 1, IP_LEN, len(packet) - 2, len(packet) - 1, len(packet), 65535):
        for offset in (0, 1, TCP_CHECKSUM, len(packet), 65535):
            try:
                sock.send(vnet_header(0, 0, start, offset) + packet)
                taken += 1
            except OSError:
                pass
    print(taken)


main()
