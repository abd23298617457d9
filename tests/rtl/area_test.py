# SPDX-License-Identifier: MIT
"""./run area: what it counts in a report of Yosys, and what it refuses."""

import importlib.util
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
SOURCE = Path(__file__).resolve().parents[2] / "rtl/area.py"
SPEC = importlib.util.spec_from_file_location("area", SOURCE)
area = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(area)

REPORT = r"""
=== $paramod\tendon_pe\Lanes=32'00000000000000000000000000010000 ===

   Number of wires:                  9
   Number of cells:                 17
     SB_CARRY                        3
     SB_DFFESR                       4
     SB_LUT4                        10

=== tendon_top ===

   Number of cells:                 12
     $paramod\tendon_pe\Lanes=32'00000000000000000000000000010000      3
     SB_DFF                          2
     SB_LUT4                         5
     tendon_ram                      2

=== design hierarchy ===

   tendon_top                        1
     SB_LUT4                        35
"""


class AreaTest(unittest.TestCase):
    def test_instances_multiply(self):
        rows = area.module_table(area.cells(REPORT), "ice40")
        self.assertEqual(rows, [
            {"module": "tendon_pe", "instances": 3, "lut4": 30, "ff": 12},
            {"module": "tendon_top", "instances": 1, "lut4": 5, "ff": 2}])

    def test_a_carry_cell_of_ecp5_is_two_luts(self):
        self.assertEqual(area.count({"LUT4": 7, "CCU2C": 3, "TRELLIS_FF": 2, "DP16KD": 9}, "ecp5"),
                         {"lut4": 13, "ff": 2})

    def test_parameters_are_those_of_the_simulation(self):
        base = area.parameters("base")
        self.assertEqual((base["Rows"], base["Columns"], base["Lanes"]), (4, 4, 16))

    def test_an_unknown_configuration_is_named_with_the_known_ones(self):
        with self.assertRaisesRegex(SystemExit, "'huge'.*base.*tiny.*wide"):
            area.parameters("huge")

    def test_the_black_box_has_the_ports_and_no_memory(self):
        with tempfile.TemporaryDirectory() as folder:
            text = area.black_box(Path(folder)).read_text(encoding="utf-8")
        self.assertIn("(* blackbox *)", text)
        self.assertIn("rd_data_o", text)
        self.assertNotIn("always_ff", text)


if __name__ == "__main__":
    unittest.main()
