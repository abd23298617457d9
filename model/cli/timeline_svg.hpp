// SPDX-License-Identifier: MIT
// A trace in the Chrome/Perfetto JSON format as a picture.
#pragma once

#include <string>

#include "cli/output.hpp"
#include "net/result.hpp"

namespace tendon::cli {

struct TimelineView {
  double from_us = 0;
  double to_us = 0;  // 0: the end of the trace
};

/// The last window of a trace: between the ends of the last two spans called "report". Error: there
/// are fewer.
Result<TimelineView> last_window(const Json& trace);

/// One row per thread of `trace` in order of thread numbers, spans ("X") as bars with their names
/// where they fit, moments ("i") as ticks, a scale in microseconds below. Error: not such a trace,
/// or nothing between the two times.
Result<std::string> timeline_svg(const Json& trace, const TimelineView& view);

}  // namespace tendon::cli
