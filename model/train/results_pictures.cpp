// SPDX-License-Identifier: MIT
// The pictures of the results as SVG text.
#include <algorithm>
#include <cmath>

#include "train/results_text.hpp"

namespace tendon::train {
namespace {

using nlohmann::json;

constexpr const char* kBlack = "#1c2430";
constexpr const char* kBlue = "#1b6ca8";
constexpr const char* kOrange = "#c2410c";
constexpr const char* kGrid = "#e3e8ef";
constexpr double kLeft = 60, kRight = 680, kTop = 20, kBottom = 330;
constexpr double kDeepest = 0.04;  // points further below the best are drawn on the lower edge

std::string text_at(double x, double y, const std::string& text, const char* anchor) {
  return "<text x=\"" + fixed(x, 1) + "\" y=\"" + fixed(y, 1) + "\" text-anchor=\"" + anchor +
         "\">" + escape(text) + "</text>";
}

std::string line_at(double x1, double y1, double x2, double y2, const char* color) {
  return "<line x1=\"" + fixed(x1, 1) + "\" y1=\"" + fixed(y1, 1) + "\" x2=\"" + fixed(x2, 1) +
         "\" y2=\"" + fixed(y2, 1) + "\" stroke=\"" + color + "\"/>";
}

std::string svg(int width, int height, const std::string& label, const std::string& body) {
  return "<svg viewBox=\"0 0 " + std::to_string(width) + " " + std::to_string(height) +
         "\" width=\"" + std::to_string(width) + "\" role=\"img\" aria-label=\"" + escape(label) +
         "\">" + body + "</svg>\n";
}

/// A scale from values to pixels.
struct Scale {
  double low, high, from, to;
  double operator()(double value) const {
    return from + (value - low) / (high - low) * (to - from);
  }
};

const char* color_of(const json& row) {
  if (row["method"] == "float") return kBlack;
  return row["method"] == "post-training" ? kBlue : kOrange;
}

/// Values of one axis: position of a row (negative: not in the picture) and ticks with texts.
struct Axis {
  Scale scale;
  std::vector<std::pair<double, std::string>> ticks;
  double (*value)(const json& row);
};

std::vector<const json*> rows_of(const json& results, const Axis& axis) {
  std::vector<const json*> rows;
  for (const json& row : results["networks"]) {
    if (row["in_picture"].get<bool>() && axis.value(row) >= 0.0) rows.push_back(&row);
  }
  std::sort(rows.begin(), rows.end(),
            [&](const json* a, const json* b) { return axis.value(*a) < axis.value(*b); });
  return rows;
}

std::string point(double x, double y, const json& row, bool below) {
  const std::string title = "<title>" + escape(row["name"].get<std::string>()) + ", " +
                            row["method"].get<std::string>() + ": " +
                            percent(row["accuracy_mean"], 2) + " %</title>";
  if (below) {
    return "<path d=\"M" + fixed(x - 5, 1) + " " + fixed(y - 9, 1) + "h10l-5 9z\" fill=\"" +
           color_of(row) + "\">" + title + "</path>";
  }
  return "<circle cx=\"" + fixed(x, 1) + "\" cy=\"" + fixed(y, 1) + "\" r=\"4\" fill=\"" +
         color_of(row) + "\" fill-opacity=\"0.85\">" + title + "</circle>";
}

std::string frame(const Axis& axis, const Scale& y) {
  std::string body;
  for (const auto& [value, text] : axis.ticks) {
    const double at = axis.scale(value);
    body += line_at(at, kTop, at, kBottom, kGrid) + text_at(at, kBottom + 18, text, "middle");
  }
  const double tick = y.high - y.low > 0.05 ? 0.02 : 0.01;
  for (double a = y.low; a <= y.high + 1e-9; a += tick) {
    body += line_at(kLeft, y(a), kRight, y(a), kGrid) +
            text_at(kLeft - 6, y(a) + 4, fixed(100.0 * a, 0) + " %", "end");
  }
  return body;
}

/// Points of all complete rows; the stairs are the best accuracy up to this cost.
std::string cost_picture(const json& results, const Axis& axis, const std::string& label) {
  const std::vector<const json*> rows = rows_of(results, axis);
  if (rows.empty()) return {};
  double low = 1.0, high = 0.0;
  for (const json* row : rows) {
    low = std::min(low, (*row)["accuracy_mean"].get<double>());
    high = std::max(high, (*row)["accuracy_mean"].get<double>());
  }
  low = std::max(low, high - kDeepest);
  const Scale y{std::floor(low * 100.0) / 100.0, std::ceil(high * 100.0) / 100.0, kBottom, kTop};
  std::string body = frame(axis, y), dots;
  double best = 0.0, last_x = 0.0, last_y = 0.0;
  for (const json* row : rows) {
    const double px = axis.scale(axis.value(*row));
    const double value = (*row)["accuracy_mean"].get<double>();
    const bool below = value < y.low;
    const double py = y(std::max(value, y.low));
    if (value > best && !below) {
      if (best > 0.0) {
        body += line_at(last_x, last_y, px, last_y, kBlue) + line_at(px, last_y, px, py, kBlue);
      }
      best = value;
      last_x = px;
      last_y = py;
    }
    dots += point(px, py, *row, below);
  }
  body += dots + text_at(kRight, kBottom + 36,
                         "black float, blue post-training, orange trained; line: best so far; "
                         "triangles lie below the picture",
                         "end");
  return svg(700, 375, label, body);
}

double log_bytes(const json& row) { return std::log10(row["payload_bytes"].get<double>()); }
double cycles(const json& row) { return row.value("cycles", -1.0); }

/// Square of one value: white 0.0001 nats or less, dark 1 or more.
std::string square(double x, double y, double value) {
  const double level = std::clamp((std::log10(std::max(value, 1e-9)) + 4.0) / 4.0, 0.0, 1.0);
  return "<rect x=\"" + fixed(x, 0) + "\" y=\"" + fixed(y, 0) +
         "\" width=\"66\" height=\"23\" fill=\"" + kOrange + "\" fill-opacity=\"" +
         fixed(0.85 * level, 2) + "\"/>" + text_at(x + 33, y + 16, fixed(value, 4), "middle");
}

const json* headline(const json& results, bool smallest) {
  const json* found = nullptr;
  for (const json& row : results["networks"]) {
    if (row["set"] != "headline") continue;
    if (smallest ? !found || row["payload_bytes"] < (*found)["payload_bytes"]
                 : row["method"] == "float") {
      found = &row;
    }
  }
  return found;
}

}  // namespace

std::string size_picture(const json& results) {
  double least = 1e12, most = 0.0;
  for (const json& row : results["networks"]) {
    if (!row["in_picture"].get<bool>()) continue;
    least = std::min(least, row["payload_bytes"].get<double>());
    most = std::max(most, row["payload_bytes"].get<double>());
  }
  if (!(most > 0.0)) return {};
  Axis axis{{std::log10(0.8 * least), std::log10(1.25 * most), kLeft, kRight}, {}, log_bytes};
  for (double decade = 100.0; decade < most; decade *= 10.0) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double at = std::log10(decade * factor);
      if (at < axis.scale.low || at > axis.scale.high) continue;
      axis.ticks.emplace_back(at, fixed(decade * factor / 1000.0, decade < 1000.0 ? 1 : 0) + " KB");
    }
  }
  return cost_picture(results, axis, "accuracy against payload");
}

std::string cycles_picture(const json& results) {
  double most = 0.0;
  for (const json& row : results["networks"]) {
    if (row["in_picture"].get<bool>()) most = std::max(most, cycles(row));
  }
  if (!(most > 0.0)) return {};
  const double decade = std::pow(10.0, std::floor(std::log10(most)));
  const double step =
      most / decade > 5.0 ? decade : (most / decade > 2.0 ? decade / 2.0 : decade / 5.0);
  Axis axis{{0.0, std::ceil(most / step) * step, kLeft, kRight}, {}, cycles};
  for (double at = 0.0; at <= axis.scale.high + 0.5; at += step) {
    axis.ticks.emplace_back(at, fixed(at, 0));
  }
  return cost_picture(results, axis, "accuracy against cycles");
}

std::string sensitivity_picture(const json& entries) {
  std::string body =
      text_at(285, 16, "divergence", "middle") + text_at(520, 16, "Hessian estimate", "middle");
  double y = 46.0;
  for (int k = 0; k < 3; ++k) {
    for (const double left : {182.0, 417.0}) {
      body += text_at(left + 33 + 70 * k, 36, std::to_string(2 << k) + " bits", "middle");
    }
  }
  for (std::size_t i = 0; i + 2 < entries.size(); i += 3, y += 26.0) {
    const bool weights = entries[i]["weights"].get<bool>();
    body +=
        text_at(170, y + 16,
                entries[i]["layer"].get<std::string>() + (weights ? " weights" : " output"), "end");
    for (std::size_t k = 0; k < 3; ++k) {
      const double x = 182.0 + 70.0 * static_cast<double>(k);
      body += square(x, y, entries[i + k]["kl"].get<double>());
      if (weights) body += square(x + 235.0, y, entries[i + k]["hessian"].get<double>());
    }
  }
  return svg(640, static_cast<int>(y) + 10, "sensitivity by layer and width", body);
}

std::string subject_picture(const json& results) {
  const json* exact = headline(results, false);
  const json* small = headline(results, true);
  if (!exact || !small) return {};
  const Scale x{0.84, 1.0, 60, 660};
  std::string body;
  double y = 40.0;
  for (double a = x.low; a <= 1.0 + 1e-9; a += 0.02) {
    body += line_at(x(a), 25, x(a), 40.0 + 20.0 * static_cast<double>(results["subjects"].size()),
                    kGrid) +
            text_at(x(a), 18, fixed(100.0 * a, 0) + " %", "middle");
  }
  for (const json& subject : results["subjects"]) {
    const auto name = subject.get<std::string>();
    body += text_at(52, y + 4, name, "end");
    const struct {
      const json* row;
      const char* color;
    } dots[] = {{exact, kBlack}, {small, kOrange}};
    for (const auto& dot : dots) {
      const json& each = (*dot.row)["accuracy_by_subject"];
      if (!each.contains(name)) continue;
      const double at = x(std::max(x.low, each[name].get<double>()));
      body += "<circle cx=\"" + fixed(at, 1) + "\" cy=\"" + fixed(y, 1) +
              "\" r=\"4\" fill=\"none\" stroke-width=\"2\" stroke=\"" + dot.color + "\"/>";
    }
    y += 20.0;
  }
  body += text_at(660, y + 12, "black float, orange " + (*small)["name"].get<std::string>(), "end");
  return svg(680, static_cast<int>(y) + 22, "accuracy by subject", body);
}

}  // namespace tendon::train
