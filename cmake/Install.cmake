# cmake --install, find_package(larder), pkg-config.

include(CMakePackageConfigHelpers)

install(TARGETS larder EXPORT larderTargets)
install(DIRECTORY include/larder DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN hotfix EXCLUDE)
# Annotated sources compile with and without the component.
install(FILES include/larder/hotfix/point.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/larder/hotfix)
install(FILES ${PROJECT_BINARY_DIR}/include/larder/version.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/larder)
install(EXPORT larderTargets NAMESPACE larder:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/larder)

configure_package_config_file(cmake/larderConfig.cmake.in larderConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/larder)
write_basic_package_version_file(larderConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/larderConfig.cmake ${PROJECT_BINARY_DIR}/larderConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/larder)

cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
  BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE LARDER_PREFIX_FROM_PC)
configure_file(cmake/larder.pc.in larder.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/larder.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(TARGET larder_tool)
  install(TARGETS larder_tool)
endif()

# Components: larder::<name>, and larder-<name> for pkg-config.
get_property(components GLOBAL PROPERTY LARDER_COMPONENTS)
foreach(component IN LISTS components)
  install(TARGETS larder_${component} EXPORT larder_${component}_targets)
  install(EXPORT larder_${component}_targets NAMESPACE larder::
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/larder)
  install(DIRECTORY include/larder/${component} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/larder)
  configure_file(cmake/larder-${component}.pc.in larder-${component}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/larder-${component}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
if(LARDER_HOTFIX)
  install(FILES cmake/FindLuaCxx.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/larder)
endif()
