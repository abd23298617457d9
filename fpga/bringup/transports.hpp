// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "link.hpp"

namespace tendon::bringup {

/// /dev/spidevB.C in mode 0 at `hertz`. Null: cannot be opened or set up; *why says which.
std::unique_ptr<Transport> open_spidev(const std::string& device, std::uint32_t hertz,
                                       std::string* why);

/// A serial port, 8N1 at 1,000,000 baud. Null: cannot be opened or set up; *why says which.
std::unique_ptr<Transport> open_uart(const std::string& device, std::string* why);

}  // namespace tendon::bringup
