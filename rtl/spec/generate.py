#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what the register and descriptor description says, once per reader.

    registers.rdl, descriptors.rdl -> rtl/gen/tendon_regs_pkg.sv, sw/include/tendon/tendon_regs.h,
                                      docs/registers.md

Needs the packages of requirements.txt. Line 1 of each file written holds two hashes: of the sources
(the two descriptions and this script) and of the rest of the file. check_generated.cmake compares
them without Python, so a stale or hand-edited file fails the tests.

    generate.py           write the three files
    generate.py --check   exit 1 when one of them would change
"""

import hashlib
import pathlib
import sys

from systemrdl import RDLCompiler
from systemrdl.node import RegfileNode, RegNode

SPEC = pathlib.Path(__file__).resolve().parent
ROOT = SPEC.parent.parent
SOURCES = ["registers.rdl", "descriptors.rdl", "generate.py"]
DESCRIPTORS = [("tendon_desc", "desc"), ("tendon_dma", "dma"), ("tendon_conv", "conv")]
ENUMS = [("err_code_e", "err"), ("opcode_e", "opcode"), ("space_e", "space"),
         ("width_e", "width"), ("round_e", "rounding")]


def camel(name):
    return "".join(part.capitalize() for part in name.split("_"))


def elaborate(top):
    compiler = RDLCompiler()
    for source in ("registers.rdl", "descriptors.rdl"):
        compiler.compile_file(str(SPEC / source))
    return compiler.elaborate(top).top


def registers():
    """[(name, offset, node)]; a register file gives its first element, names led by its own."""
    found = []
    for child in elaborate("tendon_regs").children(unroll=False):
        if isinstance(child, RegNode):
            found.append((child.inst_name, child.address_offset, child))
        elif isinstance(child, RegfileNode):
            base = child.raw_address_offset
            found += [(f"{child.inst_name}_{reg.inst_name}", base + reg.raw_address_offset, reg)
                      for reg in child.children()]
    return found


def regfiles():
    return [child for child in elaborate("tendon_regs").children(unroll=False)
            if isinstance(child, RegfileNode)]


def enums():
    """{(prefix): [(name, value, description)]}, found where a field uses them."""
    found = {}
    for top in ["tendon_regs"] + [top for top, _ in DESCRIPTORS]:
        for reg in elaborate(top).descendants(unroll=False):
            if not isinstance(reg, RegNode):
                continue
            for field in reg.fields():
                encode = field.get_property("encode")
                if encode is not None:
                    prefix = dict(ENUMS)[encode.type_name]
                    found[prefix] = [(member.name, member.value, member.rdl_desc)
                                     for member in encode]
    return found


def mask(field):
    return ((1 << field.width) - 1) << field.lsb


def reset_value(reg):
    return sum((field.get_property("reset") or 0) << field.lsb for field in reg.fields())


def words(top):
    """[(word index, reg)] of one descriptor."""
    return [(reg.address_offset // 4, reg) for reg in elaborate(top).registers()]


def systemverilog():
    out = ["// SPDX-License-Identifier: MIT", "//",
           "// Registers and descriptor fields. `Reg*` are byte offsets; `*Lsb` count from bit 0 of the",
           "// register, or of the whole descriptor (bit 32 w is bit 0 of word w).", "",
           "/* verilator lint_off UNUSEDPARAM */", "package tendon_regs_pkg;", ""]
    for name, offset, reg in registers():
        out.append(f"  localparam logic [11:0] Reg{camel(name)} = 12'h{offset:03x};")
        if name.startswith("LOG_") and name != "LOG_LINES":
            continue
        for field in reg.fields():
            stem = camel(name) + camel(field.inst_name)
            out.append(f"  localparam int unsigned {stem}Lsb = {field.lsb};")
            if field.width > 1:
                out.append(f"  localparam int unsigned {stem}Width = {field.width};")
        if any(field.get_property("reset") for field in reg.fields()):
            out.append(f"  localparam logic [31:0] {camel(name)}Reset = 32'h{reset_value(reg):08x};")
    for node in regfiles():
        out.append(f"  localparam int unsigned {camel(node.inst_name)}Lines = "
                   f"{node.array_dimensions[0]};")
    out.append("")
    for top, prefix in DESCRIPTORS:
        for word, reg in words(top):
            for field in reg.fields():
                stem = camel(prefix) + camel(field.inst_name)
                out.append(f"  localparam int unsigned {stem}Lsb = {32 * word + field.lsb};")
                out.append(f"  localparam int unsigned {stem}Width = {field.width};")
        out.append("")
    for prefix, members in enums().items():
        width = {"err": 8, "opcode": 8, "space": 2, "width": 2, "rounding": 3}[prefix]
        for name, value, _ in members:
            out.append(f"  localparam logic [{width - 1}:0] {camel(prefix)}{camel(name)} = "
                       f"{width}'d{value};")
        out.append("")
    out += ["endpackage", "/* verilator lint_on UNUSEDPARAM */"]
    return "\n".join(out) + "\n"


def c_header():
    out = ["/* SPDX-License-Identifier: MIT", " *",
           " * Registers (byte offsets) and descriptor fields (word, least significant bit, mask inside",
           " * the word). What they mean: docs/registers.md.", " */",
           "#ifndef TENDON_TENDON_REGS_H_", "#define TENDON_TENDON_REGS_H_", "",
           "#define TENDON_REGS_BYTES 0x1000u", ""]
    for name, offset, reg in registers():
        out.append(f"#define TENDON_{name}_OFFSET 0x{offset:03X}u")
        if name.startswith("LOG_") and name != "LOG_LINES":
            continue
        for field in reg.fields():
            out.append(f"#define TENDON_{name}_{field.inst_name}_LSB {field.lsb}u")
            out.append(f"#define TENDON_{name}_{field.inst_name}_MASK 0x{mask(field):08X}u")
        if any(field.get_property("reset") for field in reg.fields()):
            out.append(f"#define TENDON_{name}_RESET 0x{reset_value(reg):08X}u")
    for node in regfiles():
        out.append(f"#define TENDON_{node.inst_name}_COUNT {node.array_dimensions[0]}u")
        out.append(f"#define TENDON_{node.inst_name}_STRIDE 0x{node.array_stride:02X}u")
    out += ["", "#define TENDON_DESC_BYTES 64u", "#define TENDON_DESC_WORDS 16u", ""]
    for top, prefix in DESCRIPTORS:
        for word, reg in words(top):
            for field in reg.fields():
                stem = f"TENDON_{prefix.upper()}_{field.inst_name}"
                out += [f"#define {stem}_WORD {word}u", f"#define {stem}_LSB {field.lsb}u",
                        f"#define {stem}_MASK 0x{mask(field):08X}u"]
        out.append("")
    for prefix, members in enums().items():
        if prefix == "rounding":
            continue  # TENDON_ROUND_* of tendon_program.h are these numbers
        out += [f"#define TENDON_{prefix.upper()}_{name} {value}u" for name, value, _ in members]
        out.append("")
    out.append("#endif /* TENDON_TENDON_REGS_H_ */")
    return "\n".join(out) + "\n"


def access(field):
    text = field.get_property("sw").name
    return text + ", 1 clears" if field.get_property("onwrite") is not None else text


def one_line(text):
    return " ".join((text or "").split())


def bits(field):
    return f"{field.msb}:{field.lsb}" if field.width > 1 else f"{field.lsb}"


def enum_table(prefix, members):
    out = ["", f"`{prefix.upper()}_` values:", "", "| value | name | meaning |", "| --- | --- | --- |"]
    return out + [f"| {value} | {name} | {one_line(desc)} |" for name, value, desc in members]


def markdown():
    top = elaborate("tendon_regs")
    out = ["# Registers and descriptors", "",
           "What the driver writes and reads. `docs/accelerator.md` tells how the parts work together.",
           "", f"## {top.get_property('name')}", "", top.get_property("desc"), "",
           "| offset | register | bits | field | access | reset | |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for name, offset, reg in registers():
        title = one_line(reg.get_property("name", default=""))
        note = one_line(reg.get_property("desc", default=""))
        for index, field in enumerate(reversed(list(reg.fields()))):
            first = index == 0
            lead = f"| `0x{offset:03X}` | **{name}** | " if first else "| | | "
            about = (f"*{title.replace('*', '')}.* " + ("Job register. " if "*job*" in title else "")
                     + (note + " " if note else "")) if first else ""
            reset = field.get_property("reset")
            out.append(f"{lead}{bits(field)} | {field.inst_name} | {access(field)} | "
                       f"{'' if reset is None else hex(reset)} | {about}{one_line(field.get_property('desc'))} |")
    for node in regfiles():
        out += ["", f"`{node.inst_name}` repeats {node.array_dimensions[0]} times, "
                f"{node.array_stride} bytes apart. {one_line(node.get_property('desc'))}"]
    found = enums()
    out += enum_table("err", found.pop("err"))
    for top_name, prefix in DESCRIPTORS:
        node = elaborate(top_name)
        out += ["", f"## Descriptor: {node.get_property('name')}", "",
                "| word | bits | field | |", "| --- | --- | --- | --- |"]
        for word, reg in words(top_name):
            out += [f"| {word} | {bits(field)} | {field.inst_name} | {one_line(field.get_property('desc'))} |"
                    for field in reg.fields()]
    for prefix, members in found.items():
        out += enum_table(prefix, members)
    return "\n".join(out) + "\n"


def source_hash():
    digest = "".join(hashlib.sha256((SPEC / name).read_bytes()).hexdigest() for name in SOURCES)
    return hashlib.sha256(digest.encode()).hexdigest()[:16]


def main():
    changed = []
    for path, text, comment in [
            ("rtl/gen/tendon_regs_pkg.sv", systemverilog(), "// {}"),
            ("sw/include/tendon/tendon_regs.h", c_header(), "// {}"),
            ("docs/registers.md", markdown(), "<!-- {} -->")]:
        line = (f"generated by rtl/spec/generate.py, do not edit; sources {source_hash()}, "
                f"text {hashlib.sha256(text.encode()).hexdigest()[:16]}")
        target = ROOT / path
        wanted = comment.format(line) + "\n" + text
        if not target.exists() or target.read_text() != wanted:
            changed.append(path)
            if "--check" not in sys.argv:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(wanted)
    if changed:
        print(("stale: " if "--check" in sys.argv else "written: ") + ", ".join(changed))
    sys.exit(1 if changed and "--check" in sys.argv else 0)


if __name__ == "__main__":
    main()
