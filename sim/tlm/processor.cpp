// SPDX-License-Identifier: MIT
#include "tlm/processor.hpp"

#include <cinttypes>
#include <cstdio>

namespace tendon::vp {

namespace {
constexpr std::size_t kStackBytes = 4u << 20;  // Unicorn runs on the thread's stack
constexpr std::uint64_t kSlice = 1000;         // instructions, 1 us at 1 GHz
}  // namespace

Processor::Processor(sc_core::sc_module_name name, std::uint64_t clock_hz, Message message,
                     DescribeAddress describe)
    : sc_module(name),
      bus("bus"),
      clock_(sc_core::sc_time(1, sc_core::SC_SEC) / static_cast<double>(clock_hz)),
      message_(std::move(message)),
      describe_(std::move(describe)),
      iss_(*this) {
  iss_.set_slice(kSlice);
  SC_HAS_PROCESS(Processor);
  SC_THREAD(execute);
  set_stack_size(kStackBytes);
}

sc_core::sc_time Processor::local_time() const {
  return sc_core::sc_time_stamp() +
         clock_ * static_cast<double>(iss_.instructions() - synchronized_);
}

void Processor::set_line(unsigned line, bool level) {
  iss_.set_line(line, level);
  if (level) line_changed_.notify(sc_core::SC_ZERO_TIME);
}

void Processor::stop() {
  stopping_ = true;
  iss_.request_stop();
}

void Processor::execute() {
  bool go_on = debugger_ ? debugger_(iss_, Iss::Stop::kBreakpoint) : true;
  while (go_on) {
    const Iss::Stop stop = iss_.run();
    synchronize();
    if (stopping_) break;
    if (stop == Iss::Stop::kWaitForInterrupt) {
      while (!iss_.wakes()) wait(line_changed_);
    } else {
      go_on = pause(stop);
    }
  }
  sc_core::sc_stop();
}

bool Processor::pause(Iss::Stop stop) {
  if (debugger_ && stop != Iss::Stop::kDead) return debugger_(iss_, stop);
  message_(iss_.message() + " " + describe_(iss_.current_pc()));
  died_ = true;
  return debugger_ ? debugger_(iss_, stop) : false;
}

void Processor::synchronize() {
  const std::uint64_t ahead = iss_.instructions() - synchronized_;
  synchronized_ = iss_.instructions();
  wait(clock_ * static_cast<double>(ahead));
}

void Processor::slice_over() {
  synchronize();
  if (poll_ && poll_()) iss_.request_stop();
}

bool Processor::transport(tlm::tlm_command command, std::uint64_t address, unsigned bytes,
                          std::uint64_t& value) {
  synchronize();
  tlm::tlm_generic_payload payload;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(bytes);
  payload.set_streaming_width(bytes);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  bus->b_transport(payload, delay);
  wait(delay);
  const bool okay = payload.is_response_ok();
  last_response_ = okay ? "" : payload.get_response_string();
  return okay;
}

bool Processor::load(std::uint64_t address, unsigned bytes, std::uint64_t& value) {
  return transport(tlm::TLM_READ_COMMAND, address, bytes, value);
}

bool Processor::store(std::uint64_t address, unsigned bytes, std::uint64_t value) {
  return transport(tlm::TLM_WRITE_COMMAND, address, bytes, value);
}

void Processor::access_fault(const char* kind, std::uint64_t address, unsigned bytes,
                             std::uint64_t pc) {
  char text[200];
  std::snprintf(text, sizeof text,
                "bus error: %s of %u bytes at 0x%08" PRIx64 " (%s), pc 0x%08" PRIx64 " %s", kind,
                bytes, address, last_response_.empty() ? "not mapped" : last_response_.c_str(), pc,
                describe_(pc).c_str());
  last_response_.clear();
  message_(text);
}

}  // namespace tendon::vp
