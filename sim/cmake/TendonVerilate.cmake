# SPDX-License-Identifier: MIT
#
# tendon_verilate_top(NAME name SOURCES file... GENERICS -GRows=4 ... [TRACE])
#
# Static library tendon_top_<name>: tendon_top Verilated with these parameters, and the function
# tendon::sim::make_<name>_model(seed). Assertions are on; registers and memories without reset start
# with seeded noise. TRACE can write FST waveforms and is slower.
find_package(verilator 5.006 REQUIRED HINTS $ENV{VERILATOR_ROOT})
find_package(Threads REQUIRED)

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
  # The model is most of a simulation's time: -O3 for it whatever the build type.
  verilate(${target} ${trace}
    SOURCES ${arg_SOURCES}
    TOP_MODULE tendon_top
    PREFIX ${PREFIX}
    DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/${PREFIX}.dir
    OPT_FAST -O3 OPT_SLOW -O1 OPT_GLOBAL -O2
    VERILATOR_ARGS -Wall -O3 --assert --x-initial unique --x-assign fast ${arg_GENERICS})
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources EXCLUDE REGEX "/include/verilated[a-z_]*\\.cpp$")
  set_target_properties(${target} PROPERTIES SOURCES "${sources}")
  target_link_libraries(${target} PUBLIC tendon_verilated)
endfunction()
