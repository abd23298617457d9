// SPDX-License-Identifier: MIT
#pragma once

#include "compiler/program.hpp"

namespace tendon::compiler {

/// The image of a checked network for one accelerator: which layers run there, and all their bytes.
/// Layers that do not fit the memories stay on the CPU, the largest first.
Image make_image(const net::Network& network, const Geometry& geometry);

}  // namespace tendon::compiler
