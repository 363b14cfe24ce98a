# SPDX-License-Identifier: Apache-2.0
# cmake -C CMakefiles/asan.cmake -S . -B build/asan: address and undefined-behaviour sanitizers, failpoints in.
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(CMAKE_C_FLAGS "-O1 -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=all" CACHE STRING "")
set(MILLRACE_FAILPOINTS ON CACHE BOOL "")
