// SPDX-License-Identifier: MIT
// `reproduce` on small synthetic DB1 files.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <functional>

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
  /// A synthetic subject, changed by `change` before it is written.
  void write_subject(int number, const std::function<void(data::Recording&)>& change = {}) {
    data::SyntheticOptions options;
    options.seed = static_cast<std::uint64_t>(number);
    auto recording = data::synthetic(options);
    ASSERT_TRUE(recording);
    if (change) change(*recording);
    ASSERT_TRUE(
        data::write_mat(folder_.file("S" + std::to_string(number) + "_A1_E1.mat"), *recording));
  }
  /// The error of a run on one changed subject.
  std::string failure_of(const std::function<void(data::Recording&)>& change) {
    write_subject(3, change);
    const Status status = reproduce_db1(options_, line_);
    return status ? "no error" : status.error().message;
  }
  bool said(const std::string& part) const {
    return std::any_of(lines_.begin(), lines_.end(), [&](const std::string& text) {
      return text.find(part) != std::string::npos;
    });
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
  options_.cycles = [](const net::Network&) -> Result<std::int64_t> { return 1234; };
  Status status = reproduce_db1(options_, line_);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_TRUE(said("[0/1] S3 A-db1-cnn float, about"));
  EXPECT_TRUE(said("[1/1] S3 A-db1-cnn done in"));
  const std::string first = test::slurp(state_file(options_.state, "A-db1-cnn", "S3"));

  write_subject(4);
  lines_.clear();
  status = reproduce_db1(options_, line_);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(test::slurp(state_file(options_.state, "A-db1-cnn", "S3")), first);
  EXPECT_TRUE(said("1 of 2 jobs were finished before"));
  EXPECT_EQ(results()["subjects"], json({"S3", "S4"}));
  for (const json& row : results()["networks"]) {
    EXPECT_EQ(row["subjects"], 2) << row["id"];
    EXPECT_TRUE(row["in_picture"]) << row["id"];
    EXPECT_EQ(row.value("cycles", 0), row["method"] == "float" ? 0 : 1234) << row["id"];
    if (row.contains("label_agreement")) {
      EXPECT_GE(row["label_agreement"].get<double>(), 0.999 - 1.0 / 1000.0) << row["id"];
    }
  }
  EXPECT_EQ(results()["networks"].size(), 6u);
  EXPECT_GT(results()["processor_seconds_per_subject"]["both"].get<double>(), 0.0);
}

TEST_F(Reproduce, AKilledCommandLosesOnlyTheStepItWasAt) {
  write_subject(3);
  options_.lines = {"headline"};
  options_.workers = 1;
  const pid_t command = fork();
  ASSERT_GE(command, 0);
  if (command == 0) {
    const Status status = reproduce_db1(options_, [](const std::string& text) {
      if (text.find("S3 A-db1-cnn float") != std::string::npos) std::raise(SIGKILL);
    });
    _exit(status ? 0 : 1);
  }
  int code = 0;
  ASSERT_EQ(waitpid(command, &code, 0), command);
  ASSERT_TRUE(WIFSIGNALED(code)) << "the command was to be killed after the float network";
  const auto kept = read_state(state_file(options_.state, "A-db1-cnn", "S3"));
  ASSERT_TRUE(kept) << kept.error().message;
  ASSERT_TRUE((*kept)["lines"].contains("float"));

  const Status status = reproduce_db1(options_, line_);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_FALSE(said("A-db1-cnn float")) << "the float network is not trained again";
  const auto after = read_state(state_file(options_.state, "A-db1-cnn", "S3"));
  EXPECT_EQ((*after)["float_seconds"], (*kept)["float_seconds"]);
  EXPECT_EQ(results()["networks"].size(), 4u);
}

TEST_F(Reproduce, ASubsetOfTheFolderIsEnough) {
  write_subject(3);
  write_subject(12);
  options_.subjects = {12};
  options_.lines = {"headline:float", "small:w4-a8-ptq"};
  const Status status = reproduce_db1(options_, line_);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(results()["subjects"], json({"S12"}));
  for (const json& row : results()["networks"]) EXPECT_EQ(row["subjects"], 1) << row["id"];
}

TEST_F(Reproduce, AttemptsAreJudgedOnTheTuningRepetition) {
  write_subject(3);
  options_.lines = {"headline:float", "attempts:base", "attempts:folder", "attempts:stop",
                    "attempts:movements"};
  const Status status = reproduce_db1(options_, line_);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_TRUE(said("[1/1] all A-attempts done in")) << "the pre-training";
  EXPECT_EQ(results()["pretraining"]["subjects"], 1);
  const json rows = results()["attempts"];
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0]["gain_mean"], 0.0);
  for (const json& row : rows) {
    EXPECT_EQ(row["subjects"], json({"S3"}));
    EXPECT_GT(row["tuning_accuracy_mean"].get<double>(), 0.2) << row["id"];
  }
}

TEST_F(Reproduce, NamesADamagedFile) {
  folder_.write("S5_A1_E1.mat", "no recording");
  const Status status = reproduce_db1(options_, line_);
  ASSERT_FALSE(status);
  EXPECT_TRUE(contains(status.error().message, "S5_A1_E1.mat: not a MAT file"));
}

TEST_F(Reproduce, NamesTheSubjectWhoseFileIsDamagedLater) {
  write_subject(3);
  options_.lines = {"headline:float"};
  ASSERT_TRUE(reproduce_db1(options_, line_));
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

TEST_F(Reproduce, NamesAClassThatIsMissingInTraining) {
  const std::string text = failure_of([](data::Recording& recording) {
    for (std::size_t t = 0; t < recording.label.size(); ++t) {
      const bool test = recording.repetition[t] == 2 || recording.repetition[t] == 5 ||
                        recording.repetition[t] == 7;
      if (recording.label[t] == 7 && !test) recording.label[t] = 8;
    }
  });
  EXPECT_TRUE(contains(text, "class \"little\" (label 7) has no window in repetitions 1 3 4"));
}

TEST_F(Reproduce, NamesTheRepetitionsOfARecordingWithOneOnly) {
  const std::string text = failure_of([](data::Recording& recording) {
    std::fill(recording.repetition.begin(), recording.repetition.end(), 1);
  });
  EXPECT_TRUE(contains(text, "the recording has repetitions 1"));
}

TEST_F(Reproduce, NamesAConstantChannel) {
  const std::string text = failure_of([](data::Recording& recording) {
    for (std::size_t i = 6; i < recording.samples.size(); i += 10) recording.samples[i] = 0.25f;
  });
  EXPECT_TRUE(contains(text, "channel 7 is constant"));
}

}  // namespace
}  // namespace tendon::train
