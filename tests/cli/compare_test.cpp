// SPDX-License-Identifier: MIT
#include "cli/compare.hpp"

#include <gtest/gtest.h>

namespace tendon::cli {
namespace {

class CompareTest : public testing::Test {
 protected:
  CompareTest() {
    network_.tensors = {{"in", {1, 4, 3}}, {"a", {1, 4, 3}}, {"b", {1, 1, 2}}};
    network_.tensors[1].is_signed = true;
    network_.layers.resize(2);
    network_.layers[0].name = "conv1";
    network_.layers[0].output = 1;
    network_.layers[1].name = "dense";
    network_.layers[1].output = 2;
    run_.label = 1;
    run_.layers.resize(2);
    run_.layers[0].codes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    run_.layers[1].codes = {20, 30};
  }

  net::Network network_;
  engine::RunResult run_;
};

TEST_F(CompareTest, EqualRunsCountEveryValueAndTheLabel) {
  const Comparison comparison = compare(network_, run_, run_);
  EXPECT_FALSE(comparison.first);
  EXPECT_EQ(comparison.values, 12u + 2u + 1u);
}

TEST_F(CompareTest, FirstDifferenceNamesLayerPlaceAndBothValues) {
  engine::RunResult got = run_;
  got.layers[0].codes[7] = -3;
  got.layers[1].codes[0] = 99;
  const Comparison comparison = compare(network_, run_, got);
  ASSERT_TRUE(comparison.first);
  EXPECT_EQ(to_string(*comparison.first),
            "conv1: index 7 (row 0, column 2, channel 1): want 7 (0x07), got -3 (0xFD)");
  EXPECT_EQ(comparison.values, 8u);
}

TEST_F(CompareTest, LastValueOfTheLastLayerIsCompared) {
  engine::RunResult got = run_;
  got.layers[1].codes[1] = 31;
  ASSERT_TRUE(compare(network_, run_, got).first);
}

TEST_F(CompareTest, LabelAloneIsADifference) {
  engine::RunResult got = run_;
  got.label = 0;
  const Comparison comparison = compare(network_, run_, got);
  ASSERT_TRUE(comparison.first);
  EXPECT_EQ(comparison.first->layer, "label");
}

TEST_F(CompareTest, MissingTensorIsADifferenceNotASkip) {
  engine::RunResult got = run_;
  got.layers[1].codes.pop_back();
  const Comparison shorter = compare(network_, run_, got);
  ASSERT_TRUE(shorter.first);
  EXPECT_EQ(shorter.first->layer, "dense");
  EXPECT_EQ(shorter.first->want, 2);
  EXPECT_EQ(shorter.first->got, 1);
  got.layers.clear();
  ASSERT_TRUE(compare(network_, run_, got).first);
}

}  // namespace
}  // namespace tendon::cli
