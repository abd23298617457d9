// SPDX-License-Identifier: MIT
// The layers without weights: pools, add, table, GEMM.
#include "driver/base.hpp"
#include "driver/view.hpp"
#include "kernels/kernels.hpp"
#include "kernels/requantize.hpp"

namespace tendon::cpu {
namespace {

bool always(const Job&) { return true; }
size_t no_bytes(const Job&) { return 0; }
void prepare_nothing(const Job&, void*) {}
size_t channel_sums(const Job& job) { return 4u * job.out.info->channels; }

// Calls `use(index of the input element)` for every tap of a pool window that is not padding.
template <typename Use>
void for_window(const Job& job, uint32_t y, uint32_t x, uint32_t c, Use use) {
  const auto& l = *job.layer;
  const auto& in = *job.in[0].info;
  for (uint32_t ky = 0; ky < l.row.kernel; ++ky) {
    const int32_t row =
        static_cast<int32_t>(y * l.row.stride + ky * l.row.dilation) - l.row.pad_begin;
    if (row < 0 || row >= in.rows) continue;
    for (uint32_t kx = 0; kx < l.column.kernel; ++kx) {
      const int32_t column =
          static_cast<int32_t>(x * l.column.stride + kx * l.column.dilation) - l.column.pad_begin;
      if (column < 0 || column >= in.columns) continue;
      use((static_cast<uint32_t>(row) * in.columns + static_cast<uint32_t>(column)) * in.channels +
          c);
    }
  }
}

// Labels of kinds without accumulators: the codes of the last position.
void note_code_peak(const Job& job) {
  if (job.peak == nullptr) return;
  const auto& out = *job.out.info;
  const uint32_t first = elements(out) - out.channels;
  auto* values = static_cast<int32_t*>(job.scratch);
  for (uint32_t c = 0; c < out.channels; ++c) values[c] = job.out.at(first + c);
  note_peak(job, values, out.channels);
}

void run_max_pool(const Job& job) {
  const auto& out = *job.out.info;
  uint8_t* to = job.out.codes;
  for (uint32_t y = 0; y < out.rows; ++y) {
    for (uint32_t x = 0; x < out.columns; ++x) {
      for (uint32_t c = 0; c < out.channels; ++c) {
        int32_t best = code_min(out);
        for_window(job, y, x, c, [&](uint32_t at) { best = max_of(best, job.in[0].at(at)); });
        *to++ = static_cast<uint8_t>(best);
      }
    }
  }
  note_code_peak(job);
}

// Padding counts as the zero point, so it adds 0; the divisor is in the scale and stays the same.
void run_avg_pool(const Job& job) {
  const auto& out = *job.out.info;
  const int32_t zero = job.in[0].info->zero_point;
  auto* sums = static_cast<int32_t*>(job.scratch);
  for (uint32_t y = 0; y < out.rows; ++y) {
    for (uint32_t x = 0; x < out.columns; ++x) {
      for (uint32_t c = 0; c < out.channels; ++c) {
        int32_t sum = 0;
        for_window(job, y, x, c, [&](uint32_t at) { sum += job.in[0].at(at) - zero; });
        sums[c] = sum;
      }
      finish_position(job, sums, y * out.columns + x);
    }
  }
}

void run_add(const Job& job) {
  const auto& l = *job.layer;
  const int32_t zero0 = job.in[0].info->zero_point;
  const int32_t zero1 = job.in[1].info->zero_point;
  const uint32_t count = elements(*job.out.info);
  for (uint32_t i = 0; i < count; ++i) {
    const int64_t sum = int64_t{job.in[0].at(i) - zero0} * job.requant[0].multiplier +
                        int64_t{job.in[1].at(i) - zero1} * job.requant[1].multiplier;
    const int64_t y = round_shift(sum, job.requant[0].shift, l.rounding) + job.out.info->zero_point;
    job.out.codes[i] = static_cast<uint8_t>(clamp_to<int64_t>(y, l.lo, l.hi));
  }
  note_code_peak(job);
}

void run_table(const Job& job) {
  const uint32_t count = elements(*job.out.info);
  for (uint32_t i = 0; i < count; ++i) {
    job.out.codes[i] = static_cast<uint8_t>(job.table[job.in[0].codes[i]]);
  }
  note_code_peak(job);
}

// out[y, m, n] = sum over k of a[y, m, k] * b[y, n, k], zero points taken off
void run_gemm(const Job& job) {
  const auto& a = *job.in[0].info;
  const auto& b = *job.in[1].info;
  const uint32_t depth = a.channels;
  auto* sums = static_cast<int32_t*>(job.scratch);
  for (uint32_t position = 0; position < uint32_t{a.rows} * a.columns; ++position) {
    const uint32_t row = position / a.columns;
    for (uint32_t n = 0; n < b.columns; ++n) {
      const uint32_t from = (row * b.columns + n) * depth;
      int32_t sum = 0;
      for (uint32_t k = 0; k < depth; ++k) {
        sum += (job.in[0].at(position * depth + k) - a.zero_point) *
               (job.in[1].at(from + k) - b.zero_point);
      }
      sums[n] = sum;
    }
    finish_position(job, sums, position);
  }
}

}  // namespace

const Kernel kPortableMaxPool = {"portable max pool", always,       no_bytes,
                                 prepare_nothing,     channel_sums, run_max_pool};
const Kernel kPortableAvgPool = {"portable average pool", always,       no_bytes,
                                 prepare_nothing,         channel_sums, run_avg_pool};
const Kernel kPortableAdd = {"portable add",  always,       no_bytes,
                             prepare_nothing, channel_sums, run_add};
const Kernel kPortableTable = {"portable table", always,       no_bytes,
                               prepare_nothing,  channel_sums, run_table};
const Kernel kPortableGemm = {"portable gemm", always,       no_bytes,
                              prepare_nothing, channel_sums, run_gemm};

}  // namespace tendon::cpu
