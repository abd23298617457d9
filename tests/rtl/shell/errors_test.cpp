// SPDX-License-Identifier: MIT
// Every way a chain can go wrong: named error, interrupt, nothing written after it, and the next
// job right after a soft reset.

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <functional>
#include <utility>
#include <vector>

#include "bench.hpp"

namespace tendon::shell {
namespace {

constexpr std::uint32_t kIn = Bench::kData;
constexpr std::uint32_t kOut = Bench::kData + 0x40000;
constexpr std::uint32_t kWgtWords = 1024 * 4 * 16 / 4;
constexpr std::uint32_t kParWords = 256 * 4 * 3;

struct Case {
  const char* name;
  Descriptor bad;
  std::uint32_t code;
  std::uint32_t address;  // kOfDescriptor: bus address of the bad descriptor
};
constexpr std::uint32_t kOfDescriptor = 1;

Descriptor changed(Descriptor desc, unsigned word, std::uint32_t flip) {
  desc.seal();
  desc.words[word] ^= flip;
  return desc;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases = {
      {"OpcodeZero", Descriptor{}.tag(7).seal(), TENDON_ERR_OPCODE, kOfDescriptor},
      {"OpcodeReserved", Descriptor{{8}}.tag(7).seal(), TENDON_ERR_OPCODE, kOfDescriptor},
      {"OpcodeFar", Descriptor{{0x83}}.tag(7).seal(), TENDON_ERR_OPCODE, kOfDescriptor},
      {"CheckWordOneBit", changed(conv({}).tag(7), 9, 1u << 31), TENDON_ERR_CHECK, kOfDescriptor},
      {"CheckWordItself", changed(conv({}).tag(7), 15, 1), TENDON_ERR_CHECK, kOfDescriptor},
      {"HeadReserved", conv({}).tag(7).flags(1u << 14).seal(), TENDON_ERR_FIELD, kOfDescriptor},
      {"OverlapOfLoad", load(0, kIn, 0, 4).tag(7).flags(kOverlap).seal(), TENDON_ERR_FIELD,
       kOfDescriptor},
      {"SpaceReservedBits", load(4, kIn, 0, 4).tag(7).seal(), TENDON_ERR_FIELD, kOfDescriptor},
      {"SpaceTable", load(TENDON_SPACE_TABLE, kIn, 0, 4).tag(7).seal(), TENDON_ERR_UNSUPPORTED,
       kOfDescriptor},
      {"BusMisaligned", load(0, kIn + 4, 0, 4).tag(7).seal(), TENDON_ERR_FIELD, kOfDescriptor},
      {"WordMisaligned", load(0, kIn, 2, 4).tag(7).seal(), TENDON_ERR_FIELD, kOfDescriptor},
      {"BytesMisaligned", load(0, kIn, 0, 6).tag(7).seal(), TENDON_ERR_FIELD, kOfDescriptor},
      {"BytesZero", load(0, kIn, 0, 0).tag(7).seal(), TENDON_ERR_FIELD, kOfDescriptor},
      {"ActivationEnd", load(0, kIn, 8188, 20).tag(7).seal(), TENDON_ERR_MEMORY, 8188},
      {"ActivationBehind", load(0, kIn, 8192, 4).tag(7).seal(), TENDON_ERR_MEMORY, 8192},
      {"WeightEnd", load(1, kIn, kWgtWords - 4, 20).tag(7).seal(), TENDON_ERR_MEMORY,
       kWgtWords - 4},
      {"ParameterEnd", load(2, kIn, kParWords - 4, 20).tag(7).seal(), TENDON_ERR_MEMORY,
       kParWords - 4},
      {"WordFar", load(0, kIn, 1u << 20, 4).tag(7).seal(), TENDON_ERR_MEMORY, 1u << 20},
      {"WordFarthest", load(1, kIn, 0xFFFFFFF0, 4).tag(7).seal(), TENDON_ERR_MEMORY, 0xFFFFFFF0},
      {"BytesFar", load(1, kIn, 0, 1u << 22).tag(7).seal(), TENDON_ERR_MEMORY, 0},
      {"BytesFarthest", load(1, kIn, 0, 0xFFFFFFFC).tag(7).seal(), TENDON_ERR_MEMORY, 0},
      {"StoreEnd", store(kOut, 8188, 20).tag(7).seal(), TENDON_ERR_MEMORY, 8188},
      {"LoadBelowWindow", load(0, 0x3FFFFFF0, 0, 4).tag(7).seal(), TENDON_ERR_WINDOW, 0x3FFFFFF0},
      {"LoadAboveWindow", load(0, 0x41000000, 0, 4).tag(7).seal(), TENDON_ERR_WINDOW, 0x41000000},
      {"StoreOutOfWindow", store(0x50000000, 0, 4).tag(7).seal(), TENDON_ERR_WINDOW, 0x50000000},
      {"ComputeError", failing_conv(TENDON_ERR_FIELD, 0xC0FFEE).tag(7).seal(), TENDON_ERR_FIELD,
       0xC0FFEE},
  };
  return kCases;
}

// Where the bus answers with an error, and whose descriptor it was: every bit of both.
TEST(ErrorReportTest, AddressesAndTagsAreWhole) {
  Bench bench(128, {});
  bench.prepare();
  bench.write(TENDON_WIN_BASE_OFFSET, 0);
  bench.write(TENDON_WIN_LIMIT_OFFSET, 0xFFFFFFFF);
  sim::Random random(1729);
  for (unsigned i = 0; i < 60; ++i) {
    // Outside the memory, which is at 0x40000000; close to carries of 2^k every other time.
    std::uint32_t address = static_cast<std::uint32_t>(random.next()) & 0xFFFFFFC0u;
    if (i % 2 == 1) address = (0u - 64u) >> (i % 13) << 6;
    if (address >> 28 == 4) address ^= 0x80000000u;
    bench.write(TENDON_DESC_BASE_OFFSET, address);
    bench.write(TENDON_DOORBELL_OFFSET, 1);
    ASSERT_EQ(bench.wait() & (kDone | kError), kError);
    EXPECT_EQ(bench.read(TENDON_ERR_CODE_OFFSET), std::uint32_t{TENDON_ERR_BUS_READ});
    EXPECT_EQ(bench.read(TENDON_ERR_ADDR_OFFSET), address);
    bench.soft_reset();

    const auto tag = static_cast<std::uint32_t>(random.next() & 0xFFFF);
    const auto place = static_cast<std::uint32_t>(random.next());
    const std::uint32_t bus = place & 0xFFFFFFF0u & (place >> 28 == 4 ? 0x8FFFFFF0u : ~0u);
    const std::uint32_t far = (place & ~3u) | 0x80000000u;
    const std::array<std::pair<Descriptor, std::uint32_t>, 4> bad = {{
        {failing_conv(0x5A, place).tag(tag).seal(), place},
        {load(TENDON_SPACE_ACT, bus, 0, 4).tag(tag).seal(), bus},
        {load(TENDON_SPACE_WGT, kIn, far, 4).tag(tag).seal(), far},
        {Descriptor{{0x70}}.tag(tag).seal(), Bench::kDescriptors},
    }};
    for (const auto& [descriptor, where] : bad) {
      bench.start({descriptor});
      ASSERT_EQ(bench.wait() & (kDone | kError), kError);
      EXPECT_EQ(bench.read(TENDON_ERR_TAG_OFFSET), tag) << i;
      EXPECT_EQ(bench.read(TENDON_ERR_ADDR_OFFSET), where);
      bench.soft_reset();
    }
  }
}

// A chain that runs over carries of its address.
TEST(ErrorReportTest, ChainsCrossEveryBoundaryOfTheMemory) {
  Bench bench(128, {});
  bench.prepare();
  for (std::uint32_t at = 128; at < bench.memory().bytes() / 2; at *= 2) {
    const std::array<Descriptor, 2> chain = {conv({.cycles = 3}).tag(3).seal(),
                                             Descriptor{{0x70}}.tag(0xABCD).seal()};
    const std::uint32_t first = bench.memory().base() + at - 64;
    std::memcpy(bench.memory().at(first, sizeof(chain)).data(), chain.data(), sizeof(chain));
    bench.write(TENDON_DESC_BASE_OFFSET, first);
    bench.write(TENDON_DOORBELL_OFFSET, 2);
    ASSERT_EQ(bench.wait() & (kDone | kError), kError) << std::hex << at;
    EXPECT_EQ(bench.read(TENDON_ERR_TAG_OFFSET), 0xABCDu) << std::hex << at;
    EXPECT_EQ(bench.read(TENDON_ERR_ADDR_OFFSET), first + 64) << std::hex << at;
    bench.soft_reset();
  }
}

std::uint32_t bad_store_guard(Bench& bench) { return bench.peek(kOut + 0x100); }

class IllegalTest : public testing::TestWithParam<std::tuple<std::size_t, unsigned>> {};

TEST_P(IllegalTest, IsNamedAndStopsTheChain) {
  const Case& bad = cases()[std::get<0>(GetParam())];
  Bench bench(std::get<1>(GetParam()), stalls(std::get<0>(GetParam())));
  bench.prepare();
  bench.poke(kOut + 0x100, 0x11223344);
  const std::uint32_t status = bench.run(
      {conv({.cycles = 5}).seal(), bad.bad, store(kOut + 0x100, 0, 4).flags(kWaitCompute).seal()});
  EXPECT_EQ(status & (kDone | kError | TENDON_STATUS_BUSY_MASK), kError);
  EXPECT_EQ(bench.read(TENDON_ERR_CODE_OFFSET), bad.code);
  EXPECT_EQ(bench.read(TENDON_ERR_TAG_OFFSET), 7u);
  EXPECT_EQ(bench.read(TENDON_ERR_ADDR_OFFSET),
            bad.address == kOfDescriptor ? Bench::kDescriptors + 64 : bad.address);
  bench.device().run(500);
  EXPECT_EQ(bad_store_guard(bench), 0x11223344u) << "the descriptor behind the error ran";
  EXPECT_EQ(bench.memory().bytes_written(), 0u);
  bench.soft_reset();
  EXPECT_TRUE(bench.works());
}

INSTANTIATE_TEST_SUITE_P(Cases, IllegalTest,
                         testing::Combine(testing::Range<std::size_t>(0, cases().size()),
                                          testing::Values(32u, 128u)),
                         [](const auto& param) {
                           return std::string(cases()[std::get<0>(param.param)].name) +
                                  std::to_string(std::get<1>(param.param)) + "Bit";
                         });

TEST(WindowTest, IsEmptyAfterReset) {
  Bench bench(128, {});
  bench.write(TENDON_IRQ_EN_OFFSET, TENDON_IRQ_EN_ERROR_MASK);
  EXPECT_EQ(bench.run({conv({}).seal()}) & (kDone | kError), kError);
  EXPECT_EQ(bench.read(TENDON_ERR_CODE_OFFSET), TENDON_ERR_WINDOW);
  EXPECT_EQ(bench.read(TENDON_ERR_ADDR_OFFSET), Bench::kDescriptors);
  EXPECT_EQ(bench.memory().read_bursts(), 0u);
}

TEST(WindowTest, LastPageIsInsideAndTheNextIsNot) {
  for (const unsigned width : {32u, 64u, 128u}) {
    Bench bench(width, {});
    bench.prepare();
    bench.write(TENDON_WIN_LIMIT_OFFSET, kIn + 0x1000);
    ASSERT_EQ(bench.run({load(0, kIn + 0x1F00, 0, 0x100).seal()}) & (kDone | kError), kDone);
    ASSERT_EQ(bench.run({load(0, kIn + 0x1F00, 0, 0x110).seal()}) & (kDone | kError), kError);
    EXPECT_EQ(bench.read(TENDON_ERR_CODE_OFFSET), TENDON_ERR_WINDOW);
    EXPECT_EQ(bench.read(TENDON_ERR_ADDR_OFFSET), kIn + 0x2000);
    bench.soft_reset();
    EXPECT_TRUE(bench.run({load(0, kIn, 0, 16).seal()}) & kDone);
  }
}

TEST(WindowTest, AddressesDoNotWrapAround) {
  Bench bench(128, {});
  bench.prepare();
  bench.write(TENDON_WIN_BASE_OFFSET, 0);
  bench.write(TENDON_WIN_LIMIT_OFFSET, 0xFFFFFFFF);
  ASSERT_EQ(bench.run({store(0xFFFFFFF0, 0, 32).seal()}) & kError, kError);
  // The first burst is answered with DECERR: nothing is there.
  EXPECT_EQ(bench.read(TENDON_ERR_CODE_OFFSET), TENDON_ERR_BUS_WRITE);
  EXPECT_EQ(bench.memory().write_bursts(), 1u);
}

// Memory up to the last byte of the 32-bit address space, and the window up to the last page.
class EdgeTest : public testing::TestWithParam<unsigned> {
 protected:
  static constexpr std::uint32_t kEdge = 0xFFFF0000;
  static constexpr std::uint32_t kCode = kEdge, kFrom = 0xFFFFE000;

  static sim::RtlOptions options() {
    sim::RtlOptions out = stalls(4);
    out.memory_base = kEdge;
    out.memory_bytes = 0x10000;
    return out;
  }

  std::uint32_t run(std::uint32_t at, std::initializer_list<Descriptor> chain) {
    const auto bytes = static_cast<std::uint32_t>(chain.size() * sizeof(Descriptor));
    std::memcpy(bench_.memory().at(at, bytes).data(), std::data(chain), bytes);
    return ring(at, static_cast<std::uint32_t>(chain.size()));
  }

  std::uint32_t ring(std::uint32_t at, std::uint32_t count) {
    bench_.prepare();
    bench_.write(TENDON_DESC_BASE_OFFSET, at);
    bench_.write(TENDON_DOORBELL_OFFSET, count);
    return bench_.wait() & (kDone | kError);
  }

  void expect_window_error(std::uint32_t address) {
    EXPECT_EQ(bench_.read(TENDON_ERR_CODE_OFFSET), TENDON_ERR_WINDOW);
    EXPECT_EQ(bench_.read(TENDON_ERR_ADDR_OFFSET), address);
    bench_.soft_reset();
  }

  Bench bench_{GetParam(), options()};
};

TEST_P(EdgeTest, TheLastBytesAreReadAndWritten) {
  bench_.fill(0xFFFFFFF0, 16, 9);
  bench_.fill(kFrom, 16, 10);
  // The last 16 bytes elsewhere, then others into their place.
  const std::uint32_t last = bench_.peek(0xFFFFFFFC);
  ASSERT_EQ(run(kCode,
                {load(0, 0xFFFFFFF0, 0, 16).seal(), store(kFrom + 64, 0, 16).flags(kWaitDma).seal(),
                 load(0, kFrom, 0, 16).flags(kWaitDma).seal(),
                 store(0xFFFFFFF0, 0, 16).flags(kWaitDma).seal()}),
            kDone);
  EXPECT_EQ(bench_.peek(kFrom + 64 + 12), last);
  EXPECT_EQ(bench_.peek(0xFFFFFFFC), bench_.peek(kFrom + 12));
  // The last descriptor there can be.
  EXPECT_EQ(run(0xFFFFFFC0, {load(0, kFrom, 0, 16).seal()}), kDone);
}

TEST_P(EdgeTest, NothingGoesOnAtAddressZero) {
  // What STORE reads: two copies of a memory with different noise would be a fault.
  ASSERT_EQ(run(kCode, {load(0, kFrom, 0, 4096).seal()}), kDone);
  for (const std::uint32_t bytes : {20u, 32u, 4096u}) {
    SCOPED_TRACE(std::to_string(bytes) + " bytes");
    const std::uint64_t bursts = bench_.memory().read_bursts();
    ASSERT_EQ(run(kCode, {load(0, 0xFFFFFFF0, 0, bytes).tag(3).seal()}), kError);
    EXPECT_LE(bench_.memory().read_bursts() - bursts, 3u) << "a burst behind the edge was sent";
    expect_window_error(0);
    const std::uint64_t written = bench_.memory().bytes_written();
    ASSERT_EQ(run(kCode, {store(0xFFFFFFF0, 0, bytes).tag(3).seal()}), kError);
    EXPECT_LE(bench_.memory().bytes_written() - written, 16u);
    expect_window_error(0);
  }
  // A chain that goes on behind the last descriptor.
  run(0xFFFFFFC0, {load(0, kFrom, 0, 16).seal()});
  ASSERT_EQ(ring(0xFFFFFFC0, 2), kError);
  expect_window_error(0);
  EXPECT_EQ(run(kCode, {load(0, kFrom, 0, 16).seal()}), kDone);
}

INSTANTIATE_TEST_SUITE_P(Widths, EdgeTest, testing::Values(32u, 64u, 128u));

// One error response on any beat of descriptors or data: found, named, and recovered from.
TEST(BusErrorTest, OnAnyReadBeatStopsTheChain) {
  for (const unsigned width : {32u, 128u}) {
    const std::uint32_t beat = width / 8;
    std::vector<std::uint32_t> addresses;
    for (std::uint32_t at = 0; at < 128; at += beat) {
      addresses.push_back(Bench::kDescriptors + at);
    }
    for (std::uint32_t at = 0; at < 1024; at += beat) {
      addresses.push_back(kIn + at);
    }
    Bench bench(width, stalls(width));
    bench.prepare();
    for (const std::uint32_t address : addresses) {
      const bool fetch = address < kIn;
      bench.memory().fail_read_at(address + 1);
      const std::uint64_t written = bench.memory().bytes_written();
      ASSERT_EQ(bench.run({load(0, kIn, 0, 1024).tag(5).seal(),
                           store(kOut, 0, 1024).flags(kWaitDma).seal()}) &
                    (kDone | kError),
                kError);
      ASSERT_EQ(bench.read(TENDON_ERR_CODE_OFFSET), TENDON_ERR_BUS_READ) << std::hex << address;
      ASSERT_EQ(bench.read(TENDON_ERR_ADDR_OFFSET), fetch ? address / 64 * 64 : address);
      ASSERT_EQ(bench.read(TENDON_ERR_TAG_OFFSET), fetch ? 0u : 5u);
      bench.soft_reset();
      ASSERT_EQ(bench.memory().bytes_written(), written) << "a store ran after the error";
      bench.memory().clear_faults();
    }
    EXPECT_TRUE(bench.works());
  }
}

TEST(BusErrorTest, OnAnyWriteBurstStopsTheChain) {
  for (const unsigned width : {32u, 128u}) {
    Bench bench(width, stalls(width));
    bench.prepare();
    const std::uint32_t burst = 16 * width / 8;
    for (std::uint32_t at = 0; at < 1024; at += burst) {
      bench.memory().fail_write_at(kOut + at + 3);
      ASSERT_EQ(bench.run({store(kOut, 0, 1024).tag(6).seal(), conv({}).seal()}) & (kDone | kError),
                kError);
      ASSERT_EQ(bench.read(TENDON_ERR_CODE_OFFSET), TENDON_ERR_BUS_WRITE);
      ASSERT_EQ(bench.read(TENDON_ERR_ADDR_OFFSET), kOut + at);
      ASSERT_EQ(bench.read(TENDON_ERR_TAG_OFFSET), 6u);
      bench.soft_reset();
      bench.memory().clear_faults();
    }
    EXPECT_TRUE(bench.works());
  }
}

TEST(WatchdogTest, StopsAComputeEngineThatHangs) {
  Bench bench(128, {});
  bench.prepare();
  bench.write(TENDON_WATCHDOG_OFFSET, 300);
  const std::uint64_t start = bench.device().cycles();
  ASSERT_EQ(
      bench.run({conv({.cycles = 200}).seal(), hanging_conv().tag(9).seal()}) & (kDone | kError),
      kError);
  EXPECT_EQ(bench.read(TENDON_ERR_CODE_OFFSET), TENDON_ERR_WATCHDOG);
  EXPECT_EQ(bench.read(TENDON_ERR_TAG_OFFSET), 9u);
  EXPECT_LT(bench.device().cycles() - start, 700u);
  bench.soft_reset();
  EXPECT_TRUE(bench.works());
}

TEST(WatchdogTest, IsNotWokenByLongButFinishingWork) {
  Bench bench(128, {});
  bench.prepare();
  bench.write(TENDON_WATCHDOG_OFFSET, 300);
  EXPECT_EQ(bench.run({conv({.cycles = 290}).seal(), load(0, kIn, 0, 32768).seal(),
                       conv({.cycles = 290}).flags(kWaitDma).seal()}) &
                (kDone | kError),
            kDone);
  bench.write(TENDON_WATCHDOG_OFFSET, 0);
  EXPECT_EQ(bench.run({conv({.cycles = 60000}).seal()}) & (kDone | kError), kDone);
}

TEST(WatchdogTest, TellsOfABusThatDoesNotAnswer) {
  Bench bench(128, {});
  bench.prepare();
  bench.write(TENDON_WATCHDOG_OFFSET, 200);
  bench.start({load(0, kIn, 0, 8192).tag(4).seal()});
  bench.device().run(60);
  bench.memory().freeze(true);
  EXPECT_EQ(bench.wait() & (kDone | kError), kError);
  EXPECT_EQ(bench.read(TENDON_ERR_CODE_OFFSET), TENDON_ERR_WATCHDOG);
  EXPECT_EQ(bench.read(TENDON_ERR_TAG_OFFSET), 4u);
  // The reset cannot end while the bus owes answers, and says so.
  bench.write(TENDON_CTRL_OFFSET, TENDON_CTRL_SOFT_RESET_MASK);
  bench.device().run(1000);
  EXPECT_NE(bench.read(TENDON_STATUS_OFFSET) & TENDON_STATUS_RESETTING_MASK, 0u);
  EXPECT_NE(bench.read(TENDON_STATUS_OFFSET) & TENDON_STATUS_BUS_BUSY_MASK, 0u);
  bench.memory().freeze(false);
  bench.soft_reset();
  EXPECT_TRUE(bench.works());
}

TEST(AbortTest, StopsTheChainAndDoesNothingWhenIdle) {
  Bench bench(128, {});
  bench.prepare();
  bench.write(TENDON_CTRL_OFFSET, TENDON_CTRL_ABORT_MASK);
  EXPECT_EQ(bench.read(TENDON_STATUS_OFFSET), 0u);
  bench.start({hanging_conv().tag(12).seal()});
  bench.device().run(100);
  bench.write(TENDON_CTRL_OFFSET, TENDON_CTRL_ABORT_MASK);
  EXPECT_EQ(bench.wait() & (kDone | kError), kError);
  EXPECT_EQ(bench.read(TENDON_ERR_CODE_OFFSET), TENDON_ERR_ABORT);
  EXPECT_EQ(bench.read(TENDON_ERR_TAG_OFFSET), 12u);
  bench.soft_reset();
  EXPECT_TRUE(bench.works());
}

// The chain that is interrupted below: all engines busy, every channel of the bus in use.
std::vector<Descriptor> busy_chain() {
  std::vector<Descriptor> chain;
  for (unsigned i = 0; i < 3; ++i) {
    chain.push_back(load(0, kIn + 16 * i, 64, 512).seal());
    chain.push_back(load(1, kIn, 0, 1024).seal());
    chain.push_back(conv({.cycles = 40, .argmax = true}).flags(kLog).seal());
    chain.push_back(store(kOut, 0, 700).flags(kLog | kIrq).seal());
  }
  return chain;
}

void interrupt_anywhere(const std::function<void(Bench&)>& interrupt, unsigned count) {
  for (const unsigned width : {32u, 64u, 128u}) {
    Bench bench(width, stalls(width + 1));
    bench.prepare();
    sim::Random random(width);
    for (unsigned i = 0; i < count; ++i) {
      bench.start(busy_chain());
      bench.device().run(random.below(3000));
      interrupt(bench);
      ASSERT_TRUE(bench.works()) << "width " << width << " interruption " << i;
    }
  }
}

TEST(AnytimeTest, SoftResetRecovers) {
  interrupt_anywhere([](Bench& bench) { bench.soft_reset(); }, 60);
}

TEST(AnytimeTest, AbortThenSoftResetRecovers) {
  interrupt_anywhere(
      [](Bench& bench) {
        bench.write(TENDON_CTRL_OFFSET, TENDON_CTRL_ABORT_MASK);
        bench.soft_reset();
      },
      60);
}

TEST(AnytimeTest, HardResetRecovers) {
  interrupt_anywhere(
      [](Bench& bench) {
        bench.device().reset();
        EXPECT_EQ(bench.read(TENDON_STATUS_OFFSET), 0u);
        bench.prepare();
      },
      60);
}

TEST(AnytimeTest, NothingIsWrittenAfterAbort) {
  Bench bench(128, stalls(8));
  bench.prepare();
  sim::Random random(3);
  for (unsigned i = 0; i < 60; ++i) {
    bench.start({store(kOut, 0, 4096).seal()});
    bench.device().run(random.below(3000));
    bench.write(TENDON_CTRL_OFFSET, TENDON_CTRL_ABORT_MASK);
    bench.device().run(2);
    // At most the beat that was already offered may still land.
    const std::uint64_t written = bench.memory().bytes_written();
    bench.device().run(2000);
    EXPECT_LE(bench.memory().bytes_written() - written, 16u * 16) << "interruption " << i;
    EXPECT_TRUE(bench.memory().idle());
    bench.soft_reset();
  }
}

}  // namespace
}  // namespace tendon::shell
