// SPDX-License-Identifier: MIT
// The riscv64 build of `classify` under qemu-riscv64 gives the labels of the native library.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "cpu_program.hpp"
#include "output_of.hpp"
#include "random_network.hpp"

namespace tendon::test {
namespace {

constexpr unsigned kSeed = 64;
constexpr int kWindows = 20;

void write_bytes(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(file.good()) << path;
}

TEST(Riscv64Test, ClassifyUnderQemuGivesTheNativeLabels) {
  Random random(kSeed);
  const net::Network network = small_network(random);
  const auto file = write_program(network);
  LoadedProgram native(file, nullptr, TENDON_POLICY_CPU_ONLY);
  std::vector<std::uint8_t> windows;
  std::ostringstream want;
  for (int i = 0; i < kWindows; ++i) {
    const auto window = random_window(network, random);
    windows.insert(windows.end(), window.begin(), window.end());
    tendon_result_t result;
    ASSERT_EQ(native.run(window, 0, &result), TENDON_OK);
    want << i << ' ' << result.label << ' ' << tendon_class_name(native.get(), result.label) << ' '
         << result.max_acc << '\n';
  }
  const std::string folder = testing::TempDir();
  write_bytes(folder + "riscv64_test.tdn", file);
  write_bytes(folder + "riscv64_test.windows", windows);
  const std::string arguments =
      " " + folder + "riscv64_test.tdn " + folder + "riscv64_test.windows";
  EXPECT_EQ(output_of("qemu-riscv64 " TENDON_RISCV64_CLASSIFY + arguments), want.str());
}

}  // namespace
}  // namespace tendon::test
