# SPDX-License-Identifier: MIT
"""Where the tools are and how to run them.

The versions of fpga/requirements.txt are what the results were made with. A native tool is taken
when it is on the PATH and at least as new as MINIMUM (Debian 12's are older); otherwise the one in
the project's virtual environment, which is made when it is missing.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FPGA = ROOT / "fpga"
VENV = Path(os.environ.get("TENDON_VENV", ROOT / ".venv"))

MINIMUM = {"yosys": (0, 40), "nextpnr-ice40": (0, 7), "nextpnr-ecp5": (0, 7)}
# Packers have no version to ask for: they go with the place-and-route tool of their family.
PARTNER = {"icepack": "nextpnr-ice40", "ecppack": "nextpnr-ecp5"}


class FlowError(Exception):
    """What the user has to read; no traceback."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def native(name):
    """Path of a native tool that is new enough, or None."""
    path = shutil.which(name)
    asked = PARTNER.get(name, name)
    if path is None or shutil.which(asked) is None:
        return None
    said = subprocess.run([asked, "--version"], capture_output=True, text=True, check=False)
    numbers = re.search(r"(\d+)\.(\d+)", said.stdout + said.stderr)
    if numbers and (int(numbers[1]), int(numbers[2])) >= MINIMUM[asked]:
        return path
    return None


def install():
    """Virtual environment with the pinned tools."""
    say(f"installing the pinned tools of fpga/requirements.txt into {VENV}")
    if not (VENV / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    subprocess.run([str(VENV / "bin" / "pip"), "install", "--quiet", "--requirement",
                    str(FPGA / "requirements.txt")], check=True)


def find(name):
    path = native(name)
    if path:
        return path
    pinned = VENV / "bin" / f"yowasp-{name}"
    if not pinned.exists():
        install()
    return str(pinned)


def processor():
    """PicoRV32's source, from the package that the simulation of the same system uses."""
    said = subprocess.run([str(VENV / "bin" / "python"), "-c", "import pythondata_cpu_picorv32 as core"
                           "; print(core.data_location)"], capture_output=True, text=True,
                          check=False)
    if said.returncode != 0:
        raise FlowError(f"no PicoRV32 in {VENV}: pip install -r sim/soc/requirements.txt")
    return Path(said.stdout.strip()) / "picorv32.v"


def version(name):
    """Number and commit, without what the tool was compiled with."""
    said = subprocess.run([find(name), "--version"], capture_output=True, text=True, check=False)
    line = (said.stdout + said.stderr).strip().splitlines()[0]
    found = re.search(r"Version (\S+?)\)|(Yosys [^(]+\(git sha1 \w+)", line)
    return found[1] or f"{found[2]})" if found else line


def commit():
    """Of the sources; empty outside a clone."""
    said = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"],
                          capture_output=True, text=True, check=False)
    return said.stdout.strip()


def run(what, command, folder, log):
    """Runs a tool in `folder` at low priority with its output in `log` there; tells how long it took.

    The pinned tools see that folder and little else (WebAssembly: no /tmp), so every file that they
    read or write is named relative to it."""
    started = time.monotonic()
    say(f"{what} ...")
    with open(folder / log, "w", encoding="utf-8") as out:
        done = subprocess.run(["nice", "-n", "10", *map(str, command)], stdout=out, cwd=folder,
                              stderr=subprocess.STDOUT, check=False)
    seconds = time.monotonic() - started
    if done.returncode != 0:
        errors = [line for line in (folder / log).read_text(encoding="utf-8").splitlines()
                  if "ERROR" in line]
        raise FlowError(f"{what} failed after {seconds:.0f} s; {folder / log} says:\n  "
                        + "\n  ".join(errors[:5] or ["(no line with ERROR)"]))
    say(f"{what}: {seconds:.0f} s")
    return seconds
