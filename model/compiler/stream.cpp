// SPDX-License-Identifier: MIT
#include "compiler/stream.hpp"

#include <algorithm>

#include "tendon/tendon_regs.h"

namespace tendon::compiler {
namespace {

/// Channels that fill both whole tiles and whole output words.
int granule(const ConvJob& job, const Geometry& g) { return std::max(g.rows, 32 / job.out_bits); }

void seal(std::vector<std::uint32_t>& words) {
  words[TENDON_DESC_CHECK_WORD] = 0;
  std::uint32_t check = 0xFFFFFFFFu;
  for (const std::uint32_t word : words) check ^= word;
  words[TENDON_DESC_CHECK_WORD] = check;
}

template <typename T>
void keep(std::vector<T>& values, std::size_t first, std::size_t count) {
  if (values.empty()) return;
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
  values = std::vector<T>(begin, begin + static_cast<std::ptrdiff_t>(count));
}

Part piece(const ConvJob& job, int first, int count) {
  Part part;
  part.job = job;
  part.job.out_channels = count;
  part.out_offset = first * job.out_bits / 32;
  const auto from = static_cast<std::size_t>(first);
  const auto channels = static_cast<std::size_t>(count);
  const std::size_t per_channel = job.weights.size() / job.bias.size();
  keep(part.job.weights, from * per_channel, channels * per_channel);
  keep(part.job.bias, from, channels);
  keep(part.job.requant, from, channels);
  keep(part.job.levels, from, channels);
  return part;
}

}  // namespace

int smallest_piece(const ConvJob& job, const Geometry& g) {
  if (job.argmax) return job.lines(g);
  return std::min(job.lines(g), granule(job, g) / g.rows * job.tile_lines(g));
}

LayerCode in_pieces(const ConvJob& job, int buffer_lines, const Geometry& g) {
  const int unit = granule(job, g);
  const int units = std::max(1, buffer_lines / (unit / g.rows * job.tile_lines(g)));
  const int most = job.argmax ? job.out_channels : units * unit;
  LayerCode code;
  code.streamed = true;
  for (int first = 0; first < job.out_channels; first += most) {
    code.parts.push_back(piece(job, first, std::min(most, job.out_channels - first)));
  }
  return code;
}

std::vector<std::uint32_t> stream_load(std::uint32_t offset, int to, int lines, int tag,
                                       const Geometry& g) {
  const auto line_bytes = static_cast<std::uint32_t>(g.line_bytes());
  std::vector<std::uint32_t> words(TENDON_DESC_WORDS, 0);
  words[0] = TENDON_OPCODE_LOAD | static_cast<std::uint32_t>(tag) << TENDON_DESC_TAG_LSB;
  words[TENDON_DMA_SPACE_WORD] = TENDON_SPACE_WGT;
  words[TENDON_DMA_BUS_WORD] = offset;
  words[TENDON_DMA_WORD_WORD] = static_cast<std::uint32_t>(to) * line_bytes / 4;
  words[TENDON_DMA_BYTES_WORD] = static_cast<std::uint32_t>(lines) * line_bytes;
  seal(words);
  return words;
}

void wait_for_piece(std::vector<std::uint32_t>& descriptor) {
  descriptor[0] |= TENDON_DESC_WAIT_DMA_MASK | TENDON_DESC_WAIT_COMPUTE_MASK;
  seal(descriptor);
}

}  // namespace tendon::compiler
