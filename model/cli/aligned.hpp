// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <utility>

namespace tendon {

/// Bytes on a 64-byte boundary (TENDON_ALIGN), zero at first: what the driver library wants.
class AlignedBytes {
 public:
  static constexpr std::align_val_t kAlign{64};

  AlignedBytes() = default;
  explicit AlignedBytes(std::size_t size)
      : data_(static_cast<std::uint8_t*>(::operator new(size == 0 ? 1 : size, kAlign))),
        size_(size) {
    std::memset(data_, 0, size_);
  }
  explicit AlignedBytes(std::span<const std::uint8_t> bytes) : AlignedBytes(bytes.size()) {
    if (!bytes.empty()) {
      std::memcpy(data_, bytes.data(), bytes.size());
    }
  }
  ~AlignedBytes() { ::operator delete(data_, kAlign); }
  AlignedBytes(AlignedBytes&& other) noexcept { swap(other); }
  AlignedBytes& operator=(AlignedBytes&& other) noexcept {
    swap(other);
    return *this;
  }

  std::uint8_t* data() { return data_; }
  const std::uint8_t* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  void swap(AlignedBytes& other) {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tendon
