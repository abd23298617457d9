// SPDX-License-Identifier: MIT
// Processes die, stop and start again; the shared-memory HAL survives them.
#include <unistd.h>

#include <csignal>

#include "cpu_program.hpp"
#include "rtl_case.hpp"
#include "serve_process.hpp"
#include "shm/shm_region.hpp"
#include "tendon/tendon_hals.h"
#include "tendon/tendon_regs.h"

namespace tendon::test {
namespace {

constexpr unsigned kSeed = 1618;

class ShmTest : public testing::Test {
 protected:
  ~ShmTest() override { tendon_hal_close(&hal_); }

  tendon_status_t open(const std::string& options = "") {
    return tendon_hal_open(("shm:" + path_ + options).c_str(), &hal_, text_, sizeof(text_));
  }
  tendon_status_t read_id() {
    std::uint32_t value = 0;
    return hal_.reg_read(hal_.ctx, TENDON_ID_OFFSET, &value);
  }
  std::uint32_t requests() const {
    std::uint32_t count = 0;
    std::ifstream file(path_, std::ios::binary);
    file.seekg(offsetof(tendon_shm_t, request)).read(reinterpret_cast<char*>(&count), 4);
    return count;
  }

  std::string path_ = testing::TempDir() + "shm_test" + std::to_string(getpid());
  tendon_hal_t hal_ = {};
  char text_[256] = "";
};

TEST_F(ShmTest, AServerThatDiesIsABusErrorAndWindowsAreStillAnswered) {
  const RtlCase c(kSeed, 3);
  const ServeProcess server(path_);
  ASSERT_TRUE(server.is_up());
  ASSERT_EQ(open(), TENDON_OK) << text_;
  Bytes memory(tendon_device_size());
  tendon_device_t* device = nullptr;
  ASSERT_EQ(tendon_open(&hal_, nullptr, memory.data(), memory.size(), &device), TENDON_OK);
  {
    LoadedProgram program(c.program, device, TENDON_POLICY_PREFER);
    tendon_result_t result;
    ASSERT_EQ(program.run(c.windows[0], 0, &result), TENDON_OK);
    EXPECT_EQ(result.device_layers, 4u);
    ASSERT_EQ(tendon_submit(program.get(), c.windows[1].data(), c.windows[1].size(), nullptr),
              TENDON_OK);
    server.kill_and_look_away();
    result = sized<tendon_result_t>();
    ASSERT_EQ(tendon_wait(program.get(), &result), TENDON_OK);
    EXPECT_EQ(result.label, c.labels[1]);
    EXPECT_EQ(result.device_status, TENDON_E_BUS);
    EXPECT_EQ(result.fallback_layers, 4u);
    ASSERT_EQ(program.run(c.windows[2], 0, &result), TENDON_OK);
    EXPECT_EQ(result.label, c.labels[2]);
    EXPECT_STREQ(tendon_hal_trouble(&hal_), "the simulating process died");
  }
  tendon_close(device);
  tendon_hal_close(&hal_);
  EXPECT_EQ(open(), TENDON_E_NO_DEVICE);
  EXPECT_NE(std::string(text_).find("its server is dead"), std::string::npos) << text_;
  unlink(path_.c_str());
}

TEST_F(ShmTest, AServerThatStopsIsATimeoutAndMayComeBack) {
  const ServeProcess server(path_);
  ASSERT_TRUE(server.is_up());
  ASSERT_EQ(open(",timeout_ms=50"), TENDON_OK) << text_;
  EXPECT_EQ(read_id(), TENDON_OK);
  server.signal(SIGSTOP);
  EXPECT_EQ(read_id(), TENDON_E_BUS);
  EXPECT_STREQ(tendon_hal_trouble(&hal_), "the simulating process has not answered for 50 ms");
  const std::uint32_t asked = requests();
  EXPECT_EQ(read_id(), TENDON_E_BUS);
  EXPECT_EQ(requests(), asked) << "nothing new before the old request is answered";
  server.signal(SIGCONT);
  // The late answer is awaited by a second client, which gets the line when this one is closed.
  tendon_hal_close(&hal_);
  ASSERT_EQ(open(",timeout_ms=60000"), TENDON_OK) << text_;
  EXPECT_EQ(read_id(), TENDON_OK);
}

TEST_F(ShmTest, ASecondClientIsRefusedUntilTheFirstIsGone) {
  const ServeProcess server(path_);
  ASSERT_TRUE(server.is_up());
  ASSERT_EQ(open(), TENDON_OK) << text_;
  tendon_hal_t second = {};
  const std::string uri = "shm:" + path_;
  EXPECT_EQ(tendon_hal_open(uri.c_str(), &second, text_, sizeof(text_)), TENDON_E_IO);
  EXPECT_NE(std::string(text_).find("another program uses it"), std::string::npos) << text_;
  tendon_hal_close(&hal_);
  ASSERT_EQ(tendon_hal_open(uri.c_str(), &second, text_, sizeof(text_)), TENDON_OK) << text_;
  tendon_hal_close(&second);
}

TEST_F(ShmTest, WhatIsNoMailboxIsRefused) {
  RtlCase::write(path_, std::vector<std::uint8_t>(100));
  EXPECT_EQ(open(), TENDON_E_NO_DEVICE) << "too short";
  RtlCase::write(path_, std::vector<std::uint8_t>(8192));
  EXPECT_EQ(open(), TENDON_E_NO_DEVICE) << "no magic";
  EXPECT_NE(std::string(text_).find("magic 0x00000000 version 0"), std::string::npos) << text_;
  unlink(path_.c_str());
  std::string why;
  const auto region = sim::ShmRegion::make(path_, 0x40000000, 65536, &why);
  ASSERT_NE(region, nullptr) << why;
  ASSERT_TRUE(region->publish(&why)) << why;
  region->shared().dma_bytes += 1;
  EXPECT_EQ(open(), TENDON_E_NO_DEVICE) << "memory behind the end of the file";
  region->shared().dma_bytes -= 1;
  region->shared().dma_base = 0xFFFFFFC0u;
  EXPECT_EQ(open(), TENDON_E_NO_DEVICE) << "bus addresses wrap";
  region->shared().dma_base = 0x40000000;
  EXPECT_EQ(open(",timeout_ms=30"), TENDON_E_NO_DEVICE) << "nobody answers";
}

TEST_F(ShmTest, ANewServerTakesTheNameAndTheOldOneLeavesItAlone) {
  std::string why;
  auto old = sim::ShmRegion::make(path_, 0, 4096, &why);
  ASSERT_TRUE(old != nullptr && old->publish(&why)) << why;
  auto young = sim::ShmRegion::make(path_ + "2", 0, 4096, &why);
  ASSERT_NE(young, nullptr) << why;
  young.reset();
  EXPECT_EQ(access((path_ + "2").c_str(), F_OK), -1) << "was never published";
  const ServeProcess server(path_);
  ASSERT_TRUE(server.is_up());
  old.reset();
  ASSERT_EQ(open(), TENDON_OK) << text_;
  EXPECT_EQ(read_id(), TENDON_OK);
}

}  // namespace
}  // namespace tendon::test
