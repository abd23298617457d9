// SPDX-License-Identifier: MIT
#include "rtl_bench.hpp"

namespace tendon::fault {
namespace {

using test::Fault;

/// `events`: how many accesses of its sort a run has, about, so that most faults meet one. `flags`
/// are added to the run's: without results in memory there is nothing to damage.
struct Kind {
  const char* name;
  const char* where;
  Fault fault;  // kCount: on the accelerator's bus, see arm_bus()
  std::uint32_t events;
  std::uint32_t flags;
  Mode mode;
};

constexpr const char* kRegisters = "register access";
constexpr const char* kDma = "DMA memory";
constexpr const char* kIrq = "interrupt";
constexpr const char* kBus = "accelerator's bus";
constexpr std::uint32_t kStores = TENDON_RUN_TRACE;

constexpr Kind kKinds[] = {
    {"read fails", kRegisters, Fault::kBusRead, 14, 0, Mode::kPlain},
    {"write fails", kRegisters, Fault::kBusWrite, 7, 0, Mode::kPlain},
    {"bit of a read flips", kRegisters, Fault::kFlipRead, 14, 0, Mode::kPlain},
    {"bit of a write flips", kRegisters, Fault::kFlipWrite, 7, 0, Mode::kPlain},
    {"write is lost", kRegisters, Fault::kLostWrite, 7, 0, Mode::kPlain},
    {"no access is answered", kRegisters, Fault::kDeadRegisters, 20, 0, Mode::kPlain},
    {"busy for ever", kRegisters, Fault::kStuckBusy, 1, 0, Mode::kPlain},
    {"dropped", kIrq, Fault::kDropIrq, 1, 0, Mode::kPlain},
    {"spurious", kIrq, Fault::kSpuriousIrq, 1, 0, Mode::kPlain},
    {"sync fails", kDma, Fault::kSyncFails, 4, 0, Mode::kPlain},
    {"bit flips towards the device", kDma, Fault::kFlipDma, 4, 0, Mode::kPlain},
    {"bit flips towards the processor", kDma, Fault::kFlipResult, 8, kStores, Mode::kPlain},
    {"bit flips between two runs", kDma, Fault::kCount, 0, 0, Mode::kPlain},
    {"read is answered with an error", kBus, Fault::kCount, 0, 0, Mode::kPlain},
    {"write is answered with an error", kBus, Fault::kCount, 0, kStores, Mode::kPlain},
    {"bit of a read flips", kBus, Fault::kCount, 0, 0, Mode::kVerify},
};
constexpr std::size_t kFlipAtRest = 12;
constexpr std::size_t kReadError = 13;
constexpr std::size_t kWriteError = 14;

constexpr std::uint32_t kUsedBytes = 12288;  // of device memory, by both programs, about
constexpr unsigned kWarmBeats = 24;          // read by a run without uploads, about
constexpr unsigned kWarmBursts = 4;          // written by a run that keeps its tensors

}  // namespace

RtlBench::RtlBench() {
  for (const Kind& kind : kKinds) {
    Tally tally;
    tally.name = kind.name;
    tally.where = kind.where;
    tally.mode = kind.mode;
    tallies_.push_back(tally);
  }
}

RtlBench::~RtlBench() {
  for (auto& program : programs_) program.reset();
  tendon_close(device_);
}

std::unique_ptr<RtlBench> RtlBench::make(std::uint32_t seed, std::string* why) {
  std::unique_ptr<RtlBench> bench(new RtlBench);
  sim::RtlOptions options;
  options.memory_bytes = 1 << 20;
  bench->rtl_ = sim::RtlDevice::make("base", options, why);
  if (bench->rtl_ == nullptr) return nullptr;
  bench->faulty_ = std::make_unique<test::FaultHal>(bench->rtl_->hal());
  bench->memory_ = test::Bytes(tendon_device_size());
  const tendon_status_t status = tendon_open(&bench->faulty_->hal(), nullptr, bench->memory_.data(),
                                             bench->memory_.size(), &bench->device_);
  for (std::uint32_t i = 0; i < 2 && status == TENDON_OK; ++i) {
    bench->programs_[i] = std::make_unique<CheckedProgram>(seed + i, "base", bench->device_);
    if (bench->programs_[i]->is_loaded()) continue;
    *why = "a program does not load";
    return nullptr;
  }
  if (status == TENDON_OK) return bench;
  *why = tendon_strerror(status);
  return nullptr;
}

void RtlBench::arm_bus(std::size_t kind, std::mt19937& random) {
  sim::AxiMemory& memory = rtl_->memory();
  const std::uint32_t address = memory.base() + static_cast<std::uint32_t>(random()) % kUsedBytes;
  const auto bit = static_cast<unsigned>(random() % 8);
  const auto beat = static_cast<unsigned>(random() % kWarmBeats);
  if (kind == kFlipAtRest) {
    memory.at(address, 1)[0] = static_cast<std::uint8_t>(memory.at(address, 1)[0] ^ 1u << bit);
  } else if (kind == kReadError) {
    memory.fail_read_beat(beat);
  } else if (kind == kWriteError) {
    memory.fail_write_burst(beat % kWarmBursts);
  } else {
    memory.flip_read_beat(beat, static_cast<unsigned>(random()));
  }
}

CheckedProgram::Outcome RtlBench::attempt(std::size_t kind, std::uint32_t flags,
                                          std::mt19937 random, bool* hit) {
  const Kind& k = kKinds[kind];
  const std::size_t which = random() % 2;
  CheckedProgram& program = *programs_[which];
  // Weights in place or not; the chain before of this program or of the other one. Bits that flip
  // at rest would be overwritten by an upload.
  if (random() % 2 == 0 && kind != kFlipAtRest) (void)!tendon_reset(device_);
  if (random() % 2 == 0) (void)programs_[1 - which]->run(0, random);
  if (random() % 2 == 0) (void)program.run(0, random);
  constexpr std::uint32_t kFlags[] = {0, 0, TENDON_RUN_OUTPUT, TENDON_RUN_TRACE,
                                      TENDON_RUN_COUNTERS};
  flags |= kFlags[random() % 5] | k.flags;
  if (k.fault == Fault::kCount) {
    arm_bus(kind, random);
  } else {
    faulty_->arm(k.fault, k.events, random);
  }
  const CheckedProgram::Outcome outcome = program.run(flags, random);
  *hit = k.fault == Fault::kCount ? !rtl_->memory().is_strike_pending() : faulty_->hit();
  faulty_->disarm();
  rtl_->memory().clear_faults();
  return outcome;
}

void RtlBench::strike(std::uint32_t seed, std::uint64_t index) {
  const std::size_t kind = index % tallies_.size();
  const std::mt19937 random = random_of(seed, index);
  Tally& tally = tallies_[kind];
  bool hit = false;
  const bool verify = tally.mode == Mode::kVerify;
  const auto outcome = attempt(kind, verify ? TENDON_RUN_VERIFY : 0, random, &hit);
  (void)!tendon_reset(device_);
  std::mt19937 after = random_of(seed + 1, index);
  count(tally, hit, outcome, programs_[index % 2]->run(0, after), index);
  if (!verify) return;
  const auto plain = attempt(kind, 0, random, &hit);
  tally.plain_wrong += plain.status == TENDON_OK && !plain.right ? 1 : 0;
  (void)!tendon_reset(device_);
}

}  // namespace tendon::fault
