// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tendon::bringup {

using Bytes = std::vector<std::uint8_t>;

/// CRC-16 of docs/spi.md, section 1: over data and CRC (high byte first) it is 0.
std::uint16_t crc16(std::span<const std::uint8_t> data);

/// What carries frames: spidev, a serial port, or a simulated board.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  /// One frame: sends `request`, then `fill` bytes of 0. Returns request.size() + fill bytes that
  /// came back meanwhile; fewer when the operating system or the wire failed. Without echo (UART)
  /// the first request.size() + 1 bytes are 0xFF and what follows is all that the device sent.
  virtual Bytes exchange(const Bytes& request, std::size_t fill) = 0;

  /// The device repeats what it receives (SPI).
  [[nodiscard]] virtual bool has_echo() const = 0;
};

/// What a frame looked like from the host's end (docs/spi.md, section 5). In the order of the
/// layers below each other: the first one that is broken is reported.
enum class Symptom {
  kNone,
  kIo,             // the transport itself failed
  kNoFirstByte,    // first byte is not 0x54
  kShorted,        // MISO repeats MOSI as it is
  kEchoDead,       // echo is constant
  kEchoShifted,    // echo is right, one bit off
  kEchoErrors,     // echo has wrong bits
  kNoReply,        // echo right, nothing else
  kHeaderDamaged,  // 0xE1
  kRefused,        // 0xE2, 0xE3
  kDataDamaged,    // status DATA_CRC
  kReplyDamaged,   // CRC or sequence number of the reply
  kOverrun,
  kBusError  // the register answered with an error
};

const char* symptom_name(Symptom symptom);

struct Answer {
  Symptom symptom = Symptom::kNone;
  Bytes data;
  std::string detail;  // both values, for a human
};

struct LinkCounts {
  std::uint64_t frames = 0;
  std::uint64_t repeats = 0;
};

/// Host end of docs/spi.md: numbers the frames, repeats damaged ones up to kTries times.
class Link {
 public:
  static constexpr int kTries = 9;
  static constexpr std::size_t kMaxData = 4032;
  static constexpr std::size_t kFill = 16;

  explicit Link(Transport& transport) : transport_(transport) {}

  /// Reply: 4 words (docs/spi.md, section 3).
  Answer hello();
  Answer read_register(std::uint32_t offset, std::uint32_t* value);
  Answer write_register(std::uint32_t offset, std::uint32_t value);
  /// Any length that is a multiple of 4; split into frames.
  Answer read_memory(std::uint32_t address, std::size_t bytes);
  Answer write_memory(std::uint32_t address, std::span<const std::uint8_t> data);
  /// Sends data that nobody keeps: exercises the wires. At most kMaxData bytes, a multiple of 4.
  Answer loop(std::span<const std::uint8_t> data);

  [[nodiscard]] const LinkCounts& counts() const { return counts_; }

 private:
  struct Request {
    std::uint8_t command;
    std::uint32_t address;
    std::size_t bytes;
    std::span<const std::uint8_t> data;  // of a write
  };

  Answer transact(const Request& request);
  Answer try_once(const Request& request);

  Transport& transport_;
  std::uint8_t sequence_ = 0;
  LinkCounts counts_;
};

}  // namespace tendon::bringup
