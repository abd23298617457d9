#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Lines of sw/ and model/golden that tests reach: a table per file and a floor per part. Every source
file is measured or has a waiver with its reason; the command fails below the floor.

    software.py lcov.info... [--root DIR] [--waivers FILE] [--info FILE] [--json FILE] [--holes FILE]"""

import argparse
import collections
import fnmatch
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PARTS = {"sw": "sw", "golden": "model/golden"}
FLOOR = 95.0


def read_counts(info, root):
    """{file below root: {line: count}} of one lcov file."""
    counts = collections.defaultdict(lambda: collections.defaultdict(int))
    name = None
    for line in info.read_text().splitlines():
        if line.startswith("SF:"):
            path = pathlib.Path(line[3:])
            name = str(path.relative_to(root)) if path.is_relative_to(root) else None
        elif line.startswith("DA:") and name:
            number, count = line[3:].split(",")[:2]
            counts[name][int(number)] += int(count)
    return counts


def read_waivers(file):
    """[(pattern, reason)]. Error: a pattern without a reason."""
    waivers = []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        pattern, _, reason = line.partition("#")
        if not reason.strip():
            sys.exit(f"{file}:{number}: a waiver needs a reason behind #")
        waivers.append((pattern.strip(), reason.strip()))
    return waivers


def sources(root, folder):
    return sorted(str(path.relative_to(root)) for path in (root / folder).rglob("*")
                  if path.suffix in (".c", ".cpp"))


def measure(counts, waivers, root):
    """Per part: files with reached and all lines, in the order of their names, and complaints."""
    bad, parts, used = [], {}, set()
    for part, folder in PARTS.items():
        known = sources(root, folder)
        measured = sorted(name for name in counts if name.startswith(folder + "/"))
        files = {}
        for name in sorted(set(known) | set(measured)):
            pattern = next((p for p, _ in waivers if fnmatch.fnmatch(name, p)), None)
            if pattern:
                used.add(pattern)
            elif name in counts:
                lines = counts[name]
                files[name] = (sum(1 for count in lines.values() if count), len(lines))
            else:
                bad.append(f"{name}: not measured, and no waiver")
        parts[part] = files
    bad += [f"waiver {pattern} has no file" for pattern, _ in waivers if pattern not in used]
    return parts, bad


def percent(reached, lines):
    return 100.0 * reached / lines if lines else 0.0


def write_info(file, counts, parts, root):
    with file.open("w") as out:
        for files in parts.values():
            for name in files:
                out.write(f"SF:{root / name}\n")
                for line, count in sorted(counts[name].items()):
                    out.write(f"DA:{line},{count}\n")
                out.write("end_of_record\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("infos", nargs="+", type=pathlib.Path)
    parser.add_argument("--root", type=pathlib.Path, default=ROOT)
    parser.add_argument("--waivers", type=pathlib.Path,
                        default=pathlib.Path(__file__).with_name("software_waivers.txt"))
    parser.add_argument("--info", type=pathlib.Path, help="all counts as one lcov file")
    parser.add_argument("--holes", type=pathlib.Path, help="lines that nothing reaches")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--keep", type=pathlib.Path, help="the same figures, once more")
    arguments = parser.parse_args()

    counts = collections.defaultdict(lambda: collections.defaultdict(int))
    for info in arguments.infos:
        for name, lines in read_counts(info, arguments.root).items():
            for line, count in lines.items():
                counts[name][line] += count
    waivers = read_waivers(arguments.waivers)
    parts, bad = measure(counts, waivers, arguments.root)

    figures = {"waivers": len(waivers)}
    for part, files in parts.items():
        print(f"{PARTS[part]}")
        for name, (reached, lines) in files.items():
            print(f"  {percent(reached, lines):6.1f} %  {reached:5} of {lines:5}  {name}")
        reached = sum(hit for hit, _ in files.values())
        lines = sum(count for _, count in files.values())
        value = percent(reached, lines)
        print(f"  {value:6.1f} %  {reached:5} of {lines:5}  all of {PARTS[part]}")
        figures[f"{part}_line"] = value
        figures[f"{part}_lines"] = lines
        figures[f"{part}_files"] = len(files)
        if value < FLOOR:
            bad.append(f"{PARTS[part]}: {value:.1f} % of lines, the floor is {FLOOR} %")
    if arguments.info:
        write_info(arguments.info, counts, parts, arguments.root)
    if arguments.holes:
        arguments.holes.write_text("".join(
            f"{name}:{line}\n" for files in parts.values() for name in files
            for line, count in sorted(counts[name].items()) if not count))
    for file in filter(None, (arguments.json, arguments.keep)):
        file.write_text(json.dumps(figures, indent=2) + "\n")
    for complaint in bad:
        print(f"coverage: {complaint}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
