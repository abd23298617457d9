// SPDX-License-Identifier: MIT
// libFuzzer target for what an SPI device answers: the HAL is started and used on a device that
// says whatever the input has. Replies are damaged, or made from the input with a right echo and
// CRC.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "driver/base.hpp"
#include "hal/spi_hal.hpp"

namespace {

constexpr std::size_t kHeader = 10;

/// The input, byte by byte; zeros behind its end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  bool is_empty() const { return at_ == size_; }
  std::uint8_t byte() { return at_ < size_ ? data_[at_++] : std::uint8_t{0}; }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

class Device : public tendon::hal::SpiTransport {
 public:
  explicit Device(Input& input) : input_(input) {}

  bool exchange(const std::uint8_t* out, std::uint8_t* in, std::size_t bytes) override {
    time_ += 10;
    const std::uint8_t mode = input_.byte();
    if (mode == 1) return false;
    if (mode == 2) {
      std::memcpy(in, out, bytes);
      return true;
    }
    if (mode == 3) {
      for (std::size_t i = 0; i < bytes; ++i) in[i] = input_.byte();
      return true;
    }
    answer(out, in, bytes);
    if (mode == 4)
      in[input_.byte() % bytes] ^= static_cast<std::uint8_t>(1u << (input_.byte() % 8));
    if (mode == 5) in[bytes - 1 - input_.byte() % std::min<std::size_t>(bytes, 40)] = input_.byte();
    return true;
  }
  std::uint64_t time_us() override { return time_; }

 private:
  // Echo of the header, fill, then status 0 and data of the input with a right CRC.
  void answer(const std::uint8_t* out, std::uint8_t* in, std::size_t bytes) {
    std::memset(in, 0, bytes);
    in[0] = 0x54;
    for (std::size_t i = 1; i < bytes; ++i) in[i] = static_cast<std::uint8_t>(~out[i - 1]);
    const std::size_t length = out[2] | static_cast<std::size_t>(out[3]) << 8;
    const bool writes = out[0] == 3 || out[0] == 5 || out[0] == 6;
    const std::size_t sent = kHeader + (writes ? length + 2 : 0);
    const std::size_t data = out[0] == 1 ? 16 : writes ? 0 : length;
    const std::size_t from = sent + 1 + input_.byte() % 12;
    if (from + 5 + data > bytes) return;
    std::memset(in + sent + 1, 0, bytes - sent - 1);
    in[from] = 0x5A;
    std::uint8_t* reply = in + from + 1;
    reply[0] = input_.byte() % 5;
    reply[1] = out[1];
    if (out[0] == 1 && input_.byte() % 4 != 0) {
      static constexpr std::uint8_t kHello[16] = {'S', 'P', 'I', '1', 0, 64};
      std::memcpy(reply + 2, kHello, sizeof(kHello));
    } else {
      for (std::size_t i = 0; i < data; ++i) reply[2 + i] = input_.byte();
    }
    const std::uint16_t crc = tendon::crc16(reply, 2 + data);
    reply[2 + data] = static_cast<std::uint8_t>(crc >> 8);
    reply[3 + data] = static_cast<std::uint8_t>(crc);
  }

  Input& input_;
  std::uint64_t time_ = 0;
};

void expect(bool ok) {
  if (!ok) std::abort();
}

// TENDON_OK or an error that a bus may give; never anything else.
void expect_bus(tendon_status_t status) {
  expect(status == TENDON_OK || status == TENDON_E_BUS || status == TENDON_E_IO);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Device device(input);
  tendon::hal::SpiHal hal(device);
  const tendon_status_t started = hal.start();
  expect(started == TENDON_OK || started == TENDON_E_NO_DEVICE || started == TENDON_E_IO);
  if (started != TENDON_OK) {
    expect(hal.trouble().c_str()[0] != '\0');
    return 0;
  }
  tendon_dma_t buffer = {};
  const std::uint32_t bytes = 1 + input.byte() * 40u;
  if (hal.alloc(bytes, &buffer) != TENDON_OK) return 0;
  while (!input.is_empty()) {
    const std::uint8_t what = input.byte();
    const std::uint32_t offset = input.byte() * 8u;
    std::uint32_t value = 0;
    switch (what % 4) {
      case 0:
        expect_bus(hal.read(offset, &value));
        break;
      case 1:
        expect_bus(hal.write(offset, what));
        break;
      case 2: {
        const std::uint32_t part = input.byte() * 20u;
        const auto to = what < 128 ? TENDON_DMA_TO_DEVICE : TENDON_DMA_FROM_DEVICE;
        const tendon_status_t status = hal.sync(buffer, offset, part, to);
        expect((status == TENDON_E_ARG) == (offset + part > buffer.bytes));
        break;
      }
      default: {
        const tendon_status_t status = hal.wait(100);
        if (status != TENDON_E_TIMEOUT) expect_bus(status);
      }
    }
    // Every frame is tried nine times at most.
    expect(hal.link().repeats() <= hal.link().frames());
  }
  hal.free(&buffer);
  return 0;
}
