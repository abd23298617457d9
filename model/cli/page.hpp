// SPDX-License-Identifier: MIT
// One self-contained HTML page from the JSON of `tendon demo` or `tendon bench`: no script, no
// font, no picture from elsewhere.
#pragma once

#include <string>

#include "cli/output.hpp"

namespace tendon::cli {

/// Every section whose data is in `json` is written, in this order:
///   figures    always, from what is there
///   `window`   one window, electrode signals to class, every tensor as an image
///   `layers`   cycles by cause, bits, utilization
///   `confusion` with `classes`
///   `engine_runs`  what each engine did, bit for bit
/// Error: a key that a section needs is missing or has another type; names it.
Result<std::string> page(const Json& json);

}  // namespace tendon::cli
