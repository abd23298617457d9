// SPDX-License-Identifier: MIT
#include "tlm/host_port.hpp"

#include <algorithm>

#include "firmware/platform.h"

namespace tendon::vp {

// No time passes at the port: it is not part of the system that is being measured.
HostPort::HostPort(sc_core::sc_module_name name, std::uint32_t setup, std::uint32_t spi_divider,
                   std::vector<std::uint8_t>& buffer, HostPortCallbacks callbacks)
    : Device(name, sc_core::SC_ZERO_TIME),
      setup_(setup),
      spi_divider_(spi_divider),
      buffer_(buffer),
      callbacks_(std::move(callbacks)) {}

std::uint32_t HostPort::fetch() {
  const std::optional<WindowJob> job = callbacks_.next();
  if (!job) return 0;
  const std::size_t bytes = std::min(job->codes.size(), buffer_.size());
  std::copy_n(job->codes.begin(), bytes, buffer_.begin());
  flags_ = job->flags;
  return static_cast<std::uint32_t>(bytes);
}

bool HostPort::read(std::uint64_t offset, unsigned bytes, std::uint64_t& value, sc_core::sc_time&) {
  if (bytes != 4) return false;
  switch (offset) {
    case VP_PORT_NEXT:
      value = fetch();
      return true;
    case VP_PORT_FLAGS:
      value = flags_;
      return true;
    case VP_PORT_SETUP:
      value = setup_;
      return true;
    case VP_PORT_SPI_DIVIDER:
      value = spi_divider_;
      return true;
    default:
      return false;
  }
}

bool HostPort::write(std::uint64_t offset, unsigned bytes, std::uint64_t value, sc_core::sc_time&) {
  if (bytes != 4) return false;
  switch (offset) {
    case VP_PORT_RESULT:
      return callbacks_.result(value);
    case VP_PORT_MARK:
      if (value >= VP_MARKS) return false;
      callbacks_.mark(static_cast<std::uint32_t>(value));
      return true;
    case VP_PORT_EXIT:
      callbacks_.exit(static_cast<std::uint32_t>(value));
      return true;
    default:
      return false;
  }
}

}  // namespace tendon::vp
