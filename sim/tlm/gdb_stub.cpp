// SPDX-License-Identifier: MIT
#include "tlm/gdb_stub.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace tendon::vp {

namespace {

constexpr unsigned kPc = 32, kFirstFloat = 33, kRegisters = 65;
constexpr std::size_t kMostMemory = 0x2000;
constexpr char kInterrupt = 3;

// What GDB has to know of the hart: without it, it takes the registers for 32 bits.
constexpr const char* kTarget =
    "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\">"
    "<architecture>riscv:rv64</architecture></target>";

std::string hex(const std::uint8_t* bytes, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", bytes[i]);
    text += digits;
  }
  return text;
}

// Registers travel in the target's byte order: lowest byte first.
std::string hex_register(std::uint64_t value) {
  std::uint8_t bytes[8];
  std::memcpy(bytes, &value, sizeof bytes);
  return hex(bytes, sizeof bytes);
}

bool from_hex(std::string_view text, std::vector<std::uint8_t>& bytes) {
  if (text.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::string pair(text.substr(i, 2));
    char* end = nullptr;
    bytes.push_back(static_cast<std::uint8_t>(std::strtoul(pair.c_str(), &end, 16)));
    if (*end != '\0') return false;
  }
  return true;
}

// Numbers separated by single characters: "1000,4" after a command letter.
std::vector<std::uint64_t> numbers(const std::string& text, std::size_t at) {
  std::vector<std::uint64_t> out;
  while (at < text.size()) {
    char* end = nullptr;
    out.push_back(std::strtoull(text.c_str() + at, &end, 16));
    at = static_cast<std::size_t>(end - text.c_str()) + 1;
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<GdbStub>> GdbStub::listen(std::uint16_t port, IsMemory is_memory) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || ::bind(listener, raw, size) != 0 || ::listen(listener, 1) != 0 ||
      ::getsockname(listener, raw, &size) != 0) {
    const std::string why = std::strerror(errno);
    if (listener >= 0) ::close(listener);
    return Error{"--gdb " + std::to_string(port) + ": " + why};
  }
  return std::unique_ptr<GdbStub>(
      new GdbStub(listener, ntohs(address.sin_port), std::move(is_memory)));
}

GdbStub::~GdbStub() {
  if (connection_ >= 0) ::close(connection_);
  ::close(listener_);
}

bool GdbStub::accept_debugger() {
  if (connection_ >= 0) return true;
  connection_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  const int on = 1;
  ::setsockopt(connection_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connection_ >= 0;
}

int GdbStub::next_byte() {
  std::uint8_t byte = 0;
  ssize_t got = 0;
  do {
    got = ::read(connection_, &byte, 1);
  } while (got < 0 && errno == EINTR);
  return got == 1 ? byte : -1;
}

// One packet without its frame; acknowledged. Damaged ones are asked for again.
bool GdbStub::receive(std::string& packet) {
  for (;;) {
    int byte = next_byte();
    while (byte >= 0 && byte != '$') byte = next_byte();
    packet.clear();
    unsigned sum = 0;
    for (byte = next_byte(); byte >= 0 && byte != '#'; byte = next_byte()) {
      packet += static_cast<char>(byte);
      sum += static_cast<unsigned>(byte);
    }
    const int high = next_byte(), low = next_byte();
    if (low < 0) return false;
    const char digits[] = {static_cast<char>(high), static_cast<char>(low), '\0'};
    const bool right = std::strtoul(digits, nullptr, 16) == (sum & 0xFF);
    if (::write(connection_, right ? "+" : "-", 1) != 1) return false;
    if (right) return true;
  }
}

void GdbStub::send(std::string_view payload) {
  unsigned sum = 0;
  for (const char c : payload) sum += static_cast<std::uint8_t>(c);
  char end[4];
  std::snprintf(end, sizeof end, "#%02x", sum & 0xFF);
  const std::string frame = "$" + std::string(payload) + end;
  for (std::size_t at = 0; at < frame.size();) {
    const ssize_t put = ::send(connection_, frame.data() + at, frame.size() - at, MSG_NOSIGNAL);
    if (put <= 0) return;  // the next read finds out
    at += static_cast<std::size_t>(put);
  }
}

bool GdbStub::serve(Iss& iss, Iss::Stop stop) {
  const bool first = connection_ < 0;
  if (!accept_debugger()) return true;
  last_stop_ = stop == Iss::Stop::kDead ? "S0b" : stop == Iss::Stop::kRequested ? "S02" : "S05";
  if (!first) send(last_stop_);
  for (std::string packet; receive(packet);) {
    switch (obey(iss, packet)) {
      case Go::kStay:
        break;
      case Go::kContinue:
        return stop != Iss::Stop::kDead;
      case Go::kStep:
        last_stop_ = iss.step() == Iss::Stop::kDead ? "S0b" : "S05";
        send(last_stop_);
        break;
      case Go::kKill:
        return false;
      case Go::kGone:
        iss.breakpoints().clear();
        return true;
    }
  }
  ::close(connection_);  // gone without a word
  connection_ = -1;
  iss.breakpoints().clear();
  return stop != Iss::Stop::kDead;
}

bool GdbStub::interrupted() {
  if (connection_ < 0) return false;
  pollfd ready{connection_, POLLIN, 0};
  char byte = 0;
  // Acknowledgements of earlier packets may come first.
  while (::poll(&ready, 1, 0) > 0 && ::recv(connection_, &byte, 1, 0) == 1) {
    if (byte == kInterrupt) return true;
  }
  return false;
}

void GdbStub::exited(int code) {
  if (connection_ < 0) return;
  char text[8];
  std::snprintf(text, sizeof text, "W%02x", static_cast<unsigned>(code) & 0xFF);
  send(text);
}

GdbStub::Go GdbStub::obey(Iss& iss, const std::string& packet) {
  switch (packet.empty() ? '\0' : packet[0]) {
    case '?':
      send(last_stop_);
      return Go::kStay;
    case 'c':
      if (packet.size() > 1) iss.set_pc(numbers(packet, 1)[0]);
      return Go::kContinue;
    case 's':
      if (packet.size() > 1) iss.set_pc(numbers(packet, 1)[0]);
      return Go::kStep;
    case 'g':
      registers(iss);
      return Go::kStay;
    case 'p':
    case 'P':
      one_register(iss, packet);
      return Go::kStay;
    case 'm':
    case 'M':
      memory(iss, packet);
      return Go::kStay;
    case 'Z':
    case 'z':
      breakpoint(iss, packet);
      return Go::kStay;
    case 'D':
      send("OK");
      return Go::kGone;
    case 'k':
      return Go::kKill;
    case 'H':
      send("OK");
      return Go::kStay;
    default:
      query(packet);
      return Go::kStay;
  }
}

void GdbStub::query(const std::string& packet) {
  const std::string features = "qXfer:features:read:target.xml:";
  if (packet.starts_with("qSupported")) {
    send("PacketSize=4000;qXfer:features:read+");
  } else if (packet.starts_with(features)) {
    const auto range = numbers(packet, features.size());
    const std::string_view text = kTarget;
    if (range.size() != 2 || range[0] > text.size()) return send("E01");
    const std::string part(text.substr(range[0], range[1]));
    send((range[0] + part.size() < text.size() ? "m" : "l") + part);
  } else if (packet == "qAttached") {
    send("1");
  } else if (packet == "qC") {
    send("QC1");
  } else if (packet == "qfThreadInfo") {
    send("m1");
  } else if (packet == "qsThreadInfo") {
    send("l");
  } else {
    send("");  // not known here
  }
}

void GdbStub::registers(Iss& iss) {
  std::string text;
  for (unsigned i = 0; i < kPc; ++i) text += hex_register(iss.reg(i));
  send(text + hex_register(iss.pc()));
}

void GdbStub::one_register(Iss& iss, const std::string& packet) {
  const auto index = static_cast<unsigned>(std::strtoul(packet.c_str() + 1, nullptr, 16));
  if (packet[0] == 'p') {
    if (index >= kRegisters) return send("E01");
    return send(hex_register(index < kPc    ? iss.reg(index)
                             : index == kPc ? iss.pc()
                                            : iss.freg(index - kFirstFloat)));
  }
  std::vector<std::uint8_t> bytes;
  const std::size_t equals = packet.find('=');
  if (equals == std::string::npos ||
      !from_hex(std::string_view(packet).substr(equals + 1), bytes) || bytes.size() != 8 ||
      index > kPc) {
    return send("E01");
  }
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  if (index == kPc) {
    iss.set_pc(value);
  } else if (index != 0) {
    iss.set_reg(index, value);
  }
  send("OK");
}

void GdbStub::memory(Iss& iss, const std::string& packet) {
  const std::size_t colon = std::min(packet.find(':'), packet.size());
  const auto range = numbers(packet.substr(0, colon), 1);
  if (range.size() != 2 || range[1] > kMostMemory) return send("E01");
  std::vector<std::uint8_t> bytes;
  if (packet[0] == 'M') {
    if (colon == packet.size() || !from_hex(std::string_view(packet).substr(colon + 1), bytes) ||
        bytes.size() != range[1]) {
      return send("E01");
    }
    const bool done = is_memory_(range[0], range[1]) && iss.write_memory(range[0], bytes);
    return send(done ? "OK" : "E0e");
  }
  bytes.resize(range[1]);
  if (!is_memory_(range[0], range[1]) || !iss.read_memory(range[0], bytes)) return send("E0e");
  send(hex(bytes.data(), bytes.size()));
}

void GdbStub::breakpoint(Iss& iss, const std::string& packet) {
  const auto place = numbers(packet, 3);
  // Software and hardware breakpoints are the same here; watchpoints there are none.
  if (packet.size() < 4 || (packet[1] != '0' && packet[1] != '1') || place.empty()) return send("");
  if (packet[0] == 'Z') {
    iss.breakpoints().insert(place[0]);
  } else {
    iss.breakpoints().erase(place[0]);
  }
  send("OK");
}

}  // namespace tendon::vp
