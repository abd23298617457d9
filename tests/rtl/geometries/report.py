#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""report.py CONV.json KINDS.json [--page F] [--json F]: what the cores of odd geometries did with
random layers, from the JSON that GoogleTest wrote. Exit code 1 when a layer was wrong."""

import argparse
import json
import pathlib
import re
import sys

LIST = pathlib.Path(__file__).resolve().parent / "CMakeLists.txt"
FIELDS = ["rows", "columns", "lanes", "act_words", "wgt_lines", "par_entries", "bus_bits",
          "elements", "gemm", "tflite"]


def geometries():
    """name to its fields, as CMakeLists.txt lists them"""
    found = {}
    for name, numbers in re.findall(r'^  "(r\w+),([ \d,]+)"', LIST.read_text(), re.MULTILINE):
        found[name] = dict(zip(FIELDS, (int(n) for n in numbers.split(","))))
    return found


def collect(files):
    rows = {name: {**fields, "layers": 0, "tests": 0, "failures": 0}
            for name, fields in geometries().items()}
    for file in files:
        for suite in json.loads(file.read_text())["testsuites"]:
            for test in suite["testsuite"]:
                row = rows[test["name"].rsplit("/", 1)[1]]
                if test["result"] == "SKIPPED":
                    continue
                row["tests"] += 1
                row["layers"] += int(test.get("layers", 0))
                row["failures"] += 1 if test.get("failures") else 0
    return rows


HEAD = """<!-- SPDX-License-Identifier: MIT -->
# Odd geometries

Written by `./run geometries`: cores of other R, C, L, memories and bus widths than the named ones,
each built by Verilator, with random layers against the golden model, every value and every cycle
of the cycle model. In `./run test` are the named ones and two more.

| R x C x L | words, lines, entries | bus | without | tflite | random layers | wrong |
| --- | --- | --- | --- | --- | --- | --- |"""


def page(rows):
    lines = [HEAD]
    for r in rows.values():
        without = ", ".join(k for k in ("elements", "gemm") if not r[k])
        lines.append(f"| {r['rows']}x{r['columns']}x{r['lanes']} | {r['act_words']:,}, "
                     f"{r['wgt_lines']:,}, {r['par_entries']:,} | {r['bus_bits']} | {without} | "
                     f"{'yes' if r['tflite'] else ''} | {r['layers']:,} | {r['failures']} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=pathlib.Path, help="JSON of GoogleTest")
    parser.add_argument("--page", type=pathlib.Path, help="write the table to FILE (Markdown)")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to FILE")
    options = parser.parse_args()
    rows = collect(options.files)
    failures = sum(r["failures"] for r in rows.values())
    untested = [name for name, r in rows.items() if r["layers"] == 0]
    figures = {"geometries": len(rows), "layers": sum(r["layers"] for r in rows.values()),
               "failures": failures, "rows": rows}
    print(f"geometries: {figures['layers']:,} random layers on {len(rows)} geometries, "
          f"{failures} tests failed")
    for name in untested:
        print(f"geometries: {name} ran no layer")
    if options.page:
        options.page.write_text(page(rows))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if failures or untested else 0


if __name__ == "__main__":
    sys.exit(main())
