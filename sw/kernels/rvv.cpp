// SPDX-License-Identifier: MIT
#include "kernels/build.hpp"
#if TENDON_HAS_RVV
#include "driver/base.hpp"
#include "driver/view.hpp"
#include "kernels/packed.hpp"
#include "kernels/rvv.hpp"
#include "kernels/weights.hpp"

namespace tendon::cpu {
namespace {

constexpr uint32_t kParameters = 4;  // arrays of 32 per tile

/// Sizes that follow from the layer.
struct VectorShape {
  explicit VectorShape(const Job& job)
      : dense(job.layer->kind == TENDON_LAYER_DENSE),
        largest(job.layer->kind == TENDON_LAYER_MAX_POOL),
        average(job.layer->kind == TENDON_LAYER_AVG_POOL),
        by_taps(largest || average || job.layer->kind == TENDON_LAYER_DEPTHWISE),
        in_channels(dense ? elements(*job.in[0].info) : job.in[0].info->channels),
        channels(job.out.info->channels),
        tiles((channels + kVectorTile - 1) / kVectorTile),
        pool(job.layer->fused_pool) {
    const auto& l = *job.layer;
    if (!dense) {
      rows = uint32_t{job.in[0].info->rows} + l.row.pad_begin + l.row.pad_end;
      columns = uint32_t{job.in[0].info->columns} + l.column.pad_begin + l.column.pad_end;
      kernel_rows = l.row.kernel;
      kernel_columns = l.column.kernel;
      direct = by_taps || (kernel_rows == 1 && l.column.dilation == 1);
    }
    count = kernel_rows * kernel_columns * (by_taps ? 1 : in_channels);
    padded = static_cast<uint32_t>(align_up(count, kVectorStep));
  }

  bool dense;
  bool largest;
  bool average;
  bool by_taps;  // each channel by itself
  uint32_t in_channels;
  uint32_t channels;
  uint32_t tiles;
  uint32_t pool;
  uint32_t rows = 1;     // of the padded input
  uint32_t columns = 1;  // of the padded input
  uint32_t kernel_rows = 1;
  uint32_t kernel_columns = 1;
  bool direct = true;  // a window is not copied together
  uint32_t count;      // weights of a channel
  uint32_t padded;     // up to a whole step; the weights there are 0
};

struct TileHead {
  uint32_t span;
};

/// Prepared memory: tile by tile a head, parameters [4][32], weights [padded][32].
struct VectorMemory {
  VectorMemory(const VectorShape& s, const void* base, uint32_t tile) {
    const size_t weight_bytes = size_t{s.padded} * kVectorTile;
    tile_bytes = 64 + 4 * kParameters * kVectorTile + weight_bytes;
    const void* at = piece<const uint8_t>(base, tile * tile_bytes);
    head = piece<TileHead>(at, 0);
    parameters = piece<int32_t>(at, 64);
    weights = piece<int8_t>(at, 64 + 4 * kParameters * kVectorTile);
  }
  TileHead* head;
  int32_t* parameters;
  int8_t* weights;
  size_t tile_bytes;
};

/// Scratch: the padded input, centred, with room for a step that reads past its end; two windows;
/// sums of the positions of a pool, or of two positions; last sums of all channels.
struct VectorScratch {
  VectorScratch(const VectorShape& s, void* base) {
    const void* at = base;
    const uint64_t input_bytes =
        align_up(uint64_t{s.rows} * s.columns * s.in_channels + kVectorStep, 64);
    const uint64_t window_bytes = s.direct ? 0 : align_up(s.padded, 64);
    const uint64_t sum_bytes = 4 * uint64_t{kVectorTile} * (s.pool + 1);
    input = piece<int8_t>(at, 0);
    windows[0] = piece<int8_t>(at, input_bytes);
    windows[1] = piece<int8_t>(at, input_bytes + window_bytes);
    sums = piece<int32_t>(at, input_bytes + 2 * window_bytes);
    last = piece<int32_t>(at, input_bytes + 2 * window_bytes + sum_bytes);
    bytes = input_bytes + 2 * window_bytes + sum_bytes + 4 * uint64_t{s.channels};
  }
  int8_t* input;
  int8_t* windows[2];
  int32_t* sums;
  int32_t* last;
  uint64_t bytes;
};

int32_t centre_of(const Job& job) { return vector_centre(*job.in[0].info); }

// Whether every sum of `span` weights in line, times the largest code, fits 16 bits.
bool spans_fit(const VectorShape& s, const int8_t* weights, uint32_t span, int32_t largest) {
  for (uint32_t o = 0; o < kVectorTile; ++o) {
    int32_t norm = 0;
    for (uint32_t k = 0; k < s.padded; ++k) {
      if (k % span == 0) norm = 0;
      const int32_t w = weights[k * kVectorTile + o];
      norm += w < 0 ? -w : w;
      if (norm * largest > INT16_MAX) return false;
    }
  }
  return true;
}

// The longest span that fits: the whole window, or a power of two.
uint32_t choose_span(const VectorShape& s, const int8_t* weights, int32_t largest) {
  uint32_t span = s.padded;
  while (span > 1 && !spans_fit(s, weights, span, largest)) {
    uint32_t half = 1;
    while (2 * half < span) half *= 2;
    span = half;
  }
  return span;
}

void pack_weights(const Job& job, const VectorShape& s, uint32_t tile, int8_t* weights) {
  memset(weights, 0, size_t{s.padded} * kVectorTile);
  for (uint32_t o = 0; o < kVectorTile && tile * kVectorTile + o < s.channels; ++o) {
    if (s.largest) continue;
    const WeightRow row(job.weights, *job.layer, tile * kVectorTile + o);
    for (uint32_t k = 0; k < s.count; ++k) {
      weights[k * kVectorTile + o] = s.average ? int8_t{1} : static_cast<int8_t>(row[k]);
    }
  }
}

void set_parameters(const Job& job, const VectorShape& s, uint32_t tile, const VectorMemory& m) {
  int32_t* const p = m.parameters;
  memset(p, 0, 4 * kParameters * kVectorTile);
  if (s.largest) return;
  for (uint32_t o = 0; o < kVectorTile && tile * kVectorTile + o < s.channels; ++o) {
    const tendon_program_requant_t& r = job.requant[s.average ? 0 : tile * kVectorTile + o];
    int32_t sum = 0;
    for (uint32_t k = 0; k < s.count; ++k) sum += m.weights[k * kVectorTile + o];
    const int32_t moved = wrapped_product(centre_of(job) - job.in[0].info->zero_point, sum);
    p[o] = wrapped_sum(s.average ? 0 : r.bias, moved);
    set_vector_scale(job.layer->rounding, r, p + kVectorTile + o);
  }
}

/// One layer at work.
class VectorLayer {
 public:
  VectorLayer(const Job& job, const VectorOps& ops)
      : job_(job), ops_(ops), s_(job), scratch_(s_, job.scratch) {}

  void run() {
    fill_input();
    for (uint32_t tile = 0; tile < s_.tiles; ++tile) {
      s_.largest ? run_largest(tile) : run_tile(tile);
    }
    if (job_.peak != nullptr) note_peak(job_, scratch_.last, s_.channels);
  }

 private:
  void fill_input() {
    const auto& in = *job_.in[0].info;
    const int32_t centre = centre_of(job_);
    const long bits = centre != 0 ? -128 : 0;
    const uint8_t* from = job_.in[0].codes;
    if (s_.dense) {
      ops_.flip(scratch_.input, from, s_.count, bits);
      memset(scratch_.input + s_.count, 0, kVectorStep);
      return;
    }
    const auto& l = *job_.layer;
    const size_t row = size_t{in.columns} * in.channels;
    const size_t padded_row = size_t{s_.columns} * in.channels;
    const size_t left = size_t{l.column.pad_begin} * in.channels;
    const size_t right = padded_row - row - left;
    int8_t* to = scratch_.input;
    const auto pad = [&](size_t bytes) {
      // A maximum takes no notice of padding.
      memset(to, (s_.largest ? code_min(in) : in.zero_point) - centre, bytes);
      to += bytes;
    };
    pad(l.row.pad_begin * padded_row);
    for (uint32_t y = 0; y < in.rows; ++y, from += row) {
      pad(left);
      ops_.flip(to, from, row, bits);
      to += row;
      pad(right);
    }
    pad(l.row.pad_end * padded_row);
    memset(to, 0, kVectorStep);
  }

  // Window of output column x, before a pool, of output row y.
  const int8_t* window(uint32_t y, uint32_t x, int8_t* room) const {
    if (s_.dense) return scratch_.input;
    const auto& l = *job_.layer;
    const size_t row = size_t{s_.columns} * s_.in_channels;
    const int8_t* from =
        scratch_.input + y * l.row.stride * row + size_t{x} * l.column.stride * s_.in_channels;
    if (s_.direct) return from;
    int8_t* to = room;
    const bool joined = l.column.dilation == 1;
    const size_t piece = joined ? size_t{s_.kernel_columns} * s_.in_channels : s_.in_channels;
    const uint32_t pieces = joined ? 1 : s_.kernel_columns;
    for (uint32_t ky = 0; ky < s_.kernel_rows; ++ky) {
      for (uint32_t kx = 0; kx < pieces; ++kx, to += piece) {
        const size_t at =
            ky * l.row.dilation * row + size_t{kx} * l.column.dilation * s_.in_channels;
        ops_.flip(to, reinterpret_cast<const uint8_t*>(from + at), piece, 0);
      }
    }
    memset(to, 0, s_.padded - s_.count);
    return room;
  }

  uint32_t tile_channels(uint32_t tile) const {
    return min_of(kVectorTile, s_.channels - tile * kVectorTile);
  }

  TapJob tap_job(uint32_t tile, const int8_t* weights) const {
    const auto& l = *job_.layer;
    TapJob taps = {};
    taps.weights = weights;
    taps.rows = s_.kernel_rows;
    taps.columns = s_.kernel_columns;
    taps.row_step = uint64_t{l.row.dilation} * s_.columns * s_.in_channels;
    taps.column_step = uint64_t{l.column.dilation} * s_.in_channels;
    taps.channels = tile_channels(tile);
    return taps;
  }

  void run_largest(uint32_t tile) const {
    const auto& out = *job_.out.info;
    TapJob taps = tap_job(tile, nullptr);
    const int32_t centre = centre_of(job_);
    for (uint32_t y = 0; y < out.rows; ++y) {
      for (uint32_t x = 0; x < out.columns; ++x) {
        const size_t at = (size_t{y} * out.columns + x) * s_.channels + tile * kVectorTile;
        taps.codes = window(y, x, nullptr) + tile * kVectorTile;
        taps.result = job_.out.codes + at;
        ops_.largest(&taps, code_min(out) - centre, centre != 0 ? -128 : 0);
      }
    }
    if (job_.peak == nullptr) return;
    const uint32_t first = elements(out) - s_.channels;
    for (uint32_t o = 0; o < s_.channels; ++o) {
      scratch_.last[o] = job_.out.at(first + o);
    }
  }

  void run_tile(uint32_t tile) {
    const VectorMemory memory(s_, job_.prepared, tile);
    const auto& out = *job_.out.info;
    MacJob mac = {};
    mac.weights = memory.weights;
    mac.sums = scratch_.sums;
    mac.elements = s_.padded;
    mac.span = memory.head->span;
    EncodeJob encode = {};
    encode.parameters = memory.parameters;
    encode.pool = s_.pool;
    encode.vxrm = vxrm_of(job_.layer->rounding);
    encode.zero = out.zero_point;
    encode.lo = job_.layer->lo - out.zero_point;
    encode.hi = job_.layer->hi - out.zero_point;
    TapJob taps = tap_job(tile, memory.weights);
    // Without a pool, two columns share the loads of weights.
    const uint32_t step = s_.pool == 1 ? 2 : 1;
    for (uint32_t y = 0; y < out.rows; ++y) {
      for (uint32_t x = 0; x < out.columns; x += step) {
        const uint32_t outputs = min_of(step, out.columns - x);
        s_.by_taps ? run_taps(taps, tile, y, x * s_.pool, outputs * s_.pool)
                   : run_positions(mac, y, x * s_.pool, outputs * s_.pool);
        for (uint32_t i = 0; i < outputs; ++i) {
          encode.sums = scratch_.sums + i * kVectorTile;
          encode.codes =
              job_.out.codes + (size_t{y} * out.columns + x + i) * s_.channels + tile * kVectorTile;
          encode_vector(ops_, job_.layer->rounding, encode, tile_channels(tile));
        }
        if (job_.peak != nullptr && y + 1 == out.rows && x + outputs == out.columns) {
          keep_last(tile, memory, scratch_.sums + (outputs * s_.pool - 1) * kVectorTile);
        }
      }
    }
  }

  void run_taps(TapJob& taps, uint32_t tile, uint32_t y, uint32_t x, uint32_t count) const {
    for (uint32_t i = 0; i < count; ++i) {
      taps.codes = window(y, x + i, nullptr) + tile * kVectorTile;
      taps.result = scratch_.sums + i * kVectorTile;
      ops_.taps(&taps);
    }
  }

  void run_positions(MacJob& mac, uint32_t y, uint32_t x, uint32_t count) const {
    uint32_t i = 0;
    for (; i + 2 <= count && mac.span > 1; i += 2) {
      mac.window0 = window(y, x + i, scratch_.windows[0]);
      mac.window1 = window(y, x + i + 1, scratch_.windows[1]);
      mac.sums = scratch_.sums + i * kVectorTile;
      ops_.mac2(&mac);
    }
    for (; i < count; ++i) {
      mac.window0 = window(y, x + i, scratch_.windows[0]);
      mac.sums = scratch_.sums + i * kVectorTile;
      ops_.mac1(&mac);
    }
  }

  void keep_last(uint32_t tile, const VectorMemory& memory, const int32_t* sums) const {
    for (uint32_t o = 0; o < kVectorTile && tile * kVectorTile + o < s_.channels; ++o) {
      scratch_.last[tile * kVectorTile + o] = sums[o] + memory.parameters[o];
    }
  }

  const Job& job_;
  const VectorOps& ops_;
  const VectorShape s_;
  const VectorScratch scratch_;
};

}  // namespace

bool vector_fits(const Job& job) {
  const auto& l = *job.layer;
  return l.kind == TENDON_LAYER_CONV || l.kind == TENDON_LAYER_DENSE ||
         l.kind == TENDON_LAYER_DEPTHWISE || l.kind == TENDON_LAYER_MAX_POOL ||
         l.kind == TENDON_LAYER_AVG_POOL;
}

size_t vector_prepared(const Job& job) {
  const VectorShape s(job);
  return VectorMemory(s, nullptr, 0).tile_bytes * s.tiles;
}

void vector_prepare(const Job& job, void* prepared) {
  const VectorShape s(job);
  const int32_t largest = largest_from(*job.in[0].info, centre_of(job));
  for (uint32_t tile = 0; tile < s.tiles; ++tile) {
    const VectorMemory memory(s, prepared, tile);
    pack_weights(job, s, tile, memory.weights);
    memory.head->span = choose_span(s, memory.weights, largest);
    set_parameters(job, s, tile, memory);
  }
}

size_t vector_scratch(const Job& job) {
  return static_cast<size_t>(VectorScratch(VectorShape(job), nullptr).bytes);
}

void run_vector(const Job& job, const VectorOps& ops) { VectorLayer(job, ops).run(); }

}  // namespace tendon::cpu

#endif
