// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "tendon/tendon_shm.h"

namespace tendon::sim {

/// The file of tendon_shm.h, from the server's end: made anew, locked, removed by the destructor.
class ShmRegion {
 public:
  /// `memory_bytes` of device memory at bus address `base`. Null: *why says what failed.
  static std::unique_ptr<ShmRegion> make(const std::string& path, std::uint32_t base,
                                         std::uint32_t memory_bytes, std::string* why);
  ~ShmRegion();
  ShmRegion(const ShmRegion&) = delete;
  ShmRegion& operator=(const ShmRegion&) = delete;

  tendon_shm_t& shared() { return *shared_; }
  std::span<std::uint8_t> memory();
  /// From here on clients find the region.
  bool publish(std::string* why);
  /// A client holds its lock.
  bool has_client() const;

 private:
  ShmRegion() = default;

  std::string path_;
  std::string draft_;  // before publish()
  int file_ = -1;
  std::size_t bytes_ = 0;
  tendon_shm_t* shared_ = nullptr;
};

}  // namespace tendon::sim
