// SPDX-License-Identifier: MIT
#include "zoo/description.hpp"

#include <gtest/gtest.h>

#include "zoo/zoo.hpp"

namespace tendon::zoo {
namespace {

constexpr const char* kText = R"({
  "name": "mine", "input": {"columns": 25, "channels": 10}, "classes": ["rest", "fist"],
  "layers": [{"kind": "conv", "outputs": 24, "kernel": 7, "stride": 2, "pad": 3, "pool": 2, "relu": true},
             {"kind": "depthwise", "name": "dw", "kernel": 3, "dilation": 2, "pad": 2},
             {"kind": "max_pool", "kernel": 2}, {"kind": "avg_pool"}, {"kind": "dense", "outputs": 2}]})";

TEST(Description, ReadsLayersWithTheirDefaults) {
  const auto d = parse_description(kText);
  ASSERT_TRUE(d) << d.error().message;
  ASSERT_EQ(d->layers.size(), 5u);
  EXPECT_EQ(d->layers[0].name, "conv1");
  EXPECT_EQ(d->layers[0].column.stride, 2);
  EXPECT_EQ(d->layers[0].fused_pool, 2);
  EXPECT_EQ(d->layers[1].name, "dw");
  EXPECT_EQ(d->layers[2].column.stride, 2);  // a pool's stride is its kernel
  const auto shapes = layer_shapes(*d);
  ASSERT_TRUE(shapes);
  std::string all;
  for (const net::Shape& shape : *shapes) all += net::to_string(shape) + " ";
  EXPECT_EQ(all, "1x6x24 1x6x24 1x3x24 1x1x24 1x1x2 ");
  EXPECT_TRUE(random_network(*d, {4}, {8}, 1));
}

TEST(Description, WritesWhatItReads) {
  for (const std::string& name : names()) {
    const auto d = describe(name);
    ASSERT_TRUE(d);
    const std::string text = to_json(*d);
    const auto again = parse_description(text);
    ASSERT_TRUE(again) << name << ": " << again.error().message;
    EXPECT_EQ(to_json(*again), text);
  }
}

struct Refusal {
  const char* name;
  const char* json;
  const char* word;
};

class DescriptionRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(DescriptionRefusal, NamesPlaceAndValue) {
  const auto d = parse_description(GetParam().json);
  ASSERT_FALSE(d);
  EXPECT_TRUE(d.error().message.find(GetParam().word) != std::string::npos) << d.error().message;
}

const Refusal kRefusals[] = {
    {"broken", "{\"name\": ", "not valid JSON"},
    {"no_object", "[1]", "description must be an object"},
    {"no_input", R"({"layers": [{"kind": "dense", "outputs": 2}]})", "no 'input'"},
    {"no_channels", R"({"input": {"columns": 4}, "layers": []})", "no 'channels'"},
    {"no_layers", R"({"input": {"columns": 4, "channels": 2}, "layers": []})",
     "at least one layer"},
    {"no_outputs", R"({"input": {"columns": 4, "channels": 2}, "layers": [{"kind": "dense"}]})",
     "layer 0"},
    {"kind", R"({"input": {"columns": 4, "channels": 2}, "layers": [{"kind": "lstm"}]})", "'lstm'"},
    {"key",
     R"({"input": {"columns": 4, "channels": 2}, "layers": [{"kind": "dense", "outputs": 2, "pool": 2}]})",
     "unknown key 'pool'"},
    {"type",
     R"({"input": {"columns": "4", "channels": 2}, "layers": [{"kind": "dense", "outputs": 2}]})",
     "whole number"},
    {"size",
     R"({"input": {"columns": 4, "channels": 70000}, "layers": [{"kind": "dense", "outputs": 2}]})",
     "is 70000"},
    {"window",
     R"({"input": {"columns": 4, "channels": 2}, "layers": [{"kind": "conv", "outputs": 2, "kernel": 5}]})",
     "window is 5, padded input 4"},
    {"pool",
     R"({"input": {"columns": 4, "channels": 2}, "layers": [{"kind": "conv", "outputs": 2, "pool": 5}]})",
     "pool is 5, columns 4"},
    {"classes",
     R"({"input": {"columns": 4, "channels": 2}, "classes": ["a"], "layers": [{"kind": "dense", "outputs": 2}]})",
     "1 classes"},
};

INSTANTIATE_TEST_SUITE_P(All, DescriptionRefusal, testing::ValuesIn(kRefusals),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tendon::zoo
