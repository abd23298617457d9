// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>

#include "../data/contains.hpp"
#include "train/train.hpp"

namespace tendon::train {
namespace {

using test::contains;

constexpr std::uint64_t kSeed = 5;

/// Training and test windows of one synthetic subject.
struct Sets {
  data::Windows train, test;
};

Sets make_sets() {
  const auto recording = data::synthetic({1, 12, 6, 1.0}).value();
  const auto windows = data::cut(recording, data::find_task("A").value(), {25, 10}).value();
  const std::vector<int> train{1, 3, 4, 6}, test{2, 5};
  return {data::select(windows, train).value(), data::select(windows, test).value()};
}

FloatOptions quick() {
  FloatOptions options;
  options.epochs = 12;
  options.seed = kSeed;
  return options;
}

class Training : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!available()) return;
    sets_ = new Sets(make_sets());
    auto trained = train_float(quant::db1_small(25, 10, 5), sets_->train, nullptr, quick());
    ASSERT_TRUE(trained) << trained.error().message;
    network_ = new quant::FloatNetwork(std::move(trained->network));
  }
  static void TearDownTestSuite() {
    delete sets_;
    delete network_;
    sets_ = nullptr;
    network_ = nullptr;
  }
  void SetUp() override {
    if (!available()) GTEST_SKIP() << "built without LibTorch (TENDON_TRAIN=OFF)";
    ASSERT_NE(network_, nullptr);
  }
  static Sets* sets_;
  static quant::FloatNetwork* network_;
};
Sets* Training::sets_ = nullptr;
quant::FloatNetwork* Training::network_ = nullptr;

TEST(TrainingWithoutTorch, SaysHowToGetIt) {
  if (available()) GTEST_SKIP() << "this build has LibTorch";
  const auto result = train_float(quant::db1_small(25, 10, 5), {}, nullptr, {});
  ASSERT_FALSE(result);
  EXPECT_TRUE(contains(result.error().message, "-DTENDON_TRAIN=ON"));
}

TEST_F(Training, LearnsTheSyntheticGestures) {
  const auto result = quant::evaluate(*network_, sets_->test);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_GT(result->accuracy, 0.75);
}

TEST_F(Training, SameSeedGivesTheSameNetworkAnotherSeedAnother) {
  const auto train = [&](std::uint64_t seed) {
    FloatOptions options = quick();
    options.epochs = 1;
    options.seed = seed;
    return train_float(quant::db1_small(25, 10, 5), sets_->train, nullptr, options)
        .value()
        .network.layers[0]
        .weights;
  };
  EXPECT_EQ(train(kSeed), train(kSeed));
  EXPECT_NE(train(kSeed), train(kSeed + 1));
}

TEST_F(Training, ProgressCountsEpochsAndCanStop) {
  int calls = 0;
  const auto result = train_float(quant::db1_small(25, 10, 5), sets_->train, &sets_->test, quick(),
                                  [&](const Progress& progress) {
                                    EXPECT_EQ(progress.epoch, ++calls);
                                    EXPECT_GE(progress.accuracy, 0.0);
                                    return calls < 2;
                                  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "stopped");
  EXPECT_EQ(calls, 2);
}

TEST_F(Training, EarlyStoppingKeepsTheBestEpochOfTheTuningWindows) {
  FloatOptions options = quick();
  options.early_stop = true;
  const auto result = train_float(quant::db1_small(25, 10, 5), sets_->train, &sets_->test, options);
  ASSERT_TRUE(result) << result.error().message;
  const auto best = std::max_element(result->accuracy.begin(), result->accuracy.end());
  EXPECT_EQ(result->epoch, 1 + (best - result->accuracy.begin()));
  const auto kept = quant::evaluate(result->network, sets_->test);
  ASSERT_TRUE(kept);
  EXPECT_NEAR(kept->accuracy, *best, 1.5 / sets_->test.count());
  EXPECT_EQ(result->network.repetitions, (std::vector<int>{1, 3, 4, 6}));
}

TEST_F(Training, EveryOptionChangesTheNetworkAndIsRepeatable) {
  const auto train = [&](const std::function<void(FloatOptions&)>& change) {
    FloatOptions options = quick();
    options.epochs = 2;
    change(options);
    return train_float(quant::db1_small(25, 10, 5), sets_->train, nullptr, options)
        .value()
        .network.layers[0]
        .weights;
  };
  const auto plain = train([](FloatOptions&) {});
  const std::function<void(FloatOptions&)> changes[] = {
      [](FloatOptions& o) { o.augmentation.turn = 0.2; },
      [](FloatOptions& o) { o.augmentation.noise = 0.02; },
      [](FloatOptions& o) { o.augmentation.drop = 0.2; },
      [](FloatOptions& o) { o.mixup = 0.4; },
      [](FloatOptions& o) { o.average = 0.9; },
      [](FloatOptions& o) { o.sharpness = 0.1; },
      [](FloatOptions& o) { o.dropout = 0.5; },
      [](FloatOptions& o) { o.thin = 3; },
  };
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    const auto one = train(changes[i]);
    EXPECT_NE(one, plain) << "change " << i;
    EXPECT_EQ(one, train(changes[i])) << "change " << i;
  }
}

TEST_F(Training, StartsFromANetworkAndLearnsFromTeachers) {
  FloatOptions options = quick();
  options.epochs = 1;
  options.learning_rate = 1e-5;
  const auto small = quant::db1_small(25, 10, 5);
  const auto onward = train_float(small, sets_->train, nullptr, options, {}, network_);
  ASSERT_TRUE(onward) << onward.error().message;
  const double before = quant::evaluate(*network_, sets_->train)->accuracy;
  EXPECT_NEAR(quant::evaluate(onward->network, sets_->train)->accuracy, before, 0.05);

  // Labels that say nothing: what is learned comes from the teacher.
  data::Windows blind = sets_->train;
  for (std::size_t i = 0; i < blind.label.size(); ++i) blind.label[i] = static_cast<int>(i % 5);
  FloatOptions taught = quick();
  taught.distill = 1.0;
  const auto student = train_float(small, blind, nullptr, taught, {}, nullptr, {*network_});
  ASSERT_TRUE(student) << student.error().message;
  EXPECT_GT(quant::evaluate(student->network, sets_->train)->accuracy, 0.7);
}

TEST_F(Training, FakeQuantizedLabelsAreThoseOfTheGoldenModel) {
  const struct {
    std::vector<int> weights;
    int activations;
    net::WeightGrid grid;
  } cases[] = {{{8, 4, 4, 2, 8}, 8, net::WeightGrid::kOdd},
               {{8, 4, 4, 2, 8}, 4, net::WeightGrid::kTwos},
               // Coarse steps: a bias that is not rounded as the integers do shows in the labels.
               {{2}, 4, net::WeightGrid::kOdd}};
  for (const auto& one : cases) {
    quant::Options options;
    options.weight_bits = one.weights;
    options.activation_bits = {one.activations};
    options.two_bit_grid = one.grid;
    QatOptions training;
    training.epochs = 4;
    training.seed = kSeed;
    const auto result = train_quantized(*network_, options, sets_->train, sets_->test, training);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->checked, sets_->test.count());
    EXPECT_GE(result->agreement, 0.999 - 1.0 / result->checked) << one.weights[0];
  }
}

TEST_F(Training, TwoBitNetworkGetsBetterByTraining) {
  quant::Options options;
  options.weight_bits = {2};
  options.activation_bits = {4};
  const auto plain = quant::quantize(*network_, sets_->train, options);
  ASSERT_TRUE(plain) << plain.error().message;
  QatOptions training;
  training.epochs = 20;
  training.seed = kSeed;
  const auto trained = train_quantized(*network_, options, sets_->train, sets_->test, training);
  ASSERT_TRUE(trained) << trained.error().message;
  EXPECT_EQ(net::payload_bytes(trained->network), net::payload_bytes(*plain));
  EXPECT_GT(quant::evaluate(trained->network, sets_->train)->accuracy,
            quant::evaluate(*plain, sets_->train)->accuracy);
}

TEST_F(Training, BadCasesAreNamed) {
  const auto message = [](const quant::Description& description, const data::Windows& train) {
    const auto result = train_float(description, train, nullptr, quick());
    return result ? "no error" : result.error().message;
  };
  const auto small = quant::db1_small(25, 10, 5);
  data::Windows missing = sets_->train;
  std::replace(missing.label.begin(), missing.label.end(), 3, 2);
  EXPECT_TRUE(contains(message(small, missing), "class \"little\" has no training window"));
  data::Windows constant = sets_->train;
  for (std::size_t i = 4; i < constant.volts.size(); i += 10) constant.volts[i] = 0.5f;
  EXPECT_TRUE(contains(message(small, constant), "channel 5 is constant"));
  EXPECT_TRUE(contains(message(quant::db1_small(30, 10, 5), sets_->train),
                       "takes windows of 30x10, got 25x10"));
  EXPECT_TRUE(contains(message(quant::db1_small(25, 10, 4), sets_->train), "4 outputs"));
  const auto other = quant::db1_gap(25, 10, 5);
  const auto refused = train_float(other, sets_->train, nullptr, quick(), {}, network_);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(contains(refused.error().message, "has other layers than db1-gap"));
  quant::FloatNetwork three = *network_;
  three.classes.resize(3);
  three.description.layers.back().outputs = 3;
  three.layers.back().weights.resize(3 * 32);
  three.layers.back().bias.resize(3);
  const auto taught = train_float(small, sets_->train, nullptr, quick(), {}, nullptr, {three});
  ASSERT_FALSE(taught);
  EXPECT_TRUE(contains(taught.error().message, "3 classes"));
}

}  // namespace
}  // namespace tendon::train
