#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes kernels.md and kernels.svg from the figures of kernels.py.

  page.py FIGURES.json FOLDER
"""
import html
import json
import pathlib
import sys

# Instructions per multiply-accumulate of others, from their own code under the same emulators:
# a 200x16 -> 32 convolution, kernel 5, with requantization; then the products of a 160x32 block.
OTHERS_CONV = [("CMSIS-NN, scalar, gcc 12", "w8a8 5.15, w4a8 4.92"),
               ("muRISCV-NN, scalar, gcc 12", "w8a8 4.34, w4a8 4.92"),
               ("muRISCV-NN, RVV 1.0 intrinsics", "w8a8 2.86, w4a8 1.83"),
               ("muRISCV-NN, RVV 1.0, gcc 14 vectorised", "w8a8 1.60, w4a8 1.83")]
OTHERS_BLOCK = {"w8a8": 0.24, "w4a8": 0.33, "w2a8": 0.21, "w4a4": 0.29}
LEVELS = ("swar", "xthead", "rvv071", "rvv10")
COLOURS = {"float32": "#9aa5b1", "int8": "#4c78a8", "mixed": "#e4862b"}


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def exact(row):
    return {None: "", True: "yes", False: "NO"}[row["bit_exact"]]


def inference_table(data):
    count = max(len(r["layers"]) for r in data["levels"])
    head = ["kernels", "emulator", "instructions", *[f"layer {i + 1}" for i in range(count)],
            "bit-exact"]
    rows = [[r["name"], r["emulator"], f"{r['instructions']:,}",
             *[f"{n:,}" for n in r["layers"]], exact(r)] for r in data["levels"]]
    return table(head, rows)


def ratio_table(data):
    return table(["mixed at level", "than float32 compiler-written", "than float32 register-blocked",
                  "than int8 portable-best"],
                 [[r["level"], r["against_float_plain"], r["against_float_blocked"],
                   r["against_int8_portable_best"]] for r in data["comparison"]])


def layer_table(data, name, known):
    find = {(r["widths"], r["level"]): r for r in data["layers"] if r["layer"] == name}
    widths = list(dict.fromkeys(w for w, _ in find))
    rows = []
    for w in widths:
        cells = [f"{find[(w, level)]['per_mac']:.3f}" if (w, level) in find else "skipped"
                 for level in LEVELS]
        rows.append([w, *cells, *([known[w]] if known else [])])
    return table(["widths", *LEVELS, *(["known, RVV 0.7.1"] if known else [])], rows)


def kind_table(data):
    find = {(r["layer"], r["level"]): r["per_value"] for r in data["kinds"]}
    levels = ("portable", *LEVELS)
    return table(["layer", *levels],
                 [[name, *[f"{find[(name, level)]:.2f}" if (name, level) in find else "skipped"
                           for level in levels]]
                  for name in dict.fromkeys(name for name, _ in find)])


def c906_table(data):
    rows = [[r["widths"], r["largest_weight"], r["largest_code"], r["level"], f"{r['cycles']:,}",
             f"{r['mac_per_cycle']:.2f}", r["known"] or "-"] for r in data["c906"]]
    return table(["widths", "largest weight", "largest code", "level", "cycles",
                  "MAC per cycle", "known"], rows)


def chart(data):
    """Horizontal bars, one per row, square-root scale so that 45 times still shows both ends."""
    rows = data["levels"]
    most = max(r["instructions"] for r in rows) ** 0.5
    left, width, step = 190, 520, 24
    height = step * len(rows) + 46
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 {height}" '
           'font-family="sans-serif" font-size="13">',
           f'<rect width="800" height="{height}" fill="white"/>',
           f'<text x="10" y="20">{html.escape(data["network"])}: instructions per inference '
           '(lengths are square roots)</text>']
    for i, r in enumerate(rows):
        y = 34 + i * step
        length = max(1, round(width * r["instructions"] ** 0.5 / most))
        out += [f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">'
                f'{html.escape(r["name"])}</text>',
                f'<rect x="{left}" y="{y}" width="{length}" height="{step - 6}" '
                f'fill="{COLOURS[r["variant"]]}"/>',
                f'<text x="{left + length + 6}" y="{y + 14}">{r["instructions"]:,}</text>']
    return "\n".join([*out, "</svg>"]) + "\n"


def page(data):
    sizes = data.get("code_bytes", {})
    parts = [
        "# Kernel levels, counted",
        "Written by `./run kernels` from exact instruction counts; every run gives the same ones. "
        "How the kernels work: [kernels.md](../kernels.md).",
        "![bars](kernels.svg)",
        f"## One inference of {data['network']}",
        f"Mixed is weights {data['mixed'].replace(',', '/')} with 8-bit activations; weights and "
        "windows are seeded. Bit-exact: every tensor of 20 windows equals the golden model's, in "
        "the emulator of the row.",
        inference_table(data),
        "Mixed takes fewer instructions, times:",
        ratio_table(data),
        "A gain over plain float32 loops flatters, so both baselines are there. The register-blocked "
        "loops keep five positions times four channels in registers.",
        "## Instructions per multiply-accumulate",
        "Inner loops: 160 further elements of 32 outputs, no requantization. The last column is an "
        "outer-product kernel measured before this library was written.",
        layer_table(data, "block 160x32", OTHERS_BLOCK),
        "Convolution of 32 to 64 channels, kernel 3, 50 positions, with packing and requantization:",
        layer_table(data, "conv 32-64 k3 T50", None),
        "Others, a convolution of 16 to 32 channels, kernel 5, 200 positions, with "
        "requantization:",
        table(["library", "instructions per multiply-accumulate"], OTHERS_CONV),
        "## Cycles on a C906, estimated",
        "The convolution of 32 to 64 channels again, packing and requantization included. An "
        "estimate: executed instructions through a model of the pipeline (`sw/count/c906.py` says "
        "which), not a measurement. Known: others, measured on the processor's published RTL, the "
        "4-bit ones with operands packed beforehand. Two things decide how many products share a "
        "multiply at 4 bits: how large the weights are, and whether all codes are below 128 (signed "
        "ones behind a ReLU); the largest ones here say which case a row is.",
        c906_table(data),
        "## A layer of each kind",
        "Instructions per output value: 50 positions of 64 channels, 8-bit codes and weights, "
        "rounding mode float, packing and requantization included. Bit-exact, all.",
        kind_table(data)]
    if sizes:
        parts += ["## Code size", "Code and constants of the bare-metal rv64gc library, bytes. A "
                  "level is the driver, the portable kernels and its own line; swar and xthead "
                  "share their packing, the vector levels all but their loops.",
                  table(["part", "bytes"], [[p, f"{n:,}"] for p, n in sizes.items()])]
    return "\n\n".join(parts) + "\n"


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: page.py FIGURES.json FOLDER")
    data = json.loads(pathlib.Path(sys.argv[1]).read_text())
    folder = pathlib.Path(sys.argv[2])
    (folder / "kernels.md").write_text(page(data))
    (folder / "kernels.svg").write_text(chart(data))


if __name__ == "__main__":
    main()
