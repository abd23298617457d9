# SPDX-License-Identifier: MIT
#
# tendon_cross_build(toolchain): target cross_<toolchain>, a build of sw/ of its own in
# <build>/cross/<toolchain> by the toolchain file of that name. Once per build.
find_program(TENDON_CXX_RISCV64 riscv64-linux-gnu-g++ REQUIRED)
function(tendon_cross_build toolchain)
  if(TARGET cross_${toolchain})
    return()
  endif()
  set(folder ${PROJECT_BINARY_DIR}/cross/${toolchain})
  # Counters are written to files, which bare metal has not.
  set(count OFF)
  if(toolchain MATCHES linux AND TENDON_SOFTWARE_COVERAGE)
    set(count ON)
  endif()
  add_custom_target(cross_${toolchain} ALL
    COMMAND ${CMAKE_COMMAND} -S ${PROJECT_SOURCE_DIR}/sw -B ${folder} -G Ninja
      -DCMAKE_TOOLCHAIN_FILE=${PROJECT_SOURCE_DIR}/sw/cmake/${toolchain}.cmake
      -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER} -DTENDON_SOFTWARE_COVERAGE=${count}
    COMMAND ${CMAKE_COMMAND} --build ${folder}
    VERBATIM USES_TERMINAL)
endfunction()
