#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the last layer of a traced run, cycle by cycle, as an SVG.

    tendon demo --windows 1
    rtl/waveform.py build/demo/inference.fst docs/layer-timing.svg

`./run waveform` does both; fst2vcd of Debian's gtkwave reads the trace.
Every level and number in the picture is a signal of the trace, sampled at the rising clock edge.
"""

import pathlib
import subprocess
import sys
import tempfile

CORE = "tendon_top.u_core."
CAUSES = ["idle", "active", "weights", "activations", "write-back", "set-up", "drain"]
# row, signal below tendon_core, how a sample becomes what is drawn: None (low), "" (high) or text
FLAG = lambda bits: "" if bits[0] == "1" else None
ROWS = [
    ("cause of the cycle", "state_o", lambda bits: CAUSES[int(bits, 2)]),
    ("descriptor taken", "take", FLAG),
    ("multiply step, its slice", "step", lambda b: str(int(b[2:4], 2)) if b[0] == "1" else None),
    ("last step of a tile", "step", lambda bits: "" if bits[:2] == "11" else None),
    ("weight line", "u_sequencer.line_o", lambda bits: str(int(bits, 2))),
    ("sums in the shadow registers", "tile_done", FLAG),
    ("a column is read", "u_results.read", FLAG),
    ("accumulators complete", "u_results.acc_info", FLAG),
    ("codes complete", "u_results.code_info", FLAG),
    ("word written", "wr", FLAG),
    ("layer done", "done_valid_o", FLAG),
]
BEFORE, WIDTH, HEIGHT, LEFT, TOP = 4, 26, 30, 210, 66

STYLE = """<style>
  svg { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif }
  .bg { fill: #ffffff } text { fill: #17222b } .s { fill: #5c6872; font-size: 11px }
  .m { text-anchor: middle } .g { stroke: #e3e9ec } .l { stroke: #aab6bc; fill: none }
  .h { fill: #cfe9e4; stroke: #2b9c8f } .v { fill: #fff4df; stroke: #e0a030 }
  .o { fill: #f0f3f5 }
  @media (prefers-color-scheme: dark) {
    .bg { fill: #10171c } text { fill: #e8ecee } .s { fill: #9aa9b3 } .g { stroke: #25313a }
    .h { fill: #12312e } .v { fill: #352a13 } .o { fill: #172027 }
  }
</style>"""


def samples(path):
    """A tuple of bit strings, in the order of ROWS, for every cycle."""
    wanted = {CORE + signal for _, signal, _ in ROWS}
    scope, names, widths, clock = [], {}, {}, None
    now, cycles, level = {}, [], "0"
    with open(path, encoding="ascii") as vcd:
        for text in vcd:
            word = text.split()
            if not word:
                continue
            if word[0] == "$scope":
                scope.append(word[2])
            elif word[0] == "$upscope":
                scope.pop()
            elif word[0] == "$var":
                name = ".".join(scope + [word[4]]).split("tendon_top.", 1)[-1]
                if "tendon_top." + name in wanted:
                    names["tendon_top." + name], widths[word[3]] = word[3], int(word[2])
                if name == "clk_i":
                    clock = word[3]
            elif text[0] in "01" and text[1:].strip() == clock:
                if text[0] == "1" and level == "0":
                    cycles.append(tuple(now.get(names[CORE + s], "0") for _, s, _ in ROWS))
                level = text[0]
            elif text[0] == "b" and word[1] in widths:
                now[word[1]] = word[0][1:].zfill(widths[word[1]])
            elif text[0] in "01" and text[1:].strip() in widths:
                now[text[1:].strip()] = text[0]
    missing = wanted - set(names)
    if missing:
        sys.exit("waveform: the trace lacks " + ", ".join(sorted(missing)))
    return cycles


def last_layer(cycles):
    """The cycles from BEFORE its first one to `done`, and where its first one is."""
    row = {name: i for i, (name, _, _) in enumerate(ROWS)}
    dones = [i for i, c in enumerate(cycles) if c[row["layer done"]] == "1"]
    takes = [i for i, c in enumerate(cycles) if c[row["descriptor taken"]] == "1"]
    if not dones:
        sys.exit("waveform: no layer ends in this trace")
    first = max(i for i in takes if i < dones[-1]) + 1
    return cycles[first - BEFORE:dones[-1] + 1], BEFORE


def draw(cycles, first):
    width, height = LEFT + len(cycles) * WIDTH + 20, TOP + len(ROWS) * HEIGHT + 20
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
           f'width="{width}" role="img" aria-label="A layer, cycle by cycle">',
           "<!-- SPDX-License-Identifier: MIT; written by rtl/waveform.py -->", STYLE,
           f'<rect class="bg" width="{width}" height="{height}"/>',
           '<text x="14" y="24" font-weight="600">'
           'The last layer of the demo, cycle by cycle</text>',
           f'<rect class="o" x="{LEFT}" y="{TOP - 24}" width="{first * WIDTH}" '
           f'height="{len(ROWS) * HEIGHT + 24}"/>',
           f'<text class="s" x="{LEFT}" y="{TOP - 30}">layer before</text>']
    for i in range(len(cycles)):
        x = LEFT + i * WIDTH
        out.append(f'<path class="g" d="M{x} {TOP - 6}V{height - 20}"/>')
        if i >= first:
            out.append(f'<text class="s m" x="{x + WIDTH / 2}" y="{TOP - 10}">'
                       f"{i - first + 1}</text>")
    for n, (name, _, shown) in enumerate(ROWS):
        y = TOP + n * HEIGHT + 4
        low = y + HEIGHT - 10
        out.append(f'<text x="14" y="{y + 15}">{name}</text>')
        values = [shown(c[n]) for c in cycles]
        i = 0
        while i < len(values):
            end = i + 1
            while end < len(values) and values[end] == values[i]:
                end += 1
            x, span = LEFT + i * WIDTH, (end - i) * WIDTH
            if values[i] is None:
                out.append(f'<path class="l" d="M{x} {low}h{span}"/>')
            else:
                kind = "h" if values[i] == "" else "v"
                out.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{span}" height="20" '
                           'rx="2"/>')
                text = values[i] if len(values[i]) * 7 < span else ""
                if text:
                    out.append(f'<text class="m" x="{x + span / 2}" y="{y + 15}">{text}</text>')
            i = end
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        vcd = pathlib.Path(folder) / "trace.vcd"
        subprocess.run(["fst2vcd", "-f", sys.argv[1], "-o", str(vcd)], check=True)
        picture = draw(*last_layer(samples(vcd)))
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(picture)


if __name__ == "__main__":
    main()
