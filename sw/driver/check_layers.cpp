// SPDX-License-Identifier: MIT
// Tensors and layers of a .tdn against docs/numerics.md: shapes, ranges, accumulator bounds. What
// passes here lets kernels run without any further check.
#include "driver/view.hpp"
#include "kernels/weights.hpp"

namespace tendon {
namespace {

// Sizes stay far inside 32 bits, so that products of two of them need no care later.
constexpr uint64_t kMaxElements = uint64_t{1} << 26;

class LayerCheck {
 public:
  LayerCheck(const View& view, uint32_t index, Line* text)
      : view_(view), layer_(view.layers[index]), index_(index), text_(text) {}

  tendon_status_t run() {
    if (!common()) return TENDON_E_FORMAT;
    return kind() && ranges() ? TENDON_OK : TENDON_E_FORMAT;
  }

 private:
  bool fail(const char* rule, int64_t got, int64_t want) {
    const char* name = layer_.name < view_.string_bytes ? view_.strings + layer_.name : "";
    *text_ << "layer " << index_ << " (" << name << "): " << rule << " (" << got << ", " << want
           << ")";
    return false;
  }

  bool need(bool ok, const char* rule, int64_t got, int64_t want) {
    return ok || fail(rule, got, want);
  }

  const tendon_program_tensor_t& in(int i) const { return view_.tensors[layer_.inputs[i]]; }
  const tendon_program_tensor_t& out() const { return view_.tensors[layer_.output]; }
  bool two_inputs() const {
    return layer_.kind == TENDON_LAYER_ADD || layer_.kind == TENDON_LAYER_GEMM;
  }
  bool has_weights() const {
    return layer_.kind == TENDON_LAYER_CONV || layer_.kind == TENDON_LAYER_DENSE ||
           layer_.kind == TENDON_LAYER_DEPTHWISE;
  }

  bool common() {
    const auto& l = layer_;
    if (!need(l.name < view_.string_bytes, "name outside STRINGS", l.name, view_.string_bytes) ||
        !need(l.kind >= TENDON_LAYER_CONV && l.kind <= TENDON_LAYER_GEMM, "unknown kind", l.kind,
              TENDON_LAYER_GEMM) ||
        !need(l.rounding <= TENDON_ROUND_FLOOR, "unknown rounding mode", l.rounding,
              TENDON_ROUND_FLOOR) ||
        !need(l.grid <= TENDON_GRID_ODD, "unknown weight grid", l.grid, TENDON_GRID_ODD)) {
      return false;
    }
    for (const uint32_t word : l.reserved) {
      if (word != 0) return fail("reserved word is not 0", word, 0);
    }
    for (int i = 0; i < (two_inputs() ? 2 : 1); ++i) {
      if (!is_written(l.inputs[i]))
        return fail("input tensor not written yet", l.inputs[i], index_);
    }
    if (!two_inputs() && l.inputs[1] != 0xFFFF) return fail("second input", l.inputs[1], 0xFFFF);
    if (l.output >= view_.tensor_count || l.output == 0 || is_written(l.output)) {
      return fail("output tensor out of range or written twice", l.output, view_.tensor_count);
    }
    return need(l.fused_pool >= 1 && (l.fused_pool == 1 || l.kind == TENDON_LAYER_CONV),
                "fused pool", l.fused_pool, 1);
  }

  // The network input, or the output of an earlier layer.
  bool is_written(uint32_t tensor) const {
    if (tensor >= view_.tensor_count) return false;
    if (tensor == 0) return true;
    for (uint32_t i = 0; i < index_; ++i) {
      if (view_.layers[i].output == tensor) return true;
    }
    return false;
  }

  bool kind() {
    switch (layer_.kind) {
      case TENDON_LAYER_CONV:
        return window(false) && weights(out().channels);
      case TENDON_LAYER_DEPTHWISE:
        return window(true) && weights(out().channels);
      case TENDON_LAYER_DENSE:
        return shape(1, 1, out().channels) && weights(out().channels);
      case TENDON_LAYER_MAX_POOL:
        return window(true) && same_codes() && pool_padding();
      case TENDON_LAYER_AVG_POOL:
        return window(true) && pool_padding() && requants(1);
      case TENDON_LAYER_ADD:
        return shape(in(0).rows, in(0).columns, in(0).channels) && same_shape() && requants(2) &&
               same_shift();
      case TENDON_LAYER_TABLE:
        return shape(in(0).rows, in(0).columns, in(0).channels) && table();
      default:
        return gemm() && requants(1);
    }
  }

  bool shape(uint32_t rows, uint32_t columns, uint32_t channels) {
    return need(out().rows == rows, "output rows", out().rows, rows) &&
           need(out().columns == columns, "output columns", out().columns, columns) &&
           need(out().channels == channels, "output channels", out().channels, channels);
  }

  bool axis(const tendon_program_axis_t& a) {
    return need(a.kernel >= 1 && a.stride >= 1 && a.dilation >= 1,
                "kernel, stride and dilation are at least 1", a.kernel, a.stride);
  }

  bool window(bool keeps_channels) {
    if (!axis(layer_.row) || !axis(layer_.column)) return false;
    const uint32_t rows = axis_out(layer_.row, in(0).rows);
    const uint32_t columns = axis_out(layer_.column, in(0).columns) / layer_.fused_pool;
    if (rows == 0 || columns == 0) return fail("window larger than its input", rows, columns);
    return shape(rows, columns, keeps_channels ? in(0).channels : out().channels);
  }

  // Each pool window sees at least one element of the input.
  bool pool_padding() {
    return pool_padding(layer_.row, in(0).rows) && pool_padding(layer_.column, in(0).columns);
  }
  bool pool_padding(const tendon_program_axis_t& a, uint32_t size) {
    for (uint32_t o = 0; o < axis_out(a, size); ++o) {
      bool seen = false;
      for (uint32_t k = 0; k < a.kernel && !seen; ++k) {
        const int64_t at = int64_t{o} * a.stride + int64_t{k} * a.dilation - a.pad_begin;
        seen = at >= 0 && at < size;
      }
      if (!seen) return fail("pool window lies in the padding", o, a.pad_begin);
    }
    return true;
  }

  bool weights(uint32_t rows) {
    const uint32_t bits = layer_.weight_bits;
    if (bits != 2 && bits != 4 && bits != 8) return fail("weight bits are 2, 4 or 8", bits, 8);
    if (layer_.grid == TENDON_GRID_ODD && bits != 2) return fail("odd grid is 2-bit", bits, 2);
    const uint64_t count = weight_count();
    if (count == 0 || count > kMaxElements) {
      return fail("weights per channel", static_cast<int64_t>(count), kMaxElements);
    }
    const uint64_t row_bytes = (count * bits + 31) / 32 * 4;
    const uint64_t end = layer_.weights_offset + row_bytes * rows;
    return need(layer_.weight_row_bytes == row_bytes, "weight row bytes", layer_.weight_row_bytes,
                static_cast<int64_t>(row_bytes)) &&
           need(layer_.weights_offset % 4 == 0, "weights not on a word", layer_.weights_offset,
                4) &&
           need(end <= view_.weight_bytes, "weights end behind WEIGHTS", static_cast<int64_t>(end),
                view_.weight_bytes) &&
           requants(rows);
  }

  uint64_t weight_count() const {
    if (layer_.kind == TENDON_LAYER_DENSE) return elements(in(0));
    const uint64_t taps = uint64_t{layer_.row.kernel} * layer_.column.kernel;
    return layer_.kind == TENDON_LAYER_DEPTHWISE ? taps : taps * in(0).channels;
  }

  bool requants(uint32_t count) {
    const uint64_t end = uint64_t{layer_.requant_first} + layer_.requant_count;
    if (layer_.requant_count != count) return fail("requant entries", layer_.requant_count, count);
    if (end > view_.requant_count) {
      return fail("requant entries end behind REQUANT", static_cast<int64_t>(end),
                  view_.requant_count);
    }
    for (uint32_t i = 0; i < count; ++i) {
      if (!requant(view_.requants[layer_.requant_first + i])) return false;
    }
    return true;
  }

  // A sum of two (ADD) has one common shift, so the smaller multiplier is not normalized.
  bool requant(const tendon_program_requant_t& r) {
    const bool tflite = layer_.rounding == TENDON_ROUND_TFLITE;
    const int64_t limit = tflite ? int64_t{1} << 31 : int64_t{1} << 24;
    const int64_t least = layer_.kind == TENDON_LAYER_ADD ? 0 : limit / 2;
    return need(r.multiplier == 0 || (r.multiplier >= least && r.multiplier < limit),
                "multiplier out of range", r.multiplier, limit) &&
           need(r.shift <= 63 && (!tflite || r.shift >= 31), "shift", r.shift, 63) &&
           need(r.bias == 0 || has_weights(), "bias of a layer without weights", r.bias, 0);
  }

  bool same_shift() {
    if (layer_.rounding == TENDON_ROUND_TFLITE) return fail("tflite rounds twice", 2, 1);
    const auto* r = view_.requants + layer_.requant_first;
    return need(r[0].shift == r[1].shift, "shifts of the operands", r[0].shift, r[1].shift);
  }

  bool same_codes() {
    return need(in(0).bits == out().bits && in(0).is_signed == out().is_signed,
                "input and output codes differ in width or sign", in(0).bits, out().bits);
  }

  bool same_shape() {
    return need(in(0).rows == in(1).rows && in(0).columns == in(1).columns &&
                    in(0).channels == in(1).channels,
                "operands differ in shape", elements(in(0)), elements(in(1)));
  }

  bool gemm() {
    return need(in(0).rows == in(1).rows, "rows of the operands", in(0).rows, in(1).rows) &&
           need(in(0).channels == in(1).channels, "inner sizes", in(0).channels, in(1).channels) &&
           shape(in(0).rows, in(0).columns, in(1).columns);
  }

  bool table() {
    const uint64_t end = uint64_t{layer_.table_offset} + 256;
    if (end > view_.table_bytes) {
      return fail("table ends behind TABLES", static_cast<int64_t>(end), view_.table_bytes);
    }
    for (uint32_t i = 0; i < 256; ++i) {
      const int8_t entry = view_.tables[layer_.table_offset + i];
      const int32_t code = out().is_signed != 0 ? entry : static_cast<uint8_t>(entry);
      // Only entries that an input code can select matter.
      const int32_t from = in(0).is_signed != 0 ? static_cast<int8_t>(i) : static_cast<int32_t>(i);
      if (from < code_min(in(0)) || from > code_max(in(0))) continue;
      if (code < code_min(out()) || code > code_max(out())) {
        return fail("table entry outside the output codes", code, code_max(out()));
      }
    }
    return true;
  }

  bool ranges() {
    const int64_t limit =
        layer_.rounding == TENDON_ROUND_FLOAT ? int64_t{1} << 24 : int64_t{1} << 31;
    const int64_t bound = accumulator_bound();
    const bool clamps = layer_.kind != TENDON_LAYER_MAX_POOL && layer_.kind != TENDON_LAYER_TABLE;
    if (clamps &&
        (layer_.lo > layer_.hi || layer_.lo < code_min(out()) || layer_.hi > code_max(out()))) {
      return fail("clamp outside the output codes", layer_.lo, layer_.hi);
    }
    return need(bound < limit, "accumulator bound", bound, limit);
  }

  int64_t accumulator_bound() const {
    const int64_t a = max_distance(in(0));
    switch (layer_.kind) {
      case TENDON_LAYER_AVG_POOL:
        return a * layer_.row.kernel * layer_.column.kernel;
      case TENDON_LAYER_GEMM:
        return a * max_distance(in(1)) * in(0).channels;
      case TENDON_LAYER_CONV:
      case TENDON_LAYER_DENSE:
      case TENDON_LAYER_DEPTHWISE:
        return weighted_bound(a);
      default:
        return 0;
    }
  }

  int64_t weighted_bound(int64_t largest) const {
    const auto count = static_cast<uint32_t>(weight_count());
    int64_t bound = 0;
    for (uint32_t o = 0; o < out().channels; ++o) {
      const cpu::WeightRow row(view_.weights + layer_.weights_offset, layer_, o);
      int64_t sum = 0;
      for (uint32_t i = 0; i < count; ++i) {
        const int32_t w = row[i];
        sum += w < 0 ? -w : w;
      }
      const int64_t bias = view_.requants[layer_.requant_first + o].bias;
      bound = max_of(bound, (bias < 0 ? -bias : bias) + sum * largest);
    }
    return bound;
  }

  static int64_t max_distance(const tendon_program_tensor_t& t) {
    return max_of(code_max(t) - t.zero_point, t.zero_point - code_min(t));
  }

  const View& view_;
  const tendon_program_layer_t& layer_;
  uint32_t index_;
  Line* text_;
};

bool is_finite(float x) {
  uint32_t word = 0;
  memcpy(&word, &x, sizeof(word));
  return (word & 0x7F800000u) != 0x7F800000u;
}

tendon_status_t check_tensor(const View& view, uint32_t index, Line* text) {
  const auto& t = view.tensors[index];
  const auto fail = [&](const char* rule, int64_t a, int64_t b) {
    *text << "tensor " << index << ": " << rule << " (" << a << ", " << b << ")";
    return TENDON_E_FORMAT;
  };
  if (t.name >= view.string_bytes) return fail("name outside STRINGS", t.name, view.string_bytes);
  if (t.bits != 2 && t.bits != 4 && t.bits != 8) return fail("bits are 2, 4 or 8", t.bits, 8);
  if (t.is_signed > 1) return fail("is_signed is 0 or 1", t.is_signed, 1);
  const uint64_t size = uint64_t{t.rows} * t.columns * t.channels;
  if (size == 0 || size > kMaxElements) {
    return fail("elements", static_cast<int64_t>(size), kMaxElements);
  }
  if (uint64_t{t.rows} * t.columns * position_words(t) > kMaxElements) {
    return fail("packed words", position_words(t), kMaxElements);
  }
  if (t.zero_point < code_min(t) || t.zero_point > code_max(t)) {
    return fail("zero point outside the codes", t.zero_point, code_max(t));
  }
  if (!is_finite(t.scale) || t.scale <= 0.0f) return fail("scale is not positive", 0, 1);
  for (const uint32_t word : t.reserved) {
    if (word != 0) return fail("reserved word is not 0", word, 0);
  }
  return TENDON_OK;
}

tendon_status_t check_network(const View& view, Line* text) {
  const auto fail = [&](const char* rule, int64_t a, int64_t b) {
    *text << rule << " (" << a << ", " << b << ")";
    return TENDON_E_FORMAT;
  };
  if (view.string_bytes == 0 || view.strings[view.string_bytes - 1] != '\0') {
    return fail("STRINGS does not end with NUL", view.string_bytes, 1);
  }
  if (view.header->network_name >= view.string_bytes) {
    return fail("network name outside STRINGS", view.header->network_name, view.string_bytes);
  }
  if (view.layer_count == 0 || view.layer_count > 0xFFFE) {
    return fail("LAYERS: number of layers", view.layer_count, 1);
  }
  if (view.tensor_count < 2 || view.tensor_count > 0xFFFF) {
    return fail("TENSORS: number of tensors", view.tensor_count, 2);
  }
  for (uint32_t i = 0; i < view.class_count; ++i) {
    if (view.classes[i] >= view.string_bytes) {
      return fail("class name outside STRINGS", view.classes[i], view.string_bytes);
    }
  }
  return TENDON_OK;
}

tendon_status_t check_input_coding(const View& view, Line* text) {
  const auto& input = view.tensors[0];
  const uint32_t want = input.channels * 4u + 256;
  const auto* section = find_section(view, TENDON_SECTION_INPUT, 0);
  if (section->bytes != want) {
    *text << "INPUT: " << section->bytes << " bytes, " << want << " wanted";
    return TENDON_E_FORMAT;
  }
  for (uint32_t c = 0; c < input.channels; ++c) {
    if (!is_finite(view.gain[c])) {
      *text << "INPUT: gain of channel " << c << " is not finite";
      return TENDON_E_FORMAT;
    }
  }
  return TENDON_OK;
}

}  // namespace

uint32_t weights_per_channel(const View& view, const tendon_program_layer_t& layer) {
  const auto& in = view.tensors[layer.inputs[0]];
  const uint32_t taps = static_cast<uint32_t>(layer.row.kernel) * layer.column.kernel;
  switch (layer.kind) {
    case TENDON_LAYER_DENSE:
      return elements(in);
    case TENDON_LAYER_CONV:
      return taps * in.channels;
    case TENDON_LAYER_DEPTHWISE:
      return taps;
    default:
      return 0;
  }
}

tendon_status_t check_layers(const View& view, Line* text) {
  tendon_status_t status = check_network(view, text);
  for (uint32_t i = 0; status == TENDON_OK && i < view.tensor_count; ++i) {
    status = check_tensor(view, i, text);
  }
  if (status == TENDON_OK) status = check_input_coding(view, text);
  for (uint32_t i = 0; status == TENDON_OK && i < view.layer_count; ++i) {
    status = LayerCheck(view, i, text).run();
  }
  return status;
}

}  // namespace tendon
