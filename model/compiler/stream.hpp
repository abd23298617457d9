// SPDX-License-Identifier: MIT
// Layers whose weights do not stay on chip: pieces of channels, loaded under the computation of the
// piece before (docs/accelerator.md section 7; TENDON_ACCEL_STREAMED).
#pragma once

#include "compiler/parts.hpp"

namespace tendon::compiler {

/// Lines of the smallest piece: the channels of one tile, or those that fill an output word. The
/// whole layer where it gives the label, which needs all its channels in one descriptor.
int smallest_piece(const ConvJob& job, const Geometry& geometry);

/// The layer in pieces of at most `buffer_lines` (at least smallest_piece()), each a descriptor.
LayerCode in_pieces(const ConvJob& job, int buffer_lines, const Geometry& geometry);

/// Descriptor that loads `lines` from byte `offset` of the weight image to line `to`. It waits for
/// nothing: pieces go to two buffers by turns, and each CONV waits until all before it are done, so
/// the buffer written is the one that nothing reads any more.
std::vector<std::uint32_t> stream_load(std::uint32_t offset, int to, int lines, int tag,
                                       const Geometry& geometry);

/// Makes a CONV wait for its weights and for the CONV before it.
void wait_for_piece(std::vector<std::uint32_t>& descriptor);

}  // namespace tendon::compiler
