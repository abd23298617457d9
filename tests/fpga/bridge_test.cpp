// SPDX-License-Identifier: MIT
// The SPI bridge at its pins: frames, repetition, refusals, wire faults (docs/spi.md).

#include <gtest/gtest.h>

#include <random>

#include "Vbridge_bench.h"
#include "link.hpp"
#include "spi_pins.hpp"
#include "verilated_board.hpp"

namespace tendon::bringup {
namespace {

using BenchBoard = VerilatedBoard<Vbridge_bench>;

class BridgeTest : public testing::Test {
 protected:
  BenchBoard board_;
  SpiPins pins_{board_, 20'000};  // 25 MHz
  Link link_{pins_};
};

Bytes pattern(std::size_t bytes, unsigned seed) {
  std::mt19937 random(seed);
  Bytes data(bytes);
  for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
  return data;
}

TEST(Crc16Test, MatchesThePublishedCheckValue) {
  const Bytes digits = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  EXPECT_EQ(crc16(digits), 0x29B1);
}

TEST_F(BridgeTest, HelloTellsProtocolMemoryClockAndSelfTest) {
  const Answer answer = link_.hello();
  ASSERT_EQ(answer.symptom, Symptom::kNone) << answer.detail;
  const Bytes want = {0x53, 0x50, 0x49, 0x31, 0x00, 0x04, 0x00, 0x00,
                      0x00, 0x6C, 0xDC, 0x02, 0x03, 0x00, 0x00, 0x00};
  EXPECT_EQ(answer.data, want);
}

TEST_F(BridgeTest, RegistersKeepWhatIsWritten) {
  for (std::uint32_t i = 0; i < 4; ++i) {
    ASSERT_EQ(link_.write_register(4 * i, 0x01020304u * (i + 1)).symptom, Symptom::kNone);
  }
  for (std::uint32_t i = 0; i < 4; ++i) {
    std::uint32_t value = 0;
    ASSERT_EQ(link_.read_register(4 * i, &value).symptom, Symptom::kNone);
    EXPECT_EQ(value, 0x01020304u * (i + 1)) << "register " << i;
  }
  EXPECT_EQ(link_.counts().repeats, 0u);
}

TEST_F(BridgeTest, RefusedRegisterIsABusError) {
  std::uint32_t value = 0;
  EXPECT_EQ(link_.read_register(0x40, &value).symptom, Symptom::kBusError);
  EXPECT_EQ(link_.write_register(0x40, 1).symptom, Symptom::kBusError);
}

// SCK from 1/50 to 1.5 times the clock, with periods that drift against it.
TEST_F(BridgeTest, MemoryKeepsWhatIsWrittenAtEverySpeed) {
  unsigned seed = 1;
  for (const std::uint64_t half_ps : {500'000, 20'000, 10'417, 10'000, 8'333, 6'951}) {
    pins_.set_half_period_ps(half_ps);
    for (const std::size_t bytes :
         {std::size_t{4}, std::size_t{8}, std::size_t{52}, std::size_t{1024}}) {
      const Bytes data = pattern(bytes, ++seed);
      ASSERT_EQ(link_.write_memory(0, data).symptom, Symptom::kNone) << half_ps << " ps, " << bytes;
      const Answer answer = link_.read_memory(0, bytes);
      ASSERT_EQ(answer.symptom, Symptom::kNone) << half_ps << " ps, " << bytes << answer.detail;
      ASSERT_EQ(answer.data, data) << half_ps << " ps, " << bytes << " bytes, seed " << seed;
    }
  }
  EXPECT_EQ(link_.counts().repeats, 0u);
}

TEST_F(BridgeTest, RangeIsCheckedBeforeAnythingIsWritten) {
  const Bytes data = pattern(16, 77);
  ASSERT_EQ(link_.write_memory(1008, data).symptom, Symptom::kNone);
  EXPECT_EQ(link_.write_memory(1012, pattern(16, 78)).symptom, Symptom::kRefused);
  EXPECT_EQ(link_.read_memory(1012, 16).symptom, Symptom::kRefused);
  EXPECT_EQ(link_.write_memory(0x10000, pattern(4, 79)).symptom, Symptom::kRefused);
  EXPECT_EQ(link_.read_memory(2, 4).symptom, Symptom::kRefused);
  EXPECT_EQ(link_.read_memory(1008, 16).data, data);
}

TEST_F(BridgeTest, LoopTouchesNothing) {
  const Bytes data = pattern(64, 5);
  ASSERT_EQ(link_.write_memory(0, data).symptom, Symptom::kNone);
  EXPECT_EQ(link_.loop(pattern(64, 6)).symptom, Symptom::kNone);
  EXPECT_EQ(link_.read_memory(0, 64).data, data);
  EXPECT_EQ(board_.top().reg_writes_o, 0u);
}

TEST_F(BridgeTest, SlowMemoryIsReportedNotHidden) {
  board_.top().stall_i = 1;
  EXPECT_EQ(link_.write_memory(0, pattern(16, 8)).symptom, Symptom::kOverrun);
  board_.top().stall_i = 0;
  EXPECT_EQ(link_.write_memory(0, pattern(16, 8)).symptom, Symptom::kNone);
}

// A reply that is damaged on its way makes the host repeat; the register must not be written twice.
TEST_F(BridgeTest, RepeatedRegisterWriteIsExecutedOnce) {
  ASSERT_EQ(link_.hello().symptom, Symptom::kNone);
  pins_.set_fault(WireFault::kBitErrorsIn);
  constexpr unsigned kWrites = 300;
  for (unsigned i = 0; i < kWrites; ++i) {
    ASSERT_EQ(link_.write_register(0, i).symptom, Symptom::kNone);
  }
  EXPECT_GT(link_.counts().repeats, 20u);
  EXPECT_EQ(board_.top().reg_writes_o, kWrites);
}

TEST_F(BridgeTest, BitErrorsTowardsTheDeviceNeverReachRegisterOrMemory) {
  pins_.set_fault(WireFault::kBitErrorsOut);
  ASSERT_EQ(link_.hello().symptom, Symptom::kNone);
  for (unsigned i = 0; i < 100; ++i) {
    const Bytes data = pattern(64, 100 + i);
    ASSERT_EQ(link_.write_memory(64 * (i % 16), data).symptom, Symptom::kNone);
    ASSERT_EQ(link_.read_memory(64 * (i % 16), 64).data, data) << "round " << i;
    ASSERT_EQ(link_.write_register(4, i).symptom, Symptom::kNone);
    std::uint32_t value = 0;
    ASSERT_EQ(link_.read_register(4, &value).symptom, Symptom::kNone);
    ASSERT_EQ(value, i);
  }
  EXPECT_EQ(board_.top().reg_writes_o, 100u);
  EXPECT_GT(link_.counts().repeats, 20u);
}

// Header, data and reply: wherever the select line is taken away, the next frame is served, and a
// register is written when its data and their CRC have come, not before.
TEST_F(BridgeTest, FrameThatIsCutAnywhereLeavesNothingBehind) {
  const auto header = [](std::uint8_t command, std::uint8_t sequence) {
    Bytes frame = {command, sequence, 4, 0, 0, 0, 0, 0};
    const unsigned crc = crc16(frame);
    frame.push_back(static_cast<std::uint8_t>(crc >> 8));
    frame.push_back(static_cast<std::uint8_t>(crc & 0xFF));
    return frame;
  };
  std::uint32_t written = 0;
  for (std::size_t length = 1; length < 26; ++length) {
    Bytes write = header(0x03, static_cast<std::uint8_t>(0x40 + length));
    const Bytes data = pattern(4, static_cast<unsigned>(length));
    const unsigned crc = crc16(data);
    write.insert(write.end(), data.begin(), data.end());
    write.push_back(static_cast<std::uint8_t>(crc >> 8));
    write.push_back(static_cast<std::uint8_t>(crc & 0xFF));
    if (length >= write.size()) ++written;
    write.resize(length);
    (void)pins_.exchange(write, 0);
    ASSERT_EQ(link_.hello().symptom, Symptom::kNone) << length << " bytes of a write";
    ASSERT_EQ(board_.top().reg_writes_o, written) << length << " bytes of a write";
    Bytes read = header(0x04, static_cast<std::uint8_t>(0x80 + length));
    read.resize(length);
    (void)pins_.exchange(read, 0);
    ASSERT_EQ(link_.hello().symptom, Symptom::kNone) << length << " bytes of a read";
  }
}

TEST_F(BridgeTest, UnknownCommandIsRefused) {
  Bytes frame = {0x07, 0x11, 4, 0, 0, 0, 0, 0};
  const unsigned crc = crc16(frame);
  frame.push_back(static_cast<std::uint8_t>(crc >> 8));
  frame.push_back(static_cast<std::uint8_t>(crc & 0xFF));
  const Bytes got = pins_.exchange(frame, 6);
  EXPECT_EQ(got.back(), 0xE2);
  EXPECT_EQ(link_.hello().symptom, Symptom::kNone);
}

TEST_F(BridgeTest, FrameThatEndsEarlyLeavesNothingBehind) {
  const Bytes cut = {0x03, 0x00, 0x04};
  (void)pins_.exchange(cut, 0);
  const Answer answer = link_.hello();
  EXPECT_EQ(answer.symptom, Symptom::kNone) << answer.detail;
  EXPECT_EQ(board_.top().reg_writes_o, 0u);
}

struct Fault {
  WireFault fault;
  Symptom symptom;
};

class WireFaultTest : public testing::TestWithParam<Fault> {};

TEST_P(WireFaultTest, IsNamed) {
  BenchBoard board;
  SpiPins pins(board, 20'000);
  Link link(pins);
  pins.set_fault(GetParam().fault);
  EXPECT_STREQ(symptom_name(link.hello().symptom), symptom_name(GetParam().symptom));
}

INSTANTIATE_TEST_SUITE_P(Faults, WireFaultTest,
                         testing::Values(Fault{WireFault::kSwappedData, Symptom::kNoFirstByte},
                                         Fault{WireFault::kMisoOpen, Symptom::kNoFirstByte},
                                         Fault{WireFault::kNoSelect, Symptom::kNoFirstByte},
                                         Fault{WireFault::kMosiLow, Symptom::kEchoDead},
                                         Fault{WireFault::kShorted, Symptom::kShorted},
                                         Fault{WireFault::kWrongPhase, Symptom::kEchoShifted}));

TEST_F(BridgeTest, StuckClockStillEchoesButNeverReplies) {
  board_.stop_clock();
  EXPECT_EQ(link_.hello().symptom, Symptom::kNoReply);
}

}  // namespace
}  // namespace tendon::bringup
