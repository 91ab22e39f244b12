# Lua 5.4 as C++: LuaCxx::LuaCxx. Its errors unwind the stack as exceptions do. Installed beside
# larderConfig.cmake.
find_path(LuaCxx_INCLUDE_DIR lua.hpp PATH_SUFFIXES lua5.4 lua-5.4 lua54)
find_library(LuaCxx_LIBRARY NAMES lua5.4-c++ lua54-c++ lua-5.4-c++)
mark_as_advanced(LuaCxx_INCLUDE_DIR LuaCxx_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LuaCxx REQUIRED_VARS LuaCxx_LIBRARY LuaCxx_INCLUDE_DIR)
if(LuaCxx_FOUND AND NOT TARGET LuaCxx::LuaCxx)
  add_library(LuaCxx::LuaCxx UNKNOWN IMPORTED)
  set_target_properties(LuaCxx::LuaCxx PROPERTIES
    IMPORTED_LOCATION "${LuaCxx_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${LuaCxx_INCLUDE_DIR}")
endif()
