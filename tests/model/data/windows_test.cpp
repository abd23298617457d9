// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <set>

#include "contains.hpp"
#include "data/data.hpp"

namespace tendon::data {
namespace {

using test::contains;

/// One channel that counts samples; segments of (label, repetition, samples).
struct Segment {
  int label, repetition, samples;
};

Recording recording_of(const std::vector<Segment>& segments) {
  Recording recording;
  recording.name = "made";
  recording.rate_hz = 100.0;
  recording.channels = 1;
  for (const Segment& segment : segments) {
    for (int i = 0; i < segment.samples; ++i) {
      recording.samples.push_back(static_cast<float>(recording.samples.size()));
      recording.label.push_back(segment.label);
      recording.repetition.push_back(segment.repetition);
    }
  }
  return recording;
}

const Task kTask{"two", {1, 2}, {"one", "two"}};

TEST(Cut, WindowsNeverCrossALabelOrARepetition) {
  const auto windows =
      cut(recording_of({{1, 1, 7}, {1, 2, 6}, {0, 2, 9}, {2, 2, 5}, {2, 3, 4}}), kTask, {5, 2});
  ASSERT_TRUE(windows) << windows.error().message;
  EXPECT_EQ(windows->label, (std::vector<int>{0, 0, 0, 1}));
  EXPECT_EQ(windows->repetition, (std::vector<int>{1, 1, 2, 2}));
  EXPECT_EQ(windows->trial, (std::vector<int>{0, 0, 1, 3}));
  std::vector<float> starts;
  for (int i = 0; i < windows->count(); ++i) starts.push_back(windows->window(i)[0]);
  EXPECT_EQ(starts, (std::vector<float>{0, 2, 7, 22}));
  EXPECT_EQ(windows->window(3)[4], 26.0f);
}

TEST(Cut, RefusesAClassWithoutWindows) {
  const auto windows = cut(recording_of({{1, 1, 9}, {2, 1, 4}}), kTask, {5, 1});
  ASSERT_FALSE(windows);
  EXPECT_TRUE(contains(windows.error().message, "made: class \"two\" (label 2)"));
}

TEST(Cut, RefusesLengthAndStepBelowOne) {
  const Recording recording = recording_of({{1, 1, 9}, {2, 1, 9}});
  EXPECT_FALSE(cut(recording, kTask, {0, 1}));
  EXPECT_FALSE(cut(recording, kTask, {5, 0}));
}

TEST(Select, KeepsOnlyTheRepetitionsAndRefusesAnEmptyClass) {
  const auto all = cut(recording_of({{1, 1, 9}, {1, 2, 9}, {2, 1, 9}}), kTask, {5, 1});
  ASSERT_TRUE(all);
  const std::vector<int> first{1}, second{2};
  const auto one = select(*all, first);
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(one->count(), 10);
  EXPECT_EQ(std::set<int>(one->repetition.begin(), one->repetition.end()), std::set<int>{1});
  const auto two = select(*all, second);
  ASSERT_FALSE(two);
  EXPECT_TRUE(contains(two.error().message,
                       "class \"two\" (label 2) has no window in repetitions 2; the "
                       "recording has repetitions 1 2"));
}

TEST(Protocols, TrainAndTestShareNoRepetition) {
  for (const Protocol& protocol : {db1_protocol(), myo_protocol()}) {
    const std::set<int> train(protocol.train.begin(), protocol.train.end());
    for (const int repetition : protocol.test) {
      EXPECT_FALSE(train.contains(repetition)) << protocol.name << " " << repetition;
    }
    EXPECT_TRUE(train.contains(protocol.tune)) << protocol.name;
  }
}

/// Ten repetitions of two classes, `length` samples each.
Recording ten_repetitions(int length) {
  std::vector<Segment> segments;
  for (int repetition = 1; repetition <= 10; ++repetition) {
    segments.push_back({1, repetition, length});
    segments.push_back({2, repetition, length});
  }
  return recording_of(segments);
}

TEST(CutSets, TuningAndTestRepetitionsAreInNoTrainingWindow) {
  const Protocol protocol = db1_protocol();
  const auto sets = cut_sets(ten_repetitions(20), kTask, protocol, {5, 5, 1});
  ASSERT_TRUE(sets) << sets.error().message;
  const auto repetitions = [](const Windows& windows) {
    return std::set<int>(windows.repetition.begin(), windows.repetition.end());
  };
  EXPECT_EQ(repetitions(sets->train), (std::set<int>{1, 3, 4, 6, 8, 9, 10}));
  EXPECT_EQ(repetitions(sets->fit), (std::set<int>{1, 3, 4, 8, 9, 10}));
  EXPECT_EQ(repetitions(sets->tune), (std::set<int>{6}));
  EXPECT_EQ(repetitions(sets->test), (std::set<int>{2, 5, 7}));
  EXPECT_EQ(sets->train.count(), 2 * 7 * 16);  // every sample
  EXPECT_EQ(sets->test.count(), 2 * 3 * 4);    // every fifth
}

TEST(CutSets, ARecordingOfOneRepetitionIsRefusedByName) {
  const auto sets =
      cut_sets(recording_of({{1, 1, 20}, {2, 1, 20}}), kTask, db1_protocol(), {5, 5, 1});
  ASSERT_FALSE(sets);
  EXPECT_TRUE(contains(sets.error().message,
                       "made: class \"one\" (label 1) has no window in repetitions 6; the "
                       "recording has repetitions 1"));
}

TEST(Tasks, UnknownNameListsTheKnownOnes) {
  const auto task = find_task("D");
  ASSERT_FALSE(task);
  EXPECT_TRUE(contains(task.error().message, "A, B, C, myo5, myo7"));
  EXPECT_EQ(find_task("A")->labels, (std::vector<int>{1, 3, 5, 7, 11}));
}

TEST(RandomSplit, IsAPartitionAndTheSameForTheSameSeed) {
  const auto all = cut(recording_of({{1, 1, 300}, {2, 1, 300}}), kTask, {5, 1});
  ASSERT_TRUE(all);
  const Split a = random_split(*all, 0.25, 11), b = random_split(*all, 0.25, 11);
  EXPECT_EQ(a.train.count() + a.test.count(), all->count());
  EXPECT_NEAR(a.test.count(), 0.25 * all->count(), 0.07 * all->count());
  EXPECT_EQ(a.test.volts, b.test.volts);
  EXPECT_NE(a.test.volts, random_split(*all, 0.25, 12).test.volts);
}

TEST(Append, KeepsTrialsApartAndRefusesOtherShapes) {
  auto windows = cut(recording_of({{1, 1, 9}, {2, 1, 9}}), kTask, {5, 1});
  ASSERT_TRUE(windows);
  const Windows more = *windows;
  ASSERT_TRUE(append(*windows, more));
  EXPECT_EQ(windows->count(), 2 * more.count());
  EXPECT_EQ(windows->trial.back(), 3);
  Windows longer = more;
  longer.length = 6;
  const Status status = append(*windows, longer);
  ASSERT_FALSE(status);
  EXPECT_TRUE(contains(status.error().message, "6x1 behind those of 5x1"));
}

TEST(Synthetic, SameSeedSameSamplesOtherSeedOtherSamples) {
  const auto a = synthetic({7, 3, 2, 1.0}), b = synthetic({7, 3, 2, 1.0}),
             c = synthetic({8, 3, 2, 1.0});
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(a->samples, b->samples);
  EXPECT_NE(a->samples, c->samples);
}

TEST(Synthetic, LooksLikeDb1) {
  const auto recording = synthetic({});
  ASSERT_TRUE(recording);
  ASSERT_TRUE(check(*recording));
  EXPECT_EQ(recording->channels, 10);
  EXPECT_EQ(std::set<int>(recording->label.begin(), recording->label.end()).size(), 13u);
  for (const float v : recording->samples) {
    ASSERT_GE(v, 0.0f);
    ASSERT_LE(v, 4.666f);
  }
  double rest = 0.0, moving = 0.0;
  int rests = 0;
  for (std::size_t t = 0; t < recording->label.size(); ++t) {
    (recording->label[t] ? moving : rest) += static_cast<double>(recording->samples[t * 10]);
    rests += recording->label[t] == 0;
  }
  EXPECT_GT(moving / (recording->length() - rests), 3.0 * rest / rests);
}

TEST(Synthetic, RefusesOptionsOutsideTheirRange) {
  EXPECT_FALSE(synthetic({1, 13, 10, 1.0}));
  EXPECT_FALSE(synthetic({1, 12, 0, 1.0}));
  EXPECT_FALSE(synthetic({1, 12, 10, -1.0}));
}

}  // namespace
}  // namespace tendon::data
