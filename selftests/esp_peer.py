#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
The other end of a tunnel in user space: seals and opens ESP with scapy's
algorithms, sends what no kernel would send, and compares the counters of the
interface under test with what was offered. Driven by lines on standard input
from sa_lib.sh; answers each with "ok ..." or "no REASON". What is right and
what is wrong is said by the test, not here.
"""

import array
import ctypes
import fcntl
import itertools
import os
import select
import shlex
import socket
import struct
import sys
import time
import warnings

warnings.filterwarnings("ignore")
# Only what is needed: an emulated machine takes seconds to load the rest.
from scapy.layers.inet import ICMP, IP                  # noqa: E402
from scapy.layers.ipsec import AUTH_ALGOS, CRYPT_ALGOS  # noqa: E402
from scapy.layers.ipsec import InvalidTag, _ESPPlain    # noqa: E402

ETH_P_IP = 0x0800
PACKET_OUTGOING = 4
IPPROTO_ESP, IPPROTO_UDP, IPPROTO_IPIP = 50, 17, 4
CLONE_NEWNET = 0x40000000
SIOCGIFHWADDR = 0x8927
SIOCETHTOOL, GSSET_INFO, GSTRINGS, GSTATS = 0x8946, 0x37, 0x1b, 0x1d
PATIENCE = 5.0      # seconds for counters to reach what is expected
SETTLE = 0.03       # seconds in which nothing more may happen

AUTH = {"sha1": "HMAC-SHA1-96", "sha256": "SHA2-256-128",
        "sha384": "SHA2-384-192", "sha512": "SHA2-512-256"}


class Wrong(Exception):
    """What the test is told after "no"."""


class Sa:
    """One direction; fields as tunip_sa takes them."""

    def __init__(self, fields):
        self.spi = number(fields["spi"])
        gcm = fields["encr"] == "gcm"
        key = bytes.fromhex(fields["key"])
        self.crypt = CRYPT_ALGOS["AES-GCM" if gcm else "AES-CBC"]
        self.key, self.crypt_salt = (key[:-4], key[-4:]) if gcm else (key, b"")
        self.align = 4 if gcm else 16
        self.auth = None if gcm else AUTH_ALGOS[AUTH[fields["integ"]]]
        self.auth_key = bytes.fromhex(fields.get("integ-key", ""))
        self.esn = "esn" in fields.get("flags", "")
        self.local, self.remote = fields["local"], fields["remote"]
        self.ports = (number(fields.get("sport", 0)),
                      number(fields.get("dport", 0)))
        self.seq = number(fields.get("seq", 0))
        self.ivs = set()

    def icv(self, esp, high):
        mac = self.auth.new_mac(self.auth_key)
        mac.update(esp + (struct.pack("!L", high) if self.esn else b""))
        return mac.finalize()[:self.auth.icv_size]

    def seal(self, payload, seq, next_header, padding, pad_len):
        plain = _ESPPlain(spi=self.spi, seq=seq & 0xffffffff,
                          iv=self.crypt.generate_iv(), data=payload,
                          padding=padding, padlen=pad_len, nh=next_header)
        esp = bytes(self.crypt.encrypt(self, plain, self.key, esn_en=self.esn,
                                       esn=seq >> 32))
        return esp + (self.icv(esp, seq >> 32) if self.auth else b"")

    def decrypt(self, data, high):
        """Plaintext with its trailer; scapy itself returns it without."""
        size = self.crypt.iv_size
        iv, data, head = data[8:8 + size], data[8 + size:], data[:8]
        if iv in self.ivs:
            raise Wrong("IV %s came twice" % iv.hex())
        self.ivs.add(iv)
        if self.auth:
            return self.crypt.new_cipher(self.key, iv).decryptor().update(data)
        if self.esn:
            head = head[:4] + struct.pack("!L", high) + head[4:]
        try:
            return self.crypt.cipher(self.key).decrypt(self.crypt_salt + iv,
                                                       data, head)
        except InvalidTag:
            raise Wrong("ICV is wrong") from None

    def open(self, data):
        """Inner packet and next header of a packet off the wire."""
        spi, low = struct.unpack("!LL", data[:8])
        high = self.seq >> 32
        if spi != self.spi:
            raise Wrong("SPI %#x on the wire" % spi)
        if self.esn and low < (self.seq & 0xffffffff):
            high += 1
        if self.auth:
            size = self.auth.icv_size
            if self.icv(data[:-size], high) != data[-size:]:
                raise Wrong("ICV of sequence number %d is wrong" % low)
            data = data[:-size]
        plain = self.decrypt(data, high)
        pad = plain[-2]
        if plain[-2 - pad:-2] != bytes(range(1, pad + 1)):
            raise Wrong("trailer is " + plain[-2 - pad:].hex())
        self.seq = (high << 32 if self.esn else 0) | low
        return plain[:-2 - pad], plain[-1]


def number(text):
    return int(str(text), 0)


def values(text):
    """A number, A..B, or either separated by commas."""
    for part in text.split(","):
        first, _, last = part.partition("..")
        yield from range(number(first), number(last or first) + 1)


def parse(words):
    return dict(word.split("=", 1) for word in words)


def checksum(header):
    total = sum(struct.unpack("!10H", header))
    return (total >> 16) + (total & 0xffff) ^ 0xffff


class Counters:
    """ethtool -S without the process."""

    def __init__(self, device):
        self.device = device
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        info = self.ioctl(struct.pack("=LLQL", GSSET_INFO, 0, 2, 0))
        self.count = struct.unpack_from("=L", info, 16)[0]
        strings = self.ioctl(struct.pack("=LLL", GSTRINGS, 1, self.count) +
                             bytes(32 * self.count))
        self.names = [strings[12 + 32 * i:44 + 32 * i].split(b"\0")[0].decode()
                      for i in range(self.count)]

    def ioctl(self, request):
        data = array.array("B", request)
        address, _ = data.buffer_info()
        fcntl.ioctl(self.sock, SIOCETHTOOL,
                    struct.pack("16sP16x", self.device.encode(), address))
        return data.tobytes()

    def read(self):
        data = self.ioctl(struct.pack("=LL", GSTATS, self.count) +
                          bytes(8 * self.count))
        return dict(zip(self.names, struct.unpack_from(
            "=%dQ" % self.count, data, 8)))


class Peer:
    def __init__(self, namespace, device):
        self.outer = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                   socket.htons(ETH_P_IP))
        self.outer.bind(("eth0", ETH_P_IP))
        fd = os.open("/run/netns/" + namespace, os.O_RDONLY)
        if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        self.inner = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                   socket.htons(ETH_P_IP))
        self.inner.bind((device, ETH_P_IP))
        for sock in self.outer, self.inner:
            sock.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)
        self.device = device
        self.counters = Counters(device)
        self.mac = fcntl.ioctl(self.counters.sock, SIOCGIFHWADDR,
                               struct.pack("40s", b"eth0"))[18:24]
        self.before = self.counters.read()
        self.sas, self.offered, self.injected = {}, [], []
        self.last_id = 0

    # --- packets of the peer towards the interface ------------------------

    def inner_packet(self, f):
        """The packet inside, some of its fields lying if told to."""
        if "hex" in f:
            return bytes.fromhex(f["hex"])
        self.last_id = self.last_id % 65535 + 1
        size = number(f.get("size", 60))
        packet = bytearray(bytes(IP(
            src=f.get("src", "192.0.2.2"), dst=f.get("dst", "203.0.113.1"),
            id=self.last_id, proto=number(f.get("proto", 253)),
            tos=number(f.get("tos", 0)), ttl=number(f.get("ttl", 64)),
            flags=number(f.get("df", 0)) << 1,
            len=size) / (b"TUNNEL-IP-CLEAR!" * (size // 16 + 1))))[:size]
        if "ihl" in f:
            packet[0] = packet[0] & 0xf0 | number(f["ihl"])
        if "version" in f:
            packet[0] = packet[0] & 0x0f | number(f["version"]) << 4
        if "length" in f:
            packet[2:4] = struct.pack("!H", number(f["length"]))
        return bytes(packet)

    def esp_packet(self, sa, f, inner):
        sa.seq = number(f["seq"]) if "seq" in f else sa.seq + 1
        payload = inner + bytes(number(f.get("tfc", 0)))
        pad = -(len(payload) + 2) % sa.align
        pad += sa.align * number(f.get("blocks", 0))
        padding = bytes(i & 0xff for i in range(1, pad + 1))
        if "damage-padding" in f:
            at = number(f["damage-padding"])
            padding = padding[:at] + bytes([padding[at] ^ 0x40]) + \
                padding[at + 1:]
        esp = sa.seal(payload, sa.seq, number(f.get("nh", IPPROTO_IPIP)),
                      padding, number(f.get("pad-len", pad)))
        if "spi" in f:
            esp = struct.pack("!L", number(f["spi"])) + esp[4:]
        if "flip" in f:
            at = number(f["flip"]) % len(esp)
            esp = esp[:at] + bytes([esp[at] ^ 1]) + esp[at + 1:]
        if "cut" in f:
            esp = esp[:number(f["cut"])]
        return esp

    def frame(self, sa, f, esp):
        sport, dport = sa.ports
        udp = number(f.get("udp", 1 if dport else 0))
        if udp:
            esp = struct.pack("!HHHH", number(f.get("sport", sport or 4500)),
                              dport or 4500, 8 + len(esp), 0) + esp
        head = IP(src=f.get("outer-src", sa.local),
                  dst=f.get("outer-dst", sa.remote),
                  tos=number(f.get("outer-tos", f.get("tos", 0))), ttl=64,
                  proto=IPPROTO_UDP if udp else IPPROTO_ESP)
        return head, esp

    def put(self, head, data, trail=b""):
        head.len = 20 + len(data)
        self.outer.sendto(bytes(head) + data + trail,
                          ("eth0", ETH_P_IP, 0, 0, self.mac))

    def put_fragments(self, head, data, at):
        """In two, the second one first; @at is a multiple of 8."""
        self.last_id += 1
        head.id, head.frag = self.last_id, at // 8
        self.put(head, data[at:])
        head.frag, head.flags = 0, "MF"
        self.put(head, data[:at])

    def do_send(self, words):
        """send SA FIELD=VALUE...: a value A..B sends one packet for each."""
        sa = self.sas[words[0]]
        fields = parse(words[1:])
        many = [k for k, v in fields.items() if ".." in v or
                "," in v and k != "hex"]
        copies = number(fields.pop("copies", 1))
        for choice in itertools.product(*(values(fields[k]) for k in many)):
            f = dict(fields, **{k: str(v) for k, v in zip(many, choice)})
            inner = self.inner_packet(f)
            head, data = self.frame(sa, f, self.esp_packet(sa, f, inner))
            self.offered += [inner] * copies
            if "fragment" in f:
                self.put_fragments(head, data, number(f["fragment"]))
                continue
            for _ in range(copies):
                self.put(head, data, bytes(number(f.get("trail", 0))))

    def do_raw(self, words):
        """raw proto=N hex=...: any IP payload towards the interface's host."""
        f = parse(words)
        data = bytes.fromhex(f.get("hex", ""))
        self.put(IP(src=f["outer-src"], dst=f["outer-dst"],
                    proto=number(f["proto"])), data)

    def do_icmp(self, words):
        """icmp SA mtu=N [spi=N]: a router's complaint about a packet."""
        sa, f = self.sas[words[0]], parse(words[1:])
        quoted = bytes(IP(src=sa.local, dst=sa.remote, proto=IPPROTO_ESP,
                          len=1500)) + \
            struct.pack("!LL", number(f.get("spi", sa.spi)), 1)
        self.put(IP(src="198.51.100.254", dst=sa.local, proto=1),
                 bytes(ICMP(type=3, code=4, nexthopmtu=number(f["mtu"])) /
                       quoted))

    # --- what the interface does with them --------------------------------

    def changes(self):
        now = self.counters.read()
        return {k: v - self.before[k] for k, v in now.items()
                if v != self.before[k]}

    def do_expect(self, words):
        """expect COUNTER=N... [tos=N]: exactly these since the last call."""
        want = {k: number(v) for k, v in parse(words).items() if v != "0"}
        tos = want.pop("tos", None)
        packets = sum(v for k, v in want.items() if is_fate(k))
        end = time.monotonic() + PATIENCE
        got = self.changes()
        while (sum(v for k, v in got.items() if is_fate(k)) < packets and
               time.monotonic() < end):
            time.sleep(0.002)
            got = self.changes()
        time.sleep(SETTLE)
        got = self.changes()
        self.before = self.counters.read()
        for name in "rx_bytes", "tx_bytes":
            if name not in want:
                got.pop(name, None)
        if got != want:
            raise Wrong("counters moved by %s, expected %s" % (got, want))
        self.check_delivered(got.get("rx_packets", 0), tos)

    def check_delivered(self, count, tos):
        offered, self.offered = self.offered, []
        for i in range(count):
            packet = self.receive(self.inner, incoming=True)
            if packet is None:
                raise Wrong("%d of %d packets delivered" % (i, count))
            if checksum(packet[:20]):
                raise Wrong("delivered with a wrong checksum " + packet.hex())
            if tos is not None:
                if packet[1] != tos:
                    raise Wrong("delivered with TOS %#x" % packet[1])
                continue
            if packet not in offered:
                raise Wrong("not what was sent: " + packet.hex())
            offered.remove(packet)
        if self.receive(self.inner, incoming=True, wait=0):
            raise Wrong("more than %d packets delivered" % count)

    @staticmethod
    def receive(sock, incoming, wait=2.0):
        while select.select([sock], [], [], wait)[0]:
            try:
                packet, address = sock.recvfrom(65536)
            except OSError:     # the interface went down
                continue
            if (address[2] != PACKET_OUTGOING) == incoming:
                return packet
        return None

    # --- packets of the interface -----------------------------------------

    def do_inject(self, words):
        """inject FIELD=VALUE...: give the interface a packet to send."""
        f = parse(words)
        packet = self.inner_packet(f)
        self.injected.append(packet)
        self.inner.sendto(packet, (self.device,
                                   number(f.get("ethertype", ETH_P_IP))))

    def next_esp(self):
        while True:
            frame = self.receive(self.outer, incoming=True)
            if frame is None:
                raise Wrong("nothing on the wire")
            if b"TUNNEL-IP-CLEAR!" in frame:
                raise Wrong("plaintext on the wire: " + frame.hex())
            if frame[9] in (IPPROTO_ESP, IPPROTO_UDP):
                return frame

    def do_wire(self, words):
        """wire SA FIELD=VALUE...: open the next packet and look at it."""
        sa, f = self.sas[words[0]], parse(words[1:])
        frame = self.next_esp()
        at, seen = 20, {"tos": frame[1], "ttl": frame[8],
                        "df": frame[6] >> 6 & 1, "proto": frame[9]}
        if frame[9] == IPPROTO_UDP:
            seen["sport"], seen["dport"], _, seen["checksum"] = \
                struct.unpack("!HHHH", frame[20:28])
            at = 28
        inner, seen["nh"] = sa.open(frame[at:])
        seen.update(seq=sa.seq, size=len(frame))
        if inner not in self.injected:
            raise Wrong("not what was injected: " + inner.hex())
        self.injected.remove(inner)
        for key, value in f.items():
            if seen.get(key) != number(value):
                raise Wrong("%s is %s, expected %s" % (key, seen.get(key),
                                                       value))
        return " ".join("%s=%d" % item for item in seen.items())

    def do_silence(self, _words):
        """silence: no ESP on the wire, and forget what was injected."""
        self.injected = []
        while True:
            frame = self.receive(self.outer, incoming=True, wait=0.3)
            if frame is None:
                return
            if frame[9] in (IPPROTO_ESP, IPPROTO_UDP):
                raise Wrong("on the wire: " + frame.hex())

    # --- the rest ---------------------------------------------------------

    def do_sa(self, words):
        """sa NAME FIELD=VALUE...: as the peer sees it."""
        self.sas[words[0]] = Sa(parse(words[1:]))

    def do_reset(self, _words):
        """reset: what happened so far does not count."""
        for sock in self.inner, self.outer:
            while self.receive(sock, incoming=True, wait=0.1):
                pass
        self.offered, self.injected = [], []
        self.before = self.counters.read()

    def run(self, line):
        words = shlex.split(line)
        return getattr(self, "do_" + words[0])(words[1:])


def is_fate(name):
    """Is the counter one of those in which a packet ends?"""
    return name.startswith("drop_") or name in ("rx_packets", "tx_packets",
                                                "rx_dummy")


def main():
    peer = Peer(*sys.argv[1:3])
    print("ok", flush=True)
    for line in sys.stdin:
        try:
            print("ok", peer.run(line) or "", flush=True)
        except Wrong as why:
            print("no", why, flush=True)
        except (AttributeError, KeyError, ValueError, OSError) as why:
            print("no %s: %r" % (line.strip(), why), flush=True)


main()
