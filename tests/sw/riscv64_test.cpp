// SPDX-License-Identifier: MIT
// The riscv64 build of `classify` under qemu-riscv64 gives the labels of the native library.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "cpu_program.hpp"
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

std::string output_of(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "popen failed";
  std::string text;
  char buffer[4096];
  while (const std::size_t got = std::fread(buffer, 1, sizeof(buffer), pipe)) {
    text.append(buffer, got);
  }
  const int code = pclose(pipe);
  return code == 0 ? text : text + "exit code " + std::to_string(code);
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
