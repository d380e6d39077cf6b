#!/usr/bin/python3 -IS
# SPDX-License-Identifier: GPL-2.0
"""vici_rows.py SOCKET COMMAND ROW...

One command to strongSwan for many connections r1, r2, ... with the children
net1, net2, ...: initiate, rekey-child, rekey-ike, delete-child or delete-ike.
Nothing is waited for but charon's word that it has begun. One swanctl for each
would spend its time on starting.
"""

import socket
import struct
import sys

REQUEST, RESPONSE = 0, 1
KEY_VALUE = 3


def message(pairs):
    out = b""
    for key, value in pairs.items():
        key, value = key.encode(), value.encode()
        out += bytes([KEY_VALUE, len(key)]) + key + struct.pack("!H", len(value)) + value
    return out


def values(data):
    """The pairs of a message without sections."""
    out, at = {}, 0
    while at < len(data) and data[at] == KEY_VALUE:
        end = at + 2 + data[at + 1]
        size = struct.unpack_from("!H", data, end)[0]
        out[data[at + 2:end].decode()] = data[end + 2:end + 2 + size].decode()
        at = end + 2 + size
    return out


def receive(sock, size):
    out = b""
    while len(out) < size:
        more = sock.recv(size - len(out))
        if not more:
            sys.exit("charon closed the connection")
        out += more
    return out


def command(sock, name, pairs):
    body = bytes([REQUEST, len(name)]) + name.encode() + message(pairs)
    sock.sendall(struct.pack("!I", len(body)) + body)
    body = receive(sock, struct.unpack("!I", receive(sock, 4))[0])
    if body[0] != RESPONSE:
        sys.exit(f"charon does not know {name}")
    return values(body[1:])


def main():
    path, word, rows = sys.argv[1], sys.argv[2], sys.argv[3:]
    verb, _, kind = word.partition("-")
    name = {"delete": "terminate"}.get(verb, verb)
    failed = 0
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path)
        for row in rows:
            pairs = {"ike": f"r{row}"} if kind == "ike" else {"child": f"net{row}"}
            if verb != "rekey":
                pairs["timeout"] = "-1"
            said = command(sock, name, pairs)
            if said.get("success") != "yes":
                print(f"{word} {row}: {said.get('errmsg', said)}")
                failed = 1
    return failed


sys.exit(main())
