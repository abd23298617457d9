// SPDX-License-Identifier: MIT
// Which kernel level a machine takes: by maker and by trying, never by what the kernel says of 'V'.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "emulator.hpp"
#include "tendon/tendon_host.h"

namespace tendon::test {
namespace {

const std::string kProgram = " " TENDON_RISCV64_KERNEL_LEVEL " ";

// A folder that describes a machine in place of /proc.
class HostLevelTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "host_level_" +
            testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(root_ + "/proc/device-tree/cpus/cpu@0");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& text) {
    std::ofstream(root_ + path, std::ios::binary) << text;
  }

  std::string level_on(const std::string& emulator) {
    return output_of(emulator + kProgram + root_).text;
  }

  std::string root_;
};

void expect_start(const std::string& text, const std::string& start) {
  // qemu 10 warns about its own processor on a line before.
  EXPECT_NE(("\n" + text).find("\n" + start), std::string::npos) << text;
}

TEST_F(HostLevelTest, PlainProcessorTakesSwarWhateverTheIsaLineSays) {
  write("/proc/cpuinfo", "processor\t: 0\nisa\t: rv64imafdcv\nmvendorid\t: 0x5b7\n");
  expect_start(level_on(kQemu), "swar: vendor 0x5b7 (mvendorid of /proc/cpuinfo)");
}

TEST_F(HostLevelTest, VectorsOfVersionOneNeedNoVendor) {
  expect_start(level_on(kQemuRvv10), "rvv10: vendor unknown");
}

TEST_F(HostLevelTest, VectorsWithout64BitElementsAreNotTaken) {
  expect_start(level_on("qemu-riscv64 -cpu rv64,v=false,Zve32f=true,vlen=128,elen=32"), "swar");
}

TEST_F(HostLevelTest, XtheadNeedsTheVendor) {
  if (const std::string why = missing(kQemuXthead); !why.empty()) GTEST_SKIP() << why;
  expect_start(level_on(kQemuXthead), "swar: vendor unknown");
  write("/proc/cpuinfo", "hart\t: 0\nuarch\t: thead,c906\n");
  expect_start(level_on(kQemuXthead), "xthead: vendor 0x5b7 (uarch of /proc/cpuinfo)");
}

TEST_F(HostLevelTest, XtheadIsFoundByTheKernelsProbe) {
  if (const std::string why = missing(kQemuXthead); !why.empty()) GTEST_SKIP() << why;
  expect_start(output_of(kQemuXthead + kProgram).text, "xthead: vendor 0x5b7 (riscv_hwprobe)");
}

TEST_F(HostLevelTest, OldVectorsNeedTheVendor) {
  if (const std::string why = missing(kQemuRvv071); !why.empty()) GTEST_SKIP() << why;
  write("/proc/cpuinfo", "processor\t: 0\nisa\t: rv64imafdcvsu\n");
  expect_start(level_on(kQemuRvv071), "swar: vendor unknown");
  write("/proc/device-tree/cpus/cpu@0/compatible", std::string("thead,c906\0riscv", 16));
  expect_start(level_on(kQemuRvv071), "rvv071: vendor 0x5b7 (device tree)");
}

TEST_F(HostLevelTest, AnotherVendorsOldVectorsAreNotTaken) {
  if (const std::string why = missing(kQemuRvv071); !why.empty()) GTEST_SKIP() << why;
  write("/proc/cpuinfo", "mvendorid : 0x489\nuarch : thead,c906\n");
  expect_start(level_on(kQemuRvv071), "swar: vendor 0x489");
}

TEST_F(HostLevelTest, VariableOverrides) {
  expect_start(output_of("TENDON_KERNELS=portable " + kQemuRvv10 + kProgram).text,
               "portable: TENDON_KERNELS says so");
  expect_start(output_of("TENDON_KERNELS=auto " + kQemuRvv10 + kProgram).text, "rvv10");
  if (const std::string why = missing(kQemuRvv071); !why.empty()) GTEST_SKIP() << why;
  expect_start(output_of("TENDON_KERNELS=rvv071 " + kQemuRvv071 + kProgram).text,
               "rvv071: TENDON_KERNELS says so");
}

TEST_F(HostLevelTest, BadVariableIsAnErrorThatNamesIt) {
  const Output unknown = output_of("TENDON_KERNELS=fast " + kQemu + kProgram);
  EXPECT_NE(unknown.code, 0);
  EXPECT_NE(unknown.text.find("TENDON_KERNELS is 'fast', want auto, portable, swar, xthead"),
            std::string::npos)
      << unknown.text;
  for (const char* level : {"xthead", "rvv071", "rvv10"}) {
    const Output trapped =
        output_of(std::string("TENDON_KERNELS=") + level + " " + kQemu + kProgram);
    EXPECT_NE(trapped.code, 0);
    EXPECT_NE(trapped.text.find(std::string("TENDON_KERNELS is '") + level +
                                "', which this processor does not execute"),
              std::string::npos)
        << trapped.text;
  }
}

TEST_F(HostLevelTest, NativeLibraryKeepsTheLevelOnAnError) {
  tendon_level_t level = TENDON_LEVEL_PORTABLE;
  char text[160] = "";
  ASSERT_EQ(setenv("TENDON_KERNELS", "rvv10", 1), 0);
  EXPECT_EQ(tendon_host_level(&level, text, sizeof(text)), TENDON_E_UNSUPPORTED);
  EXPECT_STREQ(text, "TENDON_KERNELS is 'rvv10', which this build does not hold");
  EXPECT_EQ(level, TENDON_LEVEL_PORTABLE);
  ASSERT_EQ(setenv("TENDON_KERNELS", "", 1), 0);
  EXPECT_EQ(tendon_host_level(&level, nullptr, 0), TENDON_OK);
  EXPECT_EQ(level, TENDON_LEVEL_SWAR);
  EXPECT_EQ(tendon_host_level(nullptr, text, sizeof(text)), TENDON_E_ARG);
  unsetenv("TENDON_KERNELS");
}

}  // namespace
}  // namespace tendon::test
