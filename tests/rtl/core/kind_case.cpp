// SPDX-License-Identifier: MIT
#include "kind_case.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "conv_case.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::core_test {
namespace {

using net::LayerKind;

int ceil_div(int a, int b) { return (a + b - 1) / b; }
int pixel_words(const net::Tensor& t) { return ceil_div(t.shape.channels * t.bits, 32); }
int width_code(int bits) { return bits == 2 ? 0 : bits == 4 ? 1 : 2; }
int offset_of(const net::Tensor& t) { return t.is_signed ? 1 << (t.bits - 1) : 0; }
int unsigned_zero(const net::Tensor& t) { return t.zero_point + offset_of(t); }

/// The code that counts as 0 in the array.
int middle(const net::Tensor& t) { return ((1 << t.bits) - 1) / 3; }

/// Fields by word and bit, as docs/registers.md lists them.
class Writer {
 public:
  void put(int word, int lsb, int width, std::int64_t value) {
    const auto mask = static_cast<std::uint32_t>((std::uint64_t{1} << width) - 1);
    std::uint32_t& w = words_[static_cast<std::size_t>(word)];
    w = (w & ~(mask << lsb)) | (static_cast<std::uint32_t>(value) & mask) << lsb;
  }
  Descriptor sealed() {
    seal(words_);
    return words_;
  }

 private:
  Descriptor words_{};
};

int entries_per_table(const Geometry& g) { return 64 / g.rows; }

int gemm_tiles(const KindCase& c, const Geometry& g) {
  return ceil_div(c.out().shape.channels, g.rows);
}

/// Entries: GEMM has its channel tiles, then the one that PACK reads.
int entries(const KindCase& c, const Geometry& g) {
  switch (c.layer().kind) {
    case LayerKind::kMaxPool:
      return 1;
    case LayerKind::kAdd:
      return 2;
    case LayerKind::kTable:
      return entries_per_table(g);
    default:
      return gemm_tiles(c, g) + 1;
  }
}

int gemm_tile_lines(const KindCase& c, const Geometry& g) {
  const int elements = pixel_words(c.in()) * 32 / c.in().bits;
  return ceil_div(elements, g.group_elements()) * (c.in().bits / 2);
}

void put_common(Writer& d, const KindCase& c, int opcode) {
  const net::Tensor& in = c.in();
  d.put(0, 0, 8, opcode);
  d.put(1, 0, 2, width_code(in.bits));
  d.put(1, 4, 2, width_code(c.out().bits));
  d.put(1, 6, 1, in.is_signed);
  d.put(1, 8, 3, static_cast<int>(c.layer().rounding));
  d.put(2, 0, 9, c.out().zero_point);
  d.put(2, 10, 9, c.layer().lo);
  d.put(2, 20, 9, c.layer().hi);
  d.put(3, 0, 16, c.in_base);
  d.put(3, 16, 16, c.out_base);
  d.put(4, 16, 16, c.par_base);
  d.put(12, 0, 16, pixel_words(c.out()));
}

/// Position by position over a tensor that is seen as one row.
void put_flat(Writer& d, const KindCase& c, const Geometry& g) {
  const int positions = c.in().shape.rows * c.in().shape.columns;
  const int pix = pixel_words(c.in());
  d.put(1, 25, 1, 1);
  d.put(5, 0, 16, positions * pix);
  d.put(5, 16, 16, 1);
  d.put(7, 0, 16, pix);
  d.put(8, 0, 16, std::max(1, g.rows * c.in().bits / 32));
  d.put(8, 16, 8, 1);
  d.put(8, 24, 8, 1);
  d.put(10, 0, 16, positions);
  d.put(10, 16, 16, 1);
  d.put(11, 0, 16, c.in().shape.channels);
}

Descriptor max_pool(const KindCase& c, const Geometry& g) {
  const net::Layer& l = c.layer();
  const int pix = pixel_words(c.in());
  Writer d;
  put_common(d, c, TENDON_OPCODE_MAX_POOL);
  d.put(1, 25, 1, 1);
  // Padding is the lowest code, and so is the offset between unsigned form and code.
  d.put(1, 16, 8, c.in().code_min());
  d.put(2, 0, 9, c.in().code_min());
  d.put(2, 10, 9, c.in().code_min());
  d.put(2, 20, 9, c.in().code_max());
  d.put(5, 0, 16, c.in().shape.columns * pix);
  d.put(5, 16, 16, c.in().shape.rows);
  d.put(6, 0, 16, -l.column.pad_begin * pix);
  d.put(6, 16, 16, -l.row.pad_begin);
  d.put(7, 0, 16, l.column.stride * pix);
  d.put(7, 16, 16, l.row.stride);
  d.put(8, 0, 16, std::max(1, g.rows * c.in().bits / 32));
  d.put(8, 16, 8, l.column.kernel);
  d.put(8, 24, 8, l.row.kernel);
  d.put(9, 0, 16, l.column.dilation * pix);
  d.put(9, 16, 16, l.row.dilation);
  d.put(10, 0, 16, c.out().shape.columns);
  d.put(10, 16, 16, c.out().shape.rows);
  d.put(11, 0, 16, c.in().shape.channels);
  d.put(12, 16, 16, c.out().shape.columns * pixel_words(c.out()));
  return d.sealed();
}

Descriptor add(const KindCase& c, const Geometry& g) {
  Writer d;
  put_common(d, c, TENDON_OPCODE_ADD);
  put_flat(d, c, g);
  d.put(1, 16, 8, c.in().zero_point);
  d.put(8, 24, 8, 2);  // two operands
  d.put(13, 0, 8, unsigned_zero(c.in2()));
  d.put(13, 8, 1, c.in2().is_signed);
  d.put(13, 16, 16, c.in2_base);
  return d.sealed();
}

Descriptor table(const KindCase& c, const Geometry& g) {
  Writer d;
  put_common(d, c, TENDON_OPCODE_TABLE);
  put_flat(d, c, g);
  return d.sealed();
}

Descriptor pack_of(const KindCase& c, const Geometry& g, int row) {
  const net::Tensor& b = c.in2();
  const int pix = pixel_words(b);
  Writer d;
  d.put(0, 0, 8, TENDON_OPCODE_PACK);
  d.put(1, 0, 2, width_code(b.bits));
  d.put(1, 2, 2, width_code(8));
  d.put(1, 6, 1, b.is_signed);
  d.put(1, 11, 1, 1);
  d.put(3, 0, 16, c.in2_base + row * b.shape.columns * pix);
  d.put(4, 0, 16, c.wgt_base);
  d.put(4, 16, 16, c.par_base + gemm_tiles(c, g));
  d.put(5, 0, 16, b.shape.columns * pix);
  d.put(5, 16, 16, 1);
  d.put(7, 0, 16, pix);
  d.put(8, 0, 16, pix);
  d.put(8, 16, 8, 1);
  d.put(8, 24, 8, 1);
  d.put(10, 0, 16, b.shape.columns);
  d.put(10, 16, 16, 1);
  d.put(11, 0, 16, 1);
  d.put(11, 16, 16, gemm_tile_lines(c, g));
  d.put(13, 0, 8, unsigned_zero(c.in()) + 85 - middle(c.in()));
  d.put(13, 16, 16, c.par_base);
  return d.sealed();
}

Descriptor gemm(const KindCase& c, const Geometry& g, int row) {
  const net::Shape& a = c.in().shape;
  const int pix = pixel_words(c.in());
  Writer d;
  put_common(d, c, TENDON_OPCODE_CONV);
  d.put(1, 2, 2, width_code(c.in2().bits));
  d.put(1, 26, 1, 1);
  d.put(3, 0, 16, c.in_base + row * a.columns * pix);
  d.put(3, 16, 16, c.out_base + row * a.columns * pixel_words(c.out()));
  d.put(4, 0, 16, c.wgt_base);
  d.put(5, 0, 16, a.columns * pix);
  d.put(5, 16, 16, 1);
  d.put(7, 0, 16, pix);
  d.put(8, 0, 16, pix);
  d.put(8, 16, 8, 1);
  d.put(8, 24, 8, 1);
  d.put(10, 0, 16, a.columns);
  d.put(10, 16, 16, 1);
  d.put(11, 0, 16, c.out().shape.channels);
  d.put(11, 16, 16, gemm_tile_lines(c, g));
  d.put(13, 0, 8, unsigned_zero(c.in2()));
  return d.sealed();
}

int between(std::mt19937_64& rng, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(rng);
}

int one_of(std::mt19937_64& rng, std::initializer_list<int> values) {
  return *(values.begin() + between(rng, 0, static_cast<int>(values.size()) - 1));
}

bool maybe(std::mt19937_64& rng) { return between(rng, 0, 1) == 1; }

net::Tensor random_tensor(std::mt19937_64& rng, const char* name, int bits) {
  net::Tensor t;
  t.name = name;
  t.bits = bits;
  t.is_signed = maybe(rng);
  t.zero_point = between(rng, t.code_min(), t.code_max());
  return t;
}

net::Axis random_axis(std::mt19937_64& rng) {
  net::Axis a;
  a.kernel = one_of(rng, {1, 2, 3, 3, 4, 5});
  a.stride = one_of(rng, {1, 2, 3});
  a.dilation = one_of(rng, {1, 1, 2});
  a.pad_begin = between(rng, 0, a.kernel - 1);
  a.pad_end = between(rng, 0, a.kernel - 1);
  return a;
}

bool sees_input(const net::Axis& a, int in) {
  if (in + a.pad_begin + a.pad_end < a.dilation * (a.kernel - 1) + 1) return false;
  for (int o = 0; o < a.out(in); ++o) {
    bool seen = false;
    for (int k = 0; k < a.kernel; ++k) {
      const int at = o * a.stride + k * a.dilation - a.pad_begin;
      seen = seen || (at >= 0 && at < in);
    }
    if (!seen) return false;
  }
  return true;
}

net::Requant random_scale(std::mt19937_64& rng, double bound, int range, bool tflite = false) {
  const double scale = range / (bound + 1) * std::pow(2.0, between(rng, -2, 3));
  int exponent = 0;
  std::frexp(scale, &exponent);
  if (tflite) {
    return {between(rng, 1 << 30, 0x7FFFFFFF), std::clamp(31 - exponent, 31, 62)};
  }
  const int multiplier = maybe(rng) ? 1 << 23 : between(rng, 1 << 23, (1 << 24) - 1);
  return {multiplier, std::clamp(24 - exponent, 0, 63)};
}

void draw_scales(std::mt19937_64& rng, KindCase& c) {
  net::Layer& l = c.network.layers[0];
  const int range = 1 << c.out().bits;
  const double magnitude = 1 << c.in().bits;
  if (l.kind == LayerKind::kAdd) {
    const net::Requant first = random_scale(rng, magnitude, range);
    const int second = one_of(rng, {0, 1 << 22, between(rng, 0, (1 << 24) - 1)});
    l.requant = {first, {second, first.shift}};
  }
  if (l.kind == LayerKind::kGemm) {
    l.requant = {random_scale(rng, magnitude * magnitude * c.in().shape.channels, range,
                              l.rounding == net::Rounding::kTflite)};
  }
  if (l.kind == LayerKind::kTable) {
    for (int i = 0; i < 256; ++i) {
      l.table.push_back(
          static_cast<std::int8_t>(between(rng, c.out().code_min(), c.out().code_max())));
    }
  }
}

/// False: not legal, draw again.
bool draw_shapes(std::mt19937_64& rng, KindCase& c) {
  net::Layer& l = c.network.layers[0];
  std::vector<net::Tensor>& t = c.network.tensors;
  net::Shape& in = t[0].shape;
  in = {one_of(rng, {1, 1, 2, 5}), one_of(rng, {1, 2, 3, 5, 9, 16}),
        one_of(rng, {1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 33, 64, 67})};
  t[1].shape = t[2].shape = in;
  if (l.kind == LayerKind::kMaxPool) {
    l.row = in.rows > 1 ? random_axis(rng) : net::Axis{};
    l.column = random_axis(rng);
    if (!sees_input(l.row, in.rows) || !sees_input(l.column, in.columns)) return false;
    t[1].shape = {l.row.out(in.rows), l.column.out(in.columns), in.channels};
  }
  if (l.kind == LayerKind::kGemm) {
    t[2].shape.columns = one_of(rng, {1, 3, 4, 7, 16, 33});
    t[1].shape.channels = t[2].shape.columns;
  }
  return true;
}

}  // namespace

void seal(Descriptor& descriptor) {
  std::uint32_t check = 0xFFFFFFFFu;
  for (std::size_t i = 0; i < 15; ++i) check ^= descriptor[i];
  descriptor[15] = check;
}

int words_of(const net::Tensor& t) { return t.shape.rows * t.shape.columns * pixel_words(t); }

golden::LayerOutput KindCase::golden() const {
  std::vector<std::span<const std::int16_t>> inputs = {codes[0]};
  if (has_second()) inputs.emplace_back(codes[1]);
  const golden::Matrix16 none{};
  return golden::functions(layer().kind).run({network, layer(), none, inputs});
}

std::string KindCase::describe() const {
  const net::Layer& l = layer();
  std::string text = net::to_string(l.kind);
  for (const net::Tensor& t : network.tensors) {
    text += ", " + t.name + " " + net::to_string(t.shape) + " " + std::to_string(t.bits) +
            (t.is_signed ? "s" : "u") + " zero " + std::to_string(t.zero_point);
  }
  for (const net::Axis& a : {l.row, l.column}) {
    text += ", k" + std::to_string(a.kernel) + " s" + std::to_string(a.stride) + " d" +
            std::to_string(a.dilation) + " p" + std::to_string(a.pad_begin) + "," +
            std::to_string(a.pad_end);
  }
  return text + ", rounding " + std::to_string(static_cast<int>(l.rounding));
}

KindCase random_kind_case(std::mt19937_64& rng, const Geometry& g, LayerKind kind) {
  while (true) {
    KindCase c;
    const int bits = one_of(rng, {2, 4, 8});
    c.network.tensors = {random_tensor(rng, "in", bits),
                         random_tensor(rng, "out", one_of(rng, {2, 4, 8})),
                         random_tensor(rng, "in2", bits)};
    net::Layer l;
    l.kind = kind;
    l.inputs = {0};
    if (kind == LayerKind::kAdd || kind == LayerKind::kGemm) l.inputs.push_back(2);
    l.output = 1;
    l.rounding = static_cast<net::Rounding>(one_of(rng, {0, 1, 2, 4}));
    if (g.tflite && kind == LayerKind::kGemm && maybe(rng)) l.rounding = net::Rounding::kTflite;
    c.network.layers = {l};
    if (kind == LayerKind::kMaxPool) {
      c.network.tensors[1] = c.network.tensors[0];
      c.network.tensors[1].name = "out";
    }
    if (!draw_shapes(rng, c)) continue;
    net::Layer& layer = c.network.layers[0];
    layer.lo =
        maybe(rng) ? c.out().code_min() : between(rng, c.out().code_min(), c.out().code_max());
    layer.hi = maybe(rng) ? c.out().code_max() : between(rng, layer.lo, c.out().code_max());
    draw_scales(rng, c);
    const int lines = gemm_tiles(c, g) * gemm_tile_lines(c, g);
    const int words[] = {words_of(c.in()), words_of(c.in2()), words_of(c.out())};
    const int slack = g.act_words - words[0] - words[1] - words[2];
    if (slack < 0 || lines > g.wgt_lines || entries(c, g) > g.par_entries) continue;
    // Any order of the three.
    int* const bases[] = {&c.in_base, &c.in2_base, &c.out_base};
    std::array<int, 3> order = {0, 1, 2};
    std::shuffle(order.begin(), order.end(), rng);
    int next = between(rng, 0, slack);
    for (const int which : order) {
      *bases[which] = next;
      next += words[which];
    }
    c.wgt_base = between(rng, 0, g.wgt_lines - lines);
    c.par_base = between(rng, 0, g.par_entries - entries(c, g));
    c.codes = {random_codes(rng, c.in()), random_codes(rng, c.in2())};
    return c;
  }
}

std::vector<Descriptor> descriptors(const KindCase& c, const Geometry& g) {
  switch (c.layer().kind) {
    case LayerKind::kMaxPool:
      return {max_pool(c, g)};
    case LayerKind::kAdd:
      return {add(c, g)};
    case LayerKind::kTable:
      return {table(c, g)};
    default:
      break;
  }
  std::vector<Descriptor> all;
  for (int row = 0; row < c.in().shape.rows; ++row) {
    all.push_back(pack_of(c, g, row));
    all.push_back(gemm(c, g, row));
  }
  return all;
}

std::vector<std::uint32_t> param_image(const KindCase& c, const Geometry& g) {
  std::vector<std::uint32_t> words(static_cast<std::size_t>(entries(c, g) * g.rows * 3));
  const net::Layer& l = c.layer();
  for (int entry = 0; entry < entries(c, g); ++entry) {
    for (int row = 0; row < g.rows; ++row) {
      std::uint32_t* w = &words[static_cast<std::size_t>((entry * g.rows + row) * 3)];
      if (l.kind == LayerKind::kMaxPool) w[1] = 1;
      if (l.kind == LayerKind::kAdd) {
        const net::Requant& r = l.requant[static_cast<std::size_t>(entry)];
        w[1] = static_cast<std::uint32_t>(r.multiplier);
        w[2] = static_cast<std::uint32_t>(r.shift);
      }
      if (l.kind == LayerKind::kTable) {
        for (int i = 0; i < 4; ++i) {
          // By the code in unsigned form.
          const int index = (entry * g.rows + row) * 4 + i - offset_of(c.in());
          w[0] |= std::uint32_t{static_cast<std::uint8_t>(
                      l.table[static_cast<std::size_t>(index & 0xFF)])}
                  << (8 * i);
        }
      }
      if (l.kind == LayerKind::kGemm) {
        w[0] = 0x12345678u * static_cast<std::uint32_t>(entry + 1);
        w[1] = static_cast<std::uint32_t>(l.requant[0].multiplier);
        w[2] = static_cast<std::uint32_t>(l.requant[0].shift);
      }
    }
  }
  if (l.kind == LayerKind::kGemm) {
    const int depth = c.in().shape.channels;
    const int pads = pixel_words(c.in()) * 32 / c.in().bits - depth;
    const int m = middle(c.in());
    const int za = unsigned_zero(c.in()) - m, zb = unsigned_zero(c.in2()) - m;
    const int fa = offset_of(c.in()) - m, fb = offset_of(c.in2()) - m;
    words[static_cast<std::size_t>(gemm_tiles(c, g) * g.rows * 3)] =
        static_cast<std::uint32_t>(depth * za * zb + pads * (za * fb - fa * fb + fa * zb));
  }
  return words;
}

namespace {

/// The rules of docs/accelerator.md, section 12, for tiles of one column.
struct Single {
  int tiles_x, tiles_c, steps, drain, tail;
  bool writes;
};

std::int64_t run(const Single& s, const KindCase& c, const Geometry& g) {
  std::int64_t now = 0, ready = 0, empty_at = 0;
  const int limit = g.columns / (g.columns >= 2 ? 2 : 1);
  for (int x = 0; x < s.tiles_x; ++x) {
    for (int tile = 0; tile < s.tiles_c; ++tile) {
      const bool emit =
          s.writes && (tile + 1 == s.tiles_c || (tile + 1) * g.rows * c.out().bits % 32 == 0);
      now = std::max(now + s.steps, ready);
      const auto queued = [&] { return std::max<std::int64_t>(0, empty_at - now); };
      while (emit && queued() > limit) ++now;
      ready = now + s.drain;
      if (emit) empty_at = now + 1 + std::max<std::int64_t>(0, queued() - 1) + 1;
    }
  }
  return now + s.tail;
}

}  // namespace

std::int64_t model_cycles(const KindCase& c, const Geometry& g) {
  const net::Layer& l = c.layer();
  const int positions = c.out().shape.rows * c.out().shape.columns;
  const int tiles_c = ceil_div(c.out().shape.channels, g.rows);
  if (l.kind == LayerKind::kMaxPool) {
    return run({positions, tiles_c, l.row.kernel * l.column.kernel, 1, 12, true}, c, g);
  }
  if (l.kind == LayerKind::kAdd) return run({positions, tiles_c, 2, 2, 13, true}, c, g);
  if (l.kind == LayerKind::kTable) {
    return run({positions, tiles_c, 1, g.rows, g.rows + 8, true}, c, g);
  }
  const int steps = ceil_div(pixel_words(c.in2()), g.fetch_words()) * 4;
  return run({c.in2().shape.columns, 1, steps, 2, 8, false}, c, g);
}

}  // namespace tendon::core_test
