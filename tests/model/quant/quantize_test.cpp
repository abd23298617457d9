// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "../data/contains.hpp"
#include "golden/golden.hpp"
#include "networks.hpp"
#include "quant/calibrate.hpp"
#include "quant/quant.hpp"

namespace tendon::quant {
namespace {

using test::contains;

double agreement(const FloatNetwork& network, const net::Network& integer,
                 const data::Windows& windows) {
  const auto a = evaluate(network, windows), b = evaluate(integer, windows);
  EXPECT_TRUE(a && b);
  int equal = 0;
  for (std::size_t i = 0; i < a->labels.size(); ++i) equal += a->labels[i] == b->labels[i];
  return static_cast<double>(equal) / static_cast<double>(a->labels.size());
}

std::string message(const Result<net::Network>& result) {
  return result ? "no error" : result.error().message;
}

class Quantize : public ::testing::Test {
 protected:
  const FloatNetwork network_ = test::random_float_network(db1_cnn(25, 10, 5), 9);
  const data::Windows windows_ = test::synthetic_windows(25, 20);
};

TEST_F(Quantize, EightBitsGiveNearlyTheFloatLabels) {
  const auto integer = quantize(network_, windows_, {});
  ASSERT_TRUE(integer) << integer.error().message;
  EXPECT_GT(agreement(network_, *integer, windows_), 0.97);
}

TEST_F(Quantize, EveryAssignmentOfBitsPassesTheNetworkRules) {
  for (const int a : {2, 4, 8}) {
    for (const int b : {2, 4, 8}) {
      for (const auto grid : {net::WeightGrid::kTwos, net::WeightGrid::kOdd}) {
        Options options;
        options.weight_bits = {a, b, a, b, a};
        options.activation_bits = {b, a, b, a};
        options.two_bit_grid = grid;
        const auto integer = quantize(network_, windows_, options);
        ASSERT_TRUE(integer) << a << "/" << b << ": " << integer.error().message;
        EXPECT_EQ(integer->layers[0].weight_bits, a);
        EXPECT_EQ(integer->tensors[1].bits, b);
        EXPECT_EQ(integer->layers[0].grid, a == 2 ? grid : net::WeightGrid::kTwos);
      }
    }
  }
}

TEST_F(Quantize, PayloadsAreThoseOfTheReferenceTable) {
  Options options;
  options.weight_bits = {8, 8, 4, 4, 4};
  EXPECT_EQ(net::payload_bytes(*quantize(network_, windows_, options)), 36565);
  options.weight_bits = {8, 4, 4, 2, 8};
  EXPECT_EQ(net::payload_bytes(*quantize(network_, windows_, options)), 21749);
}

TEST_F(Quantize, AllRoundingModesGiveALegalNetwork) {
  for (const auto mode : {net::Rounding::kFloat, net::Rounding::kEven, net::Rounding::kUp,
                          net::Rounding::kTflite, net::Rounding::kFloor}) {
    Options options;
    options.rounding = mode;
    const auto integer = quantize(network_, windows_, options);
    ASSERT_TRUE(integer) << net::to_string(mode) << ": " << integer.error().message;
    EXPECT_GT(agreement(network_, *integer, windows_), 0.95) << net::to_string(mode);
  }
}

TEST_F(Quantize, BiasCorrectionRemovesTheMeanErrorOfTwoBitWeights) {
  Options options;
  options.weight_bits = {2};
  const auto corrected = quantize(network_, windows_, options);
  options.bias_correction = false;
  const auto plain = quantize(network_, windows_, options);
  ASSERT_TRUE(corrected && plain);
  const auto want = logits(network_, windows_);
  const auto mean_error = [&](const net::Network& integer) {
    const auto got = logits(integer, windows_);
    std::vector<double> sums(5, 0.0);
    for (std::size_t i = 0; i < got->size(); ++i) {
      sums[i % 5] += static_cast<double>((*got)[i] - (*want)[i]) / windows_.count();
    }
    double worst = 0.0;
    for (const double s : sums) worst = std::max(worst, std::abs(s));
    return worst;
  };
  EXPECT_LT(mean_error(*corrected), 0.25 * mean_error(*plain));
}

TEST_F(Quantize, RefusesAnAllZeroLayerAndWrongBits) {
  FloatNetwork zero = network_;
  std::fill(zero.layers[2].weights.begin(), zero.layers[2].weights.end(), 0.0f);
  EXPECT_TRUE(contains(message(quantize(zero, windows_, {})), "layer conv3: all weights are zero"));
  Options options;
  options.weight_bits = {8, 8};
  EXPECT_TRUE(
      contains(message(quantize(network_, windows_, options)), "2 weight bits given, 5 needed"));
  options.weight_bits = {3};
  EXPECT_TRUE(contains(message(quantize(network_, windows_, options)), "3 bits, 2, 4 or 8"));
  data::Windows other = test::synthetic_windows(20, 20);
  EXPECT_TRUE(
      contains(message(quantize(network_, other, {})), "takes windows of 25x10, got 20x10"));
}

TEST_F(Quantize, AZeroChannelAndATinyChannelStayLegal) {
  FloatNetwork odd = network_;
  for (std::size_t k = 0; k < 70; ++k) {
    odd.layers[0].weights[k] = 0.0f;
    odd.layers[0].weights[70 + k] = 1e-12f;
  }
  for (const int bits : {8, 2}) {
    Options options;
    options.weight_bits = {bits};
    const auto integer = quantize(odd, windows_, options);
    ASSERT_TRUE(integer) << integer.error().message;
  }
}

TEST_F(Quantize, GlobalAverageNetworkAgreesToo) {
  const FloatNetwork gap = test::random_float_network(db1_gap(25, 10, 5), 2);
  const auto integer = quantize(gap, windows_, {});
  ASSERT_TRUE(integer) << integer.error().message;
  EXPECT_GT(agreement(gap, *integer, windows_), 0.95);
}

TEST_F(Quantize, LogitsOfTheIntegerNetworkAreThoseOfTheFloatOne) {
  const auto integer = quantize(network_, windows_, {});
  ASSERT_TRUE(integer);
  const auto a = logits(network_, windows_), b = logits(*integer, windows_);
  ASSERT_TRUE(a && b);
  double signal = 0.0, noise = 0.0;
  for (std::size_t i = 0; i < a->size(); ++i) {
    const double x = static_cast<double>((*a)[i]), y = static_cast<double>((*b)[i]);
    signal += x * x;
    noise += (x - y) * (x - y);
  }
  EXPECT_LT(noise, 1e-3 * signal);
}

TEST(WeightScale, LineSearchIsNoWorseThanTheLargestWeight) {
  std::vector<float> weights(200, 0.01f);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= static_cast<float>(i % 7) - 3.0f;
  weights[0] = 0.12f;  // an outlier that two bits should not be spent on
  const WeightCodes codes{2, net::WeightGrid::kTwos};
  const float scale = weight_scale(weights, codes, 1e-9f);
  EXPECT_LT(scale, 0.06f);
  EXPECT_EQ(codes.nearest(0.12f / scale), 1);
}

TEST(WeightCodes, OddGridRoundsToTheNearestOfFour) {
  const WeightCodes odd{2, net::WeightGrid::kOdd};
  for (float w = -5.0f; w <= 5.0f; w += 0.125f) {
    const int got = net::weight_value(net::WeightGrid::kOdd, odd.nearest(w));
    for (const int other : {-3, -1, 1, 3}) {
      EXPECT_LE(std::abs(w - static_cast<float>(got)), std::abs(w - static_cast<float>(other)))
          << w;
    }
  }
}

TEST(ParseBits, TakesOnlyTwoFourEight) {
  EXPECT_EQ(*parse_bits("8/4/4/2/8"), (std::vector<int>{8, 4, 4, 2, 8}));
  EXPECT_EQ(bits_to_text({8, 4, 2}), "8/4/2");
  for (const char* bad : {"", "3", "8/", "8//4", "16", "8/x"}) EXPECT_FALSE(parse_bits(bad)) << bad;
}

TEST(Evaluate, CountsConfusionTrialsAndRefusesNan) {
  const FloatNetwork network = test::random_float_network(db1_cnn(25, 10, 5), 9);
  data::Windows windows = test::synthetic_windows(25, 20);
  const auto integer = quantize(network, windows, {});
  ASSERT_TRUE(integer);
  const auto result = evaluate(*integer, windows);
  ASSERT_TRUE(result);
  int all = 0, right = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    right += result->confusion[i][i];
    for (const int n : result->confusion[i]) all += n;
  }
  EXPECT_EQ(all, windows.count());
  EXPECT_DOUBLE_EQ(result->accuracy, static_cast<double>(right) / all);
  windows.volts[windows.size() * 3 + 5] = std::nanf("");
  const auto bad = evaluate(*integer, windows);
  ASSERT_FALSE(bad);
  EXPECT_TRUE(contains(bad.error().message, "window 3"));
}

}  // namespace
}  // namespace tendon::quant
