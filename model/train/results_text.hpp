// SPDX-License-Identifier: MIT
// Shared by the Markdown and the HTML of the results.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tendon::train {

struct Section {
  std::string set, title, note;
};
/// The sets of lines in the order of the page.
const std::vector<Section>& sections();

std::string fixed(double value, int digits);
/// A fraction in percent, without the sign.
std::string percent(const nlohmann::json& fraction, int digits);

/// Sentences: smallest network, agreement of labels, rest false activations.
std::string facts(const nlohmann::json& results);

}  // namespace tendon::train
