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
inline int32_t to_nearest(float x) {
  long value;
  asm("fcvt.w.s %0, %1, rne" : "=r"(value) : "f"(x));
  return static_cast<int32_t>(value);
}
inline int32_t to_nearest(double x) {
  long value;
  asm("fcvt.w.d %0, %1, rne" : "=r"(value) : "f"(x));
  return static_cast<int32_t>(value);
}
inline int32_t to_floor(double x) {
  long value;
  asm("fcvt.w.d %0, %1, rdn" : "=r"(value) : "f"(x));
  return static_cast<int32_t>(value);
}
inline float limit(float x, float lo, float hi) {
  asm("fmax.s %0, %0, %1\n\tfmin.s %0, %0, %2" : "+f"(x) : "f"(lo), "f"(hi));
  return x;
}
inline double limit(double x, double lo, double hi) {
  asm("fmax.d %0, %0, %1\n\tfmin.d %0, %0, %2" : "+f"(x) : "f"(lo), "f"(hi));
  return x;
}
#else
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
#endif

/// The layer's constants, for loops over the sums of one channel or over channels.
class FastRequant {
 public:
  explicit FastRequant(const Job& job)
      : job_(job),
        zero_(job.out.info->zero_point),
        lo_(job.layer->lo - zero_),
        hi_(job.layer->hi - zero_) {}

  /// codes[i * channels + o] of n pools of sums of every channel o, which are `step` apart and hold
  /// `add` already. Scales are not negative, so the largest sum of a pool has the largest code.
  void row(Path path, const ChannelScale* scales, uint32_t channels, const int32_t* sums,
           uint32_t step, uint32_t n, uint8_t* codes) const {
    const uint32_t pool = job_.layer->fused_pool;
    with_path(path, [=](auto code) {
      for (uint32_t o = 0; o < channels; ++o) {
        // A copy: the compiler must think that stores of codes can change the original.
        pools(scales[o], o, sums + size_t{o} * step, pool, n, codes + o, channels, code);
      }
    });
  }

  /// codes[o] of one sum per channel, `add` not yet in it.
  void position(Path path, const ChannelScale* scales, const int32_t* sums, uint32_t channels,
                uint8_t* codes) const {
    with_path(path, [&](auto code) {
      for (uint32_t o = 0; o < channels; ++o)
        codes[o] = code(scales[o], o, sums[o] + scales[o].add);
    });
  }

 private:
  template <typename Code>
  static void pools(const ChannelScale s, uint32_t o, const int32_t* sums, uint32_t pool,
                    uint32_t n, uint8_t* codes, size_t stride, Code code) {
    const int32_t* const end = sums + size_t{n} * pool;
    if (pool == 1) {
      for (; sums != end; ++sums, codes += stride) *codes = code(s, o, *sums);
    } else if (pool == 2) {
      for (; sums != end; sums += 2, codes += stride) *codes = code(s, o, max_of(sums[0], sums[1]));
    } else {
      for (; sums != end; codes += stride) {
        int32_t best = *sums++;
        for (uint32_t k = 1; k < pool; ++k) best = max_of(best, *sums++);
        *codes = code(s, o, best);
      }
    }
  }

  template <typename Use>
  void with_path(Path path, Use use) const {
    const int32_t zero = zero_;
    const auto lo32 = static_cast<float>(lo_);
    const auto hi32 = static_cast<float>(hi_);
    const double lo = lo_;
    const double hi = hi_;
    const auto byte = [zero](int32_t rounded) { return static_cast<uint8_t>(rounded + zero); };
    switch (path) {
      case Path::kFloat32:
        if (zero == 0) {
          return use([=](const ChannelScale& s, uint32_t, int32_t sum) {
            const float p = static_cast<float>(sum) * s.factor32;
            return static_cast<uint8_t>(to_nearest(limit(p, lo32, hi32)));
          });
        }
        return use([=](const ChannelScale& s, uint32_t, int32_t sum) {
          const float p = static_cast<float>(sum) * s.factor32;
          return byte(to_nearest(limit(p, lo32, hi32)));
        });
      case Path::kEven64:
        return use([=](const ChannelScale& s, uint32_t, int32_t sum) {
          return byte(to_nearest(limit(sum * s.factor64, lo, hi)));
        });
      case Path::kUp64:
        return use([=](const ChannelScale& s, uint32_t, int32_t sum) {
          return byte(to_floor(limit(sum * s.factor64, lo, hi) + 0.5));
        });
      case Path::kFloor64:
        return use([=](const ChannelScale& s, uint32_t, int32_t sum) {
          return byte(to_floor(limit(sum * s.factor64, lo, hi)));
        });
      case Path::kInteger:
        return use([this, zero](const ChannelScale&, uint32_t o, int32_t sum) {
          const int32_t y = requantize(sum, job_.requant[o], *job_.layer, zero);
          return static_cast<uint8_t>(y);
        });
    }
  }

  const Job& job_;
  int32_t zero_;
  int32_t lo_;
  int32_t hi_;
};

}  // namespace tendon::cpu
