#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""state_table.py HEADER PREFIX OUT: the registers and memories of a Verilated model, from the class
that Verilator wrote for it, as a table in C++. Registers are the signals named *_q and the outputs
of memories; memories are unpacked arrays named below."""

import re
import sys

MEMORIES = re.compile(r"(mem|total|line_start|log|flight|queue\w*|fifo\w*)$")
REGISTER_OUTPUTS = re.compile(r"(rd_data_o|y_o|row0_addr_o|row_step_addr_o|ky_step_addr_o)$")
MEMBER = re.compile(r"^\s*(?:VL_\w+\()?(CData|SData|IData|QData|VlWide<\d+>)/\*(\d+):0\*/ (\w+)\)?;")
ARRAY = re.compile(r"^\s*VlUnpacked<(\w+(?:<\d+>)?)/\*(\d+):0\*/, (\d+)> (\w+);")


def main():
    header, prefix, out = sys.argv[1:]
    rows = []
    for line in open(header):
        if " __V" in line:
            continue  # Verilator's own
        if match := ARRAY.match(line):
            _, top, count, name = match.groups()
            if MEMORIES.search(name) or name.endswith("_q"):
                rows.append((name, int(top) + 1, int(count)))
        elif match := MEMBER.match(line):
            _, top, name = match.groups()
            if name.endswith("_q") or REGISTER_OUTPUTS.search(name):
                rows.append((name, int(top) + 1, 1))
    if not rows:
        sys.exit(f"state_table: no register in {header}")
    with open(out, "w") as file:
        file.write(f'// Written by state_table.py.\n#include "{prefix}.h"\n')
        file.write(f'#include "{prefix}___024root.h"\n\n#include "state.hpp"\n\n')
        file.write(f"void {prefix}___024root___eval_settle({prefix}___024root* root);\n\n")
        file.write("namespace tendon::soft_errors {\n\n")
        file.write(f"template <>\nstd::vector<State> states_of<{prefix}>({prefix}& model) {{\n")
        file.write("  auto& r = *model.rootp;\n  return {\n")
        for name, bits, count in rows:
            pretty = name.replace("__DOT__", ".").replace("__BRA__", "[").replace("__KET__", "]")
            pretty = re.sub(r"__(?=\.|$)", "", pretty).removeprefix("tendon_top.")
            file.write(f'      {{"{pretty}", &r.{name}, sizeof(r.{name}) / {count}, {bits}, {count}}},\n')
        file.write("  };\n}\n\n")
        file.write("template <>\n")
        file.write(f"void settle<{prefix}>({prefix}& model) {{ {prefix}___024root___eval_settle(model.rootp); }}\n")
        file.write("\n}  // namespace tendon::soft_errors\n")


if __name__ == "__main__":
    main()
