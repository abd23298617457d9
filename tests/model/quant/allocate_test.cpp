// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <map>

#include "../data/contains.hpp"
#include "networks.hpp"
#include "quant/quant.hpp"

namespace tendon::quant {
namespace {

using test::contains;

class Allocate : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    network_ = new FloatNetwork(test::random_float_network(db1_small(25, 10, 5), 9));
    windows_ = new data::Windows(test::synthetic_windows(25, 60));
    sensitivity_ = new Sensitivity(sensitivity(*network_, *windows_, {}, 40).value());
  }
  static void TearDownTestSuite() {
    delete network_;
    delete windows_;
    delete sensitivity_;
    network_ = nullptr;
    windows_ = nullptr;
    sensitivity_ = nullptr;
  }
  static Result<Allocation> run(const Budget& budget, const CycleModel& cycles = {},
                                bool activations = false) {
    return allocate(*network_, *sensitivity_, *windows_, *windows_, {}, budget, cycles,
                    activations);
  }
  static FloatNetwork* network_;
  static data::Windows* windows_;
  static Sensitivity* sensitivity_;
};
FloatNetwork* Allocate::network_ = nullptr;
data::Windows* Allocate::windows_ = nullptr;
Sensitivity* Allocate::sensitivity_ = nullptr;

TEST_F(Allocate, SensitivityFallsWithTheBitsAndTheHessianAgreesOnTheOrder) {
  std::map<std::pair<std::string, bool>, std::map<int, SensitivityEntry>> tensors;
  for (const auto& entry : sensitivity_->entries) {
    tensors[{entry.layer, entry.weights}][entry.bits] = entry;
  }
  EXPECT_EQ(tensors.size(), 5u + 4u);
  for (const auto& [tensor, by_bits] : tensors) {
    ASSERT_EQ(by_bits.size(), 3u) << tensor.first;
    EXPECT_GT(by_bits.at(2).kl, by_bits.at(8).kl) << tensor.first;
    if (tensor.second) {
      EXPECT_GT(by_bits.at(2).hessian, by_bits.at(4).hessian) << tensor.first;
      EXPECT_GT(by_bits.at(4).hessian, by_bits.at(8).hessian) << tensor.first;
    }
  }
}

TEST_F(Allocate, BudgetOfBytesIsKeptAndNothingBetterFits) {
  Budget budget;
  budget.bytes = 9000;
  const auto allocation = run(budget);
  ASSERT_TRUE(allocation) << allocation.error().message;
  EXPECT_TRUE(allocation->enumerated);
  EXPECT_EQ(allocation->examined, 243);
  EXPECT_LE(allocation->chosen.bytes, 9000);
  Options options;
  options.weight_bits = allocation->chosen.weight_bits;
  const auto integer = quantize(*network_, *windows_, options);
  ASSERT_TRUE(integer);
  EXPECT_EQ(net::payload_bytes(*integer), allocation->chosen.bytes);
  for (const Candidate& other : allocation->pareto) {
    EXPECT_TRUE(other.bytes > 9000 || other.predicted_kl >= allocation->chosen.predicted_kl)
        << bits_to_text(other.weight_bits);
  }
}

TEST_F(Allocate, FrontRisesInBytesAndFallsInDivergence) {
  const auto allocation = run({});
  ASSERT_TRUE(allocation) << allocation.error().message;
  const auto& front = allocation->pareto;
  ASSERT_GT(front.size(), 5u);
  for (std::size_t i = 1; i < front.size(); ++i) {
    EXPECT_GT(front[i].bytes, front[i - 1].bytes);
    EXPECT_LT(front[i].predicted_kl, front[i - 1].predicted_kl);
  }
  EXPECT_GE(front.front().accuracy, 0.0);
}

TEST_F(Allocate, ImpossibleBudgetsNameTheSmallestPossible) {
  Budget budget;
  budget.bytes = 1000;
  auto allocation = run(budget);
  ASSERT_FALSE(allocation);
  Options two;
  two.weight_bits = {2};
  const auto smallest = net::payload_bytes(*quantize(*network_, *windows_, two));
  EXPECT_TRUE(contains(allocation.error().message,
                       "the smallest possible is " + std::to_string(smallest) + " bytes"));
  budget = {};
  budget.max_drop = -101.0;
  allocation = run(budget);
  ASSERT_FALSE(allocation);
  EXPECT_TRUE(contains(allocation.error().message, "the smallest possible drop is"));
  budget = {};
  budget.cycles = 100;
  allocation = run(budget);
  ASSERT_FALSE(allocation);
  EXPECT_TRUE(contains(allocation.error().message, "needs a cycle model"));
}

TEST_F(Allocate, BudgetOfCyclesUsesTheModelOfTheCaller) {
  const CycleModel model = [](const net::Network& network) -> Result<std::int64_t> {
    std::int64_t sum = 0;
    for (const net::Layer& layer : network.layers) sum += 100 * layer.weight_bits;
    return sum;
  };
  Budget budget;
  budget.cycles = 2800;
  const auto allocation = run(budget, model);
  ASSERT_TRUE(allocation) << allocation.error().message;
  std::int64_t sum = 0;
  for (const int bits : allocation->chosen.weight_bits) sum += 100 * bits;
  EXPECT_EQ(sum, allocation->chosen.cycles);
  EXPECT_LE(sum, 2800);
}

TEST_F(Allocate, LargestDropTakesTheSmallestNetworkWithinIt) {
  Budget budget;
  budget.max_drop = 100.0;
  const auto all = run(budget);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->chosen.weight_bits, (std::vector<int>{2, 2, 2, 2, 2}));
}

TEST_F(Allocate, StepsAreCountedToTheEnd) {
  int calls = 0, last = 0, all = 0;
  const OnStep count = [&](int done, int total) {
    EXPECT_EQ(done, ++calls);
    last = done;
    all = total;
  };
  ASSERT_TRUE(sensitivity(*network_, *windows_, {}, 10, count));
  EXPECT_EQ(last, all);
  EXPECT_EQ(all, 27);
  calls = 0;
  ASSERT_TRUE(allocate(*network_, *sensitivity_, *windows_, *windows_, {}, {}, {}, false, count));
  EXPECT_EQ(last, all);
  EXPECT_EQ(calls, all);
}

TEST_F(Allocate, TheDropIsNotMeasuredOnARepetitionThatTrainingHasSeen) {
  Budget budget;
  budget.max_drop = 100.0;
  FloatNetwork seen = *network_;
  seen.repetitions = {1, 3};
  const auto refused = allocate(seen, *sensitivity_, *windows_, *windows_, {}, budget, {}, false);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(contains(refused.error().message, "was trained on repetition 1"));
  seen.repetitions = {7, 8};
  EXPECT_TRUE(allocate(seen, *sensitivity_, *windows_, *windows_, {}, budget, {}, false));
}

}  // namespace
}  // namespace tendon::quant
