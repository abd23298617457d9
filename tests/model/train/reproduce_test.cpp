// SPDX-License-Identifier: MIT
// `reproduce` on small synthetic DB1 files.
#include <gtest/gtest.h>

#include "../data/contains.hpp"
#include "../data/temporary.hpp"
#include "train/campaign.hpp"

namespace tendon::train {
namespace {

using nlohmann::json;
using test::contains;

class Reproduce : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!available()) GTEST_SKIP() << "built without LibTorch (TENDON_TRAIN=OFF)";
    options_.data = folder_.text();
    options_.state = folder_.file("state");
    options_.results = folder_.file("out/db1");
    options_.float_epochs = 2;
    options_.trained_epochs = 2;
    options_.workers = 2;
  }
  void write_subject(int number) {
    data::SyntheticOptions options;
    options.seed = static_cast<std::uint64_t>(number);
    const auto recording = data::synthetic(options);
    ASSERT_TRUE(recording);
    ASSERT_TRUE(
        data::write_mat(folder_.file("S" + std::to_string(number) + "_A1_E1.mat"), *recording));
  }
  json results() const {
    return json::parse(test::slurp(options_.results + ".json"), nullptr, false);
  }

  const test::TemporaryFolder folder_;
  ReproduceOptions options_;
  std::vector<std::string> lines_;
  const OnLine line_ = [this](const std::string& text) { lines_.push_back(text); };
};

TEST_F(Reproduce, MeasuresEverySubjectAndTakesUpWhereItStopped) {
  write_subject(3);
  options_.lines = {"headline", "trained"};
  Status status = reproduce_db1(options_, line_);
  ASSERT_TRUE(status) << status.error().message;
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_TRUE(contains(lines_[0], "[1/1] S3 A-db1-cnn done"));
  const std::string first = test::slurp(state_file(options_.state, "A-db1-cnn", "S3"));

  write_subject(4);
  status = reproduce_db1(options_, line_);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(test::slurp(state_file(options_.state, "A-db1-cnn", "S3")), first);
  EXPECT_TRUE(contains(lines_[2], "1 of 2 jobs were finished before"));
  EXPECT_EQ(results()["subjects"], json({"S3", "S4"}));
  for (const json& row : results()["networks"]) {
    EXPECT_EQ(row["subjects"], 2) << row["id"];
    if (row.contains("label_agreement")) {
      EXPECT_GE(row["label_agreement"].get<double>(), 0.995) << row["id"];
    }
  }
  EXPECT_EQ(results()["networks"].size(), 6u);
}

TEST_F(Reproduce, NamesSubjectAndVariableOfADamagedFile) {
  folder_.write("S5_A1_E1.mat", "no recording");
  const Status status = reproduce_db1(options_, line_);
  ASSERT_FALSE(status);
  EXPECT_TRUE(contains(status.error().message, "S5 (A-db1-cnn)"));
  EXPECT_TRUE(contains(status.error().message, "S5_A1_E1.mat: not a MAT file"));
}

TEST_F(Reproduce, RefusesASubjectThatIsNotThere) {
  write_subject(3);
  options_.subjects = {3, 9};
  const Status status = reproduce_db1(options_, line_);
  ASSERT_FALSE(status);
  EXPECT_TRUE(contains(status.error().message, "no file S9_A1_E1.mat"));
}

}  // namespace
}  // namespace tendon::train
