# SPDX-License-Identifier: MIT
include(${PROJECT_SOURCE_DIR}/sim/cmake/TendonVerilate.cmake)
file(STRINGS ${PROJECT_SOURCE_DIR}/rtl/rtl.f rtl_sources REGEX "^[^#/]")
list(TRANSFORM rtl_sources PREPEND ${PROJECT_SOURCE_DIR}/rtl/)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rtl/rtl.f)

# tendon_verilate_part(NAME core_base TOP tendon_core [GENERICS -GRows=4 ...]): library NAME with
# class VNAME. Memories start with noise, assertions are on.
function(tendon_verilate_part)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;TOP" "GENERICS")
  _tendon_verilated_runtime()
  add_library(${arg_NAME} STATIC)
  tendon_coverage_of(${arg_NAME} coverage)
  set(level -O1)
  if(coverage AND arg_TOP STREQUAL "tendon_core")  # ten times the code
    set(level -O0)
  endif()
  set(sources ${PROJECT_SOURCE_DIR}/rtl/lint.vlt ${rtl_sources})
  tendon_mutated(${arg_NAME} sources arg_GENERICS)
  verilate(${arg_NAME}
    SOURCES ${sources}
    TOP_MODULE ${arg_TOP}
    PREFIX V${arg_NAME}
    DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/V${arg_NAME}.dir
    OPT_FAST ${level} OPT_SLOW -O0 OPT_GLOBAL -O1
    VERILATOR_ARGS -Wall -O3 --assert --x-assign fast --x-initial unique ${arg_GENERICS}
      ${coverage})
  get_target_property(sources ${arg_NAME} SOURCES)
  list(FILTER sources EXCLUDE REGEX "/include/verilated[a-z_]*\\.cpp$")
  set_target_properties(${arg_NAME} PROPERTIES SOURCES "${sources}")
  target_link_libraries(${arg_NAME} PUBLIC tendon_verilated)
endfunction()
