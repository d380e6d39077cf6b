#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Compares the netlink spec with the uapi header: names, order, numbers.

The two say the same in two languages. Each enum of the header must be an enum,
an attribute set or the list of operations in the spec, entry by entry, and the
constants of the spec must have the header's values. Prints what differs;
success is one line.
"""

import pathlib
import re
import sys

import yaml

TOP = pathlib.Path(__file__).resolve().parent.parent
HEADER = TOP / "uapi/linux/tunnel_ip.h"
SPEC = TOP / "Documentation/netlink/specs/tunnel_ip.yaml"


def c_name(name):
    """Name of the spec as the header writes it."""
    return name.upper().replace("-", "_")


def header_enums(text):
    """Enum name -> list of (constant, number), without the __ sentinels."""
    enums = {}
    for name, body in re.findall(r"^enum (\w+) \{(.*?)^\};", text, re.S | re.M):
        entries, number = [], -1
        for entry in body.split(","):
            constant, _, value = (part.strip() for part in entry.partition("="))
            if not constant:
                continue
            number = int(value, 0) if value else number + 1
            if not constant.startswith("__"):
                entries.append((constant, number))
        enums[name] = entries
    return enums


def header_defines(text):
    """Constant -> number, for plain numbers and single bits."""
    defines = {}
    for name, shift, value in re.findall(
            r"^#define (TUNIP_\w+)\s+(?:\(1U << (\d+)\)|(\d+))\s*$", text, re.M):
        defines[name] = 1 << int(shift) if shift else int(value)
    return defines


def spec_entries(prefix, entries, number):
    """Entries of the spec with their numbers, counted from `number` on."""
    result = []
    for entry in entries:
        entry = entry if isinstance(entry, dict) else {"name": entry}
        number = entry.get("value", number)
        result.append((c_name(prefix + entry["name"]), number))
        number += 1
    return result


def spec_enums(spec):
    """What the spec says of each enum of the header."""
    enums = {}
    for item in spec["definitions"]:
        if item["type"] == "enum":
            enums[item["enum-name"].replace("-", "_")] = spec_entries(
                item["name-prefix"], item["entries"], 0)
    for item in spec["attribute-sets"]:
        prefix = item["name-prefix"]
        enums[item["enum-name"].replace("-", "_")] = [
            (c_name(prefix + "unspec"), 0)] + spec_entries(
                prefix, item["attributes"], 1)
    prefix = spec["operations"]["name-prefix"]
    enums["tunip_cmd"] = [(c_name(prefix + "unspec"), 0)] + spec_entries(
        prefix, spec["operations"]["list"], 1)
    return enums


def spec_defines(spec):
    """What the spec says of #defines: constants and flags."""
    defines = {}
    for item in spec["definitions"]:
        if item["type"] == "const":
            defines[c_name("tunip-" + item["name"])] = item["value"]
        elif item["type"] == "flags":
            for bit, (name, _) in enumerate(spec_entries(
                    item["name-prefix"], item["entries"], 0)):
                defines[name] = 1 << bit
    return defines


def compare_enum(name, header, spec):
    """Sentences about the first place where the two lists differ."""
    for place in range(max(len(header), len(spec))):
        ours = header[place] if place < len(header) else ("nothing", "")
        theirs = spec[place] if place < len(spec) else ("nothing", "")
        if ours != theirs:
            return [f"enum {name}, entry {place}: the header has "
                    f"{ours[0]} {ours[1]}, the spec {theirs[0]} {theirs[1]}"]
    return []


def references(spec):
    """Names that attributes and operations use without their being defined."""
    enums = {item["name"] for item in spec["definitions"]}
    sets = {item["name"]: {attr["name"] for attr in item["attributes"]}
            for item in spec["attribute-sets"]}
    problems = []
    for item in spec["attribute-sets"]:
        for attr in item["attributes"]:
            for key, known in (("enum", enums), ("nested-attributes", sets)):
                if key in attr and attr[key] not in known:
                    problems.append(f"attribute {attr['name']}: no {key} "
                                    f"{attr[key]}")
    for operation in spec["operations"]["list"]:
        used = [operation.get("event", {})]
        for kind in ("do", "dump"):
            used += operation.get(kind, {}).values()
        for part in used:
            for attr in part.get("attributes", []):
                if attr not in sets[operation["attribute-set"]]:
                    problems.append(f"operation {operation['name']}: no "
                                    f"attribute {attr}")
    return problems


def main():
    """Compares the two files and reports."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
    spec = yaml.safe_load(SPEC.read_text())
    in_header, in_spec = header_enums(text), spec_enums(spec)
    problems = references(spec)
    for name in in_header.keys() | in_spec.keys():
        problems += compare_enum(name, in_header.get(name, []),
                                 in_spec.get(name, []))
    defines = header_defines(text)
    for name, value in spec_defines(spec).items():
        if defines.get(name) != value:
            problems.append(f"{name}: the header has {defines.get(name)}, "
                            f"the spec {value}")
    for problem in sorted(problems):
        print(problem)
    if problems:
        print(f"{SPEC.name} and {HEADER.name} differ in {len(problems)} places")
        return 1
    print(f"{SPEC.name} and {HEADER.name} agree on {len(in_header)} enums")
    return 0


if __name__ == "__main__":
    sys.exit(main())
