# SPDX-License-Identifier: MIT
"""tendon_top between cocotbext-axi's AXI4-Lite master and AXI4 memory: the bus as others read it.

Compute is the stand-in of tests/rtl/shell: act[out] = act[in] + wgt[wgt] + par[par].
"""

import itertools
import random
import re
import struct
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge
from cocotbext.axi import (AxiBus, AxiLiteBus, AxiLiteMaster, AxiResp, AxiSlave, MemoryRegion)

HEADER = Path(__file__).resolve().parents[4] / "sw/include/tendon/tendon_regs.h"
REG = {name: int(value, 0) for name, value in
       re.findall(r"#define TENDON_(\w+) (\w+?)u?\n", HEADER.read_text().replace("u\n", "\n"))}
SEED = 20251124
DESC, DATA, OUT = 0x0000, 0x2000, 0x8000


def sealed(words):
    words = words + [0] * (15 - len(words))
    check = 0xFFFFFFFF
    for word in words:
        check ^= word
    return struct.pack("<16I", *words, check)


def load(space, bus, word, size, flags=0):
    return sealed([REG["OPCODE_LOAD"] | flags, space, bus, word, size])


def store(bus, word, size, flags=0):
    return sealed([REG["OPCODE_STORE"] | flags, 0, bus, word, size])


def conv(cycles, src, dst, wgt, par, flags=0):
    words = [0] * 15
    words[0] = REG["OPCODE_CONV"] | flags
    words[3] = src | dst << 16
    words[4] = wgt | par << 16
    words[10] = cycles
    return sealed(words)


def random_pauses(rng, percent):
    return (rng.random() * 100 < percent for _ in itertools.count())


class Bench:
    def __init__(self, dut, memory, region, stall):
        self.dut, self.region = dut, region
        rng = random.Random(SEED + stall)
        self.host = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), dut.clk)
        if stall:
            host = self.host
            for channel in (host.write_if.aw_channel, host.write_if.w_channel,
                            host.write_if.b_channel, host.read_if.ar_channel, host.read_if.r_channel,
                            memory.write_if.aw_channel, memory.write_if.w_channel,
                            memory.write_if.b_channel, memory.read_if.ar_channel,
                            memory.read_if.r_channel):
                channel.set_pause_generator(random_pauses(rng, stall))

    async def open_window(self):
        await self.write("WIN_BASE", 0)
        await self.write("WIN_LIMIT", 0xF000)
        await self.write("IRQ_EN", 3)

    async def read(self, name):
        return await self.host.read_dword(REG[name + "_OFFSET"])

    async def write(self, name, value):
        await self.host.write_dword(REG[name + "_OFFSET"], value)

    async def run(self, chain):
        self.put(DESC, b"".join(chain))
        await self.write("DESC_BASE", DESC)
        await self.write("DOORBELL", len(chain))
        for _ in range(200000):
            if self.dut.irq.value:
                break
            await RisingEdge(self.dut.clk)
        status = await self.read("STATUS")
        await self.write("IRQ_STATUS", 7)
        return status

    def put(self, address, data):
        self.region.mem[address:address + len(data)] = data

    def get(self, address, size):
        return bytes(self.region.mem[address:address + size])


async def bench_with(dut, stall, region=None):
    # The models drive their side of the bus from the start; they need not know of the reset.
    dut.rst_n.value = 0
    region = region or MemoryRegion(2 ** 16)
    memory = AxiSlave(AxiBus.from_prefix(dut, "m_axi"), dut.clk, target=region)
    bench = Bench(dut, memory, region, stall)
    cocotb.start_soon(Clock(dut.clk, 10, units="ns").start())
    await ClockCycles(dut.clk, 4)
    dut.rst_n.value = 1
    await ClockCycles(dut.clk, 2)
    await bench.open_window()
    return bench


async def check_registers(dut, stall):
    bench = await bench_with(dut, stall)
    assert await bench.read("ID") == REG["ID_RESET"]
    rng = random.Random(SEED)
    for _ in range(30):
        value = rng.getrandbits(32)
        await bench.write("SCRATCH", value)
        assert await bench.read("SCRATCH") == value
    refused = await bench.host.read(0xFFC, 4)
    assert refused.resp == AxiResp.SLVERR
    refused = await bench.host.write(REG["ID_OFFSET"], b"\0\0\0\0")
    assert refused.resp == AxiResp.SLVERR
    # Eight reads and writes in flight at once.
    writes = [bench.host.init_write(REG["SCRATCH_OFFSET"], struct.pack("<I", i)) for i in range(8)]
    reads = [bench.host.init_read(REG["VERSION_OFFSET"], 4) for _ in range(8)]
    for event in writes + reads:
        await event.wait()
    assert all(struct.unpack("<I", event.data.data)[0] == REG["VERSION_RESET"] for event in reads)
    assert await bench.read("SCRATCH") == 7


async def check_chains(dut, stall):
    bench = await bench_with(dut, stall)
    rng = random.Random(SEED + 1)
    for _ in range(12):
        words = rng.randrange(1, 300)
        data = rng.randbytes(4 * words)
        bus, out = DATA + 16 * rng.randrange(256), OUT + 16 * rng.randrange(256)
        bench.put(bus, data)
        bench.put(0x1000, struct.pack("<I", 1000))
        bench.put(0x1010, struct.pack("<I", 7))
        status = await bench.run([
            load(0, bus, 0, 4 * words), load(1, 0x1000, 0, 4), load(2, 0x1010, 0, 4),
            conv(rng.randrange(1, 60), words - 1, words - 1, 0, 0, REG["DESC_WAIT_DMA_MASK"]),
            store(out, 0, 4 * words)])
        assert status & 7 == REG["STATUS_DONE_MASK"], hex(status)
        last = (struct.unpack("<I", data[-4:])[0] + 1007) & 0xFFFFFFFF
        assert bench.get(out, 4 * words) == data[:-4] + struct.pack("<I", last)


class BadRegion(MemoryRegion):
    """Fails every access that touches one byte; cocotbext-axi answers SLVERR."""

    bad = None

    def _check(self, address, size):
        if self.bad is not None and address <= self.bad < address + size:
            raise ValueError("injected")

    async def _read(self, address, length, **kwargs):
        self._check(address, length)
        return await super()._read(address, length, **kwargs)

    async def _write(self, address, data, **kwargs):
        self._check(address, len(data))
        await super()._write(address, data, **kwargs)


async def check_errors(dut, stall):
    region = BadRegion(2 ** 16)
    bench = await bench_with(dut, stall, region)
    chain = [load(0, DATA, 0, 512), store(OUT, 0, 512, REG["DESC_WAIT_DMA_MASK"])]
    for bad, code in ((DESC + 70, "BUS_READ"), (DATA + 300, "BUS_READ"), (OUT + 333, "BUS_WRITE")):
        region.bad = bad
        status = await bench.run(chain)
        assert status & 7 == REG["STATUS_ERROR_MASK"], hex(status)
        assert await bench.read("ERR_CODE") == REG["ERR_" + code]
        await bench.write("CTRL", REG["CTRL_SOFT_RESET_MASK"])
        while await bench.read("STATUS") & REG["STATUS_RESETTING_MASK"]:
            pass
        region.bad = None
        assert (await bench.run(chain)) & 7 == REG["STATUS_DONE_MASK"]


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def registers_answer_at_full_speed(dut):
    await check_registers(dut, 0)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def registers_answer_under_back_pressure(dut):
    await check_registers(dut, 60)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def chains_run_at_full_speed(dut):
    await check_chains(dut, 0)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def chains_run_under_back_pressure(dut):
    await check_chains(dut, 60)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def bus_errors_are_reported_and_recovered_from(dut):
    await check_errors(dut, 30)
