// SPDX-License-Identifier: MIT
// What every HAL of tendon_hals.h is made of.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tendon/tendon_hal.h"

namespace tendon::hal {

/// One line of text, cut where it does not fit.
class Text {
 public:
  void format(const char* pattern, ...) __attribute__((format(printf, 2, 3)));
  void clear() { text_[0] = '\0'; }
  const char* c_str() const { return text_; }

 private:
  char text_[192] = "";
};

/// The functions of tendon_hal_t. A failed call leaves its reason in trouble().
class Hal {
 public:
  Hal() = default;
  Hal(const Hal&) = delete;
  Hal& operator=(const Hal&) = delete;
  virtual ~Hal() = default;

  virtual tendon_status_t read(std::uint32_t offset, std::uint32_t* value) = 0;
  virtual tendon_status_t write(std::uint32_t offset, std::uint32_t value) = 0;
  virtual tendon_status_t alloc(std::uint32_t bytes, tendon_dma_t* dma) = 0;
  virtual void free(tendon_dma_t* dma) = 0;
  virtual tendon_status_t sync(const tendon_dma_t& dma, std::uint32_t offset, std::uint32_t bytes,
                               tendon_dma_direction_t direction) = 0;
  virtual tendon_status_t wait(std::uint64_t timeout_us) = 0;
  virtual std::uint64_t time_us() = 0;

  const Text& trouble() const { return trouble_; }

  /// The seam; this object must outlive it.
  tendon_hal_t seam();

 protected:
  Text trouble_;
  std::uint32_t flags_ = 0;  // TENDON_HAL_*
  tendon_link_t link_ = {};
};

/// Multiple of 4 inside the 4 KiB of registers.
bool is_register(std::uint32_t offset);

/// Microseconds of the system's monotonic clock.
std::uint64_t monotonic_us();

}  // namespace tendon::hal
