// SPDX-License-Identifier: MIT
// From the packed sums of column pairs to sums, and on to codes.
#pragma once

#include "kernels/conv_shape.hpp"
#include "kernels/fast_requant.hpp"

namespace tendon::cpu {

/// The sums y[0], y[1] ... of one filter from its lanes, plus `add`, two at a time. Pair form.
template <typename Ops>
class PairSums {
 public:
  PairSums(const int64_t* lanes, int32_t add)
      : lanes_(lanes), less_(add - (int64_t{1} << (kPairLane - 1))), lane_(*lanes) {}
  [[gnu::always_inline]] void next(int32_t& even, int32_t& odd) {
    even = last();
    const int64_t two = (lane_ >> (2 * kPairLane)) + less_;
    lane_ = *++lanes_;
    odd = static_cast<int32_t>(Ops::template extract<kPairLane - 1, 0>(lane_) + two);
  }
  /// An even one that no odd one follows.
  [[gnu::always_inline]] int32_t last() const {
    return static_cast<int32_t>(Ops::template extract<2 * kPairLane - 1, kPairLane>(lane_) + less_);
  }

 private:
  const int64_t* lanes_;
  int64_t less_;
  int64_t lane_;
};

/// The same, wide form with lanes of L bits.
template <typename Ops, uint32_t L>
class TripleSums {
 public:
  TripleSums(const int64_t* lanes, int32_t add)
      : lanes_(lanes),
        less_odd_(add - (int64_t{1} << (L - 1))),
        less_even_(add - (int64_t{1} << L)),
        lane_(*lanes) {}
  [[gnu::always_inline]] void next(int32_t& even, int32_t& odd) {
    const int64_t three = (lane_ >> (3 * L)) + less_odd_;
    even = last();
    odd = static_cast<int32_t>(Ops::template extract<2 * L - 1, L>(lane_) + three);
  }
  [[gnu::always_inline]] int32_t last() {
    const int64_t two = Ops::template extract<3 * L - 1, 2 * L>(lane_) + less_even_;
    lane_ = *++lanes_;
    return static_cast<int32_t>(Ops::template extract<L - 1, 0>(lane_) + two);
  }

 private:
  const int64_t* lanes_;
  int64_t less_odd_;   // one lane of half a range
  int64_t less_even_;  // two
  int64_t lane_;
};

template <typename Ops>
using WideSums = TripleSums<Ops, kWideLane>;
template <typename Ops>
using NarrowSums = TripleSums<Ops, kNarrowLane>;

/// Sums of one filter stored, or added to what is there.
template <bool kAdd, typename Sums>
void store_sums(Sums from, uint32_t columns, int32_t* sums) {
  const auto put = [](int32_t* to, int32_t value) { *to = kAdd ? *to + value : value; };
  int32_t even = 0;
  int32_t odd = 0;
  for (const int32_t* const end = sums + (columns & ~1u); sums != end; sums += 2) {
    from.next(even, odd);
    put(sums, even);
    put(sums + 1, odd);
  }
  if (columns % 2 != 0) put(sums, from.last());
}

/// Codes of one filter straight from its lanes: no pool, `columns` codes `step` apart.
template <typename Sums, typename Coder>
void encode_lanes(Sums sums, const Coder coder, uint32_t columns, uint8_t* codes, size_t step) {
  using Real = typename Coder::Real;
  int32_t y[4];
  uint8_t* const end = codes + (columns & ~3u) * step;
  while (codes != end) {
    sums.next(y[0], y[1]);
    sums.next(y[2], y[3]);
    Real x[4] = {coder.real(y[0]), coder.real(y[1]), coder.real(y[2]), coder.real(y[3])};
    encode(coder, x, codes, step);
    codes += 4 * step;
  }
  if ((columns & 2) != 0) {
    sums.next(y[0], y[1]);
    Real x[2] = {coder.real(y[0]), coder.real(y[1])};
    encode(coder, x, codes, step);
    codes += 2 * step;
  }
  if ((columns & 1) != 0) {
    Real x[1] = {coder.real(sums.last())};
    encode(coder, x, codes, step);
  }
}

/// The same behind a pool of two.
template <typename Sums, typename Coder>
void encode_pooled(Sums sums, const Coder coder, uint32_t outputs, uint8_t* codes, size_t step) {
  using Real = typename Coder::Real;
  int32_t y[4];
  uint8_t* const end = codes + (outputs & ~1u) * step;
  while (codes != end) {
    sums.next(y[0], y[1]);
    sums.next(y[2], y[3]);
    const Real a[4] = {coder.real(y[0]), coder.real(y[1]), coder.real(y[2]), coder.real(y[3])};
    Real x[2] = {larger(a[0], a[1]), larger(a[2], a[3])};
    encode(coder, x, codes, step);
    codes += 2 * step;
  }
  if ((outputs & 1) != 0) {
    sums.next(y[0], y[1]);
    Real x[1] = {larger(coder.real(y[0]), coder.real(y[1]))};
    encode(coder, x, codes, step);
  }
}

}  // namespace tendon::cpu
