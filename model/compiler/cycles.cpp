// SPDX-License-Identifier: MIT
#include "compiler/cycles.hpp"

#include <algorithm>
#include <bit>
#include <vector>

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
        kx_count(TENDON_GET(CONV_KX_COUNT)),
        ky_count(TENDON_GET(CONV_KY_COUNT)),
        segments(kx_count * ky_count),
        out_cols(TENDON_GET(CONV_OUT_COLS)),
        out_rows(TENDON_GET(CONV_OUT_ROWS)),
        out_channels(TENDON_GET(CONV_OUT_CHANNELS)),
        depthwise(TENDON_GET(CONV_DEPTHWISE)),
        in_base(TENDON_GET(CONV_IN_BASE)),
        in_row_words(TENDON_GET(CONV_IN_ROW_WORDS)),
        in_rows(TENDON_GET(CONV_IN_ROWS)),
        x_start(static_cast<std::int16_t>(TENDON_GET(CONV_X_START))),
        y_start(static_cast<std::int16_t>(TENDON_GET(CONV_Y_START))),
        pos_step(TENDON_GET(CONV_POS_STEP)),
        row_step(TENDON_GET(CONV_ROW_STEP)),
        kx_step(TENDON_GET(CONV_KX_STEP)),
        ky_step(TENDON_GET(CONV_KY_STEP)) {}

  Count opcode;
  Count act_bits, weight_bits, out_bits, rounding, narrow, pool, split, argmax;
  Count thresholds = 0;
  Count seg_words, kx_count, ky_count, segments, out_cols, out_rows, out_channels;
  // Where the words of a step are: only matters under a LOAD.
  Count depthwise, in_base, in_row_words, in_rows, x_start, y_start;
  Count pos_step, row_step, kx_step, ky_step;
};

/// One tile of positions and channels.
struct Tile {
  Count columns;
  bool split;
  Count steps;
  Count outputs;       // columns after the pool
  Count x = 0, y = 0;  // first position
};

/// Replays the sequencer and its pace (rtl/tendon_sequencer.sv, rtl/tendon_pace.sv).
class Replay {
 public:
  Replay(const Fields& fields, const Geometry& g, const Arrival* arrival)
      : f_(fields),
        arrival_(arrival),
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
        last.x = f_.out_cols - left;
        last.y = y;
        for (Count channels = f_.out_channels; channels > 0; channels -= rows_)
          issue(last, channels);
        left -= last.columns;
      }
    }
    Cycles cycles;
    cycles.wait_writeback = static_cast<std::uint64_t>(waited_);
    cycles.wait_activations = static_cast<std::uint64_t>(unarrived_);
    cycles.active = static_cast<std::uint64_t>(now_ - waited_ - unarrived_);
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

  /// A result that is written keeps a beat waiting: `cycle`, later by those in front of it.
  Count behind_writes(Count cycle) const {
    for (Count late = 0;;) {
      const auto end = std::lower_bound(writes_.begin(), writes_.end(), cycle + late);
      const Count more = end - std::lower_bound(writes_.begin(), end, arrival_->first_beat);
      if (more == late) return cycle + late;
      late = more;
    }
  }

  bool is_arriving() const {
    return arrival_ != nullptr && arrival_->beats > 0 &&
           now_ + 1 < behind_writes(arrival_->first_beat + arrival_->beats);
  }

  /// The earliest cycle for a step whose first port reads from `address` on.
  Count arrived(Count address) const {
    const Count reach = columns_ * (f_.pos_step + banks_);
    const Count missing = address + reach - arrival_->first_word;
    const Count beats =
        missing <= 0 ? 0 : (missing + arrival_->beat_words - 1) / arrival_->beat_words;
    const Count behind_start = 2;  // the fence is closed in the first cycle of a layer
    const Count all = behind_writes(arrival_->first_beat + arrival_->beats);
    return std::min(
        all, beats == 0 ? behind_start
                        : std::max(behind_start, behind_writes(arrival_->first_beat + beats) + 1));
  }

  /// Cycle of the tile's last step, each step behind the words that it reads.
  Count last_step(const Tile& t, Count channels_left) {
    const Count slices = f_.weight_bits / 2;
    if (!is_arriving()) return now_ + t.steps;
    const Count step_words = (t.split ? chunks_ : 1) * banks_;
    const Count ahead =
        f_.depthwise != 0 ? (f_.out_channels - channels_left) * f_.act_bits / 32 : 0;
    Count at = now_;
    for (Count ky = 0; ky < f_.ky_count; ++ky) {
      const Count row = f_.y_start + t.y * f_.row_step + ky * f_.ky_step;
      for (Count kx = 0; kx < f_.kx_count; ++kx) {
        const Count column = f_.x_start + t.x * f_.pos_step + kx * f_.kx_step + ahead;
        for (Count word = 0; word < f_.seg_words; word += step_words) {
          const bool is_pad = row < 0 || row >= f_.in_rows;
          const Count address = f_.in_base + row * f_.in_row_words + column + word;
          const Count first = is_pad ? at + 1 : std::max(at + 1, arrived(address));
          unarrived_ += first - at - 1;
          at = first + slices - 1;
        }
      }
    }
    return at;
  }

  void issue(const Tile& t, Count channels_left) {
    const Count wanted = last_step(t, channels_left);
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
    if (emit && is_arriving()) note_writes(t);
    drained_ = now_ + drain_of(t, channels_left);
  }

  void note_writes(const Tile& t) {
    const Count every = f_.thresholds != 0 ? 1 : std::max(f_.pool, passes_);
    Count cycle = now_ + (f_.thresholds != 0 ? 9 : passes_ + 10 + (t.split ? chunks_ : f_.pool));
    if (!writes_.empty()) cycle = std::max(cycle, writes_.back() + 1);
    for (Count i = 0; i < t.outputs; ++i) writes_.push_back(cycle + i * every);
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
  const Arrival* arrival_;
  Count rows_, columns_, banks_, drain_columns_, piece_bits_;
  Count passes_ = 0, chunks_ = 0;
  Count now_ = 0;      // cycle of the last step so far
  Count drained_ = 0;  // earliest cycle of the next last step
  Count words_ = 0;    // in the write queue at words_since_
  Count words_since_ = 0;
  std::vector<Count> writes_;  // cycles in which results are written under the LOAD
  Count waited_ = 0;
  Count unarrived_ = 0;  // cycles in which words were still on their way
};

/// The decoder multiplies bit by bit: cycles more than a layer of one row takes.
Count product_cycles(std::span<const std::uint32_t> words) {
  const auto bits = [](Count value) {
    const auto magnitude = static_cast<std::uint64_t>(value < 0 ? ~value : value);
    return static_cast<Count>(std::bit_width(magnitude)) + (value < 0 ? 1 : 0);
  };
  const Count y_start = static_cast<std::int16_t>(TENDON_GET(CONV_Y_START));
  const Count row_step = TENDON_GET(CONV_ROW_STEP), ky_step = TENDON_GET(CONV_KY_STEP);
  const Count in_rows = TENDON_GET(CONV_IN_ROWS);
  const bool is_flat = TENDON_GET(DESC_OPCODE) != TENDON_OPCODE_ADD && in_rows == 1 &&
                       y_start == 0 && row_step == 0 && ky_step == 0;
  return is_flat ? 0 : bits(y_start) + bits(row_step) + bits(ky_step) + bits(in_rows) + 2;
}

#undef TENDON_GET

/// When what happens at the start of a chain, and between two descriptors, on a bus that answers
/// four cycles after an address and brings a beat a cycle. Cycle 1 is the first descriptor's
/// address. docs/accelerator.md, section 12.
struct BusTimes {
  explicit BusTimes(const Geometry& g)
      : beats(static_cast<Count>(TENDON_DESC_BYTES) / g.bus_bytes), bus_bytes(g.bus_bytes) {}

  Count beats_of(std::uint64_t bytes) const {
    return (static_cast<Count>(bytes) + bus_bytes - 1) / bus_bytes;
  }
  /// First beat of the LOAD in front of the first layer is written.
  Count input() const { return std::max(13 + beats, 7 + 2 * beats); }
  /// First step of a first layer of one row that waits for nothing.
  Count first_step() const { return 9 + 2 * beats; }

  Count beats;  // of a descriptor
  Count bus_bytes;
};

}  // namespace

Cycles predict(std::span<const std::uint32_t> descriptor, const Geometry& geometry) {
  const Fields fields(descriptor);
  return Replay(fields, geometry, nullptr).run();
}

Cycles predict(std::span<const std::uint32_t> descriptor, const Arrival& arrival,
               const Geometry& geometry) {
  const Fields fields(descriptor);
  return Replay(fields, geometry, &arrival).run();
}

Cycles predict(std::span<const std::uint32_t> descriptor, const ChainPlace& place,
               const Geometry& geometry) {
  if (place.index > 0 || place.streamed_bytes != 0 || place.loaded_bytes == 0) {
    return predict(descriptor, geometry);
  }
  const BusTimes bus(geometry);
  Arrival arrival;
  arrival.first_word = place.loaded_word;
  arrival.beat_words = geometry.bus_bytes / 4;
  arrival.beats = bus.beats_of(place.loaded_bytes);
  arrival.first_beat = bus.input() - bus.first_step() - product_cycles(descriptor) + 1;
  return predict(descriptor, arrival, geometry);
}

std::uint64_t decode_cycles(std::span<const std::uint32_t> descriptor) {
  return 2 + static_cast<std::uint64_t>(product_cycles(descriptor));
}

std::uint64_t predict_start(std::span<const std::uint32_t> descriptor, const ChainPlace& place,
                            const Geometry& geometry) {
  const BusTimes bus(geometry);
  const Count products = product_cycles(descriptor);
  const auto previous = static_cast<Count>(place.previous);
  Count wait = 0;
  if (place.index == 0 && place.streamed_bytes == 0) {
    wait = bus.first_step() - 1 + products;
  } else if (place.index == 0) {
    const Count loaded = bus.input() + bus.beats_of(place.loaded_bytes) - 1;
    wait = loaded + std::max<Count>(10, 8 + bus.beats) + bus.beats_of(place.streamed_bytes);
  } else if (place.streamed_bytes != 0) {
    const Count streamed =
        std::max(16 + bus.beats, 14 + 2 * bus.beats) + bus.beats_of(place.streamed_bytes) - 1;
    wait = 1 + std::max<Count>(0, streamed - previous);
  } else {
    wait = std::max<Count>(0, 8 + bus.beats + products - previous);
  }
  return static_cast<std::uint64_t>(wait);
}

}  // namespace tendon::compiler
