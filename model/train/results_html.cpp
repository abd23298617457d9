// SPDX-License-Identifier: MIT
// A self-contained page: tables and three SVG pictures, no script, no outside file.
#include <algorithm>
#include <cmath>
#include <set>

#include "train/campaign.hpp"
#include "train/results_text.hpp"

namespace tendon::train {
namespace {

using nlohmann::json;

const char* const kStyle =
    "body{font:15px/1.45 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;"
    "color:#1c2430}table{border-collapse:collapse;margin:1rem 0}th,td{padding:.25rem "
    ".6rem;border-bottom:1px solid #d5dbe3;text-align:right}th:first-child,td:first-child"
    "{text-align:left}td{white-space:nowrap}svg{max-width:100%;height:auto}text{font:12px "
    "system-ui,sans-serif;"
    "fill:#1c2430}";

std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

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

bool is_task_a(const json& row) { return row["task"] == "A" && row["split"] == "repetitions"; }

/// Accuracy against payload (logarithmic) of all task A lines; the stairs are the Pareto front.
std::string front_picture(const json& results) {
  std::vector<const json*> rows;
  double low = 1.0, high = 0.0;
  for (const json& row : results["networks"]) {
    if (!is_task_a(row)) continue;
    rows.push_back(&row);
    low = std::min(low, row["accuracy_mean"].get<double>());
    high = std::max(high, row["accuracy_mean"].get<double>());
  }
  const Scale x{std::log10(4e3), std::log10(4e5), 60, 680};
  const Scale y{std::floor(low * 100.0) / 100.0, std::ceil(high * 100.0) / 100.0 + 0.002, 330, 20};
  std::string body;
  for (const double kb : {5.0, 10.0, 20.0, 50.0, 100.0, 250.0}) {
    const double at = x(std::log10(kb * 1000.0));
    body += line_at(at, 20, at, 330, "#e3e8ef") + text_at(at, 348, fixed(kb, 0) + " KB", "middle");
  }
  const double tick = y.high - y.low > 0.08 ? 0.02 : 0.01;
  for (double a = y.low; a <= y.high + 1e-9; a += tick) {
    body += line_at(60, y(a), 680, y(a), "#e3e8ef") +
            text_at(54, y(a) + 4, fixed(100.0 * a, 0) + " %", "end");
  }
  std::sort(rows.begin(), rows.end(), [](const json* a, const json* b) {
    return (*a)["payload_bytes"] < (*b)["payload_bytes"];
  });
  double best = 0.0, last_x = 0.0, last_y = 0.0;
  for (const json* row : rows) {
    const double px = x(std::log10((*row)["payload_bytes"].get<double>()));
    const double value = (*row)["accuracy_mean"].get<double>();
    const double py = y(value);
    if (value > best) {
      if (best > 0.0) {
        body +=
            line_at(last_x, last_y, px, last_y, "#1b6ca8") + line_at(px, last_y, px, py, "#1b6ca8");
      }
      best = value;
      last_x = px;
      last_y = py;
    }
    const bool trained = (*row)["method"] == "quantization-aware training";
    const char* color = (*row)["method"] == "float" ? "#1c2430" : (trained ? "#c2410c" : "#1b6ca8");
    body += "<circle cx=\"" + fixed(px, 1) + "\" cy=\"" + fixed(py, 1) + "\" r=\"4\" fill=\"" +
            color + "\"><title>" + escape((*row)["name"].get<std::string>()) + ", " +
            (*row)["method"].get<std::string>() + ": " + percent(value, 2) + " %</title></circle>";
  }
  body += text_at(680, 365, "black float, blue post-training, orange trained; line: best so far",
                  "end");
  return svg(700, 375, "accuracy against payload", body);
}

/// Squares by divergence: white 0.0001 nats or less, dark 1 or more.
std::string sensitivity_picture(const json& entries) {
  std::string body;
  double y = 30.0;
  for (int k = 0; k < 3; ++k) {
    body += text_at(215 + 70 * k, 20, std::to_string(2 << k) + " bits", "middle");
  }
  for (std::size_t i = 0; i + 2 < entries.size(); i += 3, y += 26.0) {
    const bool weights = entries[i]["weights"].get<bool>();
    body +=
        text_at(170, y + 16,
                entries[i]["layer"].get<std::string>() + (weights ? " weights" : " output"), "end");
    for (std::size_t k = 0; k < 3; ++k) {
      const double kl = entries[i + k]["kl"].get<double>();
      const double level = std::clamp((std::log10(std::max(kl, 1e-9)) + 4.0) / 4.0, 0.0, 1.0);
      body += "<rect x=\"" + fixed(182.0 + 70.0 * static_cast<double>(k), 0) + "\" y=\"" +
              fixed(y, 0) + "\" width=\"66\" height=\"23\" fill=\"#c2410c\" fill-opacity=\"" +
              fixed(level, 2) + "\"/>";
      body += text_at(215.0 + 70.0 * static_cast<double>(k), y + 16, fixed(kl, 4), "middle");
    }
  }
  return svg(400, static_cast<int>(y) + 10, "sensitivity by layer and width", body);
}

/// One row per subject: float and the smallest headline network.
std::string subject_picture(const json& results) {
  const json* exact = nullptr;
  const json* small = nullptr;
  for (const json& row : results["networks"]) {
    if (row["set"] != "headline") continue;
    if (row["method"] == "float") exact = &row;
    if (!small || row["payload_bytes"] <= (*small)["payload_bytes"]) small = &row;
  }
  if (!exact) return {};
  const Scale x{0.84, 1.0, 60, 660};
  std::string body;
  double y = 40.0;
  for (double a = x.low; a <= 1.0 + 1e-9; a += 0.02) {
    body += line_at(x(a), 25, x(a), 40.0 + 20.0 * static_cast<double>(results["subjects"].size()),
                    "#e3e8ef") +
            text_at(x(a), 18, fixed(100.0 * a, 0) + " %", "middle");
  }
  for (const json& subject : results["subjects"]) {
    const auto name = subject.get<std::string>();
    body += text_at(52, y + 4, name, "end");
    const struct {
      const json* row;
      const char* color;
    } dots[] = {{exact, "#1c2430"}, {small, "#c2410c"}};
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

std::string table(const json& results, const Section& section) {
  std::string rows;
  for (const json& row : results["networks"]) {
    if (row["set"] != section.set) continue;
    rows +=
        "<tr><td>" + row["network"].get<std::string>() + "<td>" + row["task"].get<std::string>() +
        "<td>" + row["weight_bits"].get<std::string>() + "<td>" +
        row["activation_bits"].get<std::string>() + "<td>" + row["method"].get<std::string>() +
        "<td>" + fixed(row["payload_bytes"].get<double>() / 1000.0, 2) + "<td>" +
        percent(row["accuracy_mean"], 2) + " &plusmn; " + percent(row["accuracy_sd"], 2) + "<td>" +
        percent(row["float_drop"], 2) + "<td>" + percent(row["trial_accuracy_mean"], 1) + "<td>" +
        fixed(row["processor_seconds_mean"].get<double>(), 1) + "<td>" +
        std::to_string(row["subjects"].get<int>()) + "\n";
  }
  if (rows.empty()) return {};
  std::string text = "<h2>" + escape(section.title) + "</h2>\n";
  if (!section.note.empty()) text += "<p>" + escape(section.note) + "</p>\n";
  return text +
         "<table><tr><th>network<th>task<th>weight bits<th>activation bits<th>method<th>payload "
         "KB<th>accuracy %<th>drop, points<th>per trial %<th>processor s<th>subjects\n" +
         rows + "</table>\n";
}

}  // namespace

std::string to_html(const json& results) {
  const std::string title =
      "NinaPro DB1, exercise 1: " + std::to_string(results["subjects"].size()) + " subjects";
  std::string page = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>" + title +
                     "</title>\n<style>" + kStyle + "</style>\n<h1>" + title +
                     "</h1>\n<p>Written by <code>tendon reproduce db1</code>. " +
                     escape(results["protocol"].get<std::string>()) + ".</p>\n<p>" +
                     escape(facts(results)) + "</p>\n<h2>Accuracy against size, task A</h2>\n" +
                     front_picture(results);
  for (const Section& section : sections()) page += table(results, section);
  if (!results["sensitivity"].empty()) {
    page +=
        "<h2>Sensitivity</h2>\n<p>Mean divergence of the outputs in nats with one tensor at the "
        "given width, all others at 8 bits.</p>\n" +
        sensitivity_picture(results["sensitivity"]);
  }
  return page + "<h2>By subject, task A</h2>\n" + subject_picture(results) + "</html>\n";
}

}  // namespace tendon::train
