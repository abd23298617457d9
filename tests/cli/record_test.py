# SPDX-License-Identifier: MIT
"""record_test.py RECORD: totals and page of a campaign are written and replaced, others stay."""

import json
import pathlib
import subprocess
import sys
import tempfile

RECORD = sys.argv[1]
PAGE = "before\n<!-- output: campaigns -->\nold\n<!-- end -->\nafter\n"
FIGURES = {
    "seed": 7,
    "layers": 1234,
    "layers_on_accelerator": 900,
    "values": 5678,
    "mismatches": 0,
    "commits": {"abc": 1234},
}


def call(root, figures, commit):
    source = root / "figures.json"
    source.write_text(json.dumps(figures))
    options = ["--commit", commit, "--date", "2026-01-02", "--root", str(root)]
    return subprocess.run([sys.executable, RECORD, "soak", str(source), *options]).returncode


with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    (root / "docs").mkdir()
    page = root / "docs/verification.md"
    page.write_text(PAGE)
    assert call(root, FIGURES, "abc") == 0
    record = json.loads((root / "docs/results/verification.json").read_text())
    assert record["soak_layers"] == 1234 and record["soak_mismatches"] == 0, record
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("<!-- end -->\nafter\n"), text
    assert "1,234 random layers" in text and "| 2026-01-02, abc, seed 7 |" in text, text
    assert "\nold\n" not in text, text

    record["line"] = 99.5  # of another campaign
    (root / "docs/results/verification.json").write_text(json.dumps(record))
    assert call(root, dict(FIGURES, layers=2000), "def") == 0
    record = json.loads((root / "docs/results/verification.json").read_text())
    assert record["soak_layers"] == 2000 and record["line"] == 99.5, record
    assert "def, seed 7" in page.read_text() and "abc, seed 7" not in page.read_text()

    page.write_text("no marks\n")
    assert call(root, FIGURES, "abc") != 0, "a page without marks must be an error"
    assert page.read_text() == "no marks\n"
print("record_test: passed")
