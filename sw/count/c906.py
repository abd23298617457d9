# SPDX-License-Identifier: MIT
"""Cycles that a C906 would take for a traced run, estimated.

The model: one instruction a cycle, in order, caches warm, every branch predicted. An instruction
waits for its operands. Cycles until a result can be used: load 2, multiply 3, float 4 (max and min
3), others 1. th.lwd and th.lwud take two cycles themselves, a division ten. Multiplies take one
cycle, which holds for operands of 33 signed bits; the kernels keep to that. These numbers were
measured on the processor's published RTL; the estimate itself was not.
"""
import re
import subprocess

NAMES = ("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 "
         "t3 t4 t5 t6").split()
REGISTER = re.compile(r"\bf[tsa][0-9]+\b|\b(?:zero|ra|sp|gp|tp|t[0-6]|s1?[0-9]|a[0-7])\b")
LINE = re.compile(r"\s*([0-9a-f]+):\s+([0-9a-f]+)\s+(\S+)\s*(.*)")


def vendor(raw):
    """(written, read, latency, own cycles) of an instruction of T-Head's; None of another one."""
    if raw & 0x7f != 0x0b:
        return None
    kind, function = raw >> 12 & 7, raw >> 25
    rd, rs1, rs2 = (NAMES[raw >> at & 31] for at in (7, 15, 20))
    if kind == 1 and function == 0x10:  # th.mula
        return [rd], [rd, rs1, rs2], 3, 1
    if kind == 4 and function >= 0x70:  # th.lwd, th.lwud
        return [rd, rs2], [rs1], 2, 2
    if kind == 4:  # th.lrbu and the like
        return [rd], [rs1, rs2], 2, 1
    return [rd], [rs1] if kind in (2, 3) else [rd, rs1, rs2], 1, 1


def standard(name, operands):
    """The same of any other instruction."""
    registers = REGISTER.findall(operands)
    base = name.removeprefix("c.")
    if re.match(r"f?s[bhwd](sp)?$", base):
        return [], registers, 0, 1  # latency 0: a store needs its operands a cycle later
    if base.startswith("b") or base in ("j", "jr"):
        return [], registers, 1, 1
    written, read = registers[:1], registers[1:]
    in_place = name.startswith("c.") and not base.startswith(("l", "mv", "fl", "addi4"))
    if in_place:
        read = registers
    if re.match(r"f?l[bhwd]u?(sp)?$", base):
        return written, read, 2, 1
    if base.startswith("mul"):
        return written, read, 3, 1
    if base.startswith(("div", "rem")):
        return written, read, 20, 10
    if base.startswith(("fmax", "fmin")):
        return written, read, 3, 1
    if base.startswith("f") and not base.startswith(("fence", "fmv", "fsgn")):
        return written, read, 4, 1
    return written, read, 1, 1


def decode(program):
    """What each instruction of an executable needs and gives, by address."""
    text = subprocess.run(["riscv64-linux-gnu-objdump", "-d", "-M", "no-aliases", program],
                          text=True, check=True, stdout=subprocess.PIPE).stdout
    found = {}
    for line in text.splitlines():
        match = LINE.match(line)
        if match is None:
            continue
        operands = re.split("[#<]", match.group(4))[0]
        written, read, latency, own = (vendor(int(match.group(2), 16)) or
                                       standard(match.group(3), operands))
        found[int(match.group(1), 16)] = (tuple(r for r in written if r != "zero"),
                                          tuple(r for r in read if r != "zero"), latency, own)
    return found


def cycles(instructions, trace, mark, segment):
    """(instructions, cycles) from execution `segment` (0: the first) of the instruction at `mark`
    to the next. `trace`: lines of qemu, one executed instruction each
    ("Trace 0: host [flags/pc/...]"); nothing behind the segment is read."""
    ready, now, count, begin, marks = {}, 0, 0, 0, -1
    for line in trace:
        if not line.startswith(b"Trace "):
            continue
        address = int(line.split(b"/", 2)[1], 16)
        if address == mark:
            marks += 1
            if marks > segment:
                break
            begin = now
        if marks < segment:
            continue
        written, read, latency, own = instructions[address]
        wait = 1 if latency == 0 else 0
        now = max([now, *(ready.get(register, 0) - wait for register in read),
                   *(ready.get(register, 0) - latency + 1 for register in written)])
        for register in written:
            ready[register] = now + latency + own - 1
        now += own
        count += 1
    return count, now - begin
