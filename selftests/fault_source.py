#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A SKIP key source that fails on demand.

fault_source.py DIRECTORY PORT [NAME]

DIRECTORY holds ca.pem, and NAME.pem and NAME.key of the server (kp-a if not
named). What it does with a request is the content of DIRECTORY/mode, read each
time; DIRECTORY/requests gets a line for each. One that works gives the keys of
DIRECTORY/keys/ID, once, so that two of them with the same directory are a pair.
"""

import json
import os
import secrets
import socket
import ssl
import struct
import sys
import threading
import time


def mode_of(place):
    """The mode, its argument, and how many requests it is good for."""
    with open(os.path.join(place, "mode"), encoding="ascii") as f:
        words = f.read().split() or ["ok"]
    return words[0], words[1] if len(words) > 1 else ""


def set_mode(place, text):
    with open(os.path.join(place, "mode"), "w", encoding="ascii") as f:
        f.write(text)


def http(status, body):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n").encode() + data


def key_file(place, key_id):
    return os.path.join(place, "keys", key_id)


def new_key(place, octets=32):
    key_id, key = secrets.token_hex(16), secrets.token_hex(octets)
    os.makedirs(os.path.join(place, "keys"), exist_ok=True)
    with open(key_file(place, key_id), "w", encoding="ascii") as f:
        f.write(key)
    return {"keyId": key_id, "key": key}


def old_key(place, path):
    key_id = path.split("/")[2].split("?")[0]
    try:
        with open(key_file(place, key_id), encoding="ascii") as f:
            key = f.read()
        os.unlink(key_file(place, key_id))
    except OSError:
        return http(400, {"message": "no such key"})
    return http(200, {"keyId": key_id, "key": key})


CAPABILITY = {"entropy": False, "key": True, "algorithm": "fault",
              "localSystemID": "KP_A", "remoteSystemID": ["KP_B", "KP_*_X"]}


def good(place, path):
    if path == "/capabilities":
        return http(200, CAPABILITY)
    if path.startswith("/key?"):
        return http(200, new_key(place))
    return old_key(place, path)


def answers(place, path, mode, argument):
    """What goes out, for the modes that answer."""
    key = path.startswith("/key")
    if mode == "no-keys" and not key:
        return http(200, dict(CAPABILITY, key=False))
    if mode == "strangers" and not key:
        return http(200, dict(CAPABILITY, remoteSystemID=["KP_Z"]))
    if not key:
        return good(place, path)
    if mode == "status":
        return http(int(argument), {"message": "as ordered"})
    if mode == "not-yet":
        left = int(argument) - 1
        set_mode(place, f"not-yet {left}" if left else "ok")
        return http(400, {"message": "not yet"})
    if mode == "garbage":
        return http(200, b"\x00\xff<html>{{{{" * 20)
    if mode == "empty":
        return http(200, b"")
    if mode == "list":
        return http(200, [1, 2, 3])
    if mode == "deep":
        return http(200, b"{\"a\":" * 200 + b"1" + b"}" * 200)
    if mode == "short":
        return http(200, new_key(place, 16))
    if mode == "odd":
        return http(200, dict(new_key(place), key="abc"))
    if mode == "no-hex":
        return http(200, dict(new_key(place), key="zz" * 32))
    if mode == "bad-id":
        return http(200, dict(new_key(place), keyId="../../etc/passwd"))
    if mode == "other-id":
        return http(200, dict(new_key(place), keyId="00" * 16))
    if mode == "oversize":
        return http(200, b"{\"key\":\"" + b"a" * 100000 + b"\"}")
    if mode == "redirect":
        return (b"HTTP/1.1 302 X\r\nLocation: /key?remoteSystemID=KP_B\r\n"
                b"Content-Length: 0\r\n\r\n")
    if mode == "half":
        return good(place, path)[:-20]
    return good(place, path)


def drip(tls, data):
    for octet in data:
        tls.sendall(bytes([octet]))
        time.sleep(0.2)


def reset(tls):
    tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    tls.close()


def read_request(tls):
    data = b""
    while b"\r\n\r\n" not in data and len(data) < 8192:
        part = tls.recv(4096)
        if not part:
            return ""
        data += part
    return data.split(b" ")[1].decode("ascii", "replace")


def serve(place, tls):
    path = read_request(tls)
    if not path:
        return
    with open(os.path.join(place, "requests"), "a", encoding="utf-8") as f:
        f.write(path + "\n")
    mode, argument = mode_of(place)
    key = path.startswith("/key")
    if mode == "slow" and key:
        time.sleep(float(argument))
    if mode == "close" and key:
        return
    if mode == "reset" and key:
        reset(tls)
        return
    data = answers(place, path, mode, argument)
    if mode == "drip" and key:
        drip(tls, data)
    else:
        tls.sendall(data)


def on_connection(place, context, conn):
    try:
        with context.wrap_socket(conn, server_side=True) as tls:
            serve(place, tls)
    except (OSError, ssl.SSLError, ValueError, IndexError):
        conn.close()


def main():
    place, port = sys.argv[1], int(sys.argv[2])
    name = sys.argv[3] if len(sys.argv) > 3 else "kp-a"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(f"{place}/{name}.pem", f"{place}/{name}.key")
    context.load_verify_locations(f"{place}/ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    listener = socket.create_server(("127.0.0.1", port), backlog=64)
    print("ready", flush=True)
    while True:
        conn, _ = listener.accept()
        conn.settimeout(30)
        threading.Thread(target=on_connection, args=(place, context, conn),
                         daemon=True).start()


main()
