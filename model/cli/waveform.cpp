// SPDX-License-Identifier: MIT
#include "cli/waveform.hpp"

#include <filesystem>

#include "cli/engine.hpp"
#include "cli/output.hpp"

namespace tendon::cli {
namespace {

struct Group {
  const char* title;
  std::vector<const char*> signals;  // in tendon_top; [msb:lsb] where there are several bits
};

std::string save_file(const std::string& fst) {
  const std::vector<Group> groups{
      {"job", {"clk_i", "irq_o"}},
      {"registers (AXI4-Lite)",
       {"s_awvalid_i", "s_awready_o", "s_awaddr_i[11:0]", "s_wdata_i[31:0]", "s_arvalid_i",
        "s_arready_o", "s_araddr_i[11:0]", "s_rdata_o[31:0]"}},
      {"memory reads (AXI4)",
       {"m_arvalid_o", "m_arready_i", "m_araddr_o[31:0]", "m_arlen_o[7:0]", "m_rvalid_i",
        "m_rready_o", "m_rlast_i"}},
      {"memory writes (AXI4)",
       {"m_awvalid_o", "m_awready_i", "m_awaddr_o[31:0]", "m_wvalid_o", "m_wready_i", "m_wlast_o"}},
      {"core", {"core_state[2:0]", "core_busy"}}};
  std::string out = "[*] written by tendon demo\n[dumpfile] \"" +
                    std::filesystem::absolute(fst).string() + "\"\n[size] 1600 900\n";
  for (const Group& group : groups) {
    out += "@200\n-" + std::string(group.title) + "\n";
    for (const std::string signal : group.signals) {
      // Flags of GTKWave: right aligned, and hexadecimal for several bits.
      out += (signal.find('[') == std::string::npos ? "@28\n" : "@22\n");
      out += "TOP.tendon_top." + signal + "\n";
    }
  }
  return out;
}

}  // namespace

Status record_waveform(const Loaded& loaded, const std::vector<std::uint8_t>& window,
                       const std::string& config, const std::string& path) {
  engine::Options options;
  options.config = config;
  options.waveform = path + ".fst";
  // The folder; the simulator then writes over the empty file.
  if (const Status made = write_file(options.waveform, ""); !made) {
    return made;
  }
  {
    auto rtl = engine::make("rtl", options);
    if (!rtl) {
      return rtl.error();
    }
    if (const Status accepted = (*rtl)->load(loaded.program); !accepted) {
      return accepted;
    }
    const auto result = (*rtl)->run(window, false);
    if (!result) {
      return result.error();
    }
  }
  return write_file(path + ".gtkw", save_file(options.waveform));
}

}  // namespace tendon::cli
