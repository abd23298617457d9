// SPDX-License-Identifier: MIT
#include "cli/progress.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace tendon::cli {
namespace {

class ProgressTest : public testing::Test {
 protected:
  Clock clock() {
    return [this] { return now_; };
  }
  double now_ = 100;
  std::ostringstream out_;
};

TEST_F(ProgressTest, TimeLeftIsProportionalToWhatIsLeft) {
  Progress progress("windows", 200, out_, true, clock());
  now_ = 112;
  progress.step(90);
  EXPECT_NE(out_.str().find("[#########...........]  45 %  90 / 200  12 s, 15 s left"),
            std::string::npos)
      << out_.str();
}

TEST_F(ProgressTest, TerminalIsRedrawnAtMostTenTimesASecond) {
  Progress progress("x", 1000, out_, true, clock());
  for (int i = 0; i < 999; ++i) {
    now_ += 0.001;
    progress.step();
  }
  const std::string text = out_.str();
  const auto drawn = std::count(text.begin(), text.end(), '\r');
  EXPECT_GE(drawn, 9);
  EXPECT_LE(drawn, 11);
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST_F(ProgressTest, LogFileGetsOneLinePerTenthAndEveryLineIsWhole) {
  Progress progress("x", 1000, out_, false, clock());
  for (int i = 0; i < 1000; ++i) {
    progress.step();
  }
  const std::string text = out_.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_NE(text.find("100 %  1000 / 1000"), std::string::npos);
}

TEST_F(ProgressTest, LastStepIsAlwaysDrawnAndOnlyOnce) {
  Progress progress("x", 2, out_, true, clock());
  progress.step();
  progress.step();
  progress.step();
  const std::string text = out_.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(text.rfind("2 / 2"), text.find("2 / 2"));
}

TEST_F(ProgressTest, NoWorkAtAllIsNoDivisionByZero) {
  Progress progress("x", 0, out_, true, clock());
  progress.step(0);
  EXPECT_EQ(out_.str(), "");
  progress.step();
  EXPECT_NE(out_.str().find("1 / 1"), std::string::npos);
}

TEST(DurationTest, UnitsChangeAtMinuteAndHour) {
  EXPECT_EQ(duration_text(-1), "0 s");
  EXPECT_EQ(duration_text(59.4), "59 s");
  EXPECT_EQ(duration_text(59.6), "1 min 0 s");
  EXPECT_EQ(duration_text(3599), "59 min 59 s");
  EXPECT_EQ(duration_text(3 * 3600 + 125), "3 h 2 min");
}

}  // namespace
}  // namespace tendon::cli
