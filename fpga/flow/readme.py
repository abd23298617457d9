# SPDX-License-Identifier: MIT
"""fpga/README.md's tables and picture from fpga/results/*.json."""

import json

from . import fits, report
from .tools import FPGA

BEGIN = "<!-- results: written by fpga/build.py -->"
END = "<!-- end of results -->"
FITS_BEGIN = "<!-- fits: written by fpga/build.py -->"
FITS_END = "<!-- end of fits -->"


def load():
    return [json.loads(path.read_text(encoding="utf-8"))
            for path in sorted((FPGA / "results").glob("*.json")) if path != fits.PATH]


def share(used, capacity):
    return f"{used} ({100 * used / capacity:.0f} %)" if capacity else str(used)


def table(results):
    lines = ["| board | system | config | LUT | FF | block RAM | DSP | fmax, worst to best of seeds "
             "| PLL | critical path |", "| --- " * 10 + "|"]
    for result in results:
        speeds = [seed["fmax_mhz"] for seed in result["seeds"]]
        path = result["critical_path"]
        lines.append(
            f"| {result['board']} | {result['system']} | {result['config']} "
            f"| {share(result['luts'], result['lut_capacity'])} | {result['ffs']} "
            f"| {share(result['bram'], result['bram_capacity'])} | {result['dsp']} "
            f"| {min(speeds):.1f} to {max(speeds):.1f} MHz ({len(speeds)}) "
            f"| {result['clock_mhz']} MHz | `{report.signal_of(path.get('from', ''))}` to "
            f"`{report.signal_of(path.get('to', ''))}` |")
    return "\n".join(lines)


def bar(x, y, width, colour):
    return f'<rect x="{x}" y="{y}" width="{width:.1f}" height="14" fill="{colour}"/>'


def text(x, y, content, anchor="start"):
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{content}</text>'


def picture(results):
    """Two bars per build: share of the LUTs, and every seed's clock as a tick."""
    row, left, span = 52, 210, 360
    top = max([seed["fmax_mhz"] for result in results for seed in result["seeds"]] + [100])
    height = row * len(results) + 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 {height}" '
             'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="#fff"/>']
    for index, result in enumerate(results):
        y = 12 + index * row
        part = result["luts"] / result["lut_capacity"]
        parts.append(text(left - 10, y + 12, f"{result['board']} {result['system']}", "end"))
        parts.append(bar(left, y, span, "#e6e9ee"))
        parts.append(bar(left, y, span * min(part, 1), "#3b6ea5"))
        parts.append(text(left + span + 8, y + 12, f"{100 * part:.0f} % of LUTs"))
        parts.append(text(left - 10, y + 30, "clock, one tick per seed", "end"))
        parts.append(bar(left, y + 18, span, "#f3f0e8"))
        speeds = [seed["fmax_mhz"] for seed in result["seeds"]]
        for speed in speeds:
            parts.append(f'<rect x="{left + span * speed / top:.1f}" y="{y + 18}" width="2" '
                         'height="14" fill="#b3541e"/>')
        parts.append(text(left + span + 8, y + 30, f"{min(speeds):.1f} MHz at least"))
    parts.append(text(left, height - 10, f"0 to {top:.0f} MHz"))
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def between(page, begin, end, body):
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n\n{body}\n\n{end}{rest.partition(end)[2]}"


def write():
    results = load()
    readme = FPGA / "README.md"
    page = readme.read_text(encoding="utf-8")
    if results:
        (FPGA / "results" / "results.svg").write_text(picture(results), encoding="utf-8")
        page = between(page, BEGIN, END,
                       f"{table(results)}\n\n![sizes and clocks](results/results.svg)")
    placed = {f"{result['board']}-{result['system']}" for result in results}
    page = between(page, FITS_BEGIN, FITS_END, fits.table(fits.load(), placed))
    readme.write_text(page, encoding="utf-8")
