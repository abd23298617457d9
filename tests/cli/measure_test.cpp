// SPDX-License-Identifier: MIT
#include "cli/measure.hpp"

#include <gtest/gtest.h>

namespace tendon::cli {
namespace {

class MeasureTest : public testing::Test {
 protected:
  MeasureTest() {
    network_.tensors = {{"in", {1, 16, 16}}, {"mid", {1, 16, 4}}, {"out", {1, 1, 8}}};
    network_.tensors[1].bits = 4;
    net::Layer conv;
    conv.name = "conv";
    conv.inputs = {0};
    conv.output = 1;
    conv.weight_bits = 8;
    conv.weights.assign(4 * 16, 1);
    conv.bias.assign(4, 0);
    net::Layer dense = conv;
    dense.name = "dense";
    dense.kind = net::LayerKind::kDense;
    dense.inputs = {1};
    dense.output = 2;
    dense.weight_bits = 2;
    dense.weights.assign(8 * 64, 1);
    dense.bias.assign(8, 0);
    network_.layers = {conv, dense};

    run_.layers.resize(2);
    run_.layers[0] = {{}, true, {40, 16, 1, 2, 3, 8, 5, 5}};
    run_.layers[1] = {{}, true, {10, 1, 9, 0, 0, 0, 0, 0}};
    run_.total = {50, 17, 10, 2, 3, 8, 5, 5};
  }

  net::Network network_;
  engine::RunResult run_;
};

TEST(ArrayTest, PeakGrowsWithNarrowerOperands) {
  const Array base{4, 4, 16};
  EXPECT_DOUBLE_EQ(base.peak(8, 8), 64.0);
  EXPECT_DOUBLE_EQ(base.peak(8, 2), 256.0);
  EXPECT_DOUBLE_EQ(base.peak(4, 4), 256.0);
  EXPECT_DOUBLE_EQ(base.peak(2, 2), 1024.0);
}

TEST_F(MeasureTest, UtilizationIsNeededOverAllCycles) {
  const auto result = measure(network_, run_, {39, 12}, Array{});
  ASSERT_TRUE(result) << result.error().message;
  // conv: 16 positions x 4 channels x 16 = 1,024 MAC at 64 a cycle = 16 of 40 cycles;
  // dense: 512 MAC at 4 x 4 x 16 x 2 / 1 = 512 a cycle = 1 of 10.
  EXPECT_EQ(result->layers[0].macs, 1024u);
  EXPECT_DOUBLE_EQ(result->layers[0].utilization, 0.4);
  EXPECT_DOUBLE_EQ(result->layers[1].utilization, 0.1);
  EXPECT_DOUBLE_EQ(result->utilization, 17.0 / 50);
  EXPECT_EQ(result->predicted_cycles, 51u);
}

TEST_F(MeasureTest, PositionsThatAPoolDropsAreNoWork) {
  network_.tensors[0].shape.columns = 17;
  network_.tensors[1].shape.columns = 8;
  network_.layers[0].fused_pool = 2;
  network_.layers[1].weights.assign(8 * 32, 1);
  const auto result = measure(network_, run_, {0, 0}, Array{});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->layers[0].macs, 1024u);  // 16 of the 17 positions
  EXPECT_DOUBLE_EQ(result->layers[0].utilization, 0.4);
}

TEST_F(MeasureTest, CyclesWithoutACauseAreAnError) {
  run_.layers[1].counters.wait_weights = 8;
  const auto layer = measure(network_, run_, {0, 0}, Array{});
  ASSERT_FALSE(layer);
  EXPECT_EQ(layer.error().message, "cycles of layer dense is 10, but its parts add up to 9");
}

TEST_F(MeasureTest, LayersMustAddUpToTheTotal) {
  run_.total.cycles = 51;
  run_.total.dma = 6;
  const auto result = measure(network_, run_, {0, 0}, Array{});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "cycles of the network is 51, but its parts add up to 50");
  run_.total.cycles = 50;
  EXPECT_FALSE(measure(network_, run_, {0, 0}, Array{}));
}

TEST_F(MeasureTest, JsonHasThePromisedKeys) {
  const auto result = measure(network_, run_, {39, 12}, Array{});
  ASSERT_TRUE(result);
  const Json layer = to_json(result->layers[1]);
  for (const char* key :
       {"name", "cycles", "macs", "utilization", "activation_bits", "weight_bits"}) {
    EXPECT_TRUE(layer.contains(key)) << key;
  }
  EXPECT_EQ(layer.at("activation_bits"), 4);
  EXPECT_EQ(layer.at("weight_bits"), 2);
  const Json total = total_to_json(*result);
  for (const char* key : {"cycles", "macs", "utilization"}) {
    EXPECT_TRUE(total.contains(key)) << key;
  }
}

TEST_F(MeasureTest, TextHasOneRowPerLayerAndATotal) {
  const auto result = measure(network_, run_, {42, 10}, Array{});
  ASSERT_TRUE(result);
  const std::string text = to_text(*result);
  EXPECT_NE(text.find("conv "), std::string::npos);
  EXPECT_NE(text.find("+5.0 %"), std::string::npos) << text;
  EXPECT_NE(text.find("34.0 %"), std::string::npos) << text;
}

}  // namespace
}  // namespace tendon::cli
