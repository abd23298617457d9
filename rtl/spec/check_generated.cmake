# SPDX-License-Identifier: MIT
#
# cmake -DROOT=<repository> -P check_generated.cmake: fails when a generated file does not match its
# sources, or was edited. Needs no Python; see generate.py for the two hashes of line 1.
set(digests "")
foreach(name registers.rdl descriptors.rdl generate.py)
  file(SHA256 ${ROOT}/rtl/spec/${name} digest)
  string(APPEND digests ${digest})
endforeach()
string(SHA256 digest "${digests}")
string(SUBSTRING ${digest} 0 16 sources)

foreach(path rtl/gen/tendon_regs_pkg.sv sw/include/tendon/tendon_regs.h docs/registers.md)
  file(READ ${ROOT}/${path} content)
  string(FIND "${content}" "\n" end)
  string(SUBSTRING "${content}" 0 ${end} line)
  math(EXPR end "${end} + 1")
  string(SUBSTRING "${content}" ${end} -1 text)
  string(SHA256 digest "${text}")
  string(SUBSTRING ${digest} 0 16 body)
  if(NOT line MATCHES "sources ${sources}, text ${body}")
    message(FATAL_ERROR "${path} is stale: run rtl/spec/generate.py\n"
                        "  line 1: ${line}\n  want:   sources ${sources}, text ${body}")
  endif()
endforeach()
message(STATUS "generated files match rtl/spec (${sources})")
