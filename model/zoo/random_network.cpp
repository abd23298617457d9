// SPDX-License-Identifier: MIT
#include "zoo/filler.hpp"
#include "zoo/zoo.hpp"

namespace tendon::zoo {

Result<net::Network> random_network(const Description& description,
                                    const std::vector<int>& weight_bits,
                                    const std::vector<int>& activation_bits, std::uint64_t seed) {
  Result<net::Network> network = skeleton(description, weight_bits, activation_bits);
  if (!network) return network.error();
  Rng rng(seed);
  Filler filler(*network, rng);
  for (net::Layer& layer : network->layers) filler.fill(layer);
  if (const Status status = net::check(*network); !status) return status.error();
  return network;
}

Result<net::Network> random_network(const std::string& name, const std::vector<int>& weight_bits,
                                    const std::vector<int>& activation_bits, std::uint64_t seed) {
  const Result<Description> description = describe(name);
  if (!description) return description.error();
  return random_network(*description, weight_bits, activation_bits, seed);
}

std::vector<std::uint8_t> random_window(const net::Network& network, std::uint64_t seed) {
  const net::Tensor& input = network.tensors[0];
  Rng rng(seed);
  std::vector<std::uint8_t> window(static_cast<std::size_t>(input.shape.size()));
  for (std::uint8_t& code : window) {
    code = static_cast<std::uint8_t>(rng.between(input.code_min(), input.code_max()));
  }
  return window;
}

}  // namespace tendon::zoo
