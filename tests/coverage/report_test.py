# SPDX-License-Identifier: MIT
"""report_test.py REPORT: percentages, waivers and floors of the coverage report on made-up counts."""

import json
import pathlib
import subprocess
import sys
import tempfile

REPORT = sys.argv[1]


def key(root, page, name, line, count, lines=None):
    fields = {"f": f"{root}/rtl/a.sv", "l": line, "n": 3, "page": page, "o": name, "h": "TOP.a"}
    if lines:
        fields["S"] = lines
    text = "".join(f"\x01{field}\x02{value}" for field, value in fields.items())
    return f"C '{text}' {count}\n"


def report(root, waivers="", floors=None):
    (root / "waivers.txt").write_text(waivers)
    (root / "floors.json").write_text(json.dumps(floors or {}))
    done = subprocess.run(
        [sys.executable, REPORT, *map(str, sorted(root.glob("*.dat"))), "--root", str(root),
         "--waivers", str(root / "waivers.txt"), "--floors", str(root / "floors.json"),
         "--json", str(root / "out.json"), "--holes", str(root / "holes.txt")],
        capture_output=True, text=True)
    return done, json.loads((root / "out.json").read_text())


with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    (root / "rtl").mkdir()
    (root / "rtl/a.sv").write_text("module a;\nif (x)\n  y = 1;\nelse\n  z = 1;\nendmodule\n")
    (root / "one.dat").write_text(
        key(root, "v_line/a", "if", 2, 5, "2-3") + key(root, "v_line/a", "else", 4, 0, "4-5") +
        key(root, "v_toggle/a", "x[0]", 1, 1) + key(root, "v_toggle/a", "x[1]", 1, 0) +
        key(root, "v_user/a__pi1", "seen", 6, 0))
    # Another configuration reaches what the first one did not.
    (root / "two.dat").write_text(key(root, "v_user/a__pi2", "seen", 6, 2))

    done, figures = report(root)
    assert done.returncode == 0, done.stderr
    assert figures["line"] == 50.0 and figures["line_points"] == 4, figures
    assert figures["branch"] == 50.0 and figures["toggle"] == 50.0, figures
    assert figures["functional"] == 100.0 and figures["functional_points"] == 1, figures
    holes = (root / "holes.txt").read_text()
    assert "toggle rtl/a.sv:1 x[1]" in holes and "x[0]" not in holes, holes

    done, figures = report(root, floors={"toggle": 60})
    assert done.returncode == 1 and "below the floor" in done.stderr, done.stderr

    done, figures = report(root, "toggle rtl/a.sv ^x\\[1\\]$  # tied to 0\n", {"toggle": 100})
    assert done.returncode == 0, done.stderr
    assert figures["toggle"] == 100.0 and figures["toggle_waived"] == 1, figures

    done, _ = report(root, "toggle rtl/a.sv ^x\\[0\\]$  # is reached\n")
    assert done.returncode == 1 and "waives nothing" in done.stderr, done.stderr
    done = subprocess.run([sys.executable, REPORT, str(root / "one.dat"), "--waivers",
                           str(root / "rtl/a.sv")], capture_output=True, text=True)
    assert done.returncode != 0, "a waiver without a reason must be refused"
print("report_test: passed")
