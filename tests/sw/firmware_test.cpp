// SPDX-License-Identifier: MIT
// The bare-metal build of driver and kernels in qemu-system-riscv64 gives the native labels.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>

#include "cpu_program.hpp"
#include "output_of.hpp"
#include "random_network.hpp"

namespace tendon::test {
namespace {

constexpr unsigned kSeed = 33;
constexpr int kWindows = 25;

class FirmwareTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v qemu-system-riscv64 >/dev/null") != 0) {
      GTEST_SKIP() << "qemu-system-riscv64 is not installed (package qemu-system-misc)";
    }
  }
  ~FirmwareTest() override {
    for (const char* end : {".tdn", ".windows"}) unlink((path_ + end).c_str());
  }

  void write(const char* end, const std::vector<std::uint8_t>& bytes) const {
    std::ofstream file(path_ + end, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    ASSERT_TRUE(file.good());
  }
  // What the firmware prints, without carriage returns.
  std::string run(std::size_t windows, std::size_t window_bytes) const {
    std::ostringstream command;
    const auto word = [&](std::uint32_t address, std::size_t value) {
      command << " -device loader,addr=" << address << ",data=" << value << ",data-len=4";
    };
    command << "timeout 60 qemu-system-riscv64 -M virt -m 64M -bios none -nographic -monitor none"
            << " -kernel " TENDON_VIRT_ELF
            << " -device loader,force-raw=on,addr=0x82000000,file=" << path_
            << ".tdn -device loader,force-raw=on,addr=0x83000000,file=" << path_ << ".windows";
    word(0x83FFFFC0u, windows);
    word(0x83FFFFC4u, window_bytes);
    std::string text = output_of(command.str());
    std::erase(text, '\r');
    return text;
  }

  std::string path_ = testing::TempDir() + "firmware_test" + std::to_string(getpid());
};

/// A network, windows that it does not all give the same label, and what the firmware should print.
struct Case {
  std::vector<std::uint8_t> file;
  std::vector<std::uint8_t> windows;
  std::string want;
};

Case telling_case() {
  Random random(kSeed);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const net::Network network = small_network(random);
    Case c{write_program(network), {}, ""};
    LoadedProgram native(c.file, nullptr, TENDON_POLICY_CPU_ONLY);
    std::set<int> labels;
    for (int i = 0; i < kWindows; ++i) {
      const auto window = random_window(network, random);
      c.windows.insert(c.windows.end(), window.begin(), window.end());
      tendon_result_t result;
      EXPECT_EQ(native.run(window, 0, &result), TENDON_OK);
      labels.insert(result.label);
      c.want +=
          std::to_string(result.label) + " " + tendon_class_name(native.get(), result.label) + "\n";
    }
    if (labels.size() > 1) return c;
  }
  ADD_FAILURE() << "1000 networks from seed " << kSeed << " on, each with one label only";
  return {};
}

TEST_F(FirmwareTest, BareMetalGivesTheNativeLabels) {
  const Case c = telling_case();
  write(".tdn", c.file);
  write(".windows", c.windows);
  EXPECT_EQ(run(kWindows, c.windows.size() / kWindows), c.want);
}

TEST_F(FirmwareTest, ADamagedProgramIsNamedAndEndsWithACode) {
  Random random(kSeed);
  auto file = write_program(small_network(random));
  file[file.size() / 2] ^= 1;
  write(".tdn", file);
  write(".windows", {0});
  EXPECT_EQ(run(1, 1), "tendon: load: program file damaged or not legal\nexit code 1");
}

}  // namespace
}  // namespace tendon::test
