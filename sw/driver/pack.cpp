// SPDX-License-Identifier: MIT
#include "driver/objects.hpp"

namespace tendon {

void pack_tensor(const tendon_program_tensor_t& info, const uint8_t* codes, uint32_t* words) {
  const uint32_t positions = static_cast<uint32_t>(info.rows) * info.columns;
  const uint32_t per_position = position_words(info);
  const uint32_t mask = (1u << info.bits) - 1;
  memset(words, 0, size_t{4} * positions * per_position);
  for (uint32_t p = 0; p < positions; ++p, words += per_position) {
    for (uint32_t c = 0; c < info.channels; ++c) {
      const uint32_t bit = c * info.bits;
      words[bit / 32] |= (*codes++ & mask) << (bit % 32);
    }
  }
}

void unpack_tensor(const tendon_program_tensor_t& info, const uint32_t* words, uint8_t* codes) {
  const uint32_t positions = static_cast<uint32_t>(info.rows) * info.columns;
  const uint32_t per_position = position_words(info);
  const uint32_t unused = 32u - info.bits;
  for (uint32_t p = 0; p < positions; ++p, words += per_position) {
    for (uint32_t c = 0; c < info.channels; ++c) {
      const uint32_t bit = c * info.bits;
      const uint32_t top = (words[bit / 32] >> (bit % 32)) << unused;
      *codes++ = static_cast<uint8_t>(
          info.is_signed != 0 ? static_cast<uint32_t>(static_cast<int32_t>(top) >> unused)
                              : top >> unused);
    }
  }
}

}  // namespace tendon
