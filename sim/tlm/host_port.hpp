// SPDX-License-Identifier: MIT
// The port through which recordings come in and results go out (sw/firmware/platform.h): the one
// device that knows of the world outside.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "tlm/device.hpp"
#include "tlm/window_job.hpp"

namespace tendon::vp {

struct HostPortCallbacks {
  std::function<std::optional<WindowJob>()> next;     // may block; nothing: no more windows
  std::function<bool(std::uint64_t address)> result;  // false: not in RAM
  std::function<void(std::uint32_t mark)> mark;
  std::function<void(std::uint32_t code)> exit;
};

class HostPort : public Device {
 public:
  /// `buffer` (VP_WINDOW_BYTES) is the memory that the processor sees at VP_WINDOW_BASE.
  HostPort(sc_core::sc_module_name name, std::uint32_t setup, std::uint32_t spi_divider,
           std::vector<std::uint8_t>& buffer, HostPortCallbacks callbacks);

 protected:
  bool read(std::uint64_t offset, unsigned bytes, std::uint64_t& value,
            sc_core::sc_time& delay) override;
  bool write(std::uint64_t offset, unsigned bytes, std::uint64_t value,
             sc_core::sc_time& delay) override;

 private:
  std::uint32_t fetch();

  std::uint32_t setup_, spi_divider_, flags_ = 0;
  std::vector<std::uint8_t>& buffer_;
  HostPortCallbacks callbacks_;
};

}  // namespace tendon::vp
