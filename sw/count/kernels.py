#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the instructions of one inference and of each layer, per kernel level, exactly.

  kernels.py --build DIR [--network NAME] [--mixed WIDTHS] [--json FILE] [--no-fetch]

DIR is a build folder with the targets cross_* and sw_zoo_program (`./run kernels` makes one). Weights and windows of the network are seeded, so every run prints the same figures.

kernel_bench, the static riscv64 build, calls a marker function around one inference and around each
layer. qemu-user 7.2 counts between the marks by a plugin (instructions.c). The emulators for XThead
and RVV 0.7.1 have no plugins; there the marks are found in a trace of every executed instruction
(trace.c). bit_exact: kernel_check compared every tensor of 20 windows with the golden model, in the
same emulator; null for float32, which is there for comparison only.
"""
import argparse
import c906
import json
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent

# level: emulator that executes it
LEVELS = {"portable": "qemu-7.2", "swar": "qemu-7.2", "xthead": "qemu-xthead",
          "rvv071": "qemu-rvv071", "rvv10": "qemu-rvv10"}
TRACE_FLAGS = {"qemu-xthead": ["-one-insn-per-tb"], "qemu-rvv071": ["-singlestep"]}
# Single layers whose figures other libraries give: multiply-accumulates, widths (weights,
# activations), description. The block is the inner loops alone: 160 further elements of 32 outputs.
def dense(elements):
    return {"input": {"rows": 1, "columns": 1, "channels": elements},
            "layers": [{"kind": "dense", "outputs": 32, "relu": True}]}


CONV = {"input": {"rows": 1, "columns": 50, "channels": 32},
        "layers": [{"kind": "conv", "outputs": 64, "kernel": 3, "pad": 1, "relu": True}]}
LAYERS = [("block 160x32", 160 * 32, ["8,8", "4,8", "2,8", "4,4"], dense(320), dense(160)),
          ("conv 32-64 k3 T50", 50 * 32 * 64 * 3, ["8,8", "4,8", "2,8", "4,4"], CONV, None)]
# One layer of each kind, 8-bit codes and weights; values of the output.
def single(kind, **more):
    return json.dumps({"input": {"rows": 1, "columns": 50, "channels": 64},
                       "layers": [{"kind": kind, **more}]})


WINDOW = {"kernel": 3, "pad": 1}
KINDS = [("conv, 64 to 64, kernel 3", single("conv", outputs=64, relu=True, **WINDOW), 50 * 64),
         ("conv, the same, stride 2", single("conv", outputs=64, stride=2, relu=True, **WINDOW),
          25 * 64),
         ("dense, 3200 to 64", single("dense", outputs=64), 64),
         ("depthwise, kernel 3", single("depthwise", relu=True, **WINDOW), 50 * 64),
         ("max pool, 2", "max_pool", 25 * 64),
         ("average pool, 2", "avg_pool", 25 * 64),
         ("add", "add", 50 * 64), ("table", "table", 50 * 64), ("gemm, depth 64", "gemm", 50 * 50)]
# Weight bits, largest weight, largest code, MAC per cycle of others on the C906's RTL (the same
# layer, operands packed beforehand). Weights of 4 bits that sum up to 64 per lane and half a
# filter, as those of at most 2 here, meet codes up to 127 in six products a multiply there too.
C906 = [("8", "128", "255", {"swar": 0.72, "xthead": 1.32}),
        ("4", "8", "255", {"swar": 0.68, "xthead": 1.21}),
        ("4", "2", "255", {"swar": 0.68, "xthead": 1.21}),
        ("4", "3", "127", {"swar": None, "xthead": None}),
        ("4", "2", "127", {"swar": 0.93, "xthead": 1.65}),
        ("2", "2", "255", {"swar": 1.26, "xthead": 1.89})]
NAMES = {("portable", "int8"): "int8 compiler-written", ("swar", "int8"): "int8 portable-best"}


def fail(text):
    sys.exit(f"kernels: {text}")


class Machine:
    """The programs under their emulators."""

    def __init__(self, arguments):
        self.build = pathlib.Path(arguments.build).resolve()
        self.cross = self.build / "cross" / "riscv64-linux-gnu"
        self.bench, self.check = self.cross / "kernel_bench", self.cross / "kernel_check"
        self.plugin, self.trace = self.build / "libinstructions.so", self.build / "trace"
        for flags, source, target in ((["-shared", "-fPIC"], "instructions.c", self.plugin),
                                      ([], "trace.c", self.trace)):
            subprocess.run(["cc", "-O2", *flags, "-o", target, HERE / source], check=True)
        self.mark = self.marker_address()
        self.emulators = self.find_emulators(fetch=not arguments.no_fetch)

    def marker_address(self):
        names = subprocess.run(["riscv64-linux-gnu-nm", self.bench], text=True, check=True,
                               stdout=subprocess.PIPE).stdout
        for line in names.splitlines():
            if line.endswith(" kernel_bench_mark"):
                return "0x" + line.split()[0]
        return fail(f"{self.bench} has no kernel_bench_mark")

    def find_emulators(self, fetch):
        plain = shutil.which("qemu-riscv64")
        if plain is None:
            fail("qemu-riscv64 is not installed (package qemu-user)")
        found = {"qemu-7.2": [plain],
                 "qemu-rvv10": [plain, "-cpu", "rv64,v=true,vlen=128,vext_spec=v1.0"]}
        folder = HERE.parent.parent / "build" / "emulators"
        if fetch:
            text = subprocess.run(["bash", HERE / "emulators.sh", folder], text=True, check=True,
                                  stdout=subprocess.PIPE).stdout
            print("".join(f"  {line}\n" for line in text.splitlines() if "not available" in line),
                  end="", flush=True)
        for name in TRACE_FLAGS:
            if (folder / name).exists():
                found[name] = [str(folder / name)]
        return found

    def segments(self, emulator, program, windows, how):
        """Instructions of one inference, then of each layer."""
        command = list(self.emulators[emulator])
        words = [str(self.bench), str(program), str(windows), how]
        if emulator in TRACE_FLAGS:
            # Loading is most of the work and not counted: it is done before, without a trace.
            image = self.build / "image"
            subprocess.run([*command, *words, "save", str(image)], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            words = [str(self.bench), str(image), str(windows), "resume"]
            command += [*TRACE_FLAGS[emulator], "-d", "nochain,exec", "-D", "/dev/stderr"]
            guest = subprocess.Popen(command + words, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.PIPE)
            text = subprocess.run([self.trace, self.mark], stdin=guest.stderr, text=True,
                                  stdout=subprocess.PIPE, check=True).stdout
            code = guest.wait()
        else:
            command += ["-plugin", f"{self.plugin},mark={self.mark}", "-d", "plugin"]
            done = subprocess.run(command + words, text=True, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE)
            text, code = done.stderr, done.returncode
        counts = [int(line.split()[1]) for line in text.splitlines() if line.startswith("segment")]
        if code != 0 or not counts:
            fail(f"{how} on {emulator}: exit code {code}, {len(counts)} counts: {text[-300:]}")
        return counts[0], counts[1:]

    def c906_cycles(self, program, windows, level):
        """Instructions and estimated cycles of the first layer."""
        command = self.emulators["qemu-xthead"]
        image = self.build / "image"
        subprocess.run([*command, self.bench, program, windows, level, "save", image], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        guest = subprocess.Popen([*command, *TRACE_FLAGS["qemu-xthead"], "-d", "nochain,exec", "-D",
                                  "/dev/stderr", self.bench, image, windows, "resume"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        figures = c906.cycles(c906.decode(self.bench), guest.stderr, int(self.mark, 16), 1)
        guest.stderr.close()
        guest.kill()
        guest.wait()
        return figures

    def is_exact(self, emulator, bundle, level):
        """True, False, or None when the level is not in this build."""
        done = subprocess.run([*self.emulators[emulator], self.check, bundle, level], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode == 3:
            return None
        if done.returncode != 0:
            print(f"  {level}: {done.stderr.strip().splitlines()[-1]}", flush=True)
        return done.returncode == 0


def make_program(machine, name, network, weights, inputs, *limits):
    """(program, windows, bundle); limits: the largest weight and the largest code."""
    paths = [machine.build / f"{name}.{end}" for end in ("tdn", "windows", "bundle")]
    subprocess.run([machine.build / "bin" / "sw_zoo_program", network, weights, inputs, *paths,
                    *limits], check=True)
    return paths


def make_programs(machine, arguments):
    return {variant: make_program(machine, variant, arguments.network, widths, "8")
            for variant, widths in (("mixed", arguments.mixed), ("int8", "8"))}


def rows(machine, programs):
    tdn, windows, _ = programs["mixed"]
    for kind, name in (("float-plain", "compiler-written"), ("float-blocked", "register-blocked")):
        total, layers = machine.segments("qemu-7.2", tdn, windows, kind)
        yield {"level": kind, "emulator": "qemu-7.2", "variant": "float32", "instructions": total,
               "layers": layers, "bit_exact": None, "name": f"float32 {name}"}
    for level, emulator in LEVELS.items():
        if emulator not in machine.emulators:
            print(f"  {level}: skipped, {emulator} could not be had (see above)", flush=True)
            continue
        for variant in ("int8", "mixed"):
            tdn, windows, bundle = programs[variant]
            exact = machine.is_exact(emulator, bundle, level)
            if exact is None:
                print(f"  {level}: skipped, not in this build", flush=True)
                break
            total, layers = machine.segments(emulator, tdn, windows, level)
            yield {"level": level, "emulator": emulator, "variant": variant,
                   "instructions": total, "layers": layers, "bit_exact": exact,
                   "name": NAMES.get((level, variant), f"{variant} {level}")}


def layer_rows(machine):
    """Instructions per multiply-accumulate of single layers."""
    for name, macs, widths, description, without in LAYERS:
        for pair in widths:
            weights, inputs = pair.split(",")
            programs = [make_program(machine, f"layer{i}", json.dumps(d), weights, inputs)
                        for i, d in enumerate([description, without]) if d is not None]
            for level, emulator in LEVELS.items():
                if level == "portable" or emulator not in machine.emulators:
                    continue
                exact = [machine.is_exact(emulator, bundle, level) for _, _, bundle in programs]
                if None in exact:
                    continue
                counts = [machine.segments(emulator, tdn, windows, level)[1][0]
                          for tdn, windows, _ in programs]
                count = counts[0] - sum(counts[1:])
                yield {"layer": name, "macs": macs, "widths": f"w{weights}a{inputs}",
                       "level": level, "emulator": emulator, "instructions": count,
                       "per_mac": round(count / macs, 3), "bit_exact": all(exact)}


def kind_rows(machine):
    """Instructions per output value of one layer of each kind."""
    for name, network, values in KINDS:
        tdn, windows, bundle = make_program(machine, "kind", network, "8", "8")
        for level, emulator in LEVELS.items():
            if emulator not in machine.emulators:
                continue
            exact = machine.is_exact(emulator, bundle, level)
            if exact is None:
                continue
            count = machine.segments(emulator, tdn, windows, level)[1][0]
            yield {"layer": name, "values": values, "level": level, "emulator": emulator,
                   "instructions": count, "per_value": round(count / values, 2),
                   "bit_exact": exact}


def c906_rows(machine):
    """Estimated multiply-accumulates per cycle on a C906, next to what others reach on its RTL."""
    if "qemu-xthead" not in machine.emulators:
        return
    name, macs, _, description, _ = LAYERS[1]
    for weights, largest, codes, known in C906:
        program, windows, bundle = make_program(machine, "c906", json.dumps(description), weights,
                                                "8", largest, codes)
        for level in ("swar", "xthead"):
            count, cycles = machine.c906_cycles(program, windows, level)
            yield {"layer": name, "widths": f"w{weights}a8", "largest_weight": int(largest),
                   "largest_code": int(codes), "level": level, "instructions": count,
                   "cycles": cycles, "mac_per_cycle": round(macs / cycles, 3),
                   "known": known[level],
                   "bit_exact": machine.is_exact("qemu-xthead", bundle, level)}


def code_sizes(machine):
    """Bytes of code and constants of the bare-metal rv64 library, by part; {} without the build."""
    library = machine.build / "cross" / "riscv64-unknown-elf-rv64gc" / "libtendon_sw.a"
    if not library.exists():
        return {}
    text = subprocess.run(["riscv64-unknown-elf-size", library], text=True, check=True,
                          stdout=subprocess.PIPE).stdout
    packed = ("packed_", "conv_", "fast_")
    parts = {"driver": ("",), "portable": ("portable_", "select"),
             "swar": (*packed, "swar"), "xthead": (*packed, "xthead"),
             "rvv071": ("rvv.", "rvv_", "rvv071"), "rvv10": ("rvv.", "rvv_", "rvv10")}
    kernels = tuple(start for part in list(parts)[1:] for start in parts[part])
    sizes = dict.fromkeys(parts, 0)
    for line in text.splitlines()[1:]:
        words = line.split()
        name = words[5]
        for part, starts in parts.items():
            if (not name.startswith(kernels)) if part == "driver" else name.startswith(starts):
                sizes[part] += int(words[0]) + int(words[1])
    return sizes


def ratios(table):
    """How many times fewer instructions the mixed network takes, against each baseline."""
    find = {(r["level"], r["variant"]): r["instructions"] for r in table}
    for level in LEVELS:
        mixed = find.get((level, "mixed"))
        if mixed and level != "portable":
            yield {"level": level,
                   "against_float_plain": round(find[("float-plain", "float32")] / mixed, 2),
                   "against_float_blocked": round(find[("float-blocked", "float32")] / mixed, 2),
                   "against_int8_portable_best": round(find[("swar", "int8")] / mixed, 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="build folder")
    parser.add_argument("--network", default="db1-cnn", help="network of the zoo")
    parser.add_argument("--mixed", default="8,4,4,2,8", help="weight widths, one per layer")
    parser.add_argument("--json", help="file for the same figures")
    parser.add_argument("--keep", help="another file for them, unless the network is not the "
                                       "default one")
    parser.add_argument("--no-fetch", action="store_true", help="use only emulators that are there")
    arguments = parser.parse_args()
    machine = Machine(arguments)
    table = []
    print(f"{arguments.network}: instructions per inference and per layer; mixed is weights "
          f"{arguments.mixed.replace(',', '/')}, activations 8 bits")
    for row in rows(machine, make_programs(machine, arguments)):
        table.append(row)
        exact = {None: "", True: "bit-exact", False: "WRONG"}[row["bit_exact"]]
        layers = " ".join(f"{count:>7}" for count in row["layers"])
        print(f"  {row['name']:24} {row['instructions']:>9}  {layers}  {exact}", flush=True)
    comparison = list(ratios(table))
    print("mixed takes fewer instructions, times: than float32 compiler-written, float32 "
          "register-blocked, int8 portable-best")
    for r in comparison:
        print(f"  {r['level']:8} {r['against_float_plain']:>7} {r['against_float_blocked']:>7} "
              f"{r['against_int8_portable_best']:>7}")
    layers = []
    print("instructions per multiply-accumulate (conv: with packing and requantization)")
    for r in layer_rows(machine):
        layers.append(r)
        print(f"  {r['layer']:18} {r['widths']:5} {r['level']:8} {r['instructions']:>8} "
              f"{r['per_mac']:>7.3f}  {'bit-exact' if r['bit_exact'] else 'WRONG'}", flush=True)
    kinds = []
    print("instructions per output value, a layer of each kind, 8 bits")
    for r in kind_rows(machine):
        kinds.append(r)
        print(f"  {r['layer']:26} {r['level']:8} {r['instructions']:>8} {r['per_value']:>8.2f}  "
              f"{'bit-exact' if r['bit_exact'] else 'WRONG'}", flush=True)
    estimates = []
    print("multiply-accumulates per cycle on a C906, estimated (known: of others, on its RTL)")
    for r in c906_rows(machine):
        estimates.append(r)
        print(f"  {r['layer']} {r['widths']:5} |w| <= {r['largest_weight']:3}, codes <= "
              f"{r['largest_code']:3} {r['level']:8} {r['mac_per_cycle']:>6.3f}  known "
              f"{r['known'] or '-'}  {'bit-exact' if r['bit_exact'] else 'WRONG'}", flush=True)
    sizes = code_sizes(machine)
    for part, size in sizes.items():
        print(f"code size, bare-metal rv64: {part:8} {size:>7}")
    figures = json.dumps({"network": arguments.network, "mixed": arguments.mixed, "levels": table,
                          "comparison": comparison, "layers": layers, "kinds": kinds,
                          "c906": estimates,
                          "code_bytes": sizes},
                         indent=1) + "\n"
    usual = all(getattr(arguments, name) == parser.get_default(name) for name in
                ("network", "mixed"))
    for path in (arguments.json, arguments.keep if usual else None):
        if path:
            pathlib.Path(path).write_text(figures)
    return 0 if all(r["bit_exact"] is not False for r in table + layers + kinds +
                    estimates) else 1


if __name__ == "__main__":
    sys.exit(main())
