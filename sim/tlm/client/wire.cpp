// SPDX-License-Identifier: MIT
#include "tlm/client/wire.hpp"

#include <unistd.h>

#include <cerrno>

namespace tendon::vp::wire {

namespace {

bool read_all(int file, void* data, std::size_t bytes) {
  auto* at = static_cast<char*>(data);
  while (bytes > 0) {
    const ssize_t got = ::read(file, at, bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

bool write_all(int file, const void* data, std::size_t bytes) {
  const auto* at = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t put = ::write(file, at, bytes);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    at += put;
    bytes -= static_cast<std::size_t>(put);
  }
  return true;
}

}  // namespace

Result<Frame> receive(int file) {
  std::uint32_t head[2];
  if (!read_all(file, head, sizeof head)) return Error{"the other side closed the connection"};
  if (head[1] > kMaxFrame) return Error{"frame of " + std::to_string(head[1]) + " bytes"};
  Frame frame{head[0], std::vector<std::uint8_t>(head[1])};
  if (!read_all(file, frame.payload.data(), frame.payload.size())) {
    return Error{"the other side closed the connection inside a frame"};
  }
  return frame;
}

Status send(int file, std::uint32_t kind, std::span<const std::uint8_t> payload) {
  const std::uint32_t head[2] = {kind, static_cast<std::uint32_t>(payload.size())};
  if (!write_all(file, head, sizeof head) || !write_all(file, payload.data(), payload.size())) {
    return Error{"the other side does not listen"};
  }
  return Unit{};
}

}  // namespace tendon::vp::wire
