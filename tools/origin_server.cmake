# The loopback server that `larder serve`, the demo and tests share.
add_library(larder_origin_server STATIC
  ${CMAKE_CURRENT_LIST_DIR}/origin_server.cc ${CMAKE_CURRENT_LIST_DIR}/static_files.cc)
target_compile_features(larder_origin_server PUBLIC cxx_std_20)
set_target_properties(larder_origin_server PROPERTIES CXX_EXTENSIONS OFF)
target_include_directories(larder_origin_server PUBLIC ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(larder_origin_server
  PUBLIC Boost::url OpenSSL::SSL OpenSSL::Crypto Threads::Threads PRIVATE larder_warnings)
# GCC 12 sees null pointers and foreign allocators in the frames of coroutines that are neither.
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/origin_server.cc PROPERTIES
  COMPILE_OPTIONS "-Wno-null-dereference;-Wno-mismatched-new-delete")
