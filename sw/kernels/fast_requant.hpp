// SPDX-License-Identifier: MIT
// Requantization with the float unit, bit for bit the integer definition of docs/numerics.md.
//
//   float  float32: acc is exact (|acc| < 2^24), one rounded product, which is the definition
//   itself even, floor  float64: |acc| < 2^29 times a 24-bit significand is exact in 53 bits, so
//   the one
//          rounding is the conversion (to nearest even, or down)
//   up     floor(p + 1/2): p is clamped to 10 integer bits first, so with S <= 42 the sum is exact
// Clamping before the rounding gives what clamping behind it gives: the limits are integers and
// rounding is monotonic. What is outside these bounds, and mode tflite, takes the integer path.
#pragma once

#include "driver/base.hpp"
#include "kernels/kernels.hpp"
#include "kernels/requantize.hpp"

namespace tendon::cpu {

inline int32_t larger(int32_t x, int32_t y) { return max_of(x, y); }

enum class Path : uint32_t { kFloat32, kEven64, kUp64, kFloor64, kInteger };

/// What one output channel needs behind its sum of products.
struct ChannelScale {
  double factor64;
  float factor32;
  int32_t add;  // bias, and what the kernel took out of the codes
};

inline double power_of_two(uint32_t minus_exponent) {
  const uint64_t bits = uint64_t{1023 - minus_exponent} << 52;
  double value = 0;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

inline ChannelScale make_scale(const tendon_program_requant_t& r, int32_t add) {
  const double factor = r.multiplier * power_of_two(r.shift);  // exact: 31 bits
  return {factor, static_cast<float>(factor), add};
}

/// `bound`: no accumulator of the layer is larger.
inline Path choose_path(const Job& job, int64_t bound) {
  uint32_t shift = 0;
  for (uint32_t i = 0; i < job.layer->requant_count; ++i) {
    shift = max_of(shift, job.requant[i].shift);
  }
  const bool exact = bound < (int64_t{1} << 29);
  switch (job.layer->rounding) {
    case TENDON_ROUND_FLOAT:
      return Path::kFloat32;
    case TENDON_ROUND_EVEN:
      return exact ? Path::kEven64 : Path::kInteger;
    case TENDON_ROUND_UP:
      return exact && shift <= 42 ? Path::kUp64 : Path::kInteger;
    case TENDON_ROUND_FLOOR:
      return exact ? Path::kFloor64 : Path::kInteger;
    default:
      return Path::kInteger;
  }
}

#if defined(__riscv)
// volatile: these stay in the order they are written in. The compiler would put each step of a sum
// right behind the one before it, and the processor would wait for every result.
inline float to_float(int32_t x) {
  float real;
  asm volatile("fcvt.s.w %0, %1" : "=f"(real) : "r"(x));
  return real;
}
inline float to_float(int64_t x) {
  float real;
  asm volatile("fcvt.s.l %0, %1" : "=f"(real) : "r"(x));
  return real;
}
inline float times(float x, float y) {
  float product;
  asm volatile("fmul.s %0, %1, %2" : "=f"(product) : "f"(x), "f"(y));
  return product;
}
inline int32_t to_nearest(float x) {
  long value;
  asm volatile("fcvt.w.s %0, %1, rne" : "=r"(value) : "f"(x));
  return static_cast<int32_t>(value);
}
inline int32_t to_nearest(double x) {
  long value;
  asm volatile("fcvt.w.d %0, %1, rne" : "=r"(value) : "f"(x));
  return static_cast<int32_t>(value);
}
inline int32_t to_floor(double x) {
  long value;
  asm volatile("fcvt.w.d %0, %1, rdn" : "=r"(value) : "f"(x));
  return static_cast<int32_t>(value);
}
// The conversion itself takes what is below zero to zero.
inline int32_t to_nearest_from_zero(float x) {
  long value;
  asm volatile("fcvt.wu.s %0, %1, rne" : "=r"(value) : "f"(x));
  return static_cast<int32_t>(value);
}
inline float larger(float x, float y) {
  asm volatile("fmax.s %0, %0, %1" : "+f"(x) : "f"(y));
  return x;
}
inline double larger(double x, double y) {
  asm volatile("fmax.d %0, %0, %1" : "+f"(x) : "f"(y));
  return x;
}
inline float smaller(float x, float y) {
  asm volatile("fmin.s %0, %0, %1" : "+f"(x) : "f"(y));
  return x;
}
inline float limit(float x, float lo, float hi) {
  asm volatile("fmax.s %0, %0, %1\n\tfmin.s %0, %0, %2" : "+f"(x) : "f"(lo), "f"(hi));
  return x;
}
inline double limit(double x, double lo, double hi) {
  asm volatile("fmax.d %0, %0, %1\n\tfmin.d %0, %0, %2" : "+f"(x) : "f"(lo), "f"(hi));
  return x;
}
#else
inline float to_float(int32_t x) { return static_cast<float>(x); }
inline float to_float(int64_t x) { return static_cast<float>(x); }
inline float times(float x, float y) { return x * y; }
// Adding 1.5 * 2^m leaves no fraction bit: the sum's own rounding (to nearest even) does the work.
inline int32_t to_nearest(float x) {
  volatile float sum = x + 12582912.0f;
  return static_cast<int32_t>(sum - 12582912.0f);
}
inline int32_t to_nearest(double x) {
  volatile double sum = x + 6755399441055744.0;
  return static_cast<int32_t>(sum - 6755399441055744.0);
}
inline int32_t to_floor(double x) {
  const auto whole = static_cast<int32_t>(x);
  return whole > x ? whole - 1 : whole;
}
template <typename Real>
Real limit(Real x, Real lo, Real hi) {
  return clamp_to(x, lo, hi);
}
template <typename Real>
Real larger(Real x, Real y) {
  return max_of(x, y);
}
inline float smaller(float x, float y) { return min_of(x, y); }
inline int32_t to_nearest_from_zero(float x) { return to_nearest(max_of(x, 0.0f)); }
#endif

// Coders: one channel's way from a sum to a code, in stages, so that a loop can take several sums
// through a stage before the next (each stage waits three or four cycles for its result).
// real() of a larger sum is not smaller, and scales are not negative: a pool can take the largest
// real().

/// `kFromZero`: zero point and lower limit are 0, which the conversion to unsigned sees to.
template <bool kFromZero>
struct Float32Coder {
  using Real = float;
  float factor, lo, hi;
  int32_t zero;
  Real real(int32_t sum) const { return to_float(sum); }
  Real scaled(Real sum) const { return times(sum, factor); }
  Real limited(Real x) const { return kFromZero ? smaller(x, hi) : limit(x, lo, hi); }
  int32_t rounded(Real x) const {
    return kFromZero ? to_nearest_from_zero(x) : to_nearest(x) + zero;
  }
};

template <Path kPath>
struct Float64Coder {
  using Real = double;
  double factor, lo, hi;
  int32_t zero;
  Real real(int32_t sum) const { return sum; }
  Real scaled(Real sum) const { return sum * factor; }
  Real limited(Real x) const { return limit(x, lo, hi); }
  int32_t rounded(Real x) const {
    if (kPath == Path::kEven64) return to_nearest(x) + zero;
    return to_floor(kPath == Path::kUp64 ? x + 0.5 : x) + zero;
  }
};

struct IntegerCoder {
  using Real = int32_t;
  tendon_program_requant_t requant;
  const tendon_program_layer_t* layer;
  int32_t zero;
  Real real(int32_t sum) const { return sum; }
  Real scaled(Real sum) const { return requantize(sum, requant, *layer, zero); }
  Real limited(Real x) const { return x; }
  int32_t rounded(Real x) const { return x; }
};

/// One sum of each of N channels, stage by stage, to codes side by side.
template <int N, typename Coder>
[[gnu::always_inline]] inline void encode_side_by_side(const Coder* coder,
                                                       typename Coder::Real (&x)[N],
                                                       uint8_t* codes) {
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) x[i] = coder[i].scaled(x[i]);
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) x[i] = coder[i].limited(x[i]);
  int32_t code[N];
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) code[i] = coder[i].rounded(x[i]);
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) codes[i] = static_cast<uint8_t>(code[i]);
}

/// The same for two columns, `step` apart.
template <int N, typename Coder>
[[gnu::always_inline]] inline void encode_two(const Coder* coder, typename Coder::Real (&x)[N],
                                              typename Coder::Real (&y)[N], uint8_t* codes,
                                              size_t step) {
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) x[i] = coder[i].scaled(x[i]);
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) y[i] = coder[i].scaled(y[i]);
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) x[i] = coder[i].limited(x[i]);
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) y[i] = coder[i].limited(y[i]);
  int32_t code[2 * N];
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) code[i] = coder[i].rounded(x[i]);
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) code[N + i] = coder[i].rounded(y[i]);
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) codes[i] = static_cast<uint8_t>(code[i]);
#pragma GCC unroll 4
  for (int i = 0; i < N; ++i) (codes + step)[i] = static_cast<uint8_t>(code[N + i]);
}

/// The layer's constants, for loops over the sums of one channel or over channels.
class FastRequant {
 private:
  // Before its use: its type is deduced.
  template <typename Coder>
  auto maker() const {
    using Real = typename Coder::Real;
    const auto lo = static_cast<Real>(lo_);
    const auto hi = static_cast<Real>(hi_);
    const int32_t zero = zero_;
    return [lo, hi, zero](const ChannelScale& s, uint32_t) {
      if constexpr (sizeof(Real) == 4) {
        return Coder{s.factor32, lo, hi, zero};
      } else {
        return Coder{s.factor64, lo, hi, zero};
      }
    };
  }

 public:
  explicit FastRequant(const Job& job)
      : job_(job),
        zero_(job.out.info->zero_point),
        lo_(job.layer->lo - zero_),
        hi_(job.layer->hi - zero_) {}

  /// Calls use(make) with the coders of this path; make(scale, o) is that of channel o.
  template <typename Use>
  void with_path(Path path, Use use) const {
    switch (path) {
      case Path::kFloat32:
        return is_from_zero() ? use(maker<Float32Coder<true>>())
                              : use(maker<Float32Coder<false>>());
      case Path::kEven64:
        return use(maker<Float64Coder<Path::kEven64>>());
      case Path::kUp64:
        return use(maker<Float64Coder<Path::kUp64>>());
      case Path::kFloor64:
        return use(maker<Float64Coder<Path::kFloor64>>());
      case Path::kInteger:
        return use([this](const ChannelScale&, uint32_t o) {
          return IntegerCoder{job_.requant[job_.layer->requant_count == 1 ? 0 : o], job_.layer,
                              zero_};
        });
    }
  }

  /// codes[o] of one sum per channel, `add` not yet in it.
  void position(Path path, const ChannelScale* scales, const int32_t* sums, uint32_t channels,
                uint8_t* codes) const;

  /// pools() with the coder of channel o.
  void channel(Path path, const ChannelScale& scale, uint32_t o, const int32_t* sums, uint32_t pool,
               uint32_t n, uint8_t* codes, size_t stride) const;

  /// Zero point and lower limit are 0.
  bool is_from_zero() const { return zero_ == 0 && lo_ == 0; }

  /// codes[i * stride] of n pools of sums, `add` in them.
  template <typename Coder>
  static void pools(const Coder coder, const int32_t* sums, uint32_t pool, uint32_t n,
                    uint8_t* codes, size_t stride) {
    for (const int32_t* const end = sums + size_t{n} * pool; sums != end; codes += stride) {
      typename Coder::Real best[1] = {coder.real(*sums++)};
      for (uint32_t k = 1; k < pool; ++k) best[0] = larger(best[0], coder.real(*sums++));
      encode_side_by_side(&coder, best, codes);
    }
  }

 private:
  const Job& job_;
  int32_t zero_;
  int32_t lo_;
  int32_t hi_;
};

}  // namespace tendon::cpu
