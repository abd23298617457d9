// SPDX-License-Identifier: MIT
#include "tlm/client/vp_client.hpp"

#include <unistd.h>

#include "firmware/platform.h"
#include "tlm/client/process.hpp"
#include "tlm/client/program_size.hpp"
#include "tlm/client/wire.hpp"

namespace tendon::vp {

namespace {

engine::Counters from_wire(const std::uint64_t (&values)[wire::kCounters]) {
  engine::Counters out;
  out.cycles = values[0];
  out.active = values[1];
  out.wait_weights = values[2];
  out.wait_activations = values[3];
  out.wait_writeback = values[4];
  out.descriptor = values[5];
  out.drain = values[6];
  out.dma = values[7];
  return out;
}

class ProcessEngine : public engine::Engine {
 public:
  ProcessEngine(std::string name, std::vector<std::string> command, std::uint32_t flags)
      : name_(std::move(name)), command_(std::move(command)), flags_(flags) {}

  std::string name() const override { return name_; }
  std::uint64_t simulated_cycles() const override { return simulated_cycles_; }

  Status load(std::span<const std::uint8_t> program) override {
    process_.reset();
    before_ = {};
    const Result<std::size_t> window = window_bytes(program);
    if (!window) return named(window.error());
    window_bytes_ = *window;
    Result<std::unique_ptr<Process>> started = Process::start(command_);
    if (!started) return named(started.error());
    process_ = std::move(*started);
    if (const Status sent = wire::send(process_->to(), wire::kProgram, program); !sent) {
      return lost(sent.error());
    }
    const Result<wire::Frame> ready = wire::receive(process_->from());
    if (!ready) return lost(ready.error());
    if (ready->kind != wire::kReady) return named(Error{"unexpected answer to a program"});
    return Unit{};
  }

  Result<engine::RunResult> run(std::span<const std::uint8_t> window, bool tensors) override {
    if (!process_) return named(Error{"no program is loaded"});
    if (window.size() != window_bytes_) {
      return named(Error{"window of " + std::to_string(window.size()) +
                         " bytes; the network takes " + std::to_string(window_bytes_)});
    }
    std::vector<std::uint8_t> payload;
    wire::append(payload, flags_ | (tensors ? VP_FLAG_TENSORS : 0u));
    payload.insert(payload.end(), window.begin(), window.end());
    if (const Status sent = wire::send(process_->to(), wire::kWindow, payload); !sent) {
      return lost(sent.error());
    }
    const Result<wire::Frame> answer = wire::receive(process_->from());
    if (!answer) return lost(answer.error());
    if (answer->kind == wire::kFailure) {
      return named(Error{std::string(answer->payload.begin(), answer->payload.end())});
    }
    return decode(answer->payload, tensors);
  }

 private:
  Error named(const Error& error) const { return Error{name_ + ": " + error.message}; }

  // The process ended by itself: its exit code says more than the broken pipe.
  Error lost(const Error& error) {
    const std::string end = process_->finish();
    process_.reset();
    return named(Error{error.message + "; the process " + end});
  }

  Result<engine::RunResult> decode(std::span<const std::uint8_t> bytes, bool tensors) {
    wire::ResultHead head;
    engine::RunResult out;
    if (!wire::take(bytes, head)) return named(Error{"result cut short"});
    out.label = head.label;
    out.total = from_wire(head.total);
    simulated_cycles_ = head.simulated_cycles;
    const auto us = [](std::uint64_t now, std::uint64_t before) {
      return static_cast<double>(now - before) / 1000;
    };
    out.split = {us(head.split.driver, before_.driver), us(head.split.transfer, before_.transfer),
                 us(head.split.wait, before_.wait), us(head.split.interrupt, before_.interrupt)};
    before_ = head.split;
    for (std::uint32_t i = 0; i < head.layers; ++i) {
      wire::LayerHead layer_head;
      if (!wire::take(bytes, layer_head)) return named(Error{"result cut short"});
      engine::LayerResult layer;
      layer.on_accelerator = layer_head.on_device != 0;
      layer.counters = from_wire(layer_head.counters);
      if (bytes.size() / sizeof(std::int16_t) < layer_head.codes) {
        return named(Error{"result cut short"});
      }
      std::vector<std::int16_t> codes(layer_head.codes);
      for (std::int16_t& code : codes) wire::take(bytes, code);
      if (tensors) layer.codes = std::move(codes);
      out.layers.push_back(std::move(layer));
    }
    return out;
  }

  std::string name_;
  std::vector<std::string> command_;
  std::uint32_t flags_;
  wire::TimeSplit before_ = {};
  std::unique_ptr<Process> process_;
  std::size_t window_bytes_ = 0;
  std::uint64_t simulated_cycles_ = 0;
};

std::vector<std::string> command_line(const std::string& executable, const std::string& firmware,
                                      const std::string& model, const ClientOptions& options) {
  std::vector<std::string> command = {executable, "--serve", "--firmware", firmware,
                                      "--model",  model,     "--config",   options.engine.config};
  const auto add = [&](const char* name, const std::string& value) {
    command.push_back(name);
    command.push_back(value);
  };
  if (options.engine.stall_seed != 0) {
    add("--stall-seed", std::to_string(options.engine.stall_seed));
  }
  if (!options.engine.waveform.empty()) add("--waveform", options.engine.waveform);
  if (!options.engine.timeline.empty()) add("--timeline", options.engine.timeline);
  if (options.engine.spi_hz != 0) add("--spi-hz", std::to_string(options.engine.spi_hz));
  if (options.engine.policy == engine::Policy::kCpu) command.push_back("--cpu");
  if (options.engine.policy == engine::Policy::kOffload) command.push_back("--offload");
  if (options.engine.poll) command.push_back("--poll");
  command.insert(command.end(), options.arguments.begin(), options.arguments.end());
  return command;
}

}  // namespace

std::uint32_t window_flags(const engine::Options& options) {
  return (options.counters ? VP_FLAG_COUNTERS : 0u) | (options.reset_midway ? VP_FLAG_RESET : 0u);
}

std::vector<std::string> client_names() {
  std::vector<std::string> names;
#ifdef TENDON_VP_EXECUTABLE
  names.insert(names.end(), {"vp", "vp-rtl"});
#endif
#ifdef TENDON_SOC_EXECUTABLE
  names.push_back("soc");
#endif
#ifdef TENDON_SERVE_EXECUTABLE
  names.push_back("shm");
#endif
  return names;
}

Result<std::unique_ptr<engine::Engine>> make_client(const std::string& name,
                                                    const ClientOptions& options) {
#ifdef TENDON_VP_EXECUTABLE
  if (name == "vp" || name == "vp-rtl") {
    return make_process_engine(name,
                               command_line(TENDON_VP_EXECUTABLE, TENDON_VP_FIRMWARE,
                                            name == "vp" ? "fast" : "rtl", options),
                               window_flags(options.engine));
  }
#endif
#ifdef TENDON_SOC_EXECUTABLE
  if (name == "soc") {
    if (options.engine.config != "base") {
      return Error{"soc: built for configuration base, not " + options.engine.config};
    }
    std::string executable = TENDON_SOC_EXECUTABLE;
    if (!options.engine.waveform.empty()) {
      executable = TENDON_SOC_TRACED_EXECUTABLE;
      if (::access(executable.c_str(), X_OK) != 0) {
        return Error{"soc: no waveform, " + executable +
                     " is not built (target tendon-soc-traced)"};
      }
    }
    return make_process_engine(name, command_line(executable, TENDON_SOC_FIRMWARE, "rtl", options),
                               window_flags(options.engine));
  }
#endif
#ifdef TENDON_SERVE_EXECUTABLE
  if (name == "shm") return make_shm_client(options);
#endif
  std::string known;
  for (const std::string& each : client_names()) known += " " + each;
  return Error{"no engine '" + name + "' in a process of its own; this build has:" + known};
}

std::unique_ptr<engine::Engine> make_process_engine(std::string name,
                                                    std::vector<std::string> command,
                                                    std::uint32_t flags) {
  return std::make_unique<ProcessEngine>(std::move(name), std::move(command), flags);
}

}  // namespace tendon::vp
