# SPDX-License-Identifier: Apache-2.0
# The dependency rule of the tree, in one place (tests/tidy/tidy.py checks the includes themselves).
#
#   base <- conf json pg kafka http httpd metrics        siblings never include one another
#   base json <- domain                                  pure: no I/O
#   base json http domain <- shopify                     the edge to the Admin API
#   base conf json pg kafka httpd metrics <- service
#   all of these <- publishing                           what the three publishers share
#   everything above <- services/*                       one service never includes another
#
# A layer links PUBLICly only to what it may include and PRIVATEly to its one third-party library.
function(add_layer name)
  cmake_parse_arguments(L "" "" "SOURCES;HEADERS;USES;THIRD_PARTY" ${ARGN})
  add_library(${name} STATIC ${L_SOURCES})
  target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/shared FILES ${L_HEADERS})
  set_target_properties(${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  target_link_libraries(${name} PUBLIC ${L_USES} PRIVATE ${L_THIRD_PARTY} warnings)
endfunction()

# A service is one executable below bin/; it exports no headers, so another service cannot include them.
function(add_service name)
  cmake_parse_arguments(S "" "" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${S_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${S_USES} warnings)
endfunction()
