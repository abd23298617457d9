// SPDX-License-Identifier: MIT
#include "hal/spi_link.hpp"

#include <cstring>

#include "driver/base.hpp"

namespace tendon::hal {
namespace {

constexpr std::uint8_t kHello = 1;
constexpr std::uint8_t kReadReg = 2;
constexpr std::uint8_t kWriteReg = 3;
constexpr std::uint8_t kReadMem = 4;
constexpr std::uint8_t kWriteMem = 5;
constexpr std::uint8_t kLoop = 6;

constexpr std::size_t kHeader = 10;
constexpr std::size_t kFill = 16;  // bytes in which a reply begins
constexpr std::uint8_t kFirstByte = 0x54;
constexpr std::uint8_t kReplyStart = 0x5A;
constexpr std::uint8_t kNakHeader = 0xE1;
constexpr std::uint8_t kNakLast = 0xE3;

std::uint32_t word_at(const std::uint8_t* bytes) {
  return bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 |
         std::uint32_t{bytes[3]} << 24;
}

void put_word(std::uint8_t* bytes, std::uint32_t word) {
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(word >> (8 * i));
}

// High byte first, so that the CRC over data and CRC is 0.
void put_crc(std::uint8_t* data, std::size_t bytes) {
  const std::uint16_t crc = crc16(data, bytes);
  data[bytes] = static_cast<std::uint8_t>(crc >> 8);
  data[bytes + 1] = static_cast<std::uint8_t>(crc);
}

}  // namespace

SpiLink::Outcome SpiLink::say(Outcome outcome, const char* symptom) {
  trouble_.format("SPI frame %llu: %s", static_cast<unsigned long long>(frames_), symptom);
  return outcome;
}

std::size_t SpiLink::compose(const Request& request) {
  out_[0] = request.command;
  out_[1] = sequence_;
  out_[2] = static_cast<std::uint8_t>(request.bytes);
  out_[3] = static_cast<std::uint8_t>(request.bytes >> 8);
  put_word(out_ + 4, request.address);
  put_crc(out_, kHeader - 2);
  if (request.write == nullptr) return kHeader;
  std::memcpy(out_ + kHeader, request.write, request.bytes);
  put_crc(out_ + kHeader, request.bytes);
  return kHeader + request.bytes + 2;
}

// Behind the header a refusal may take the place of the echo.
SpiLink::Outcome SpiLink::judge_echo() {
  if (std::memcmp(in_ + 1, out_ + 1, kHeader - 1) == 0) {
    return say(Outcome::kRepeat, "MISO repeats MOSI: the two are shorted");
  }
  if (in_[0] != kFirstByte) {
    trouble_.format("SPI frame %llu: first byte 0x%02X, want 0x54: nobody answers, or wrong mode",
                    static_cast<unsigned long long>(frames_), in_[0]);
    return Outcome::kRepeat;
  }
  for (std::size_t i = 1; i < kHeader; ++i) {
    const auto want = static_cast<std::uint8_t>(~out_[i - 1]);
    if (in_[i] == want) continue;
    trouble_.format("SPI frame %llu: echo byte %zu is 0x%02X, want 0x%02X: MOSI, mode or speed",
                    static_cast<unsigned long long>(frames_), i, in_[i], want);
    return Outcome::kRepeat;
  }
  return Outcome::kGood;
}

SpiLink::Outcome SpiLink::judge_reply(const Request& request, std::size_t from, std::size_t end,
                                      const std::uint8_t** answer) {
  const auto starts = [](std::uint8_t b) {
    return b == kReplyStart || (b >= kNakHeader && b <= kNakLast);
  };
  while (from < end && !starts(in_[from])) ++from;
  if (from == end) return say(Outcome::kRepeat, "echo but no reply: clock or reset of the device");
  const std::uint8_t first = in_[from++];
  if (first == kNakHeader) {
    return say(Outcome::kRepeat, "the device saw a wrong header CRC: speed, wires, ground");
  }
  if (first != kReplyStart) return say(Outcome::kRefused, "command, length or address refused");
  const std::uint8_t* reply = in_ + from;
  const std::size_t length = 2 + (reply[0] == 0 ? request.answer : 0) + 2;
  if (end - from < length) return say(Outcome::kRepeat, "the reply began too late");
  if (crc16(reply, length) != 0) {
    return say(Outcome::kRepeat, "the reply has a wrong CRC: SCK too fast for MISO");
  }
  if (reply[1] != sequence_) return say(Outcome::kRepeat, "reply to another frame");
  switch (reply[0]) {
    case 0:
      *answer = reply + 2;
      return Outcome::kGood;
    case 1:
      return say(Outcome::kRepeat, "the device saw a wrong data CRC");
    case 2:
      return say(Outcome::kRefused, "the register access was refused");
    default:
      return say(Outcome::kRepeat, "memory did not keep up");
  }
}

SpiLink::Outcome SpiLink::try_once(const Request& request, const std::uint8_t** answer) {
  const std::size_t sent = compose(request);
  const std::size_t all = sent + kFill + 5 + request.answer;
  std::memset(out_ + sent, 0, all - sent);
  ++frames_;
  if (!transport_.exchange(out_, in_, all)) {
    return say(Outcome::kFailed, "the system did not transfer it");
  }
  const Outcome echo = judge_echo();
  if (echo != Outcome::kGood) return echo;
  // The first byte behind the request still echoes its last one.
  return judge_reply(request, sent + 1, all, answer);
}

tendon_status_t SpiLink::transact(const Request& request, const std::uint8_t** answer) {
  Outcome outcome = Outcome::kRepeat;
  for (int i = 0; i < kTries && outcome == Outcome::kRepeat; ++i) {
    outcome = try_once(request, answer);
    if (i > 0) ++repeats_;
  }
  ++sequence_;
  if (outcome == Outcome::kGood) return TENDON_OK;
  const bool is_register = request.command == kReadReg || request.command == kWriteReg;
  return outcome == Outcome::kRefused && is_register ? TENDON_E_BUS : TENDON_E_IO;
}

tendon_status_t SpiLink::hello(SpiHello* hello) {
  const std::uint8_t* answer = nullptr;
  const tendon_status_t status = transact({kHello, 0, 0, nullptr, 16}, &answer);
  if (status != TENDON_OK) return status;
  *hello = {word_at(answer), word_at(answer + 4), word_at(answer + 8), word_at(answer + 12)};
  return TENDON_OK;
}

tendon_status_t SpiLink::read_register(std::uint32_t offset, std::uint32_t* value) {
  const std::uint8_t* answer = nullptr;
  const tendon_status_t status = transact({kReadReg, offset, 4, nullptr, 4}, &answer);
  if (status == TENDON_OK) *value = word_at(answer);
  return status;
}

tendon_status_t SpiLink::write_register(std::uint32_t offset, std::uint32_t value) {
  std::uint8_t data[4];
  const std::uint8_t* answer = nullptr;
  put_word(data, value);
  return transact({kWriteReg, offset, 4, data, 0}, &answer);
}

tendon_status_t SpiLink::read_memory(std::uint32_t address, std::uint8_t* data, std::size_t bytes) {
  const std::uint8_t* answer = nullptr;
  const tendon_status_t status =
      transact({kReadMem, address, static_cast<std::uint32_t>(bytes), nullptr, bytes}, &answer);
  if (status == TENDON_OK) std::memcpy(data, answer, bytes);
  return status;
}

tendon_status_t SpiLink::write_memory(std::uint32_t address, const std::uint8_t* data,
                                      std::size_t bytes) {
  const std::uint8_t* answer = nullptr;
  return transact({kWriteMem, address, static_cast<std::uint32_t>(bytes), data, 0}, &answer);
}

tendon_status_t SpiLink::loop(const std::uint8_t* data, std::size_t bytes) {
  const std::uint8_t* answer = nullptr;
  return transact({kLoop, 0, static_cast<std::uint32_t>(bytes), data, 0}, &answer);
}

}  // namespace tendon::hal
