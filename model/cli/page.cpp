// SPDX-License-Identifier: MIT
#include "cli/page.hpp"

#include <algorithm>

#include "cli/page_style.hpp"
#include "cli/svg.hpp"

namespace tendon::cli {
namespace {

using svg::escape;

std::string css_levels() {
  std::string out;
  for (int level = 0; level < 16; ++level) {
    const std::string at = std::to_string(level);
    const int part = level * 100 / 15;
    // Two halves: low to mid, mid to high. Mixed by the browser, so both pages share one rule.
    const std::string mixed =
        level < 8
            ? "color-mix(in srgb,var(--mid) " + std::to_string(part * 2) + "%,var(--low))"
            : "color-mix(in srgb,var(--high) " + std::to_string(part * 2 - 100) + "%,var(--mid))";
    out += ".h" + at + "{fill:" + mixed + "}.w" + at + "{fill:color-mix(in srgb,var(--bad) " +
           std::to_string(level == 0 ? 0 : 30 + part * 70 / 100) + "%,var(--low))}";
  }
  for (std::size_t cause = 0; cause < svg::kCauseCount; ++cause) {
    out += ".cause" + std::to_string(cause) + "{fill:var(--c" + std::to_string(cause) + ")}";
  }
  return out;
}

std::string section(const std::string& title, const std::string& lead, const std::string& body) {
  return "<section><h2>" + title + "</h2><p class=\"lead\">" + lead + "</p>" + body +
         "</section>\n";
}

std::string figure(const std::string& value, const std::string& what, const char* css = "") {
  return "<div class=\"figure " + std::string(css) + "\"><b>" + escape(value) + "</b><span>" +
         escape(what) + "</span></div>";
}

std::string bits_badge(int bits) {
  const std::string text = std::to_string(bits);
  return bits == 0 ? "-" : "<span class=\"bits b" + text + "\">" + text + "</span>";
}

std::vector<std::uint64_t> causes(const Json& stalls) {
  std::vector<std::uint64_t> out;
  for (const char* cause : svg::kCauses) {
    out.push_back(stalls.at(cause).get<std::uint64_t>());
  }
  return out;
}

std::string figures(const Json& json) {
  std::string out;
  if (json.contains("accuracy")) {
    out += figure(percent(json.at("accuracy")), "of the windows get the right class");
  }
  if (json.contains("windows")) {
    out += figure(grouped(json.at("windows")), "windows");
  }
  if (json.contains("bit_exact")) {
    const bool exact = json.at("bit_exact");
    out += figure(grouped(json.at("mismatches")),
                  "differences in " + grouped(json.at("compared_values")) + " compared values",
                  exact ? "good" : "poor");
  }
  if (json.contains("total")) {
    const Json& total = json.at("total");
    out += figure(grouped(total.at("cycles")), "cycles a window, memory to label");
    out += figure(percent(total.at("utilization")), "of the array's peak in use");
  }
  if (json.contains("payload_bytes")) {
    out += figure(fixed(json.at("payload_bytes").get<double>() / 1000, 1) + " KB",
                  "weights and scales");
  }
  return "<div class=\"figures\">" + out + "</div>\n";
}

std::string tensor_figure(const Json& tensor) {
  svg::Image image;
  image.rows = tensor.at("rows");
  image.columns = tensor.at("columns");
  image.channels = tensor.at("channels");
  image.lo = tensor.at("lo");
  image.hi = tensor.at("hi");
  image.codes = tensor.at("codes").get<std::vector<int>>();
  const int down = image.rows * image.channels;
  const bool is_vector = image.columns == 1;
  const int width = is_vector ? 22 : std::clamp(image.columns * 4, 50, 180);
  const int height = std::clamp(down * (is_vector ? 4 : 6), 40, 260);
  return "<figure>" + svg::heatmap(image, width, height) + "<figcaption><b>" +
         escape(tensor.at("name").get<std::string>()) + "</b><br>" + std::to_string(image.columns) +
         " x " + std::to_string(down) + ", " + std::to_string(tensor.at("bits").get<int>()) +
         " bit</figcaption></figure>";
}

/// The strongest sample of a window: its traces then fill their rows.
double largest(const std::vector<std::vector<double>>& samples) {
  double most = 1;
  for (const std::vector<double>& sample : samples) {
    most = std::max(most, *std::max_element(sample.begin(), sample.end()));
  }
  return most;
}

std::string window_section(const Json& json) {
  const Json& window = json.at("window");
  const auto classes = json.at("classes").get<std::vector<std::string>>();
  const auto label = window.at("label").get<std::size_t>();
  const auto truth = window.at("truth").get<std::size_t>();
  const double rate = window.at("sample_rate_hz");
  const auto samples = window.at("samples").get<std::vector<std::vector<double>>>();
  const double length_ms = 1000.0 * static_cast<double>(samples.size()) / rate;

  std::string body =
      "<figure>" +
      svg::traces(samples, largest(samples), fixed(length_ms, 0) + " ms, one line per electrode") +
      "</figure>";
  // The last tensor is what the scores show.
  const Json& tensors = window.at("tensors");
  for (std::size_t i = 0; i + 1 < tensors.size(); ++i) {
    body += tensor_figure(tensors[i]);
  }
  body += "<figure>" + svg::scores(classes, window.at("scores").get<std::vector<double>>()) +
          "<figcaption><b>" + escape(tensors.back().at("name").get<std::string>()) +
          "</b><br>score of every class</figcaption></figure>";
  const std::string verdict =
      label == truth ? "and it was." : "but it was <b>" + escape(classes.at(truth)) + "</b>.";
  return section("One window, from electrodes to a class",
                 "The network says <b>" + escape(classes.at(label)) + "</b>, " + verdict +
                     " Time runs to the right, channels downwards; every image is the tensor that "
                     "golden model, CPU kernels and hardware agree on.",
                 "<div class=\"flow\">" + body + "</div>");
}

std::string cause_key() {
  std::string out = "<div class=\"key\">";
  for (std::size_t i = 0; i < svg::kCauseCount; ++i) {
    std::string name = svg::kCauses[i];
    std::replace(name.begin(), name.end(), '_', ' ');
    out +=
        "<span><i style=\"background:var(--c" + std::to_string(i) + ")\"></i>" + name + "</span>";
  }
  return out + "</div>";
}

std::string layer_row(const Json& layer, const char* css) {
  std::string out = std::string("<tr") + css + "><td>" +
                    escape(layer.at("name").get<std::string>()) + "</td><td>" +
                    escape(layer.value("shape", "")) + "</td>";
  out += "<td>" + (layer.contains("weight_bits") ? bits_badge(layer.at("weight_bits")) : "") +
         "</td><td>" +
         (layer.contains("activation_bits") ? bits_badge(layer.at("activation_bits")) : "") +
         "</td>";
  out += "<td>" + grouped(layer.at("macs")) + "</td><td>" + grouped(layer.at("cycles")) +
         "</td><td>" + grouped(layer.at("predicted_cycles")) + "</td><td>" +
         percent(layer.at("utilization")) + "</td></tr>";
  return out;
}

std::string layers_section(const Json& json) {
  std::vector<svg::Bar> bars;
  std::string rows;
  for (const Json& layer : json.at("layers")) {
    bars.push_back({layer.at("name"),
                    grouped(layer.at("cycles")) + " cycles, " + percent(layer.at("utilization")),
                    causes(layer.at("stalls"))});
    rows += layer_row(layer, "");
  }
  Json total = json.at("total");
  total["name"] = "whole network";
  rows += layer_row(total, " class=\"sum\"");
  const std::string table =
      "<div class=\"scroll\"><table><tr><th>layer</th><th>output</th><th>weights</th>"
      "<th>activations</th><th>MAC</th><th>cycles</th><th>predicted</th><th>utilization</th></tr>" +
      rows + "</table></div>";
  return section("Where the cycles go",
                 "Verilated RTL, configuration <b>" + escape(json.at("config").get<std::string>()) +
                     "</b>. Utilization: cycles that the multiplications need at the peak of the "
                     "widths used, divided by all cycles.",
                 svg::bars(bars) + cause_key() + table);
}

std::string confusion_section(const Json& json) {
  return section(
      "Right and wrong", "Rows are what the hand did, columns what the network said.",
      svg::confusion(json.at("classes").get<std::vector<std::string>>(),
                     json.at("confusion").get<std::vector<std::vector<std::uint64_t>>>()));
}

std::string engines_section(const Json& json) {
  std::string rows;
  for (const Json& run : json.at("engine_runs")) {
    const auto differences = run.at("mismatches").get<std::uint64_t>();
    rows += "<tr><td>" + escape(run.at("name").get<std::string>()) + "<br><small>" +
            escape(run.at("what").get<std::string>()) + "</small></td><td>" +
            grouped(run.at("compared_values")) + "</td><td class=\"" +
            (differences == 0 ? "same\">the same" : "differs\">" + grouped(differences)) +
            "</td><td>" + fixed(run.at("windows_per_second"), 1) + "</td></tr>";
  }
  return section("Every engine, bit for bit",
                 "All tensors of all windows, compared with the golden model.",
                 "<div class=\"scroll\"><table><tr><th>engine</th><th>values</th>"
                 "<th>against golden</th><th>windows/s</th></tr>" +
                     rows + "</table></div>");
}

std::string render(const Json& json) {
  const std::string network = escape(json.at("network").get<std::string>());
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<title>Tendon: " +
      network + "</title><style>" + kStyle + css_levels() + "</style></head><body><main>\n";
  out +=
      "<header><h1>" + network + "</h1><p>" + escape(json.value("source", "")) + "</p></header>\n";
  out += figures(json);
  out += json.contains("window") ? window_section(json) : "";
  out += json.contains("layers") ? layers_section(json) : "";
  out += "<div class=\"pair\">";
  out += json.contains("confusion") ? confusion_section(json) : "";
  out += json.contains("engine_runs") ? engines_section(json) : "";
  out += "</div>";
  out += "<footer>" + escape(json.value("made_by", "")) + "</footer></main></body></html>\n";
  return out;
}

}  // namespace

Result<std::string> page(const Json& json) {
  try {
    return render(json);
  } catch (const std::exception& error) {
    return Error{std::string("report: ") + error.what()};
  }
}

}  // namespace tendon::cli
