#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clang-tidy (.clang-tidy), or with --syntax clang's own warnings alone, over the files of a build
that lie in the folders named. One line per finding; fails when there is any.

    tidy.py BUILD FOLDER... [--syntax] [--jobs N] [--json FILE]"""

import argparse
import concurrent.futures
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# g++ has them and clang does not.
ONLY_GCC = {"-Wno-restrict", "-fno-schedule-insns"}


def commands(build, folders):
    """The compile commands of our files there, as clang takes them; each file once."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = pathlib.Path(entry["file"])
        if not file.is_relative_to(ROOT) or file.suffix not in (".cpp", ".c"):
            continue
        name = str(file.relative_to(ROOT))
        if not any(name.startswith(f"{folder.rstrip('/')}/") for folder in folders):
            continue
        words = [word for word in shlex.split(entry["command"]) if word not in ONLY_GCC]
        if pathlib.Path(words[0]).name == "ccache":
            words = words[1:]
        words[0] = "clang++" if file.suffix == ".cpp" else "clang"
        found[name] = {"directory": entry["directory"], "file": entry["file"],
                       "arguments": words}
    return dict(sorted(found.items()))


def syntax(entry):
    words, at = [], 0
    while at < len(entry["arguments"]):
        word = entry["arguments"][at]
        at += 2 if word in ("-o", "-MF", "-MT") else 1
        if word not in ("-o", "-MF", "-MT", "-MD", "-c"):
            words.append(word)
    return [words[0], "-fsyntax-only", *words[1:]]


def tidy(entry, database):
    return ["clang-tidy", "--quiet", "-p", database, entry["file"]]


def findings(text):
    return sorted({line for line in text.splitlines()
                   if ": warning: " in line or ": error: " in line})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--syntax", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()

    entries = commands(arguments.build, arguments.folders)
    if not entries:
        sys.exit(f"tidy: no file of {' '.join(arguments.folders)} in {arguments.build}")
    found = {}
    with tempfile.TemporaryDirectory() as database:
        (pathlib.Path(database) / "compile_commands.json").write_text(
            json.dumps(list(entries.values())))

        def run(name):
            entry = entries[name]
            line = syntax(entry) if arguments.syntax else tidy(entry, database)
            done = subprocess.run(line, cwd=entry["directory"], capture_output=True, text=True)
            lines = findings(done.stdout + done.stderr)
            if done.returncode != 0 and not lines:
                lines = [f"{name}: {line[0]} ended with {done.returncode}"]
            return name, lines

        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            for count, (name, lines) in enumerate(pool.map(run, entries), 1):
                for line in lines:
                    if line not in found:
                        print(line.replace(f"{ROOT}/", ""), flush=True)
                        found[line] = name
                if sys.stderr.isatty():
                    print(f"\r{count} of {len(entries)} {name:70.70}", end="", file=sys.stderr)
    print(f"tidy: {len(entries)} files, {len(found)} findings")
    if arguments.json:
        arguments.json.write_text(json.dumps(
            {"files": len(entries), "findings": len(found)}, indent=2) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
