// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "../data/contains.hpp"
#include "networks.hpp"
#include "quant/quant.hpp"

namespace tendon::quant {
namespace {

using test::contains;

TEST(Descriptions, ReferenceNetworksHaveTheirPublishedSizes) {
  EXPECT_EQ(parameters(db1_cnn(25, 10, 5)), 63101);
  EXPECT_EQ(parameters(db1_gap(25, 10, 5)), 63061);
}

TEST(Descriptions, TextAndBackIsTheSameNetwork) {
  for (const Description& description : {db1_cnn(25, 10, 5), db1_gap(40, 8, 7)}) {
    const auto back = parse_description(to_text(description));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(to_text(*back), to_text(description));
    EXPECT_EQ(*shapes(*back), *shapes(description));
  }
}

TEST(Descriptions, NamesLineAndWordThatIsWrong) {
  const auto message = [](const std::string& text) {
    const auto result = parse_description(text);
    return result ? "no error" : result.error().message;
  };
  EXPECT_TRUE(contains(message("input 25 10\nconv 8 kernal 3\n"), "line 2: unknown word kernal"));
  EXPECT_TRUE(contains(message("input 25 10\nconv x\n"), "no number behind conv: x"));
  EXPECT_TRUE(contains(message("input 25\n"), "line 1: a number is missing"));
  EXPECT_TRUE(contains(message("input 25 10\nconv 8 kernel 30\ndense 5\n"), "nothing is left"));
  EXPECT_TRUE(contains(message("input 25 10\ndense 5 relu\n"), "dense without ReLU"));
  EXPECT_TRUE(contains(message("# nothing\n"), "input of 0 samples"));
}

TEST(Fold, ComputesTheSameFunction) {
  const FloatNetwork network = test::random_float_network(db1_cnn(25, 10, 5), 4);
  ASSERT_TRUE(check(network));
  const data::Windows windows = test::synthetic_windows(25, 50);
  const auto before = logits(network, windows);
  ASSERT_TRUE(before);
  const FloatNetwork folded = fold(network);
  EXPECT_FALSE(folded.description.layers[0].batch_norm);
  // One convolution by hand: batch norm of the sum of the unfolded layer.
  const std::size_t fan = network.layers[0].weights.size() / 24;
  for (std::size_t o = 0; o < 24; ++o) {
    double plain = static_cast<double>(network.layers[0].bias[o]);
    double merged = static_cast<double>(folded.layers[0].bias[o]);
    for (std::size_t k = 0; k < fan; ++k) {
      const double x = 0.01 * static_cast<double>(k % 17);
      plain += x * static_cast<double>(network.layers[0].weights[o * fan + k]);
      merged += x * static_cast<double>(folded.layers[0].weights[o * fan + k]);
    }
    const BatchNorm& norm = network.layers[0].batch_norm;
    const double want = (plain - static_cast<double>(norm.mean[o])) /
                            std::sqrt(static_cast<double>(norm.variance[o] + norm.epsilon)) *
                            static_cast<double>(norm.gamma[o]) +
                        static_cast<double>(norm.beta[o]);
    EXPECT_NEAR(merged, want, 1e-5) << "channel " << o;
  }
}

TEST(CheckFloatNetwork, NamesLayerAndBothSizes) {
  FloatNetwork network = test::random_float_network(db1_cnn(25, 10, 5), 4);
  network.layers[1].weights.pop_back();
  Status status = check(network);
  ASSERT_FALSE(status);
  EXPECT_TRUE(contains(status.error().message, "layer conv2: 5375 weights, 5376 expected"));
  network = test::random_float_network(db1_cnn(25, 10, 5), 4);
  network.layers[4].bias[0] = std::nanf("");
  status = check(network);
  ASSERT_FALSE(status);
  EXPECT_TRUE(contains(status.error().message, "layer dense2: biases that are not finite"));
}

TEST(InputGain, IsOneOverThePercentileAndNamesAConstantChannel) {
  data::Windows windows;
  windows.source = "made";
  windows.length = 1;
  windows.channels = 2;
  for (int i = 0; i <= 100; ++i) {
    windows.volts.insert(windows.volts.end(), {static_cast<float>(i), 0.5f});
    windows.label.push_back(0);
  }
  auto gain = input_gain(windows);
  ASSERT_FALSE(gain);
  EXPECT_TRUE(contains(gain.error().message, "made: channel 2 is constant (0.500000 V"));
  windows.volts[1] = 0.25f;
  gain = input_gain(windows, 50.5);
  ASSERT_TRUE(gain) << gain.error().message;
  EXPECT_FLOAT_EQ((*gain)[0], 1.0f / 50.5f);
  EXPECT_FLOAT_EQ((*gain)[1], 2.0f);
}

}  // namespace
}  // namespace tendon::quant
