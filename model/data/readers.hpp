// SPDX-License-Identifier: MIT
// The readers behind data::load(); see there for formats and errors.
#pragma once

#include <string>

#include "data/data.hpp"

namespace tendon::data {

Result<Recording> load_mat(const std::string& path);
Result<Recording> load_csv(const std::string& path);
Result<Recording> load_npy(const std::string& path);
Result<Recording> load_myo(const std::string& folder);

/// Whole file. Error: missing or unreadable.
Result<std::string> read_file(const std::string& path);

/// A voltage that is not a number or infinite. Names file, variable, row and column.
Error bad_value(const std::string& path, const std::string& variable, std::size_t row,
                std::size_t column);

}  // namespace tendon::data
