// SPDX-License-Identifier: MIT
#include "cli/svg.hpp"

#include <algorithm>
#include <numeric>

#include "cli/output.hpp"

namespace tendon::cli::svg {
namespace {

constexpr int kLevels = 16;  // CSS classes h0 .. h15

std::string n(double value) {
  std::string text = fixed(value, 2);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') {
    text.pop_back();
  }
  return text;
}

std::string open(double width, double height, const char* label) {
  return "<svg viewBox=\"0 0 " + n(width) + " " + n(height) + "\" width=\"" + n(width) +
         "\" role=\"img\" aria-label=\"" + label + "\">";
}

std::string rect(double x, double y, double width, double height, const std::string& css,
                 const std::string& title = "") {
  std::string out = "<rect x=\"" + n(x) + "\" y=\"" + n(y) + "\" width=\"" + n(width) +
                    "\" height=\"" + n(height) + "\" class=\"" + css + "\"";
  return out + (title.empty() ? "/>" : "><title>" + escape(title) + "</title></rect>");
}

std::string text(double x, double y, const std::string& content, const std::string& css = "") {
  return "<text x=\"" + n(x) + "\" y=\"" + n(y) + "\"" +
         (css.empty() ? "" : " class=\"" + css + "\"") + ">" + escape(content) + "</text>";
}

}  // namespace

std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string traces(const std::vector<std::vector<double>>& samples, double full_scale,
                   const std::string& time_label) {
  const std::size_t channels = samples.empty() ? 0 : samples[0].size();
  constexpr double kLeft = 30, kPlotWidth = 240, kRow = 26;
  const double height = kRow * static_cast<double>(channels) + 24;
  const double step = kPlotWidth / std::max(1.0, static_cast<double>(samples.size()) - 1);
  std::string out = open(kLeft + kPlotWidth + 8, height, "signal of every electrode");
  for (std::size_t c = 0; c < channels; ++c) {
    const double base = kRow * static_cast<double>(c + 1);
    std::string line;
    for (std::size_t t = 0; t < samples.size(); ++t) {
      const double part = std::clamp(samples[t][c] / full_scale, 0.0, 1.0);
      line += (t == 0 ? "M" : "L") + n(kLeft + step * static_cast<double>(t)) + " " +
              n(base - part * (kRow - 4));
    }
    out += "<path class=\"area\" d=\"" + line + "L" + n(kLeft + kPlotWidth) + " " + n(base) + "L" +
           n(kLeft) + " " + n(base) + "Z\"/><path class=\"trace\" d=\"" + line + "\"/>";
    out += text(kLeft - 8, base - 6, std::to_string(c + 1), "end");
  }
  out += text(kLeft + kPlotWidth / 2, height - 6, time_label, "mid soft");
  return out + "</svg>";
}

std::string heatmap(const Image& image, int width, int height) {
  const int down = image.rows * image.channels;
  const double cell_width = static_cast<double>(width) / image.columns;
  const double cell_height = static_cast<double>(height) / down;
  // One path per colour instead of one rectangle per value: a tenth of the bytes.
  std::vector<std::string> paths(kLevels);
  const double range = std::max(1, image.hi - image.lo);
  for (int i = 0; i < static_cast<int>(image.codes.size()); ++i) {
    const int channel = i % image.channels;
    const int column = i / image.channels % image.columns;
    const int row = i / image.channels / image.columns;
    const double part = (image.codes[static_cast<std::size_t>(i)] - image.lo) / range;
    const int level = std::clamp(static_cast<int>(part * kLevels), 0, kLevels - 1);
    if (level > 0) {
      paths[static_cast<std::size_t>(level)] +=
          "M" + n(column * cell_width) + " " + n((row * image.channels + channel) * cell_height) +
          "h" + n(cell_width) + "v" + n(cell_height) + "h-" + n(cell_width) + "z";
    }
  }
  std::string out = open(width, height, "codes of one tensor");
  out += rect(0, 0, width, height, "h0");
  for (std::size_t level = 1; level < kLevels; ++level) {
    if (!paths[level].empty()) {
      out += "<path class=\"h" + std::to_string(level) + "\" d=\"" + paths[level] + "\"/>";
    }
  }
  return out + "</svg>";
}

std::string confusion(const std::vector<std::string>& classes,
                      const std::vector<std::vector<std::uint64_t>>& counts) {
  constexpr double kLeft = 90, kTop = 34, kCell = 54;
  const auto size = static_cast<double>(classes.size());
  std::string out = open(kLeft + kCell * size + 70, kTop + kCell * size + 14, "confusion matrix");
  out += text(kLeft + kCell * size / 2, 12, "label given", "mid soft");
  for (std::size_t r = 0; r < classes.size(); ++r) {
    const double y = kTop + kCell * static_cast<double>(r);
    const std::uint64_t sum = std::accumulate(counts[r].begin(), counts[r].end(), std::uint64_t{0});
    out += text(kLeft - 10, y + kCell / 2 + 4, classes[r], "end");
    out += text(kLeft + kCell * static_cast<double>(r) + kCell / 2, kTop - 6, std::to_string(r + 1),
                "mid soft");
    for (std::size_t c = 0; c < classes.size(); ++c) {
      const double x = kLeft + kCell * static_cast<double>(c);
      const double part =
          sum == 0 ? 0 : static_cast<double>(counts[r][c]) / static_cast<double>(sum);
      const int level = counts[r][c] == 0 ? 0 : std::max(1, static_cast<int>(part * (kLevels - 1)));
      const std::string kind = (r == c ? "h" : "w") + std::to_string(level);
      out += rect(x + 1, y + 1, kCell - 2, kCell - 2, kind + " cell",
                  classes[r] + " taken for " + classes[c] + ": " + std::to_string(counts[r][c]));
      if (counts[r][c] > 0) {
        out += text(x + kCell / 2, y + kCell / 2 + 5, std::to_string(counts[r][c]),
                    part > 0.45 ? "mid inverse" : "mid");
      }
    }
    const double right =
        sum == 0 ? 0 : static_cast<double>(counts[r][r]) / static_cast<double>(sum);
    out += text(kLeft + kCell * size + 10, y + kCell / 2 + 4, percent(right, 0), "soft");
  }
  return out + "</svg>";
}

std::string bars(const std::vector<Bar>& bars) {
  constexpr double kLeft = 110, kPlotWidth = 560, kRow = 34;
  std::uint64_t longest = 1;
  for (const Bar& bar : bars) {
    longest =
        std::max(longest, std::accumulate(bar.parts.begin(), bar.parts.end(), std::uint64_t{0}));
  }
  std::string out = open(kLeft + kPlotWidth + 230, kRow * static_cast<double>(bars.size()) + 6,
                         "cycles of every layer by cause");
  for (std::size_t b = 0; b < bars.size(); ++b) {
    const double y = kRow * static_cast<double>(b) + 4;
    double x = kLeft;
    out += text(kLeft - 10, y + 18, bars[b].name, "end");
    for (std::size_t p = 0; p < bars[b].parts.size(); ++p) {
      const double w =
          kPlotWidth * static_cast<double>(bars[b].parts[p]) / static_cast<double>(longest);
      if (bars[b].parts[p] > 0) {
        out += rect(x, y, w, kRow - 10, "cause" + std::to_string(p),
                    bars[b].name + ": " + kCauses[p] + " " + grouped(bars[b].parts[p]));
        x += w;
      }
    }
    out += text(x + 8, y + 17, bars[b].note, "soft");
  }
  return out + "</svg>";
}

std::string scores(const std::vector<std::string>& classes, const std::vector<double>& values) {
  constexpr double kLeft = 66, kPlotWidth = 120, kRow = 26;
  double most = 1e-9, least = 0;
  for (const double value : values) {
    most = std::max(most, value);
    least = std::min(least, value);
  }
  const double scale = kPlotWidth / (most - least);
  const double zero = kLeft - least * scale;
  const auto best = std::max_element(values.begin(), values.end()) - values.begin();
  std::string out = open(kLeft + kPlotWidth + 8, kRow * static_cast<double>(classes.size()) + 4,
                         "score of every class");
  for (std::size_t i = 0; i < classes.size() && i < values.size(); ++i) {
    const double y = kRow * static_cast<double>(i) + 2;
    const double length = std::max(1.0, std::abs(values[i]) * scale);
    const bool chosen = static_cast<std::ptrdiff_t>(i) == best;
    out += text(kLeft - 10, y + 16, classes[i], chosen ? "end strong" : "end");
    out += rect(values[i] < 0 ? zero - length : zero, y, length, kRow - 6,
                chosen ? "cause0" : "quiet", classes[i] + ": " + fixed(values[i], 3));
  }
  return out + "</svg>";
}

}  // namespace tendon::cli::svg
