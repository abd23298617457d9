// SPDX-License-Identifier: MIT
// Host end of docs/spi.md: frames with CRC-16 and sequence number, repeated when damaged.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hal/hal.hpp"

namespace tendon::hal {

/// What shifts bytes: spidev, or a simulated bridge.
class SpiTransport {
 public:
  SpiTransport() = default;
  SpiTransport(const SpiTransport&) = delete;
  SpiTransport& operator=(const SpiTransport&) = delete;
  virtual ~SpiTransport() = default;

  /// One chip select: sends out[0 .. bytes) while in[0 .. bytes) arrives. False: the system failed.
  virtual bool exchange(const std::uint8_t* out, std::uint8_t* in, std::size_t bytes) = 0;
  /// Monotonic.
  virtual std::uint64_t time_us() = 0;
};

/// What a device says of itself (docs/spi.md, section 3).
struct SpiHello {
  std::uint32_t protocol;
  std::uint32_t memory_bytes;
  std::uint32_t clock_hz;
  std::uint32_t self_test;
};

/// No heap; one thread. Errors: TENDON_E_BUS the device refused the register, TENDON_E_IO anything
/// else after kTries frames; `trouble` then says which symptom of docs/spi.md section 5 it was.
class SpiLink {
 public:
  static constexpr int kTries = 9;
  static constexpr std::size_t kFrame = 4096;
  static constexpr std::size_t kMaxData = 4032;

  SpiLink(SpiTransport& transport, Text& trouble) : transport_(transport), trouble_(trouble) {}

  tendon_status_t hello(SpiHello* hello);
  tendon_status_t read_register(std::uint32_t offset, std::uint32_t* value);
  tendon_status_t write_register(std::uint32_t offset, std::uint32_t value);
  /// `address` and `bytes` multiples of 4, `bytes` 4 to kMaxData.
  tendon_status_t read_memory(std::uint32_t address, std::uint8_t* data, std::size_t bytes);
  tendon_status_t write_memory(std::uint32_t address, const std::uint8_t* data, std::size_t bytes);
  /// Sends data that nobody keeps; same sizes.
  tendon_status_t loop(const std::uint8_t* data, std::size_t bytes);

  std::uint64_t frames() const { return frames_; }
  std::uint64_t repeats() const { return repeats_; }

 private:
  struct Request {
    std::uint8_t command;
    std::uint32_t address;
    std::uint32_t bytes;        // field of the header
    const std::uint8_t* write;  // `bytes` of data, or nullptr
    std::size_t answer;         // bytes of data in a good reply
  };
  enum class Outcome { kGood, kRepeat, kRefused, kFailed };

  tendon_status_t transact(const Request& request, const std::uint8_t** answer);
  Outcome try_once(const Request& request, const std::uint8_t** answer);
  std::size_t compose(const Request& request);
  Outcome judge_echo();
  Outcome judge_reply(const Request& request, std::size_t from, std::size_t end,
                      const std::uint8_t** answer);
  Outcome say(Outcome outcome, const char* symptom);

  SpiTransport& transport_;
  Text& trouble_;
  std::uint8_t sequence_ = 0;
  std::uint64_t frames_ = 0;
  std::uint64_t repeats_ = 0;
  std::uint8_t out_[kFrame] = {};
  std::uint8_t in_[kFrame] = {};
};

}  // namespace tendon::hal
