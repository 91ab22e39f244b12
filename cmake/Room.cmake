# larder_room(<name> FLOOR <n> SOURCES <files>... [LINK <targets>...] [INCLUDE <dirs>...])
#
# One room: a folder of lib/, compiled as object library larder_<name>. Rooms see each other's headers
# as "room/header.h"; which of them a room may include is decided by its floor and checked by
# tools/check-layers. LINK names outside libraries; they end up on the link line of the library.
function(larder_room name)
  cmake_parse_arguments(ROOM "" "FLOOR" "SOURCES;LINK;INCLUDE" ${ARGN})
  set(target larder_${name})
  add_library(${target} OBJECT ${ROOM_SOURCES})
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${target}
    PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include
    PUBLIC ${PROJECT_SOURCE_DIR}/lib)
  if(ROOM_INCLUDE)
    target_include_directories(${target} SYSTEM PRIVATE ${ROOM_INCLUDE})
  endif()
  target_link_libraries(${target} PUBLIC ${ROOM_LINK} Threads::Threads PRIVATE $<BUILD_INTERFACE:larder_warnings>)
  set_property(GLOBAL APPEND PROPERTY LARDER_ROOMS ${target})
  set_property(GLOBAL APPEND PROPERTY LARDER_LINK ${ROOM_LINK})
endfunction()

# larder_component(<name> SOURCES <files>... [LINK <targets>...])
#
# An optional library of its own, larder::<name>, on top of the public API: its folder of lib/ includes
# no room, and no room includes it (tools/check-layers). Installed by cmake/Install.cmake.
function(larder_component name)
  cmake_parse_arguments(COMPONENT "" "" "SOURCES;LINK" ${ARGN})
  set(target larder_${name})
  add_library(${target} ${COMPONENT_SOURCES})
  add_library(larder::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} CXX_EXTENSIONS OFF
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/lib)
  target_link_libraries(${target} PUBLIC larder PRIVATE ${COMPONENT_LINK}
    $<BUILD_INTERFACE:larder_warnings>)
  set_property(GLOBAL APPEND PROPERTY LARDER_COMPONENTS ${name})
endfunction()

# larder_test(<name> SOURCES <files>... ROOMS <rooms>... [LINK <targets>...] [LABELS <labels>...])
#
# One test program. ROOMS are linked one by one, so that a room's tests do not need the floors above.
# Its cases carry the name of its folder as a label, and target tests_<folder> builds it.
function(larder_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;ROOMS;LINK;LABELS" ${ARGN})
  set(target test_${name})
  add_executable(${target} ${TEST_SOURCES})
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  list(TRANSFORM TEST_ROOMS PREPEND larder_)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${target} PRIVATE ${TEST_ROOMS} ${TEST_LINK} GTest::gmock GTest::gtest_main
    larder_warnings)
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME folder)
  larder_tests_need(${folder} ${target})
  include(GoogleTest)
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS "${folder};${TEST_LABELS}" TIMEOUT 300)
endfunction()

# Tells one source of this folder about a place. Not the whole target: a path in the options of every
# source keeps the compiler's cache from serving another clone.
function(larder_source_knows source name place)
  set_property(SOURCE ${source} APPEND PROPERTY COMPILE_DEFINITIONS "${name}=\"${place}\"")
endfunction()

# Makes tests_<folder> build these targets.
function(larder_tests_need folder)
  if(NOT TARGET tests_${folder})
    add_custom_target(tests_${folder})
  endif()
  add_dependencies(tests_${folder} ${ARGN})
endfunction()
