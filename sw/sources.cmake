# SPDX-License-Identifier: MIT
# The freestanding library, for every build of it (this room's, the firmware's). Relative to sw/.
set(TENDON_SW_SOURCES
  driver/base.cpp
  driver/chain.cpp
  driver/check_file.cpp
  driver/check_image.cpp
  driver/check_layers.cpp
  driver/device.cpp
  driver/encode.cpp
  driver/load.cpp
  driver/pack.cpp
  driver/run.cpp
  driver/status.cpp
  kernels/conv_rows.cpp
  kernels/fast_requant.cpp
  kernels/packed_conv.cpp
  kernels/packed_depthwise.cpp
  kernels/packed_dot.cpp
  kernels/packed_gemm.cpp
  kernels/packed_plain.cpp
  kernels/portable_plain.cpp
  kernels/portable_weighted.cpp
  kernels/rvv.cpp
  kernels/rvv_gemm.cpp
  kernels/rvv_levels.cpp
  kernels/rvv_plain.cpp
  kernels/select.cpp
  kernels/swar.cpp
  kernels/xthead.cpp
  plan/cost.cpp
  plan/place.cpp)
# Assembly of rv64 builds; empty on other processors.
set(TENDON_SW_ASM_SOURCES kernels/rvv071.S kernels/rvv10.S kernels/xthead.S)
set(TENDON_SW_OPTIONS -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics
  -ffunction-sections -fdata-sections)
