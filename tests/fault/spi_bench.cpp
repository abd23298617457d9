// SPDX-License-Identifier: MIT
#include "spi_bench.hpp"

#include <algorithm>

namespace tendon::fault {
namespace {

constexpr std::uint32_t kWarmFrames = 24;  // of a window, about

}  // namespace

void SpiBench::Wires::arm(Kind kind, std::uint32_t frame, std::uint32_t where) {
  kind_ = kind;
  countdown_ = frame;
  where_ = where;
  hit_ = false;
}

bool SpiBench::Wires::exchange(const std::uint8_t* out, std::uint8_t* in, std::size_t bytes) {
  const bool strikes = kind_ != Kind::kNone && countdown_ == 0;
  if (kind_ != Kind::kNone && countdown_ > 0) --countdown_;
  if (!strikes) return inner_.exchange(out, in, bytes);
  hit_ = true;
  const std::size_t byte = where_ / 8 % bytes;
  const auto bit = static_cast<std::uint8_t>(1u << (where_ % 8));
  const Kind kind = kind_;
  if (kind != Kind::kDead) kind_ = Kind::kNone;
  if (kind == Kind::kDead || kind == Kind::kLost) {
    std::fill_n(in, bytes, std::uint8_t{0xFF});
    return true;
  }
  std::vector<std::uint8_t> sent(out, out + bytes);
  if (kind == Kind::kBitOut) sent[byte] ^= bit;
  const bool done = inner_.exchange(sent.data(), in, bytes);
  if (kind == Kind::kBitIn) in[byte] ^= bit;
  for (std::size_t i = byte; kind == Kind::kBurstIn && i < std::min(byte + 3, bytes); ++i) {
    in[i] = static_cast<std::uint8_t>(in[i] + 0x5Au + where_);
  }
  return done;
}

SpiBench::SpiBench() {
  for (const char* name : {"bit flips towards the device", "bit flips towards the processor",
                           "three bytes are garbled", "frame is lost", "wires break"}) {
    Tally tally;
    tally.name = name;
    tally.where = "SPI frame";
    tallies_.push_back(tally);
  }
}

SpiBench::~SpiBench() {
  program_.reset();
  tendon_close(device_);
}

std::unique_ptr<SpiBench> SpiBench::make(std::uint32_t seed, std::string* why) {
  std::unique_ptr<SpiBench> bench(new SpiBench);
  tendon_status_t status = bench->hal_.start();
  bench->memory_ = test::Bytes(tendon_device_size());
  const tendon_hal_t hal = bench->hal_.seam();
  if (status == TENDON_OK) {
    status =
        tendon_open(&hal, nullptr, bench->memory_.data(), bench->memory_.size(), &bench->device_);
  }
  if (status == TENDON_OK) {
    bench->program_ = std::make_unique<CheckedProgram>(seed, "tiny", bench->device_);
    if (bench->program_->is_loaded()) return bench;
    status = TENDON_E_FORMAT;
  }
  *why = std::string("SPI: ") + tendon_strerror(status) + " " + bench->hal_.trouble().c_str();
  return nullptr;
}

void SpiBench::strike(std::uint32_t seed, std::uint64_t index) {
  std::mt19937 random = random_of(seed, index);
  const std::size_t kind = index % tallies_.size();
  if (random() % 4 == 0) (void)!tendon_reset(device_);
  wires_.arm(static_cast<Wires::Kind>(kind), static_cast<std::uint32_t>(random()) % kWarmFrames,
             static_cast<std::uint32_t>(random()));
  const auto outcome = program_->run(random() % 3 == 0 ? TENDON_RUN_TRACE : 0, random);
  const bool hit = wires_.hit();
  wires_.arm(Wires::Kind::kNone, 0, 0);
  // A device that was left alone for a while is tried again at once.
  if (outcome.redone) (void)!tendon_reset(device_);
  count(tallies_[kind], hit, outcome, program_->run(0, random), index);
}

}  // namespace tendon::fault
