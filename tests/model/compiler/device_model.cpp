// SPDX-License-Identifier: MIT
#include "device_model.hpp"

#include <algorithm>
#include <cstring>

#include "golden/requantize.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::device {
namespace {

std::uint32_t field(const std::uint32_t* words, unsigned word, unsigned mask, unsigned lsb) {
  return (words[word] & mask) >> lsb;
}

int sign_extended(std::uint32_t value, int bits) {
  const std::uint32_t top = 1u << (bits - 1);
  return static_cast<int>(value & (top - 1)) - static_cast<int>(value & top);
}

/// The code that counts as 0 in the array: each two bits 1 (docs/accelerator.md section 2).
constexpr int kMiddle = 85;
int middle(int bits) { return kMiddle & ((1 << bits) - 1); }

}  // namespace

#define TENDON_GET(name) \
  static_cast<int>(field(words, TENDON_##name##_WORD, TENDON_##name##_MASK, TENDON_##name##_LSB))

struct Device::Job {
  explicit Job(const std::uint32_t* words)
      : opcode(words[0] & TENDON_DESC_OPCODE_MASK),
        act_bits(2 << TENDON_GET(CONV_ACT_BITS)),
        weight_bits(2 << TENDON_GET(CONV_WGT_BITS)),
        out_bits(2 << TENDON_GET(CONV_OUT_BITS)),
        act_signed(TENDON_GET(CONV_ACT_SIGNED)),
        odd(TENDON_GET(CONV_ODD)),
        narrow(TENDON_GET(CONV_NARROW)),
        pool(1 << TENDON_GET(CONV_POOL_LOG2)),
        argmax(TENDON_GET(CONV_ARGMAX)),
        thresholds(TENDON_GET(CONV_THRESHOLDS)),
        wgt_zero(TENDON_GET(CONV_WGT_ZERO)),
        zero2(TENDON_GET(CONV_ZERO2)),
        signed2(TENDON_GET(CONV_SIGNED2)),
        base2(TENDON_GET(CONV_BASE2)),
        in_zero(TENDON_GET(CONV_IN_ZERO)),
        zy(sign_extended(static_cast<std::uint32_t>(TENDON_GET(CONV_ZY)), 9)),
        in_base(TENDON_GET(CONV_IN_BASE)),
        out_base(TENDON_GET(CONV_OUT_BASE)),
        wgt_base(TENDON_GET(CONV_WGT_BASE)),
        par_base(TENDON_GET(CONV_PAR_BASE)),
        in_row_words(TENDON_GET(CONV_IN_ROW_WORDS)),
        in_rows(TENDON_GET(CONV_IN_ROWS)),
        x_start(sign_extended(static_cast<std::uint32_t>(TENDON_GET(CONV_X_START)), 16)),
        y_start(sign_extended(static_cast<std::uint32_t>(TENDON_GET(CONV_Y_START)), 16)),
        pos_step(TENDON_GET(CONV_POS_STEP)),
        row_step(TENDON_GET(CONV_ROW_STEP)),
        seg_words(TENDON_GET(CONV_SEG_WORDS)),
        kx_count(TENDON_GET(CONV_KX_COUNT)),
        ky_count(TENDON_GET(CONV_KY_COUNT)),
        kx_step(TENDON_GET(CONV_KX_STEP)),
        ky_step(TENDON_GET(CONV_KY_STEP)),
        out_cols(TENDON_GET(CONV_OUT_COLS)),
        out_rows(TENDON_GET(CONV_OUT_ROWS)),
        out_channels(TENDON_GET(CONV_OUT_CHANNELS)),
        tile_lines(TENDON_GET(CONV_TILE_LINES)),
        out_pix_words(TENDON_GET(CONV_OUT_PIX_WORDS)),
        out_row_words(TENDON_GET(CONV_OUT_ROW_WORDS)) {
    requant.lo = sign_extended(static_cast<std::uint32_t>(TENDON_GET(CONV_LO)), 9);
    requant.hi = sign_extended(static_cast<std::uint32_t>(TENDON_GET(CONV_HI)), 9);
    requant.rounding = static_cast<net::Rounding>(TENDON_GET(CONV_ROUNDING));
  }

  unsigned opcode;
  int act_bits, weight_bits, out_bits, act_signed, odd, narrow, pool, argmax, thresholds;
  int wgt_zero, zero2, signed2, base2, in_zero, zy;
  int in_base, out_base, wgt_base, par_base, in_row_words, in_rows, x_start, y_start, pos_step,
      row_step;
  int seg_words, kx_count, ky_count, kx_step, ky_step, out_cols, out_rows, out_channels, tile_lines;
  int out_pix_words, out_row_words;
  net::Layer requant;  // lo, hi and rounding
};

#undef TENDON_GET

Device::Device(const compiler::Image& image)
    : act(static_cast<std::size_t>(image.geometry.act_words), 0xDEADBEEFu),
      image_(image),
      params_(image.params),
      lines_(static_cast<std::size_t>(image.geometry.weight_lines * image.geometry.line_bytes()),
             0x5A) {
  // What is resident is at the same place in both; a streamed image is longer or shorter than the
  // memory.
  std::copy_n(image.weights.begin(), std::min(image.weights.size(), lines_.size()), lines_.begin());
}

std::string Device::load(const std::uint32_t* words) {
  std::uint32_t check = 0;
  for (int i = 0; i < 16; ++i) check ^= words[i];
  if (check != 0xFFFFFFFFu) return "check word";
  if ((words[0] & 0xFF) != TENDON_OPCODE_LOAD || words[1] != TENDON_SPACE_WGT)
    return "no weight LOAD";
  const std::size_t from = words[2], to = std::size_t{words[3]} * 4, bytes = words[4];
  if (from % 16 != 0 || to % 16 != 0) return "not aligned";
  if (from + bytes > image_.weights.size() || to + bytes > lines_.size()) return "outside";
  std::copy_n(image_.weights.begin() + static_cast<std::ptrdiff_t>(from), bytes,
              lines_.begin() + static_cast<std::ptrdiff_t>(to));
  return "";
}

/// Two bits of a weight line.
std::uint32_t Device::line_bits(const Job&, int line, int bit) const {
  const auto byte =
      static_cast<std::size_t>(line) * static_cast<std::size_t>(image_.geometry.line_bytes()) +
      static_cast<std::size_t>(bit / 8);
  return (lines_.at(byte) >> (bit % 8)) & 3u;
}

int Device::unsigned_activation(const Job& job, int y, int x, int ky, int kx, int element) {
  const int per_word = 32 / job.act_bits;
  const int j = element / per_word;
  if (j >= job.seg_words) return middle(job.act_bits);
  const int row = job.y_start + y * job.row_step + ky * job.ky_step;
  const int column = job.x_start + x * job.pos_step + kx * job.kx_step + j;
  std::uint32_t code = static_cast<std::uint32_t>(job.in_zero);
  if (row >= 0 && row < job.in_rows && column >= 0 && column < job.in_row_words) {
    const auto address = static_cast<std::size_t>(job.in_base + row * job.in_row_words + column);
    code = act.at(address) >> (element % per_word * job.act_bits);
  }
  code &= (1u << job.act_bits) - 1;
  if (job.act_signed != 0) code ^= 1u << (job.act_bits - 1);
  return static_cast<int>(code);
}

std::int32_t Device::accumulate(const Job& job, int y, int x, int channel) {
  const compiler::Geometry& g = image_.geometry;
  const int lanes = g.lanes, group_elements = 4 * lanes, slices = job.weight_bits / 2;
  const int elements = job.seg_words * 32 / job.act_bits;
  const int groups = (elements + group_elements - 1) / group_elements;
  const int tile = channel / g.rows, row = channel % g.rows;
  std::uint32_t weighted = 0, sum = 0;
  for (int ky = 0; ky < job.ky_count; ++ky) {
    for (int kx = 0; kx < job.kx_count; ++kx) {
      const int segment = ky * job.kx_count + kx;
      for (int at = 0; at < groups * group_elements; ++at) {
        // Where the element sits in its group: section 3, read backwards.
        const int e = at % group_elements;
        int i = e / lanes, l = e % lanes;
        if (job.act_bits == 4) {
          i = e / (2 * lanes) * 2 + e % 2;
          l = e % (2 * lanes) / 2;
        } else if (job.act_bits == 2) {
          i = e % 4;
          l = e / 4;
        }
        const int activation = unsigned_activation(job, y, x, ky, kx, at);
        std::uint32_t weight = 0;
        for (int slice = 0; slice < slices; ++slice) {
          const int line = job.wgt_base + tile * job.tile_lines +
                           (segment * groups + at / group_elements) * slices + slice;
          weight |= line_bits(job, line, row * lanes * 8 + i * lanes * 2 + l * 2) << (2 * slice);
        }
        // Every two bits count one less.
        const auto counted = static_cast<std::uint32_t>(activation - middle(job.act_bits));
        weighted += (weight - static_cast<std::uint32_t>(middle(job.weight_bits))) * counted;
        sum += counted;
      }
    }
  }
  std::uint32_t fix = 1u << (job.weight_bits - 1);
  if (job.wgt_zero != 0) fix = static_cast<std::uint32_t>(job.zero2);
  fix -= static_cast<std::uint32_t>(middle(job.weight_bits));
  const auto entry =
      (static_cast<std::size_t>(job.par_base + tile) * static_cast<std::size_t>(g.rows) +
       static_cast<std::size_t>(row)) *
      12;
  std::uint32_t bias = 0;  // part of the thresholds, when there are some
  if (job.thresholds == 0) std::memcpy(&bias, &params_.at(entry), 4);
  return static_cast<std::int32_t>(bias + (weighted << job.odd) - fix * sum);
}

void Device::write(const Job& job, int y, int x, int channel, int code) {
  const auto base =
      static_cast<std::size_t>(job.out_base + y * job.out_row_words + x * job.out_pix_words);
  // out_pix_words is a step: other descriptors may write what lies between.
  const int words = (job.out_channels * job.out_bits + 31) / 32;
  for (int word = 0; channel == 0 && word < words; ++word)
    act.at(base + static_cast<std::size_t>(word)) = 0;
  const int bit = channel * job.out_bits;
  const std::uint32_t masked = static_cast<std::uint32_t>(code) & ((1u << job.out_bits) - 1);
  act.at(base + static_cast<std::size_t>(bit / 32)) |= masked << (bit % 32);
}

int Device::code_of(const Job& job, std::int32_t acc, const std::uint32_t* param) {
  if (job.thresholds == 0) {
    const net::Requant scale = {static_cast<std::int32_t>(param[1]), static_cast<int>(param[2])};
    return golden::requantize(acc, scale, job.requant, job.zy);
  }
  const std::uint32_t levels[] = {
      param[0] & 0xFFFFF, param[1] & 0xFFFFF,
      param[0] >> 20 | (param[1] >> 20 & 0xF) << 12 | (param[2] & 0xF) << 16};
  int code = job.zy;
  int before = -(1 << 19);
  for (const std::uint32_t bits : levels) {
    const int level = sign_extended(bits, 20);
    if (level < before) problem_ = "levels do not ascend";
    before = level;
    code += acc >= level ? 1 : 0;
  }
  if (acc >= 1 << 19 || acc < -(1 << 19)) problem_ = "sum of more than 20 bits";
  return code;
}

std::uint32_t Device::param_word(int entry, int row, int word) const {
  std::uint32_t value = 0;
  const int index = (entry * image_.geometry.rows + row) * 3 + word;
  std::memcpy(&value, &params_.at(static_cast<std::size_t>(index) * 4), 4);
  return value;
}

/// Max pool, add and table: each channel by itself, from its own place in the position's words.
void Device::elements(const Job& job) {
  const std::vector<std::uint32_t> before = act;
  for (int y = 0; y < job.out_rows; ++y) {
    for (int x = 0; x < job.out_cols; ++x) {
      for (int channel = 0; channel < job.out_channels; ++channel) {
        std::vector<int> codes;
        for (int ky = 0; ky < job.ky_count; ++ky) {
          for (int kx = 0; kx < job.kx_count; ++kx) {
            codes.push_back(unsigned_element(job, before, y, x, ky, kx, channel));
          }
        }
        write(job, y, x, channel, element_code(job, codes));
      }
    }
  }
}

int Device::unsigned_element(const Job& job, const std::vector<std::uint32_t>& memory, int y, int x,
                             int ky, int kx, int channel) const {
  const bool second = job.opcode == TENDON_OPCODE_ADD && ky == 1;
  const int is_signed = second ? job.signed2 : job.act_signed;
  const int row = second ? 0 : job.y_start + y * job.row_step + ky * job.ky_step;
  const int bit = channel * job.act_bits;
  const int column = job.x_start + x * job.pos_step + kx * job.kx_step + bit / 32;
  std::uint32_t code = static_cast<std::uint32_t>(job.in_zero);
  if (row >= 0 && row < job.in_rows && column >= 0 && column < job.in_row_words) {
    const int base = second ? job.base2 : job.in_base;
    const auto address = static_cast<std::size_t>(base + row * job.in_row_words + column);
    code = memory.at(address) >> (bit % 32);
  }
  code &= (1u << job.act_bits) - 1;
  if (is_signed != 0) code ^= 1u << (job.act_bits - 1);
  return static_cast<int>(code);
}

int Device::element_code(const Job& job, const std::vector<int>& codes) {
  if (job.opcode == TENDON_OPCODE_TABLE) {
    const int at = codes[0] / 4, rows = image_.geometry.rows;
    const std::uint32_t word = param_word(job.par_base + at / rows, at % rows, 0);
    return static_cast<int>(word >> (codes[0] % 4 * 8) & 0xFF);
  }
  std::int64_t product = 0;
  int shift = static_cast<int>(param_word(job.par_base, 0, 2));
  if (param_word(job.par_base, 0, 0) != 0) problem_ = "bias of a kind without one";
  if (job.opcode == TENDON_OPCODE_MAX_POOL) {
    product = *std::max_element(codes.begin(), codes.end()) *
              std::int64_t{param_word(job.par_base, 0, 1)};
  } else {
    const int top = job.act_signed != 0 ? 1 << (job.act_bits - 1) : 0;
    const int zero = (job.in_zero & ((1 << job.act_bits) - 1)) ^ top;
    product = (codes[0] - zero) * std::int64_t{param_word(job.par_base, 0, 1)} +
              (codes[1] - job.zero2) * std::int64_t{param_word(job.par_base + 1, 0, 1)};
  }
  const std::int64_t rounded = golden::round_shift(product, shift, job.requant.rounding);
  return static_cast<int>(
      std::clamp<std::int64_t>(job.zy + rounded, job.requant.lo, job.requant.hi));
}

/// Positions become the rows of weight lines, and their sums biases.
void Device::pack(const Job& job) {
  const compiler::Geometry& g = image_.geometry;
  const int lanes = g.lanes, slices = job.act_bits / 2, group = 4 * lanes;
  const int elements = job.seg_words * 32 / job.act_bits;
  for (int n = 0; n < job.out_cols; ++n) {
    std::uint32_t sum = 0;
    for (int at = 0; at < elements; ++at) {
      const int code = unsigned_activation(job, 0, n, 0, 0, at);
      sum += static_cast<std::uint32_t>(code - middle(job.act_bits));
      const int e = at % group;
      int i = e / lanes, l = e % lanes;
      if (job.act_bits == 4) {
        i = e / (2 * lanes) * 2 + e % 2;
        l = e % (2 * lanes) / 2;
      } else if (job.act_bits == 2) {
        i = e % 4;
        l = e / 4;
      }
      for (int slice = 0; slice < slices; ++slice) {
        const int line = job.wgt_base + n / g.rows * job.tile_lines + at / group * slices + slice;
        const int bit = n % g.rows * lanes * 8 + i * lanes * 2 + l * 2;
        std::uint8_t& byte = lines_.at(static_cast<std::size_t>(line * g.line_bytes() + bit / 8));
        const int bits = code >> (2 * slice) & 3;
        byte = static_cast<std::uint8_t>((byte & ~(3 << (bit % 8))) | bits << (bit % 8));
      }
    }
    const std::uint32_t bias =
        param_word(job.par_base, 0, 0) - static_cast<std::uint32_t>(job.zero2 - kMiddle) * sum;
    const auto entry = static_cast<std::size_t>((job.base2 * g.rows + n) * 12);
    std::memcpy(&params_.at(entry), &bias, 4);
  }
}

std::string Device::run(const std::uint32_t* words) {
  std::uint32_t check = 0;
  for (int i = 0; i < 16; ++i) check ^= words[i];
  if (check != 0xFFFFFFFFu) return "check word";
  const Job job(words);
  if (job.opcode == TENDON_OPCODE_PACK) {
    pack(job);
    return problem_;
  }
  if (job.opcode == TENDON_OPCODE_MAX_POOL || job.opcode == TENDON_OPCODE_ADD ||
      job.opcode == TENDON_OPCODE_TABLE) {
    elements(job);
    return problem_;
  }
  if (job.opcode != TENDON_OPCODE_CONV) return "opcode";
  std::vector<std::uint32_t> before = act;  // a layer never reads what it writes
  for (int y = 0; y < job.out_rows; ++y) {
    for (int x = 0; x < job.out_cols; x += job.pool) {
      std::int32_t best_acc = 0;
      for (int channel = 0; channel < job.out_channels; ++channel) {
        int best = -1000;
        for (int p = 0; p < job.pool; ++p) {
          std::swap(before, act);
          const std::int32_t acc = accumulate(job, y, x + p, channel);
          std::swap(before, act);
          if (job.narrow != 0 && job.thresholds == 0 && (acc >= 65536 || acc <= -65536))
            return "narrow is no proof";
          std::uint32_t param[3];
          const auto entry =
              static_cast<std::size_t>(job.par_base * image_.geometry.rows + channel) * 12;
          std::memcpy(param, &params_.at(entry), 12);
          best = std::max(best, code_of(job, acc, param));
          if (p + 1 == job.pool && (channel == 0 || acc > best_acc)) {
            best_acc = acc;
            if (job.argmax != 0) label = channel;
          }
        }
        write(job, y, x / job.pool, channel, best);
      }
    }
  }
  return problem_;
}

}  // namespace tendon::device
