# Debian packages, by CPack: cmake --build build/N --target packages writes them
# to build/N/packages. See docs/packages.md.
#
# Each package is a component of the installation. The components libthread-stop*
# are there only for packages, which have the library where Debian looks for it,
# in lib/<architecture>; cmake --install puts it below CMAKE_INSTALL_LIBDIR.

find_program(THREAD_STOP_DPKG_DEB dpkg-deb)
find_program(THREAD_STOP_GZIP gzip)
mark_as_advanced(THREAD_STOP_DPKG_DEB THREAD_STOP_GZIP)
if(NOT THREAD_STOP_DPKG_DEB OR NOT THREAD_STOP_GZIP)
  message(STATUS "No packages: there is no dpkg-deb, or no gzip")
  return()
endif()

set(THREAD_STOP_MAINTAINER "thread-stop developers <thread-stop@example.invalid>"
  CACHE STRING "Who the packages name as their maintainer")
set(THREAD_STOP_PACKAGE_RELEASE 1 CACHE STRING
    "The part of the packages' version after the dash")
set(_version "${PROJECT_VERSION}-${THREAD_STOP_PACKAGE_RELEASE}")

# The time in the packages is that of the source: built twice, they are the same.
set(_epoch "$ENV{SOURCE_DATE_EPOCH}")
if(_epoch STREQUAL "")
  execute_process(COMMAND git log -1 --format=%ct
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    OUTPUT_VARIABLE _epoch OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT _epoch MATCHES "^[0-9]+$")
  string(TIMESTAMP _epoch "%s" UTC)
endif()

# --- What is in them ---------------------------------------------------------
if(CMAKE_LIBRARY_ARCHITECTURE)
  set(_libdir "lib/${CMAKE_LIBRARY_ARCHITECTURE}")
else()
  set(_libdir lib)
endif()
thread_stop_install_runtime("${_libdir}" libthread-stop0 libthread-stop-dev
  EXCLUDE_FROM_ALL)
install(FILES "${PROJECT_SOURCE_DIR}/cmake/ThreadStopLint.cmake"
  DESTINATION "${_libdir}/cmake/ThreadStop" COMPONENT libthread-stop-dev
  EXCLUDE_FROM_ALL)

set(_made "${CMAKE_BINARY_DIR}/package-files")
file(MAKE_DIRECTORY "${_made}")
execute_process(COMMAND date -u -R -d "@${_epoch}"
  OUTPUT_VARIABLE THREAD_STOP_PACKAGE_DATE OUTPUT_STRIP_TRAILING_WHITESPACE)
set(THREAD_STOP_PACKAGE_VERSION "${_version}")
set(_templates "${CMAKE_CURRENT_LIST_DIR}/packages")
configure_file("${_templates}/changelog.in" "${_made}/changelog.Debian" @ONLY)
# The text of the licence is in each Debian; that of the exceptions is not.
file(READ "${PROJECT_SOURCE_DIR}/LICENSE" _licence)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/LICENSE")
string(REGEX REPLACE "^.*\n(---- LLVM Exceptions)" "\\1" _licence "${_licence}")
string(REGEX REPLACE "\n+$" "" _licence "${_licence}")
string(REGEX REPLACE "\n\n+" "\n.\n" _licence "${_licence}")
string(REPLACE "\n" "\n " THREAD_STOP_LICENCE "${_licence}")
configure_file("${_templates}/copyright.in" "${_made}/copyright" @ONLY)
configure_file("${PROJECT_SOURCE_DIR}/CHANGELOG.md" "${_made}/changelog" COPYONLY)
foreach(_file changelog changelog.Debian)
  execute_process(COMMAND "${THREAD_STOP_GZIP}" -9nc "${_made}/${_file}"
    OUTPUT_FILE "${_made}/${_file}.gz" COMMAND_ERROR_IS_FATAL ANY)
endforeach()

# CPack writes a postinst and a postrm that call ldconfig for whatever lies in a
# folder below lib/, plugins too, unless we have scripts of these names. It does
# not mind that they are nowhere. What is right is a trigger, for the library.
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${_made}/no/postinst;${_made}/no/postrm")
get_target_property(_so_version thread_stop SOVERSION)
file(WRITE "${_made}/triggers" "activate-noawait ldconfig\n")
file(WRITE "${_made}/shlibs"
  "libthread_stop ${_so_version} libthread-stop0 (>= ${PROJECT_VERSION})\n")
set(CPACK_DEBIAN_LIBTHREAD-STOP0_PACKAGE_CONTROL_EXTRA
  "${_made}/triggers;${_made}/shlibs;${CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA}")

set(CPACK_COMPONENTS_ALL)
set(_targets)
# thread_stop_package(component package section targets description [VAR value...])
# A value goes to CPACK_DEBIAN_<component>_PACKAGE_<VAR>.
function(thread_stop_package component package section targets description)
  string(TOUPPER "${component}" upper)
  install(FILES "${_made}/copyright" "${_made}/changelog.gz"
    "${_made}/changelog.Debian.gz" DESTINATION share/doc/${package}
    COMPONENT ${component} EXCLUDE_FROM_ALL)
  set(prefix CPACK_DEBIAN_${upper})
  set(${prefix}_PACKAGE_NAME ${package} PARENT_SCOPE)
  set(${prefix}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(${prefix}_DESCRIPTION "${description}" PARENT_SCOPE)
  while(ARGN)
    list(POP_FRONT ARGN variable value)
    set(${prefix}_PACKAGE_${variable} "${value}" PARENT_SCOPE)
  endwhile()
  list(APPEND CPACK_COMPONENTS_ALL ${component})
  set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} PARENT_SCOPE)
  list(APPEND _targets ${targets})
  set(_targets ${_targets} PARENT_SCOPE)
endfunction()

set(_about "thread-stop finds mistakes in stopping threads: pthread_cancel and the
calls around it that compile without a warning and fail much later, with a
hang, a crash, or a lock that nobody gives back.")

# The newest first: apt takes the first that there is.
set(_modules)
foreach(_major RANGE ${THREAD_STOP_LLVM_MAX} ${THREAD_STOP_LLVM_MIN} -1)
  list(APPEND _modules thread-stop-tidy-${_major})
endforeach()
list(JOIN _modules " | " _modules)
thread_stop_package(tidy-loader thread-stop-tidy devel thread_stop_tidy_loader
"plugin for clang-tidy that finds mistakes in stopping threads
${_about}

This package has the library to load into clang-tidy, of any version. It looks
for the checks beside it, in the package thread-stop-tidy-<N> for LLVM <N>."
  RECOMMENDS "${_modules}")

# It names no library of LLVM: clang-tidy provides the symbols. So nothing but
# this line knows what it needs. Distributions give LLVM the epoch 1.
set(_tidy "clang-tidy-${THREAD_STOP_LLVM} (>= 1:${LLVM_PACKAGE_VERSION}~)")
thread_stop_package(tidy-module thread-stop-tidy-${THREAD_STOP_LLVM} devel
  thread_stop_module
"checks for clang-tidy of LLVM ${THREAD_STOP_LLVM} about stopping threads
${_about}

This package has the checks for clang-tidy-${THREAD_STOP_LLVM}. Those for other
versions can be installed beside it."
  DEPENDS "${_tidy}, thread-stop-tidy (= ${_version})")

# clang's own headers are no library, and nothing else would ask for them.
set(_headers "libclang-common-${THREAD_STOP_LLVM}-dev")
thread_stop_package(cli thread-stop devel thread_stop_cli
"checks for whole projects that find mistakes in stopping threads
${_about}

This package has the program thread-stop, made with LLVM ${THREAD_STOP_LLVM}. It
needs no clang-tidy, reads compile_commands.json, and writes text, JSON, SARIF,
JUnit and HTML."
  DEPENDS "${_headers}" RECOMMENDS git)

if(TARGET thread_stop_clangd)
  thread_stop_package(clangd thread-stop-clangd devel thread_stop_clangd
"clangd with checks that find mistakes in stopping threads
${_about}

This package has thread-stop-clangd, the clangd of LLVM ${THREAD_STOP_LLVM} with the
checks linked in, for editors, and the pages of the checks."
    DEPENDS "${_headers}")
endif()

set(_runtime "libthread_stop asks threads to stop, in place of pthread_cancel. A request
is never lost and ends the thread's blocking call, which fails with ECANCELED.")
thread_stop_package(libthread-stop0 libthread-stop0 libs thread_stop
"library that asks threads to stop
${_runtime}")
thread_stop_package(libthread-stop-dev libthread-stop-dev libdevel
  "thread_stop_static;thread_stop_vendor"
"library that asks threads to stop, development files
${_runtime}

This package has the headers for C and C++17, the static library, what CMake
and pkg-config need, and the library as two files to copy into a project."
  DEPENDS "libthread-stop0 (= ${_version}), libc6-dev | libc-dev")

# --- CPack -------------------------------------------------------------------
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_DIRECTORY "${CMAKE_BINARY_DIR}/packages")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_CONTACT "${THREAD_STOP_MAINTAINER}")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
  WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE "${THREAD_STOP_PACKAGE_RELEASE}")
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)

add_custom_target(packages
  COMMAND "${CMAKE_COMMAND}" -E rm -rf "${CPACK_PACKAGE_DIRECTORY}"
  COMMAND "${CMAKE_COMMAND}" -E env SOURCE_DATE_EPOCH=${_epoch}
          "${CMAKE_CPACK_COMMAND}" --config "${CMAKE_BINARY_DIR}/CPackConfig.cmake"
  COMMAND "${CMAKE_COMMAND}" -E rm -rf
          "${CPACK_PACKAGE_DIRECTORY}/_CPack_Packages"
  WORKING_DIRECTORY "${CMAKE_BINARY_DIR}" COMMENT "Making packages" VERBATIM)
add_dependencies(packages ${_targets})
