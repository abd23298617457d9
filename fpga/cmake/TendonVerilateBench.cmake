# SPDX-License-Identifier: MIT
#
# tendon_verilate_bench(target TOP module SOURCES file... [GENERICS -GName=1...] [OPTIONS arg...])
#
# Static library with the Verilated module as class V<module>, without a copy of Verilator's run time
# (sim/cmake/TendonVerilate.cmake builds that once).
function(tendon_verilate_bench target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TOP" "SOURCES;GENERICS;OPTIONS")
  _tendon_verilated_runtime()
  add_library(${target} STATIC)
  tendon_coverage_of(${target} coverage)
  verilate(${target}
    SOURCES ${arg_SOURCES}
    TOP_MODULE ${arg_TOP}
    PREFIX V${arg_TOP}
    DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/${target}.dir
    OPT_FAST -O3 OPT_SLOW -O0 OPT_GLOBAL -O1
    VERILATOR_ARGS -Wall -O3 --assert --x-initial unique --x-assign fast ${arg_OPTIONS}
      ${arg_GENERICS} ${coverage})
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources EXCLUDE REGEX "/include/verilated[a-z_]*\\.cpp$")
  set_target_properties(${target} PROPERTIES SOURCES "${sources}")
  # Generated headers are not ours to warn about.
  get_target_property(folders ${target} INTERFACE_INCLUDE_DIRECTORIES)
  set_property(TARGET ${target} PROPERTY INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${folders}")
  target_link_libraries(${target} PUBLIC tendon_verilated)
endfunction()
