// SPDX-License-Identifier: MIT
#include "transports.hpp"

#include <fcntl.h>
#include <linux/spi/spidev.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tendon::bringup {
namespace {

/// An open file that closes itself.
class File {
 public:
  explicit File(const std::string& path) : number_(::open(path.c_str(), O_RDWR | O_NOCTTY)) {}
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

std::string system_error(const std::string& what) { return what + ": " + std::strerror(errno); }

class Spidev : public Transport {
 public:
  Spidev(const std::string& device, std::uint32_t hertz) : file_(device), hertz_(hertz) {}

  bool set_up(std::string* why) {
    std::uint8_t mode = SPI_MODE_0;
    std::uint8_t bits = 8;
    if (file_.number() < 0 || ioctl(file_.number(), SPI_IOC_WR_MODE, &mode) < 0 ||
        ioctl(file_.number(), SPI_IOC_WR_BITS_PER_WORD, &bits) < 0 ||
        ioctl(file_.number(), SPI_IOC_WR_MAX_SPEED_HZ, &hertz_) < 0) {
      *why = system_error("spidev");
      return false;
    }
    return true;
  }

  Bytes exchange(const Bytes& request, std::size_t fill) override {
    Bytes out = request;
    out.resize(request.size() + fill);
    Bytes in(out.size());
    spi_ioc_transfer transfer{};
    transfer.tx_buf = reinterpret_cast<std::uintptr_t>(out.data());
    transfer.rx_buf = reinterpret_cast<std::uintptr_t>(in.data());
    transfer.len = static_cast<std::uint32_t>(out.size());
    transfer.speed_hz = hertz_;
    if (ioctl(file_.number(), SPI_IOC_MESSAGE(1), &transfer) < 0) in.clear();
    return in;
  }

  [[nodiscard]] bool has_echo() const override { return true; }

 private:
  File file_;
  std::uint32_t hertz_;
};

class Uart : public Transport {
 public:
  explicit Uart(const std::string& device) : file_(device) {}

  bool set_up(std::string* why) {
    termios settings{};
    if (file_.number() < 0 || tcgetattr(file_.number(), &settings) < 0) {
      *why = system_error("serial port");
      return false;
    }
    cfmakeraw(&settings);
    cfsetspeed(&settings, B1000000);
    if (tcsetattr(file_.number(), TCSANOW, &settings) < 0) {
      *why = system_error("serial port");
      return false;
    }
    return true;
  }

  Bytes exchange(const Bytes& request, std::size_t fill) override {
    // Rest long enough for the device to forget what it may have heard in part.
    poll(nullptr, 0, kRestMs);
    tcflush(file_.number(), TCIFLUSH);
    if (write(file_.number(), request.data(), request.size()) !=
        static_cast<ssize_t>(request.size())) {
      return {};
    }
    Bytes in(request.size() + fill, 0xFF);
    for (std::size_t at = request.size() + 1; at < in.size();) {
      pollfd ready{file_.number(), POLLIN, 0};
      if (poll(&ready, 1, kReplyMs) <= 0) break;
      const ssize_t count = read(file_.number(), in.data() + at, in.size() - at);
      if (count <= 0) break;
      at += static_cast<std::size_t>(count);
    }
    return in;
  }

  [[nodiscard]] bool has_echo() const override { return false; }

 private:
  static constexpr int kRestMs = 5;
  static constexpr int kReplyMs = 20;

  File file_;
};

}  // namespace

std::unique_ptr<Transport> open_spidev(const std::string& device, std::uint32_t hertz,
                                       std::string* why) {
  auto transport = std::make_unique<Spidev>(device, hertz);
  if (!transport->set_up(why)) return nullptr;
  return transport;
}

std::unique_ptr<Transport> open_uart(const std::string& device, std::string* why) {
  auto transport = std::make_unique<Uart>(device);
  if (!transport->set_up(why)) return nullptr;
  return transport;
}

}  // namespace tendon::bringup
