#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Lints SystemVerilog with slang: every warning that it knows, but those listed here with the
reason; anything that remains fails. Elaborates with the parameters given.

    slang.py --top MODULE [-GNAME=VALUE ...] FILE..."""

import sys

from pyslang import driver

# Warning -> why it stays. All else of -Weverything is an error.
ALLOWED = {
    "arith-op-mismatch": "genvars are signed, parameters unsigned: index arithmetic mixes them; "
                         "widths are checked by Verilator -Wall",
    "sign-conversion": "the same in assignments",
    "sign-compare": "the same in comparisons",
    "bitwise-op-mismatch": "the same in the constants of CAPS and FEATURES",
    "useless-cast": "the cast does something at other parameters",
    "case-enum-explicit": "a default stands for the values that are not named",
    "case-redundant-default": "a default stays although every value is named: a flipped state bit "
                              "must lead somewhere",
    "shadow-hierarchy": "a generate loop inside one of the same name; paths tell them apart",
    "shift-count-overflow": "with one row the queue of codes is one code wide, and shifts it out",
    "unused-but-set-variable": "unused_* names the bits that a module leaves out, for Verilator",
    "unused-package-parameter": "generated packages name every register, used or not",
}


def main():
    if "--help" in sys.argv or len(sys.argv) < 2:
        print(__doc__)
        return 0 if "--help" in sys.argv else 2
    slang = driver.Driver()
    slang.addStandardArgs()
    allowed = " ".join(f"-Wno-{name}" for name in ALLOWED)
    line = f"slang -Weverything {allowed} -Werror {' '.join(sys.argv[1:])}"
    ready = slang.parseCommandLine(line) and slang.processOptions() and slang.parseAllSources()
    return 0 if ready and slang.runFullCompilation(True) else 1


if __name__ == "__main__":
    sys.exit(main())
