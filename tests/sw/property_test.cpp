// SPDX-License-Identifier: MIT
// CPU kernels against the golden model as properties: RapidCheck draws layers, and makes one that
// fails smaller, number by number, before it shows it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <sstream>

#include "cpu_program.hpp"
#include "golden/golden.hpp"
#include "layer_case.hpp"

namespace tendon::test {
namespace {

using net::LayerKind;
using Codes = std::vector<std::int16_t>;

constexpr std::uint64_t kSeed = 20250501;
constexpr int kCases = 300;  // per kind and level

/// The first case that fails, made smaller, with its text; nothing when none does.
struct Failure {
  LayerCase smallest;
  std::string text;
};

/// Prints nothing, neither at the end nor a seed that is not the one in use.
struct Silent : rc::detail::TestListener {
  void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
  void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
  void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

/// Seed kSeed, kCases cases; RC_PARAMS="seed=N max_success=M" of the environment goes before.
std::optional<Failure> find_failure(LayerKind kind,
                                    const std::function<bool(const LayerCase&)>& holds) {
  rc::detail::TestParams params;
  params.seed = kSeed;
  params.maxSuccess = kCases;
  if (std::getenv("RC_PARAMS") != nullptr) params = rc::detail::configuration().testParams;
  Failure failure;
  Silent silent;
  const auto result = rc::detail::checkTestable(
      [&] {
        const LayerCase drawn = *layer_cases(kind);
        RC_PRE(net::check(to_network(drawn)).has_value());
        if (holds(drawn)) return;
        failure.smallest = drawn;  // shrinking tries smaller ones only: the last that fails
        RC_FAIL("differs from the golden model");
      },
      rc::detail::TestMetadata(), params, silent,
      std::unordered_map<std::string, rc::detail::Reproduce>());
  if (result.is<rc::detail::SuccessResult>()) return std::nullopt;
  std::ostringstream text;
  text << "RC_PARAMS=\"seed=" << params.seed << "\" repeats it\n";
  rc::detail::printResultMessage(result, text);
  failure.text = text.str();
  return failure;
}

Codes golden_codes(const LayerCase& drawn) {
  const auto golden = golden::run(to_network(drawn), drawn.window);
  return Codes(golden->tensors.back().begin(), golden->tensors.back().end());
}

/// Empty when the program does not load or run.
Codes kernel_codes(const LayerCase& drawn, tendon_level_t level) {
  const net::Network network = to_network(drawn);
  LoadedProgram program(write_program(network), nullptr, TENDON_POLICY_CPU_ONLY, level);
  tendon_result_t result;
  if (program.status() != TENDON_OK) return {};
  if (program.run(drawn.window, TENDON_RUN_TRACE, &result) != TENDON_OK) return {};
  Codes codes(static_cast<std::size_t>(drawn.out.shape.size()));
  const auto last = static_cast<std::uint32_t>(network.layers.size() - 1);
  if (tendon_layer_output(program.get(), last, codes.data(), codes.size()) != TENDON_OK) return {};
  return codes;
}

class KernelProperty : public testing::TestWithParam<std::tuple<LayerKind, tendon_level_t>> {};

TEST_P(KernelProperty, EqualsGolden) {
  const auto [kind, level] = GetParam();
  const auto failure = find_failure(kind, [level = level](const LayerCase& drawn) {
    return kernel_codes(drawn, level) == golden_codes(drawn);
  });
  EXPECT_FALSE(failure.has_value()) << failure->text;
}

std::vector<tendon_level_t> built_levels() {
  std::vector<tendon_level_t> levels;
  for (int i = TENDON_LEVEL_PORTABLE; i <= TENDON_LEVEL_RVV10; ++i) {
    const auto level = static_cast<tendon_level_t>(i);
    if (tendon_level_built(level) != 0) levels.push_back(level);
  }
  return levels;
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, KernelProperty,
    testing::Combine(testing::Values(LayerKind::kConv, LayerKind::kDense, LayerKind::kDepthwise,
                                     LayerKind::kMaxPool, LayerKind::kAvgPool, LayerKind::kAdd,
                                     LayerKind::kTable, LayerKind::kGemm),
                     testing::ValuesIn(built_levels())),
    [](const auto& test) {
      return std::string(net::to_string(std::get<0>(test.param))) + "_" +
             tendon_level_name(std::get<1>(test.param));
    });

// A kernel that is wrong in the last output of layers with 4-bit weights, three or more channels
// and a kernel of two or more columns. The smallest layer like that is what has to come out.
Codes wrong_kernel_codes(const LayerCase& drawn) {
  Codes codes = golden_codes(drawn);
  if (drawn.layer.weight_bits == 4 && drawn.in.shape.channels >= 3 &&
      drawn.layer.column.kernel >= 2) {
    codes.back() = static_cast<std::int16_t>(codes.back() ^ 1);
  }
  return codes;
}

TEST(ShrinkingTest, APlantedBugComesDownToTheSmallestLayerThatShowsIt) {
  const auto failure = find_failure(LayerKind::kConv, [](const LayerCase& drawn) {
    return wrong_kernel_codes(drawn) == golden_codes(drawn);
  });
  ASSERT_TRUE(failure.has_value());
  const LayerCase& smallest = failure->smallest;
  const std::string& text = failure->text;
  EXPECT_EQ(smallest.layer.weight_bits, 4) << text;
  EXPECT_EQ(smallest.in.shape.channels, 3) << text;
  EXPECT_EQ(smallest.in.shape.rows, 1) << text;
  EXPECT_EQ(smallest.layer.column.kernel, 2) << text;
  EXPECT_EQ(smallest.layer.column.stride, 1) << text;
  EXPECT_EQ(smallest.layer.column.dilation, 1) << text;
  EXPECT_EQ(smallest.layer.row.kernel, 1) << text;
  EXPECT_EQ(smallest.layer.fused_pool, 1) << text;
  EXPECT_EQ(smallest.out.shape, (net::Shape{1, 1, 1})) << text;
  EXPECT_EQ(smallest.in.bits, 8) << text;
  EXPECT_EQ(smallest.layer.rounding, net::Rounding::kFloat) << text;
  EXPECT_EQ(smallest.layer.weights, std::vector<std::int8_t>(6, 0)) << text;
  EXPECT_EQ(smallest.window, std::vector<std::uint8_t>(smallest.window.size(), 0)) << text;
  EXPECT_NE(text.find("seed="), std::string::npos) << text;
  EXPECT_NE(text.find("conv, rounding float, weights of 4 bits"), std::string::npos) << text;
}

TEST(ShrinkingTest, ABugInOneValueComesDownToThatValue) {
  // Wrong when any weight is below -5, as a kernel that clips its weights would be.
  const auto failure = find_failure(LayerKind::kDense, [](const LayerCase& drawn) {
    for (const int weight : drawn.layer.weights) {
      if (weight < -5) return false;
    }
    return true;
  });
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->smallest.layer.weights.size(), 1u) << failure->text;
  EXPECT_LT(failure->smallest.layer.weights.front(), -5) << failure->text;
}

}  // namespace
}  // namespace tendon::test
