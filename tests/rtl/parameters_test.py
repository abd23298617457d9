#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Parameters of the RTL: what docs/accelerator.md allows elaborates, what it does not stops with
the message of the rule. Every `$fatal` under rtl/ and fpga/ has to have a case here.

    tests/rtl/parameters_test.py [--grid]      --grid: every legal R, C, L and bus width
"""

import argparse
import itertools
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]

ROWS = "Rows must be 1, 2, 4, 8 or 16"
COLUMNS = "Columns must be 1, 2, 4 or 8"
LANES = "Lanes must be 16 or 32"
BUS = "DmaWidth must be 32, 64 or 128"
ACT = "ActWords must be a power of two, 256 to 65536"
WGT = "WgtLines must be a power of two, 64 to 65536"
PAR = "ParEntries must be a power of two, 16 to 65536"
PARTS = "Elements, Gemm, Tflite and MultBlocks must be 0 or 1"
DRAIN = "DrainColumns must be 1, or 2 with two columns or more"
MEM = "MemBytes must be a power of two, 1 KiB to 1 MiB"

# top module, parameters, messages (without the module's name in front) that all have to come
ILLEGAL = [
    ("tendon_top", "Rows=3", [ROWS]),
    ("tendon_top", "Rows=32", [ROWS]),
    ("tendon_top", "Columns=3", [COLUMNS]),
    ("tendon_top", "Columns=16", [COLUMNS]),
    ("tendon_top", "Lanes=8", [LANES]),
    ("tendon_top", "Lanes=24", [LANES]),
    ("tendon_top", "DmaWidth=96", [BUS]),
    ("tendon_top", "DmaWidth=256", [BUS]),
    ("tendon_top", "ActWords=128 WgtLines=32 ParEntries=8 Elements=2", [ACT, WGT, PAR, PARTS]),
    ("tendon_top", "ActWords=1000 WgtLines=96 ParEntries=100 Gemm=2", [ACT, WGT, PAR, PARTS]),
    ("tendon_top", "ActWords=131072 WgtLines=131072 ParEntries=131072 MultBlocks=2",
     [ACT, WGT, PAR, PARTS]),
    ("tendon_core", "DrainColumns=3 PieceWidth=12", [DRAIN, "PieceWidth must be 8 or 16"]),
    ("tendon_core", "Columns=1 DrainColumns=2", [DRAIN]),
    # Rules that bind two parameters.
    ("tendon_top", "Rows=1 DmaWidth=64",
     ["3 * Rows must be a multiple of the words of a bus beat"]),
    ("tendon_top", "Rows=2 DmaWidth=128",
     ["3 * Rows must be a multiple of the words of a bus beat"]),
    ("tendon_top", "Lanes=32 DmaWidth=32", ["a bus beat must hold a chunk of Lanes / 16 words"]),
    ("tendon_top", "Rows=16 Lanes=32 WgtLines=65536",
     ["a memory is larger than the descriptors can address"]),
    ("tendon_dma", "DmaWidth=16", [BUS]),
    ("tendon_frame", "MemBytes=512", [MEM]),
    ("tendon_frame", "MemBytes=3000", [MEM]),
    ("tendon_secded", "Width=4", ["Width must be 5 to 120"]),
    ("tendon_top", "Protect=3", ["Protect must be 0, 1 or 2"]),
    ("tendon_uart", "ClockHz=1000000 Baud=1000000", ["ClockHz must be at least 8 times Baud"]),
]

# The corners of the ranges; the named configurations are linted and built anyway.
LEGAL = [
    "Rows=1 Columns=1 Lanes=16 DmaWidth=32 ActWords=256 WgtLines=64 ParEntries=16",
    "Rows=1 Columns=8 Lanes=32 DmaWidth=32 Gemm=0 MultBlocks=1",
    "Rows=2 Columns=1 Lanes=32 DmaWidth=64 Tflite=1 Protect=2",
    "Rows=16 Columns=1 Lanes=16 DmaWidth=128 ActWords=65536 WgtLines=16384 ParEntries=16384",
]


def is_legal(rows, lanes, width):
    return 3 * rows % (width // 32) == 0 and lanes // 16 <= width // 32


def grid():
    """Every R, C, L and bus width of the documented ranges."""
    return [
        f"Rows={r} Columns={c} Lanes={l} DmaWidth={w}"
        for r, c, l, w in itertools.product((1, 2, 4, 8, 16), (1, 2, 4, 8), (16, 32),
                                            (32, 64, 128))
        if is_legal(r, l, w)
    ]


def lint(top, parameters):
    """Exit code and messages of Verilator."""
    text = (ROOT / "rtl/rtl.f").read_text()
    files = [ROOT / "rtl" / line for line in text.split() if line.endswith(".sv")]
    # Bridges are in a list of their own, with files that are in this one too.
    files += [f for f in sorted((ROOT / "rtl").glob("*.sv")) if f not in files]
    options = ["-G" + p for p in parameters.split()]
    done = subprocess.run(["verilator", "--lint-only", "-Wall", ROOT / "rtl/lint.vlt",
                           "--top-module", top, *options, *files],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def illegal_case(case):
    top, parameters, messages = case
    code, text = lint(top, parameters)
    if code == 0:
        return f"{top} {parameters}: elaborates"
    missing = [m for m in messages if m not in text]
    return f"{top} {parameters}: not {missing} but\n{text}" if missing else ""


def legal_case(parameters):
    code, text = lint("tendon_top", parameters)
    return "" if code == 0 else f"{parameters}: does not elaborate\n{text}"


def untested_rules():
    """Messages in the RTL that no case provokes."""
    tested = {message for _, _, messages in ILLEGAL for message in messages}
    out = []
    for folder in ("rtl", "fpga"):
        for file in sorted((ROOT / folder).glob("*.sv")):
            for message in re.findall(r'\$fatal\(1,\s*"\w+: ([^"]*)"', file.read_text()):
                if message not in tested:
                    out.append(f"{file.relative_to(ROOT)}: no case for '{message}'")
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--grid", action="store_true", help="every legal R, C, L and bus width")
    options = parser.parse_args()
    legal = grid() if options.grid else LEGAL
    with ThreadPoolExecutor(max_workers=2) as pool:
        failures = untested_rules()
        failures += [f for f in pool.map(illegal_case, ILLEGAL) if f]
        failures += [f for f in pool.map(legal_case, legal) if f]
    for failure in failures:
        print(failure)
    print(f"parameters: {len(ILLEGAL)} illegal cases, {len(legal)} legal ones, "
          f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
