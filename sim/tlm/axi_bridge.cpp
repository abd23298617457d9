// SPDX-License-Identifier: MIT
#include "tlm/axi_bridge.hpp"

#include <algorithm>

namespace tendon::vp {

namespace {
constexpr std::size_t kMaxOutstanding = 8, kMaxBeats = 64;
}

AxiBridge::AxiBridge(BusMaster bus, unsigned bus_bytes, unsigned stall_percent, std::uint64_t seed)
    : bus_(std::move(bus)), bus_bytes_(bus_bytes), stall_(stall_percent), random_(seed) {}

// The whole burst is read when its address is taken: the device orders its own reads and writes.
void AxiBridge::start_read(const sim::AxiOut& out) {
  const unsigned beats = out.arlen + 1;
  Read read{std::vector<std::uint8_t>(std::size_t{beats} * bus_bytes_), 0, beats,
            now_ + kReadLatency, false};
  read.okay = bus_.read(out.araddr, read.data);
  reads_.push_back(std::move(read));
}

void AxiBridge::accept(const sim::AxiOut& out, const sim::AxiIn& in) {
  if (in.rvalid && out.rready && ++reads_.front().beat == reads_.front().beats) {
    reads_.pop_front();
  }
  if (out.arvalid && in.arready) start_read(out);
  if (out.awvalid && in.awready) writes_.push_back({out.awaddr, out.awlen + 1});
  if (out.wvalid && in.wready) beats_.push_back({out.wdata, out.wstrb});
}

void AxiBridge::drive_read(sim::AxiIn& next) {
  if (reads_.empty() || reads_.front().ready_at > now_ || stalls()) return;
  const Read& read = reads_.front();
  next.rvalid = true;
  next.rlast = read.beat + 1 == read.beats;
  next.rresp = read.okay ? sim::kRespOkay : sim::kRespSlverr;
  std::copy_n(read.data.begin() + static_cast<long>(std::size_t{read.beat} * bus_bytes_),
              bus_bytes_, next.rdata.begin());
}

// Runs of enabled bytes become transactions of their own.
bool AxiBridge::write_beat(std::uint32_t address, const WriteBeat& beat) {
  bool okay = true;
  for (unsigned i = 0; i < bus_bytes_;) {
    unsigned end = i;
    while (end < bus_bytes_ && (beat.strobes >> end & 1) != 0) ++end;
    if (end > i) okay = bus_.write(address + i, {&beat.data[i], end - i}) && okay;
    i = std::max(end, i + 1);
  }
  return okay;
}

bool AxiBridge::write_burst() {
  const WriteBurst burst = writes_.front();
  writes_.pop_front();
  bool okay = true;
  for (unsigned i = 0; i < burst.beats; ++i) {
    okay = write_beat(burst.address + i * bus_bytes_, beats_.front()) && okay;
    beats_.pop_front();
  }
  return okay;
}

sim::AxiIn AxiBridge::cycle(const sim::AxiOut& out, const sim::AxiIn& in) {
  accept(out, in);
  ++now_;
  sim::AxiIn next;
  if (in.rvalid && !out.rready) {
    next.rvalid = true;
    next.rdata = in.rdata;
    next.rresp = in.rresp;
    next.rlast = in.rlast;
  } else {
    drive_read(next);
  }
  if (in.bvalid && !out.bready) {
    next.bvalid = true;
    next.bresp = in.bresp;
  } else if (!writes_.empty() && beats_.size() >= writes_.front().beats && !stalls()) {
    next.bvalid = true;
    next.bresp = write_burst() ? sim::kRespOkay : sim::kRespSlverr;
  }
  next.arready = reads_.size() < kMaxOutstanding && !stalls();
  next.awready = writes_.size() < kMaxOutstanding && !stalls();
  next.wready = beats_.size() < kMaxBeats && !stalls();
  return next;
}

}  // namespace tendon::vp
