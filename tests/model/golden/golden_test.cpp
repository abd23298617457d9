// SPDX-License-Identifier: MIT
#include "golden/golden.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "reference.hpp"
#include "zoo/zoo.hpp"

namespace tendon::golden {
namespace {

template <typename Value>
void expect_same(const std::vector<Value>& got, const reference::Values& want,
                 const std::string& what) {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i], want[i]) << what << " index " << i << std::hex << " got 0x" << got[i]
                               << " want 0x" << want[i];
  }
}

void expect_same_network(const net::Network& network, std::uint64_t seed) {
  const std::string where = network.name + " (seed " + std::to_string(seed) + ")";
  const auto model = Model::make(network);
  ASSERT_TRUE(model) << where << ": " << model.error().message;
  const auto window = zoo::random_window(network, seed);
  const auto got = model->run(window);
  ASSERT_TRUE(got) << where << ": " << got.error().message;
  const reference::Outcome want = reference::run(network, window);
  for (std::size_t t = 0; t < network.tensors.size(); ++t) {
    expect_same(got->tensors[t], want.tensors[t], where + " tensor " + network.tensors[t].name);
  }
  expect_same(got->accumulators, want.accumulators, where + " accumulators");
  EXPECT_EQ(got->label, want.label) << where;
}

TEST(Golden, EqualsPlainLoopsOnRandomLayers) {
  const std::uint64_t cases = std::getenv("TENDON_LONG") != nullptr ? 20'000 : 600;
  for (std::uint64_t seed = 0; seed < cases && !testing::Test::HasFatalFailure(); ++seed) {
    expect_same_network(zoo::random_layer_case(seed), seed);
  }
}

TEST(Golden, EqualsPlainLoopsOnReferenceNetworks) {
  for (const std::string& name : zoo::names()) {
    if (name == "all-convnet") continue;  // 14 M MAC in plain loops
    const auto network = zoo::random_network(name, {4}, {8}, 4);
    ASSERT_TRUE(network) << network.error().message;
    expect_same_network(*network, 4);
  }
}

net::Network dense_of(std::int8_t w0, std::int8_t w1) {
  net::Network n;
  n.name = "two";
  n.input_coding.gain = {1.0f};
  n.input_coding.table.assign(256, 0);
  n.tensors = {{"input", {1, 1, 1}, 8, false, 1.0f, 0}, {"scores", {1, 1, 2}, 8, true, 1.0f, 0}};
  net::Layer l;
  l.name = "dense";
  l.kind = net::LayerKind::kDense;
  l.inputs = {0};
  l.output = 1;
  l.weights = {w0, w1};
  l.bias = {0, 0};
  l.requant.assign(2, {1 << 23, 23});
  l.lo = -128;
  l.hi = 127;
  n.layers = {l};
  return n;
}

TEST(Golden, LabelComesFromAccumulatorsNotFromSaturatedCodes) {
  const std::vector<std::uint8_t> window = {255};
  const auto outcome = run(dense_of(100, 101), window);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->tensors[1], (Codes{127, 127}));
  EXPECT_EQ(outcome->accumulators, (std::vector<std::int32_t>{25'500, 25'755}));
  EXPECT_EQ(outcome->label, 1);
}

TEST(Golden, LowestIndexWinsATie) {
  const std::vector<std::uint8_t> window = {9};
  const auto outcome = run(dense_of(3, 3), window);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->label, 0);
}

TEST(Golden, RefusesAWindowOfAnotherSize) {
  const std::vector<std::uint8_t> window = {9, 9};
  const auto outcome = run(dense_of(1, 1), window);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().message.find("2 codes") != std::string::npos)
      << outcome.error().message;
  EXPECT_TRUE(outcome.error().message.find("takes 1") != std::string::npos)
      << outcome.error().message;
}

TEST(Golden, RefusesACodeOutsideTheInputRange) {
  net::Network n = dense_of(1, 1);
  n.tensors[0].bits = 4;
  const std::vector<std::uint8_t> window = {16};
  const auto outcome = run(n, window);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().message.find("is 16") != std::string::npos)
      << outcome.error().message;
  EXPECT_TRUE(outcome.error().message.find("0..15") != std::string::npos)
      << outcome.error().message;
}

TEST(Golden, RefusesAnIllegalNetwork) {
  net::Network n = dense_of(1, 1);
  n.layers[0].lo = -129;
  const std::vector<std::uint8_t> window = {1};
  const auto outcome = run(n, window);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().message.find("lo is -129") != std::string::npos)
      << outcome.error().message;
}

}  // namespace
}  // namespace tendon::golden
