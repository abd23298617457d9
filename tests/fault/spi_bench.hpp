// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "bridge_transport.hpp"
#include "window_check.hpp"

namespace tendon::fault {

/// Faults of SPI frames, between the SPI HAL and the companion board in simulation.
class SpiBench : public Bench {
 public:
  static std::unique_ptr<SpiBench> make(std::uint32_t seed, std::string* why);
  ~SpiBench() override;

  std::vector<Tally>& tallies() override { return tallies_; }
  void strike(std::uint32_t seed, std::uint64_t index) override;

 private:
  /// Damages one frame, or all from one on.
  class Wires : public hal::SpiTransport {
   public:
    enum class Kind { kBitOut, kBitIn, kBurstIn, kLost, kDead, kNone };

    void arm(Kind kind, std::uint32_t frame, std::uint32_t where);
    bool hit() const { return hit_; }
    bool exchange(const std::uint8_t* out, std::uint8_t* in, std::size_t bytes) override;
    std::uint64_t time_us() override { return inner_.time_us(); }

   private:
    test::BridgeTransport inner_;
    Kind kind_ = Kind::kNone;
    std::uint32_t countdown_ = 0;
    std::uint32_t where_ = 0;
    bool hit_ = false;
  };

  SpiBench();

  std::vector<Tally> tallies_;
  Wires wires_;
  hal::SpiHal hal_{wires_};
  test::Bytes memory_;
  tendon_device_t* device_ = nullptr;
  std::unique_ptr<CheckedProgram> program_;
};

}  // namespace tendon::fault
