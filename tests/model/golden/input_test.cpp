// SPDX-License-Identifier: MIT
#include "golden/input.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tendon::golden {
namespace {

net::Network two_channels() {
  net::Network n;
  n.name = "two";
  n.tensors = {{"input", {1, 2, 2}, 8, false, 1.0f, 0}};
  n.input_coding.gain = {1000.0f, 500.0f};
  for (int i = 0; i < 256; ++i) n.input_coding.table.push_back(static_cast<std::uint8_t>(i));
  return n;
}

using Codes8 = std::vector<std::uint8_t>;

TEST(CodeInput, GainIsPerChannelAndTiesGoToEven) {
  net::Network n = two_channels();
  n.input_coding.gain = {1.0f / 255.0f, 2.0f / 255.0f};  // 1 volt: index 1 and 2
  const auto window = code_input(n, std::vector<float>{2.5f, 2.0f, 3.5f, 0.0f});
  ASSERT_TRUE(window);
  EXPECT_EQ(window->codes, (Codes8{2, 4, 4, 0}));
  EXPECT_EQ(window->saturated, 0);
}

TEST(CodeInput, TableGivesTheCode) {
  net::Network n = two_channels();
  for (int i = 0; i < 256; ++i) {
    n.input_coding.table[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(255 - i);
  }
  const auto window = code_input(n, std::vector<float>{0.0f, 0.002f, 0.001f, 0.0f});
  ASSERT_TRUE(window);
  EXPECT_EQ(window->codes, (Codes8{255, 0, 0, 255}));
}

TEST(CodeInput, SaturatesAndCountsWhatIsOutOfRange) {
  const float infinity = std::numeric_limits<float>::infinity();
  const auto window = code_input(two_channels(), std::vector<float>{-0.1f, 0.1f, infinity, 0.001f});
  ASSERT_TRUE(window);
  EXPECT_EQ(window->codes, (Codes8{0, 255, 255, 128}));
  EXPECT_EQ(window->saturated, 3);
}

TEST(CodeInput, RefusesNotANumberAndNamesThePlace) {
  const auto window =
      code_input(two_channels(), std::vector<float>{0.0f, 0.0f, 0.0f, std::nanf("")});
  ASSERT_FALSE(window);
  EXPECT_TRUE(window.error().message.find("position 1, channel 1") != std::string::npos)
      << window.error().message;
}

TEST(CodeInput, RefusesAnotherShapeAndNamesBothSizes) {
  const auto window = code_input(two_channels(), std::vector<float>{0.0f, 0.0f, 0.0f});
  ASSERT_FALSE(window);
  EXPECT_TRUE(window.error().message.find("3 values") != std::string::npos)
      << window.error().message;
  EXPECT_TRUE(window.error().message.find("takes 4") != std::string::npos)
      << window.error().message;
}

}  // namespace
}  // namespace tendon::golden
