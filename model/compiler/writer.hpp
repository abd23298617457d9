// SPDX-License-Identifier: MIT
#pragma once

#include "compiler/bytes.hpp"
#include "compiler/program.hpp"

namespace tendon::compiler {

/// The file of a checked network (its names hold no NUL) and its images.
Bytes write_program(const net::Network& network, const std::vector<Image>& images);

}  // namespace tendon::compiler
