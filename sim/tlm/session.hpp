// SPDX-License-Identifier: MIT
// Where windows come from and results go: files and standard output, or a client over pipes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firmware/platform.h"
#include "net/result.hpp"
#include "programs/window_wire.hpp"
#include "tlm/options.hpp"
#include "tlm/window_job.hpp"

namespace tendon::vp {

/// A result as the firmware reported it, with the codes of its layers.
struct WindowResult {
  vp_result_t head;
  std::vector<std::vector<std::int16_t>> codes;
  std::uint64_t simulated_cycles = 0;
  wire::TimeSplit split = {};
};

class Session {
 public:
  virtual ~Session() = default;
  /// The program for the flash; called once, before the start.
  virtual Result<std::vector<std::uint8_t>> program() = 0;
  virtual std::optional<WindowJob> next() = 0;
  virtual void result(const WindowResult& result) = 0;
  /// What the firmware prints, and what the platform has to say.
  virtual void uart(char byte) = 0;
  virtual void message(const std::string& text) = 0;
};

/// What the processor does in a stretch of VP_MARK_*: "driver", "wait", ...
const char* mark_name(std::uint32_t mark);

/// Error: a file that cannot be read, or whose size does not divide into windows.
Result<std::unique_ptr<Session>> make_file_session(const VpOptions& options);
Result<std::unique_ptr<Session>> make_pipe_session(const VpOptions& options);

/// Reads a vp_result_t and what it points to from the processor's RAM. Error: an address or size
/// outside RAM.
Result<WindowResult> read_result(std::uint64_t address, std::uint64_t ram_base,
                                 std::span<const std::uint8_t> ram);

}  // namespace tendon::vp
