// SPDX-License-Identifier: MIT
#include "compiler/image.hpp"
#include "compiler/writer.hpp"
#include "tendon/tendon_program.h"

namespace tendon::compiler {
namespace {

Status check_name(const std::string& name) {
  if (name.find('\0') == std::string::npos) return Unit{};
  return Error{"name '" + std::string(name.c_str()) +
               "...' holds a NUL character; the program file cannot"};
}

Status check_names(const net::Network& network, const std::vector<Geometry>& targets) {
  std::vector<std::string> names = network.classes;
  names.push_back(network.name);
  for (const net::Tensor& tensor : network.tensors) names.push_back(tensor.name);
  for (const net::Layer& layer : network.layers) names.push_back(layer.name);
  for (const Geometry& target : targets) names.push_back(target.name);
  for (const std::string& name : names) {
    if (const Status status = check_name(name); !status) return status;
  }
  return Unit{};
}

Status check_counts(const net::Network& network, const std::vector<Geometry>& targets) {
  constexpr std::size_t kNetworkSections = 9, kImageSections = 5;
  const std::size_t sections = kNetworkSections + kImageSections * targets.size();
  if (sections > TENDON_PROGRAM_MAX_SECTIONS) {
    return Error{std::to_string(targets.size()) + " targets need " + std::to_string(sections) +
                 " sections, a program has at most " + std::to_string(TENDON_PROGRAM_MAX_SECTIONS)};
  }
  if (network.tensors.size() > 0xFFFE) {
    return Error{std::to_string(network.tensors.size()) + " tensors, a program has at most 65534"};
  }
  return Unit{};
}

}  // namespace

Result<std::vector<std::uint8_t>> compile(const net::Network& network, const Options& options) {
  if (const Status status = net::check(network); !status) return status.error();
  if (const Status status = check_names(network, options.targets); !status) return status.error();
  if (const Status status = check_counts(network, options.targets); !status) return status.error();
  std::vector<Image> images;
  for (const Geometry& target : options.targets) images.push_back(make_image(network, target));
  return write_program(network, images);
}

Result<std::vector<std::uint8_t>> compile(const net::Network& network,
                                          const std::vector<std::string>& configurations) {
  Options options;
  for (const std::string& name : configurations) {
    Result<Geometry> geometry = find_geometry(name);
    if (!geometry) return geometry.error();
    options.targets.push_back(std::move(*geometry));
  }
  return compile(network, options);
}

}  // namespace tendon::compiler
