#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the instructions of one inference and of each layer, per kernel level, exactly.

  kernels.py --bench kernel_bench --classify classify --mixed M.tdn --int8 I.tdn --windows W
             --work DIR [--network NAME] [--json FILE] [--no-fetch]

kernel_bench and classify are the static riscv64 builds of sw/. qemu-riscv64 7.2 counts by the plugin
instructions.c. The emulators for XThead and RVV 0.7.1 have no plugins; they print one line per
executed instruction instead (the two ways give the same count where both can run). The count of a run
with one repetition more, minus the one without, is exactly that repetition.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent

# level, emulator
LEVELS = [("portable", "qemu-7.2"), ("swar", "qemu-7.2"), ("xthead", "qemu-xthead"),
          ("rvv071", "qemu-rvv071"), ("rvv10", "qemu-7.2")]
TRACE_FLAGS = {"qemu-xthead": ["-one-insn-per-tb", "-d", "nochain,exec"],
               "qemu-rvv071": ["-singlestep", "-d", "nochain,exec"]}


class Counter:
    def __init__(self, arguments):
        self.arguments = arguments
        self.work = pathlib.Path(arguments.work).resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self.plugin = self.work / "libinstructions.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", self.plugin,
                        HERE / "instructions.c"], check=True)
        self.emulators = {"qemu-7.2": [shutil.which("qemu-riscv64") or sys.exit(
            "kernels: qemu-riscv64 is not installed (package qemu-user)")]}
        if not arguments.no_fetch:
            print(subprocess.run([HERE / "emulators.sh", self.work / "emulators"], text=True,
                                 stdout=subprocess.PIPE, check=True).stdout, end="", flush=True)
        for name in TRACE_FLAGS:
            script = self.work / "emulators" / name
            if script.exists():
                self.emulators[name] = [str(script)]

    def run(self, emulator, *words):
        return subprocess.run([*self.emulators[emulator], *map(str, words)], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def executed(self, emulator, *words):
        """Instructions of a whole run of kernel_bench."""
        command = [*self.emulators[emulator]]
        if emulator == "qemu-7.2":
            command += ["-plugin", str(self.plugin), "-d", "plugin"]
            text = subprocess.run([*command, self.arguments.bench, *map(str, words)], text=True,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  check=True).stderr
            return int(text.split("instructions")[1].split()[0])
        command += [*TRACE_FLAGS[emulator], "-D", "/dev/stderr"]
        process = subprocess.Popen([*command, self.arguments.bench, *map(str, words)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        lines = sum(1 for line in process.stderr if line.startswith(b"Trace"))
        if process.wait() != 0:
            raise subprocess.CalledProcessError(process.returncode, command)
        return lines

    def count(self, emulator, program, how, layers):
        windows = self.arguments.windows
        base = self.executed(emulator, program, windows, how, 0)
        total = self.executed(emulator, program, windows, how, 1) - base
        per_layer = [self.executed(emulator, program, windows, how, 1, i) - base
                     for i in range(layers)]
        return total, per_layer

    def labels(self, emulator, program, level):
        """Labels and largest sums of all windows; None when the program does not run."""
        result = self.run(emulator, self.arguments.classify, program, self.arguments.windows, level)
        return result.stdout if result.returncode == 0 else None


def rows(counter, arguments):
    programs = {"int8": arguments.int8, "mixed": arguments.mixed}
    want = {v: counter.labels("qemu-7.2", p, "portable") for v, p in programs.items()}
    for kind in ("float-plain", "float-blocked"):
        total, layers = counter.count("qemu-7.2", arguments.mixed, kind, arguments.layers)
        yield {"level": kind, "emulator": "qemu-7.2", "variant": "float32", "instructions": total,
               "layers": layers, "bit_exact": None}
    for level, emulator in LEVELS:
        if emulator not in counter.emulators:
            print(f"{level}: skipped, {emulator} is not available", flush=True)
            continue
        for variant, program in programs.items():
            got = counter.labels(emulator, program, level)
            if got is None:
                print(f"{level}: skipped, not in this build", flush=True)
                break
            total, layers = counter.count(emulator, program, level, arguments.layers)
            yield {"level": level, "emulator": emulator, "variant": variant,
                   "instructions": total, "layers": layers, "bit_exact": got == want[variant]}


def ratios(table):
    find = {(r["level"], r["variant"]): r["instructions"] for r in table}
    plain, blocked = find[("float-plain", "float32")], find[("float-blocked", "float32")]
    swar = find[("swar", "int8")]
    for level in ("swar", "xthead", "rvv071"):
        mixed = find.get((level, "mixed"))
        if mixed:
            yield {"level": level, "against_float_plain": round(plain / mixed, 2),
                   "against_float_blocked": round(blocked / mixed, 2),
                   "against_int8_swar": round(swar / mixed, 2)}


def main():
    parser = argparse.ArgumentParser()
    for name in ("bench", "classify", "mixed", "int8", "windows", "work"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--network", default="db1-cnn")
    parser.add_argument("--layers", type=int, default=5)
    parser.add_argument("--json")
    parser.add_argument("--no-fetch", action="store_true")
    arguments = parser.parse_args()
    counter = Counter(arguments)
    table = []
    print(f"{arguments.network}: instructions per inference, and per layer")
    for row in rows(counter, arguments):
        table.append(row)
        exact = {None: "", True: "bit-exact", False: "WRONG"}[row["bit_exact"]]
        print(f"  {row['level']:14} {row['variant']:8} {row['instructions']:>9}  {row['layers']} "
              f"{exact}", flush=True)
    comparison = list(ratios(table))
    for r in comparison:
        print(f"  mixed {r['level']}: {r['against_float_plain']}x fewer than float32 plain, "
              f"{r['against_float_blocked']}x than float32 blocked, "
              f"{r['against_int8_swar']}x than int8 swar")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(
            {"network": arguments.network, "levels": table, "comparison": comparison},
            indent=1) + "\n")
    return 0 if all(r["bit_exact"] is not False for r in table) else 1


if __name__ == "__main__":
    sys.exit(main())
