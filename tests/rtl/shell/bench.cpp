// SPDX-License-Identifier: MIT
#include "bench.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace tendon::sim {
std::unique_ptr<Model> make_shell32_model(std::uint64_t seed);
std::unique_ptr<Model> make_shell64_model(std::uint64_t seed);
std::unique_ptr<Model> make_shell128_model(std::uint64_t seed);
}  // namespace tendon::sim

namespace tendon::shell {

namespace {

// Long enough for every test with stalls; a chain that needs more hangs.
constexpr unsigned kMaxCycles = 2'000'000;

std::unique_ptr<sim::Model> make_model(unsigned width, std::uint64_t seed) {
  if (width == 32) {
    return sim::make_shell32_model(seed);
  }
  return width == 64 ? sim::make_shell64_model(seed) : sim::make_shell128_model(seed);
}

}  // namespace

Descriptor& Descriptor::seal() {
  words[15] = 0xFFFFFFFFu;
  for (unsigned i = 0; i < 15; ++i) {
    words[15] ^= words[i];
  }
  return *this;
}

Descriptor load(std::uint32_t space, std::uint32_t bus, std::uint32_t word, std::uint32_t bytes) {
  Descriptor desc;
  desc.words[0] = TENDON_OPCODE_LOAD;
  desc.words[TENDON_DMA_SPACE_WORD] = space;
  desc.words[TENDON_DMA_BUS_WORD] = bus;
  desc.words[TENDON_DMA_WORD_WORD] = word;
  desc.words[TENDON_DMA_BYTES_WORD] = bytes;
  return desc;
}

Descriptor store(std::uint32_t bus, std::uint32_t word, std::uint32_t bytes) {
  Descriptor desc = load(TENDON_SPACE_ACT, bus, word, bytes);
  desc.words[0] = TENDON_OPCODE_STORE;
  return desc;
}

Descriptor conv(const StandinConv& job) {
  Descriptor desc;
  desc.words[0] = TENDON_OPCODE_CONV;
  desc.words[TENDON_CONV_ARGMAX_WORD] |= job.argmax ? TENDON_CONV_ARGMAX_MASK : 0;
  desc.words[TENDON_CONV_IN_BASE_WORD] |= job.in << TENDON_CONV_IN_BASE_LSB;
  desc.words[TENDON_CONV_OUT_BASE_WORD] |= job.out << TENDON_CONV_OUT_BASE_LSB;
  desc.words[TENDON_CONV_WGT_BASE_WORD] |= job.wgt << TENDON_CONV_WGT_BASE_LSB;
  desc.words[TENDON_CONV_PAR_BASE_WORD] |= job.par << TENDON_CONV_PAR_BASE_LSB;
  desc.words[TENDON_CONV_OUT_COLS_WORD] |= job.cycles << TENDON_CONV_OUT_COLS_LSB;
  return desc;
}

Descriptor failing_conv(std::uint32_t code, std::uint32_t address) {
  Descriptor desc = conv({});
  desc.words[TENDON_CONV_IN_ROWS_WORD] |= code << TENDON_CONV_IN_ROWS_LSB;
  desc.words[TENDON_CONV_OUT_ROWS_WORD] |= 0xEEEEu << TENDON_CONV_OUT_ROWS_LSB;
  desc.words[TENDON_CONV_OUT_PIX_WORDS_WORD] = address;
  return desc;
}

Descriptor hanging_conv() {
  Descriptor desc = conv({});
  desc.words[TENDON_CONV_OUT_ROWS_WORD] |= 0xDEADu << TENDON_CONV_OUT_ROWS_LSB;
  return desc;
}

sim::RtlOptions stalls(std::uint64_t seed) {
  sim::RtlOptions options;
  options.stall = {50, 50, 50, 50, 50};
  options.lite_stall = 50;
  options.stall_seed = seed;
  return options;
}

Bench::Bench(unsigned width, const sim::RtlOptions& options)
    : width_(width), device_(make_model(width, options.power_up_seed), options) {}

std::uint32_t Bench::read(std::uint32_t offset) {
  std::uint32_t value = 0;
  EXPECT_EQ(device_.read_register(offset, &value), sim::kRespOkay) << std::hex << offset;
  return value;
}

void Bench::write(std::uint32_t offset, std::uint32_t value) {
  EXPECT_EQ(device_.write_register(offset, value), sim::kRespOkay) << std::hex << offset;
}

std::uint32_t Bench::peek(std::uint32_t bus) {
  std::uint32_t value = 0;
  std::memcpy(&value, memory().at(bus, 4).data(), 4);
  return value;
}

void Bench::poke(std::uint32_t bus, std::uint32_t value) {
  std::memcpy(memory().at(bus, 4).data(), &value, 4);
}

void Bench::fill(std::uint32_t bus, std::uint32_t bytes, std::uint64_t seed) {
  sim::Random random(seed);
  for (std::uint8_t& byte : memory().at(bus, bytes)) {
    byte = static_cast<std::uint8_t>(random.next());
  }
}

void Bench::prepare() {
  write(TENDON_WIN_BASE_OFFSET, memory().base());
  write(TENDON_WIN_LIMIT_OFFSET, memory().base() + memory().bytes() - 1);
  write(TENDON_IRQ_EN_OFFSET, TENDON_IRQ_EN_DONE_MASK | TENDON_IRQ_EN_ERROR_MASK);
}

void Bench::start(std::span<const Descriptor> chain) {
  std::memcpy(memory().at(kDescriptors, static_cast<std::uint32_t>(chain.size_bytes())).data(),
              chain.data(), chain.size_bytes());
  write(TENDON_DESC_BASE_OFFSET, kDescriptors);
  write(TENDON_DOORBELL_OFFSET, static_cast<std::uint32_t>(chain.size()));
}

std::uint32_t Bench::wait() {
  for (unsigned i = 0; i < kMaxCycles && !device_.irq(); ++i) {
    device_.run(1);
  }
  EXPECT_TRUE(device_.irq()) << "no interrupt after " << kMaxCycles << " cycles";
  const std::uint32_t status = read(TENDON_STATUS_OFFSET);
  write(TENDON_IRQ_STATUS_OFFSET, read(TENDON_IRQ_STATUS_OFFSET));
  return status;
}

void Bench::soft_reset() {
  write(TENDON_CTRL_OFFSET, TENDON_CTRL_SOFT_RESET_MASK);
  for (unsigned i = 0; i < 1000; ++i) {
    if ((read(TENDON_STATUS_OFFSET) & TENDON_STATUS_RESETTING_MASK) == 0) {
      return;
    }
  }
  ADD_FAILURE() << "soft reset does not end";
}

bool Bench::works() {
  const std::uint32_t in = kData;
  const std::uint32_t out = kData + 0x4000;
  poke(in, 1000);
  poke(in + 16, 200);
  poke(in + 32, 30);
  poke(out, 0xA5A5A5A5);
  const std::uint32_t status =
      run({load(TENDON_SPACE_ACT, in, 0, 4).seal(), load(TENDON_SPACE_WGT, in + 16, 4, 4).seal(),
           load(TENDON_SPACE_PAR, in + 32, 8, 4).seal(),
           conv({.in = 0, .out = 4, .wgt = 4, .par = 8}).flags(kWaitDma).seal(),
           store(out, 4, 4).flags(kLast).seal()});
  EXPECT_EQ(status & (kDone | kError | TENDON_STATUS_BUSY_MASK), kDone);
  EXPECT_EQ(peek(out), 1230u);
  return (status & kDone) != 0 && peek(out) == 1230;
}

}  // namespace tendon::shell
