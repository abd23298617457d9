# SPDX-License-Identifier: MIT
"""The FPGA flow's own arithmetic: dividers, reports, budget. No tool is run."""

import json
import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "fpga"))

import build  # noqa: E402
from flow import board, fits, readme, report, tools, top, vendor  # noqa: E402


def result(luts=1000, fmax=(50.0, 52.0)):
    return {"luts": luts, "ffs": 500, "bram": 10, "dsp": 2,
            "seeds": [{"seed": i, "fmax_mhz": f} for i, f in enumerate(fmax, 1)]}


class PllTest(unittest.TestCase):
    def test_every_board_gets_its_clock_exactly(self):
        for name in board.names():
            described = json.loads((tools.FPGA / "boards" / name / "board.json").read_text())
            for system in described["systems"].values():
                wanted = system["clock_mhz"]
                div = board.pll(described, wanted)
                reference = described["reference_mhz"]
                if described["family"] == "ice40":
                    vco = reference * (div["DivF"] + 1)
                    self.assertTrue(533 <= vco <= 1066)
                    self.assertEqual(vco / 2 ** div["DivQ"], wanted)
                else:
                    made = reference * div["FbDiv"] / div["InDiv"]
                    self.assertTrue(400 <= made * div["OutDiv"] <= 800)
                    self.assertEqual(made, wanted)

    def test_impossible_clock_is_refused_by_name(self):
        described = json.loads((tools.FPGA / "boards/icebreaker/board.json").read_text())
        with self.assertRaisesRegex(tools.FlowError, "7.77 MHz"):
            board.pll(described, 7.77)


class SourcesTest(unittest.TestCase):
    def test_every_listed_file_exists(self):
        for name in board.names():
            described = json.loads((tools.FPGA / "boards" / name / "board.json").read_text())
            for system in described["systems"].values():
                for path in board.sources(described, system):
                    self.assertTrue(path.exists(), path)

    def test_fusesoc_core_lists_rtl_f_in_order(self):
        core = (ROOT / "tendon.core").read_text().splitlines()
        listed = [line.strip()[2:] for line in core if line.strip().startswith("- rtl/")
                  and "lint.vlt" not in line]
        wanted = [str(path.relative_to(ROOT)) for path in board.listed("rtl.f", ROOT / "rtl")]
        self.assertEqual(listed, wanted)

    def test_vendor_scripts_name_every_rtl_file(self):
        for script in (vendor.vivado(), vendor.gowin()):
            for path in board.listed("rtl.f", ROOT / "rtl"):
                self.assertIn(str(path), script)


def pins(ports):
    """Names as constraints have them: `[1:0] led_o` is led_o[0] and led_o[1]."""
    for port in ports:
        found = re.fullmatch(r"(?:\[(\d+):0\] )?(\w+)", port)
        if found[1] is None:
            yield found[2]
        else:
            yield from (f"{found[2]}[{i}]" for i in range(int(found[1]) + 1))


class TopTest(unittest.TestCase):
    def test_constraints_place_the_pins_of_all_systems_and_no_other(self):
        for name in board.names():
            described = json.loads((tools.FPGA / "boards" / name / "board.json").read_text())
            constraints = (tools.FPGA / "boards" / name / described["constraints"]).read_text()
            placed = re.findall(r"^set_io (\S+)|^LOCATE COMP \"(\S+)\"", constraints, re.M)
            wanted = set(pins([described["clock_pin"], *described["outputs"]]))
            for system in described["systems"].values():
                header = top.text(described, system).partition(");")[0]
                ports = re.findall(r"(?:input|output) logic ((?:\[\d+:0\] )?\w+)", header)
                wanted |= set(pins(ports))
            self.assertEqual({one or other for one, other in placed}, wanted, name)

    def test_module_gets_the_parameters_of_the_board(self):
        described, system = board.load("hx8k", "companion")
        text = top.text(described, system)
        self.assertIn(".Rows(1)", text)
        self.assertIn(".ClockHz(30000000)", text)
        self.assertIn(".D_OUT_0(miso)", text)


class BudgetTest(unittest.TestCase):
    def test_five_percent_is_allowed(self):
        self.assertEqual(build.worse(result(1050, (47.5, 60)), result()), [])

    def test_more_luts_are_named(self):
        self.assertEqual(build.worse(result(1051), result()), ["luts: 1051, was 1000"])

    def test_slower_worst_seed_is_named(self):
        self.assertEqual(build.worse(result(fmax=(47.4, 60)), result()),
                         ["fmax: 47.4 MHz, was 50.0 MHz"])


class FitsTest(unittest.TestCase):
    ENTRY = {"title": "Board", "system": "companion", "config": "tiny", "luts": 5000, "ffs": 100,
             "lut_capacity": 5280, "bram": 30, "bram_capacity": 30, "dsp": 4, "dsp_capacity": 8}

    def test_what_is_lacking_is_named_with_both_figures(self):
        self.assertEqual(fits.lacking(self.ENTRY), [])
        self.assertEqual(fits.lacking(self.ENTRY | {"luts": 5281}), ["luts 5,281 of 5,280"])
        self.assertEqual(fits.lacking(self.ENTRY | {"cells": 6000}), ["cells 6,000 of 5,280"])

    def test_cells_are_read_before_nextpnr_gives_up(self):
        log = "Info: Device utilisation:\nInfo: \t         ICESTORM_LC:   10046/   7680   130%\n"
        self.assertEqual(fits.cells(log, "ice40"), 10046)
        self.assertIsNone(fits.cells("ERROR: no such file", "ice40"))

    def test_table_tells_what_fits_and_what_has_a_bitstream(self):
        entries = {"a": self.ENTRY, "b": self.ENTRY | {"bram": 31}}
        rows = fits.table(entries, {"a"}).splitlines()[2:]
        self.assertTrue(rows[0].endswith("| yes | yes |"), rows[0])
        self.assertTrue(rows[1].endswith("| **no** | no |"), rows[1])

    def test_readme_has_the_figures_that_are_kept(self):
        page = (tools.FPGA / "README.md").read_text(encoding="utf-8")
        results = readme.load()
        placed = {f"{result['board']}-{result['system']}" for result in results}
        self.assertIn(fits.table(fits.load(), placed), page)
        if results:
            self.assertIn(readme.table(results), page)


class ReportTest(unittest.TestCase):
    def test_module_comes_from_the_instance_path(self):
        self.assertEqual(report.module_of("u_companion.u_top.u_core.gen_rows[0].u_pe.acc_q_SB_DFFE_Q"),
                         "u_companion.u_top.u_core.u_pe")

    def test_a_cell_is_called_by_the_signal_it_was_named_after(self):
        self.assertEqual(report.signal_of("u_core.u_drain.beat_q_TRELLIS_FF_Q_2_DI_LUT4_Z"),
                         "u_core.u_drain.beat_q")
        self.assertEqual(report.signal_of("u_core.rest_q_SB_DFFE_Q_5_DFFLC"), "u_core.rest_q")

    def test_spi_clock_is_not_the_systems(self):
        fmax = {"fmax": {"clk": {"achieved": 50.0}, "spi_sck_i$SB_IO_IN": {"achieved": 200.0}}}
        self.assertEqual(report.fmax_mhz(fmax), 50.0)


if __name__ == "__main__":
    unittest.main()
