// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "cli/source.hpp"

namespace tendon::cli {

/// Trains db1-cnn on the training repetitions of `source`, quantizes it to `weights` ("8/4/4/2/8"
/// or "8") with 8-bit activations, and writes FOLDER/network.onnx; returns its path. Error: no
/// LibTorch in this build (says how to get it), or what training refuses.
Result<std::string> train_here(const Source& source, const std::string& weights,
                               const std::string& folder);

}  // namespace tendon::cli
