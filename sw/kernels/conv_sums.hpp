// SPDX-License-Identifier: MIT
// From the packed sums of column pairs to sums, and on to codes.
//
// y[2j] and y[2j+1] are each a high lane of packed sum j plus a low lane of packed sum j + 1, plus
// a constant: the bias, less what the start values put into these two lanes.
#pragma once

#include "kernels/conv_level.hpp"
#include "kernels/fast_requant.hpp"

namespace tendon::cpu {

/// Pair form. Lane 1 is all of y[2j]; lanes 2 and 0 are y[2j+1].
struct PairForm {
  static constexpr uint32_t kLane = kPairLane;
  static constexpr int64_t kStart = (int64_t{1} << (kLane - 1)) * ((int64_t{1} << kLane) + 1);
  /// What a block's start values add to any y.
  static constexpr int32_t kExtra = 1 << (kLane - 1);
  /// The lanes that merged sums keep apart: lane 1.
  static constexpr int64_t kInner = ((int64_t{1} << kLane) - 1) << kLane;

  // What packed sum j gives to y[2j] and y[2j+1], and what packed sum j + 1 does.
  template <typename Ops>
  static int64_t even_high(int64_t lanes) {
    return Ops::template extract<2 * kLane - 1, kLane>(lanes);
  }
  template <typename Ops>
  static int64_t even_low(int64_t) {
    return 0;
  }
  static int64_t odd_high(int64_t lanes) { return lanes >> (2 * kLane); }
  template <typename Ops>
  static int64_t odd_low(int64_t lanes) {
    return Ops::template extract<kLane - 1, 0>(lanes);
  }
  // The same of merged sums: of the inner lanes, of the outer ones.
  static int64_t merged_even_high(int64_t inner) { return inner >> kLane; }
  template <typename Ops>
  static int64_t merged_even_low(int64_t) {
    return 0;
  }
  template <typename Ops>
  static int64_t merged_odd_low(int64_t outer) {
    return Ops::template extract<2 * kLane - 1, 0>(outer);
  }
};

/// Wide form with lanes of L bits. y[2j] is lanes 2 and 0, y[2j+1] lanes 3 and 1.
template <uint32_t L>
struct TripleForm {
  static constexpr uint32_t kLane = L;
  static constexpr int64_t kOne = int64_t{1} << L;
  static constexpr int64_t kStart = (kOne / 2) * (kOne * kOne * kOne + kOne * kOne + kOne + 1);
  static constexpr int32_t kExtra = 1 << L;
  static constexpr int64_t kInner = (kOne - 1) * (kOne * kOne + 1);  // lanes 0 and 2

  template <typename Ops>
  static int64_t even_high(int64_t lanes) {
    return Ops::template extract<3 * L - 1, 2 * L>(lanes);
  }
  template <typename Ops>
  static int64_t even_low(int64_t lanes) {
    return Ops::template extract<L - 1, 0>(lanes);
  }
  static int64_t odd_high(int64_t lanes) { return lanes >> (3 * L); }
  template <typename Ops>
  static int64_t odd_low(int64_t lanes) {
    return Ops::template extract<2 * L - 1, L>(lanes);
  }
  static int64_t merged_even_high(int64_t inner) { return inner >> (2 * L); }
  template <typename Ops>
  static int64_t merged_even_low(int64_t inner) {
    return Ops::template extract<2 * L - 1, 0>(inner);
  }
  template <typename Ops>
  static int64_t merged_odd_low(int64_t outer) {
    return Ops::template extract<3 * L - 1, L>(outer);
  }
};

/// Packed sums of one block, `stride` apart for one filter.
template <typename F, typename Ops>
struct PlainLanes {
  using Form = F;
  struct Word {
    int64_t all;
  };
  explicit PlainLanes(const int64_t* lanes, size_t = 0) : at(lanes) {}
  const int64_t* at;
  [[gnu::always_inline]] Word load(size_t i) const { return {at[i]}; }
  static int64_t even_high(Word w) { return Form::template even_high<Ops>(w.all); }
  static int64_t even_low(Word w) { return Form::template even_low<Ops>(w.all); }
  static int64_t odd_high(Word w) { return Form::odd_high(w.all); }
  static int64_t odd_low(Word w) { return Form::template odd_low<Ops>(w.all); }
};

/// Merged sums of several blocks.
template <typename F, typename Ops>
struct MergedLanes {
  using Form = F;
  struct Word {
    int64_t inner, outer;
  };
  MergedLanes(const int64_t* lanes, size_t to_total) : at(lanes), total(to_total) {}
  const int64_t* at;  // inner lanes
  size_t total;       // from there to the sums of all lanes
  [[gnu::always_inline]] Word load(size_t i) const { return {at[i], at[i + total] - at[i]}; }
  static int64_t even_high(Word w) { return Form::merged_even_high(w.inner); }
  static int64_t even_low(Word w) { return Form::template merged_even_low<Ops>(w.inner); }
  static int64_t odd_high(Word w) { return Form::odd_high(w.outer); }
  static int64_t odd_low(Word w) { return Form::template merged_odd_low<Ops>(w.outer); }
};

/// Two sums of one filter from its packed sums j and j + 1.
template <typename Lanes>
[[gnu::always_inline]] inline void sums_of(typename Lanes::Word now, typename Lanes::Word next,
                                           int32_t add, int32_t& even, int32_t& odd) {
  even = static_cast<int32_t>(Lanes::even_high(now) + Lanes::even_low(next) + add);
  odd = static_cast<int32_t>(Lanes::odd_high(now) + Lanes::odd_low(next) + add);
}

/// The sums of one filter, stored.
template <typename Lanes>
[[gnu::noinline]] void store_sums(const Lanes lanes, size_t stride, int32_t add, uint32_t columns,
                                  int32_t* sums) {
  auto now = lanes.load(0);
  const int32_t* const end = sums + (columns & ~1u);
  size_t at = stride;
  for (; sums != end; sums += 2, at += stride) {
    const auto next = lanes.load(at);
    sums_of<Lanes>(now, next, add, sums[0], sums[1]);
    now = next;
  }
  int32_t odd;
  if (columns % 2 != 0) sums_of<Lanes>(now, lanes.load(at), add, sums[0], odd);
}

/// Codes of a whole tile of kCount filters straight from its packed sums. kPool: 1, or 2 columns a
/// code.
template <int kCount, int kPool, typename Lanes>
[[gnu::noinline]] void encode_lanes(const int64_t* packed, size_t to_total,
                                    const EncodePlace& place) {
  const Lanes lanes(packed, to_total);
  using Coder = Float32Coder<true>;
  // Copies: codes are bytes, and bytes could be anything.
  typename Lanes::Word now[kCount];
  int32_t less[kCount];
  Coder coder[kCount];
#pragma GCC unroll 4
  for (int m = 0; m < kCount; ++m) {
    now[m] = lanes.load(static_cast<size_t>(m));
    less[m] = wrapped_sum(place.scales[m].add, -place.less);
    if (place.recentre != 0) {
      less[m] = wrapped_sum(less[m], wrapped_product(place.recentre, place.weight_sums[m]));
    }
    coder[m] = {place.scales[m].factor32, 0.0f, place.hi, 0};
  }
  size_t at = kCount;
  uint8_t* codes = place.codes;
  const size_t step = place.step;
  constexpr uint32_t kEach = kPool == 1 ? 2 : 1;  // codes of a packed sum
  const uint8_t* const end = codes + size_t{place.columns / kEach * kEach} * step;
  while (codes != end) {
    float even[kCount];
    float odd[kCount];
#pragma GCC unroll 4
    for (int m = 0; m < kCount; ++m) {
      int64_t first = Lanes::even_high(now[m]) + less[m];
      int64_t second = Lanes::odd_high(now[m]) + less[m];
      now[m] = lanes.load(at + static_cast<size_t>(m));
      even[m] = coder[m].real(static_cast<int32_t>(first + Lanes::even_low(now[m])));
      odd[m] = coder[m].real(static_cast<int32_t>(second + Lanes::odd_low(now[m])));
    }
    at += kCount;
    if constexpr (kPool == 2) {
#pragma GCC unroll 4
      for (int m = 0; m < kCount; ++m) even[m] = larger(even[m], odd[m]);
      encode_side_by_side(coder, even, codes);
      codes += step;
    } else {
      encode_two(coder, even, odd, codes, step);
      codes += 2 * step;
    }
  }
  if (place.columns % kEach == 0) return;
  float even[kCount];
#pragma GCC unroll 4
  for (int m = 0; m < kCount; ++m) {
    const auto next = lanes.load(at + static_cast<size_t>(m));
    even[m] = coder[m].real(
        static_cast<int32_t>(Lanes::even_high(now[m]) + Lanes::even_low(next) + less[m]));
  }
  encode_side_by_side(coder, even, codes);
}

template <typename Lanes>
constexpr LaneCalls lane_calls() {
  return {{{encode_lanes<2, 1, Lanes>, encode_lanes<2, 2, Lanes>},
           {encode_lanes<4, 1, Lanes>, encode_lanes<4, 2, Lanes>}},
          [](const int64_t* packed, size_t to_total, size_t stride, int32_t add, uint32_t columns,
             int32_t* sums) { store_sums(Lanes(packed, to_total), stride, add, columns, sums); },
          [](const int64_t* packed, size_t to_total, size_t stride, uint32_t filters,
             int32_t(*sums)[2]) {
            const Lanes lanes(packed, to_total);
            for (uint32_t m = 0; m < filters; ++m, ++sums) {
              sums_of<Lanes>(lanes.load(m), lanes.load(m + stride), 0, (*sums)[0], (*sums)[1]);
            }
          },
          Lanes::Form::kExtra,
          Lanes::Form::kInner};
}

/// The packed convolution of a level. Ops::conv_some_pairs: conv_tiles.hpp.
template <typename Ops>
constexpr ConvLevel conv_level() {
  using Wide = TripleForm<kWideLane>;
  using Narrow = TripleForm<kNarrowLane>;
  return {Ops::conv_some_pairs,
          {{lane_calls<PlainLanes<PairForm, Ops>>(), lane_calls<MergedLanes<PairForm, Ops>>()},
           {lane_calls<PlainLanes<Wide, Ops>>(), lane_calls<MergedLanes<Wide, Ops>>()},
           {lane_calls<PlainLanes<Narrow, Ops>>(), lane_calls<MergedLanes<Narrow, Ops>>()}}};
}

}  // namespace tendon::cpu
