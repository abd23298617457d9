// SPDX-License-Identifier: MIT
#pragma once

#include "net/network.hpp"

namespace tendon::net {

/// The multiplier and shift of a real scale (> 0). kTflite: 31-bit multiplier nearest to `scale`;
/// the other modes: the 24-bit significand of the float32 nearest to `scale`, so they lose nothing
/// of a float32. Scale 0 gives multiplier 0. Error: negative, not finite, or outside the range of
/// `shift`.
Result<Requant> to_requant(double scale, Rounding rounding);

/// multiplier * 2^-shift; exact.
double to_scale(const Requant& requant);

}  // namespace tendon::net
