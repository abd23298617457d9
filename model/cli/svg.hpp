// SPDX-License-Identifier: MIT
// The pictures of a report as SVG text. Colours come from the page's style sheet (page.cpp) by
// class name, so that one picture serves the light and the dark page.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tendon::cli::svg {

/// For text inside HTML or SVG: & < > " are replaced.
std::string escape(const std::string& text);

/// Causes of cycles, in the order of engine::Counters from `active` on; also the CSS classes
/// "cause0".. of the page.
inline constexpr const char* kCauses[] = {
    "active", "wait_weights", "wait_activations", "wait_writeback", "descriptor", "drain", "dma"};
inline constexpr std::size_t kCauseCount = 7;

/// Signals one above the other, each row scaled to `full_scale`. samples: [time][channel].
std::string traces(const std::vector<std::vector<double>>& samples, double full_scale,
                   const std::string& time_label);

/// Codes of one tensor as an image: columns to the right, channels (row * channels + channel)
/// downwards. codes: [row, column, channel]; lo..hi is the range of the colours.
struct Image {
  int rows = 1, columns = 1, channels = 1;
  int lo = 0, hi = 255;
  std::vector<int> codes;
};
/// width and height in pixels of the page; a cell is never drawn smaller than 1 x 1 units.
std::string heatmap(const Image& image, int width, int height);

/// counts[truth][label]
std::string confusion(const std::vector<std::string>& classes,
                      const std::vector<std::vector<std::uint64_t>>& counts);

struct Bar {
  std::string name;
  std::string note;                  // right of the bar
  std::vector<std::uint64_t> parts;  // one per cause
};
/// Horizontal stacked bars on one common scale.
std::string bars(const std::vector<Bar>& bars);

/// Values as bars from zero, the largest marked. Negative values go to the left.
std::string scores(const std::vector<std::string>& classes, const std::vector<double>& values);

}  // namespace tendon::cli::svg
