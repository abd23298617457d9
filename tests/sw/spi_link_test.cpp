// SPDX-License-Identifier: MIT
// The SPI HAL over a device in software: every symptom of docs/spi.md by name, repetition, sizes.
#include <gtest/gtest.h>

#include <numeric>

#include "hal/spi_hal.hpp"
#include "spi_model.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::test {
namespace {

class SpiLinkTest : public testing::Test {
 protected:
  std::string trouble() const { return hal_.trouble().c_str(); }
  tendon_status_t read_scratch() {
    std::uint32_t value = 0;
    return hal_.read(TENDON_SCRATCH_OFFSET, &value);
  }
  void damage_always(std::function<void(std::vector<std::uint8_t>&)> how) {
    model_.damaged = ~0u;
    model_.damage = std::move(how);
  }

  SpiModel model_;
  hal::SpiHal hal_{model_};
};

TEST_F(SpiLinkTest, RegistersAndMemoryOfEveryOffsetAndSizeComeBack) {
  ASSERT_EQ(hal_.start(), TENDON_OK) << trouble();
  ASSERT_EQ(hal_.write(TENDON_SCRATCH_OFFSET, 0x12345678), TENDON_OK);
  std::uint32_t value = 0;
  ASSERT_EQ(hal_.read(TENDON_SCRATCH_OFFSET, &value), TENDON_OK);
  EXPECT_EQ(value, 0x12345678u);
  tendon_dma_t dma = {};
  ASSERT_EQ(hal_.alloc(9000, &dma), TENDON_OK);
  auto* cpu = static_cast<std::uint8_t*>(dma.cpu);
  for (const std::uint32_t offset : {0u, 1u, 2u, 3u, 4000u}) {
    for (const std::uint32_t bytes : {1u, 2u, 3u, 4u, 5u, 4032u, 4990u}) {
      std::vector<std::uint8_t> want(dma.bytes);
      std::iota(want.begin(), want.end(), static_cast<std::uint8_t>(offset + bytes));
      // Beside the part the device keeps what it had.
      std::fill(model_.memory.begin(), model_.memory.end(), 0xEE);
      std::copy(want.begin(), want.end(), cpu);
      ASSERT_EQ(hal_.sync(dma, offset, bytes, TENDON_DMA_TO_DEVICE), TENDON_OK);
      const auto* device = model_.memory.data() + dma.bus;
      for (std::uint32_t i = 0; i < dma.bytes; ++i) {
        const bool inside = i >= offset && i < offset + bytes;
        ASSERT_EQ(device[i], inside ? want[i] : 0xEE) << offset << ' ' << bytes << ' ' << i;
      }
      std::fill(cpu, cpu + dma.bytes, std::uint8_t{0});
      ASSERT_EQ(hal_.sync(dma, offset, bytes, TENDON_DMA_FROM_DEVICE), TENDON_OK);
      for (std::uint32_t i = 0; i < dma.bytes; ++i) {
        const bool inside = i >= offset && i < offset + bytes;
        ASSERT_EQ(cpu[i], inside ? want[i] : 0) << offset << ' ' << bytes << ' ' << i;
      }
    }
  }
  EXPECT_EQ(hal_.sync(dma, dma.bytes, 1, TENDON_DMA_TO_DEVICE), TENDON_E_ARG);
  hal_.free(&dma);
  EXPECT_EQ(hal_.link().repeats(), 0u);
}

TEST_F(SpiLinkTest, WhatIsNoRegisterIsRefusedWithoutAFrame) {
  const std::uint64_t frames = hal_.link().frames();
  std::uint32_t value = 0;
  EXPECT_EQ(hal_.read(2, &value), TENDON_E_BUS);
  EXPECT_NE(trouble().find("no register at 0x2"), std::string::npos);
  EXPECT_EQ(hal_.write(4096, 0), TENDON_E_BUS);
  EXPECT_NE(trouble().find("no register at 0x1000"), std::string::npos);
  EXPECT_EQ(hal_.link().frames(), frames);
}

TEST_F(SpiLinkTest, ADamagedReplyIsAskedForAgainAndAWriteIsExecutedOnce) {
  ASSERT_EQ(hal_.start(), TENDON_OK) << trouble();
  model_.damaged = 3;
  model_.damage = [](auto& bytes) { bytes[bytes.size() - 18] ^= 0x10; };
  ASSERT_EQ(hal_.write(TENDON_SCRATCH_OFFSET, 7), TENDON_OK) << trouble();
  EXPECT_EQ(hal_.link().repeats(), 3u);
  EXPECT_EQ(model_.writes, 1u);
  EXPECT_EQ(model_.registers[TENDON_SCRATCH_OFFSET / 4], 7u);
}

TEST_F(SpiLinkTest, EverySymptomIsNamedAfterNineFrames) {
  struct Symptom {
    std::function<void(SpiModel&)> make;
    tendon_status_t status;
    const char* says;
    std::uint64_t frames;
  };
  const Symptom symptoms[] = {
      {[](SpiModel& m) { m.system_fails = true; }, TENDON_E_IO, "did not transfer", 1},
      {[](SpiModel& m) { m.is_silent = true; }, TENDON_E_IO, "echo but no reply", 9},
      {[](SpiModel& m) { m.refusal = 0xE1; }, TENDON_E_IO, "wrong header CRC", 9},
      {[](SpiModel& m) { m.refusal = 0xE2; }, TENDON_E_BUS, "refused", 1},
      {[](SpiModel& m) { m.refusal = 0xE3; }, TENDON_E_BUS, "refused", 1},
      {[](SpiModel& m) { m.status = 1; }, TENDON_E_IO, "wrong data CRC", 9},
      {[](SpiModel& m) { m.status = 2; }, TENDON_E_BUS, "register access was refused", 1},
      {[](SpiModel& m) { m.status = 3; }, TENDON_E_IO, "did not keep up", 9},
      {[](SpiModel& m) { m.late = 15; }, TENDON_E_IO, "began too late", 9},
  };
  for (const Symptom& symptom : symptoms) {
    SpiModel model;
    hal::SpiHal hal(model);
    ASSERT_EQ(hal.start(), TENDON_OK);
    const std::uint64_t frames = hal.link().frames();
    symptom.make(model);
    std::uint32_t value = 0;
    EXPECT_EQ(hal.read(TENDON_SCRATCH_OFFSET, &value), symptom.status) << symptom.says;
    EXPECT_NE(std::string(hal.trouble().c_str()).find(symptom.says), std::string::npos)
        << hal.trouble().c_str();
    EXPECT_EQ(hal.link().frames() - frames, symptom.frames) << symptom.says;
  }
}

TEST_F(SpiLinkTest, WiresAreToldApart) {
  ASSERT_EQ(hal_.start(), TENDON_OK) << trouble();
  damage_always([](auto& bytes) { bytes[0] = 0xFF; });
  EXPECT_EQ(read_scratch(), TENDON_E_IO);
  EXPECT_NE(trouble().find("first byte 0xFF, want 0x54"), std::string::npos) << trouble();
  damage_always([](auto& bytes) { bytes[3] ^= 1; });
  EXPECT_EQ(read_scratch(), TENDON_E_IO);
  EXPECT_NE(trouble().find("echo byte 3"), std::string::npos) << trouble();
  damage_always([](auto& bytes) {
    for (std::size_t i = 1; i < 10; ++i) bytes[i - 1] = static_cast<std::uint8_t>(~bytes[i]);
    std::copy_backward(bytes.begin(), bytes.begin() + 9, bytes.begin() + 9);
    bytes[9] = static_cast<std::uint8_t>(~bytes[10]);
  });
  EXPECT_EQ(read_scratch(), TENDON_E_IO);
  EXPECT_NE(trouble().find("shorted"), std::string::npos) << trouble();
  // Reply to another frame: its sequence number and CRC are right, but not ours.
  EXPECT_GT(hal_.link().repeats(), 0u);
}

TEST_F(SpiLinkTest, AReplyToAnotherFrameIsNotTaken) {
  ASSERT_EQ(hal_.start(), TENDON_OK) << trouble();
  std::vector<std::uint8_t> old;
  model_.damaged = 1;
  model_.damage = [&](auto& bytes) { old.assign(bytes.begin() + 11, bytes.end()); };
  ASSERT_EQ(read_scratch(), TENDON_OK);
  damage_always([&](auto& bytes) { std::copy(old.begin(), old.end(), bytes.begin() + 11); });
  EXPECT_EQ(read_scratch(), TENDON_E_IO);
  EXPECT_NE(trouble().find("another frame"), std::string::npos) << trouble();
}

TEST_F(SpiLinkTest, OfABadHelloTheReasonIsTold) {
  model_.hello[0] = 0x32495053;
  EXPECT_EQ(hal_.start(), TENDON_E_NO_DEVICE);
  EXPECT_NE(trouble().find("protocol 0x32495053"), std::string::npos) << trouble();
  model_.hello[0] = 0x31495053;
  model_.hello[1] = 1u << 31;
  EXPECT_EQ(hal_.start(), TENDON_E_NO_DEVICE);
  model_.hello[1] = 65536;
  model_.hello[3] = 1 | 3 << 8;
  EXPECT_EQ(hal_.start(), TENDON_E_NO_DEVICE);
  EXPECT_NE(trouble().find("failed at step 3"), std::string::npos) << trouble();
}

TEST_F(SpiLinkTest, WaitingEndsByInterruptTimeOrError) {
  ASSERT_EQ(hal_.start(), TENDON_OK) << trouble();
  EXPECT_EQ(hal_.wait(500), TENDON_E_TIMEOUT);
  model_.registers[TENDON_IRQ_STATUS_OFFSET / 4] = 1;
  EXPECT_EQ(hal_.wait(500), TENDON_OK);
  model_.status = 2;
  EXPECT_EQ(hal_.wait(500), TENDON_E_BUS);
  tendon_dma_t dma = {};
  ASSERT_EQ(hal_.alloc(64, &dma), TENDON_OK);
  model_.status = 3;
  EXPECT_EQ(hal_.sync(dma, 0, 64, TENDON_DMA_FROM_DEVICE), TENDON_E_IO);
  EXPECT_EQ(hal_.sync(dma, 1, 2, TENDON_DMA_TO_DEVICE), TENDON_E_IO);
  hal_.free(&dma);
}

}  // namespace
}  // namespace tendon::test
