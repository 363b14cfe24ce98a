# SPDX-License-Identifier: Apache-2.0
# The one INTERFACE target that every file of ours compiles with: warnings as errors, and hardening.
option(MILLRACE_FAILPOINTS "Compile named failpoints in (test flavours only)" OFF)

add_library(warnings INTERFACE)
target_compile_definitions(warnings INTERFACE _GNU_SOURCE)
if(MILLRACE_FAILPOINTS)
  target_compile_definitions(warnings INTERFACE MILLRACE_FAILPOINTS=1)
endif()
target_compile_options(warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual
  -Wcast-align -Wwrite-strings -Wundef -Wformat=2 -Wdouble-promotion -Wvla -Werror
  -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fPIE
  -ftrivial-auto-var-init=zero -UNDEBUG) # assertions stay on in every flavour
# clang before 16 wants to hear that zeroing is meant.
if(CMAKE_C_COMPILER_ID STREQUAL "Clang" AND CMAKE_C_COMPILER_VERSION VERSION_LESS 16)
  target_compile_options(warnings INTERFACE
    -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang)
endif()
if(NOT CMAKE_C_FLAGS MATCHES "fsanitize" AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(warnings INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
target_link_options(warnings INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
