# SPDX-License-Identifier: Apache-2.0
# embed_sql(<target> <dir>): every <dir>/*.sql becomes `const struct pg_stmt sql_<name>`, and
#   <target>_sql[] lists them all; pg_open() prepares the list, so a typo stops the process at start.
# embed_text(<target> <ident> <file>...): every file becomes `const struct text_file text_<name>`
#   (name, text) in <ident>.h, listed in <ident>[]; used for GraphQL documents and migrations.
# Both are generated at build time and never committed.
function(embed_sql target dir)
  string(MAKE_C_IDENTIFIER "${target}" ident)
  file(GLOB sql CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${dir}/*.sql")
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${ident}_sql")
  add_custom_command(
    OUTPUT ${out}.c ${out}.h
    COMMAND ${CMAKE_COMMAND} "-DSQL=${sql}" -DIDENT=${ident} -DOUT=${out}
            -P ${PROJECT_SOURCE_DIR}/CMakefiles/EmbedSqlRun.cmake
    DEPENDS ${sql} ${PROJECT_SOURCE_DIR}/CMakefiles/EmbedSqlRun.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out}.c ${out}.h)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
  set_source_files_properties(${out}.c PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
endfunction()

function(embed_text target ident)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${ident}")
  add_custom_command(
    OUTPUT ${out}.c ${out}.h
    COMMAND ${CMAKE_COMMAND} "-DFILES=${ARGN}" -DIDENT=${ident} -DOUT=${out}
            -P ${PROJECT_SOURCE_DIR}/CMakefiles/EmbedTextRun.cmake
    DEPENDS ${ARGN} ${PROJECT_SOURCE_DIR}/CMakefiles/EmbedTextRun.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out}.c ${out}.h)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
  set_source_files_properties(${out}.c PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
endfunction()
