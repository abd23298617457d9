// SPDX-License-Identifier: MIT
// What the programs have in common: options, a program file, and a device if one is wanted.
#pragma once

#include <cstdint>

#include "programs/files.hpp"
#include "tendon/tendon.h"

namespace tendon::programs {

/// Options of every program; anything else on the command line is for the program itself.
///
///   --hal URI           device (tendon_hals.h); without it everything runs on the processor
///   --policy NAME       prefer (default), offload, require, cpu
///   --level NAME        kernel level of tendon_level_parse(); auto: that of tendon_host_level()
///   --verify            layers of the device are redone on the processor and compared
///   --poll              read STATUS instead of waiting for the interrupt
///   --timeout-us N      of a chain of descriptors, by the HAL's clock
struct SessionOptions {
  const char* hal = nullptr;
  tendon_policy_t policy = TENDON_POLICY_PREFER;
  tendon_level_t level = TENDON_LEVEL_AUTO;
  std::uint32_t flags = 0;  // TENDON_RUN_*
  std::uint64_t timeout_us = 0;
  bool poll = false;
};

inline constexpr const char* kSessionHelp =
    "  --hal URI        device: shm:PATH, mem:REGS,DMA,BYTES, uio:/dev/uioN, spi:/dev/spidevB.C\n"
    "  --policy NAME    prefer (default), offload, require, cpu\n"
    "  --level NAME     kernels: auto (default), portable, swar, xthead, rvv071, rvv10\n"
    "  --verify         redo the device's layers on the processor and compare\n"
    "  --poll           read STATUS instead of waiting for the interrupt\n"
    "  --timeout-us N   longest wait for the device, by its HAL's clock\n";

/// Takes argv[*at] (and its value) when it is one of these options, and moves *at behind it. False:
/// it is something else. Exits with a message on a bad value.
bool take_option(int argc, char** argv, int* at, SessionOptions* options);

/// The value of option argv[*at], and *at behind it; exits when there is none.
const char* take_value(int argc, char** argv, int* at);

/// Whole text as a number in [low, high]; exits with a message that names `what` otherwise.
std::uint64_t parse_number(const char* text, const char* what, std::uint64_t low,
                           std::uint64_t high);

/// A program file loaded as asked, with its device. The device's HAL has its log on stderr.
class Session {
 public:
  /// Exits with a message that names file, rule or link on failure.
  Session(const char* tdn_path, const SessionOptions& options);
  /// The same with the file's bytes, which must outlive the session; `name` is for messages.
  Session(const char* name, const File& tdn, const SessionOptions& options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  tendon_program_t* program() const { return program_; }
  const tendon_program_info_t& info() const { return info_; }
  std::size_t window_bytes() const {
    return std::size_t{info_.rows} * info_.columns * info_.channels;
  }
  bool has_device() const { return device_ != nullptr; }

  /// One window; `number` is for messages. Exits when the library refuses to answer.
  /// `flags`: TENDON_RUN_* beside those of the options.
  tendon_result_t run(const std::uint8_t* window, std::size_t number, std::uint32_t flags = 0);

  /// Starts a window and resets the device under it; exits unless the run ends as cancelled.
  void start_and_reset(const std::uint8_t* window);

  /// By the device's HAL; 0 without one.
  std::uint64_t time_us() const { return has_device() ? hal_.time_us(hal_.ctx) : 0; }

 private:
  void open_device();

  SessionOptions options_;
  File tdn_;
  tendon_hal_t hal_ = {};
  tendon_device_t* device_ = nullptr;
  tendon_program_t* program_ = nullptr;
  tendon_program_info_t info_ = {};
};

}  // namespace tendon::programs
