// SPDX-License-Identifier: MIT
// Depthwise layers in the pair form of conv_shape.hpp, channel by channel. A stride over columns
// computes all columns and keeps some, a dilation has weights of 0 between its taps: two multiplies
// give two columns of three or four taps.
//
// Range: one block holds all taps, 128 * sum of weights < 2^20 (packed_depthwise_fits()).
#pragma once

#include "kernels/conv_sums.hpp"

namespace tendon::cpu {

/// A channel by itself as a convolution in pair form, all columns.
struct DepthwiseShape : ConvShape {
  explicit DepthwiseShape(const Job& job) : ConvShape(job, Form::kPair) {
    columns = (columns - 1) * job.layer->column.stride + 1;
    groups = (taps(job) + 1) / 2;
    pairs = columns / 2 + 1;
    row_length = pairs + groups;
    depth = job.layer->row.kernel;
    row_step = size_t{row_length} * job.layer->row.dilation;
  }

  /// Columns that a window reaches over.
  static uint32_t taps(const Job& job) {
    const auto& axis = job.layer->column;
    return (axis.kernel - 1u) * axis.dilation + 1;
  }

  size_t row_step;  // operands between kernel rows
};

/// Prepared memory: ConvHead, ChannelScale[channels], operands [channel][kernel row][group].
struct DepthwiseMemory {
  DepthwiseMemory(const DepthwiseShape& s, const void* base) {
    const void* at = base;
    const uint64_t scale_bytes = align_up(sizeof(ChannelScale) * uint64_t{s.channels}, 64);
    head = piece<ConvHead>(at, 0);
    scales = piece<ChannelScale>(at, 64);
    operands = piece<int32_t>(at, 64 + scale_bytes);
    bytes = 64 + scale_bytes + 4 * uint64_t{s.channels} * s.depth * s.groups;
  }
  ConvHead* head;
  ChannelScale* scales;
  int32_t* operands;
  uint64_t bytes;
};

/// Scratch: operands of one channel [padded row][row_length], packed sums, sums, last sums.
struct DepthwiseScratch {
  DepthwiseScratch(const DepthwiseShape& s, void* base) {
    const void* at = base;
    uint64_t end = align_up(4 * uint64_t{s.rows} * s.row_length, 64);
    operands = piece<int32_t>(at, 0);
    lanes = piece<int64_t>(at, end);
    end += 8 * uint64_t{s.pairs};
    sums = piece<int32_t>(at, end);
    end += 4 * uint64_t{s.columns};
    last = piece<int32_t>(at, end);
    bytes = end + 4 * uint64_t{s.channels};
  }
  int32_t* operands;
  int64_t* lanes;
  int32_t* sums;
  int32_t* last;
  uint64_t bytes;
};

bool packed_depthwise_fits(const Job& job);
size_t packed_depthwise_prepared(const Job& job);
void packed_depthwise_prepare(const Job& job, void* prepared);
size_t packed_depthwise_scratch(const Job& job);

/// Packed sums of one row of outputs; kGroups: as many tap groups, or 0 for any number.
template <typename Ops, int kGroups>
void depthwise_row(const DepthwiseShape& s, const int32_t* x, const int32_t* w, int64_t* lanes) {
  const uint32_t groups = kGroups != 0 ? kGroups : s.groups;
  for (uint32_t row = 0; row < s.depth; ++row, x += s.row_step, w += groups) {
    int64_t factor[kGroups != 0 ? kGroups : 1];
#pragma GCC unroll 4
    for (int p = 0; p < kGroups; ++p) factor[p] = w[p];
    for (uint32_t j = 0; j < s.pairs; ++j) {
      int64_t sum = row == 0 ? PairForm::kStart : lanes[j];
#pragma GCC unroll 4
      for (int p = 0; p < kGroups; ++p) Ops::mac(sum, x[j + static_cast<uint32_t>(p)], factor[p]);
      for (uint32_t p = 0; kGroups == 0 && p < groups; ++p) Ops::mac(sum, x[j + p], w[p]);
      lanes[j] = sum;
    }
  }
}

template <typename Ops>
void depthwise_row(const DepthwiseShape& s, const int32_t* x, const int32_t* w, int64_t* lanes) {
  switch (s.groups) {
    case 1:
      return depthwise_row<Ops, 1>(s, x, w, lanes);
    case 2:
      return depthwise_row<Ops, 2>(s, x, w, lanes);
    case 3:
      return depthwise_row<Ops, 3>(s, x, w, lanes);
    default:
      return depthwise_row<Ops, 0>(s, x, w, lanes);
  }
}

template <typename Ops>
void run_packed_depthwise(const Job& job) {
  const DepthwiseShape s(job);
  const DepthwiseMemory memory(s, job.prepared);
  const DepthwiseScratch scratch(s, job.scratch);
  const auto& out = *job.out.info;
  const uint32_t stride = job.layer->column.stride;
  const int32_t centre = ConvShape::centre(job);
  const FastRequant requant(job);
  for (uint32_t c = 0; c < s.channels; ++c) {
    pack_channels(job, s, c, 1, centre, scratch.operands);
    const int32_t* const w = memory.operands + size_t{c} * s.depth * s.groups;
    for (uint32_t y = 0; y < out.rows; ++y) {
      depthwise_row<Ops>(s, scratch.operands + size_t{y} * job.layer->row.stride * s.row_length, w,
                         scratch.lanes);
      store_sums(PlainLanes<PairForm, Ops>{scratch.lanes}, 1,
                 wrapped_sum(memory.scales[c].add, -PairForm::kExtra), s.columns, scratch.sums);
      for (uint32_t x = 1; stride > 1 && x < out.columns; ++x) {
        scratch.sums[x] = scratch.sums[size_t{x} * stride];
      }
      requant.channel(memory.head->path, memory.scales[c], c, scratch.sums, 1, out.columns,
                      job.out.codes + size_t{y} * out.columns * s.channels + c, s.channels);
      scratch.last[c] = scratch.sums[out.columns - 1u];
    }
  }
  note_peak(job, scratch.last, s.channels);
}

}  // namespace tendon::cpu
