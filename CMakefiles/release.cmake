# SPDX-License-Identifier: Apache-2.0
# cmake -C CMakefiles/release.cmake -S . -B build/release: what people run. Assertions stay on.
set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g" CACHE STRING "")
