// SPDX-License-Identifier: MIT
// The conformance suite over every HAL that reaches the RTL.
#include <unistd.h>

#include "conformance.hpp"
#include "output_of.hpp"
#include "rtl/rtl_device.hpp"
#include "rtl_case.hpp"
#include "serve_process.hpp"
#include "tendon/tendon_hals.h"

namespace tendon::test {
namespace {

constexpr unsigned kSeed = 3141;

std::string mailbox() { return testing::TempDir() + "mailbox" + std::to_string(getpid()); }

TEST(ConformanceRtlTest, InThisProcess) {
  for (const char* config : {"base", "tiny"}) {
    const RtlCase c(kSeed, 5, config);
    std::string why;
    sim::RtlOptions options;
    options.memory_bytes = 1 << 20;
    const auto rtl = sim::RtlDevice::make(config, options, &why);
    ASSERT_NE(rtl, nullptr) << why;
    expect_conformance(rtl->hal(), c.program, c.windows);
  }
}

TEST(ConformanceRtlTest, InAnotherProcess) {
  const RtlCase c(kSeed);
  const ServeProcess server(mailbox());
  ASSERT_TRUE(server.is_up());
  tendon_hal_t hal = {};
  char text[256] = "";
  ASSERT_EQ(tendon_hal_open(("shm:" + mailbox()).c_str(), &hal, text, sizeof(text)), TENDON_OK)
      << text;
  expect_conformance(hal, c.program, c.windows);
  tendon_hal_close(&hal);
}

// The board's own binary, in an emulator, against the RTL.
TEST(ConformanceRtlTest, BoardBinaryAndAnotherProcess) {
  const RtlCase c(kSeed);
  const ServeProcess server(mailbox());
  ASSERT_TRUE(server.is_up());
  const std::string got = output_of("qemu-riscv64 " TENDON_RISCV64_HAL_CHECK " shm:" + mailbox() +
                                    c.files("conformance"));
  EXPECT_EQ(got.find("FAILED"), std::string::npos) << got;
  EXPECT_NE(got.find("16 checks, 0 failed\n"), std::string::npos) << got;
}

TEST(BoardBinaryTest, ClassifiesOnTheRtl) {
  const RtlCase c(kSeed, 20);
  const ServeProcess server(mailbox());
  ASSERT_TRUE(server.is_up());
  const std::string got = output_of("qemu-riscv64 " TENDON_RISCV64_CLASSIFY + c.files("board") +
                                    " --policy require --verify --hal shm:" + mailbox());
  std::istringstream lines(got);
  std::string line;
  for (std::size_t i = 0; i < c.labels.size(); ++i) {
    ASSERT_TRUE(std::getline(lines, line)) << got;
    const std::string want = std::to_string(i) + " " + std::to_string(c.labels[i]) + " ";
    EXPECT_EQ(line.substr(0, want.size()), want) << got;
  }
  EXPECT_FALSE(std::getline(lines, line)) << got;
}

}  // namespace
}  // namespace tendon::test
