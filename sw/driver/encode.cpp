// SPDX-License-Identifier: MIT
// Volts to input codes (docs/numerics.md, "Input"), in float32 without a float library.
#include "driver/objects.hpp"

namespace tendon {
namespace {

bool is_nan(float x) {
  uint32_t word = 0;
  memcpy(&word, &x, sizeof(word));
  return (word & 0x7FFFFFFFu) > 0x7F800000u;
}

// clamp(round_half_even(x), 0, 255); *clamped when the rounded value was outside.
uint32_t round_index(float x, bool* clamped) {
  *clamped = x < -0.5f || x >= 255.5f;  // -0.5 rounds to 0, 255.5 to 256
  if (x <= 0.0f) return 0;
  if (x >= 255.0f) return 255;
  const auto whole = static_cast<uint32_t>(x);
  const float rest = x - static_cast<float>(whole);  // exact
  if (rest > 0.5f) return whole + 1;
  return rest < 0.5f ? whole : whole + (whole & 1);
}

}  // namespace
}  // namespace tendon

extern "C" tendon_status_t tendon_encode(const tendon_program_t* program, const float* volts,
                                         size_t count, uint8_t* codes, uint32_t* saturated) {
  using namespace tendon;
  if (program == nullptr || volts == nullptr || codes == nullptr) return TENDON_E_ARG;
  const View& view = program->view;
  const auto& input = view.tensors[0];
  if (count != elements(input)) return TENDON_E_ARG;
  uint32_t outside = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (is_nan(volts[i])) return TENDON_E_ARG;
    bool clamped = false;
    const float scaled = volts[i] * view.gain[i % input.channels];
    codes[i] = view.input_table[round_index(scaled * 255.0f, &clamped)];
    outside += clamped ? 1 : 0;
  }
  if (saturated != nullptr) *saturated = outside;
  return TENDON_OK;
}
