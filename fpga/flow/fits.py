# SPDX-License-Identifier: MIT
"""What a netlist needs, next to what its device has: results/synthesis.json.

One entry per board and system, written after each synthesis. It says what fits before (and whether or
not) place-and-route has run, and it is the budget of `--synth-only --check`.
"""

import json
import re

from . import report, tools

PATH = tools.FPGA / "results" / "synthesis.json"
KEYS = ("luts", "ffs", "bram", "dsp")
SLACK = 0.05
# What nextpnr calls a cell with one LUT. On iCE40 a flip-flop or carry that shares no LUT takes one.
CELL = {"ice40": "ICESTORM_LC", "ecp5": "TRELLIS_COMB"}


def load():
    return json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {}


def measure(board, system_name, system, netlist):
    """The entry of a netlist. LUTs: LUT4, a carry cell of ECP5 as the two that it holds."""
    rows = report.modules(netlist)
    capacity = board["capacity"]
    return {
        "board": board["board"],
        "title": board["title"],
        "system": system_name,
        "config": system["config"],
        "luts": sum(row["luts"] for row in rows),
        "lut_capacity": capacity["luts"],
        "ffs": sum(row["ffs"] for row in rows),
        "bram": sum(row["memories"] for row in rows),
        "bram_capacity": capacity["bram"],
        "dsp": sum(row["dsps"] for row in rows),
        "dsp_capacity": capacity["dsp"],
        "tool": tools.version("yosys"),
    }


def cells(log, family):
    """Cells after packing, from nextpnr's log, which has them before it finds that they do not fit."""
    found = re.search(rf"{CELL[family]}:\s+(\d+)/", log)
    return int(found[1]) if found else None


def lacking(entry):
    """What there is too little of, as text; empty: it fits as far as counting can tell."""
    names = {"luts": "lut_capacity", "cells": "lut_capacity", "bram": "bram_capacity",
             "dsp": "dsp_capacity"}
    return [f"{key} {entry[key]:,} of {entry[limit]:,}" for key, limit in names.items()
            if entry.get(key, 0) > entry[limit]]


def worse(new, old):
    """Figures that got more than 5 % worse, as lines to print."""
    return [f"{key}: {new[key]}, was {old[key]}" for key in KEYS
            if new[key] > old[key] * (1 + SLACK)]


def keep(name, entry):
    entries = load() | {name: entry}
    text = json.dumps(dict(sorted(entries.items())), indent=2)
    PATH.write_text(text + "\n", encoding="utf-8")


def share(used, capacity):
    return f"{used:,} of {capacity:,} ({100 * used / capacity:.0f} %)" if capacity else f"{used:,}"


def packed(entry):
    return share(entry["cells"], entry["lut_capacity"]) if "cells" in entry else ""


def table(entries, placed):
    """`placed`: names of the builds that place-and-route has brought to a bitstream."""
    lines = ["| device | system | config | LUT | cells | FF | block RAM | DSP | fits | bitstream |",
             "| --- " * 10 + "|"]
    for name, entry in sorted(entries.items()):
        lines.append(
            f"| {entry['title']} | {entry['system']} | {entry['config']} "
            f"| {share(entry['luts'], entry['lut_capacity'])} | {packed(entry)} | {entry['ffs']:,} "
            f"| {share(entry['bram'], entry['bram_capacity'])} "
            f"| {share(entry['dsp'], entry['dsp_capacity'])} "
            f"| {'**no**' if lacking(entry) else 'yes'} | {'yes' if name in placed else 'no'} |")
    return "\n".join(lines)
