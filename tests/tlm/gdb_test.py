#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""GDB's remote protocol on tendon-vp, spoken byte by byte: breakpoints, steps, registers, memory,
interruption, the exit code.

usage: gdb_test.py TENDON_VP FIRMWARE_ELF FIRMWARE_BIN TENDON ONNX NM
"""
import random
import socket
import subprocess
import sys
import tempfile
import unittest

VP, ELF, IMAGE, TENDON, ONNX, NM = sys.argv[1:7]
RAM = 0x80000000
ACCELERATOR = 0x20000000
WINDOW_BYTES = 250
WINDOWS = 3
SEED = 1


class Debugger:
    """The other end of the stub."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.stream = self.socket.makefile("rb")

    def close(self):
        self.stream.close()
        self.socket.close()

    def send(self, text):
        body = text.encode()
        self.socket.sendall(b"$" + body + b"#%02x" % (sum(body) % 256))

    def receive(self):
        byte = self.stream.read(1)
        while byte and byte != b"$":
            byte = self.stream.read(1)
        body = b""
        while (byte := self.stream.read(1)) not in (b"#", b""):
            body += byte
        assert int(self.stream.read(2), 16) == sum(body) % 256, body
        self.socket.sendall(b"+")
        return body.decode()

    def ask(self, text):
        self.send(text)
        return self.receive()

    def register(self, index):
        return int.from_bytes(bytes.fromhex(self.ask(f"p{index:x}")), "little")

    def pc(self):
        return self.register(32)


class GdbTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        program, windows = self.folder.name + "/net.tdn", self.folder.name + "/windows"
        subprocess.run([TENDON, "compile", ONNX, "-o", program], check=True,
                       stdout=subprocess.DEVNULL)
        codes = random.Random(SEED)
        with open(windows, "wb") as file:
            file.write(bytes(codes.randrange(256) for _ in range(WINDOW_BYTES * WINDOWS)))
        self.command = [VP, "--firmware", ELF, "--program", program, "--windows", windows,
                        "--window-bytes", str(WINDOW_BYTES), "--gdb", "0"]
        lines = subprocess.run([NM, ELF], check=True, capture_output=True, text=True).stdout
        self.symbols = {line.split()[2]: int(line.split()[0], 16)
                        for line in lines.splitlines() if len(line.split()) == 3}

    def tearDown(self):
        self.process.kill()
        self.process.communicate()
        self.folder.cleanup()

    def start(self, *options):
        self.process = subprocess.Popen(self.command + list(options), stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        self.assertIn("waiting for GDB on port", line)
        debugger = Debugger(int(line.split()[-1]))
        self.addCleanup(debugger.close)
        return debugger

    def test_breakpoints_steps_registers_memory_and_exit(self):
        gdb = self.start()
        main = self.symbols["main"]
        self.assertEqual(gdb.ask("?"), "S05")
        self.assertIn("riscv:rv64", gdb.ask("qXfer:features:read:target.xml:0,1000"))
        self.assertEqual(gdb.pc(), self.symbols["_start"])
        self.assertEqual(gdb.ask(f"Z0,{main:x},2"), "OK")
        self.assertEqual(gdb.ask("c"), "S05")
        self.assertEqual(gdb.pc(), main)
        all_registers = bytes.fromhex(gdb.ask("g"))
        self.assertEqual(len(all_registers), 33 * 8)
        self.assertEqual(int.from_bytes(all_registers[16:24], "little"), gdb.register(2))

        with open(IMAGE, "rb") as file:
            image = file.read()
        code = image[main - RAM:main - RAM + 16]
        self.assertEqual(bytes.fromhex(gdb.ask(f"m{main:x},10")), code)
        length = 4 if code[0] & 3 == 3 else 2
        self.assertEqual(gdb.ask("s"), "S05")
        self.assertEqual(gdb.pc(), main + length, "one instruction")

        heap = self.symbols["__heap_begin"]
        self.assertEqual(gdb.ask(f"M{heap:x},4:01a2ff7e"), "OK")
        self.assertEqual(gdb.ask(f"m{heap:x},4"), "01a2ff7e")
        self.assertEqual(gdb.ask(f"m{ACCELERATOR:x},4"), "E0e", "devices are not looked at")
        before = gdb.register(28)
        self.assertEqual(gdb.ask("P1c=efcdab8967452301"), "OK")
        self.assertEqual(gdb.register(28), 0x0123456789ABCDEF)
        self.assertEqual(gdb.ask("P1c=" + before.to_bytes(8, "little").hex()), "OK")
        self.assertEqual(gdb.ask("vUnknown"), "")

        report = self.symbols["board_report"]
        self.assertEqual(gdb.ask(f"z0,{main:x},2"), "OK")
        self.assertEqual(gdb.ask(f"Z1,{report:x},2"), "OK")
        for _ in range(WINDOWS):
            self.assertEqual(gdb.ask("c"), "S05")
            self.assertEqual(gdb.pc(), report)
        self.assertEqual(gdb.ask("c"), "W00")
        labels = self.process.communicate(timeout=60)[0]
        self.assertEqual(self.process.returncode, 0)
        self.assertEqual(len(labels.splitlines()), WINDOWS, labels)

    def test_unmapped_address_is_told_with_its_pc(self):
        gdb = self.start()
        place, load = self.symbols["__heap_begin"], 0x00052503  # lw a0, 0(a0)
        self.assertEqual(gdb.ask(f"Z0,{self.symbols['main']:x},2"), "OK")
        self.assertEqual(gdb.ask("c"), "S05")
        self.assertEqual(gdb.ask(f"M{place:x},4:" + load.to_bytes(4, "little").hex()), "OK")
        self.assertEqual(gdb.ask("Pa=" + (0x30000000).to_bytes(8, "little").hex()), "OK")
        self.assertEqual(gdb.ask("P20=" + place.to_bytes(8, "little").hex()), "OK")
        self.assertEqual(gdb.ask("c"), "W03", "the firmware's trap handler ends it")
        told = self.process.communicate(timeout=60)[1]
        self.assertIn("bus error: load of 4 bytes at 0x30000000", told)
        self.assertIn(f"pc 0x{place:08x}", told)

    def test_interruption_and_kill(self):
        gdb = self.start("--repeat", "1000000", "--quiet")
        gdb.send("c")
        gdb.socket.sendall(b"\x03")
        self.assertEqual(gdb.receive(), "S02")
        self.assertGreaterEqual(gdb.pc(), RAM)
        gdb.send("k")
        self.process.communicate(timeout=60)
        self.assertEqual(self.process.returncode, 2, "the firmware never ended")

    def test_debugger_that_goes_away_lets_the_firmware_run(self):
        gdb = self.start()
        self.assertEqual(gdb.ask(f"Z0,{self.symbols['board_report']:x},2"), "OK")
        self.assertEqual(gdb.ask("D"), "OK")
        self.process.communicate(timeout=60)
        self.assertEqual(self.process.returncode, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
