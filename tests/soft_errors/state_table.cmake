# SPDX-License-Identifier: MIT
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# tendon_state_table(CONFIG TARGET): every register and memory bit of the Verilated tendon_top_CONFIG
# as a table in TARGET.
function(tendon_state_table config target)
  get_property(folder TARGET tendon_top_${config} PROPERTY BINARY_DIR)
  set(folder ${folder}/Vtendon_${config}.dir)
  set(table ${CMAKE_CURRENT_BINARY_DIR}/state_table_${config}.cpp)
  set(script ${PROJECT_SOURCE_DIR}/tests/soft_errors/state_table.py)
  add_custom_command(OUTPUT ${table}
    COMMAND Python3::Interpreter ${script}
      ${folder}/Vtendon_${config}___024root.h Vtendon_${config} ${table}
    DEPENDS ${script} tendon_top_${config} ${folder}/Vtendon_${config}___024root.h VERBATIM)
  # Verilator's class is not ours to warn about.
  set_source_files_properties(${table} PROPERTIES COMPILE_OPTIONS -w)
  target_sources(${target} PRIVATE ${table})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/soft_errors)
  target_include_directories(${target} SYSTEM PRIVATE ${folder})
  target_link_libraries(${target} PRIVATE tendon_top_${config})
endfunction()
