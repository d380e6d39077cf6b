# SPDX-License-Identifier: GPL-2.0
"""What tunctl prints as JSON, looked through by scripts (python3 -B, with
PYTHONPATH the directory of this file)."""


def members(of, key):
    """Every object inside of @of, at whatever depth, that has the key."""
    if isinstance(of, dict):
        if key in of:
            yield of
        of = list(of.values())
    for child in of if isinstance(of, list) else []:
        yield from members(child, key)
