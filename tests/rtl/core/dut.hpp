// SPDX-License-Identifier: MIT
// tendon_core of one configuration, clock by clock, without the shell.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace tendon::core_test {

struct Geometry {
  std::string name;
  int rows, columns, lanes;
  int act_words, wgt_lines, par_entries, dma_words;
  bool elements = true, gemm = true, tflite = false;  // kinds that are there; the rounding mode
  int fetch_words() const { return lanes / 4; }
  int group_elements() const { return 4 * lanes; }
  int line_words() const { return rows * lanes / 4; }
};

enum class Space { kAct = 0, kWgt = 1, kPar = 2, kTable = 3 };

using Descriptor = std::array<std::uint32_t, 16>;

/// Causes as in docs/accelerator.md, section 9.
struct Counts {
  std::array<std::int64_t, 7> cause{};
  std::int64_t cycles = 0;
};

struct End {
  bool error = false;
  unsigned code = 0;
  std::uint32_t address = 0;
};

/// Words that a LOAD brings while descriptors run: `percent` of the cycles have a beat.
struct Arrival {
  std::uint32_t first = 0;  // a multiple of the words of a beat
  std::vector<std::uint32_t> words;
  unsigned percent = 100;
  std::mt19937_64 random;
  std::size_t next = 0;  // word that comes next
};

class Dut {
 public:
  virtual ~Dut() = default;
  virtual const Geometry& geometry() const = 0;
  virtual void reset() = 0;
  virtual void clear() = 0;  // soft reset
  /// Any first word; words outside `words` are untouched.
  virtual void write(Space space, int first, const std::vector<std::uint32_t>& words) = 0;
  virtual std::vector<std::uint32_t> read(int first, int count) = 0;
  /// Offers the descriptors one after the other, each as soon as the last was taken, and ticks
  /// until all are done or one fails; counts from the first cycle with a descriptor to the last
  /// `done`.
  virtual End run(const std::vector<Descriptor>& descriptors, Counts* counts = nullptr,
                  Arrival* arrival = nullptr) = 0;
  /// Lets a descriptor run for some cycles, then clears.
  virtual void start_and_abandon(const Descriptor& descriptor, int cycles) = 0;
  virtual bool label_seen() const = 0;  // in the last run()
  virtual int label() const = 0;
  virtual std::int32_t max_acc() const = 0;
};

/// What make_dut() knows: tiny, base, wide, lean and full, or those of tests/rtl/geometries.
std::vector<Geometry> geometries();
std::unique_ptr<Dut> make_dut(const std::string& config);

}  // namespace tendon::core_test
