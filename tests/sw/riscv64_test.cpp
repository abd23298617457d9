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

TEST(Riscv64Test, ClassifyNamesWhatIsWrong) {
  Random random(kSeed);
  const net::Network network = small_network(random);
  const std::string folder = testing::TempDir() + "riscv64_bad_";
  const auto file = write_program(network);
  const auto window = random_window(network, random);
  write_bytes(folder + "net", file);
  write_bytes(folder + "cut", {file.begin(), file.begin() + 100});
  write_bytes(folder + "window", window);
  write_bytes(folder + "short", {window.begin(), window.end() - 1});
  write_bytes(folder + "empty", {});
  const auto says = [&](const std::string& arguments) {
    return output_of("qemu-riscv64 " TENDON_RISCV64_CLASSIFY " " + arguments);
  };
  const std::string net = folder + "net ";
  const auto expect = [](const std::string& got, const std::string& want) {
    EXPECT_NE(got.find(want), std::string::npos) << got << "want " << want;
  };
  expect(says(net + folder + "none"), "none: No such file or directory");
  expect(says(folder + "cut " + folder + "window"), "header: file has 100 bytes, header says");
  expect(says(net + folder + "short"), "are not a multiple of a window's");
  expect(says(net + folder + "empty"), "empty: empty, want windows of ");
  expect(says(net + folder + "window --hal usb:1"), "'usb:1' begins with none of shm:");
  // Not an illegal instruction.
  expect(says(net + folder + "window --level rvv071"),
         "level rvv071: this processor does not execute it");
}

}  // namespace
}  // namespace tendon::test
