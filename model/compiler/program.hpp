// SPDX-License-Identifier: MIT
// From an integer network to a program file (.tdn, sw/include/tendon/tendon_program.h) and back.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "net/network.hpp"

namespace tendon::compiler {

/// One build of the accelerator (docs/accelerator.md section 1).
struct Geometry {
  std::string name;
  int rows = 4;                // R: output channels
  int columns = 4;             // C: output positions
  int lanes = 16;              // L
  int act_words = 0;           // activation memory, 32-bit words
  int weight_lines = 0;        // weight memory, lines of rows * lanes bytes
  int param_entries = 0;       // parameter memory, entries of `rows` channels
  int bus_bytes = 16;          // of an AXI beat
  std::uint32_t features = 0;  // FEATURES register: layer kinds, rounding modes, options

  int line_bytes() const { return rows * lanes; }
  int entry_words() const { return rows * 3; }
  int fetch_words() const { return lanes / 4; }     // activation words a column takes in a step
  int group_elements() const { return lanes * 4; }  // weights of one channel in a line
};

/// tiny, base, wide.
std::vector<Geometry> geometries();

/// Error: unknown name; lists the names there are.
Result<Geometry> find_geometry(const std::string& name);

struct Options {
  std::vector<Geometry>
      targets;  // one accelerator image each; none: the program runs on the CPU only
};

/// Checks the network and writes the program. A layer that a target cannot run stays on the CPU
/// there, with the reason in the file. Error: that of net::check(), or a name with a NUL character.
Result<std::vector<std::uint8_t>> compile(const net::Network& network, const Options& options);

/// compile() for named configurations. Error: also an unknown name.
Result<std::vector<std::uint8_t>> compile(const net::Network& network,
                                          const std::vector<std::string>& configurations);

/// Where a layer is on one accelerator.
struct LayerPlace {
  bool on_accelerator = false;
  std::uint32_t reason = 0;                // TENDON_REASON_* when it is not
  std::vector<std::uint32_t> descriptors;  // 16 words each, as in the file
  std::uint32_t predicted_cycles = 0;
  std::uint32_t in_base[2] = {0, 0};  // activation memory words
  std::uint32_t out_base = 0;
  std::uint32_t flags = 0;  // TENDON_ACCEL_*
};

struct Image {
  Geometry geometry;  // memories: what the image uses, not what the build has
  std::uint32_t load_cycles = 0;
  std::vector<LayerPlace> layers;  // one per layer of the network
  std::vector<std::uint8_t> weights;
  std::vector<std::uint8_t> params;
};

struct Program {
  net::Network network;
  std::uint32_t network_id = 0;
  std::vector<Image> images;
};

/// Reads a whole program. Never reads outside `file`, whatever is in it; checks header, section
/// table, CRCs, every offset and reserved field, and the network with net::check(). Error: names
/// the section and both values.
Result<Program> read(std::span<const std::uint8_t> file);

/// read(), the network only.
Result<net::Network> read_network(std::span<const std::uint8_t> file);

/// What `tendon compile` prints: sections, and per image the memories and each layer's place,
/// cycles or reason.
std::string memory_map(const Program& program, std::size_t file_bytes);

/// "kind", "rounding", "memory", "range", ... for a TENDON_REASON_*.
const char* reason_text(std::uint32_t reason);

}  // namespace tendon::compiler
