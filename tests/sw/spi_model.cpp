// SPDX-License-Identifier: MIT
#include "spi_model.hpp"

#include <algorithm>
#include <cstring>

#include "driver/base.hpp"

namespace tendon::test {
namespace {

constexpr std::size_t kHeader = 10;

enum : std::uint8_t { kHello = 1, kReadReg, kWriteReg, kReadMem, kWriteMem, kLoop };

std::uint32_t word_at(const std::uint8_t* bytes) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes, 4);
  return word;
}

}  // namespace

std::vector<std::uint8_t> SpiModel::execute(const std::uint8_t* out) {
  const std::size_t bytes = out[2] | static_cast<std::size_t>(out[3]) << 8;
  const std::uint32_t address = word_at(out + 4);
  std::vector<std::uint8_t> data;
  if (out[0] == kHello) {
    data.resize(16);
    std::memcpy(data.data(), hello, 16);
  } else if (out[0] == kReadReg) {
    data.resize(4);
    std::memcpy(data.data(), &registers[address / 4], 4);
  } else if (out[0] == kWriteReg && last_written_ != out[1]) {
    registers[address / 4] = word_at(out + kHeader);
    last_written_ = out[1];
    ++writes;
  } else if (out[0] == kReadMem) {
    data.assign(memory.begin() + address, memory.begin() + address + static_cast<long>(bytes));
  } else if (out[0] == kWriteMem) {
    std::copy(out + kHeader, out + kHeader + bytes, memory.begin() + address);
  }
  return data;
}

bool SpiModel::exchange(const std::uint8_t* out, std::uint8_t* in, std::size_t bytes) {
  time_us_ += bytes;
  if (system_fails) return false;
  std::vector<std::uint8_t> answer(bytes, 0xFF);
  answer[0] = 0x54;
  const std::size_t length = out[2] | static_cast<std::size_t>(out[3]) << 8;
  const bool writes_data = out[0] == kWriteReg || out[0] == kWriteMem || out[0] == kLoop;
  const std::size_t sent = kHeader + (writes_data ? length + 2 : 0);
  for (std::size_t i = 1; i <= sent; ++i) answer[i] = static_cast<std::uint8_t>(~out[i - 1]);
  if (refusal != 0) {
    std::fill(answer.begin() + kHeader + 1, answer.end(), refusal);
  } else if (!is_silent) {
    std::vector<std::uint8_t> reply = {status, out[1]};
    const std::vector<std::uint8_t> data = status == 0 ? execute(out) : std::vector<std::uint8_t>();
    reply.insert(reply.end(), data.begin(), data.end());
    const std::uint16_t crc = crc16(reply.data(), reply.size());
    reply.push_back(static_cast<std::uint8_t>(crc >> 8));
    reply.push_back(static_cast<std::uint8_t>(crc));
    const std::size_t from = sent + 2 + late;
    answer[from] = 0x5A;
    for (std::size_t i = 0; i < reply.size() && from + 1 + i < bytes; ++i) {
      answer[from + 1 + i] = reply[i];
    }
  }
  if (damaged > 0) {
    --damaged;
    damage(answer);
  }
  std::copy(answer.begin(), answer.end(), in);
  return true;
}

}  // namespace tendon::test
