#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""LUTs of the whole accelerator, memories excluded, by Yosys.

    area.py [--config base] [--target ice40] [--protect N] [--mult-blocks] [--json FILE] [--write]

Every module is optimized by itself, as the hierarchy stands; then the top is flattened and mapped to
LUTs as one piece, so that what modules share is counted once. `tendon_ram` is a black box. The table
of modules comes from mapping the same design without flattening: its sum is larger. On ECP5 Yosys
takes multiplier blocks for `*`: addresses of 2-D layers, and with --mult-blocks (parameter MultBlocks)
requantization.

LUT4: iCE40 SB_LUT4; ECP5 LUT4 and two for each CCU2C, which is two LUT4 with a carry. A carry cell
whose LUT nobody reads (comparisons) is not a LUT4 on iCE40; `carry` counts the cells. --write puts
the figures of this run into docs/results/area.json and area.md, beside those of other runs.
Exit 1: a tool failed.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "results"
SYNTH = {"ice40": "synth_ice40 -noflatten", "ecp5": "synth_ecp5 -noflatten -abc9 -nowidelut"}
LUTS = {"ice40": {"SB_LUT4": 1}, "ecp5": {"LUT4": 1, "CCU2C": 2}}
BLOCKS = {"ice40": "SB_MAC16", "ecp5": "MULT18X18D"}
CARRIES = {"ice40": "SB_CARRY", "ecp5": "CCU2C"}


def parameters(config):
    """{name: value} from the one place that has them, sim/rtl/CMakeLists.txt."""
    text = (ROOT / "sim/rtl/CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(rf"set\(parameters_{config}\s+([^)$]*)\)", text)
    if not found:
        names = re.findall(r"set\(parameters_(\w+)\s+-G", text)
        sys.exit(f"area: no configuration '{config}'; there are {', '.join(names)}")
    return {name: int(value) for name, value in re.findall(r"-G(\w+)=(\d+)", found[1])}


def black_box(folder):
    """Header of tendon_ram without its body."""
    text = (ROOT / "rtl/tendon_ram.sv").read_text(encoding="utf-8")
    header = text[text.index("module tendon_ram"):]
    header = header[:header.index(");") + 2]
    path = folder / "tendon_ram_box.sv"
    path.write_text(f"(* blackbox *)\n{header}\nendmodule\n", encoding="utf-8")
    return path


def script(config, target, protect, mult_blocks, folder):
    listed = (ROOT / "rtl/rtl.f").read_text(encoding="utf-8").split("\n")
    files = [ROOT / "rtl" / name for name in listed if name and name[0] not in "#/+-"]
    files = [black_box(folder)] + [path for path in files if path.name != "tendon_ram.sv"]
    values = {**parameters(config), "Protect": protect, "MultBlocks": int(mult_blocks)}
    chosen = " ".join(f"-chparam {name} {value}" for name, value in values.items())
    synth = f"{SYNTH[target]} -top tendon_top"
    lines = [
        # In one command: types of a package are known to the files read with it.
        f"read_verilog -sv {' '.join(map(str, files))}",
        f"hierarchy -top tendon_top {chosen}",
        f"{synth} -run :map_luts",
        "design -save optimized",
        f"{synth} -run map_luts:check",
        "tee -q -o modules.txt stat",
        "design -load optimized",
        "flatten",
        "opt_clean",
        f"{synth} -run map_luts:check",
        "tee -q -o whole.txt stat",
    ]
    (folder / "area.ys").write_text("\n".join(lines) + "\n", encoding="utf-8")


def run_yosys(folder, what):
    """Runs area.ys there; one line of progress whenever a new top-level pass begins."""
    started = time.monotonic()
    said = ""
    with subprocess.Popen(["yosys", "-s", "area.ys"], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as yosys:
        for line in yosys.stdout:
            step = re.match(r"(\d+)\. Executing (\S+)", line)
            if step and step[2] != said and not step[2].startswith("Verilog"):
                said = step[2]
                print(f"area: {what}: {time.monotonic() - started:4.0f} s, {said}",
                      file=sys.stderr, flush=True)
            if "ERROR" in line:
                print(line.strip(), file=sys.stderr)
    if yosys.returncode != 0:
        sys.exit(f"area: yosys failed with exit code {yosys.returncode}")
    return time.monotonic() - started


def cells(text):
    """{module: {cell: count}} of a report of `stat`."""
    modules, current = {}, None
    for line in text.splitlines():
        if heading := re.match(r"=== (.*) ===", line):
            current = modules.setdefault(heading[1], {})
        elif (row := re.match(r"\s+(\S+)\s+(\d+)$", line)) and current is not None:
            current[row[1]] = int(row[2])
    modules.pop("design hierarchy", None)
    return modules


def count(module, target):
    ffs = sum(n for cell, n in module.items() if re.match(r"SB_DFF|TRELLIS_FF", cell))
    luts = sum(module.get(cell, 0) * each for cell, each in LUTS[target].items())
    return {"lut4": luts, "ff": ffs}


def module_table(modules, target):
    """Rows by plain module name, all instances together, largest first."""
    below = {name for module in modules.values() for name in module}
    instances = dict.fromkeys(modules, 0)

    def walk(name, times):
        instances[name] += times
        for cell, n in modules[name].items():
            if cell in modules:
                walk(cell, times * n)

    for name in modules:
        if name not in below:
            walk(name, 1)
    rows = {}
    for name, times in instances.items():
        plain = re.search(r"tendon_\w+", name)[0]
        row = rows.setdefault(plain, {"module": plain, "instances": 0, "lut4": 0, "ff": 0})
        row["instances"] += times
        for kind, n in count(modules[name], target).items():
            row[kind] += n * times
    return sorted((row for row in rows.values() if row["instances"]), key=lambda r: -r["lut4"])


def measure(config, target, protect, mult_blocks):
    version = subprocess.run(["yosys", "-V"], capture_output=True, text=True, check=True).stdout
    tree = subprocess.run(["git", "rev-parse", "HEAD:rtl"], cwd=ROOT, capture_output=True, text=True,
                          check=False).stdout.strip()
    changed = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", "rtl/*.sv"], cwd=ROOT,
                             check=False).returncode != 0
    with tempfile.TemporaryDirectory(prefix="tendon-area-") as name:
        folder = Path(name)
        script(config, target, protect, mult_blocks, folder)
        run_yosys(folder, f"{config}, {target}")
        # The second copy of Protect = 2 keeps its hierarchy: nothing may be shared with it.
        parts = cells((folder / "whole.txt").read_text(encoding="utf-8"))
        whole = next(iter(parts.values()))
        rows = module_table(cells((folder / "modules.txt").read_text(encoding="utf-8")), target)
    size = parameters(config)
    macs = size["Rows"] * size["Columns"] * size["Lanes"] / 4
    kept = module_table(parts, target)
    total = {kind: sum(row[kind] for row in kept) for kind in ("lut4", "ff")}
    return {"config": config, "protect": protect, "target": target, "mult_blocks": mult_blocks,
            "yosys": version.split(" (")[0], "rtl_tree": tree, "rtl_changed": changed,
            "macs_per_cycle_8x8": macs, **total,
            "carry": whole.get(CARRIES[target], 0), "blocks": whole.get(BLOCKS[target], 0),
            "lut4_per_mac": round(total["lut4"] / macs, 1),
            "sum_of_modules": sum(row["lut4"] for row in rows), "modules": rows}


def title(run):
    protect = run.get("protect", 0)
    return (f"{run['config']}, {run['target']}" + (f", Protect = {protect}" if protect else "")
            + (", MultBlocks = 1" if run.get("mult_blocks") else ""))


def text(run):
    lines = [f"{title(run)}, {run['yosys']}, RTL tree {run['rtl_tree'][:12]}"
             + (" and changes" if run["rtl_changed"] else ""),
             "",
             f"whole top, flattened: {run['lut4']:,} LUT4, {run['carry']:,} carry cells, "
             f"{run['ff']:,} flip-flops, {run.get('blocks', 0)} multiplier blocks; "
             f"{run['lut4_per_mac']:.1f} LUT4 per 8x8 MAC/cycle "
             f"({run['macs_per_cycle_8x8']:g} MAC/cycle); memories excluded",
             "",
             "| module | instances | LUT4 | flip-flops |", "| --- | --- | --- | --- |"]
    lines += [f"| `{r['module']}` | {r['instances']} | {r['lut4']:,} | {r['ff']:,} |"
              for r in run["modules"]]
    return "\n".join(lines + [f"| sum before flattening | | {run['sum_of_modules']:,} | |"]) + "\n"


def write_results(run):
    path = RESULTS / "area.json"
    runs = json.loads(path.read_text(encoding="utf-8"))["runs"] if path.exists() else []
    def key(r):
        return r["config"], r["target"], r.get("protect", 0), r.get("mult_blocks", False)

    runs = [r for r in runs if key(r) != key(run)] + [run]
    runs.sort(key=key)
    path.write_text(json.dumps({"runs": runs}, indent=1) + "\n", encoding="utf-8")
    page = ["# Area", "",
            "Written by `./run area --write`; how it is measured: `./run area --help`.", ""]
    for r in runs:
        page += [f"## {title(r)}", "", text(r)]
    (RESULTS / "area.md").write_text("\n".join(page), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="base", help="tiny, base, wide (default base)")
    parser.add_argument("--target", default="ice40", choices=sorted(SYNTH))
    parser.add_argument("--protect", type=int, choices=(0, 1, 2), default=0,
                        help="against flipped bits (docs/accelerator.md, section 15)")
    parser.add_argument("--mult-blocks", action="store_true",
                        help="requantization in multiplier blocks; for --target ecp5")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--write", action="store_true", help="update docs/results/area.*")
    options = parser.parse_args()
    if options.mult_blocks and options.target != "ecp5":
        parser.error(f"--mult-blocks with --target {options.target}: it is measured on ecp5 only")
    run = measure(options.config, options.target, options.protect, options.mult_blocks)
    if options.json:
        Path(options.json).write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    if options.write:
        write_results(run)
    print(text(run), end="")


if __name__ == "__main__":
    main()
