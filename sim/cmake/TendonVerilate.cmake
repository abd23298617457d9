# SPDX-License-Identifier: MIT
#
# tendon_verilate_top(NAME name SOURCES file... GENERICS -GRows=4 ... [TRACE])
#
# Static library tendon_top_<name>: tendon_top Verilated with these parameters, and the function
# tendon::sim::make_<name>_model(seed). Assertions are on; registers and memories without reset start
# with seeded noise. TRACE can write FST waveforms and is slower.
find_package(verilator 5.006 REQUIRED HINTS $ENV{VERILATOR_ROOT})
find_package(Threads REQUIRED)

# The models of which `./run coverage` measures lines, branches and toggles: together every module,
# few enough to build. The others are built without.
set(TENDON_COVERED tiny core_tiny core_lean core_full pe16 requant8 requant8_tflite secded32 shell32
  shell128 tendon_bridge_bench)

# tendon_coverage_of(NAME OUT): options and files that measure model NAME, empty without
# TENDON_COVERAGE. Points of functional coverage are bound to the modules.
function(tendon_coverage_of name out)
  set(folder ${PROJECT_SOURCE_DIR}/tests/coverage)
  set(${out})
  if(TENDON_COVERAGE AND name IN_LIST TENDON_COVERED)
    set(${out} --coverage --coverage-underscore)
    if(name MATCHES "^shell")
      list(APPEND ${out} ${folder}/cover_shell.sv)
    elseif(name MATCHES "^core")
      list(APPEND ${out} ${folder}/arithmetic_off.vlt ${folder}/cover_core.sv)
    elseif(name STREQUAL "tiny")
      list(APPEND ${out} ${folder}/arithmetic_off.vlt ${folder}/cover_core.sv
        ${folder}/cover_shell.sv)
    elseif(name MATCHES "bridge")
      list(APPEND ${out} ${folder}/cover_frame.sv)
    endif()
  endif()
  set(${out} "${${out}}" PARENT_SCOPE)
endfunction()

# tendon_mutated(NAME SOURCES GENERICS): for the model that TENDON_MUTATED names, the netlist with
# its mutants (tests/mutation) takes the place of the files in SOURCES, and what Verilator has to
# overlook there that of GENERICS: parameters are in the netlist.
set(TENDON_MUTATED "" CACHE STRING "Verilated model whose place a netlist with mutants takes")
set(TENDON_MUTATED_NETLIST "" CACHE FILEPATH "that netlist")
function(tendon_mutated name sources generics)
  if(TENDON_MUTATED STREQUAL name)
    set(${sources} ${TENDON_MUTATED_NETLIST} PARENT_SCOPE)
    set(${generics} -Wno-fatal -Wno-lint -Wno-style PARENT_SCOPE)
  endif()
endfunction()

# Verilator's run time, once: verilate() would compile it again for every model.
function(_tendon_verilated_runtime)
  if(TARGET tendon_verilated)
    return()
  endif()
  set(include ${VERILATOR_ROOT}/include)
  add_library(tendon_verilated STATIC ${include}/verilated.cpp ${include}/verilated_threads.cpp
    ${include}/verilated_fst_c.cpp)
  target_include_directories(tendon_verilated SYSTEM PUBLIC ${include} ${include}/vltstd)
  target_compile_definitions(tendon_verilated PRIVATE VERILATOR=1 VM_COVERAGE=0 VM_SC=0 VM_TRACE=1
    VM_TRACE_FST=1)
  target_compile_options(tendon_verilated PRIVATE -O2 -w)
  target_link_libraries(tendon_verilated PUBLIC Threads::Threads z)
  if(TENDON_COVERAGE)
    target_sources(tendon_verilated PRIVATE ${include}/verilated_cov.cpp
      ${PROJECT_SOURCE_DIR}/sim/rtl/coverage.cpp)
    target_compile_definitions(tendon_verilated PUBLIC TENDON_COVERAGE)
  endif()
  if(TENDON_MUTATED)
    target_sources(tendon_verilated PRIVATE ${PROJECT_SOURCE_DIR}/tests/mutation/mutant.cpp)
  endif()
  target_include_directories(tendon_verilated PUBLIC ${PROJECT_SOURCE_DIR}/sim)
endfunction()

function(tendon_verilate_top)
  cmake_parse_arguments(PARSE_ARGV 0 arg "TRACE" "NAME" "SOURCES;GENERICS")
  _tendon_verilated_runtime()
  set(NAME ${arg_NAME})
  set(PREFIX Vtendon_${arg_NAME})
  set(factory ${CMAKE_CURRENT_BINARY_DIR}/make_${arg_NAME}_model.cpp)
  configure_file(${PROJECT_SOURCE_DIR}/sim/rtl/model_factory.cpp.in ${factory} @ONLY)

  set(target tendon_top_${arg_NAME})
  add_library(${target} STATIC ${factory})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/sim)
  set(trace)
  if(arg_TRACE)
    set(trace TRACE_FST)
  endif()
  tendon_coverage_of(${arg_NAME} coverage)
  tendon_mutated(${arg_NAME} arg_SOURCES arg_GENERICS)
  set(levels OPT_FAST -O3 OPT_SLOW -O0 OPT_GLOBAL -O1)
  if(coverage)  # ten times the code
    set(levels OPT_FAST -O0 OPT_SLOW -O0 OPT_GLOBAL -O1)
  endif()
  # The model is most of a simulation's time: -O3 for it whatever the build type.
  verilate(${target} ${trace}
    SOURCES ${arg_SOURCES}
    TOP_MODULE tendon_top
    PREFIX ${PREFIX}
    DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/${PREFIX}.dir
    ${levels}
    VERILATOR_ARGS -Wall -O3 --assert --x-initial unique --x-assign fast ${arg_GENERICS}
      ${coverage})
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources EXCLUDE REGEX "/include/verilated[a-z_]*\\.cpp$")
  set_target_properties(${target} PROPERTIES SOURCES "${sources}")
  target_link_libraries(${target} PUBLIC tendon_verilated)
endfunction()
