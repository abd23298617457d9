// SPDX-License-Identifier: MIT
#include "kernels/fast_requant.hpp"

#include "kernels/build.hpp"
#if TENDON_HAS_PACKED

namespace tendon::cpu {

void FastRequant::position(Path path, const ChannelScale* scales, const int32_t* sums,
                           uint32_t channels, uint8_t* codes) const {
  with_path(path, [&](auto make) {
    for (uint32_t o = 0; o < channels; ++o) {
      const auto coder = make(scales[o], o);
      auto x = coder.scaled(coder.real(wrapped_sum(sums[o], scales[o].add)));
      codes[o] = static_cast<uint8_t>(coder.rounded(coder.limited(x)));
    }
  });
}

void FastRequant::channel(Path path, const ChannelScale& scale, uint32_t o, const int32_t* sums,
                          uint32_t pool, uint32_t n, uint8_t* codes, size_t stride) const {
  with_path(path, [&](auto make) { pools(make(scale, o), sums, pool, n, codes, stride); });
}

}  // namespace tendon::cpu

#endif
