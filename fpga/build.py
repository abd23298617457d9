#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Board to bitstream: Yosys, nextpnr over several seeds, packer, report.

    build.py icebreaker                   bitstream and fpga/results/icebreaker-companion.json
    build.py ulx3s-85f --check            the same, but compare with that file instead of writing it
    build.py ulx3s-85f --synth-only       synthesis alone: what it needs, into results/synthesis.json
    build.py --list                       boards and systems
    build.py --script vivado|gowin        script for the vendor's tool on standard output
    build.py --script gowin --check       the same design through Yosys' mapper for that vendor

Repeatable: pinned tools, seeds 1 to N. Exit 1: a tool failed, the design does not fit, a seed misses
the board's clock, or (--check) a figure got worse by more than 5 %.
"""

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from flow import board as boards  # noqa: E402
from flow import fits, readme, report, tools, top, vendor  # noqa: E402

def snapshot(board, system, out):
    """Copies of all that the tools read; the Verilog files' names in order."""
    folder = out / "src"
    folder.mkdir(exist_ok=True)
    files = boards.sources(board, system)
    if top.kind(system) == "standalone":
        files.append(tools.processor())
    for path in boards.memories(system):
        if not path.exists():
            raise tools.FlowError(f"{path} is missing: ./run fpga makes it")
        shutil.copy(path, out / path.name)
    for path in files + [tools.FPGA / "boards" / board["board"] / board["constraints"]]:
        shutil.copy(path, folder / path.name)
    (folder / "top.sv").write_text(top.text(board, system), encoding="utf-8")
    return [f"src/{path.name}" for path in files] + ["src/top.sv"]


def synthesize(board, system, out):
    """Netlist for place-and-route (JSON), the same as Verilog, and statistics."""
    synth = "synth_ice40" if board["family"] == "ice40" else "synth_ecp5"
    (out / "synth.ys").write_text("\n".join([
        *(f"read_verilog -sv {path}" for path in snapshot(board, system, out)),
        "hierarchy -top top",
        f"{synth} {system.get('synth', board['synth'])} -top top",
        "write_json top.json",
        "write_verilog -noattr netlist.v",
        "tee -q -o stat.txt stat",
    ]) + "\n", encoding="utf-8")
    tools.run("synthesis", [tools.find("yosys"), "-q", "-s", "synth.ys"], out, "synth.log")


def place(board, system, out, seed):
    """Places and routes with one seed; returns nextpnr's report."""
    constraints = f"src/{board['constraints']}"
    common = ["--json", "top.json", "--seed", seed, "--freq", system["clock_mhz"],
              "--timing-allow-fail", "--report", f"report-{seed}.json"]
    if board["family"] == "ice40":
        command = [tools.find("nextpnr-ice40"), f"--{board['device']}", "--package",
                   board["package"], "--pcf", constraints, "--asc", f"top-{seed}.asc"]
    else:
        command = [tools.find("nextpnr-ecp5"), f"--{board['device']}", "--package",
                   board["package"], "--speed", board["speed"], "--lpf", constraints,
                   "--textcfg", f"top-{seed}.config"]
    tools.run(f"place and route, seed {seed}", command + common, out, f"pnr-{seed}.log")
    return json.loads((out / f"report-{seed}.json").read_text(encoding="utf-8"))


def note_cells(board, name, log):
    """Adds to what is kept of a netlist how many cells packing made of it."""
    count = fits.cells(log.read_text(encoding="utf-8"), board["family"]) if log.exists() else None
    if count is not None:
        fits.keep(name, fits.load()[name] | {"cells": count})
        readme.write()


def placed(out, seed, reuse):
    """The report of a seed that this netlist has been placed with before; None: not yet."""
    path = out / f"report-{seed}.json"
    if not reuse or not path.exists() or path.stat().st_mtime < (out / "top.json").stat().st_mtime:
        return None
    return json.loads(path.read_text(encoding="utf-8"))


def pack(board, out, seed):
    if board["family"] == "ice40":
        bitstream = "top.bin"
        command = [tools.find("icepack"), f"top-{seed}.asc", bitstream]
    else:
        bitstream = "top.bit"
        command = [tools.find("ecppack"), "--compress", f"top-{seed}.config", bitstream]
    tools.run("packing", command, out, "pack.log")
    return out / bitstream


def summarize(board, system_name, system, out, reports):
    capacity = board["capacity"]
    best = max(reports, key=lambda seed: report.fmax_mhz(reports[seed]))
    worst = min(reports, key=lambda seed: report.fmax_mhz(reports[seed]))
    modules = report.modules(out / "top.json")
    place_tool = f"nextpnr-{board['family']}"
    return best, {
        "board": board["board"],
        "system": system_name,
        "config": system["config"],
        "parameters": system["parameters"],
        "lut_capacity": capacity["luts"],
        "bram_capacity": capacity["bram"],
        **report.used(reports[best], board["family"]),
        "ffs": sum(row["ffs"] for row in modules),
        "clock_mhz": system["clock_mhz"],
        "sources": tools.commit(),
        "seeds": [{"seed": seed, "fmax_mhz": report.fmax_mhz(found)}
                  for seed, found in reports.items()],
        "critical_path": report.critical_path(reports[worst]),
        "modules": modules[:30],
        "tools": {"yosys": tools.version("yosys"), place_tool: tools.version(place_tool)},
    }


def worse(new, old):
    """fits.worse() and the clock."""
    lines = fits.worse(new, old)
    fmax_new, fmax_old = (min(seed["fmax_mhz"] for seed in result["seeds"])
                          for result in (new, old))
    if fmax_new < fmax_old * (1 - fits.SLACK):
        lines.append(f"fmax: {fmax_new} MHz, was {fmax_old} MHz")
    return lines


def refuse(name, problems):
    if problems:
        raise tools.FlowError(f"{name} got worse by more than 5 %:\n  " + "\n  ".join(problems))


def compare_netlist(name, entry, check):
    """Keeps the figures of a netlist, or compares them with those that are kept."""
    tools.say(f"{name}: {entry['luts']} LUTs, {entry['ffs']} flip-flops, {entry['bram']} block RAMs, "
              f"{entry['dsp']} DSPs after synthesis")
    if not check:
        fits.keep(name, entry)
        readme.write()
    elif name not in fits.load():
        raise tools.FlowError(f"{name} is not in results/synthesis.json: build it without --check")
    else:
        refuse(name, fits.worse(entry, fits.load()[name]))


def build(arguments):
    board, system = boards.load(arguments.board, arguments.system)
    name = f"{arguments.board}-{arguments.system}"
    out = (arguments.out or tools.ROOT / "build" / "fpga" / name).resolve()
    out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()

    if not arguments.reuse_netlist:
        synthesize(board, system, out)
    compare_netlist(name, fits.measure(board, arguments.system, system, out / "top.json"),
                    arguments.check)
    if arguments.synth_only:
        return
    try:
        reports = {seed: placed(out, seed, arguments.reuse_netlist) or
                   place(board, system, out, seed) for seed in range(1, arguments.seeds + 1)}
    finally:
        if not arguments.check:
            note_cells(board, name, out / "pnr-1.log")
    best, result = summarize(board, arguments.system, system, out, reports)
    bitstream = pack(board, out, best)

    speeds = [seed["fmax_mhz"] for seed in result["seeds"]]
    tools.say(f"{name}: {result['luts']} of {result['lut_capacity']} LUTs, {result['bram']} block "
              f"RAMs, {min(speeds)} to {max(speeds)} MHz, {time.monotonic() - started:.0f} s")
    print(bitstream)
    kept = tools.FPGA / "results" / f"{name}.json"
    if arguments.check:
        refuse(name, worse(result, json.loads(kept.read_text(encoding="utf-8"))))
    else:
        kept.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        readme.write()
    if min(speeds) < system["clock_mhz"]:
        raise tools.FlowError(f"{name}: seed with {min(speeds)} MHz misses {system['clock_mhz']} MHz")


def script(arguments):
    if arguments.check:
        folder = tools.ROOT / "build" / "fpga" / arguments.script
        print(vendor.check(arguments.script, arguments.out or folder))
    else:
        print({"vivado": vendor.vivado, "gowin": vendor.gowin}[arguments.script](), end="")


def list_boards():
    for name in boards.names():
        board = json.loads((tools.FPGA / "boards" / name / "board.json").read_text("utf-8"))
        print(f"{name:12} {board['title']:28} {', '.join(board['systems'])}")


def main():
    parser = argparse.ArgumentParser(description="board to bitstream with open tools")
    parser.add_argument("board", nargs="?")
    parser.add_argument("--system", default="companion")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--synth-only", action="store_true")
    parser.add_argument("--reuse-netlist", action="store_true",
                        help="go on from the netlist and the seeds that are there")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--script", choices=sorted(vendor.VENDORS))
    arguments = parser.parse_args()
    try:
        if arguments.script:
            script(arguments)
        elif arguments.list or not arguments.board:
            list_boards()
        else:
            build(arguments)
    except tools.FlowError as error:
        tools.say(f"fpga: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
