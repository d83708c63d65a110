# Chooses the LLVM to build for and, unless the user named one, its compiler.
# Included before project(), because a compiler cannot be changed later.

set(THREAD_STOP_LLVM "" CACHE STRING
    "Major version of the LLVM to build for; empty: the newest installed")
set(THREAD_STOP_LLVM_MIN 14)
set(THREAD_STOP_LLVM_MAX 22)

function(_thread_stop_newest_llvm result)
  foreach(major RANGE ${THREAD_STOP_LLVM_MAX} ${THREAD_STOP_LLVM_MIN} -1)
    if(EXISTS "/usr/lib/llvm-${major}/lib/cmake/clang/ClangConfig.cmake"
       AND EXISTS "/usr/lib/llvm-${major}/include/clang-tidy/ClangTidyCheck.h")
      set(${result} ${major} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR
    "No LLVM with the clang-tidy headers under /usr/lib/llvm-<major>: install"
    " clang-<major>, libclang-<major>-dev and llvm-<major>-dev, or run"
    " cmake/scripts/setup.sh build.")
endfunction()

if(NOT THREAD_STOP_LLVM)
  _thread_stop_newest_llvm(_newest)
  set_property(CACHE THREAD_STOP_LLVM PROPERTY VALUE ${_newest})
endif()
if(NOT THREAD_STOP_LLVM MATCHES "^[0-9]+$"
   OR THREAD_STOP_LLVM LESS THREAD_STOP_LLVM_MIN
   OR THREAD_STOP_LLVM GREATER THREAD_STOP_LLVM_MAX)
  message(FATAL_ERROR "THREAD_STOP_LLVM=${THREAD_STOP_LLVM}: supported are"
    " ${THREAD_STOP_LLVM_MIN} to ${THREAD_STOP_LLVM_MAX}.")
endif()
set(THREAD_STOP_LLVM_ROOT "/usr/lib/llvm-${THREAD_STOP_LLVM}" CACHE PATH
    "Where LLVM ${THREAD_STOP_LLVM} is installed")
foreach(_file lib/cmake/clang/ClangConfig.cmake
        include/clang-tidy/ClangTidyCheck.h)
  if(NOT EXISTS "${THREAD_STOP_LLVM_ROOT}/${_file}")
    message(FATAL_ERROR "No ${_file} in ${THREAD_STOP_LLVM_ROOT}: install"
      " clang-${THREAD_STOP_LLVM}, libclang-${THREAD_STOP_LLVM}-dev and"
      " llvm-${THREAD_STOP_LLVM}-dev, or run"
      " cmake/scripts/setup.sh build ${THREAD_STOP_LLVM}.")
  endif()
endforeach()

function(_thread_stop_default_compiler language variable program)
  set(path "${THREAD_STOP_LLVM_ROOT}/bin/${program}")
  if(NOT DEFINED CMAKE_${language}_COMPILER AND NOT DEFINED ENV{${variable}}
     AND EXISTS "${path}")
    set(CMAKE_${language}_COMPILER "${path}" CACHE FILEPATH
        "The ${language} compiler")
  endif()
endfunction()

_thread_stop_default_compiler(C CC clang)
_thread_stop_default_compiler(CXX CXX clang++)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
