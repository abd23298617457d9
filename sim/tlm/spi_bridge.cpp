// SPDX-License-Identifier: MIT
#include "tlm/spi_bridge.hpp"

#include <cstring>
#include <span>

namespace tendon::vp {

namespace {

enum Command : std::uint8_t { kHello = 1, kReadReg, kWriteReg, kReadMem, kWriteMem, kLoop };
constexpr std::uint8_t kFirstByte = 0x54, kReplyStart = 0x5A;
constexpr std::uint8_t kBadHeader = 0xE1, kBadCommand = 0xE2, kBadRange = 0xE3;
constexpr std::uint8_t kOk = 0, kDataCrc = 1, kBusError = 2;
constexpr std::size_t kHeaderBytes = 10;
constexpr std::uint32_t kMostData = 4032;
constexpr std::uint32_t kProtocol = 0x31495053, kSelfTestPassed = 3;

unsigned crc16(std::span<const std::uint8_t> bytes) {
  unsigned crc = 0xFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= unsigned{byte} << 8;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000) != 0 ? (crc << 1 ^ 0x1021) & 0xFFFF : crc << 1;
    }
  }
  return crc;
}

void append_word(std::vector<std::uint8_t>& bytes, std::uint32_t word) {
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(word >> (8 * i)));
}

bool writes(std::uint8_t command) {
  return command == kWriteReg || command == kWriteMem || command == kLoop;
}

}  // namespace

SpiBridge::SpiBridge(sc_core::sc_module_name name, std::uint32_t memory_bytes,
                     std::uint32_t clock_hz)
    : sc_module(name),
      registers("registers"),
      memory("memory"),
      memory_bytes_(memory_bytes, 0xA5),
      clock_hz_(clock_hz) {
  memory.register_b_transport(this, &SpiBridge::memory_transport);
}

void SpiBridge::select(bool selected) {
  selected_ = selected;
  state_ = State::kHeader;
  request_.clear();
  answer_.clear();
  answering_ = refused_ = false;
  wanted_ = kHeaderBytes;
  next_ = kFirstByte;
}

std::uint8_t SpiBridge::exchange(std::uint8_t mosi) {
  if (!selected_) return 0xFF;
  if (damage_every_ != 0 && ++damaged_ % damage_every_ == 0) mosi ^= 0x10;
  const std::uint8_t miso = next_;
  // What the request's last byte decides is heard from the second byte behind it on.
  const bool over = state_ == State::kDone;
  answering_ = answering_ || over;
  if (!over) take(mosi);
  next_ = static_cast<std::uint8_t>(~mosi);
  if (answering_ && refused_) {
    next_ = refusal_;
  } else if (answering_ && !answer_.empty()) {
    next_ = answer_.front();
    answer_.pop_front();
  }
  return miso;
}

std::uint32_t SpiBridge::word(std::size_t at) const {
  std::uint32_t value = 0;
  std::memcpy(&value, request_.data() + at, sizeof value);
  return value;
}

void SpiBridge::take(std::uint8_t byte) {
  request_.push_back(byte);
  if (request_.size() < wanted_) return;
  if (state_ == State::kHeader) {
    header_complete();
  } else {
    data_complete();
  }
}

bool SpiBridge::legal() const {
  const bool memory_command = command_ == kReadMem || command_ == kWriteMem;
  if (command_ == kHello) return length_ == 0 && address_ == 0;
  if (command_ == kReadReg || command_ == kWriteReg) return length_ == 4 && address_ % 4 == 0;
  if (length_ == 0 || length_ % 4 != 0 || length_ > kMostData || address_ % 4 != 0) return false;
  return !memory_command ||
         (address_ <= memory_bytes_.size() && length_ <= memory_bytes_.size() - address_);
}

void SpiBridge::header_complete() {
  if (crc16(request_) != 0) return refuse(kBadHeader);
  command_ = request_[0];
  sequence_ = request_[1];
  length_ = request_[2] | std::uint32_t{request_[3]} << 8;
  address_ = word(4);
  if (command_ < kHello || command_ > kLoop) return refuse(kBadCommand);
  if (!legal()) return refuse(kBadRange);
  if (writes(command_)) {
    state_ = State::kData;
    wanted_ = kHeaderBytes + length_ + 2;
    return;
  }
  state_ = State::kDone;
  if (command_ == kHello) return hello();
  if (command_ == kReadReg) return read_register();
  const auto* first = memory_bytes_.data() + address_;
  reply(kOk, std::vector<std::uint8_t>(first, first + length_));
}

void SpiBridge::data_complete() {
  state_ = State::kDone;
  const std::span<const std::uint8_t> data = std::span(request_).subspan(kHeaderBytes);
  if (command_ == kWriteMem) std::memcpy(memory_bytes_.data() + address_, data.data(), length_);
  if (crc16(data) != 0) return reply(kDataCrc, {});
  reply(command_ == kWriteReg ? write_register() : kOk, {});
}

void SpiBridge::refuse(std::uint8_t code) {
  state_ = State::kDone;
  refused_ = true;
  refusal_ = code;
}

void SpiBridge::reply(std::uint8_t status, const std::vector<std::uint8_t>& data) {
  std::vector<std::uint8_t> bytes = {status, sequence_};
  bytes.insert(bytes.end(), data.begin(), data.end());
  const unsigned crc = crc16(bytes);
  bytes.push_back(static_cast<std::uint8_t>(crc >> 8));
  bytes.push_back(static_cast<std::uint8_t>(crc));
  answer_.assign(bytes.begin(), bytes.end());
  answer_.push_front(kReplyStart);
}

bool SpiBridge::access(bool write, std::uint32_t& value) {
  tlm::tlm_generic_payload payload;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;  // hidden behind the bytes of the frame
  payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(address_);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(sizeof value);
  payload.set_streaming_width(sizeof value);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  registers->b_transport(payload, delay);
  return payload.is_response_ok();
}

// A frame that is repeated must not ring a doorbell twice.
std::uint8_t SpiBridge::write_register() {
  if (last_write_ == sequence_) return last_status_;
  std::uint32_t value = word(kHeaderBytes);
  last_status_ = access(true, value) ? kOk : kBusError;
  last_write_ = sequence_;
  return last_status_;
}

void SpiBridge::read_register() {
  std::uint32_t value = 0;
  if (!access(false, value)) return reply(kBusError, {});
  std::vector<std::uint8_t> data;
  append_word(data, value);
  reply(kOk, data);
}

void SpiBridge::hello() {
  last_write_ = -1;
  std::vector<std::uint8_t> data;
  append_word(data, kProtocol);
  append_word(data, static_cast<std::uint32_t>(memory_bytes_.size()));
  append_word(data, clock_hz_);
  append_word(data, kSelfTestPassed);
  reply(kOk, data);
}

void SpiBridge::memory_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const std::uint64_t address = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  if (address > memory_bytes_.size() || bytes > memory_bytes_.size() - address) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  std::uint8_t* ours = memory_bytes_.data() + address;
  std::uint8_t* theirs = payload.get_data_ptr();
  const std::uint8_t* enables = payload.get_byte_enable_ptr();
  for (unsigned i = 0; i < bytes; ++i) {
    if (payload.is_read()) {
      theirs[i] = ours[i];
    } else if (enables == nullptr ||
               enables[i % payload.get_byte_enable_length()] == TLM_BYTE_ENABLED) {
      ours[i] = theirs[i];
    }
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace tendon::vp
