// SPDX-License-Identifier: MIT
// The bring-up walk over the simulated companion board, whole and broken.

#include "bringup.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "Vbridge_bench.h"
#include "Vtendon_companion.h"
#include "link.hpp"
#include "verilated_board.hpp"
#include "walk.hpp"

namespace tendon::bringup {
namespace {

using SimBoard = VerilatedBoard<Vtendon_companion>;

constexpr std::uint64_t kHalfPs = 15'000;  // 33 MHz

struct Walk {
  std::vector<Step> steps;
  bool passed = false;

  [[nodiscard]] const Step& last() const { return steps.back(); }
};

Walk hardware(Transport& transport) {
  Link link(transport);
  Walk walk;
  walk.passed = walk_hardware(link, [&](const Step& step) { walk.steps.push_back(step); });
  return walk;
}

TEST(BringupTest, GoodBoardPassesEveryHardwareStep) {
  SimBoard board;
  SpiPins pins(board, kHalfPs);
  const Walk walk = hardware(pins);
  EXPECT_TRUE(walk.passed) << walk.last().name << ": " << walk.last().found;
  ASSERT_EQ(walk.steps.size(), 5u);
  EXPECT_NE(walk.steps[2].found.find("1x2x16"), std::string::npos) << walk.steps[2].found;
}

TEST(BringupTest, GoodBoardRunsNetworksBitExactly) {
  SimBoard board;
  SpiPins pins(board, kHalfPs);
  Link link(pins);
  std::vector<Step> steps;
  EXPECT_TRUE(walk_networks(link, [&](const Step& step) { steps.push_back(step); }));
  for (const Step& step : steps) EXPECT_TRUE(step.passed) << step.name << ": " << step.found;
  ASSERT_EQ(steps.size(), 3u);
  RecordProperty("throughput", steps[2].found);
}

TEST(BringupTest, InterruptPinFollowsTheInterrupt) {
  SimBoard board;
  SpiPins pins(board, kHalfPs);
  Link link(pins);
  EXPECT_FALSE(board.top().irq_o);
  // An empty address window: the chain stops with an error, which may interrupt.
  ASSERT_EQ(link.write_register(0x28, 2).symptom, Symptom::kNone);
  ASSERT_EQ(link.write_register(0x34, 1).symptom, Symptom::kNone);
  EXPECT_TRUE(board.top().irq_o);
  ASSERT_EQ(link.write_register(0x2C, 2).symptom, Symptom::kNone);
  EXPECT_FALSE(board.top().irq_o);
}

struct Case {
  const char* name;
  WireFault fault;
  const char* step;    // that fails
  const char* advice;  // a word of it
};

class BringupFaultTest : public testing::TestWithParam<Case> {};

TEST_P(BringupFaultTest, IsNamed) {
  SimBoard board;
  SpiPins pins(board, kHalfPs);
  pins.set_fault(GetParam().fault);
  const Walk walk = hardware(pins);
  EXPECT_FALSE(walk.passed);
  EXPECT_EQ(walk.last().name, GetParam().step) << walk.last().found;
  EXPECT_NE(walk.last().advice.find(GetParam().advice), std::string::npos) << walk.last().advice;
}

INSTANTIATE_TEST_SUITE_P(
    Faults, BringupFaultTest,
    testing::Values(Case{"swapped", WireFault::kSwappedData, "link", "exchanged"},
                    Case{"misoOpen", WireFault::kMisoOpen, "link", "Nobody drives MISO"},
                    Case{"noSelect", WireFault::kNoSelect, "link", "chip select"},
                    Case{"mosiLow", WireFault::kMosiLow, "link", "constant MOSI"},
                    Case{"shorted", WireFault::kShorted, "link", "connected to MOSI"},
                    Case{"phase", WireFault::kWrongPhase, "link", "SPI mode must be 0"},
                    Case{"noiseOut", WireFault::kBitErrorsOut, "wires", "lower the SPI clock"},
                    Case{"noiseIn", WireFault::kBitErrorsIn, "wires", "lower the SPI clock"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(BringupTest, StuckClockIsNamed) {
  SimBoard board;
  SpiPins pins(board, kHalfPs);
  board.stop_clock();
  const Walk walk = hardware(pins);
  EXPECT_EQ(walk.last().name, "link");
  EXPECT_NE(walk.last().advice.find("clock"), std::string::npos) << walk.last().advice;
  EXPECT_NE(walk.last().found.find("no reply"), std::string::npos) << walk.last().found;
}

/// Another design behind the same bridge: registers that hold anything but a Tendon's ID.
using StrangerBoard = VerilatedBoard<Vbridge_bench>;

TEST(BringupTest, WrongIdIsNamed) {
  StrangerBoard board;
  SpiPins pins(board, kHalfPs);
  Link link(pins);
  std::uint32_t value = 0x12345678;
  ASSERT_EQ(link.write_register(0, value).symptom, Symptom::kNone);
  const Walk walk = hardware(pins);
  EXPECT_EQ(walk.last().name, "identity");
  EXPECT_NE(walk.last().advice.find("wrong bitstream"), std::string::npos) << walk.last().advice;
}

TEST(BringupTest, CommandLineMistakesAreRefused) {
  EXPECT_EQ(bringup({"--hal", "smoke"}), 2);
  EXPECT_EQ(bringup({"--hal"}), 2);
  EXPECT_EQ(bringup({"--speed", "fast"}), 2);
  EXPECT_EQ(bringup({"--hal", "spi", "--device", "/dev/null"}), 2);
  EXPECT_EQ(bringup({"--hal", "sim", "--fault", "gremlins"}), 2);
}

TEST(BringupTest, CommandReportsAFaultyBoard) {
  EXPECT_EQ(bringup({"--hal", "sim", "--hardware-only", "--fault", "miso-open"}), 1);
}

}  // namespace
}  // namespace tendon::bringup
