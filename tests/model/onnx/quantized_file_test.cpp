// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "../data/contains.hpp"
#include "onnx/graph.hpp"
#include "onnx/metadata.hpp"
#include "onnx/onnx.hpp"
#include "onnx/quantized_graph.hpp"
#include "zoo/zoo.hpp"

namespace tendon::onnx {
namespace {

using test::contains;

std::span<const std::uint8_t> as_bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// First field in which two networks differ; empty when they are the same bit for bit.
std::string difference(const net::Network& a, const net::Network& b) {
  if (to_metadata(a) != to_metadata(b))
    return "metadata:\n" + to_metadata(a) + "\n" + to_metadata(b);
  for (std::size_t i = 0; i < a.tensors.size(); ++i) {
    if (a.tensors[i].scale != b.tensors[i].scale) return "scale of tensor " + std::to_string(i);
  }
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    const std::string where = " of layer " + std::to_string(i);
    if (a.layers[i].weights != b.layers[i].weights) return "weights" + where;
    if (a.layers[i].bias != b.layers[i].bias) return "bias" + where;
    if (a.layers[i].table != b.layers[i].table) return "table" + where;
    std::vector<float> scales = a.layers[i].weight_scales;
    if (!a.layers[i].bias.empty()) scales.resize(a.layers[i].bias.size(), 1.0f);
    if (scales != b.layers[i].weight_scales) return "weight scales" + where;
  }
  return {};
}

TEST(QuantizedFile, RandomNetworksOfEveryKindComeBackTheSame) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const net::Network network = zoo::random_layer_case(seed);
    const auto bytes = encode(network);
    ASSERT_TRUE(bytes) << "seed " << seed << ": " << bytes.error().message;
    const auto back = decode(as_bytes(*bytes));
    ASSERT_TRUE(back) << "seed " << seed << ": " << back.error().message;
    ASSERT_EQ(difference(network, *back), "") << "seed " << seed;
  }
}

net::Network reference() { return zoo::random_network("db1-cnn", {8, 4, 4, 2, 8}, {8}, 5).value(); }

TEST(QuantizedFile, EveryTruncationIsRefused) {
  const std::string bytes = *encode(reference());
  for (std::size_t size = 0; size < bytes.size(); size += 37) {
    ASSERT_FALSE(decode(as_bytes(bytes.substr(0, size)))) << "cut to " << size << " bytes";
  }
}

TEST(QuantizedFile, FlippedBitsAreRefusedOrGiveALegalNetwork) {
  const std::string bytes = *encode(reference());
  int refused = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 211) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    const auto network = decode(as_bytes(damaged));
    refused += !network;
    ASSERT_TRUE(!network || net::check(*network)) << "byte " << at;
  }
  EXPECT_GT(refused, 0);
}

TEST(QuantizedFile, AGraphThatDisagreesWithItsMetadataIsRefused) {
  Model model = to_graph(reference());
  model.initializers.back().reals.assign(1, 0.125f);  // the Clip or scale a viewer would show
  model.initializers.back().integers.clear();
  model.initializers.back().type = Type::kFloat;
  model.initializers.back().dims.clear();
  const auto constant = decode(as_bytes(encode_model(model)));
  ASSERT_FALSE(constant);
  EXPECT_TRUE(contains(constant.error().message, "initializer"));

  model = to_graph(reference());
  model.nodes.pop_back();
  const auto node = decode(as_bytes(encode_model(model)));
  ASSERT_FALSE(node);
  EXPECT_TRUE(contains(node.error().message, "is not as the metadata says"));
}

TEST(QuantizedFile, NamesAMissingKeyAndAnotherProgramsFile) {
  Model model = to_graph(reference());
  std::string& text = model.metadata[kNetworkKey];
  text.replace(text.find("\"rounding\""), 10, "\"rnd\"");
  auto network = decode(as_bytes(encode_model(model)));
  ASSERT_FALSE(network);
  EXPECT_TRUE(contains(network.error().message, "key rounding is missing"));
  model.metadata.clear();
  network = decode(as_bytes(encode_model(model)));
  ASSERT_FALSE(network);
  EXPECT_TRUE(contains(network.error().message, "tendon.network is missing"));
  EXPECT_FALSE(decode(as_bytes("not a file at all")));
}

TEST(QuantizedFile, AnIllegalNetworkIsNotWritten) {
  net::Network network = reference();
  network.layers[0].weights[0] = 100;
  network.layers[0].weight_bits = 4;
  EXPECT_FALSE(encode(network));
}

TEST(QuantizedFile, NarrowCodesRideInFourBitElements) {
  const Model model = to_graph(reference());
  const auto four = find(model, "l1.weight"), two = find(model, "l3.weight"),
             eight = find(model, "l4.weight");
  ASSERT_TRUE(four && two && eight);
  EXPECT_EQ((*four)->type, Type::kInt4);
  EXPECT_EQ((*two)->type, Type::kInt4);
  EXPECT_EQ((*eight)->type, Type::kInt8);
}

}  // namespace
}  // namespace tendon::onnx
