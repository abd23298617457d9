// SPDX-License-Identifier: MIT
// Engine "shm": tendon-serve with the RTL, and the board's `answer` under qemu-riscv64 beside it.
#include <unistd.h>

#include <atomic>

#include "tlm/client/process.hpp"
#include "tlm/client/vp_client.hpp"

namespace tendon::vp {

namespace {

/// A region that no other engine of this or another process uses.
std::string region_path() {
  static std::atomic<unsigned> count = 0;
  return "/dev/shm/tendon-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
}

/// Reads up to the end of the line; false when the server ended first.
bool wait_for_line(int file) {
  for (char byte = 0; byte != '\n';) {
    if (::read(file, &byte, 1) != 1) return false;
  }
  return true;
}

class ShmEngine : public engine::Engine {
 public:
  ShmEngine(std::string path, std::unique_ptr<Process> server,
            std::unique_ptr<engine::Engine> program)
      : path_(std::move(path)), server_(std::move(server)), program_(std::move(program)) {}
  ~ShmEngine() override {
    program_.reset();
    server_->terminate();
    server_->finish();
    ::unlink(path_.c_str());
  }
  ShmEngine(const ShmEngine&) = delete;
  ShmEngine& operator=(const ShmEngine&) = delete;

  std::string name() const override { return program_->name(); }
  Status load(std::span<const std::uint8_t> program) override { return program_->load(program); }
  Result<engine::RunResult> run(std::span<const std::uint8_t> window, bool tensors) override {
    return program_->run(window, tensors);
  }
  std::uint64_t simulated_cycles() const override { return program_->simulated_cycles(); }

 private:
  std::string path_;
  std::unique_ptr<Process> server_;
  std::unique_ptr<engine::Engine> program_;
};

}  // namespace

Result<std::unique_ptr<engine::Engine>> make_shm_client(const ClientOptions& options) {
  const std::string path = region_path();
  std::vector<std::string> serve = {TENDON_SERVE_EXECUTABLE, path, "--config",
                                    options.engine.config};
  if (!options.engine.waveform.empty()) {
    serve.insert(serve.end(), {"--waveform", options.engine.waveform});
  }
  if (!options.engine.timeline.empty()) {
    serve.insert(serve.end(), {"--timeline", options.engine.timeline});
  }
  Result<std::unique_ptr<Process>> server = Process::start(serve);
  if (!server) return server.error();
  if (!wait_for_line((*server)->from())) {
    return Error{"shm: the server " + (*server)->finish()};
  }
  std::vector<std::string> program = {TENDON_QEMU_EXECUTABLE,
                                      TENDON_ANSWER_EXECUTABLE,
                                      "--hal",
                                      "shm:" + path,
                                      "--policy",
                                      "require"};
  if (options.engine.poll) program.push_back("--poll");
  return std::unique_ptr<engine::Engine>(std::make_unique<ShmEngine>(
      path, std::move(*server), make_process_engine("shm", program, window_flags(options.engine))));
}

}  // namespace tendon::vp
