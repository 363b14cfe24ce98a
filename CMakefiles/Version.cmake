# SPDX-License-Identifier: Apache-2.0
# --version says what git describes; in a tree without git it says project(VERSION).
find_package(Git QUIET)
set(MILLRACE_VERSION "${PROJECT_VERSION}")
if(Git_FOUND)
  execute_process(COMMAND ${GIT_EXECUTABLE} -C ${PROJECT_SOURCE_DIR} describe --tags --always --dirty
    OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed AND described)
    set(MILLRACE_VERSION "${PROJECT_VERSION}-${described}")
  endif()
endif()
