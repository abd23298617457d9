// SPDX-License-Identifier: MIT
#include "tlm/iss.hpp"

#include <unicorn/unicorn.h>

#include <bit>
#include <cinttypes>
#include <cstdio>
#include <list>

#include "net/result.hpp"

namespace tendon::vp {

namespace {

constexpr std::uint64_t kInterrupt = 1ull << 63;
constexpr std::uint64_t kMie = 0x8, kMpie = 0x80, kMppMachine = 0x1800;
constexpr std::uint64_t kEverywhereBegin = 1, kEverywhereEnd = 0;  // Unicorn: begin > end

void check(uc_err error, const char* what) {
  if (error != UC_ERR_OK) {
    std::fprintf(stderr, "unicorn: %s: %s\n", what, uc_strerror(error));
    std::abort();
  }
}

}  // namespace

struct Iss::Impl {
  struct Region {
    Iss* iss;
    std::uint64_t base;
  };

  uc_engine* engine = nullptr;
  std::list<Region> regions;  // stable addresses: Unicorn keeps pointers

  std::uint64_t get(int reg) const {
    std::uint64_t value = 0;
    check(uc_reg_read(engine, reg, &value), "register read");
    return value;
  }
  void set(int reg, std::uint64_t value) const {
    check(uc_reg_write(engine, reg, &value), "register write");
  }

  static std::uint64_t on_load(uc_engine*, std::uint64_t offset, unsigned bytes, void* user) {
    const auto& region = *static_cast<Region*>(user);
    std::uint64_t value = 0;
    if (!region.iss->client_.load(region.base + offset, bytes, value)) {
      region.iss->fault("load", 5, region.base + offset, bytes);
      return 0;
    }
    return value;
  }
  static void on_store(uc_engine*, std::uint64_t offset, unsigned bytes, std::uint64_t value,
                       void* user) {
    const auto& region = *static_cast<Region*>(user);
    if (!region.iss->client_.store(region.base + offset, bytes, value)) {
      region.iss->fault("store", 7, region.base + offset, bytes);
    }
  }
  static void on_instruction(uc_engine*, std::uint64_t pc, std::uint32_t, void* user) {
    static_cast<Iss*>(user)->instruction(pc);
  }
  static void on_exception(uc_engine*, std::uint32_t cause, void* user) {
    auto& iss = *static_cast<Iss*>(user);
    // Unicorn reports an environment call as one from user mode; this hart knows machine mode only.
    iss.trap(cause == 8 ? 11 : cause, iss.current_pc_, cause == 3 ? iss.current_pc_ : 0);
  }
  static bool on_unmapped(uc_engine*, uc_mem_type type, std::uint64_t address, int bytes,
                          std::int64_t, void* user) {
    auto& iss = *static_cast<Iss*>(user);
    const bool store = type == UC_MEM_WRITE_UNMAPPED || type == UC_MEM_WRITE_PROT;
    const bool fetch = type == UC_MEM_FETCH_UNMAPPED || type == UC_MEM_FETCH_PROT;
    if (fetch) iss.current_pc_ = address;
    iss.fault(fetch   ? "fetch"
              : store ? "store"
                      : "load",
              fetch   ? 1
              : store ? 7
                      : 5,
              address, static_cast<unsigned>(bytes));
    return false;
  }
};

Iss::Iss(IssClient& client) : impl_(std::make_unique<Impl>()), client_(client) {
  check(uc_open(UC_ARCH_RISCV, UC_MODE_RISCV64, &impl_->engine), "open");
  const auto hook = [this](int type, void* callback) {
    uc_hook handle = 0;
    check(
        uc_hook_add(impl_->engine, &handle, type, callback, this, kEverywhereBegin, kEverywhereEnd),
        "hook");
  };
  hook(UC_HOOK_CODE, reinterpret_cast<void*>(&Impl::on_instruction));
  hook(UC_HOOK_INTR, reinterpret_cast<void*>(&Impl::on_exception));
  hook(UC_HOOK_MEM_INVALID, reinterpret_cast<void*>(&Impl::on_unmapped));
}

Iss::~Iss() { uc_close(impl_->engine); }

void Iss::map_memory(std::uint64_t base, std::uint64_t bytes, void* host, bool writable) {
  check(uc_mem_map_ptr(impl_->engine, base, bytes,
                       writable ? UC_PROT_ALL : UC_PROT_READ | UC_PROT_EXEC, host),
        "map memory");
}

void Iss::map_device(std::uint64_t base, std::uint64_t bytes) {
  impl_->regions.push_back({this, base});
  void* region = &impl_->regions.back();
  check(uc_mmio_map(impl_->engine, base, bytes, &Impl::on_load, region, &Impl::on_store, region),
        "map device");
}

void Iss::instruction(std::uint64_t pc) {
  const bool attention =
      fault_pending_ || stop_ || lines_ != 0 || stepping_ || !breakpoints_.empty();
  if (attention && attend(pc)) return;
  current_pc_ = pc;
  if (++count_ >= slice_end_) {
    slice_end_ = count_ + slice_;
    client_.slice_over();
  }
}

// true: the instruction at pc is not executed now.
bool Iss::attend(std::uint64_t pc) {
  unsigned line = 0;
  if (fault_pending_) {
    fault_pending_ = false;
    trap(fault_cause_, fault_pc_, fault_address_);
    return true;
  }
  const bool debug = !resumed_ && (breakpoints_.contains(pc) || (stepping_ && count_ >= step_end_));
  if (stop_ || debug) {
    reason_ = stop_ ? Stop::kRequested : stepping_ ? Stop::kStep : Stop::kBreakpoint;
    uc_emu_stop(impl_->engine);
    return true;
  }
  resumed_ = false;
  if (lines_ != 0 && interrupt_ready(line)) {
    trap(kInterrupt | line, pc, 0);
    return true;
  }
  return false;
}

bool Iss::interrupt_ready(unsigned& line) const {
  if ((impl_->get(UC_RISCV_REG_MSTATUS) & kMie) == 0) return false;
  const std::uint64_t ready = impl_->get(UC_RISCV_REG_MIE) & lines_;
  for (const unsigned candidate : {kExternal, kSoftware, kTimer}) {
    if ((ready >> candidate & 1) != 0) {
      line = candidate;
      return true;
    }
  }
  return false;
}

bool Iss::wakes() const { return (impl_->get(UC_RISCV_REG_MIE) & lines_) != 0; }

void Iss::set_line(unsigned line, bool level) {
  lines_ = level ? lines_ | 1u << line : lines_ & ~(1u << line);
}

void Iss::fault(const char* kind, std::uint64_t cause, std::uint64_t address, unsigned bytes) {
  client_.access_fault(kind, address, bytes, current_pc_);
  fault_pending_ = true;
  fault_cause_ = cause;
  fault_pc_ = current_pc_;
  fault_address_ = address;
}

void Iss::trap(std::uint64_t cause, std::uint64_t epc, std::uint64_t tval) {
  const std::uint64_t vector = impl_->get(UC_RISCV_REG_MTVEC);
  if (vector == 0) {
    char text[120];
    std::snprintf(text, sizeof text, "trap without a handler: cause %" PRIu64 " at pc 0x%" PRIx64,
                  cause, epc);
    message_ = text;
    dead_ = true;
    uc_emu_stop(impl_->engine);
    return;
  }
  const std::uint64_t status = impl_->get(UC_RISCV_REG_MSTATUS);
  const std::uint64_t previous = (status & kMie) != 0 ? kMpie : 0;
  impl_->set(UC_RISCV_REG_MEPC, epc);
  impl_->set(UC_RISCV_REG_MCAUSE, cause);
  impl_->set(UC_RISCV_REG_MTVAL, tval);
  impl_->set(UC_RISCV_REG_MSTATUS, (status & ~(kMie | kMpie)) | previous | kMppMachine);
  const bool vectored = (vector & 3) == 1 && (cause & kInterrupt) != 0;
  impl_->set(UC_RISCV_REG_PC, (vector & ~3ull) + (vectored ? 4 * (cause & 0xFF) : 0));
}

Iss::Stop Iss::run() {
  resumed_ = true;
  stop_ = false;
  for (;;) {
    reason_ = Stop::kWaitForInterrupt;
    const uc_err error = uc_emu_start(impl_->engine, impl_->get(UC_RISCV_REG_PC), ~0ull, 0, 0);
    if (dead_) return Stop::kDead;
    if (fault_pending_) {  // an address that is not mapped ends emulation at once
      fault_pending_ = false;
      trap(fault_cause_, fault_pc_, fault_address_);
      if (dead_) return Stop::kDead;
      continue;
    }
    if (error != UC_ERR_OK) {
      message_ = std::string("simulator: ") + uc_strerror(error);
      return Stop::kDead;
    }
    return reason_;
  }
}

Iss::Stop Iss::step() {
  stepping_ = true;
  step_end_ = count_ + 1;
  const Stop stop = run();
  stepping_ = false;
  return stop;
}

void Iss::request_stop() { stop_ = true; }

void Iss::set_slice(std::uint64_t instructions) {
  slice_ = instructions;
  slice_end_ = count_ + slice_;
}

std::uint64_t Iss::pc() const { return impl_->get(UC_RISCV_REG_PC); }
void Iss::set_pc(std::uint64_t pc) { impl_->set(UC_RISCV_REG_PC, pc); }
std::uint64_t Iss::reg(unsigned index) const {
  return impl_->get(UC_RISCV_REG_X0 + static_cast<int>(index));
}
void Iss::set_reg(unsigned index, std::uint64_t value) {
  impl_->set(UC_RISCV_REG_X0 + static_cast<int>(index), value);
}
std::uint64_t Iss::freg(unsigned index) const {
  return impl_->get(UC_RISCV_REG_F0 + static_cast<int>(index));
}

bool Iss::read_memory(std::uint64_t address, std::span<std::uint8_t> bytes) const {
  return uc_mem_read(impl_->engine, address, bytes.data(), bytes.size()) == UC_ERR_OK;
}

bool Iss::write_memory(std::uint64_t address, std::span<const std::uint8_t> bytes) {
  if (uc_mem_write(impl_->engine, address, bytes.data(), bytes.size()) != UC_ERR_OK) return false;
  uc_ctl_remove_cache(impl_->engine, address, address + bytes.size());
  return true;
}

}  // namespace tendon::vp
