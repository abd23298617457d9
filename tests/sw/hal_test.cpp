// SPDX-License-Identifier: MIT
// HALs that need no simulator: the conformance suite over the fake device and over mapped files,
// and what URIs mean.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "conformance.hpp"
#include "fake_device.hpp"
#include "hal/dma_pool.hpp"
#include "hal/options.hpp"
#include "random_network.hpp"
#include "tendon/tendon_hals.h"
#include "tendon/tendon_regs.h"

namespace tendon::test {
namespace {

constexpr unsigned kSeed = 2718;
constexpr std::uint32_t kDmaBytes = 1 << 20;

struct Case {
  Random random{kSeed};
  net::Network network = small_network(random);
  std::vector<std::vector<std::uint8_t>> windows;
  Case() {
    for (int i = 0; i < 5; ++i) windows.push_back(random_window(network, random));
  }
};

/// An opened HAL and what opening said.
struct Opened {
  explicit Opened(const std::string& uri) {
    status = tendon_hal_open(uri.c_str(), &hal, text, sizeof(text));
  }
  ~Opened() { tendon_hal_close(&hal); }
  tendon_hal_t hal = {};
  char text[256] = "";
  tendon_status_t status;
};

/// Registers that are memory, then device memory; a folder with the maps of a UIO device.
class MappedFile : public testing::Test {
 protected:
  MappedFile() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ + "/sys/uio7/maps/map1");
    std::filesystem::create_directories(folder_ + "/dev");
    std::vector<char> bytes(4096 + kDmaBytes);
    const std::uint32_t id = TENDON_ID_RESET;
    std::memcpy(bytes.data(), &id, sizeof(id));
    std::ofstream(file_, std::ios::binary).write(bytes.data(), 4096 + kDmaBytes);
    write("addr", "0x40000000\n");
    write("size", "0x100000\n");
  }
  ~MappedFile() override { std::filesystem::remove_all(folder_); }

  void write(const char* name, const char* text) {
    std::ofstream(folder_ + "/sys/uio7/maps/map1/" + name) << text;
  }
  std::string mem() const { return "mem:0,4096,0x100000,bus=0x82f40000,path=" + file_; }
  std::string uio() const { return "uio:" + file_ + ",sysfs=" + folder_ + "/sys"; }

  std::string folder_ = testing::TempDir() + "hal_test" + std::to_string(getpid());
  std::string file_ = folder_ + "/dev/uio7";
};

TEST(ConformanceTest, FakeDevice) {
  Case c;
  FakeDevice fake;
  fake.set_network(c.network);
  expect_conformance(fake.hal(), write_program(c.network, std::vector<bool>(4, true)), c.windows);
  EXPECT_EQ(fake.live_buffers(), 0u);
}

TEST_F(MappedFile, MeetsTheSeam) {
  Case c;
  Opened opened(mem());
  ASSERT_EQ(opened.status, TENDON_OK) << opened.text;
  expect_conformance(opened.hal, write_program(c.network), c.windows, true);
}

// The bytes are where the URI says: registers at 0, device memory from 4096 on at its bus address.
TEST_F(MappedFile, PutsRegistersAndMemoryWhereTheUriSays) {
  Opened opened(mem());
  ASSERT_EQ(opened.status, TENDON_OK) << opened.text;
  const tendon_hal_t& hal = opened.hal;
  tendon_dma_t dma = {};
  ASSERT_EQ(hal.reg_write(hal.ctx, TENDON_SCRATCH_OFFSET, 0x01020304), TENDON_OK);
  ASSERT_EQ(hal.dma_alloc(hal.ctx, 64, &dma), TENDON_OK);
  EXPECT_EQ(dma.bus, 0x82F40000u);
  std::memcpy(dma.cpu, "abcd", 4);
  ASSERT_EQ(hal.dma_sync(hal.ctx, &dma, 0, 4, TENDON_DMA_TO_DEVICE), TENDON_OK);
  char got[4] = {};
  std::ifstream file(file_, std::ios::binary);
  file.seekg(TENDON_SCRATCH_OFFSET).read(got, 4);
  EXPECT_EQ(std::string(got, 4), "\x04\x03\x02\x01");
  file.seekg(4096).read(got, 4);
  EXPECT_EQ(std::string(got, 4), "abcd");
}

TEST_F(MappedFile, APendingInterruptEndsTheWait) {
  Opened opened(mem());
  ASSERT_EQ(opened.status, TENDON_OK) << opened.text;
  const tendon_hal_t& hal = opened.hal;
  ASSERT_EQ(hal.reg_write(hal.ctx, TENDON_IRQ_STATUS_OFFSET, 1), TENDON_OK);
  EXPECT_EQ(hal.irq_wait(hal.ctx, 100), TENDON_E_TIMEOUT) << "not enabled";
  ASSERT_EQ(hal.reg_write(hal.ctx, TENDON_IRQ_EN_OFFSET, 1), TENDON_OK);
  EXPECT_EQ(hal.irq_wait(hal.ctx, std::uint64_t{3600} * 1000000), TENDON_OK);
}

// A UIO device without its interrupt: what is read from an ordinary file is a spurious one.
TEST_F(MappedFile, IsAlsoAUioDevice) {
  Case c;
  Opened opened(uio());
  ASSERT_EQ(opened.status, TENDON_OK) << opened.text;
  expect_conformance(opened.hal, write_program(c.network), c.windows, true);
}

TEST_F(MappedFile, MapsThatAreNotThereAreRefused) {
  write("size", "0x200000\n");
  EXPECT_EQ(Opened(uio()).status, TENDON_E_IO) << "behind the end of the file";
  write("size", "many\n");
  EXPECT_EQ(Opened(uio()).status, TENDON_E_IO);
  write("size", "0x100000\n");
  write("addr", "0xFFF80000\n");
  EXPECT_EQ(Opened(uio()).status, TENDON_E_IO) << "wraps around 2^32";
  EXPECT_EQ(Opened("uio:" + folder_ + "/dev/uio8,sysfs=" + folder_).status, TENDON_E_IO);
  EXPECT_EQ(Opened("mem:0,4096,0x100040,path=" + file_).status, TENDON_E_IO);
}

TEST(UriTest, WhatIsNotLegalIsNamed) {
  constexpr const char* kBad[] = {"",
                                  "rtl:base",
                                  "shm:",
                                  "shm:/x,timeout_ms=0",
                                  "shm:/x,timeout_ms=5s",
                                  "shm:/x,timeout=5",
                                  "mem:0x1000,0x2000",
                                  "mem:0x1001,0x2000,4096",
                                  "mem:0x1000,0x2000,12ab",
                                  "mem:0x1000,0x2000,0x90000000",
                                  "mem:0x1000,0x2000,4096,bus=32",
                                  "mem:0x1000,0x2000,4096,bus=",
                                  "uio:",
                                  "spi:",
                                  "spi:/dev/spidev0.0,hz=0",
                                  "spi:/dev/spidev0.0,hz=48000001"};
  for (const char* uri : kBad) {
    Opened opened(uri);
    EXPECT_EQ(opened.status, TENDON_E_ARG) << uri;
    EXPECT_STRNE(opened.text, "") << uri;
    EXPECT_EQ(opened.hal.ctx, nullptr) << uri;
  }
  EXPECT_EQ(Opened("shm:/no/such/mailbox").status, TENDON_E_IO);
  EXPECT_EQ(Opened("spi:/dev/no-such-spidev").status, TENDON_E_IO);
  EXPECT_EQ(tendon_hal_open(nullptr, nullptr, nullptr, 0), TENDON_E_ARG);
}

TEST(UriTest, OptionsAreFoundByNameAndPlace) {
  const hal::Options options("/a/b,0x10,bus=0x20,path=/c,17");
  char text[8] = "";
  std::uint64_t number = 0;
  EXPECT_TRUE(options.word(0, text, sizeof(text)));
  EXPECT_STREQ(text, "/a/b");
  EXPECT_FALSE(options.word(0, text, 4)) << "does not fit";
  EXPECT_TRUE(options.number(1, &number));
  EXPECT_EQ(number, 16u);
  EXPECT_TRUE(options.number(4, &number));
  EXPECT_EQ(number, 17u);
  EXPECT_FALSE(options.number(2, &number)) << "is a name=value";
  EXPECT_FALSE(options.number(5, &number));
  EXPECT_TRUE(options.value("bus", &number));
  EXPECT_EQ(number, 32u);
  EXPECT_TRUE(options.value("us", &number));
  EXPECT_EQ(number, 32u) << "no such name: unchanged";
}

TEST(DmaPoolTest, GapsAreUsedAgainAndNothingOverlaps) {
  Random random(kSeed);
  hal::DmaPool pool;
  pool.manage(0x1000, 65536);
  std::vector<tendon_dma_t> live;
  for (int round = 0; round < 2000; ++round) {
    if (!live.empty() && random() % 3 == 0) {
      const std::size_t victim = random() % live.size();
      pool.free(&live[victim]);
      EXPECT_EQ(live[victim].cpu, nullptr);
      live.erase(live.begin() + static_cast<long>(victim));
      continue;
    }
    tendon_dma_t dma = {};
    const auto bytes = static_cast<std::uint32_t>(1 + random() % 5000);
    if (pool.alloc(bytes, &dma) != TENDON_OK) continue;
    ASSERT_GE(dma.bus, 0x1000u);
    ASSERT_LE(dma.bus + bytes, 0x1000u + 65536u);
    for (const tendon_dma_t& other : live) {
      ASSERT_TRUE(dma.bus + bytes + 64 <= other.bus || other.bus + other.bytes + 64 <= dma.bus)
          << "seed " << kSeed << " round " << round;
    }
    live.push_back(dma);
  }
  EXPECT_GT(live.size(), 5u);
  for (tendon_dma_t& dma : live) pool.free(&dma);
  tendon_dma_t all = {};
  EXPECT_EQ(pool.alloc(65536, &all), TENDON_OK);
  EXPECT_EQ(pool.alloc(1, &all), TENDON_E_MEMORY);
}

}  // namespace
}  // namespace tendon::test
