// SPDX-License-Identifier: MIT
#include "link.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tendon::bringup {
namespace {

constexpr std::uint8_t kHello = 1;
constexpr std::uint8_t kReadReg = 2;
constexpr std::uint8_t kWriteReg = 3;
constexpr std::uint8_t kReadMem = 4;
constexpr std::uint8_t kWriteMem = 5;
constexpr std::uint8_t kLoop = 6;

constexpr std::uint8_t kFirstByte = 0x54;
constexpr std::uint8_t kReplyStart = 0x5A;
constexpr std::uint8_t kNakHeader = 0xE1;

std::string hex(unsigned value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%02X", value);
  return text.data();
}

void append_crc(Bytes& bytes, std::size_t first) {
  const std::uint16_t crc = crc16(std::span(bytes).subspan(first));
  bytes.push_back(static_cast<std::uint8_t>(crc >> 8));
  bytes.push_back(static_cast<std::uint8_t>(crc));
}

Answer fault(Symptom symptom, std::string detail) { return {symptom, {}, std::move(detail)}; }

/// The echo of `sent`, which starts at got[1]. kNone when it is right.
Answer check_echo(const Bytes& sent, const Bytes& got) {
  if (std::equal(sent.begin() + 1, sent.end(), got.begin() + 1)) {
    return fault(Symptom::kShorted, "MISO repeats MOSI, not its inverse");
  }
  if ((got[0] | 1) == ((kFirstByte << 1) | 1) || (got[0] & 0x7F) == kFirstByte >> 1) {
    return fault(Symptom::kEchoShifted, "first byte " + hex(got[0]) + ", want 0x54");
  }
  if (got[0] != kFirstByte) {
    return fault(Symptom::kNoFirstByte, "first byte " + hex(got[0]) + ", want 0x54");
  }
  std::size_t wrong = 0;
  std::size_t shifted = 0;
  std::size_t first_wrong = 0;
  for (std::size_t i = 1; i < sent.size(); ++i) {
    const unsigned want = ~unsigned{sent[i - 1]} & 0xFFu;
    const unsigned before = i >= 2 ? ~unsigned{sent[i - 2]} & 0xFFu : kFirstByte;
    const unsigned late = ((before << 7) | (want >> 1)) & 0xFFu;
    const unsigned next = ~unsigned{sent[i]} & 0xFFu;
    const unsigned early = ((want << 1) | (next >> 7)) & 0xFFu;
    if (got[i] != want && wrong++ == 0) first_wrong = i;
    if (got[i] == late || got[i] == early) ++shifted;
  }
  if (wrong == 0) return {};
  const std::string detail = "echo byte " + std::to_string(first_wrong) + " is " +
                             hex(got[first_wrong]) + ", want " +
                             hex(~unsigned{sent[first_wrong - 1]} & 0xFFu);
  const bool constant = std::all_of(got.begin() + 2, got.begin() + static_cast<long>(sent.size()),
                                    [&](std::uint8_t byte) { return byte == got[1]; });
  if (constant) return fault(Symptom::kEchoDead, detail);
  if (shifted == sent.size() - 1) return fault(Symptom::kEchoShifted, detail);
  return fault(Symptom::kEchoErrors, detail);
}

/// Reply in `got` from byte `from` on.
Answer parse_reply(const Bytes& got, std::size_t from, std::uint8_t sequence, std::size_t bytes) {
  const auto at = std::find_if(
      got.begin() + static_cast<long>(from), got.end(),
      [](std::uint8_t b) { return b == kReplyStart || (b >= kNakHeader && b <= kNakHeader + 2); });
  if (at == got.end()) return fault(Symptom::kNoReply, "no reply within the frame");
  if (*at == kNakHeader) return fault(Symptom::kHeaderDamaged, "the device saw a wrong header CRC");
  if (*at != kReplyStart) {
    return fault(Symptom::kRefused,
                 *at == kNakHeader + 1 ? "unknown command" : "length or address");
  }
  const std::span<const std::uint8_t> reply(&*at + 1, static_cast<std::size_t>(got.end() - at) - 1);
  if (reply.size() < 4) return fault(Symptom::kReplyDamaged, "reply cut off");
  const std::uint8_t status = reply[0];
  const std::size_t length = 2 + (status == 0 ? bytes : 0) + 2;
  if (reply.size() < length) return fault(Symptom::kNoReply, "reply started too late");
  if (crc16(reply.first(length)) != 0) return fault(Symptom::kReplyDamaged, "CRC of the reply");
  if (reply[1] != sequence) {
    return fault(Symptom::kReplyDamaged, "sequence " + hex(reply[1]) + ", want " + hex(sequence));
  }
  switch (status) {
    case 0:
      return {Symptom::kNone,
              Bytes(reply.begin() + 2, reply.begin() + 2 + static_cast<long>(bytes)), ""};
    case 1:
      return fault(Symptom::kDataDamaged, "the device saw a wrong data CRC");
    case 2:
      return fault(Symptom::kBusError, "the register access was refused");
    default:
      return fault(Symptom::kOverrun, "memory did not keep up");
  }
}

bool worth_repeating(Symptom symptom) {
  return symptom != Symptom::kNone && symptom != Symptom::kRefused &&
         symptom != Symptom::kBusError && symptom != Symptom::kIo;
}

}  // namespace

std::uint16_t crc16(std::span<const std::uint8_t> data) {
  unsigned crc = 0xFFFF;
  for (const std::uint8_t byte : data) {
    crc ^= unsigned{byte} << 8;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000u) != 0 ? ((crc << 1) ^ 0x1021u) & 0xFFFFu : crc << 1;
    }
  }
  return static_cast<std::uint16_t>(crc);
}

const char* symptom_name(Symptom symptom) {
  switch (symptom) {
    case Symptom::kNone:
      return "none";
    case Symptom::kIo:
      return "transport failed";
    case Symptom::kNoFirstByte:
      return "nobody answers";
    case Symptom::kShorted:
      return "MISO is MOSI";
    case Symptom::kEchoDead:
      return "device hears nothing";
    case Symptom::kEchoShifted:
      return "one bit off";
    case Symptom::kEchoErrors:
      return "bit errors";
    case Symptom::kNoReply:
      return "no reply";
    case Symptom::kHeaderDamaged:
      return "bit errors towards the device";
    case Symptom::kRefused:
      return "request refused";
    case Symptom::kDataDamaged:
      return "bit errors in data towards the device";
    case Symptom::kReplyDamaged:
      return "bit errors from the device";
    case Symptom::kOverrun:
      return "memory too slow";
    case Symptom::kBusError:
      return "register access refused";
  }
  return "?";
}

Answer Link::try_once(const Request& request) {
  Bytes sent = {request.command, sequence_, static_cast<std::uint8_t>(request.bytes),
                static_cast<std::uint8_t>(request.bytes >> 8)};
  for (int i = 0; i < 4; ++i) sent.push_back(static_cast<std::uint8_t>(request.address >> (8 * i)));
  append_crc(sent, 0);
  if (!request.data.empty()) {
    const std::size_t first = sent.size();
    sent.insert(sent.end(), request.data.begin(), request.data.end());
    append_crc(sent, first);
  }
  const bool reads = request.data.empty();
  const std::size_t reply_data = request.command == kHello ? 16 : reads ? request.bytes : 0;
  const Bytes got = transport_.exchange(sent, kFill + 5 + reply_data);
  ++counts_.frames;
  if (got.size() != sent.size() + kFill + 5 + reply_data) {
    return fault(Symptom::kIo, "the frame was not transferred");
  }
  if (transport_.has_echo()) {
    // Behind the header a refusal may take the place of the echo.
    const Bytes header(sent.begin(), sent.begin() + 10);
    if (Answer echo = check_echo(header, got); echo.symptom != Symptom::kNone) return echo;
  }
  return parse_reply(got, sent.size() + 1, sequence_, reply_data);
}

Answer Link::transact(const Request& request) {
  Answer answer;
  for (int i = 0; i < kTries; ++i) {
    answer = try_once(request);
    if (!worth_repeating(answer.symptom)) break;
    if (i + 1 < kTries) ++counts_.repeats;
  }
  ++sequence_;
  return answer;
}

Answer Link::hello() { return transact({kHello, 0, 0, {}}); }

Answer Link::read_register(std::uint32_t offset, std::uint32_t* value) {
  Answer answer = transact({kReadReg, offset, 4, {}});
  if (answer.symptom == Symptom::kNone) {
    *value = 0;
    for (std::size_t i = 0; i < 4; ++i) *value |= std::uint32_t{answer.data[i]} << (8 * i);
  }
  return answer;
}

Answer Link::write_register(std::uint32_t offset, std::uint32_t value) {
  std::array<std::uint8_t, 4> data{};
  for (std::size_t i = 0; i < 4; ++i) data[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return transact({kWriteReg, offset, 4, data});
}

Answer Link::read_memory(std::uint32_t address, std::size_t bytes) {
  Answer all;
  for (std::size_t done = 0; done < bytes;) {
    const std::size_t part = std::min(kMaxData, bytes - done);
    Answer answer = transact({kReadMem, address + static_cast<std::uint32_t>(done), part, {}});
    if (answer.symptom != Symptom::kNone) return answer;
    all.data.insert(all.data.end(), answer.data.begin(), answer.data.end());
    done += part;
  }
  return all;
}

Answer Link::write_memory(std::uint32_t address, std::span<const std::uint8_t> data) {
  for (std::size_t done = 0; done < data.size();) {
    const std::size_t part = std::min(kMaxData, data.size() - done);
    Answer answer = transact(
        {kWriteMem, address + static_cast<std::uint32_t>(done), part, data.subspan(done, part)});
    if (answer.symptom != Symptom::kNone) return answer;
    done += part;
  }
  return {};
}

Answer Link::loop(std::span<const std::uint8_t> data) {
  return transact({kLoop, 0, data.size(), data});
}

}  // namespace tendon::bringup
