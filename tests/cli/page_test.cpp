// SPDX-License-Identifier: MIT
#include "cli/page.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "cli/svg.hpp"

namespace tendon::cli {
namespace {

Json stalls(std::uint64_t active) {
  return {{"active", active},
          {"wait_weights", 1},
          {"wait_activations", 2},
          {"wait_writeback", 3},
          {"descriptor", 4},
          {"drain", 5},
          {"dma", 6}};
}

Json whole() {
  Json json;
  json["network"] = "a <net>";
  json["windows"] = 1200;
  json["accuracy"] = 0.5;
  json["bit_exact"] = true;
  json["mismatches"] = 0;
  json["compared_values"] = 4321;
  json["config"] = "base";
  json["classes"] = {"rest", "fist"};
  json["confusion"] = {{3, 1}, {0, 4}};
  json["total"] = {
      {"cycles", 121}, {"macs", 999}, {"utilization", 0.83}, {"predicted_cycles", 120}};
  json["layers"] = {{{"name", "conv1"},
                     {"cycles", 121},
                     {"macs", 999},
                     {"utilization", 0.83},
                     {"predicted_cycles", 120},
                     {"weight_bits", 2},
                     {"activation_bits", 8},
                     {"stalls", stalls(100)}}};
  json["window"] = {{"label", 1},
                    {"truth", 0},
                    {"sample_rate_hz", 100},
                    {"full_scale", 255},
                    {"samples", {{0, 255}, {128, 3}}},
                    {"tensors",
                     {{{"name", "conv1"},
                       {"rows", 1},
                       {"columns", 2},
                       {"channels", 2},
                       {"lo", 0},
                       {"hi", 3},
                       {"bits", 2},
                       {"codes", {0, 3, 1, 2}}}}},
                    {"scores", {-1.5, 2.5}}};
  json["engine_runs"] = {{{"name", "cpu"},
                          {"what", "kernels"},
                          {"compared_values", 4321},
                          {"mismatches", 7},
                          {"windows_per_second", 10.5}}};
  return json;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(PageTest, EverySectionShowsItsFigures) {
  const Result<std::string> html = page(whole());
  ASSERT_TRUE(html) << html.error().message;
  for (const char* part :
       {"50.0 %", "1,200", "83.0 %", "4,321 compared values", "conv1: drain 5",
        "fist taken for rest: 0", "rest taken for fist: 1", "but it was <b>rest</b>", "differs\">7",
        "20 ms, one line per electrode"}) {
    EXPECT_TRUE(has(*html, part)) << part;
  }
  EXPECT_FALSE(has(*html, ">the same<"));
}

TEST(PageTest, NothingComesFromElsewhere) {
  const Result<std::string> html = page(whole());
  ASSERT_TRUE(html);
  for (const char* part : {"http:", "https:", "src=", "@import", "url(", "<script"}) {
    EXPECT_FALSE(has(*html, part)) << part;
  }
}

TEST(PageTest, NamesAreEscaped) {
  const Result<std::string> html = page(whole());
  ASSERT_TRUE(html);
  EXPECT_TRUE(has(*html, "a &lt;net&gt;"));
  EXPECT_FALSE(has(*html, "<net>"));
}

TEST(PageTest, SectionsWithoutDataAreLeftOut) {
  Json json = whole();
  json.erase("window");
  json.erase("confusion");
  json.erase("engine_runs");
  const Result<std::string> html = page(json);
  ASSERT_TRUE(html);
  EXPECT_FALSE(has(*html, "One window"));
  EXPECT_FALSE(has(*html, "Right and wrong"));
  EXPECT_TRUE(has(*html, "Where the cycles go"));
}

TEST(PageTest, MissingKeyIsAnErrorThatNamesIt) {
  Json json = whole();
  json["layers"][0].erase("stalls");
  const Result<std::string> html = page(json);
  ASSERT_FALSE(html);
  EXPECT_TRUE(has(html.error().message, "stalls")) << html.error().message;
  EXPECT_FALSE(page(Json::object()));
  EXPECT_FALSE(page(Json::parse("[1]")));
}

TEST(SvgTest, HeatmapPaintsEveryCodeAboveTheLowestOnce) {
  svg::Image image;
  image.columns = 2;
  image.channels = 2;
  image.lo = 0;
  image.hi = 3;
  image.codes = {0, 3, 1, 2};
  const std::string text = svg::heatmap(image, 20, 20);
  // Codes 3, 1 and 2 have three different colours; code 3 is column 0, channel 1.
  EXPECT_TRUE(has(text, "<path class=\"h15\" d=\"M0 10h10v10h-10z\"/>")) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), 'z'), 3);
}

}  // namespace
}  // namespace tendon::cli
