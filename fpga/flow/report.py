# SPDX-License-Identifier: MIT
"""What the tools say, boiled down: sizes per module, clock, critical path."""

import json
import re

# nextpnr's names of what a build uses: report key -> cell types that are added up.
USED = {
    "ice40": {"luts": ["ICESTORM_LC"], "bram": ["ICESTORM_RAM"], "spram": ["ICESTORM_SPRAM"],
              "dsp": ["ICESTORM_DSP"]},
    "ecp5": {"luts": ["TRELLIS_COMB"], "bram": ["DP16KD"], "dsp": ["MULT18X18D"]},
}
LUTS = {"SB_LUT4": 1, "LUT4": 1, "CCU2C": 2, "TRELLIS_COMB": 1}
MEMORIES = {"SB_RAM40_4K", "SB_SPRAM256KA", "DP16KD"}
DSPS = {"SB_MAC16", "MULT18X18D"}


def is_flip_flop(kind):
    return kind.startswith("SB_DFF") or kind == "TRELLIS_FF"


def module_of(cell):
    """Path of the instance that a cell of the flattened netlist came from, at most four deep. Cells
    without a user's name are named by their output nets, so the border is not sharp."""
    path = [part for part in cell.split(".")[:-1] if not part.startswith("gen_")]
    return ".".join(path[:4]) or "top"


def modules(netlist):
    """[{module, luts, ffs, memories, dsps}], largest first."""
    design = json.loads(netlist.read_text(encoding="utf-8"))["modules"]["top"]["cells"]
    table = {}
    for name, cell in design.items():
        kind = cell["type"]
        row = table.setdefault(module_of(name.lstrip("\\")),
                               {"luts": 0, "ffs": 0, "memories": 0, "dsps": 0})
        row["luts"] += LUTS.get(kind, 0)
        row["ffs"] += is_flip_flop(kind)
        row["memories"] += kind in MEMORIES
        row["dsps"] += kind in DSPS
    rows = [{"module": name} | row for name, row in table.items() if any(row.values())]
    return sorted(rows, key=lambda row: -row["luts"])


def used(report, family):
    cells = report["utilization"]
    return {key: sum(cells[kind]["used"] for kind in kinds if kind in cells)
            for key, kinds in USED[family].items()}


def system_clock(report):
    """Name of the clock that everything but the SPI shift registers runs on."""
    clocks = [name for name in report["fmax"] if "spi_sck" not in name]
    return max(clocks, key=lambda name: len(name)) if len(clocks) > 1 else clocks[0]


def fmax_mhz(report):
    return round(report["fmax"][system_clock(report)]["achieved"], 2)


def signal_of(cell):
    """The user's name that Yosys started from when it named a cell, `$` cells aside."""
    kinds = r"_(?:TRELLIS_FF|LUT4|CCU2C|MULT18X18D|DP16KD|PFUMX|SB_[A-Z0-9]+)(?:_|$)"
    return re.split(kinds, cell, maxsplit=1)[0]


def critical_path(report):
    """The slowest path of the system clock: cells it runs through, delays in ns."""
    clock = system_clock(report)
    for path in report["critical_paths"]:
        if path["from"] == f"posedge {clock}" and path["to"] == f"posedge {clock}":
            steps = path["path"]
            cells = [steps[0]["from"]["cell"]] + [step["to"]["cell"] for step in steps]
            names = [cell.removeprefix("u_companion.") for cell in dict.fromkeys(cells)]
            logic = sum(step["delay"] for step in steps if step["type"] != "routing")
            routing = sum(step["delay"] for step in steps if step["type"] == "routing")
            return {"from": names[0], "to": names[-1], "cells": len(names),
                    "logic_ns": round(logic, 2), "routing_ns": round(routing, 2), "path": names}
    return {}
