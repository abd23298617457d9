// SPDX-License-Identifier: MIT
// A device of docs/spi.md in software, with damage on demand; time is counted in bytes.
#pragma once

#include <functional>
#include <vector>

#include "hal/spi_link.hpp"

namespace tendon::test {

class SpiModel : public hal::SpiTransport {
 public:
  bool exchange(const std::uint8_t* out, std::uint8_t* in, std::size_t bytes) override;
  std::uint64_t time_us() override { return time_us_; }

  std::vector<std::uint8_t> memory = std::vector<std::uint8_t>(65536);
  std::vector<std::uint32_t> registers = std::vector<std::uint32_t>(1024);
  std::uint32_t hello[4] = {0x31495053, 65536, 25'000'000, 3};
  std::uint8_t status = 0;   // of every reply
  std::uint8_t refusal = 0;  // 0xE1..0xE3 instead of a reply
  bool is_silent = false;    // echo, but no reply
  bool system_fails = false;
  std::size_t late = 0;                                    // bytes before a reply
  std::uint32_t damaged = 0;                               // so many exchanges go through `damage`
  std::function<void(std::vector<std::uint8_t>&)> damage;  // of what the host gets
  std::uint32_t writes = 0;                                // register writes that were executed

 private:
  std::vector<std::uint8_t> execute(const std::uint8_t* out);

  std::uint64_t time_us_ = 0;
  int last_written_ = -1;  // sequence number
};

}  // namespace tendon::test
