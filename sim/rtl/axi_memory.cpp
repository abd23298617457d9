// SPDX-License-Identifier: MIT
#include "rtl/axi_memory.hpp"

#include <algorithm>
#include <cstring>

namespace tendon::sim {

namespace {

constexpr std::uint8_t kPoison = 0xA5;
constexpr std::size_t kMaxOutstanding = 8;

}  // namespace

AxiMemory::AxiMemory(const AxiMemoryOptions& options)
    : options_(options),
      random_(options.seed),
      own_(options.storage.empty() ? options.bytes : 0),
      memory_(options.storage.empty() ? std::span(own_) : options.storage) {
  std::ranges::fill(memory_, kPoison);
}

std::span<std::uint8_t> AxiMemory::at(std::uint32_t address, std::uint32_t bytes) {
  const std::uint64_t offset = std::uint64_t{address} - options_.base;
  if (address < options_.base || offset + bytes > options_.bytes) {
    return {};
  }
  return memory_.subspan(offset, bytes);
}

void AxiMemory::forget() {
  reads_.clear();
  writes_.clear();
  beats_.clear();
  complete_bursts_ = 0;
  answering_ = false;
}

void AxiMemory::clear_faults() {
  failing_reads_.clear();
  failing_writes_.clear();
  flip_.reset();
  read_strike_.reset();
  write_strike_.reset();
  frozen_ = false;
}

bool AxiMemory::hits(const std::set<std::uint32_t>& faults, std::uint32_t address,
                     std::uint32_t bytes) const {
  const auto found = faults.lower_bound(address);
  return found != faults.end() && *found - address < bytes;
}

void AxiMemory::accept(const AxiOut& out, const AxiIn& in) {
  if (in.rvalid && out.rready) {
    Burst& burst = reads_.front();
    burst.address += options_.bus_bytes;
    if (--burst.beats == 0) {
      reads_.pop_front();
    }
  }
  if (out.arvalid && in.arready) {
    reads_.push_back({out.araddr, out.arlen + 1, now_ + options_.read_latency});
    ++read_bursts_;
  }
  if (in.bvalid && out.bready) {
    answering_ = false;
  }
  if (out.awvalid && in.awready) {
    writes_.push_back({out.awaddr, out.awlen + 1, now_});
    ++write_bursts_;
  }
  if (out.wvalid && in.wready) {
    beats_.push_back({out.wdata, out.wstrb, out.wlast});
    complete_bursts_ += out.wlast ? 1 : 0;
  }
}

void AxiMemory::drive_read(AxiIn& next) {
  if (reads_.empty() || reads_.front().ready_at > now_ || random_.chance(options_.stall.r)) {
    return;
  }
  const Burst& burst = reads_.front();
  next.rvalid = true;
  next.rlast = burst.beats == 1;
  const std::span<const std::uint8_t> bytes = at(burst.address, options_.bus_bytes);
  if (bytes.empty()) {
    next.rresp = kRespDecerr;
  } else if (hits(failing_reads_, burst.address, options_.bus_bytes)) {
    next.rresp = kRespSlverr;
  } else {
    next.rresp = kRespOkay;
    std::copy(bytes.begin(), bytes.end(), next.rdata.begin());
    if (flip_ && flip_->address - burst.address < options_.bus_bytes) {
      next.rdata[flip_->address - burst.address] ^= static_cast<std::uint8_t>(1u << flip_->bit);
      flip_.reset();
    }
    strike_read(next);
  }
}

void AxiMemory::strike_read(AxiIn& next) {
  if (!read_strike_) {
    return;
  }
  if (read_strike_->left > 0) {
    --read_strike_->left;
    return;
  }
  if (read_strike_->bit < 0) {
    next.rresp = kRespSlverr;
  } else {
    const auto bit = static_cast<unsigned>(read_strike_->bit) % (8 * options_.bus_bytes);
    next.rdata[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
  }
  read_strike_.reset();
}

// Takes the beats of the burst off the queue; returns the response.
unsigned AxiMemory::write_burst(const Burst& burst) {
  const std::uint32_t bytes = burst.beats * options_.bus_bytes;
  const std::span<std::uint8_t> target = at(burst.address, bytes);
  const bool struck = write_strike_ && write_strike_->left-- == 0;
  const bool fails = struck || hits(failing_writes_, burst.address, bytes);
  if (struck) {
    write_strike_.reset();
  }
  for (std::uint32_t offset = 0; offset < bytes; offset += options_.bus_bytes) {
    const WriteBeat& beat = beats_.front();
    for (unsigned i = 0; i < options_.bus_bytes; ++i) {
      if (!target.empty() && !fails && ((beat.strobes >> i) & 1) != 0) {
        target[offset + i] = beat.data[i];
        ++bytes_written_;
      }
    }
    beats_.pop_front();
  }
  --complete_bursts_;
  return target.empty() ? kRespDecerr : (fails ? kRespSlverr : kRespOkay);
}

void AxiMemory::drive_response(AxiIn& next) {
  if (answering_ || writes_.empty() || complete_bursts_ == 0 || random_.chance(options_.stall.b)) {
    return;
  }
  next.bvalid = true;
  next.bresp = write_burst(writes_.front());
  writes_.pop_front();
  answering_ = true;
}

AxiIn AxiMemory::cycle(const AxiOut& out, const AxiIn& in) {
  accept(out, in);
  ++now_;

  AxiIn next;
  if (in.rvalid && !out.rready) {
    next.rvalid = true;
    next.rdata = in.rdata;
    next.rresp = in.rresp;
    next.rlast = in.rlast;
  }
  if (in.bvalid && !out.bready) {
    next.bvalid = true;
    next.bresp = in.bresp;
  }
  if (frozen_) {
    return next;
  }
  if (!next.rvalid) {
    drive_read(next);
  }
  if (!next.bvalid) {
    drive_response(next);
  }
  next.arready = reads_.size() < kMaxOutstanding && !random_.chance(options_.stall.ar);
  next.awready = writes_.size() < kMaxOutstanding && !random_.chance(options_.stall.aw);
  next.wready = beats_.size() < 64 && !random_.chance(options_.stall.w);
  return next;
}

}  // namespace tendon::sim
