// SPDX-License-Identifier: MIT
// Layers that are no convolutions with constant weights: max pool, add, table, and GEMM, whose
// second operand becomes weights on the device (docs/accelerator.md section 5).
#include <algorithm>

#include "compiler/parts.hpp"
#include "net/pack.hpp"
#include "tendon/tendon_program.h"
#include "tendon/tendon_regs.h"

namespace tendon::compiler {
namespace {

const net::Tensor& input(const LayerContext& context, std::size_t which) {
  return context.network.tensors[static_cast<std::size_t>(context.layer.inputs[which])];
}

/// Value 0 of a signed code in unsigned form.
int offset_of(const net::Tensor& t) { return -t.code_min(); }

int unsigned_zero(const net::Tensor& t) { return t.zero_point - t.code_min(); }

/// What the kinds have in common that take the channels of one position at a time.
ConvJob element_job(const LayerContext& context, const Geometry& g) {
  ConvJob job;
  set_operands(context.network, context.layer, job);
  job.weight_bits = 2;  // one step a fetch
  job.odd = false;
  job.seg_words = std::max(1, g.rows * job.act_bits / 32);
  job.kx_count = job.ky_count = 1;
  job.in_zero = 0;
  return job;
}

/// Position by position, whatever the rows: padding does not occur.
void flatten(const net::Shape& shape, ConvJob& job) {
  job.out_cols = shape.rows * shape.columns;
  job.out_rows = job.in_rows = 1;
  job.in_row_words = job.out_cols * job.in_pix_words;
  job.out_row_words = job.out_cols * job.out_pix_words;
  job.pos_step = job.in_pix_words;
}

ConvJob max_pool(const LayerContext& context, const Geometry& g) {
  ConvJob job = element_job(context, g);
  const net::Layer& layer = context.layer;
  const net::Tensor& in = input(context, 0);
  job.op = Op::kMaxPool;
  job.rounding = net::Rounding::kFloor;  // not used; legal in every build
  job.zy = job.lo = in.code_min();
  job.hi = in.code_max();
  job.in_zero = in.code_min() & ((1 << in.bits) - 1);  // padding is never the largest
  job.kx_count = layer.column.kernel;
  job.ky_count = layer.row.kernel;
  job.kx_step = layer.column.kernel == 1 ? 0 : layer.column.dilation * job.in_pix_words;
  job.ky_step = layer.row.kernel == 1 ? 0 : layer.row.dilation;
  job.in_row_words = in.shape.columns * job.in_pix_words;
  job.in_rows = in.shape.rows;
  job.x_start = -layer.column.pad_begin * job.in_pix_words;
  job.y_start = -layer.row.pad_begin;
  job.pos_step = layer.column.stride * job.in_pix_words;
  job.row_step = job.out_rows == 1 ? 0 : layer.row.stride;
  job.out_cols = context.network.tensors[static_cast<std::size_t>(layer.output)].shape.columns;
  return job;
}

ConvJob add(const LayerContext& context, const Geometry& g) {
  ConvJob job = element_job(context, g);
  const net::Tensor& second = input(context, 1);
  job.op = Op::kAdd;
  flatten(second.shape, job);
  job.in_zero = input(context, 0).zero_point & ((1 << job.act_bits) - 1);
  job.ky_count = 2;
  job.zero2 = unsigned_zero(second);
  job.signed2 = second.is_signed;
  job.requant = context.layer.requant;
  return job;
}

ConvJob table(const LayerContext& context, const Geometry& g) {
  ConvJob job = element_job(context, g);
  const net::Tensor& in = input(context, 0);
  job.op = Op::kTable;
  job.rounding = net::Rounding::kFloor;
  flatten(in.shape, job);
  for (int i = 0; i < 256; ++i) {
    const auto index = static_cast<std::size_t>((i - offset_of(in)) & 0xFF);
    job.table.push_back(static_cast<std::uint8_t>(context.layer.table[index]));
  }
  return job;
}

/// One row of the product: all positions of a times all positions of b.
ConvJob product(const LayerContext& context) {
  ConvJob job;
  set_operands(context.network, context.layer, job);
  const net::Tensor& b = input(context, 1);
  job.weight_bits = b.bits;
  job.odd = false;
  job.wgt_zero = true;
  job.zero2 = unsigned_zero(b);
  job.seg_words = job.pos_step = job.in_pix_words;
  job.kx_count = job.ky_count = 1;
  job.out_cols = input(context, 0).shape.columns;
  job.in_row_words = job.out_cols * job.in_pix_words;
  job.in_rows = job.out_rows = 1;
  job.narrow = net::accumulator_bound(context.network, context.layer) < (1 << 16);
  job.packed_channels = job.out_channels;
  return job;
}

/// b of one row to weights, and -(za' - m) * sum(b' - m) + the rest of the zero points' terms to
/// biases, m the middle code. The pad bits of a position are elements like the others, of code 0.
ConvJob pack(const LayerContext& context, const ConvJob& product) {
  const net::Tensor& a = input(context, 0);
  const net::Tensor& b = input(context, 1);
  ConvJob job = product;
  job.op = Op::kPack;
  job.rounding = net::Rounding::kFloor;
  job.wgt_zero = job.split = job.argmax = false;
  job.weight_bits = 8;  // four steps a fetch
  job.narrow = true;
  job.act_signed = b.is_signed;
  const int middle = middle_code(a.bits);
  job.zero2 = unsigned_zero(a) + middle_code(8) - middle;
  job.out_cols = b.shape.columns;
  job.in_row_words = job.out_cols * job.in_pix_words;
  job.out_channels = 1;
  // Zero points and pad codes from the middle.
  const std::int64_t za = unsigned_zero(a) - middle, zb = unsigned_zero(b) - middle;
  const std::int64_t fa = offset_of(a) - middle, fb = offset_of(b) - middle;
  const std::int64_t depth = a.shape.channels;
  const std::int64_t pads = std::int64_t{job.in_pix_words} * 32 / a.bits - depth;
  job.bias = {depth * za * zb + pads * (za * fb - fa * fb + fa * zb)};
  return job;
}

std::variant<LayerCode, std::uint32_t> gemm(const LayerContext& context, const Geometry& g) {
  const net::Tensor& a = input(context, 0);
  ConvJob whole = product(context);
  if ((g.features & rounding_feature(whole.rounding)) == 0) return TENDON_REASON_ROUNDING;
  choose_split(g, whole);
  LayerCode code;
  for (int row = 0; row < a.shape.rows; ++row) {
    Part packed, multiplied;
    multiplied.job = whole;
    multiplied.job.argmax = context.last && row + 1 == a.shape.rows;
    packed.job = pack(context, whole);
    packed.in_offset = row * packed.job.in_row_words;
    multiplied.in_offset = row * whole.in_row_words;
    multiplied.out_offset = row * whole.out_row_words;
    packed.lines_of = packed.params_of = row == 0 ? -1 : 0;
    multiplied.lines_of = multiplied.params_of = 0;
    if (!fields_fit(packed.job, g) || !fields_fit(multiplied.job, g)) return TENDON_REASON_RANGE;
    code.parts.push_back(std::move(packed));
    code.parts.push_back(std::move(multiplied));
  }
  return code;
}

}  // namespace

bool has_own_opcode(net::LayerKind kind) {
  return kind == net::LayerKind::kMaxPool || kind == net::LayerKind::kAdd ||
         kind == net::LayerKind::kTable || kind == net::LayerKind::kGemm;
}

std::variant<LayerCode, std::uint32_t> kind_code(const LayerContext& context,
                                                 const Geometry& geometry) {
  const net::LayerKind kind = context.layer.kind;
  const bool two = context.layer.inputs.size() > 1;
  if (two && input(context, 0).bits != input(context, 1).bits) return TENDON_REASON_RANGE;
  if (kind == net::LayerKind::kGemm) return gemm(context, geometry);
  // The label of these is the largest code, and the array looks at sums.
  if (context.last) return TENDON_REASON_KIND;
  LayerCode code;
  code.parts.resize(1);
  ConvJob& job = code.parts[0].job;
  job = kind == net::LayerKind::kMaxPool ? max_pool(context, geometry)
        : kind == net::LayerKind::kAdd   ? add(context, geometry)
                                         : table(context, geometry);
  if (kind == net::LayerKind::kAdd && (geometry.features & rounding_feature(job.rounding)) == 0) {
    return TENDON_REASON_ROUNDING;
  }
  if (!fields_fit(job, geometry)) return TENDON_REASON_RANGE;
  return code;
}

}  // namespace tendon::compiler
