// SPDX-License-Identifier: MIT
// Writes .tdn files for the tests of sw/: straight from sw/include/tendon/tendon_program.h, so that
// reader and compiler are not only tested against each other.
#pragma once

#include <cstdint>
#include <new>
#include <string>
#include <vector>

#include "net/network.hpp"
#include "tendon/tendon.h"

namespace tendon::test {

/// Bytes on a 64-byte boundary.
class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(std::size_t size) : data_(size + kAlign) {}
  explicit Bytes(const std::vector<std::uint8_t>& from) : Bytes(from.size()) {
    for (std::size_t i = 0; i < from.size(); ++i) data()[i] = from[i];
  }
  std::uint8_t* data() {
    const auto at = reinterpret_cast<std::uintptr_t>(data_.data());
    return data_.data() + (kAlign - at % kAlign) % kAlign;
  }
  std::size_t size() const { return data_.size() < kAlign ? 0 : data_.size() - kAlign; }

 private:
  static constexpr std::size_t kAlign = 64;
  std::vector<std::uint8_t> data_;
};

/// One section of a file under construction.
struct Section {
  std::uint32_t kind = 0;
  std::uint32_t instance = 0;
  std::uint32_t entry_bytes = 1;
  std::vector<std::uint8_t> bytes;
};

/// Header, section table and sections, with all CRCs right.
std::vector<std::uint8_t> write_file(const std::vector<Section>& sections,
                                     std::uint32_t network_name);

/// Recomputes every CRC of a file whose contents were changed on purpose.
void seal_file(std::vector<std::uint8_t>& file);

/// The sections of a network that runs on the CPU.
std::vector<Section> network_sections(const net::Network& network);

/// An image for the fake device (rows 4, lanes 16): every conv and dense layer has one descriptor
/// with the right bases and sizes, not computing anything; `on_device[i]` false: CPU only.
std::vector<Section> image_sections(const net::Network& network,
                                    const std::vector<bool>& on_device);

/// network_sections() as a file.
std::vector<std::uint8_t> write_program(const net::Network& network);
std::vector<std::uint8_t> write_program(const net::Network& network,
                                        const std::vector<bool>& on_device);

}  // namespace tendon::test
