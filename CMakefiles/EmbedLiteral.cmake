# SPDX-License-Identifier: Apache-2.0
# read_as_literal(<file> <literal-var> <body-var>): a file as a C string literal, one source line per line.
# Brackets and semicolons mean something to CMake lists, so the text never becomes a list here.
function(read_as_literal file literal body)
  file(READ "${file}" text)
  string(STRIP "${text}" text)
  string(REGEX REPLACE ";$" "" text "${text}")
  set(${body} "${text}" PARENT_SCOPE)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n\"\n    \"" text "${text}")
  set(${literal} "\"${text}\"" PARENT_SCOPE)
endfunction()
