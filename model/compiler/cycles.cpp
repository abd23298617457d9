// SPDX-License-Identifier: MIT
#include "compiler/cycles.hpp"

#include <algorithm>
#include <bit>

#include "tendon/tendon_regs.h"

namespace tendon::compiler {
namespace {

using Count = std::int64_t;

#define TENDON_GET(name) \
  static_cast<Count>((words[TENDON_##name##_WORD] & TENDON_##name##_MASK) >> TENDON_##name##_LSB)

/// The fields that cost cycles.
struct Fields {
  explicit Fields(std::span<const std::uint32_t> words)
      : opcode(TENDON_GET(DESC_OPCODE)),
        act_bits(2 << TENDON_GET(CONV_ACT_BITS)),
        weight_bits(2 << TENDON_GET(CONV_WGT_BITS)),
        out_bits(2 << TENDON_GET(CONV_OUT_BITS)),
        rounding(TENDON_GET(CONV_ROUNDING)),
        narrow(TENDON_GET(CONV_NARROW)),
        pool(Count{1} << TENDON_GET(CONV_POOL_LOG2)),
        split(TENDON_GET(CONV_SPLIT)),
        argmax(TENDON_GET(CONV_ARGMAX)),
        thresholds(TENDON_GET(CONV_THRESHOLDS)),
        seg_words(TENDON_GET(CONV_SEG_WORDS)),
        segments(TENDON_GET(CONV_KX_COUNT) * TENDON_GET(CONV_KY_COUNT)),
        out_cols(TENDON_GET(CONV_OUT_COLS)),
        out_rows(TENDON_GET(CONV_OUT_ROWS)),
        out_channels(TENDON_GET(CONV_OUT_CHANNELS)) {}

  Count opcode;
  Count act_bits, weight_bits, out_bits, rounding, narrow, pool, split, argmax;
  Count thresholds = 0;
  Count seg_words, segments, out_cols, out_rows, out_channels;
};

/// One tile of positions and channels.
struct Tile {
  Count columns;
  bool split;
  Count steps;
  Count outputs;  // columns after the pool
};

/// Replays the sequencer and its pace (rtl/tendon_sequencer.sv, rtl/tendon_pace.sv).
class Replay {
 public:
  Replay(const Fields& fields, const Geometry& g)
      : f_(fields),
        rows_(g.rows),
        columns_(g.columns),
        banks_(g.fetch_words()),
        drain_columns_(g.columns >= 2 ? 2 : 1),
        piece_bits_(g.columns >= 8 ? 16 : 8) {
    passes_ = f_.narrow != 0 ? 16 / piece_bits_
                             : (piece_bits_ == 8 && f_.rounding == 0 ? 3 : 32 / piece_bits_);
    if (f_.opcode == TENDON_OPCODE_MAX_POOL || f_.opcode == TENDON_OPCODE_TABLE) passes_ = 1;
    if (f_.opcode == TENDON_OPCODE_ADD) passes_ = 2;
    chunks_ = f_.act_bits == 8 ? (columns_ >= 4 ? 4 : 2) : (f_.act_bits == 4 ? 2 : 1);
  }

  Cycles run() {
    const bool can_split = f_.split != 0 && f_.pool == 1 && columns_ >= 2;
    Tile last{};
    for (Count y = 0; y < f_.out_rows; ++y) {
      for (Count left = f_.out_cols; left > 0;) {
        const Count most = f_.opcode == TENDON_OPCODE_CONV ? columns_ : 1;
        last = tile(std::min(left, most), can_split && left < columns_);
        for (Count channels = f_.out_channels; channels > 0; channels -= rows_)
          issue(last, channels);
        left -= last.columns;
      }
    }
    Cycles cycles;
    cycles.wait_writeback = static_cast<std::uint64_t>(waited_);
    cycles.active = static_cast<std::uint64_t>(now_ - waited_);
    cycles.drain = static_cast<std::uint64_t>(tail(last));
    return cycles;
  }

 private:
  Tile tile(Count columns, bool split) const {
    const Count taken = split ? 1 : columns;
    const Count fetches_at_once = split ? chunks_ : 1;
    const Count words = fetches_at_once * banks_;
    const Count steps = f_.segments * ((f_.seg_words + words - 1) / words) * (f_.weight_bits / 2);
    return {taken, split, steps, taken / f_.pool};
  }

  /// Cycles from a tile's last step to the earliest last step of the next.
  Count drain_of(const Tile& t, Count channels_left) const {
    Count drain = 0;
    if (t.split && f_.thresholds == 0 && channels_left <= rows_ && f_.out_cols >= columns_) {
      drain = chunks_ - 1 + passes_;
    } else if (t.split) {
      drain = f_.thresholds != 0 ? chunks_ : std::max(chunks_, passes_);
    } else if (f_.thresholds != 0) {
      drain = (t.columns + drain_columns_ - 1) / drain_columns_;
    } else {
      drain = t.outputs * std::max(f_.pool, passes_);
    }
    const bool row_by_row = f_.argmax != 0 || f_.opcode == TENDON_OPCODE_TABLE;
    return row_by_row ? std::max(drain, rows_) : drain;
  }

  /// Does the channel tile that begins with `left` channels left complete a word?
  bool emits(Count left) const {
    const Count per_word = 32 / f_.out_bits;
    return left <= rows_ || (f_.out_channels - left + rows_) % per_word == 0;
  }

  void issue(const Tile& t, Count channels_left) {
    const Count wanted = now_ + t.steps;
    Count last = std::max(wanted, drained_);
    const bool emit = emits(channels_left);
    const Count room = columns_ / drain_columns_;
    if (emit) last = std::max(last, words_since_ + std::max<Count>(words_ - room, 0));
    waited_ += last - wanted;
    now_ = last;
    // Words in the queue in the cycle behind this step.
    const Count before = std::max<Count>(words_ - (now_ - words_since_), 0);
    words_ = std::max<Count>(before - 1, 0) + (emit ? t.outputs : 0);
    words_since_ = now_ + 1;
    drained_ = now_ + drain_of(t, channels_left);
  }

  /// From the last step to the last word in memory.
  Count tail(const Tile& t) const {
    if (f_.opcode == TENDON_OPCODE_TABLE) return rows_ + 8;
    if (f_.opcode == TENDON_OPCODE_PACK) return 8;  // to its last bias
    if (f_.thresholds != 0) {
      const Count reads = t.split ? chunks_ : (t.columns + drain_columns_ - 1) / drain_columns_;
      return std::max(9 + reads - 1, 8 + words_);
    }
    const Count n =
        t.split ? chunks_ - 1 : (t.outputs - 1) * std::max(f_.pool, passes_) + f_.pool - 1;
    const Count written = passes_ + 11 + n;
    const Count compared = (f_.out_channels - 1) % rows_ + 1;
    return f_.argmax != 0 ? std::max(written, n + 8 + compared) : written;
  }

  const Fields& f_;
  Count rows_, columns_, banks_, drain_columns_, piece_bits_;
  Count passes_ = 0, chunks_ = 0;
  Count now_ = 0;      // cycle of the last step so far
  Count drained_ = 0;  // earliest cycle of the next last step
  Count words_ = 0;    // in the write queue at words_since_
  Count words_since_ = 0;
  Count waited_ = 0;
};

/// The decoder multiplies bit by bit: cycles more than a 1-D layer takes.
std::uint64_t product_bits(std::span<const std::uint32_t> words) {
  const auto bits = [](Count value) {
    const auto magnitude = static_cast<std::uint64_t>(value < 0 ? ~value : value);
    return static_cast<std::uint64_t>(std::bit_width(magnitude));
  };
  const Count y_start = static_cast<std::int16_t>(TENDON_GET(CONV_Y_START));
  return bits(y_start) + bits(TENDON_GET(CONV_ROW_STEP)) + bits(TENDON_GET(CONV_KY_STEP)) +
         bits(TENDON_GET(CONV_IN_ROWS)) - 1;
}

#undef TENDON_GET

}  // namespace

Cycles predict(std::span<const std::uint32_t> descriptor, const Geometry& geometry) {
  const Fields fields(descriptor);
  return Replay(fields, geometry).run();
}

std::uint64_t predict_start(std::span<const std::uint32_t> descriptor, const ChainPlace& place,
                            const Geometry& geometry) {
  constexpr std::uint64_t kFetch = 21;   // doorbell, first descriptors over the bus, decoding
  constexpr std::uint64_t kAccess = 11;  // address and way back of a load
  // From the start of the predecessor to the decoded descriptor: fetch ahead over the bus and
  // decoding.
  constexpr std::uint64_t kSecond = 19, kLater = 18;
  constexpr std::uint64_t kHeld = 12;  // from the end of what it waited for to its first step
  const std::uint64_t bits = product_bits(descriptor);
  // The figures are those of a bus that brings a descriptor in four beats.
  const std::uint64_t beats = TENDON_DESC_BYTES / static_cast<std::uint64_t>(geometry.bus_bytes);
  const std::uint64_t more = beats > 4 ? beats - 4 : 0;
  const auto bus_bytes = static_cast<std::uint64_t>(geometry.bus_bytes);
  if (place.index == 0) {
    const std::uint64_t streamed =
        place.streamed_bytes != 0 ? kAccess + place.streamed_bytes / bus_bytes : 0;
    return kFetch + kAccess + 2 * more + bits + (place.loaded_bytes + bus_bytes - 1) / bus_bytes +
           streamed;
  }
  if (place.streamed_bytes != 0) {
    const std::uint64_t load = kAccess + (place.streamed_bytes + bus_bytes - 1) / bus_bytes;
    // Dispatched when load and predecessor are done, so nothing is decoded ahead.
    return kHeld + (load > place.previous ? load - place.previous : 0);
  }
  const std::uint64_t ready = (place.index == 1 ? kSecond : kLater) + more + bits;
  return ready > place.previous ? ready - place.previous : 0;
}

}  // namespace tendon::compiler
