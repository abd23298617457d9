// SPDX-License-Identifier: MIT
// Memory without coherence: forgotten maintenance gives old bytes, and is explained.
#include <gtest/gtest.h>

#include "tlm/dual_memory.hpp"

namespace tendon::vp {
namespace {

constexpr std::uint64_t kBase = 0x80000000;

class DualMemoryTest : public testing::Test {
 protected:
  std::uint8_t bus(std::uint64_t address) {
    std::uint8_t byte = 0;
    memory_.bus_read(address, {&byte, 1});
    return byte;
  }
  void bus_write(std::uint64_t address, std::uint8_t byte) {
    memory_.bus_write(address, {&byte, 1});
  }
  std::uint8_t& cpu(std::uint64_t address) { return memory_.cpu()[address - kBase]; }

  std::vector<std::string> reports_;
  DualMemory memory_{kBase, 4096, [this](const std::string& text) { reports_.push_back(text); }};
};

TEST_F(DualMemoryTest, DeviceSeesOldBytesUntilTheClean) {
  cpu(kBase + 100) = 7;
  EXPECT_EQ(bus(kBase + 100), 0);
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_NE(reports_[0].find("0x80000040"), std::string::npos) << reports_[0];
  EXPECT_NE(reports_[0].find("clean the range"), std::string::npos) << reports_[0];
  memory_.clean(kBase + 100, 1);
  EXPECT_EQ(bus(kBase + 100), 7);
  EXPECT_EQ(memory_.hazards(), 1u);
}

TEST_F(DualMemoryTest, ProcessorSeesOldBytesUntilTheInvalidate) {
  bus_write(kBase + 200, 9);
  EXPECT_EQ(cpu(kBase + 200), 0);
  EXPECT_EQ(memory_.explain_stale("at the end"), 1u);
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_NE(reports_[0].find("invalidate the range"), std::string::npos) << reports_[0];
  EXPECT_EQ(memory_.explain_stale("at the end"), 0u) << "told twice";
  memory_.invalidate(kBase + 200, 1);
  EXPECT_EQ(cpu(kBase + 200), 9);
}

TEST_F(DualMemoryTest, CleanOfAnUntouchedLineKeepsWhatTheDeviceWrote) {
  bus_write(kBase + 64, 5);
  memory_.clean(kBase + 64, 64);
  EXPECT_EQ(bus(kBase + 64), 5);
  EXPECT_EQ(memory_.hazards(), 0u);
}

TEST_F(DualMemoryTest, LineSharedByBothSidesIsExplained) {
  bus_write(kBase + 64, 5);
  cpu(kBase + 65) = 6;
  memory_.clean(kBase + 65, 1);
  EXPECT_EQ(bus(kBase + 64), 0) << "the processor's line overwrites the device's byte";
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_NE(reports_[0].find("share no line"), std::string::npos) << reports_[0];
}

TEST_F(DualMemoryTest, InvalidateOfADirtyLineIsExplained) {
  cpu(kBase) = 1;
  memory_.invalidate(kBase, 1);
  EXPECT_EQ(cpu(kBase), 0);
  EXPECT_EQ(reports_.size(), 1u);
}

TEST_F(DualMemoryTest, RangesEndWithTheMemory) {
  EXPECT_TRUE(memory_.contains(kBase, 4096));
  EXPECT_FALSE(memory_.contains(kBase, 4097));
  EXPECT_FALSE(memory_.contains(kBase - 1, 1));
  EXPECT_FALSE(memory_.contains(kBase + 4096, 1));
  EXPECT_FALSE(memory_.contains(~0ull, 2));
}

}  // namespace
}  // namespace tendon::vp
