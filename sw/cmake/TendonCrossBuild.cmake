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
  add_custom_target(cross_${toolchain} ALL
    COMMAND ${CMAKE_COMMAND} -S ${PROJECT_SOURCE_DIR}/sw -B ${folder} -G Ninja
      -DCMAKE_TOOLCHAIN_FILE=${PROJECT_SOURCE_DIR}/sw/cmake/${toolchain}.cmake
      -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
    COMMAND ${CMAKE_COMMAND} --build ${folder}
    VERBATIM USES_TERMINAL)
endfunction()
