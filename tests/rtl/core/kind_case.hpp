// SPDX-License-Identifier: MIT
// A max pool, add, table or GEMM for the core by itself: descriptors and parameters written from
// docs/accelerator.md, independently of model/compiler.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "dut.hpp"
#include "golden/layer.hpp"
#include "net/network.hpp"

namespace tendon::core_test {

/// One layer: tensor 0 is its input, 1 its output, 2 its second input (the same shape for kAdd).
struct KindCase {
  net::Network network;
  std::vector<std::vector<std::int16_t>> codes;  // of tensors 0 and 2
  int in_base = 0, in2_base = 0, out_base = 0, wgt_base = 0, par_base = 0;

  const net::Layer& layer() const { return network.layers[0]; }
  const net::Tensor& in() const { return network.tensors[0]; }
  const net::Tensor& out() const { return network.tensors[1]; }
  const net::Tensor& in2() const { return network.tensors[2]; }
  bool has_second() const { return layer().inputs.size() == 2; }
  golden::LayerOutput golden() const;
  std::string describe() const;
};

int words_of(const net::Tensor& tensor);

/// Any legal case that fits the geometry; placed at random.
KindCase random_kind_case(std::mt19937_64& rng, const Geometry& g, net::LayerKind kind);

std::vector<Descriptor> descriptors(const KindCase& test, const Geometry& g);

/// Words of the parameter image from par_base on. What PACK writes holds noise.
std::vector<std::uint32_t> param_image(const KindCase& test, const Geometry& g);

/// From the first step of the first descriptor to the last `done`, without set-up cycles.
std::int64_t model_cycles(const KindCase& test, const Geometry& g);

/// The check word of a changed descriptor.
void seal(Descriptor& descriptor);

}  // namespace tendon::core_test
