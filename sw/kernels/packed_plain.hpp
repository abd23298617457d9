// SPDX-License-Identifier: MIT
// Pools and add of level swar.
#pragma once

#include "kernels/kernels.hpp"

namespace tendon::cpu {

bool packed_max_pool_fits(const Job& job);
bool packed_avg_pool_fits(const Job& job);
bool packed_add_fits(const Job& job);  // tflite has no add
size_t packed_plain_scratch(const Job& job);
void run_packed_max_pool(const Job& job);
void run_packed_avg_pool(const Job& job);
void run_packed_add(const Job& job);

}  // namespace tendon::cpu
