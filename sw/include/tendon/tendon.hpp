// SPDX-License-Identifier: MIT
// tendon.h for C++17: handles that close themselves, options and results with their size set.
// Nothing else: every function, error and rule is the one of tendon.h. No heap, exceptions or
// libstdc++.
#ifndef TENDON_TENDON_HPP_
#define TENDON_TENDON_HPP_

#include "tendon/tendon.h"

namespace tendon {

/// A versioned struct of tendon.h with `size` set and the rest zero.
template <typename T>
T sized() {
  T value = {};
  value.size = sizeof(T);
  return value;
}

/// tendon_device_t; closed by the destructor.
class Device {
 public:
  Device() = default;
  ~Device() { tendon_close(handle_); }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  static size_t size() { return tendon_device_size(); }

  TENDON_MUST_CHECK tendon_status_t open(const tendon_hal_t& hal, void* memory, size_t bytes,
                                         const tendon_open_options_t* options = nullptr) {
    return tendon_open(&hal, options, memory, bytes, &handle_);
  }
  TENDON_MUST_CHECK tendon_status_t reset() { return tendon_reset(handle_); }

  tendon_caps_t caps() const {
    auto caps = sized<tendon_caps_t>();
    return tendon_get_caps(handle_, &caps) == TENDON_OK ? caps : sized<tendon_caps_t>();
  }
  tendon_error_t error() const {
    auto error = sized<tendon_error_t>();
    return tendon_device_error(handle_, &error) == TENDON_OK ? error : sized<tendon_error_t>();
  }
  tendon_device_t* get() const { return handle_; }

 private:
  tendon_device_t* handle_ = nullptr;
};

/// tendon_program_t; unloaded by the destructor. Destroy programs before their device.
class Program {
 public:
  Program() = default;
  ~Program() { tendon_program_unload(handle_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  TENDON_MUST_CHECK tendon_status_t load(const void* tdn, size_t tdn_bytes, Device* device,
                                         const tendon_load_options_t& options, void* memory,
                                         size_t bytes) {
    return tendon_program_load(tdn, tdn_bytes, device == nullptr ? nullptr : device->get(),
                               &options, memory, bytes, &handle_);
  }
  TENDON_MUST_CHECK tendon_status_t run(const void* window, size_t bytes, tendon_result_t* result,
                                        uint32_t flags = 0) {
    auto options = sized<tendon_run_options_t>();
    options.flags = flags;
    *result = sized<tendon_result_t>();
    return tendon_run(handle_, window, bytes, &options, result);
  }

  tendon_program_info_t info() const {
    auto info = sized<tendon_program_info_t>();
    return tendon_program_info(handle_, &info) == TENDON_OK ? info : sized<tendon_program_info_t>();
  }
  tendon_error_t error() const {
    auto error = sized<tendon_error_t>();
    return tendon_program_error(handle_, &error) == TENDON_OK ? error : sized<tendon_error_t>();
  }
  const char* class_name(int32_t label) const { return tendon_class_name(handle_, label); }
  tendon_program_t* get() const { return handle_; }

 private:
  tendon_program_t* handle_ = nullptr;
};

}  // namespace tendon

#endif  // TENDON_TENDON_HPP_
