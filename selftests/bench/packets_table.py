#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Tables of what packets_guest printed, on standard input.

packets_table.py JSON SVG: nanoseconds a packet takes through both gateways
(median, 25th percentile, best of all rounds), what that is over plain
forwarding for one side, and the opponents' figures divided by ours: above 1 we
are faster. Lost packets make a sample void, and that is an error.
"""
import collections
import json
import statistics
import sys

OURS = "tunnel_ip"
SIZES = ["64", "576", "1400", "imix"]


def read(lines):
    samples = collections.defaultdict(list)
    tcp = collections.defaultdict(list)
    facts, batches, bad = [], {}, []
    for line in lines:
        words = line.split()
        if not words:
            continue
        if words[0] == "sample":
            kind, suite, size = words[1:4]
            sent, nanoseconds, arrived = map(int, words[4:7])
            if arrived < sent:
                bad.append(f"{kind} {suite} {size}: {arrived} of {sent} arrived")
            else:
                samples[kind, suite, size].append(nanoseconds / sent)
        elif words[0] == "tcp":
            tcp[words[1], words[2]].append(float(words[3]) / 1e9)
        elif words[0] == "fact":
            facts.append(" ".join(words[1:]))
        elif words[0].startswith("batches") and words[1] != "#":
            batches.setdefault(words[0], {})[words[1]] = [int(words[2]), int(words[3])]
        elif words[0] == "failed:":
            bad.append(line.strip())
    return samples, tcp, facts, batches, bad


def summary(values):
    """Median, 25th percentile and best; of rates the caller passes negatives."""
    quarter = (statistics.quantiles(values, n=4, method="inclusive")[0]
               if len(values) > 1 else values[0])
    return {"median": statistics.median(values), "p25": quarter,
            "best": min(values), "rounds": len(values)}


def packets(samples):
    """One row for each kind, suite and size that has samples."""
    rows = []
    for (kind, suite, size), values in samples.items():
        row = {"kind": kind, "suite": suite, "size": size, **summary(values)}
        ours = samples.get((OURS, suite, size))
        if ours and kind != OURS:
            mine = summary(ours)
            row["ratio"] = {k: row[k] / mine[k] for k in ("median", "p25", "best")}
        plain = samples.get(("plain", "-", size))
        if plain and kind != "plain":
            base = summary(plain)
            row["side"] = {k: (row[k] - base[k]) / 2 for k in ("median", "p25", "best")}
        rows.append(row)
    order = {s: i for i, s in enumerate(SIZES)}
    return sorted(rows, key=lambda r: order.get(r["size"], 9))


def three(values, form):
    return " ".join(form.format(values[k]) for k in ("median", "p25", "best"))


def show(rows):
    print(f"{'size':5} {'suite':14} {'path':10} {'ns a packet, both sides':>23}"
          f" {'over plain, a side':>23} {'theirs/ours':>17}")
    print(f"{'':5} {'':14} {'':10} {'median     p25    best':>23}"
          f" {'median     p25    best':>23} {'median  p25  best':>17}")
    for r in rows:
        side = three(r["side"], "{:7.0f}") if "side" in r else ""
        ratio = three(r["ratio"], "{:5.2f}") if "ratio" in r else ""
        print(f"{r['size']:5} {r['suite']:14} {r['kind']:10}"
              f" {three(r, '{:7.0f}')} {side:>23} {ratio:>17}")


def show_tcp(rows):
    if rows:
        print(f"\n{'TCP, gateway to gateway':31} {'Gbit/s: median':>15} {'best':>6}")
    for r in rows:
        print(f"{r['suite']:20} {r['kind']:10} {r['median']:15.2f} {r['best']:6.2f}")


def show_batches(batches):
    for name, classes in batches.items():
        used = [f"{size}+: {a}/{b}" for size, (a, b) in classes.items() if a or b]
        what = "with TCP" if name == "batches_tcp" else "single packets"
        print(f"batches of packets sealed/opened together, {what}: {', '.join(used)}")


def plot(rows, path):
    """Bars of the best nanoseconds at 1400 octets, suite by suite."""
    bars = [r for r in rows if r["size"] == "1400"]
    bars.sort(key=lambda r: (r["suite"] != "-", r["suite"], r["best"]))
    most = max(r["best"] for r in bars)
    height = 20 * len(bars) + 40
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}"'
           ' font-family="sans-serif" font-size="12">',
           '<text x="10" y="18">nanoseconds a packet of 1400 octets takes through'
           ' both gateways, best of all rounds</text>']
    for i, r in enumerate(bars):
        y = 30 + 20 * i
        width = 420 * r["best"] / most
        colour = "#2a6f97" if r["kind"] == OURS else "#b0b0b0"
        out.append(f'<text x="10" y="{y + 12}">{r["kind"]} {r["suite"].strip("-")}</text>'
                   f'<rect x="220" y="{y}" width="{width:.0f}" height="15" fill="{colour}"/>'
                   f'<text x="{225 + width:.0f}" y="{y + 12}">{r["best"]:.0f}</text>')
    out.append("</svg>\n")
    with open(path, "w", encoding="ascii") as f:
        f.write("\n".join(out))


def main():
    samples, tcp, facts, batches, bad = read(sys.stdin)
    rows = packets(samples)
    tcp_rows = [{"kind": k, "suite": s, "median": statistics.median(v), "best": max(v),
                 "rounds": len(v)} for (k, s), v in tcp.items()]
    for fact in facts:
        print(fact)
    show(rows)
    show_tcp(tcp_rows)
    show_batches(batches)
    with open(sys.argv[1], "w", encoding="ascii") as f:
        json.dump({"facts": facts, "packets": rows, "tcp": tcp_rows,
                   "batches": batches}, f, indent=1)
    if rows:
        plot(rows, sys.argv[2])
    for complaint in bad:
        print("void:", complaint)
    return 1 if bad or not rows else 0


sys.exit(main())
