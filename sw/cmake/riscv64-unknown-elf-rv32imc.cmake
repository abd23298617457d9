# SPDX-License-Identifier: MIT
# Bare metal, rv32imc: the library only, no libc.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR rv32)
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_CXX_COMPILER riscv64-unknown-elf-g++)
set(CMAKE_ASM_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT "-march=rv32imc -mabi=ilp32 -mcmodel=medlow")
set(CMAKE_CXX_FLAGS_INIT "-march=rv32imc -mabi=ilp32 -mcmodel=medlow")
set(CMAKE_ASM_FLAGS_INIT "-march=rv32imc -mabi=ilp32")
