// SPDX-License-Identifier: MIT
// What one inference leaves behind must not touch the next: consecutive, interleaved, two programs
// on one device, and a run that is submitted while another one is under way.

#include "golden/golden.hpp"
#include "system/board.hpp"
#include "system/support.hpp"

namespace tendon::system_test {
namespace {

class StateTest : public testing::Test {
 protected:
  StateTest()
      : first_(zoo_network("db1-cnn", {8, 4, 4, 2, 8}, {8})),
        second_(zoo_network("db1-cnn", {4}, {4})) {
    // Windows with different answers, so that a stale one is seen.
    first_windows_ = cli::random_windows(first_.network, 8, 5).codes;
    second_windows_ = cli::random_windows(second_.network, 8, 6).codes;
  }

  static int want(const cli::Loaded& loaded, const std::vector<std::uint8_t>& window) {
    const auto outcome = golden::run(loaded.network, window);
    EXPECT_TRUE(outcome);
    return outcome ? outcome->label : -2;
  }

  cli::Loaded first_, second_;
  std::vector<std::vector<std::uint8_t>> first_windows_, second_windows_;
};

TEST_F(StateTest, ConsecutiveRunsOfOneProgramAreRight) {
  Board board;
  Program program(board.device(), first_.program);
  for (int round = 0; round < 2; ++round) {
    for (const auto& window : first_windows_) {
      const Program::Answer answer = program.run(window);
      ASSERT_EQ(answer.status, TENDON_OK) << answer.text;
      EXPECT_EQ(answer.label, want(first_, window));
      EXPECT_EQ(answer.device_layers, first_.network.layers.size());
    }
  }
}

TEST_F(StateTest, TwoProgramsTakeTurnsOnOneDevice) {
  Board board;
  Program one(board.device(), first_.program);
  Program two(board.device(), second_.program);
  for (std::size_t i = 0; i < first_windows_.size(); ++i) {
    const Program::Answer a = one.run(first_windows_[i]);
    const Program::Answer b = two.run(second_windows_[i]);
    ASSERT_EQ(a.status, TENDON_OK) << a.text;
    ASSERT_EQ(b.status, TENDON_OK) << b.text;
    EXPECT_EQ(a.label, want(first_, first_windows_[i])) << i;
    EXPECT_EQ(b.label, want(second_, second_windows_[i])) << i;
  }
}

TEST_F(StateTest, SecondSubmitIsRefusedAndTheFirstRunStaysRight) {
  Board board;
  Program one(board.device(), first_.program);
  Program two(board.device(), second_.program);
  auto options = sized<tendon_run_options_t>();
  const auto submit = [&options](Program& program, const std::vector<std::uint8_t>& window) {
    return tendon_submit(program.get(), window.data(), window.size(), &options);
  };
  ASSERT_EQ(submit(one, first_windows_[0]), TENDON_OK);
  EXPECT_EQ(submit(two, second_windows_[0]), TENDON_E_BUSY);
  EXPECT_EQ(submit(one, first_windows_[1]), TENDON_E_BUSY);
  auto result = sized<tendon_result_t>();
  ASSERT_EQ(tendon_wait(one.get(), &result), TENDON_OK);
  EXPECT_EQ(result.label, want(first_, first_windows_[0]));
  const Program::Answer next = two.run(second_windows_[0]);
  ASSERT_EQ(next.status, TENDON_OK) << next.text;
  EXPECT_EQ(next.label, want(second_, second_windows_[0]));
}

TEST_F(StateTest, CancelledRunLeavesNothingBehind) {
  Board board;
  Program program(board.device(), first_.program);
  auto options = sized<tendon_run_options_t>();
  auto result = sized<tendon_result_t>();
  ASSERT_EQ(
      tendon_submit(program.get(), first_windows_[0].data(), first_windows_[0].size(), &options),
      TENDON_OK);
  ASSERT_EQ(tendon_cancel(program.get()), TENDON_OK);
  EXPECT_EQ(tendon_wait(program.get(), &result), TENDON_E_CANCELLED);
  EXPECT_EQ(result.label, TENDON_POISON_LABEL);
  const Program::Answer next = program.run(first_windows_[1]);
  ASSERT_EQ(next.status, TENDON_OK) << next.text;
  EXPECT_EQ(next.label, want(first_, first_windows_[1]));
}

TEST_F(StateTest, HardResetBetweenRunsIsSurvived) {
  Board board;
  Program program(board.device(), first_.program, TENDON_POLICY_PREFER);
  ASSERT_EQ(program.run(first_windows_[0]).status, TENDON_OK);
  board.rtl().reset();
  const Program::Answer next = program.run(first_windows_[1]);
  ASSERT_EQ(next.status, TENDON_OK) << next.text;
  EXPECT_EQ(next.label, want(first_, first_windows_[1]));
}

}  // namespace
}  // namespace tendon::system_test
