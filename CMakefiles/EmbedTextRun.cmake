# SPDX-License-Identifier: Apache-2.0
# The generator half of embed_text().
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/EmbedLiteral.cmake)

set(decls "")
set(defs "")
set(list "")
foreach(file IN LISTS FILES)
  get_filename_component(base "${file}" NAME)
  get_filename_component(name "${file}" NAME_WE)
  string(MAKE_C_IDENTIFIER "${name}" name)
  read_as_literal("${file}" literal body)
  string(APPEND decls "extern const struct text_file text_${name};\n")
  string(APPEND defs "const struct text_file text_${name} = { \"${base}\",\n    ${literal} };\n\n")
  string(APPEND list "    &text_${name},\n")
endforeach()
file(CONFIGURE OUTPUT "${OUT}.h" @ONLY CONTENT
  "#pragma once\n#include \"base/types.h\"\n@decls@extern const struct text_file *const @IDENT@[];\n")
file(CONFIGURE OUTPUT "${OUT}.c" @ONLY CONTENT
  "#include \"@IDENT@.h\"\n\n@defs@const struct text_file *const @IDENT@[] = {\n@list@    (void *)0,\n};\n")
