// SPDX-License-Identifier: MIT
// Weight lines and parameter entries (docs/accelerator.md sections 3 and 6).
#include <algorithm>

#include "compiler/lowered.hpp"

namespace tendon::compiler {
namespace {

/// Element of a group that slot i of lane l holds.
int element_of(int act_bits, int lanes, int i, int l) {
  switch (act_bits) {
    case 8:
      return i * lanes + l;
    case 4:
      return i / 2 * 2 * lanes + 2 * l + i % 2;
    default:
      return 4 * l + i;
  }
}

/// Unsigned weight of one element of a segment; 2^(w-1), which is weight 0, for what is not wanted.
class Weights {
 public:
  explicit Weights(const ConvJob& job) : job_(job), per_word_(32 / job.act_bits) {}

  int unsigned_code(int channel, int segment, int element) const {
    const int zero = 1 << (job_.weight_bits - 1);
    const int at = job_.dense ? dense_element(element) : padded_element(element);
    if (channel >= job_.out_channels || at < 0) return zero;
    const auto per_segment = static_cast<std::size_t>(job_.taps_per_segment * job_.in_channels);
    const auto row = static_cast<std::size_t>(channel * job_.segments() + segment);
    return job_.weights[row * per_segment + static_cast<std::size_t>(at)] + zero;
  }

 private:
  /// Index [tap, channel] inside the segment, or -1.
  int padded_element(int element) const {
    const int tap = element / per_word_ / job_.in_pix_words;
    const int channel = element - tap * job_.in_pix_words * per_word_;
    const bool wanted = tap < job_.taps_per_segment && channel < job_.in_channels;
    return wanted ? tap * job_.in_channels + channel : -1;
  }

  int dense_element(int element) const {
    const int at = element - job_.lead;
    return at < job_.taps_per_segment * job_.in_channels ? std::max(at, -1) : -1;
  }

  const ConvJob& job_;
  int per_word_;
};

/// Entries of what is no convolution: the same for every row, but for a table.
std::vector<std::uint32_t> kind_entries(const ConvJob& job, const Geometry& g) {
  std::vector<std::uint32_t> words;
  for (int entry = 0; entry < job.entries(g); ++entry) {
    for (int row = 0; row < g.rows; ++row) {
      std::array<std::uint32_t, 3> word = {0, 1, 0};  // a code as it is
      const auto first = static_cast<std::size_t>(entry * g.rows + row) * 4;
      if (job.op == Op::kAdd || (job.op == Op::kPack && entry < job.tiles(g))) {
        const auto which = static_cast<std::size_t>(job.op == Op::kAdd ? entry : 0);
        word[1] = static_cast<std::uint32_t>(job.requant[which].multiplier);
        word[2] = static_cast<std::uint32_t>(job.requant[which].shift);
      } else if (job.op == Op::kPack) {
        word[0] = static_cast<std::uint32_t>(job.bias[0]);
      } else if (job.op == Op::kTable) {
        for (std::size_t i = 0; i < 4; ++i) {
          word[0] |= std::uint32_t{job.table[first + i]} << (8 * i);
        }
      }
      words.insert(words.end(), word.begin(), word.end());
    }
  }
  return words;
}

std::array<std::uint32_t, 3> channel_words(const ConvJob& job, std::size_t channel) {
  if (!job.levels.empty()) return level_words(job.levels[channel]);
  const net::Requant& requant = job.requant[channel];
  return {static_cast<std::uint32_t>(job.bias[channel]),
          static_cast<std::uint32_t>(requant.multiplier),
          static_cast<std::uint32_t>(requant.shift)};
}

}  // namespace

std::vector<std::uint8_t> weight_lines(const ConvJob& job, const Geometry& g) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(job.lines(g)) *
                                  static_cast<std::size_t>(g.line_bytes()));
  if (job.op != Op::kConv) return bytes;  // PACK fills them anew for every window
  const Weights weights(job);
  const int groups = job.groups(g);
  for (int tile = 0; tile < job.tiles(g); ++tile) {
    for (int segment = 0; segment < job.segments(); ++segment) {
      for (int group = 0; group < groups; ++group) {
        const int line = tile * job.tile_lines(g) + (segment * groups + group) * job.slices();
        for (int at = 0; at < g.rows * g.group_elements(); ++at) {
          const int row = at / g.group_elements();
          const int i = at % g.group_elements() / g.lanes;
          const int l = at % g.lanes;
          const int element = group * g.group_elements() + element_of(job.act_bits, g.lanes, i, l);
          const int code = weights.unsigned_code(tile * g.rows + row, segment, element);
          for (int slice = 0; slice < job.slices(); ++slice) {
            const std::size_t byte =
                static_cast<std::size_t>(line + slice) * static_cast<std::size_t>(g.line_bytes()) +
                static_cast<std::size_t>(at / 4);
            const int bits = (code >> (2 * slice) & 3) << (at % 4 * 2);
            bytes[byte] = static_cast<std::uint8_t>(bytes[byte] | bits);
          }
        }
      }
    }
  }
  return bytes;
}

std::vector<std::uint32_t> param_entries(const ConvJob& job, const Geometry& g) {
  if (job.op != Op::kConv) return kind_entries(job, g);
  std::vector<std::uint32_t> words(static_cast<std::size_t>(job.tiles(g)) *
                                   static_cast<std::size_t>(g.entry_words()));
  for (std::size_t o = 0; o < job.bias.size(); ++o) {
    const std::array<std::uint32_t, 3> channel = channel_words(job, o);
    std::copy(channel.begin(), channel.end(), words.begin() + static_cast<std::ptrdiff_t>(o * 3));
  }
  return words;
}

}  // namespace tendon::compiler
