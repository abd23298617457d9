// SPDX-License-Identifier: MIT
#include "zoo/zoo.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "golden/golden.hpp"

namespace tendon::zoo {
namespace {

using net::LayerKind;

struct Size {
  std::int64_t weights = 0, biases = 0, macs = 0;
};

Size size_of(const std::string& name) {
  const auto network = random_network(name, {8}, {8}, 1);
  Size size;
  if (!network) return size;
  for (const net::Layer& layer : network->layers) {
    size.weights += static_cast<std::int64_t>(layer.weights.size());
    size.biases += static_cast<std::int64_t>(layer.bias.size());
    size.macs += net::macs(*network, layer);
  }
  return size;
}

TEST(Zoo, ReferenceNetworksHaveThePublishedSizes) {
  const Size cnn = size_of("db1-cnn");
  EXPECT_EQ(cnn.weights, 62'672);
  EXPECT_EQ(cnn.biases, 189);
  EXPECT_EQ(cnn.macs, 379'472);
  EXPECT_EQ(size_of("db1-gap").macs, 631'616);
  const Size convnet = size_of("all-convnet");
  EXPECT_EQ(convnet.weights, 460'352);
  EXPECT_EQ(convnet.weights + convnet.biases, 461'064);
  EXPECT_NEAR(static_cast<double>(convnet.macs), 14.37e6, 0.01e6);
  EXPECT_EQ(size_of("conv1d-64").macs, 64 * 64 * 3 * 256);
  EXPECT_EQ(size_of("dense-768").macs, 768 * 64);
  EXPECT_EQ(size_of("conv1x1-32").macs, 32 * 32);
  EXPECT_EQ(size_of("depthwise-64").macs, 64 * 3 * 64);
}

TEST(Zoo, MixedWidthsGiveThePublishedPayload) {
  const auto network = random_network("db1-cnn", {8, 4, 4, 2, 8}, {8}, 1);
  ASSERT_TRUE(network) << network.error().message;
  EXPECT_EQ(net::payload_bytes(*network), 21'749);
}

TEST(Zoo, ActivationWidthsAreThoseOfTheInputsBehindTheFirstLayer) {
  const auto mixed = random_network("db1-cnn", {8}, {4, 2, 8, 4}, 1);
  ASSERT_TRUE(mixed) << mixed.error().message;
  std::vector<int> bits;
  for (const net::Tensor& tensor : mixed->tensors) bits.push_back(tensor.bits);
  EXPECT_EQ(bits, (std::vector<int>{8, 4, 2, 8, 4, 8}));
  const auto all = random_network("db1-cnn", {2}, {2, 4, 4, 4, 4}, 1);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->tensors[0].bits, 2);
  const auto single = random_network("conv1d-64", {2}, {2}, 1);
  ASSERT_TRUE(single) << single.error().message;
  EXPECT_EQ(single->tensors[0].bits, 2);
  EXPECT_EQ(single->tensors[1].bits, 2);
}

TEST(Zoo, RefusesUnknownNamesAndWidths) {
  const auto unknown = random_network("db2-cnn", {8}, {8}, 1);
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(unknown.error().message.find("'db2-cnn'") != std::string::npos);
  EXPECT_TRUE(unknown.error().message.find("db1-cnn, db1-gap") != std::string::npos);
  const auto widths = random_network("db1-cnn", {8, 8}, {8}, 1);
  ASSERT_FALSE(widths);
  EXPECT_TRUE(widths.error().message.find("2 weight widths for 5 layers") != std::string::npos);
  EXPECT_FALSE(random_network("db1-cnn", {3}, {8}, 1));
  EXPECT_FALSE(random_network("db1-cnn", {8}, {8, 8, 8}, 1));
}

/// A layer whose codes sit at one end of the range would hide errors of the layers before it.
TEST(Zoo, RandomNetworksUseTheRangeOfTheirActivations) {
  for (const int bits : {2, 4, 8}) {
    const auto network = random_network("db1-cnn", {bits}, {bits}, 3);
    ASSERT_TRUE(network) << network.error().message;
    const auto model = golden::Model::make(*network);
    ASSERT_TRUE(model) << model.error().message;
    const auto outcome = model->run(random_window(*network, 77));
    ASSERT_TRUE(outcome);
    for (std::size_t t = 1; t < network->tensors.size(); ++t) {
      const golden::Codes& codes = outcome->tensors[t];
      const std::set<std::int16_t> different(codes.begin(), codes.end());
      const auto top = std::count(codes.begin(), codes.end(), network->tensors[t].code_max());
      EXPECT_GE(different.size(), std::min<std::size_t>(3, codes.size())) << "tensor " << t;
      EXPECT_LT(top, static_cast<std::ptrdiff_t>(codes.size() * 6 / 10))
          << "tensor " << t << " bits " << bits;
    }
  }
}

TEST(Zoo, SameSeedGivesTheSameNetwork) {
  const auto a = random_network("db1-cnn", {4}, {4}, 9);
  const auto b = random_network("db1-cnn", {4}, {4}, 9);
  const auto c = random_network("db1-cnn", {4}, {4}, 10);
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(a->layers[3].weights, b->layers[3].weights);
  EXPECT_EQ(a->layers[3].requant, b->layers[3].requant);
  EXPECT_NE(a->layers[3].weights, c->layers[3].weights);
}

TEST(RandomLayerCase, IsLegalAndReachesEveryKindWidthAndMode) {
  std::set<LayerKind> kinds;
  std::set<std::pair<int, int>> widths;
  std::set<net::Rounding> modes;
  int odd = 0, is_signed = 0, pooled = 0, dilated = 0, image = 0, deep = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const net::Network network = random_layer_case(seed);
    const Status status = net::check(network);
    ASSERT_TRUE(status) << "seed " << seed << ": " << status.error().message;
    deep += network.layers.size() > 1;
    for (const net::Layer& layer : network.layers) {
      const net::Tensor& in = network.tensors[static_cast<std::size_t>(layer.inputs[0])];
      kinds.insert(layer.kind);
      modes.insert(layer.rounding);
      if (!layer.weights.empty()) widths.insert({in.bits, layer.weight_bits});
      odd += layer.grid == net::WeightGrid::kOdd;
      is_signed += in.is_signed;
      pooled += layer.fused_pool > 1;
      dilated += layer.column.dilation > 1;
      image += in.shape.rows > 1;
    }
  }
  EXPECT_EQ(kinds.size(), 8u);
  EXPECT_EQ(widths.size(), 9u);
  EXPECT_EQ(modes.size(), 5u);
  for (const int count : {odd, is_signed, pooled, dilated, image, deep}) EXPECT_GT(count, 20);
}

TEST(RandomLayerCase, KeepsToTheKindsAskedFor) {
  CaseOptions options;
  options.kinds = {LayerKind::kConv, LayerKind::kDense};
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    for (const net::Layer& layer : random_layer_case(seed, options).layers) {
      EXPECT_TRUE(layer.kind == LayerKind::kConv || layer.kind == LayerKind::kDense)
          << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace tendon::zoo
