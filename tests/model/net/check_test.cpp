// SPDX-License-Identifier: MIT
// Every rule of numerics.md: one break each, and the message names place, rule and both values.
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "example.hpp"

namespace tendon::net {
namespace {

struct Break {
  const char* name;
  std::function<void(Network&)> apply;
  std::vector<std::string> words;  // all in the message
};

class CheckTest : public testing::TestWithParam<Break> {};

TEST_P(CheckTest, RefusesAndNamesPlaceRuleAndBothValues) {
  Network n = example_network();
  ASSERT_TRUE(check(n)) << check(n).error().message;
  GetParam().apply(n);
  const Status status = check(n);
  ASSERT_FALSE(status);
  for (const std::string& word : GetParam().words) {
    EXPECT_TRUE(status.error().message.find(word) != std::string::npos)
        << "no '" << word << "' in: " << status.error().message;
  }
}

void to_add(Network& n) {  // replaces the dense layer by features + features
  Layer& l = n.layers[1];
  l = Layer{};
  l.name = "sum";
  l.kind = LayerKind::kAdd;
  l.inputs = {1, 1};
  l.output = 2;
  l.requant.assign(2, {1 << 20, 24});
  l.rounding = Rounding::kEven;
  l.lo = -128;
  l.hi = 127;
  n.tensors[2].shape = {1, 4, 5};
  n.classes.clear();
}

void to_kind(Network& n, LayerKind kind) {
  to_add(n);
  n.layers[1].kind = kind;
  n.layers[1].inputs = {1};
  n.layers[1].requant.clear();
  n.tensors[2] = n.tensors[1];
}

const Break kBreaks[] = {
    {"no_layers", [](Network& n) { n.layers.clear(); }, {"no layers"}},
    {"no_tensors", [](Network& n) { n.tensors.clear(); }, {"no tensors"}},
    {"tensor_bits",
     [](Network& n) { n.tensors[1].bits = 3; },
     {"'features'", "bits is 3", "2, 4 or 8"}},
    {"tensor_shape", [](Network& n) { n.tensors[1].shape.columns = 0; }, {"'features'", "1x0x5"}},
    {"tensor_scale", [](Network& n) { n.tensors[1].scale = 0.0f; }, {"'features'", "scale is 0.0"}},
    {"zero_point", [](Network& n) { n.tensors[1].zero_point = 16; }, {"zero point is 16", "0..15"}},
    {"gain_count", [](Network& n) { n.input_coding.gain.pop_back(); }, {"1 gains", "2 channels"}},
    {"gain_value", [](Network& n) { n.input_coding.gain[1] = -1.0f; }, {"channel 1", "-1.0"}},
    {"coding_size", [](Network& n) { n.input_coding.table.pop_back(); }, {"255 entries", "256"}},
    {"coding_range",
     [](Network& n) { n.tensors[0].bits = 4; },
     {"table entry 16 is 16", "'input'", "0..15"}},
    {"layer_name", [](Network& n) { n.layers[0].name.clear(); }, {"no name"}},
    {"same_name", [](Network& n) { n.layers[1].name = "conv"; }, {"'conv'", "same name"}},
    {"kind", [](Network& n) { n.layers[0].kind = LayerKind{9}; }, {"'conv'", "kind is 9", "1..8"}},
    {"rounding", [](Network& n) { n.layers[0].rounding = Rounding{5}; }, {"rounding is 5", "0..4"}},
    {"grid", [](Network& n) { n.layers[0].grid = WeightGrid{2}; }, {"weight grid is 2", "0..1"}},
    {"input_count",
     [](Network& n) {
       n.layers[0].inputs = {0, 0};
     },
     {"inputs is 2", "must be 1"}},
    {"input_index", [](Network& n) { n.layers[0].inputs = {7}; }, {"index is 7", "0..2"}},
    {"input_order",
     [](Network& n) { n.layers[0].inputs = {2}; },
     {"'conv'", "tensor 2", "not written"}},
    {"output_index",
     [](Network& n) { n.layers[0].output = 0; },
     {"output tensor index is 0", "1..2"}},
    {"output_twice", [](Network& n) { n.layers[1].output = 1; }, {"'dense'", "tensor 1", "too"}},
    {"unwritten", [](Network& n) { n.tensors.push_back(n.tensors[2]); }, {"no layer writes"}},
    {"kernel", [](Network& n) { n.layers[0].column.kernel = 0; }, {"column kernel is 0"}},
    {"stride", [](Network& n) { n.layers[0].row.stride = 0; }, {"row stride is 0"}},
    {"dilation", [](Network& n) { n.layers[0].column.dilation = 0; }, {"column dilation is 0"}},
    {"padding", [](Network& n) { n.layers[0].column.pad_end = 3; }, {"behind is 3", "0..2"}},
    {"window",
     [](Network& n) {
       n.layers[0].column = {13, 1, 1, 1, 1};
     },
     {"window is 13", "padded input 11"}},
    {"pool_range", [](Network& n) { n.layers[0].fused_pool = 10; }, {"fused pool is 10", "1..9"}},
    {"pool_last",
     [](Network& n) {
       n.layers.pop_back();
       n.tensors.pop_back();
       n.classes.clear();
     },
     {"'conv'", "fused pool of the last layer is 2"}},
    {"pool_kind", [](Network& n) { n.layers[1].fused_pool = 2; }, {"'dense'", "fused pool is 2"}},
    {"output_shape", [](Network& n) { n.tensors[1].shape.columns = 5; }, {"1x5x5", "1x4x5"}},
    {"bias_count", [](Network& n) { n.layers[1].bias.pop_back(); }, {"'dense'", "1x1x3", "1x1x2"}},
    {"weight_count", [](Network& n) { n.layers[0].weights.pop_back(); }, {"weights is 29", "30"}},
    {"weight_scales", [](Network& n) { n.layers[0].weight_scales = {1.0f}; }, {"scales is 1", "5"}},
    {"weight_bits", [](Network& n) { n.layers[0].weight_bits = 5; }, {"weight bits is 5"}},
    {"odd_bits", [](Network& n) { n.layers[1].weight_bits = 4; }, {"odd grid is 4", "2"}},
    {"weight_code", [](Network& n) { n.layers[0].weights[3] = 8; }, {"weight code is 8", "-8..7"}},
    {"scale_count", [](Network& n) { n.layers[0].requant.pop_back(); }, {"scales is 4", "5"}},
    {"shift", [](Network& n) { n.layers[0].requant[2].shift = 64; }, {"shift is 64", "0..63"}},
    {"multiplier_low",
     [](Network& n) { n.layers[0].requant[2].multiplier = (1 << 23) - 1; },
     {"multiplier is 8388607", "8388608..16777215"}},
    {"multiplier_high",
     [](Network& n) { n.layers[0].requant[2].multiplier = 1 << 24; },
     {"16777216"}},
    {"tflite_multiplier",
     [](Network& n) {
       n.layers[1].rounding = Rounding::kTflite;
       n.layers[1].requant.assign(3, {1 << 24, 31});
     },
     {"multiplier is 16777216", "1073741824..2147483647"}},
    {"tflite_shift",
     [](Network& n) {
       n.layers[1].rounding = Rounding::kTflite;
       n.layers[1].requant.assign(3, {1 << 30, 30});
     },
     {"shift is 30", "31..62"}},
    {"lo", [](Network& n) { n.layers[0].lo = -1; }, {"lo is -1", "0..15"}},
    {"hi", [](Network& n) { n.layers[0].hi = 16; }, {"hi is 16", "0..15"}},
    {"lo_hi", [](Network& n) { n.layers[1].lo = 5, n.layers[1].hi = 4; }, {"hi is 4", "5..127"}},
    {"float_bound",
     [](Network& n) { n.layers[0].bias[0] = 1 << 24; },
     {"'conv'", "16785532", "16777216", "2^24"}},
    {"int_bound",
     [](Network& n) { n.layers[1].bias[0] = std::numeric_limits<std::int32_t>::min(); },
     {"'dense'", "2147484248", "2147483648", "2^31"}},
    {"class_count", [](Network& n) { n.classes.pop_back(); }, {"2 class names", "3 channels"}},
    {"add_shapes",
     [](Network& n) {
       to_add(n), n.layers[1].inputs = {0, 1};
     },
     {"1x9x2", "1x4x5"}},
    {"add_shift", [](Network& n) { to_add(n), n.layers[1].requant[1].shift = 23; }, {"23", "24"}},
    {"add_tflite",
     [](Network& n) {
       to_add(n);
       n.layers[1].rounding = Rounding::kTflite;
       n.layers[1].requant.assign(2, {1 << 30, 31});
     },
     {"'sum'", "tflite"}},
    {"add_bias", [](Network& n) { to_add(n), n.layers[1].bias = {1}; }, {"biases is 1", "0"}},
    {"pool_codes",
     [](Network& n) { to_kind(n, LayerKind::kMaxPool), n.tensors[2].scale = 9.0f; },
     {"scale", "'features'"}},
    {"pool_in_padding",
     [](Network& n) {
       to_kind(n, LayerKind::kMaxPool);
       n.layers[1].column = {2, 4, 5, 5, 5};  // windows at -5, 0 and -1, 4: the second sees nothing
     },
     {"column window", "lies in the padding of 4 inputs"}},
    {"table_size",
     [](Network& n) { to_kind(n, LayerKind::kTable); },
     {"table entries is 0", "256"}},
    {"table_range",
     [](Network& n) { to_kind(n, LayerKind::kTable), n.layers[1].table.assign(256, 16); },
     {"table entry is 16", "0..15"}},
    {"avg_scales", [](Network& n) { to_kind(n, LayerKind::kAvgPool); }, {"scales is 0", "1"}},
    {"gemm_shapes",
     [](Network& n) {
       to_kind(n, LayerKind::kGemm), n.layers[1].inputs = {0, 1};
     },
     {"1x9x2", "1x4x5"}},
    {"big_window",
     [](Network& n) {
       n.tensors[0].shape = {3000, 5000, 2};
       n.layers[0].row = {3000, 1, 1, 2999, 2999};
     },
     {"padded input elements is 90015992", "67108864"}},
    {"big_tensor",
     [](Network& n) {
       n.tensors[0].shape = {60000, 60000, 2};
     },
     {"'input'", "7200000000 elements", "67108864"}},
};

INSTANTIATE_TEST_SUITE_P(Rules, CheckTest, testing::ValuesIn(kBreaks),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Check, AcceptsTheLimits) {
  Network n = example_network();
  n.layers[0].requant.assign(5, {(1 << 24) - 1, 63});
  n.layers[0].requant[1] = {0, 0};  // an all-zero channel
  n.layers[1].rounding = Rounding::kTflite;
  n.layers[1].requant.assign(3, {std::numeric_limits<std::int32_t>::max(), 62});
  n.layers[0].bias[0] = (1 << 24) - 1 - 33 * 252;
  EXPECT_TRUE(check(n)) << check(n).error().message;
  n.layers[0].bias[0] += 1;
  EXPECT_FALSE(check(n));
}

}  // namespace
}  // namespace tendon::net
