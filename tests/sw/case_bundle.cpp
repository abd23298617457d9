// SPDX-License-Identifier: MIT
#include "case_bundle.hpp"

#include "golden/golden.hpp"

namespace tendon::test {

void CaseBundle::append(const void* from, std::size_t bytes) {
  const auto* at = static_cast<const std::uint8_t*>(from);
  bytes_.insert(bytes_.end(), at, at + bytes);
}

Status CaseBundle::add(const std::string& name, const net::Network& network,
                       const std::vector<std::uint8_t>& program,
                       const std::vector<std::vector<std::uint8_t>>& windows) {
  std::vector<std::int16_t> want;
  for (const auto& window : windows) {
    const auto golden = golden::run(network, window);
    if (!golden) return golden.error();
    for (const net::Layer& layer : network.layers) {
      const auto& tensor = golden->tensors[static_cast<std::size_t>(layer.output)];
      for (const auto code : tensor) want.push_back(static_cast<std::int16_t>(code));
    }
  }
  const std::uint32_t head[] = {
      static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(program.size()),
      static_cast<std::uint32_t>(windows[0].size()), static_cast<std::uint32_t>(windows.size()),
      static_cast<std::uint32_t>(want.size() / windows.size())};
  append(head, sizeof(head));
  append(name.data(), name.size());
  append(program.data(), program.size());
  for (const auto& window : windows) append(window.data(), window.size());
  append(want.data(), want.size() * sizeof(std::int16_t));
  return Unit{};
}

}  // namespace tendon::test
