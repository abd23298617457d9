# SPDX-License-Identifier: MIT
"""software_test.py REPORT: merging, waivers and the floor of the software coverage on made-up counts."""

import json
import pathlib
import subprocess
import sys
import tempfile

REPORT = sys.argv[1]


def report(root, waivers=""):
    (root / "waivers.txt").write_text(waivers)
    done = subprocess.run(
        [sys.executable, REPORT, *map(str, sorted(root.glob("*.info"))), "--root", str(root),
         "--waivers", str(root / "waivers.txt"), "--json", str(root / "out.json"),
         "--holes", str(root / "holes.txt"), "--info", str(root / "all.lcov")],
        capture_output=True, text=True)
    figures = root / "out.json"
    return done, json.loads(figures.read_text()) if figures.exists() else None


with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder).resolve()
    for name in ("sw/a.cpp", "sw/b.c", "model/golden/g.cpp"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x\n" * 30)
    lines = "".join(f"DA:{n},{int(n != 7)}\n" for n in range(1, 21))
    golden = "".join(f"DA:{n},1\n" for n in range(1, 11))
    (root / "host.info").write_text(
        f"SF:{root}/sw/a.cpp\n{lines}end_of_record\nSF:/usr/include/v\nDA:1,0\nend_of_record\n"
        f"SF:{root}/model/golden/g.cpp\n{golden}end_of_record\n")

    # A file that nobody measures is an error, not a hundred per cent.
    done, figures = report(root)
    assert done.returncode == 1 and "sw/b.c: not measured" in done.stderr, done.stderr
    done, figures = report(root, "sw/b.c  # bare metal\n")
    assert done.returncode == 0, done.stderr
    assert figures["sw_line"] == 95.0 and figures["sw_lines"] == 20, figures
    assert figures["golden_line"] == 100.0
    assert (root / "holes.txt").read_text() == "sw/a.cpp:7\n"
    assert f"SF:{root}/sw/a.cpp\n" in (root / "all.lcov").read_text()

    # Below the floor; the emulator's counts of another build are added.
    (root / "host.info").write_text((root / "host.info").read_text().replace("DA:18,1", "DA:18,0"))
    done, figures = report(root, "sw/b.c  # bare metal\n")
    assert done.returncode == 1 and "90.0 % of lines, the floor is 95" in done.stderr, done.stderr
    (root / "emulator.info").write_text(f"SF:{root}/sw/a.cpp\nDA:18,3\nend_of_record\n")
    done, figures = report(root, "sw/b.c  # bare metal\n")
    assert done.returncode == 0 and figures["sw_line"] == 95.0, done.stderr

    done, _ = report(root, "sw/b.c  # bare metal\nsw/gone.c  # gone\n")
    assert done.returncode == 1 and "waiver sw/gone.c has no file" in done.stderr, done.stderr
    done, _ = report(root, "sw/b.c\n")
    assert done.returncode != 0 and "needs a reason" in done.stderr, done.stderr

print("software coverage: merging, waivers and floor are right")
