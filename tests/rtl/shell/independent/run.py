#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py BUILD_DIR WIDTH: tendon_top, as a netlist of Yosys, between cocotbext-axi's models.

Yosys turns the SystemVerilog into plain Verilog, which Icarus reads; so the netlist is tested as well,
with unknowns (X). Verilator 5.006 was tried first: cocotb 1.8.1 runs on it, later versions ask for
5.022 and more, but the first access of cocotbext-axi never ends there.

Needs yosys, iverilog and the packages of requirements.txt. Exit 0 only when all tests ran and passed.
"""

import pathlib
import subprocess
import sys

from cocotb.runner import get_runner

HERE = pathlib.Path(__file__).resolve().parent
RTL = HERE.parents[3] / "rtl"
TOP = "independent_top"


def write_netlist(netlist, width):
    sources = [RTL / "gen/tendon_regs_pkg.sv"]
    sources += [RTL / f"tendon_{name}.sv" for name in ("flag", "regs", "perf", "fetch", "dma",
                                                   "top")]
    sources += [HERE.parent / "standin_core.sv", HERE / "independent_top.sv"]
    script = "; ".join([
        f"read_verilog -sv {' '.join(map(str, sources))}",
        f"chparam -set DmaWidth {width} {TOP}", f"hierarchy -check -top {TOP}", "proc", "flatten",
        "opt -full", "memory_collect", "opt_clean", f"write_verilog -noattr {netlist}"])
    subprocess.run(["yosys", "-q", "-p", script], check=True)
    netlist.write_text("`timescale 1ns/1ps\n" + netlist.read_text())


def main():
    build, width = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])
    build.mkdir(parents=True, exist_ok=True)
    write_netlist(build / "netlist.v", width)
    runner = get_runner("icarus")
    runner.build(verilog_sources=[build / "netlist.v"], hdl_toplevel=TOP, build_dir=str(build),
                 always=True)
    # Bytes without strobe may be unknown; the models want numbers.
    results = runner.test(hdl_toplevel=TOP, test_module="test_independent", build_dir=str(build),
                          test_dir=str(build), seed=1,
                          extra_env={"PYTHONPATH": str(HERE), "COCOTB_RESOLVE_X": "ZEROS"})
    text = pathlib.Path(results).read_text()
    failed = text.count("<failure") + text.count("<error")
    passed = text.count("<testcase") - failed
    print(f"{passed} passed, {failed} failed")
    sys.exit(0 if passed > 0 and failed == 0 else 1)


if __name__ == "__main__":
    main()
