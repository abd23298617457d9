// SPDX-License-Identifier: MIT
#include "rtl/coverage.hpp"

#include <unistd.h>
#include <verilated_cov.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <unordered_map>

namespace tendon::sim {
namespace {

/// Counts by Verilator's key of a point, over all models of the process.
class Counts {
 public:
  ~Counts() {
    if (counts_.empty()) return;
    std::ofstream file(path(".dat"));
    file << "# SystemC::Coverage-3\n";
    for (const auto& [key, count] : counts_) file << key << ' ' << count << '\n';
  }

  void add(const VerilatedContext& context) {
    const std::string one = path(".one");
    const_cast<VerilatedContext&>(context).coveragep()->write(one.c_str());
    std::ifstream file(one);
    for (std::string line; std::getline(file, line);) {
      const std::size_t space = line.rfind(' ');
      if (line.empty() || line[0] != 'C' || space == std::string::npos) continue;
      counts_[line.substr(0, space)] += std::strtoull(line.c_str() + space, nullptr, 10);
    }
    std::remove(one.c_str());
  }

 private:
  static std::string path(const char* suffix) {
    const char* const folder = std::getenv("TENDON_COVERAGE_DIR");
    return std::string(folder == nullptr ? "." : folder) + "/" + std::to_string(getpid()) + suffix;
  }

  std::unordered_map<std::string, std::uint64_t> counts_;
};

}  // namespace

void save_coverage(const VerilatedContext& context) {
  static Counts counts;
  counts.add(context);
}

}  // namespace tendon::sim
