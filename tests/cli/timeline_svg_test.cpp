// SPDX-License-Identifier: MIT
#include "cli/timeline_svg.hpp"

#include <gtest/gtest.h>

namespace tendon::cli {
namespace {

Json trace() {
  return Json::parse(R"({"traceEvents": [
    {"ph": "M", "tid": 1, "name": "thread_name", "args": {"name": "processor"}},
    {"ph": "X", "tid": 1, "name": "driver <a>", "ts": 10.0, "dur": 30.0},
    {"ph": "X", "tid": 2, "name": "late", "ts": 90.0, "dur": 10.0},
    {"ph": "i", "tid": 2, "name": "tick", "ts": 50.0}]})");
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

TEST(TimelineSvgTest, BarsHaveThePlaceAndLengthOfTheirTime) {
  const auto svg = timeline_svg(trace(), {});
  ASSERT_TRUE(svg.has_value()) << svg.error().message;
  // 100 us on 1000 units behind a margin of 150.
  EXPECT_NE(svg->find("<rect x='250.00' y='14.00' width='300.00'"), std::string::npos) << *svg;
  EXPECT_NE(svg->find("<rect x='1050.00' y='40.00' width='100.00'"), std::string::npos) << *svg;
  EXPECT_NE(svg->find(">processor<"), std::string::npos);
  EXPECT_NE(svg->find("driver &lt;a&gt;"), std::string::npos) << "names are escaped";
}

TEST(TimelineSvgTest, OnlyWhatIsBetweenTheTimesIsDrawn) {
  const auto svg = timeline_svg(trace(), {.from_us = 20, .to_us = 60});
  ASSERT_TRUE(svg.has_value()) << svg.error().message;
  EXPECT_EQ(count(*svg, "<rect x="), 1u) << "one bar, cut at the left edge";
  EXPECT_NE(svg->find("<rect x='150.00' y='14.00' width='500.00'"), std::string::npos) << *svg;
  EXPECT_NE(svg->find("<title>tick</title>"), std::string::npos);
}

TEST(TimelineSvgTest, TheAxisBeginsWithZeroAtTheLeftEdge) {
  const auto svg = timeline_svg(trace(), {.from_us = 23, .to_us = 63});
  ASSERT_TRUE(svg.has_value()) << svg.error().message;
  EXPECT_NE(svg->find("<line x1='150.00' x2='150.00'"), std::string::npos) << *svg;
  EXPECT_NE(svg->find(">0 us<"), std::string::npos) << *svg;
}

TEST(TimelineSvgTest, LastWindowIsBetweenTheLastTwoReports) {
  Json three = trace();
  EXPECT_FALSE(last_window(three).has_value());
  for (const double begin : {100.0, 300.0, 200.0}) {
    three["traceEvents"].push_back(
        {{"ph", "X"}, {"tid", 1}, {"name", "report"}, {"ts", begin}, {"dur", 5.0}});
  }
  const auto view = last_window(three);
  ASSERT_TRUE(view.has_value()) << view.error().message;
  EXPECT_EQ(view->from_us, 205.0);
  EXPECT_EQ(view->to_us, 305.0);
}

TEST(TimelineSvgTest, WhatIsNoTraceOrEmptyIsRefused) {
  EXPECT_FALSE(timeline_svg(Json::array(), {}).has_value());
  EXPECT_FALSE(timeline_svg(Json{{"traceEvents", 3}}, {}).has_value());
  EXPECT_FALSE(timeline_svg(trace(), {.from_us = 200, .to_us = 300}).has_value());
  EXPECT_FALSE(timeline_svg(trace(), {.from_us = 5, .to_us = 5}).has_value());
}

}  // namespace
}  // namespace tendon::cli
