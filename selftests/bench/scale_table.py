#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The table of what scale_guest printed, on standard input; JSON in a file."""
import collections
import json
import statistics
import sys


def main():
    samples, memory, bad = collections.defaultdict(list), [], []
    for line in sys.stdin:
        words = line.split()
        if words[:1] == ["sample"]:
            sent, nanoseconds, arrived = map(int, words[4:7])
            if arrived < sent:
                bad.append(line.strip())
            else:
                samples[words[1], words[3]].append(nanoseconds / sent)
        elif words[:1] == ["memory"]:
            memory.append({"kind": words[1], "tunnels": int(words[2]),
                           "octets_each": int(words[3])})
        elif words[:1] == ["failed:"]:
            bad.append(line.strip())
    rows = [{"kind": kind, "tunnels": tunnels, "median": statistics.median(v),
             "best": min(v), "rounds": len(v)} for (kind, tunnels), v in samples.items()]
    print(f"{'tunnels':14} {'path':10} {'ns a packet: median':>19} {'best':>6}")
    for r in rows:
        print(f"{r['tunnels']:14} {r['kind']:10} {r['median']:19.0f} {r['best']:6.0f}")
    for m in memory:
        print(f"{m['tunnels']} of {m['kind']}: {m['octets_each'] / 1024:.1f} KiB each")
    with open(sys.argv[1], "w", encoding="ascii") as f:
        json.dump({"packets": rows, "memory": memory}, f, indent=1)
    for complaint in bad:
        print("void:", complaint)
    return 1 if bad or not rows else 0


sys.exit(main())
