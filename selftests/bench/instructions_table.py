#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Judges what instructions_guest printed, on standard input.

instructions_table.py [--record] FILE: FILE holds, suite by suite, the share of
xfrm's instructions that ours takes, both less plain forwarding. One TAP result
a suite; the figures stand in comments.
"""
import collections
import sys

OURS, OPPONENT = "tunnel_ip", "xfrm"
TOLERANCE = 1.02


def read(lines):
    samples = collections.defaultdict(list)
    for line in lines:
        words = line.split()
        if words[:1] == ["sample"]:
            sent, count, arrived = map(int, words[4:7])
            if arrived >= sent:
                samples[words[1], words[2]].append(count / sent)
        elif words[:1] in (["fact"], ["failed:"]):
            print("#", line.strip())
    # What else the guest does meanwhile only adds.
    return {key: min(values) for key, values in samples.items()}


def expectations(path):
    with open(path, encoding="ascii") as f:
        return {suite: float(share) for suite, share in
                (line.split() for line in f if not line.startswith("#"))}


def main():
    path = sys.argv[-1]
    counts = read(sys.stdin)
    plain = counts.get(("plain", "-"))
    for (kind, suite), count in counts.items():
        over = f"{(count - plain) / 2:8.0f} a side over plain" if plain else ""
        print(f"# {kind:10} {suite:14} {count:8.0f} instructions a packet {over}")
    shares = {suite: (counts[OURS, suite] - plain) / (counts[OPPONENT, suite] - plain)
              for kind, suite in counts if kind == OURS and (OPPONENT, suite) in counts}
    if sys.argv[1] == "--record":
        with open(path, "w", encoding="ascii") as f:
            f.write("# Suite, and our share of xfrm's instructions (bench/instructions).\n")
            f.writelines(f"{suite} {share:.4f}\n" for suite, share in shares.items())
    expected = expectations(path)
    print(f"1..{len(expected)}")
    bad = 0
    for n, (suite, share) in enumerate(expected.items(), 1):
        got = shares.get(suite)
        good = got is not None and got <= share * TOLERANCE
        bad += not good
        print(f"{'ok' if good else 'not ok'} {n} {suite}: "
              f"{'no figure' if got is None else f'{got:.4f}'} of xfrm's, recorded {share:.4f}")
    return 1 if bad or not expected else 0


sys.exit(main())
