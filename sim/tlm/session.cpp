// SPDX-License-Identifier: MIT
#include "tlm/session.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include "tlm/client/wire.hpp"

namespace tendon::vp {

namespace {

using Bytes = std::vector<std::uint8_t>;

Result<Bytes> read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return Error{path + ": cannot be read"};
  return Bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
}

class FileSession : public Session {
 public:
  FileSession(const VpOptions& options, Bytes program, Bytes windows)
      : options_(options), program_(std::move(program)), windows_(std::move(windows)) {
    if (!windows_.empty()) {
      each_ = options.window_bytes != 0 ? options.window_bytes : windows_.size();
      left_ = windows_.size() / each_ * options.repeat;
    }
  }

  Result<Bytes> program() override { return program_; }

  std::optional<WindowJob> next() override {
    if (left_ == 0) return std::nullopt;
    --left_;
    const auto begin = windows_.begin() + static_cast<long>(at_);
    WindowJob job{Bytes(begin, begin + static_cast<long>(each_)), options_.flags};
    at_ += each_;
    if (at_ == windows_.size()) at_ = 0;
    return job;
  }

  void result(const WindowResult& result) override {
    if (result.head.status != 0) message(std::string("firmware: ") + result.head.text);
  }

  void uart(char byte) override { std::fputc(byte, stdout); }
  void message(const std::string& text) override {
    std::fflush(stdout);
    std::fprintf(stderr, "tendon-vp: %s\n", text.c_str());
  }

 private:
  VpOptions options_;
  Bytes program_, windows_;
  std::size_t each_ = 0, at_ = 0, left_ = 0;
};

class PipeSession : public Session {
 public:
  explicit PipeSession(const VpOptions& options) : options_(options) {}

  Result<Bytes> program() override {
    Result<wire::Frame> frame = wire::receive(STDIN_FILENO);
    if (!frame) return frame.error();
    if (frame->kind != wire::kProgram) return Error{"the client did not send a program first"};
    return std::move(frame->payload);
  }

  std::optional<WindowJob> next() override {
    if (!ready_ && !wire::send(STDOUT_FILENO, wire::kReady, {})) return std::nullopt;
    ready_ = true;
    const Result<wire::Frame> frame = wire::receive(STDIN_FILENO);
    if (!frame || frame->kind != wire::kWindow) return std::nullopt;
    std::span<const std::uint8_t> payload = frame->payload;
    WindowJob job;
    if (!wire::take(payload, job.flags)) return std::nullopt;
    job.codes.assign(payload.begin(), payload.end());
    job.flags |= options_.flags | VP_FLAG_QUIET;
    return job;
  }

  void result(const WindowResult& result) override {
    if (result.head.status != 0) {
      const std::string text = result.head.text;
      send(wire::kFailure, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
      return;
    }
    Bytes payload;
    wire::ResultHead head{
        result.head.label, result.head.layers, {}, result.simulated_cycles, result.split};
    std::copy(std::begin(result.head.total), std::end(result.head.total), head.total);
    wire::append(payload, head);
    for (std::size_t i = 0; i < result.head.layers; ++i) {
      const vp_layer_result_t& layer = result.head.layer[i];
      wire::LayerHead layer_head{layer.on_device, layer.codes_count, {}};
      std::copy(std::begin(layer.counters), std::end(layer.counters), layer_head.counters);
      wire::append(payload, layer_head);
      for (const std::int16_t code : result.codes[i]) wire::append(payload, code);
    }
    send(wire::kResult, payload);
  }

  void uart(char byte) override { std::fputc(byte, stderr); }
  void message(const std::string& text) override {
    std::fprintf(stderr, "tendon-vp: %s\n", text.c_str());
  }

 private:
  // A client that is gone shows up as the end of its windows.
  static void send(std::uint32_t kind, std::span<const std::uint8_t> payload) {
    if (const Status sent = wire::send(STDOUT_FILENO, kind, payload); !sent) {
      std::fprintf(stderr, "tendon-vp: %s\n", sent.error().message.c_str());
    }
  }

  VpOptions options_;
  bool ready_ = false;
};

}  // namespace

const char* mark_name(std::uint32_t mark) {
  static constexpr const char* kNames[VP_MARKS] = {"idle",      "driver",   "wait",
                                                   "interrupt", "transfer", "report"};
  return mark < VP_MARKS ? kNames[mark] : "?";
}

Result<std::unique_ptr<Session>> make_file_session(const VpOptions& options) {
  Result<Bytes> program = read_file(options.program);
  if (!program) return program.error();
  Bytes windows;
  if (!options.windows.empty()) {
    Result<Bytes> read = read_file(options.windows);
    if (!read) return read.error();
    windows = std::move(*read);
  }
  if (options.window_bytes != 0 && windows.size() % options.window_bytes != 0) {
    return Error{options.windows + ": " + std::to_string(windows.size()) +
                 " bytes do not divide into windows of " + std::to_string(options.window_bytes)};
  }
  return std::unique_ptr<Session>(
      std::make_unique<FileSession>(options, std::move(*program), std::move(windows)));
}

Result<std::unique_ptr<Session>> make_pipe_session(const VpOptions& options) {
  return std::unique_ptr<Session>(std::make_unique<PipeSession>(options));
}

Result<WindowResult> read_result(std::uint64_t address, std::uint64_t ram_base,
                                 std::span<const std::uint8_t> ram) {
  const auto inside = [&](std::uint64_t at, std::uint64_t bytes) {
    return at >= ram_base && bytes <= ram.size() && at - ram_base <= ram.size() - bytes;
  };
  WindowResult result;
  if (!inside(address, sizeof result.head)) return Error{"host port: result outside RAM"};
  std::memcpy(&result.head, ram.data() + (address - ram_base), sizeof result.head);
  result.head.text[sizeof result.head.text - 1] = '\0';
  if (result.head.layers > VP_MAX_LAYERS) return Error{"host port: result with too many layers"};
  for (std::uint32_t i = 0; i < result.head.layers; ++i) {
    const vp_layer_result_t& layer = result.head.layer[i];
    std::vector<std::int16_t> codes(layer.codes_count);
    if (!inside(layer.codes_addr, codes.size() * 2) && !codes.empty()) {
      return Error{"host port: codes of a layer outside RAM"};
    }
    if (!codes.empty()) {
      std::memcpy(codes.data(), ram.data() + (layer.codes_addr - ram_base), codes.size() * 2);
    }
    result.codes.push_back(std::move(codes));
  }
  return result;
}

}  // namespace tendon::vp
