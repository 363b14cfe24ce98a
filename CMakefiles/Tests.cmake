# SPDX-License-Identifier: Apache-2.0
# add_unit_test(<name> SOURCES ... USES ... [BY_CASE]): one cmocka program, run by ctest. BY_CASE: each case of its
# sources is a test of its own, so that cases which wait for timers nobody can shorten wait side by side; the
# program takes a case's name as its argument, and the list of cases is the sources' own.
function(add_unit_test name)
  cmake_parse_arguments(T "BY_CASE" "" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  target_link_libraries(${name} PRIVATE ${T_USES} PkgConfig::CMOCKA warnings)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  if(T_BY_CASE)
    add_cases(${name} ${T_SOURCES})
  else()
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
endfunction()

function(add_cases name)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ARGN})
  foreach(source IN LISTS ARGN)
    file(STRINGS ${source} found REGEX "cmocka_unit_test\\([a-z0-9_]+\\)")
    list(APPEND cases ${found})
  endforeach()
  foreach(case IN LISTS cases)
    string(REGEX REPLACE ".*cmocka_unit_test\\(([a-z0-9_]+)\\).*" "\\1" case ${case})
    add_test(NAME ${name}.${case} COMMAND ${name} ${case} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    # a name that matches nothing would be green
    set_tests_properties(${name}.${case} PROPERTIES FAIL_REGULAR_EXPRESSION "Running 0 test")
  endforeach()
endfunction()
