// SPDX-License-Identifier: MIT
// The companion system as Yosys hands it to place-and-route: same bits as the golden model, no X at
// the pins. Minutes of synthesis: only with TENDON_LONG=1.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "Vtendon_companion.h"
#include "verilated_board.hpp"
#include "walk.hpp"

namespace tendon::bringup {
namespace {

constexpr const char* kFolder = TENDON_NETLIST_FOLDER;
constexpr const char* kBuild = TENDON_NETLIST_BUILD;  // command that makes netlist and models

class NetlistTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* wanted = std::getenv("TENDON_LONG");
    if (wanted == nullptr || *wanted == '\0') {
      GTEST_SKIP() << "synthesis takes minutes; set TENDON_LONG=1 (./run test --long)";
    }
    if (std::system("command -v iverilog && command -v vvp && command -v make") != 0) {
      GTEST_SKIP() << "needs the packages iverilog and make";
    }
    static const int kBuilt = std::system(kBuild);
    ASSERT_EQ(kBuilt, 0) << kBuild;
  }
};

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST_F(NetlistTest, WalkFromWiresToLabelPassesOnTheNetlist) {
  const std::string log = std::string(kFolder) + "/walk.log";
  const std::string command = std::string(TENDON_NETLIST_WALK) + " > " + log;
  EXPECT_EQ(std::system(command.c_str()), 0) << contents(log);
}

struct Widths {
  int activation;
  int weight;
};

class FourStateTest : public NetlistTest, public testing::WithParamInterface<Widths> {};

TEST_P(FourStateTest, PinsAreThoseOfTheRtlAndNeverX) {
  const std::string pins_file = std::string(kFolder) + "/pins.txt";
  {
    VerilatedBoard<Vtendon_companion> board;
    SpiPins pins(board, 15'000);
    Link link(pins);
    std::FILE* file = std::fopen(pins_file.c_str(), "w");
    ASSERT_NE(file, nullptr) << pins_file;
    board.record(file);
    const Step step = walk_width_pair(link, GetParam().activation, GetParam().weight);
    board.record(nullptr);
    std::fclose(file);
    ASSERT_TRUE(step.passed) << step.found;
  }
  const std::string log = std::string(kFolder) + "/replay.log";
  const std::string command =
      "vvp -n " + std::string(kFolder) + "/replay.vvp +pins=" + pins_file + " > " + log;
  ASSERT_EQ(std::system(command.c_str()), 0) << contents(log);
  EXPECT_EQ(contents(log).rfind("passed", 0), 0u) << contents(log);
}

INSTANTIATE_TEST_SUITE_P(Widths, FourStateTest,
                         testing::Values(Widths{8, 8}, Widths{8, 2}, Widths{4, 4}, Widths{2, 2}),
                         [](const auto& tested) {
                           return std::to_string(tested.param.activation) + "x" +
                                  std::to_string(tested.param.weight);
                         });

}  // namespace
}  // namespace tendon::bringup
