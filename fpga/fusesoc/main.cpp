// SPDX-License-Identifier: MIT
// `fusesoc run --target sim`: the core comes out of reset, says who it is, and refuses what it does
// not know. The real tests are in tests/; this one shows that the core file brings all that is
// needed.

#include <cstdint>
#include <cstdio>

#include "Vtendon_top.h"
#include "verilated.h"

namespace {

constexpr std::uint32_t kId = 0x544E444E;
constexpr unsigned kOkay = 0;
constexpr unsigned kSlaveError = 2;

void clock(Vtendon_top& top) {
  top.clk_i = 0;
  top.eval();
  top.clk_i = 1;
  top.eval();
}

/// AXI4-Lite read; false when no answer comes within 64 cycles.
bool read(Vtendon_top& top, std::uint32_t address, std::uint32_t* value, unsigned* response) {
  top.s_araddr_i = address & 0xFFFu;
  top.s_arvalid_i = 1;
  top.s_rready_i = 1;
  for (int cycle = 0; cycle < 64; ++cycle) {
    top.eval();
    const bool accepted = top.s_arready_o != 0;
    if (top.s_rvalid_o != 0) {
      *value = top.s_rdata_o;
      *response = top.s_rresp_o;
      clock(top);
      return true;
    }
    clock(top);
    if (accepted) top.s_arvalid_i = 0;
  }
  return false;
}

bool expect(Vtendon_top& top, std::uint32_t address, std::uint32_t value, unsigned response) {
  std::uint32_t got = 0;
  unsigned got_response = 0;
  if (!read(top, address, &got, &got_response)) {
    std::printf("0x%03X: no answer\n", address);
    return false;
  }
  std::printf("0x%03X: 0x%08X response %u\n", address, got, got_response);
  return got_response == response && (response != kOkay || got == value);
}

}  // namespace

int main(int argc, char** argv) {
  Verilated::commandArgs(argc, argv);
  Vtendon_top top;
  top.rst_ni = 0;
  for (int cycle = 0; cycle < 4; ++cycle) clock(top);
  top.rst_ni = 1;
  const bool good = expect(top, 0x000, kId, kOkay) && expect(top, 0x008, 0x10100404, kOkay) &&
                    expect(top, 0xFFC, 0, kSlaveError);
  std::printf("%s\n", good ? "passed" : "FAILED");
  return good ? 0 : 1;
}
