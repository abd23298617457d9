// SPDX-License-Identifier: MIT
// docs/accelerator.md sections 2 to 7, read once more and executed slowly: descriptors on the bytes
// of an image. Shares nothing with the compiler but the field list and, for rounding, the golden
// model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/program.hpp"

namespace tendon::device {

class Device {
 public:
  /// Memories of exactly the sizes that the image says it uses, filled with a pattern.
  explicit Device(const compiler::Image& image);

  /// One compute descriptor. Returns what was wrong (address outside a memory, check word, a broken
  /// proof), or "".
  std::string run(const std::uint32_t* words);

  /// One streamed LOAD: weight lines from the image. Returns as run().
  std::string load(const std::uint32_t* words);

  std::vector<std::uint32_t> act;  // activation memory
  int label = -1;                  // of the last descriptor with argmax

 private:
  struct Job;
  std::uint32_t line_bits(const Job& job, int line, int bit) const;
  std::int32_t accumulate(const Job& job, int y, int x, int channel);
  int unsigned_activation(const Job& job, int y, int x, int ky, int kx, int element);
  int code_of(const Job& job, std::int32_t acc, const std::uint32_t* param);
  void write(const Job& job, int y, int x, int channel, int code);

  std::uint32_t param_word(int entry, int row, int word) const;
  void elements(const Job& job);
  int unsigned_element(const Job& job, const std::vector<std::uint32_t>& memory, int y, int x,
                       int ky, int kx, int channel) const;
  int element_code(const Job& job, const std::vector<int>& codes);
  void pack(const Job& job);

  const compiler::Image& image_;
  std::vector<std::uint8_t> params_;  // parameter memory
  std::vector<std::uint8_t> lines_;   // weight memory
  std::string problem_;
};

}  // namespace tendon::device
