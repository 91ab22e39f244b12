# Every dependency, with the Debian package that brings it.

macro(larder_require package debian_package)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR
      "${package} was not found. On Debian: apt-get install ${debian_package} (or run tools/install-deps)")
  endif()
endmacro()

set(Boost_NO_WARN_NEW_VERSIONS ON)
larder_require(Boost "libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev" 1.81
  COMPONENTS json url)
larder_require(OpenSSL libssl-dev 3.0)
larder_require(SQLite3 libsqlite3-dev 3.35)
larder_require(ZLIB zlib1g-dev)
larder_require(PkgConfig pkg-config)
pkg_check_modules(zstd IMPORTED_TARGET libzstd>=1.4.0)
if(NOT zstd_FOUND)
  message(FATAL_ERROR
    "zstd was not found. On Debian: apt-get install libzstd-dev (or run tools/install-deps)")
endif()
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

find_path(LARDER_XXHASH_INCLUDE xxhash.h)
if(NOT LARDER_XXHASH_INCLUDE)
  message(FATAL_ERROR
    "xxhash.h was not found. On Debian: apt-get install libxxhash-dev (or run tools/install-deps)")
endif()
mark_as_advanced(LARDER_XXHASH_INCLUDE)

if(LARDER_HOTFIX)
  larder_require(LuaCxx liblua5.4-dev)
endif()

if(LARDER_BUILD_TOOL OR LARDER_BUILD_TESTS)
  larder_require(CLI11 libcli11-dev)
endif()
if(LARDER_BUILD_TESTS)
  larder_require(GTest "libgtest-dev libgmock-dev")
endif()
if(LARDER_BUILD_BENCH)
  larder_require(benchmark libbenchmark-dev)
endif()

find_program(LARDER_CCACHE ccache)
mark_as_advanced(LARDER_CCACHE)
if(LARDER_CCACHE AND PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths below the source folder count as relative ones: clones side by side share their objects.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
    CCACHE_NOHASHDIR=1 ${LARDER_CCACHE})
  add_compile_options(-fdebug-prefix-map=${PROJECT_SOURCE_DIR}=.)
endif()
