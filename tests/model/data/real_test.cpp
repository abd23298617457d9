// SPDX-License-Identifier: MIT
// Runs on real recordings when TENDON_DB1 / TENDON_MYO name their folders.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "data/data.hpp"

namespace tendon::data {
namespace {

TEST(RealRecordings, Db1FilesHaveTheDocumentedShape) {
  const char* folder = std::getenv("TENDON_DB1");
  if (!folder) GTEST_SKIP() << "TENDON_DB1 names no folder of NinaPro DB1 files";
  const auto files = find_db1(folder);
  ASSERT_TRUE(files) << files.error().message;
  const auto recording = load(files->front());
  ASSERT_TRUE(recording) << recording.error().message;
  EXPECT_EQ(recording->channels, 10);
  EXPECT_GT(recording->length(), 90000);
  EXPECT_EQ(*std::max_element(recording->label.begin(), recording->label.end()), 12);
  EXPECT_EQ(*std::min_element(recording->repetition.begin(), recording->repetition.end()), 1);
  EXPECT_LT(*std::max_element(recording->samples.begin(), recording->samples.end()), 4.7f);
  const auto windows = cut(*recording, *find_task("A"), {});
  ASSERT_TRUE(windows) << windows.error().message;
  EXPECT_TRUE(select(*windows, db1_protocol().train));
  EXPECT_TRUE(select(*windows, db1_protocol().test));
}

TEST(RealRecordings, MyoSubjectsHaveTheDocumentedShape) {
  const char* folder = std::getenv("TENDON_MYO");
  if (!folder) GTEST_SKIP() << "TENDON_MYO names no folder of Myo subjects";
  const auto first = std::filesystem::directory_iterator(folder)->path().string();
  const auto recording = load(first);
  ASSERT_TRUE(recording) << recording.error().message;
  const auto windows = cut(*recording, *find_task("myo5"), {52, 5});
  ASSERT_TRUE(windows) << windows.error().message;
  EXPECT_TRUE(select(*windows, myo_protocol().train));
  EXPECT_TRUE(select(*windows, myo_protocol().test));
}

}  // namespace
}  // namespace tendon::data
