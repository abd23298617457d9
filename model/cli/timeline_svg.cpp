// SPDX-License-Identifier: MIT
#include "cli/timeline_svg.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace tendon::cli {
namespace {

constexpr double kLeft = 150, kWidth = 1000, kRow = 26, kBar = 18, kTop = 14, kLetter = 6.4;
constexpr const char* kColours[] = {"#4878a8", "#d08040", "#589858", "#a05878",
                                    "#807040", "#508890", "#906840", "#686898"};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  }
  return out;
}

struct Event {
  std::string name;
  double begin, end;
};

struct Rows {
  std::map<int, std::string> names;
  std::map<int, std::vector<Event>> events;
  double end = 0;
};

Result<Rows> read_rows(const Json& trace) {
  if (!trace.is_object() || !trace.contains("traceEvents") || !trace["traceEvents"].is_array()) {
    return Error{"not a trace: no list \"traceEvents\""};
  }
  Rows rows;
  for (const Json& event : trace["traceEvents"]) {
    const std::string kind = event.value("ph", "");
    const int row = event.value("tid", 0);
    if (kind == "M" && event.value("name", "") == "thread_name") {
      rows.names[row] = event["args"].value("name", "");
    } else if (kind == "X" || kind == "i") {
      const double begin = event.value("ts", 0.0);
      const double end = begin + event.value("dur", 0.0);
      rows.events[row].push_back({event.value("name", ""), begin, end});
      rows.end = std::max(rows.end, end);
    }
  }
  return rows;
}

/// 1, 2 or 5 times a power of ten, about eight to the whole.
double tick_step(double span) {
  const double rough = span / 8;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

std::string number(double value) { return fixed(value, 2); }

std::string bar(const Event& event, double x0, double x1, double y, const char* colour) {
  if (event.begin == event.end) {
    return "<line x1='" + number(x0) + "' x2='" + number(x0) + "' y1='" + number(y) + "' y2='" +
           number(y + kBar) + "' stroke='" + colour + "'><title>" + escaped(event.name) +
           "</title></line>\n";
  }
  std::string out = "<rect x='" + number(x0) + "' y='" + number(y) + "' width='" +
                    number(std::max(x1 - x0, 0.5)) + "' height='" + number(kBar) + "' fill='" +
                    colour + "'><title>" + escaped(event.name) + ", " +
                    fixed(event.end - event.begin, 2) + " us</title></rect>\n";
  if (static_cast<double>(event.name.size()) * kLetter < x1 - x0 - 4) {
    out += "<text x='" + number(x0 + 3) + "' y='" + number(y + 13) + "' fill='#fff'>" +
           escaped(event.name) + "</text>\n";
  }
  return out;
}

}  // namespace

Result<TimelineView> last_window(const Json& trace) {
  const auto rows = read_rows(trace);
  if (!rows) return rows.error();
  std::vector<double> ends;
  for (const auto& [index, events] : rows->events) {
    for (const Event& event : events) {
      if (event.name == "report") ends.push_back(event.end);
    }
  }
  std::sort(ends.begin(), ends.end());
  if (ends.size() < 2) {
    return Error{"the trace has " + std::to_string(ends.size()) + " windows, two are needed"};
  }
  return TimelineView{ends[ends.size() - 2], ends.back()};
}

Result<std::string> timeline_svg(const Json& trace, const TimelineView& view) {
  const auto rows = read_rows(trace);
  if (!rows) return rows.error();
  const double from = view.from_us, to = view.to_us > 0 ? view.to_us : rows->end;
  if (to <= from) {
    return Error{"nothing to draw between " + fixed(from, 1) + " and " + fixed(to, 1) + " us"};
  }
  const double scale = kWidth / (to - from);
  std::string body;
  double y = kTop;
  std::size_t drawn = 0, colour = 0;
  for (const auto& [index, events] : rows->events) {
    const auto name = rows->names.find(index);
    body += "<text x='4' y='" + number(y + 13) + "'>" +
            escaped(name == rows->names.end() ? std::to_string(index) : name->second) + "</text>\n";
    for (const Event& event : events) {
      if (event.end < from || event.begin > to) continue;
      const double x0 = kLeft + (std::max(event.begin, from) - from) * scale;
      const double x1 = kLeft + (std::min(event.end, to) - from) * scale;
      body += bar(event, x0, x1, y, kColours[colour % std::size(kColours)]);
      ++drawn;
    }
    ++colour;
    y += kRow;
  }
  if (drawn == 0) {
    return Error{"nothing happened between " + fixed(from, 1) + " and " + fixed(to, 1) + " us"};
  }
  const double step = tick_step(to - from);
  // Zero is where the picture begins.
  for (int i = 0; i * step <= to - from; ++i) {
    const double t = i * step;
    const std::string x = number(kLeft + t * scale);
    body += "<line x1='" + x + "' x2='" + x + "' y1='" + number(kTop) + "' y2='" + number(y) +
            "' stroke='#bbb' stroke-width='0.5'/><text x='" + x + "' y='" + number(y + 14) +
            "' text-anchor='middle'>" + fixed(t, step < 1 ? 1 : 0) + " us</text>\n";
  }
  const std::string width = number(kLeft + kWidth + 30), height = number(y + 22);
  return "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " + width + " " + height +
         "' font-family='sans-serif' font-size='11'>\n<rect width='" + width + "' height='" +
         height + "' fill='#fff'/>\n" + body + "</svg>\n";
}

}  // namespace tendon::cli
