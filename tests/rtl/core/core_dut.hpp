// SPDX-License-Identifier: MIT
// Dut around one Verilated tendon_core.
#pragma once

#include <stdexcept>
#include <utility>

#include "core/dut.hpp"
#include "rtl/coverage.hpp"

namespace tendon::core_test {

inline constexpr std::int64_t kHang = 20'000'000;

// Ports of more than 64 bits are arrays, narrower ones integers.
template <class Port>
void put_word(Port& port, int word, std::uint32_t value) {
  if constexpr (requires { port[0]; }) {
    port[word] = value;
  } else {
    // Narrower ones hold one word or two.
    const std::uint64_t others = std::uint64_t{port} & ~(std::uint64_t{0xFFFFFFFF} << (32 * word));
    port = static_cast<Port>(others | std::uint64_t{value} << (32 * word));
  }
}

template <class Port>
std::uint32_t get_word(const Port& port, int word) {
  if constexpr (requires { port[0]; }) {
    return port[word];
  } else {
    return static_cast<std::uint32_t>(std::uint64_t{port} >> (32 * word));
  }
}

template <class Model>
class CoreDut final : public Dut {
 public:
  explicit CoreDut(Geometry geometry) : geometry_(std::move(geometry)) { reset(); }
  ~CoreDut() override { sim::save_coverage(context_); }
  CoreDut(const CoreDut&) = delete;
  CoreDut& operator=(const CoreDut&) = delete;

  const Geometry& geometry() const override { return geometry_; }

  void reset() override {
    model_.rst_ni = 0;
    model_.clear_i = 0;
    model_.desc_load_i = 0;
    model_.desc_valid_i = 0;
    model_.desc_go_i = 0;
    model_.loading_i = 0;
    model_.wr_valid_i = 0;
    model_.rd_valid_i = 0;
    tick();
    model_.rst_ni = 1;
    tick();
  }

  void clear() override {
    model_.clear_i = 1;
    tick();
    model_.clear_i = 0;
  }

  void write(Space space, int first, const std::vector<std::uint32_t>& words) override {
    const int beat = geometry_.dma_words;
    const int end = first + static_cast<int>(words.size());
    model_.wr_valid_i = 1;
    model_.wr_space_i = static_cast<std::uint8_t>(space);
    for (int at = first / beat * beat; at < end; at += beat) {
      model_.wr_word_i = static_cast<std::uint32_t>(at);
      unsigned strobe = 0;
      for (int i = 0; i < beat; ++i) {
        const bool inside = at + i >= first && at + i < end;
        put_word(model_.wr_data_i, i,
                 inside ? words[static_cast<std::size_t>(at + i - first)] : 0xDEADBEEFu);
        strobe |= unsigned{inside} << i;
      }
      model_.wr_strb_i = static_cast<std::uint8_t>(strobe);
      tick();
    }
    model_.wr_valid_i = 0;
    tick();
    tick();
  }

  std::vector<std::uint32_t> read(int first, int count) override {
    const int beat = geometry_.dma_words;
    std::vector<std::uint32_t> words;
    for (int at = first / beat * beat; at < first + count; at += beat) {
      model_.rd_valid_i = 1;
      model_.rd_word_i = static_cast<std::uint16_t>(at);
      tick();
      model_.rd_valid_i = 0;
      while (!model_.rd_data_valid_o) tick();
      for (int i = 0; i < beat; ++i) {
        if (at + i >= first && at + i < first + count) {
          words.push_back(get_word(model_.rd_data_o, i));
        }
      }
    }
    return words;
  }

  End run(const std::vector<Descriptor>& descriptors, Counts* counts, Arrival* arrival) override {
    std::size_t offered = 0, done = 0;
    bool is_loaded = false;
    label_seen_ = false;
    for (std::int64_t cycle = 0; cycle < kHang; ++cycle) {
      const bool is_left = offered < descriptors.size();
      if (is_left) offer(descriptors[offered]);
      model_.desc_load_i = is_left && !is_loaded;
      model_.desc_valid_i = model_.desc_go_i = is_left && is_loaded;
      is_loaded = is_left;
      model_.loading_i = arrival != nullptr && arrival->next < arrival->words.size();
      if (model_.loading_i) {
        model_.wr_word_i = arrival->first + static_cast<std::uint32_t>(arrival->next);
      }
      model_.clk_i = 0;
      model_.eval();
      if (model_.loading_i) deliver(*arrival);
      if (counts != nullptr) {
        ++counts->cycles;
        ++counts->cause.at(model_.state_o);
      }
      if (model_.desc_valid_i && model_.desc_ready_o) {
        ++offered;
        is_loaded = false;
      }
      if (model_.label_valid_o) {
        label_seen_ = true;
        label_ = model_.label_o;
        max_acc_ = static_cast<std::int32_t>(model_.max_acc_o);
      }
      if (model_.err_valid_o) {
        withdraw();
        return {true, model_.err_code_o, model_.err_addr_o};
      }
      check_fault();
      if (model_.done_valid_o) ++done;
      model_.clk_i = 1;
      model_.eval();
      model_.wr_valid_i = 0;
      if (done == descriptors.size()) {
        withdraw();
        return {};
      }
    }
    throw std::runtime_error("core hangs");
  }

  void start_and_abandon(const Descriptor& descriptor, int cycles) override {
    offer(descriptor);
    model_.desc_load_i = 1;
    tick();
    model_.desc_load_i = 0;
    model_.desc_valid_i = model_.desc_go_i = 1;
    for (int i = 0; i < cycles; ++i) {
      model_.clk_i = 0;
      model_.eval();
      const bool taken = model_.desc_valid_i && model_.desc_ready_o;
      model_.clk_i = 1;
      model_.eval();
      if (taken) withdraw();
    }
    withdraw();
    clear();
  }

  bool label_seen() const override { return label_seen_; }
  int label() const override { return label_; }
  std::int32_t max_acc() const override { return max_acc_; }

 private:
  void offer(const Descriptor& descriptor) {
    for (std::size_t i = 0; i < 16; ++i) {
      model_.desc_data_i[i] = model_.desc_next_i[i] = descriptor[i];
    }
  }

  void withdraw() {
    model_.desc_load_i = model_.desc_valid_i = model_.desc_go_i = 0;
    model_.loading_i = 0;
  }

  // Now and then a beat, when the core has room for it.
  void deliver(Arrival& arrival) {
    if (!model_.wr_ready_o || arrival.random() % 100 >= arrival.percent) return;
    model_.wr_valid_i = 1;
    model_.wr_space_i = static_cast<std::uint8_t>(Space::kAct);
    unsigned strobe = 0;
    for (int i = 0; i < geometry_.dma_words && arrival.next < arrival.words.size(); ++i) {
      put_word(model_.wr_data_i, i, arrival.words[arrival.next++]);
      strobe |= 1u << i;
    }
    model_.wr_strb_i = static_cast<std::uint8_t>(strobe);
    model_.eval();
  }

  void tick() {
    model_.clk_i = 0;
    model_.eval();
    check_fault();
    model_.clk_i = 1;
    model_.eval();
  }

  // Nothing flips here: it would be a false alarm.
  void check_fault() const {
    if (model_.fault_o) throw std::runtime_error("fault_o is high: " + geometry_.name);
  }

  Geometry geometry_;
  VerilatedContext context_;
  Model model_{&context_};
  bool label_seen_ = false;
  int label_ = -1;
  std::int32_t max_acc_ = 0;
};

}  // namespace tendon::core_test
