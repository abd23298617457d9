#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutation score of the RTL's benches. Yosys changes one thing in a block (an inverted bit, a
constant, a wrong neighbour: `help mutate`), up to a thousand of them behind one select input, so one
Verilated model serves all; each mutant then has to fail a test of the block's bench. Survivors
are compared with the original by SAT; those proved equal are no mutants. Goes on where it stopped."""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SELECT = "tendon_mutsel"
WIDTH = 10
SECONDS = 120  # a mutant that hangs a bench is killed

Block = collections.namedtuple("Block", "top parameters sources benches filter kept share")
RTL = [f"rtl/{line.strip()}" for line in (ROOT / "rtl/rtl.f").read_text().splitlines()
       if line.strip() and line[0] not in "#/+-"]
SHELL = [f"rtl/{name}.sv" for name in (
    "gen/tendon_regs_pkg", "tendon_flag", "tendon_regs", "tendon_perf", "tendon_fetch", "tendon_dma",
    "tendon_shadow", "tendon_top")] + ["tests/rtl/shell/standin_core.sv"]
CORE = ["core_conv_test", "core_kinds_test", "core_error_test"]
# Modules of a core that are blocks of their own, or only memory.
PARTS = ["tendon_pe", "tendon_requant", "tendon_ram"]
# By Verilated model, as the CMakeLists.txt name them. `kept`: modules that stay as they are. `share`: of
# the mutants, about as the blocks' lines are.
BLOCKS = {
    "pe16": Block("tendon_pe", {"Lanes": 16}, RTL, ["pe_test"], "*", [], 12),
    "requant8": Block("tendon_requant", {"PieceWidth": 8}, RTL, ["requant_test"], "*", [], 12),
    "secded32": Block("tendon_secded", {"Width": 32}, RTL, ["secded_test"], "*", [], 4),
    "core_tiny": Block(
        "tendon_core", {"Rows": 1, "Columns": 2, "ActWords": 1024, "WgtLines": 4096,
                        "ParEntries": 512, "DmaWidth": 32}, RTL, CORE, "*/tiny*", PARTS, 28),
    "core_base": Block(
        "tendon_core", {"Rows": 4, "Columns": 4, "ActWords": 8192, "WgtLines": 2048,
                        "ParEntries": 256, "DmaWidth": 128}, RTL, CORE, "*/base*", PARTS, 20),
    "shell128": Block(
        "tendon_top", {"DmaWidth": 128, "ActWords": 8192, "WgtLines": 1024}, SHELL,
        [f"shell_{name}_test" for name in ("registers", "chain", "dma", "errors", "perf", "hal")],
        "*", ["tendon_core"], 24),
}


def call(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options)
    if done.returncode != 0:
        sys.exit(f"mutation: {' '.join(map(str, command))[:200]}\n{done.stdout[-3000:]}")
    return done.stdout


def yosys(script, folder):
    (folder / "script.ys").write_text(script)
    return call(["yosys", "-q", "-s", "script.ys"], cwd=folder)


def make_list(block, count, seed, folder):
    """design.il, and one line of `mutate` for each mutant."""
    files = " ".join(str(ROOT / name) for name in block.sources)
    chparams = " ".join(f"-chparam {name} {value}" for name, value in block.parameters.items())
    kept = "".join(f"setattr -mod -set keep_hierarchy 1 *{name}*\n" for name in block.kept)
    yosys(f"read_verilog -sv {files}\nhierarchy -check -top {block.top} {chparams}\n{kept}proc\n"
          f"flatten\nopt -full -nodffe -nosdff\nwreduce\n"
          # Bits that keep one value whatever comes: no change of them is one.
          f"opt_dff -sat -nodffe -nosdff\nopt_expr -fine\nopt_muxtree\nwreduce\nopt_clean -purge\n"
          f"rename -top {block.top}\nwrite_rtlil design.il\n"
          f"mutate -list {count} -seed {seed} -o list.txt {block.top}\n", folder)
    rows = (folder / "list.txt").read_text().splitlines()
    return [row.split(None, 1)[1] for row in rows if row.startswith("mutate ")]


def make_netlist(block, mutants, folder):
    """netlist.v: the block with every mutant, the number of the one that is awake from outside."""
    lines = [f"mutate -ctrl {SELECT} {WIDTH} {number} {row}\n"
             for number, row in enumerate(mutants, 1)]
    # A change of a bit by another one of its wire is no loop once each driver has its own wire; Verilator
    # computes such loops wrongly at some of its levels of optimization.
    yosys("read_rtlil design.il\n" + "".join(lines) +
          f"splitnets -driver {block.top}\nwrite_verilog -noattr netlist.v\n", folder)
    text = (folder / "netlist.v").read_text()
    text = re.sub(rf"(module {block.top}\b.*?), {SELECT}\);", r"\1);", text, count=1, flags=re.S)
    text, inputs = re.subn(rf"\n  input \[{WIDTH - 1}:0\] {SELECT};", "", text)
    text, wires = re.subn(
        rf"\n  wire \[{WIDTH - 1}:0\] {SELECT};",
        f"\n  import \"DPI-C\" function int tendon_mutant();\n  reg [{WIDTH - 1}:0] {SELECT};\n"
        f"  initial {SELECT} = {WIDTH}'(tendon_mutant());", text)
    if inputs != 1 or wires != 1:
        sys.exit("mutation: the netlist has no select input")
    (folder / "netlist.v").write_text(text)


def build(name, block, folder):
    tree = ROOT / "build/mutation"
    call(["cmake", "--preset", "default", "-B", str(tree), "-DTENDON_TESTS=ON", "-DTENDON_TLM=OFF",
          "-DTENDON_SOC=OFF", "-DTENDON_COCOTB=OFF", f"-DTENDON_MUTATED={name}",
          f"-DTENDON_MUTATED_NETLIST={folder / 'netlist.v'}"], cwd=ROOT)
    call(["cmake", "--build", str(tree), "--target", *block.benches], cwd=ROOT)
    return [tree / "bin" / bench for bench in block.benches]


def fails(benches, block, number):
    """The bench that notices mutant `number`, or None."""
    environment = dict(os.environ, TENDON_MUTANT=str(number))
    for bench in benches:
        command = [str(bench), f"--gtest_filter={block.filter}", "--gtest_fail_fast",
                   "--gtest_brief=1"]
        try:
            done = subprocess.run(command, env=environment, timeout=SECONDS,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return f"{bench.name} (hang)"
        if done.returncode != 0:
            return bench.name
    return None


def is_equivalent(block, row, folder):
    """Proved by SAT within 20 s: with the same registers and inputs, the mutant has the outputs, the
    next registers and the inputs of the kept modules of the original."""
    script = (f"read_rtlil ../design.il\ncopy {block.top} gate\nrename {block.top} gold\n"
              f"mutate {row.replace(f'-module {block.top} ', '-module gate ')}\n"
              # Registers bit by bit: expose takes whole wires only.
              f"memory -nomap gold gate\nmemory_map gold gate\nopt_clean gold gate\n"
              f"simplemap gold/t:$*dff* gate/t:$*dff*\nsplitnets gold gate\n"
              f"expose -dff -evert-dff -evert gold gate\n"
              f"miter -equiv -make_assert -flatten gold gate miter\nhierarchy -top miter\n"
              # What both have in front of the change is one thing, not a problem for SAT.
              f"opt_merge\nopt_clean\nsat -timeout 20 -prove-asserts -verify miter\n")
    folder.mkdir(exist_ok=True)
    (folder / "equivalence.ys").write_text(script)
    done = subprocess.run(["yosys", "-q", "-s", "equivalence.ys"], cwd=folder,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return done.returncode == 0


def file_of(row):
    """The RTL file that the mutant is in: of the cell, which comes last."""
    sources = re.findall(r"/(tendon_\w+)\.sv:", row)
    return sources[-1] if sources else "unknown"


def folder_of(name, count, seed, folder):
    folder = folder / f"{name}-{count}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def run_block(name, count, seed, folder, jobs, bench):
    block = BLOCKS[name]
    folder = folder_of(name, count, seed, folder)
    state_file = folder / "state.json"
    state = json.loads(state_file.read_text()) if state_file.exists() else {"results": {}}
    mutants = make_list(block, count, seed, folder)
    if state.get("mutants", mutants) != mutants:
        print(f"mutation: {name}: the RTL has changed, starting anew", file=sys.stderr)
        state = {"results": {}}
    state["mutants"] = mutants
    results = state["results"]
    if len(results) < len(mutants):
        if bench:
            benches = [bench]
        else:
            make_netlist(block, mutants, folder)
            benches = build(name, block, folder)
        if fails(benches, block, 0):
            sys.exit(f"mutation: {name}: the bench fails without a mutant")
    start, first = time.monotonic(), len(results)

    def judge(number):
        killer = fails(benches, block, number)
        if killer is None and is_equivalent(block, mutants[number - 1], folder / str(number)):
            killer = "equivalent"
        return number, killer or "survived"

    left = [number for number in range(1, len(mutants) + 1) if str(number) not in results]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for number, result in pool.map(judge, left):
            results[str(number)] = result
            state_file.write_text(json.dumps(state))
            done = len(results)
            if done % max(1, len(mutants) // 10) == 0 or sys.stderr.isatty():
                rest = (time.monotonic() - start) / (done - first) * (len(mutants) - done)
                print(f"mutation: {name} {done} / {len(mutants)}, {rest / 60:.0f} min left",
                      file=sys.stderr)
    return mutants, results


def summarize(blocks, seed):
    figures = {"seed": seed, "blocks": {}, "files": {}, "survivors": []}
    for name, (mutants, results) in blocks.items():
        for number, row in enumerate(mutants, 1):
            result = results[str(number)]
            kind = result if result in ("survived", "equivalent") else "killed"
            for group, key in (("blocks", name), ("files", file_of(row))):
                counts = figures[group].setdefault(
                    key, {"killed": 0, "survived": 0, "equivalent": 0})
                counts[kind] += 1
            if kind == "survived":
                short = re.sub(r"-src \S*/(\w+\.sv)", r"-src \1", row).replace(f"{ROOT}/", "")
                figures["survivors"].append(f"{name} {number}: {short}")
    totals = collections.Counter()
    for counts in figures["blocks"].values():
        totals.update(counts)
    figures["mutants"] = totals["killed"] + totals["survived"]
    figures["equivalent"] = totals["equivalent"]
    figures["mutation_score"] = round(100.0 * totals["killed"] / max(1, figures["mutants"]), 2)
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--block", action="append", choices=BLOCKS, help="all unless given")
    parser.add_argument("--count", type=int, default=1200,
                        help="mutants in all, or of the one --block; a block takes 1,000 at most")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="mutants at a time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--floor", type=float, default=0, help="fail below this score in percent")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build/mutants")
    parser.add_argument("--netlist-only", action="store_true",
                        help="write the netlists with the mutants, forget results, print the names")
    parser.add_argument("--bench", type=pathlib.Path,
                        help="an executable built with such a netlist, instead of building one")
    parser.add_argument("--json", type=pathlib.Path, help="figures")
    arguments = parser.parse_args()
    names = arguments.block or list(BLOCKS)
    shares = sum(BLOCKS[name].share for name in names)
    counts = {name: max(1, arguments.count * BLOCKS[name].share // shares) for name in names}
    if arguments.count < 1 or max(counts.values()) >= 2 ** WIDTH:
        parser.error(f"--count {arguments.count}: 1 to {2 ** WIDTH - 1} for a block")

    if arguments.netlist_only:
        for name in names:
            folder = folder_of(name, counts[name], arguments.seed, arguments.folder.resolve())
            (folder / "state.json").unlink(missing_ok=True)
            make_netlist(BLOCKS[name], make_list(BLOCKS[name], counts[name], arguments.seed,
                                                 folder), folder)
            print(folder / "netlist.v")
        return

    blocks = {name: run_block(name, counts[name], arguments.seed, arguments.folder.resolve(),
                              arguments.jobs, arguments.bench) for name in names}
    figures = summarize(blocks, arguments.seed)
    for group in ("files", "blocks"):
        for key, counts in sorted(figures[group].items()):
            real = counts["killed"] + counts["survived"]
            score = f"{100.0 * counts['killed'] / real:.1f} %" if real else "-"
            print(f"{key:20} {real:5} mutants {score:>8}  {counts['survived']:4} survived "
                  f"{counts['equivalent']:4} equivalent")
    print("\n".join(figures["survivors"]))
    print(f"{figures['mutants']} mutants, score {figures['mutation_score']} %")
    text = json.dumps(figures, indent=2) + "\n"
    for path in (arguments.folder / "last.json", arguments.json):
        if path:
            path.write_text(text)
    sys.exit(0 if figures["mutation_score"] >= arguments.floor else 1)


if __name__ == "__main__":
    main()
