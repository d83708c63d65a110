# Finds LLVM and defines how every target of ours that sees its headers is
# compiled:
#   thread_stop_clang                include directories and flags
#   thread_stop_{ast,tidy}_pch       LLVM's headers, precompiled once for all
#   thread_stop_target(name kind)    applies the flags and one of those headers

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # gcc mangles OptionsView::get<bool> in another way than the clang that
  # built clang-tidy: the plugin would link, load, and fail at run time.
  message(FATAL_ERROR "Build with clang++, not with ${CMAKE_CXX_COMPILER}:"
    " the symbols of a plugin built by ${CMAKE_CXX_COMPILER_ID} do not match"
    " those of clang-tidy.")
endif()

# No version here: Clang's version file wants an exact major.minor.
find_package(Clang REQUIRED CONFIG
             PATHS "${THREAD_STOP_LLVM_ROOT}" NO_DEFAULT_PATH)
if(NOT LLVM_VERSION_MAJOR EQUAL THREAD_STOP_LLVM)
  message(FATAL_ERROR "${THREAD_STOP_LLVM_ROOT} holds LLVM"
    " ${LLVM_VERSION_MAJOR}, not ${THREAD_STOP_LLVM}.")
endif()
message(STATUS "LLVM ${LLVM_PACKAGE_VERSION} in ${THREAD_STOP_LLVM_ROOT}")

# For programs. LLVM 14 and 15 come without a libclang-cpp.so, only with its
# .so.<version>.
file(GLOB _clang_library "${THREAD_STOP_LLVM_ROOT}/lib/libclang-cpp.so*")
file(GLOB _llvm_library
  "${THREAD_STOP_LLVM_ROOT}/lib/libLLVM-${THREAD_STOP_LLVM}.so"
  "${THREAD_STOP_LLVM_ROOT}/lib/libLLVM.so.${THREAD_STOP_LLVM}*")
if(NOT _clang_library OR NOT _llvm_library)
  message(FATAL_ERROR
    "No libclang-cpp.so, or no libLLVM.so, in ${THREAD_STOP_LLVM_ROOT}/lib")
endif()
list(GET _clang_library 0 THREAD_STOP_CLANG_LIBRARY)
list(GET _llvm_library 0 THREAD_STOP_LLVM_LIBRARY)

add_library(thread_stop_clang INTERFACE)
target_include_directories(thread_stop_clang SYSTEM INTERFACE
  ${CLANG_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
target_include_directories(thread_stop_clang INTERFACE
  "${PROJECT_SOURCE_DIR}/checks")
separate_arguments(_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
# -fPIC is spelled out: CMake would give -fPIE to executables, and a
# precompiled header cannot be shared between the two.
target_compile_options(thread_stop_clang INTERFACE
  ${_definitions} -fPIC -fno-exceptions
  $<$<NOT:$<BOOL:${LLVM_ENABLE_RTTI}>>:-fno-rtti>
  -fvisibility=hidden -Wall -Wextra
  # What LLVM 14 needs may be deprecated in 22, and libstdc++'s own
  # std::stable_sort uses a deprecated function.
  -Wno-deprecated-declarations)

if(THREAD_STOP_SANITIZE)
  list(JOIN THREAD_STOP_SANITIZE "," _sanitizers)
  # LLVM itself is not instrumented: its vtables cannot be checked.
  target_compile_options(thread_stop_clang INTERFACE
    -fsanitize=${_sanitizers} -fno-sanitize=vptr,function
    -fno-omit-frame-pointer)
  target_link_options(thread_stop_clang INTERFACE
    -fsanitize=${_sanitizers} -shared-libsan)
endif()

# Two precompiled headers. The matchers are apart, because they cost two
# seconds in each source that sees them, and so that flow/ and model/ do not
# come to depend on clang-tidy.
# The empty source makes CMake build the header. <> because "x.h" would be
# looked up in the source folder.
set(_ast_headers
  <clang/AST/ASTContext.h>
  <clang/AST/ParentMapContext.h>
  <clang/AST/RecursiveASTVisitor.h>
  <clang/Analysis/AnalysisDeclContext.h>
  <clang/Analysis/CFG.h>
  <clang/Lex/Lexer.h>
  <clang/Lex/Preprocessor.h>
  <map> <optional> <set> <string> <vector>)
set(_tidy_headers ${_ast_headers}
  <clang/ASTMatchers/ASTMatchFinder.h>
  <clang/Tooling/Tooling.h>
  <clang-tidy/ClangTidyCheck.h>
  <clang-tidy/ClangTidyModule.h>)

foreach(_kind ast tidy)
  add_library(thread_stop_${_kind}_pch OBJECT
    "${PROJECT_SOURCE_DIR}/cmake/pch.cpp")
  target_link_libraries(thread_stop_${_kind}_pch PRIVATE thread_stop_clang)
  target_precompile_headers(thread_stop_${_kind}_pch PRIVATE
    ${_${_kind}_headers})
endforeach()

function(thread_stop_target name kind)
  target_link_libraries(${name} PRIVATE thread_stop_clang)
  # Without this, <name>_EXPORTS would be defined for a module only.
  set_target_properties(${name} PROPERTIES DEFINE_SYMBOL "")
  target_precompile_headers(${name} REUSE_FROM thread_stop_${kind}_pch)
endfunction()

# A static library from all sources of a folder, or an empty one if there are
# none: thread_stop_library(name kind folder).
function(thread_stop_library name kind folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cpp")
  if(sources)
    add_library(${name} STATIC ${sources})
    thread_stop_target(${name} ${kind})
  else()
    add_library(${name} INTERFACE)
  endif()
endfunction()
