// SPDX-License-Identifier: MIT
// The bus checker that runs in every simulation: silent on legal traffic, and each rule is noticed
// when it is broken.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "rtl/axi_checker.hpp"

namespace tendon::sim {
namespace {

constexpr unsigned kBusBytes = 16;

Pins idle() {
  Pins pins;
  pins.rst_n = true;
  return pins;
}

Pins address(bool write, std::uint32_t at, unsigned length, bool ready) {
  Pins pins = idle();
  AxiOut& out = pins.axi_out;
  (write ? out.awvalid : out.arvalid) = true;
  (write ? out.awaddr : out.araddr) = at;
  (write ? out.awlen : out.arlen) = length;
  (write ? out.awsize : out.arsize) = 4;
  (write ? out.awburst : out.arburst) = 1;
  (write ? pins.axi_in.awready : pins.axi_in.arready) = ready;
  return pins;
}

Pins write_beat(bool last, bool ready, std::uint8_t value = 0) {
  Pins pins = idle();
  pins.axi_out.wvalid = true;
  pins.axi_out.wlast = last;
  pins.axi_out.wdata[0] = value;
  pins.axi_in.wready = ready;
  return pins;
}

Pins response(bool ready) {
  Pins pins = idle();
  pins.axi_in.bvalid = true;
  pins.axi_out.bready = ready;
  return pins;
}

Pins read_beat(bool last, bool ready, std::uint8_t value = 0) {
  Pins pins = idle();
  pins.axi_in.rvalid = true;
  pins.axi_in.rlast = last;
  pins.axi_in.rdata[0] = value;
  pins.axi_out.rready = ready;
  return pins;
}

Pins lite(const std::function<void(LiteIn&, LiteOut&)>& set) {
  Pins pins = idle();
  set(pins.lite_in, pins.lite_out);
  return pins;
}

// First complaint about the cycles, after a reset and one quiet cycle.
std::string check(const std::vector<Pins>& cycles) {
  AxiChecker checker(kBusBytes);
  Pins reset;
  std::string broken = checker.cycle(reset);
  broken += checker.cycle(reset);
  broken += checker.cycle(idle());
  for (const Pins& pins : cycles) {
    if (broken.empty()) {
      broken = checker.cycle(pins);
    }
  }
  return broken;
}

bool says(const std::string& got, const std::string& want) {
  return got.find(want) != std::string::npos;
}

TEST(AxiCheckerTest, LegalTrafficPasses) {
  EXPECT_EQ(check({address(true, 0x1000, 1, false), address(true, 0x1000, 1, true),
                   write_beat(false, false), write_beat(false, true), write_beat(true, true),
                   response(false), response(true)}),
            "");
  EXPECT_EQ(check({write_beat(true, true), address(true, 0x1000, 0, true), response(true)}), "")
      << "data may come before its address";
  EXPECT_EQ(check({address(false, 0x1FF0, 0, true), address(false, 0x2000, 15, true),
                   read_beat(true, false), read_beat(true, true), read_beat(false, true)}),
            "");
  EXPECT_EQ(check({lite([](LiteIn& in, LiteOut& out) { in.wvalid = out.wready = true; }),
                   lite([](LiteIn& in, LiteOut& out) { in.awvalid = out.awready = true; }),
                   lite([](LiteIn& in, LiteOut& out) { out.bvalid = in.bready = true; }),
                   lite([](LiteIn& in, LiteOut& out) { in.arvalid = out.arready = true; }),
                   lite([](LiteIn& in, LiteOut& out) { out.rvalid = in.rready = true; })}),
            "");
}

TEST(AxiCheckerTest, AddressRules) {
  EXPECT_TRUE(says(check({address(false, 0x1008, 0, true)}), "misaligned"));
  EXPECT_TRUE(says(check({address(true, 0x1FF0, 1, true)}), "crosses 4 KiB"));
  EXPECT_TRUE(says(check({address(false, 0x1000, 16, true)}), "longer than 16"));
  Pins fixed = address(false, 0x1000, 0, true);
  fixed.axi_out.arburst = 0;
  EXPECT_TRUE(says(check({fixed}), "not INCR"));
  Pins narrow = address(true, 0x1000, 0, true);
  narrow.axi_out.awsize = 2;
  EXPECT_TRUE(says(check({narrow}), "size"));
}

TEST(AxiCheckerTest, ValidHoldsUntilReady) {
  EXPECT_TRUE(says(check({address(true, 0x1000, 0, false), idle()}), "AW changed"));
  EXPECT_TRUE(
      says(check({address(true, 0x1000, 0, false), address(true, 0x1010, 0, true)}), "AW changed"));
  EXPECT_TRUE(says(check({address(false, 0x1000, 0, false), address(false, 0x1000, 1, true)}),
                   "AR changed"));
  EXPECT_TRUE(says(check({write_beat(true, false), write_beat(true, true, 1)}), "W changed"));
  EXPECT_TRUE(says(
      check({address(false, 0x1000, 0, true), read_beat(true, false), read_beat(true, true, 1)}),
      "R changed"));
  EXPECT_TRUE(
      says(check({address(true, 0x1000, 0, true), write_beat(true, true), response(false), idle()}),
           "B changed"));
  EXPECT_TRUE(says(check({lite([](LiteIn& in, LiteOut&) { in.awvalid = true; }), idle()}),
                   "AXI4-Lite AW changed"));
  EXPECT_TRUE(says(
      check({lite([](LiteIn& in, LiteOut&) { in.wvalid = true; }), lite([](LiteIn& in, LiteOut&) {
               in.wvalid = true;
               in.wdata = 1;
             })}),
      "AXI4-Lite W changed"));
  EXPECT_TRUE(says(check({lite([](LiteIn& in, LiteOut&) { in.arvalid = true; }), idle()}),
                   "AXI4-Lite AR changed"));
  EXPECT_TRUE(says(check({lite([](LiteIn& in, LiteOut& out) { in.arvalid = out.arready = true; }),
                          lite([](LiteIn&, LiteOut& out) { out.rvalid = true; }), idle()}),
                   "AXI4-Lite R changed"));
  EXPECT_TRUE(says(check({lite([](LiteIn& in, LiteOut& out) {
                            in.awvalid = out.awready = in.wvalid = out.wready = true;
                          }),
                          lite([](LiteIn&, LiteOut& out) { out.bvalid = true; }), idle()}),
                   "AXI4-Lite B changed"));
}

TEST(AxiCheckerTest, LastComesWherePromised) {
  EXPECT_TRUE(says(check({address(true, 0x1000, 1, true), write_beat(true, true)}), "W last"));
  EXPECT_TRUE(
      says(check({address(true, 0x1000, 0, true), write_beat(false, true)}), "without last"));
  EXPECT_TRUE(
      says(check({write_beat(false, true), write_beat(true, true), address(true, 0x1000, 0, true)}),
           "W last"));
  EXPECT_TRUE(says(check({address(false, 0x1000, 1, true), read_beat(true, true)}), "R last"));
  EXPECT_TRUE(says(check({address(false, 0x1000, 0, true), read_beat(false, true)}), "R last"));
}

TEST(AxiCheckerTest, AnswersFollowTheirQuestions) {
  EXPECT_TRUE(says(check({response(true)}), "B before"));
  EXPECT_TRUE(says(check({address(true, 0x1000, 0, true), response(true)}), "B before"));
  EXPECT_TRUE(says(check({write_beat(true, true), response(true)}), "B before"));
  EXPECT_TRUE(says(check({read_beat(true, true)}), "R without"));
  EXPECT_TRUE(
      says(check({lite([](LiteIn&, LiteOut& out) { out.rvalid = true; })}), "AXI4-Lite R without"));
  EXPECT_TRUE(says(check({lite([](LiteIn& in, LiteOut& out) { in.awvalid = out.awready = true; }),
                          lite([](LiteIn&, LiteOut& out) { out.bvalid = true; })}),
                   "AXI4-Lite B before"));
}

TEST(AxiCheckerTest, NothingIsValidInReset) {
  AxiChecker checker(kBusBytes);
  Pins reset;
  EXPECT_EQ(checker.cycle(reset), "");
  reset.axi_out.arvalid = true;
  EXPECT_TRUE(says(checker.cycle(reset), "valid in reset"));

  AxiChecker first(kBusBytes);
  EXPECT_EQ(first.cycle(Pins{}), "");
  EXPECT_TRUE(says(first.cycle(address(false, 0x1000, 0, true)), "valid in reset"));
}

}  // namespace
}  // namespace tendon::sim
