# SPDX-License-Identifier: MIT
"""Bytes of the small build (TENDON_SMALL: driver and the portable kernels, for size) on both
bare-metal targets, and the deepest stack of the driver; then, on rv64gc, what one more kernel level
adds, which has no limit. Exit code 1: a target has more text than the limit, or a build asks for
more than memcpy, memset and the compiler's own arithmetic.
"""
import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

LIMIT = 32 * 1024
TARGETS = ("rv32imc", "rv64gc")
ABIS = {"rv32imc": "ilp32", "rv64gc": "lp64d"}
LIBC = {"memcpy", "memset"}  # all that the library may ask of it
LEVELS = ("SWAR", "XTHEAD", "RVV")
PARTS = ("driver", "plan", "kernels")
# Kernels run behind a pointer, HAL functions too; the latter are the caller's and not counted.
INDIRECT = "kernels"


# ccache gives back objects without the call graph beside them.
ENVIRONMENT = os.environ | {"CCACHE_DISABLE": "1"}


def call(*command):
    result = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False,
                            env=ENVIRONMENT)
    if result.returncode != 0:
        sys.exit(f"size: {' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result.stdout


def build(source, folder, target, level=""):
    toolchain = source / "cmake" / f"riscv64-unknown-elf-{target}.cmake"
    call("cmake", "-S", source, "-B", folder, "-G", "Ninja", "-DTENDON_SMALL=ON",
         f"-DTENDON_SMALL_WITH={level}", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}")
    call("cmake", "--build", folder)
    if beyond := foreign(folder, target):
        sys.exit(f"size: {folder.name} is not freestanding, it needs {', '.join(beyond)}")


def text_by_part(folder):
    parts = dict.fromkeys(PARTS, 0)
    objects = folder / "CMakeFiles" / "tendon_sw.dir"
    for item in sorted(objects.rglob("*.obj")):
        parts[item.relative_to(objects).parts[0]] += int(
            call("riscv64-unknown-elf-size", item).splitlines()[1].split()[0])
    return parts


def symbols(archive, *options):
    lines = [line.split() for line in call("riscv64-unknown-elf-nm", *options, archive).splitlines()]
    return {words[-1] for words in lines if len(words) in (2, 3)}


def foreign(folder, target):
    """What the library needs beyond itself, LIBC and the compiler's arithmetic."""
    library = folder / "libtendon_sw.a"
    helpers = call("riscv64-unknown-elf-gcc", f"-march={target}", f"-mabi={ABIS[target]}",
                   "-print-libgcc-file-name").strip()
    arithmetic = {name for name in symbols(helpers, "--defined-only") if "nwind" not in name}
    needed = symbols(library, "--undefined-only")
    return sorted(needed - symbols(library, "--defined-only") - arithmetic - LIBC)


def public_functions(source):
    """Names of the functions that tendon.h declares."""
    header = (source / "include" / "tendon" / "tendon.h").read_text()
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", header, flags=re.S)
    return set(re.findall(r"\b(tendon_[a-z_0-9]+)\(", code))


def stack(folder, public):
    """Deepest chain of frames of each public function, from the compiler's call graphs
    (-fcallgraph-info=su). The leaves memcpy, memset and the compiler's arithmetic count as 0."""
    frames, calls, kernels = {}, {}, set()
    for item in folder.rglob("*.ci"):
        text = item.read_text()
        for name, label in re.findall(r'node: \{ title: "([^"]+)" label: "([^"]*)"', text):
            size = re.search(r"(\d+) bytes \((\w+)\)", label)
            if size is None:
                continue
            if size.group(2) != "static":
                sys.exit(f"size: the frame of {name} is {size.group(2)}, not static")
            frames[name] = int(size.group(1))
            if INDIRECT in item.parts:
                kernels.add(name)
        for start, end in re.findall(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"', text):
            calls.setdefault(start, set()).add(end)
    calls["__indirect_call"] = kernels
    depths, path = {}, []

    def depth(name):
        if name in path:
            sys.exit(f"size: {name} calls itself, its stack has no bound")
        if name not in depths:
            path.append(name)
            below = max((depth(n) for n in calls.get(name, ())), default=(0, []))
            path.pop()
            depths[name] = (frames.get(name, 0) + below[0], [name] + below[1])
        return depths[name]

    if missing := public - frames.keys():
        sys.exit(f"size: no frame is known of {', '.join(sorted(missing))}")
    return {name: depth(name) for name in sorted(public)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True, help="folder for the builds")
    parser.add_argument("--json", type=Path, help="figures")
    arguments = parser.parse_args()
    source = Path(__file__).resolve().parent.parent
    figures = {"limit": LIMIT, "targets": []}
    print(f"{'target':8} " + " ".join(f"{p:>8}" for p in PARTS) + f" {'text':>8} {'limit':>8} stack")
    for target in TARGETS:
        folder = arguments.build / target
        build(source, folder, target)
        parts = text_by_part(folder)
        total = sum(parts.values())
        stacks = stack(folder, public_functions(source))
        deepest, chain = max(stacks.values(), default=(0, []))
        chain = [name.replace(f"{source.parent}/", "") for name in chain]
        if total == 0 or deepest == 0:
            sys.exit(f"size: nothing was measured in {folder}")
        print(f"{target:8} " + " ".join(f"{parts[p]:8}" for p in PARTS) +
              f" {total:8} {LIMIT:8} {deepest} bytes: {' > '.join(chain[:1] + chain[-1:])}")
        figures["targets"].append({"target": target, "text": total, "parts": parts,
                                   "stack_bytes": deepest, "stack_chain": chain,
                                   "stack_of": {name: s[0] for name, s in stacks.items()}})
    figures["levels"] = []
    for level in LEVELS:
        folder = arguments.build / f"rv64gc-{level.lower()}"
        build(source, folder, "rv64gc", level)
        total = sum(text_by_part(folder).values())
        base = figures["targets"][-1]["text"]
        print(f"rv64gc with {level.lower():8} {total:8} bytes of text, {total - base} more")
        figures["levels"].append({"level": level.lower(), "text": total, "more": total - base})
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")
    if any(t["text"] > LIMIT for t in figures["targets"]):
        sys.exit("size: more text than the limit")


if __name__ == "__main__":
    main()
