// SPDX-License-Identifier: MIT
// The whole accelerator by its registers and descriptors alone, without the driver: one small layer
// as a chain with a known answer, and whatever a test makes of it.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "compiler/program.hpp"
#include "golden/golden.hpp"
#include "rtl/rtl_device.hpp"
#include "tendon/tendon_regs.h"
#include "zoo/zoo.hpp"

namespace tendon::system_test {

using Words = std::array<std::uint32_t, TENDON_DESC_WORDS>;

inline Words seal(Words words) {
  words[TENDON_DESC_CHECK_WORD] = 0xFFFFFFFFu;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) words[TENDON_DESC_CHECK_WORD] ^= words[i];
  return words;
}

inline Words transfer(std::uint32_t opcode, std::uint32_t space, std::uint32_t bus,
                      std::uint32_t word, std::uint32_t bytes) {
  Words words{};
  words[0] = opcode;
  words[TENDON_DMA_SPACE_WORD] = space;
  words[TENDON_DMA_BUS_WORD] = bus;
  words[TENDON_DMA_WORD_WORD] = word;
  words[TENDON_DMA_BYTES_WORD] = bytes;
  return words;
}

/// conv1x1-32 at 8 bits: LOAD of parameters, weights and input, CONV with log line and label,
/// STORE.
class RawChain {
 public:
  enum Place { kLoadParams, kLoadWeights, kLoadInput, kConv, kStore };
  static constexpr std::uint32_t kBase = 0x40000000;  // the first 4 KiB: descriptors
  static constexpr std::uint32_t kParams = kBase + 0x1000, kWeights = kBase + 0x4000;
  static constexpr std::uint32_t kInput = kBase + 0x8000, kOutput = kBase + 0xA000;

  explicit RawChain(const std::string& config, const sim::RtlOptions& options = {}) {
    std::string why;
    rtl_ = sim::RtlDevice::make(config, options, &why);
    auto network = zoo::random_network("conv1x1-32", {8}, {8}, 1);
    auto file = network ? compiler::compile(*network, std::vector<std::string>{config})
                        : Result<std::vector<std::uint8_t>>(network.error());
    auto program = file ? compiler::read(*file) : Result<compiler::Program>(file.error());
    if (rtl_ == nullptr || !program) {
      ADD_FAILURE() << (program ? why : program.error().message);
      return;
    }
    const compiler::Image& image = program->images.front();
    std::mt19937_64 random(77);
    input_.resize(32);
    for (std::uint8_t& code : input_) code = static_cast<std::uint8_t>(random());
    const auto outcome = golden::run(*network, input_);
    EXPECT_TRUE(outcome);
    label_ = static_cast<std::uint32_t>(outcome->label);
    for (const std::int16_t code : outcome->tensors.back()) {
      want_.push_back(static_cast<std::uint8_t>(code));
    }
    params_ = image.params;
    weights_ = image.weights;
    const compiler::LayerPlace& layer = image.layers.front();
    Words conv{};
    std::copy(layer.descriptors.begin(), layer.descriptors.end(), conv.begin());
    conv[0] |= TENDON_DESC_WAIT_DMA_MASK | TENDON_DESC_LOG_MASK;
    Words store = transfer(TENDON_OPCODE_STORE, 0, kOutput, layer.out_base,
                           static_cast<unsigned>(want_.size()));
    store[0] |= TENDON_DESC_WAIT_COMPUTE_MASK;
    chain_ = {
        transfer(TENDON_OPCODE_LOAD, TENDON_SPACE_PAR, kParams, 0, size(params_)),
        transfer(TENDON_OPCODE_LOAD, TENDON_SPACE_WGT, kWeights, 0, size(weights_)),
        transfer(TENDON_OPCODE_LOAD, TENDON_SPACE_ACT, kInput, layer.in_base[0], size(input_)),
        conv, store};
    for (std::size_t i = 0; i < chain_.size(); ++i) {
      chain_[i][0] |= static_cast<std::uint32_t>(kFirstTag + i) << TENDON_DESC_TAG_LSB;
    }
  }

  static constexpr std::uint32_t kFirstTag = 0x50;

  sim::RtlDevice& rtl() { return *rtl_; }
  sim::AxiMemory& memory() { return rtl_->memory(); }
  Words& descriptor(Place place) { return chain_[place]; }
  std::uint32_t label() const { return label_; }

  std::uint32_t read(std::uint32_t offset) {
    std::uint32_t value = 0;
    EXPECT_EQ(rtl_->read_register(offset, &value), sim::kRespOkay);
    return value;
  }
  void write(std::uint32_t offset, std::uint32_t value) {
    EXPECT_EQ(rtl_->write_register(offset, value), sim::kRespOkay);
  }

  /// Window on what the chain uses, interrupts on, no watchdog.
  void prepare() {
    write(TENDON_WIN_BASE_OFFSET, kBase);
    write(TENDON_WIN_LIMIT_OFFSET, kBase + 0xFFFF);
    write(TENDON_WATCHDOG_OFFSET, 0);
    write(TENDON_IRQ_EN_OFFSET, TENDON_IRQ_EN_DONE_MASK | TENDON_IRQ_EN_ERROR_MASK);
    write(TENDON_IRQ_STATUS_OFFSET, read(TENDON_IRQ_STATUS_OFFSET));
  }

  /// Descriptors as they are now, sealed, with noise where the answer will be; does not wait.
  void start() {
    std::vector<Words> sealed;
    for (const Words& words : chain_) sealed.push_back(seal(words));
    start(sealed);
  }
  void start(const std::vector<Words>& chain) {
    put(kBase, std::span(reinterpret_cast<const std::uint8_t*>(chain.data()),
                         chain.size() * sizeof(Words)));
    put(kParams, params_);
    put(kWeights, weights_);
    put(kInput, input_);
    put(kOutput, std::vector<std::uint8_t>(want_.size() + 16, kNoise));
    write(TENDON_DESC_BASE_OFFSET, kBase);
    write(TENDON_DOORBELL_OFFSET, static_cast<std::uint32_t>(chain.size()));
  }

  /// Until the interrupt; false: none came.
  bool wait() {
    constexpr unsigned kPatience = 100'000;
    for (unsigned i = 0; i < kPatience && !rtl_->irq(); ++i) rtl_->run(1);
    return rtl_->irq();
  }

  /// STATUS.RESETTING until it is over; false: it does not end.
  bool soft_reset() {
    write(TENDON_CTRL_OFFSET, TENDON_CTRL_SOFT_RESET_MASK);
    for (unsigned i = 0; i < 10'000; ++i) {
      if ((read(TENDON_STATUS_OFFSET) & TENDON_STATUS_RESETTING_MASK) == 0) return true;
    }
    return false;
  }

  std::vector<std::uint8_t> output() {
    const auto bytes = memory().at(kOutput, static_cast<std::uint32_t>(want_.size()) + 16);
    return {bytes.begin(), bytes.end()};
  }
  bool output_is_noise() {
    return output() == std::vector<std::uint8_t>(want_.size() + 16, kNoise);
  }

  /// Empty when the whole job gives golden's tensor and label and nothing more; else what is wrong.
  std::string job() {
    prepare();
    start();
    if (!wait()) return "no interrupt";
    const std::uint32_t status = read(TENDON_STATUS_OFFSET);
    if (status != TENDON_STATUS_DONE_MASK) return "STATUS " + std::to_string(status);
    std::vector<std::uint8_t> want = want_;
    want.insert(want.end(), 16, kNoise);
    if (output() != want) return "wrong output";
    if (read(TENDON_LABEL_OFFSET) != label_) return "wrong label";
    if (read(TENDON_ERR_CODE_OFFSET) != TENDON_ERR_NONE) return "an error code is left";
    if (read(TENDON_LOG_LINES_OFFSET) != 1) return "not one line in the log";
    return "";
  }

 private:
  static constexpr std::uint8_t kNoise = 0xA5;

  static std::uint32_t size(const std::vector<std::uint8_t>& bytes) {
    return static_cast<std::uint32_t>(bytes.size());
  }
  void put(std::uint32_t bus, std::span<const std::uint8_t> bytes) {
    const auto there = memory().at(bus, static_cast<std::uint32_t>(bytes.size()));
    ASSERT_EQ(there.size(), bytes.size());
    std::copy(bytes.begin(), bytes.end(), there.begin());
  }

  std::unique_ptr<sim::RtlDevice> rtl_;
  std::vector<Words> chain_;
  std::vector<std::uint8_t> params_, weights_, input_, want_;
  std::uint32_t label_ = 0;
};

}  // namespace tendon::system_test
