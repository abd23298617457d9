#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Coverage of the RTL from the counts of all Verilated models: lines, branches, toggles, and the
functional points of tests/coverage/cover_*.sv. A point is what stands at one place of a source
file; instances and configurations are added up. Fails below the floors and for a waiver that waives
nothing."""

import argparse
import collections
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KINDS = ("line", "branch", "toggle", "functional")
BRANCHES = ("if", "else", "elsif", "case")


class Point:
    """One thing to be seen: `text` is the source line, or the signal's or the point's name."""

    def __init__(self, kind, file, line, text):
        self.kind, self.file, self.line, self.text = kind, file, line, text
        self.count, self.waived = 0, False


def read_keys(paths):
    """Fields and count of every point in Verilator's files."""
    for path in paths:
        for row in path.read_text(errors="replace").splitlines():
            if not row.startswith("C '"):
                continue
            key, count = row[3:].rsplit("' ", 1)
            fields = dict(part.split("\x02", 1) for part in key.split("\x01") if "\x02" in part)
            yield fields, int(count)


def lines_of(fields):
    """The source lines that belong to a block: "4", "5-6,9"."""
    for part in fields.get("S", fields["l"]).split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def collect(paths, root):
    points = {}
    sources = {}

    def add(kind, file, line, name, text, count):
        point = points.setdefault((kind, file, line, name), Point(kind, file, line, text))
        point.count += count

    for fields, count in read_keys(paths):
        file, line = fields["f"], int(fields["l"])
        try:
            file = str(pathlib.Path(file).relative_to(root))
        except ValueError:
            pass
        if file not in sources:
            path = root / file
            sources[file] = path.read_text().splitlines() if path.exists() else []
        kind = fields["page"].split("/")[0]
        name = fields["o"]
        if kind == "v_user":
            module = fields["page"].split("/")[1].split("__")[0]
            add("functional", file, line, name, f"{module}.{name}", count)
        elif not file.startswith("rtl/"):
            continue
        elif kind == "v_toggle":
            add("toggle", file, line, name, name, count)
        else:
            source = sources[file]
            for each in lines_of(fields):
                text = source[each - 1].strip() if each <= len(source) else ""
                add("line", file, each, "", text, count)
            if name in BRANCHES:
                text = source[line - 1].strip() if line <= len(source) else ""
                add("branch", file, line, f"{name} {fields['n']}", f"{name}: {text}", count)
    return list(points.values())


def waive(points, path):
    """Marks what the file waives; the waivers that waive nothing."""
    stale = []
    for number, row in enumerate(path.read_text().splitlines(), 1):
        if not row.strip() or row.startswith("#"):
            continue
        rule, _, reason = row.partition("  # ")
        words = rule.split(None, 2)
        if len(words) != 3 or words[0] not in KINDS or not reason.strip():
            sys.exit(f"{path}:{number}: not `KIND FILE PATTERN  # reason`: {row}")
        kind, file, pattern = words
        matcher = re.compile(pattern.strip())
        used = False
        for point in points:
            if point.kind == kind and pathlib.PurePath(point.file).match(file) and \
                    point.count == 0 and matcher.search(point.text):
                point.waived = used = True
        if not used:
            stale.append(f"{path.name}:{number}: waives nothing: {row}")
    return stale


def percent(points):
    wanted = [point for point in points if not point.waived]
    hit = sum(point.count > 0 for point in wanted)
    return 100.0 * hit / len(wanted) if wanted else 100.0


def write_info(points, path, root):
    """lcov's format, for genhtml."""
    files = collections.defaultdict(list)
    for point in points:
        if point.kind in ("line", "branch") and not point.waived:
            files[point.file].append(point)
    with open(path, "w") as out:
        for file, those in sorted(files.items()):
            out.write(f"TN:\nSF:{root / file}\n")
            for number, point in enumerate(those):
                if point.kind == "branch":
                    taken = point.count or "-"
                    out.write(f"BRDA:{point.line},0,{number},{taken}\n")
            for point in those:
                if point.kind == "line":
                    out.write(f"DA:{point.line},{point.count}\n")
            out.write("end_of_record\n")


def table(points):
    rows = [f"{'':32}" + "".join(f"{kind:>20}" for kind in KINDS)]
    files = sorted({point.file for point in points}) + [None]
    for file in files:
        row = f"{pathlib.PurePath(file).name if file else 'all':32}"
        for kind in KINDS:
            those = [p for p in points if p.kind == kind and file in (None, p.file)]
            wanted = [p for p in those if not p.waived]
            text = f"{percent(those):.1f} % of {len(wanted):,}" if wanted else ""
            row += f"{text:>20}"
        rows.append(row)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+", type=pathlib.Path, help="files of Verilated models")
    parser.add_argument("--waivers", type=pathlib.Path, default=ROOT / "tests/coverage/waivers.txt")
    parser.add_argument("--floors", type=pathlib.Path, default=ROOT / "tests/coverage/floors.json")
    parser.add_argument("--root", type=pathlib.Path, default=ROOT)
    parser.add_argument("--json", type=pathlib.Path, help="figures")
    parser.add_argument("--info", type=pathlib.Path, help="lcov file for genhtml")
    parser.add_argument("--holes", type=pathlib.Path, help="list of what was not reached")
    arguments = parser.parse_args()

    points = collect(arguments.data, arguments.root)
    if not points:
        sys.exit("coverage: no points in the data")
    bad = waive(points, arguments.waivers)
    figures = {}
    for kind in KINDS:
        those = [point for point in points if point.kind == kind]
        figures[kind] = round(percent(those), 2)
        figures[kind + "_points"] = sum(not point.waived for point in those)
        figures[kind + "_waived"] = sum(point.waived for point in those)
    print("\n".join(table(points)))
    if arguments.holes:
        holes = [p for p in points if p.count == 0 and not p.waived]
        holes.sort(key=lambda p: (KINDS.index(p.kind), p.file, p.line, p.text))
        arguments.holes.write_text(
            "".join(f"{p.kind} {p.file}:{p.line} {p.text}\n" for p in holes))
    if arguments.info:
        write_info(points, arguments.info, arguments.root)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")
    for kind, floor in json.loads(arguments.floors.read_text()).items():
        if figures[kind] < floor:
            bad.append(f"{kind}: {figures[kind]} % is below the floor of {floor} %")
    for line in bad:
        print(f"coverage: {line}", file=sys.stderr)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
