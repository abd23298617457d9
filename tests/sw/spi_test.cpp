// SPDX-License-Identifier: MIT
// The SPI HAL over the companion board in simulation: the conformance suite, on good wires and on
// bad ones, and what it says of a broken board.
#include "bridge_transport.hpp"
#include "conformance.hpp"
#include "rtl_case.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::test {
namespace {

constexpr unsigned kSeed = 5772;

class SpiHalTest : public testing::Test {
 protected:
  BridgeTransport transport_;
  hal::SpiHal hal_{transport_};
};

TEST_F(SpiHalTest, MeetsTheSeam) {
  const RtlCase c(kSeed, 2, "tiny");
  ASSERT_EQ(hal_.start(), TENDON_OK) << hal_.trouble().c_str();
  expect_conformance(hal_.seam(), c.program, c.windows);
  EXPECT_EQ(hal_.link().repeats(), 0u);
  EXPECT_LE(transport_.largest(), 4096u);
  EXPECT_GT(transport_.largest(), 4000u) << "frames of this size are what is to be tried";
}

// One bit in a thousand flipped, either way: everything is repeated until it is right.
TEST_F(SpiHalTest, LosesAndInventsNothingOnNoisyWires) {
  ASSERT_EQ(hal_.start(), TENDON_OK) << hal_.trouble().c_str();
  const tendon_hal_t hal = hal_.seam();
  tendon_dma_t dma = {};
  ASSERT_EQ(hal.dma_alloc(hal.ctx, 64, &dma), TENDON_OK);
  for (const auto fault : {bringup::WireFault::kBitErrorsOut, bringup::WireFault::kBitErrorsIn}) {
    transport_.pins().set_fault(fault);
    const std::uint64_t repeats = hal_.link().repeats();
    for (std::uint32_t i = 0; i < 60; ++i) {
      auto* bytes = static_cast<std::uint8_t*>(dma.cpu);
      std::uint32_t value = 0;
      ASSERT_EQ(hal.reg_write(hal.ctx, TENDON_SCRATCH_OFFSET, i), TENDON_OK);
      ASSERT_EQ(hal.reg_read(hal.ctx, TENDON_SCRATCH_OFFSET, &value), TENDON_OK);
      ASSERT_EQ(value, i);
      std::fill_n(bytes, 64, static_cast<std::uint8_t>(i));
      ASSERT_EQ(hal.dma_sync(hal.ctx, &dma, 0, 64, TENDON_DMA_TO_DEVICE), TENDON_OK);
      std::fill_n(bytes, 64, std::uint8_t{0xFF});
      ASSERT_EQ(hal.dma_sync(hal.ctx, &dma, 0, 64, TENDON_DMA_FROM_DEVICE), TENDON_OK);
      ASSERT_EQ(std::count(bytes, bytes + 64, static_cast<std::uint8_t>(i)), 64);
    }
    EXPECT_GT(hal_.link().repeats(), repeats + 5) << "the wires were not noisy";
  }
}

struct Broken {
  bringup::WireFault fault;
  const char* says;
};

class SpiSymptomTest : public testing::TestWithParam<Broken> {};

TEST_P(SpiSymptomTest, IsNamedAndEnds) {
  BridgeTransport transport;
  hal::SpiHal hal(transport);
  transport.pins().set_fault(GetParam().fault);
  EXPECT_EQ(hal.start(), TENDON_E_NO_DEVICE);
  EXPECT_NE(std::string(hal.trouble().c_str()).find(GetParam().says), std::string::npos)
      << hal.trouble().c_str();
}

INSTANTIATE_TEST_SUITE_P(Wires, SpiSymptomTest,
                         testing::Values(Broken{bringup::WireFault::kMisoOpen, "nobody answers"},
                                         Broken{bringup::WireFault::kNoSelect, "nobody answers"},
                                         Broken{bringup::WireFault::kShorted, "shorted"},
                                         Broken{bringup::WireFault::kMosiLow, "echo byte 1"},
                                         Broken{bringup::WireFault::kWrongPhase, "wrong mode"}));

TEST(SpiClockTest, AStandingClockIsNamed) {
  BridgeTransport transport(false);
  hal::SpiHal hal(transport);
  EXPECT_EQ(hal.start(), TENDON_E_NO_DEVICE);
  EXPECT_NE(std::string(hal.trouble().c_str()).find("no reply"), std::string::npos)
      << hal.trouble().c_str();
}

// Wires that break in the middle of a window: the link gives up, the processor answers.
TEST_F(SpiHalTest, RatesOfTheLinkAreMeasured) {
  ASSERT_EQ(hal_.start(), TENDON_OK) << hal_.trouble().c_str();
  const tendon_link_t link = hal_.seam().link;
  // A byte each way is 16 half bits of 10.5 ns; a frame without data has about 40 bytes.
  EXPECT_NEAR(link.bytes_per_second, 1e9 / (16 * 10.5), 0.1e9 / (16 * 10.5));
  EXPECT_GT(link.access_ns, 20 * 16 * 10.5);
  EXPECT_LT(link.access_ns, 80 * 16 * 10.5);
  EXPECT_GT(link.device_hz, 0u);
}

TEST_F(SpiHalTest, BrokenWiresAreSurvived) {
  const RtlCase c(kSeed, 2, "tiny");
  ASSERT_EQ(hal_.start(), TENDON_OK) << hal_.trouble().c_str();
  const tendon_hal_t hal = hal_.seam();
  Bytes memory(tendon_device_size());
  tendon_device_t* device = nullptr;
  ASSERT_EQ(tendon_open(&hal, nullptr, memory.data(), memory.size(), &device), TENDON_OK);
  {
    LoadedProgram program(c.program, device, TENDON_POLICY_OFFLOAD);
    tendon_result_t result;
    ASSERT_EQ(program.run(c.windows[0], 0, &result), TENDON_OK);
    EXPECT_EQ(result.label, c.labels[0]);
    EXPECT_EQ(result.device_layers, 4u);
    transport_.pins().set_fault(bringup::WireFault::kMisoOpen);
    ASSERT_EQ(program.run(c.windows[1], 0, &result), TENDON_OK);
    EXPECT_EQ(result.label, c.labels[1]);
    EXPECT_EQ(result.fallback_layers, 4u);
    transport_.pins().set_fault(bringup::WireFault::kNone);
    ASSERT_EQ(tendon_reset(device), TENDON_OK);
    ASSERT_EQ(program.run(c.windows[1], 0, &result), TENDON_OK);
    EXPECT_EQ(result.label, c.labels[1]);
    EXPECT_EQ(result.device_layers, 4u);
  }
  tendon_close(device);
}

}  // namespace
}  // namespace tendon::test
