// SPDX-License-Identifier: MIT
// Pools and add for 64-bit processors with a float unit: eight channels in one word, and rounding
// by the float unit. No instruction of T-Head's makes these shorter, so level xthead has the same
// ones.
#include "kernels/build.hpp"
#if TENDON_HAS_PACKED
#include "driver/base.hpp"
#include "driver/view.hpp"
#include "kernels/fast_requant.hpp"
#include "kernels/packed.hpp"
#include "kernels/packed_plain.hpp"

namespace tendon::cpu {
namespace {

constexpr uint64_t kTops = 0x8080808080808080;
constexpr uint64_t kEvenBytes = 0x00FF00FF00FF00FF;
constexpr uint32_t kMostTaps = 256;  // 256 * 255 < 2^16: a sum of bytes in 16 bits

using Word [[gnu::may_alias]] = uint64_t;

// Labels of kinds without accumulators: the codes of the last position.
void note_code_peak(const Job& job) {
  if (job.peak == nullptr) return;
  const auto& out = *job.out.info;
  auto* values = static_cast<int32_t*>(job.scratch);
  const uint32_t first = elements(out) - out.channels;
  for (uint32_t c = 0; c < out.channels; ++c) values[c] = job.out.at(first + c);
  note_peak(job, values, out.channels);
}

/// Whole words where every channel's address allows it, else byte by byte.
class Words {
 public:
  Words(const Job& job)
      : aligned_(job.out.info->channels % 8 == 0 && ((reinterpret_cast<uintptr_t>(job.in[0].codes) |
                                                      reinterpret_cast<uintptr_t>(job.out.codes)) &
                                                     7) == 0) {}
  [[gnu::always_inline]] uint64_t load(const uint8_t* from, uint32_t count) const {
    if (aligned_) return *reinterpret_cast<const Word*>(from);
    uint64_t word = 0;
    for (uint32_t i = 0; i < count; ++i) word |= uint64_t{from[i]} << (8 * i);
    return word;
  }
  [[gnu::always_inline]] void store(uint8_t* to, uint64_t word, uint32_t count) const {
    if (aligned_) {
      *reinterpret_cast<Word*>(to) = word;
      return;
    }
    for (uint32_t i = 0; i < count; ++i) to[i] = static_cast<uint8_t>(word >> (8 * i));
  }

 private:
  bool aligned_;
};

// The larger byte of each pair. Top bits are compared by logic, the seven below by a subtraction
// that cannot borrow from the next byte.
uint64_t larger_bytes(uint64_t x, uint64_t y) {
  const uint64_t low = (x | kTops) - (y & ~kTops);  // top bit: the low seven of x are not less
  const uint64_t top = ((x & ~y) | (~(x ^ y) & low)) & kTops;
  const uint64_t mask = (top - (top >> 7)) | top;  // 0xFF where x is not less
  return y ^ ((x ^ y) & mask);
}

// Taps of one axis that lie inside the input.
struct Span {
  Span(const tendon_program_axis_t& axis, uint32_t at, uint32_t size) {
    const int32_t begin = static_cast<int32_t>(at * axis.stride) - axis.pad_begin;
    const int32_t step = axis.dilation;
    const int32_t end = static_cast<int32_t>(size);
    first = begin < 0 ? static_cast<uint32_t>((-begin + step - 1) / step) : 0;
    last = axis.kernel;
    while (last > first && begin + static_cast<int32_t>(last - 1) * step >= end) --last;
    from = begin + static_cast<int32_t>(first) * step;
    count = last > first ? last - first : 0;
  }
  uint32_t first, last;
  int32_t from;    // index of the first one
  uint32_t count;  // how many
};

// Calls `use(word)` for all taps inside, of `lanes` channels at `from`.
template <typename Use>
[[gnu::always_inline]] inline void for_taps(const Job& job, const Words& words, const Span& rows,
                                            const Span& columns, uint32_t channel, uint32_t lanes,
                                            Use use) {
  const auto& l = *job.layer;
  const auto& in = *job.in[0].info;
  const size_t column_step = size_t{l.column.dilation} * in.channels;
  const size_t row_step = size_t{l.row.dilation} * in.columns * in.channels;
  if (rows.count == 0 || columns.count == 0) return;
  const uint8_t* row =
      job.in[0].codes + channel +
      (static_cast<size_t>(rows.from) * in.columns + static_cast<size_t>(columns.from)) *
          in.channels;
  for (uint32_t ky = 0; ky < rows.count; ++ky, row += row_step) {
    const uint8_t* at = row;
    for (uint32_t kx = 0; kx < columns.count; ++kx, at += column_step) use(words.load(at, lanes));
  }
}

// Calls `use(rows, columns, position)` for every output.
template <typename Use>
void for_outputs(const Job& job, Use use) {
  const auto& in = *job.in[0].info;
  const auto& out = *job.out.info;
  for (uint32_t y = 0; y < out.rows; ++y) {
    const Span rows(job.layer->row, y, in.rows);
    for (uint32_t x = 0; x < out.columns; ++x) {
      use(rows, Span(job.layer->column, x, in.columns), y * out.columns + x);
    }
  }
}

/// Sums of any size to float32 with one rounding; the power of two behind it is exact.
struct FloatAdder {
  using Real = float;
  Real factor, lo, hi;
  int32_t code(int64_t sum) const {
    return to_nearest(limit(times(to_float(sum), factor), lo, hi));
  }
};

/// Sums below 2^53. With a shift above 52, half and sum need more bits than there are; then the sum
/// is far below a half, and floor() of what is left is right all the same.
template <Path kPath>
struct DoubleAdder {
  using Real = double;
  Real factor, lo, hi;
  int32_t code(int64_t sum) const {
    const Real x = limit(static_cast<Real>(sum) * factor, lo, hi);
    return kPath == Path::kEven64 ? to_nearest(x) : to_floor(kPath == Path::kUp64 ? x + 0.5 : x);
  }
};

template <typename Adder>
void add_with(const Job& job) {
  using Real = typename Adder::Real;
  const int32_t zero = job.out.info->zero_point;
  const Adder adder = {static_cast<Real>(power_of_two(job.requant[0].shift)),
                       static_cast<Real>(job.layer->lo - zero),
                       static_cast<Real>(job.layer->hi - zero)};
  const int64_t m0 = job.requant[0].multiplier;
  const int64_t m1 = job.requant[1].multiplier;
  // Signed codes are made unsigned: 128 more.
  const uint32_t flip0 = job.in[0].info->is_signed != 0 ? 128 : 0;
  const uint32_t flip1 = job.in[1].info->is_signed != 0 ? 128 : 0;
  const int64_t off = -(int64_t{flip0} + job.in[0].info->zero_point) * m0 -
                      (int64_t{flip1} + job.in[1].info->zero_point) * m1;
  const uint8_t* a = job.in[0].codes;
  const uint8_t* b = job.in[1].codes;
  uint8_t* to = job.out.codes;
  for (const uint8_t* const end = to + elements(*job.out.info); to != end; ++a, ++b, ++to) {
    const int64_t sum = off + int64_t{*a ^ flip0} * m0 + int64_t{*b ^ flip1} * m1;
    *to = static_cast<uint8_t>(adder.code(sum) + zero);
  }
}

}  // namespace

bool packed_max_pool_fits(const Job& job) { return job.layer->kind == TENDON_LAYER_MAX_POOL; }

bool packed_avg_pool_fits(const Job& job) {
  const auto& l = *job.layer;
  return l.kind == TENDON_LAYER_AVG_POOL && uint32_t{l.row.kernel} * l.column.kernel <= kMostTaps;
}

bool packed_add_fits(const Job& job) { return job.layer->kind == TENDON_LAYER_ADD; }

size_t packed_plain_scratch(const Job& job) {
  return static_cast<size_t>(align_up(4u * uint64_t{job.out.info->channels}, 8));
}

void run_packed_max_pool(const Job& job) {
  const auto& out = *job.out.info;
  const Words words(job);
  const uint64_t flip = out.is_signed != 0 ? kTops : 0;
  // What padding and an empty window give: the least code.
  const uint64_t least =
      out.is_signed != 0 ? (kTops >> 7) * ((128 - (1u << (out.bits - 1))) & 255) : 0;
  for_outputs(job, [&](const Span& rows, const Span& columns, uint32_t position) {
    uint8_t* const to = job.out.codes + size_t{position} * out.channels;
    for (uint32_t c = 0; c < out.channels; c += 8) {
      const uint32_t lanes = min_of<uint32_t>(8, out.channels - c);
      uint64_t best = least;
      for_taps(job, words, rows, columns, c, lanes,
               [&](uint64_t word) { best = larger_bytes(best, word ^ flip); });
      words.store(to + c, best ^ flip, lanes);
    }
  });
  note_code_peak(job);
}

void run_packed_avg_pool(const Job& job) {
  const auto& out = *job.out.info;
  const auto& in = *job.in[0].info;
  const Words words(job);
  const uint64_t flip = in.is_signed != 0 ? kTops : 0;
  const int32_t zero = in.zero_point + (in.is_signed != 0 ? 128 : 0);
  const ChannelScale scale = make_scale(job.requant[0], 0);
  const int64_t bound =
      int64_t{job.layer->row.kernel} * job.layer->column.kernel * largest_from(in, in.zero_point);
  auto* sums = static_cast<int32_t*>(job.scratch);
  const FastRequant requant(job);
  const Path path = choose_path(job, bound);
  for_outputs(job, [&](const Span& rows, const Span& columns, uint32_t position) {
    const int32_t less = static_cast<int32_t>(rows.count * columns.count) * zero;
    for (uint32_t c = 0; c < out.channels; c += 8) {
      const uint32_t lanes = min_of<uint32_t>(8, out.channels - c);
      uint64_t even = 0;
      uint64_t odd = 0;
      for_taps(job, words, rows, columns, c, lanes, [&](uint64_t word) {
        word ^= flip;
        even += word & kEvenBytes;
        odd += (word >> 8) & kEvenBytes;
      });
      for (uint32_t i = 0; i < lanes; ++i) {
        const uint64_t four = i % 2 == 0 ? even : odd;
        sums[c + i] = static_cast<int32_t>((four >> (16 * (i / 2))) & 0xFFFF) - less;
      }
    }
    requant.channel(path, scale, 0, sums, 1, out.channels,
                    job.out.codes + size_t{position} * out.channels, 1);
  });
  note_peak(job, sums, out.channels);
}

void run_packed_add(const Job& job) {
  switch (job.layer->rounding) {
    case TENDON_ROUND_FLOAT:
      add_with<FloatAdder>(job);
      break;
    case TENDON_ROUND_EVEN:
      add_with<DoubleAdder<Path::kEven64>>(job);
      break;
    case TENDON_ROUND_UP:
      add_with<DoubleAdder<Path::kUp64>>(job);
      break;
    default:
      add_with<DoubleAdder<Path::kFloor64>>(job);
  }
  note_code_peak(job);
}

}  // namespace tendon::cpu

#endif
