// SPDX-License-Identifier: MIT
#include "cycle_model.hpp"

#include <algorithm>

namespace tendon::core_test {
namespace {

int ceil_div(int a, int b) { return (a + b - 1) / b; }

// The pieces of the formula that are the same for all tiles of a layer.
struct Layer {
  Layer(const ConvCase& c, const Geometry& g)
      : columns(g.columns),
        rows(g.rows),
        drain_columns(g.columns >= 2 ? 2 : 1),
        pool(c.layer().fused_pool),
        thresholds(c.options.thresholds),
        argmax(c.options.argmax),
        split(c.options.split && pool == 1 && g.columns >= 2),
        out_bits(c.out().bits),
        out_channels(c.out().shape.channels) {
    const int piece = g.columns >= 8 ? 16 : 8;
    const bool is_float = c.layer().rounding == net::Rounding::kFloat;
    passes = ceil_div(c.options.narrow ? 16 : is_float ? 24 : 32, piece);
    const int bits = c.in().bits;
    chunks = bits == 8 ? (columns >= 4 ? 4 : 2) : bits == 4 ? 2 : 1;
    const int segments = c.segments_x() * c.layer().row.kernel;
    const int fetches = ceil_div(c.segment_words(g), g.fetch_words());
    tile_steps = segments * fetches * c.layer().weight_bits / 2;
    // Fetches read at once in split mode: one per column that shares an element.
    split_steps = segments * ceil_div(fetches, chunks) * c.layer().weight_bits / 2;
  }

  int per_result() const { return std::max(pool, passes); }

  // mode_end: the last channels of a tile that one in tile mode may follow.
  int drain(bool is_split, int cols, bool mode_end) const {
    int cycles = cols / pool * per_result();
    if (is_split) cycles = thresholds ? chunks : std::max(chunks, passes);
    if (is_split && mode_end && !thresholds) cycles = chunks - 1 + passes;
    if (!is_split && thresholds) cycles = ceil_div(cols, drain_columns);
    return argmax ? std::max(cycles, rows) : cycles;
  }

  // From the first column of a tile's drain to the last column of its last result.
  int last_read(bool is_split, int cols) const {
    if (is_split) return chunks - 1;
    if (thresholds) return ceil_div(cols, drain_columns) - 1;
    return (cols / pool - 1) * per_result() + pool - 1;
  }

  int columns, rows, drain_columns, pool;
  bool thresholds, argmax, split;
  int out_bits, out_channels;
  int passes = 0, chunks = 0, tile_steps = 0, split_steps = 0;
};

// Words on their way to the memory: one leaves per cycle.
class WordQueue {
 public:
  std::int64_t words(std::int64_t now) const { return std::max<std::int64_t>(0, empty_at_ - now); }
  void add(std::int64_t now, int count) {
    empty_at_ = now + 1 + std::max<std::int64_t>(0, words(now) - 1) + count;
  }

 private:
  std::int64_t empty_at_ = 0;
};

}  // namespace

std::int64_t model_cycles(const ConvCase& c, const Geometry& g) {
  const Layer layer(c, g);
  const int out_cols = c.out().shape.columns * layer.pool;
  std::int64_t now = 0;  // of the last issued step, counted from 1
  std::int64_t ready = 0;
  WordQueue queue;
  int cols = 0;
  bool is_split = false;
  for (int y = 0; y < c.out().shape.rows; ++y) {
    for (int x = 0; x < out_cols; x += cols) {
      const int left = out_cols - x;
      is_split = layer.split && left < layer.columns;
      cols = is_split ? 1 : std::min(left, layer.columns);
      for (int channel = 0; channel < layer.out_channels; channel += layer.rows) {
        const int end = channel + layer.rows;
        const bool emit = end >= layer.out_channels || end * layer.out_bits % 32 == 0;
        now = std::max(now + (is_split ? layer.split_steps : layer.tile_steps), ready);
        while (emit && queue.words(now) > layer.columns / layer.drain_columns) ++now;
        const bool mode_end = end >= layer.out_channels && out_cols >= layer.columns;
        ready = now + layer.drain(is_split, cols, mode_end);
        if (emit) queue.add(now, cols / layer.pool);
      }
    }
  }
  const int last_read = layer.last_read(is_split, cols);
  std::int64_t tail = last_read + layer.passes + 11;
  if (layer.thresholds) {
    tail = std::max<std::int64_t>(last_read + 9, queue.words(now + 1) + 8);
  }
  // The rows of the last channel tile are compared one by one.
  const int last_rows = (layer.out_channels - 1) % layer.rows + 1;
  const std::int64_t compare = layer.argmax ? last_read + 8 + last_rows : 0;
  return now + std::max(tail, compare);
}

}  // namespace tendon::core_test
