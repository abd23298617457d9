// SPDX-License-Identifier: MIT
// Makes the CRCs of a .tdn file right, or nothing behind them would ever be reached.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tendon::fuzz {

/// Magic, version, size and CRCs of header and sections; a file without room for them stays as it
/// is.
void seal(std::uint8_t* file, std::size_t bytes);

}  // namespace tendon::fuzz
