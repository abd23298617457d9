// SPDX-License-Identifier: MIT
// The bridge at a /dev/spidevB.C of Linux.
#include <errno.h>
#include <fcntl.h>
#include <linux/spi/spidev.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstring>
#include <new>

#include "hal/options.hpp"
#include "hal/spi_hal.hpp"

namespace tendon::hal {
namespace {

constexpr std::uint64_t kDefaultHz = 1'000'000;
constexpr std::uint64_t kMostHz = 48'000'000;

class Spidev : public SpiTransport {
 public:
  ~Spidev() override {
    if (file_ >= 0) close(file_);
  }

  bool set_up(const char* path, std::uint32_t hertz, Text* text) {
    std::uint8_t mode = SPI_MODE_0;
    std::uint8_t bits = 8;
    hertz_ = hertz;
    file_ = open(path, O_RDWR | O_CLOEXEC);
    if (file_ >= 0 && ioctl(file_, SPI_IOC_WR_MODE, &mode) == 0 &&
        ioctl(file_, SPI_IOC_WR_BITS_PER_WORD, &bits) == 0 &&
        ioctl(file_, SPI_IOC_WR_MAX_SPEED_HZ, &hertz_) == 0) {
      return true;
    }
    text->format("%s: %s", path, std::strerror(errno));
    return false;
  }

  bool exchange(const std::uint8_t* out, std::uint8_t* in, std::size_t bytes) override {
    spi_ioc_transfer transfer = {};
    transfer.tx_buf = reinterpret_cast<std::uintptr_t>(out);
    transfer.rx_buf = reinterpret_cast<std::uintptr_t>(in);
    transfer.len = static_cast<std::uint32_t>(bytes);
    transfer.speed_hz = hertz_;
    return ioctl(file_, SPI_IOC_MESSAGE(1), &transfer) >= 0;
  }

  std::uint64_t time_us() override { return monotonic_us(); }

 private:
  int file_ = -1;
  std::uint32_t hertz_ = 0;
};

/// A base of SpidevHal, so that it is there before SpiHal and until after it.
struct HasSpidev {
  Spidev spidev;
};

class SpidevHal : private HasSpidev, public SpiHal {
 public:
  SpidevHal() : SpiHal(spidev) {}
  tendon_status_t set_up(const char* path, std::uint32_t hertz, Text* text) {
    if (!spidev.set_up(path, hertz, text)) return TENDON_E_IO;
    const tendon_status_t status = start();
    if (status != TENDON_OK) text->format("%s: %s", path, trouble().c_str());
    return status;
  }
};

}  // namespace

std::unique_ptr<Hal> open_spi(const Options& options, tendon_status_t* status, Text* text) {
  constexpr const char* kNames[] = {"hz", nullptr};
  char path[256];
  std::uint64_t hertz = kDefaultHz;
  if (!options.word(0, path, sizeof(path)) || !options.only(kNames) ||
      !options.value("hz", &hertz) || hertz == 0 || hertz > kMostHz) {
    text->format("want spi:/dev/spidevB.C[,hz=N], at most %llu Hz",
                 static_cast<unsigned long long>(kMostHz));
    *status = TENDON_E_ARG;
    return nullptr;
  }
  std::unique_ptr<SpidevHal> hal(new (std::nothrow) SpidevHal);
  *status =
      hal == nullptr ? TENDON_E_MEMORY : hal->set_up(path, static_cast<std::uint32_t>(hertz), text);
  if (*status != TENDON_OK) return nullptr;
  return hal;
}

}  // namespace tendon::hal
