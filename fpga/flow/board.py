# SPDX-License-Identifier: MIT
"""A board and one of its systems, from boards/<board>/board.json."""

import json

from .tools import FPGA, ROOT, FlowError


STANDALONE = [ROOT / "sim/soc" / f"{name}.sv" for name in ("soc_lite", "soc_ram", "soc_uart",
                                                           "tendon_soc")]
STANDALONE += [FPGA / "tendon_standalone.sv"]


def names():
    return sorted(path.parent.name for path in FPGA.glob("boards/*/board.json"))


def load(name, system):
    path = FPGA / "boards" / name / "board.json"
    if not path.exists():
        raise FlowError(f"no board '{name}'; there are: {', '.join(names())}")
    board = json.loads(path.read_text(encoding="utf-8"))
    if system not in board["systems"]:
        raise FlowError(f"{name} has no system '{system}'; it has: {', '.join(board['systems'])}")
    return board, board["systems"][system]


def listed(file_list, folder):
    lines = (folder / file_list).read_text(encoding="utf-8").splitlines()
    return [(folder / line.strip()).resolve() for line in lines
            if line.strip() and not line.startswith(("#", "//"))]


def sources(board, system):
    """RTL, the system around it and the clock, in the order in which they must be read; the top
    (top.py) comes behind them."""
    around = STANDALONE if system.get("kind") == "standalone" else listed("fpga.f", FPGA)
    clock = FPGA / "clocks" / f"tendon_clock_{board['family']}.sv"
    return listed("rtl.f", ROOT / "rtl") + around + [clock]


def memories(system):
    """Files that memories start with; the CMake target fpga_standalone_image makes them."""
    return [ROOT / "build/fpga/standalone" / name for key, name in system["parameters"].items()
            if key.endswith("File")]


def pll(board, clock_mhz):
    """Dividers for a clock of exactly clock_mhz."""
    reference = board["reference_mhz"]
    if board["family"] == "ice40":
        for div_q in range(1, 7):
            vco = clock_mhz * 2**div_q
            div_f = vco / reference - 1
            if 533 <= vco <= 1066 and div_f == int(div_f):
                return {"DivR": 0, "DivF": int(div_f), "DivQ": div_q}
    else:
        for in_div in range(1, 26):
            fb_div = clock_mhz * in_div / reference
            for out_div in range(2, 65, 2):
                if fb_div == int(fb_div) and 400 <= clock_mhz * out_div <= 800:
                    return {"InDiv": in_div, "FbDiv": int(fb_div), "OutDiv": out_div}
    raise FlowError(f"the PLL of {board['board']} cannot make {clock_mhz} MHz exactly")


def parameters(system):
    return system["parameters"] | {"ClockHz": int(system["clock_mhz"] * 1_000_000)}
