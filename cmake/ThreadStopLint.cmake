# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# thread_stop_lint(<target>... [ALL] [WARN_ONLY]
#                  [CHECKS <check>...] [CONFIG_FILE <file>] [BASELINE <file>]
#                  [OPTIONS <option>...] [DEPENDS <dependency>...])
#
# Checks the C and C++ sources of targets with thread-stop: one edge of the
# build for each source, which runs again when the source, a header, its options
# or the program have changed. Needs the generators of make or Ninja.
#
#   thread-stop-lint            the target that checks everything; with ALL a
#                               part of the default target
#   thread-stop-lint-<target>   the same for one target
#
# A finding fails its edge, unless WARN_ONLY is given: then it is printed, like a
# warning, when its source is checked. What has findings is checked again in the
# next build. DEPENDS names what makes headers, beside the target's own sources
# and the targets that add_dependencies() has given it, or what it links. The last reports are
# <build>/thread-stop/<target>/<source>.json, for `thread-stop merge`.
#
# THREAD_STOP_PROGRAM is the program; it is looked up in CMAKE_PREFIX_PATH, beside
# this file, and in PATH.

include_guard(GLOBAL)
cmake_minimum_required(VERSION 3.20)

function(thread_stop_lint)
  set(lists CHECKS OPTIONS DEPENDS)
  cmake_parse_arguments(PARSE_ARGV 0 lint "ALL;WARN_ONLY"
    "CONFIG_FILE;BASELINE" "${lists}")
  set(targets ${lint_UNPARSED_ARGUMENTS})
  if(NOT targets)
    message(FATAL_ERROR "thread_stop_lint: name a target")
  endif()
  foreach(key IN LISTS lint_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "thread_stop_lint: ${key} needs a value")
  endforeach()
  if(NOT CMAKE_GENERATOR MATCHES "Makefiles|Ninja$")
    message(FATAL_ERROR "thread_stop_lint: the generator ${CMAKE_GENERATOR}"
      " has no compile_commands.json, or several configurations in it; take Ninja or"
      " Unix Makefiles")
  endif()
  _thread_stop_find_program()

  set(options "")
  if(lint_WARN_ONLY)
    list(APPEND options --exit-zero)
  endif()
  if(lint_CHECKS)
    list(JOIN lint_CHECKS "," checks)
    list(APPEND options "--checks=${checks}")
  endif()
  set(files "")
  foreach(key CONFIG_FILE BASELINE)
    if(lint_${key})
      get_filename_component(file "${lint_${key}}" ABSOLUTE)
      string(TOLOWER "${key}" option)
      string(REPLACE "_" "-" option "${option}")
      list(APPEND options "--${option}=${file}")
      list(APPEND files "${file}")
    endif()
  endforeach()
  list(APPEND options ${lint_OPTIONS})

  if(NOT TARGET thread-stop-lint)
    add_custom_target(thread-stop-lint)
  endif()
  foreach(target IN LISTS targets)
    if(NOT TARGET "${target}")
      message(FATAL_ERROR "thread_stop_lint: there is no target '${target}'")
    endif()
    get_target_property(imported "${target}" IMPORTED)
    get_target_property(aliased "${target}" ALIASED_TARGET)
    if(imported OR aliased)
      message(FATAL_ERROR "thread_stop_lint: '${target}' is an imported or an"
        " alias target: name one that is built here")
    endif()
    get_property(known GLOBAL PROPERTY "thread-stop-lint-${target}")
    if(known)
      message(FATAL_ERROR "thread_stop_lint: '${target}' is checked already")
    endif()
    set_property(GLOBAL PROPERTY "thread-stop-lint-${target}" TRUE)
    # Ours are found by it; it has to be said before the end of the folder.
    set_target_properties("${target}" PROPERTIES EXPORT_COMPILE_COMMANDS ON)
    set(all "")
    if(lint_ALL)
      set(all ALL)
    endif()
    # Sources may still be added to it: its edges are made at the end.
    cmake_language(EVAL CODE "cmake_language(DEFER CALL
      _thread_stop_lint_target [==[${target}]==] [==[${all}]==]
      [==[${options}]==] [==[${files};${lint_DEPENDS}]==])")
  endforeach()
endfunction()

# This file is in <prefix>/lib/cmake/ThreadStop, or one folder further down.
function(_thread_stop_find_program)
  set(here "${CMAKE_CURRENT_FUNCTION_LIST_DIR}")
  find_program(THREAD_STOP_PROGRAM thread-stop
    HINTS "${here}/../../../bin" "${here}/../../../../bin"
    DOC "The program thread-stop, for thread_stop_lint()")
  if(NOT THREAD_STOP_PROGRAM)
    message(FATAL_ERROR "thread_stop_lint: the program thread-stop was not"
      " found: install it, or name it by -DTHREAD_STOP_PROGRAM=<path>")
  endif()
endfunction()

function(_thread_stop_language source result)
  get_filename_component(extension "${source}" LAST_EXT)
  string(REGEX REPLACE "^\\." "" extension "${extension}")
  foreach(language C CXX)
    if(extension IN_LIST CMAKE_${language}_SOURCE_FILE_EXTENSIONS)
      set(${result} ${language} PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# The targets of the project that a target is linked with, at any depth. With
# what others keep to themselves (ALL), or without (INTERFACE): what that one has
# for whoever links it is not for this one.
function(_thread_stop_linked target kind result)
  set(found "")
  set(todo "${target}")
  while(todo)
    list(POP_FRONT todo next)
    set(properties INTERFACE_LINK_LIBRARIES)
    if(kind STREQUAL "ALL" OR next STREQUAL target)
      list(APPEND properties LINK_LIBRARIES)
    endif()
    foreach(property IN LISTS properties)
      get_target_property(names "${next}" ${property})
      foreach(name IN LISTS names)
        if(kind STREQUAL "ALL")
          string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" name "${name}")
        endif()
        if(TARGET "${name}")
          get_target_property(aliased "${name}" ALIASED_TARGET)
          if(aliased)
            set(name "${aliased}")
          endif()
          get_target_property(imported "${name}" IMPORTED)
          if(NOT imported AND NOT name IN_LIST found)
            list(APPEND found "${name}")
            list(APPEND todo "${name}")
          endif()
        endif()
      endforeach()
    endforeach()
  endwhile()
  list(REMOVE_ITEM found "${target}")
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

# The sources of a target that are made in the build, and are no C or C++: its
# headers, as a rule. Absolute. What a command makes CMake itself knows only when
# the build is generated; where it lies tells as much.
function(_thread_stop_made target result)
  get_target_property(sources "${target}" SOURCES)
  get_target_property(folder "${target}" SOURCE_DIR)
  get_target_property(binary "${target}" BINARY_DIR)
  set(found "")
  foreach(source IN LISTS sources)
    set(language "")
    _thread_stop_language("${source}" language)
    if(NOT source OR source MATCHES "\\$<" OR language)
      continue()
    endif()
    get_filename_component(path "${source}" ABSOLUTE BASE_DIR "${folder}")
    if(NOT EXISTS "${path}")
      get_filename_component(path "${source}" ABSOLUTE BASE_DIR "${binary}")
    endif()
    file(RELATIVE_PATH below "${binary}" "${path}")
    if(NOT EXISTS "${path}" OR
       (NOT below MATCHES "^\\.\\." AND NOT binary STREQUAL folder))
      list(APPEND found "${path}")
    endif()
  endforeach()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

# What has to be there before a target is compiled, beside its sources: files, and
# targets. Of these only that they come first matters, not when they change.
function(_thread_stop_needed target sources result_files result_targets)
  _thread_stop_linked("${target}" ALL linked)
  set(targets "")
  foreach(each IN ITEMS "${target}" ${linked})
    get_target_property(more "${each}" MANUALLY_ADDED_DEPENDENCIES)
    if(more)
      list(APPEND targets ${more})
    endif()
  endforeach()
  # A file of another folder is made by its target only.
  foreach(each IN LISTS linked)
    _thread_stop_made("${each}" made)
    if(made)
      list(APPEND targets "${each}")
    endif()
  endforeach()
  _thread_stop_made("${target}" files)
  # So are those of this target, if it is of another folder. And with make, two
  # targets would make a file at the same time.
  set(made "${files}")
  foreach(source IN LISTS sources)
    if(NOT EXISTS "${source}")
      list(APPEND made "${source}")
    endif()
  endforeach()
  get_target_property(folder "${target}" SOURCE_DIR)
  if(made AND (CMAKE_GENERATOR MATCHES "Makefiles" OR
               NOT folder STREQUAL CMAKE_CURRENT_SOURCE_DIR))
    set(files "")
    list(APPEND targets "${target}")
  endif()
  list(REMOVE_DUPLICATES targets)
  set(${result_files} "${files}" PARENT_SCOPE)
  set(${result_targets} "${targets}" PARENT_SCOPE)
endfunction()

# Of a target, all C and C++ sources, absolute; also those that a library gives
# to whoever links it.
function(_thread_stop_sources target result)
  _thread_stop_linked("${target}" INTERFACE linked)
  get_target_property(sources "${target}" SOURCES)
  if(NOT sources)
    set(sources "")
  endif()
  foreach(each IN LISTS linked)
    get_target_property(more "${each}" INTERFACE_SOURCES)
    if(more)
      list(APPEND sources ${more})
    endif()
  endforeach()
  get_target_property(folder "${target}" SOURCE_DIR)
  set(found "")
  foreach(source IN LISTS sources)
    # What an expression stands for is known only when the build is generated.
    if(source MATCHES "\\$<")
      if(NOT source MATCHES "TARGET_OBJECTS")
        message(STATUS "thread_stop_lint: ${target}: not checked: ${source}")
      endif()
      continue()
    endif()
    get_filename_component(source "${source}" ABSOLUTE BASE_DIR "${folder}")
    get_source_file_property(language "${source}" TARGET_DIRECTORY "${target}"
      LANGUAGE)
    get_source_file_property(header "${source}" TARGET_DIRECTORY "${target}"
      HEADER_FILE_ONLY)
    # Not known yet of sources that were added to an existing target.
    if(NOT language)
      _thread_stop_language("${source}" language)
    endif()
    if(language MATCHES "^(C|CXX)$" AND NOT header)
      list(APPEND found "${source}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES found)
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

# A copy of compile_commands.json that keeps its time of change while it says
# the same, which CMake's own does not. Once for each folder of the project.
function(_thread_stop_database result)
  # Not among the reports.
  set(copy "${CMAKE_BINARY_DIR}/CMakeFiles/thread-stop/compile_commands.json")
  set(${result} "${copy}" PARENT_SCOPE)
  if(TARGET thread-stop-database)
    return()
  endif()
  add_custom_target(thread-stop-database
    COMMAND "${CMAKE_COMMAND}" -E copy_if_different
            "${CMAKE_BINARY_DIR}/compile_commands.json" "${copy}"
    BYPRODUCTS "${copy}" COMMENT "Looking for changed options" VERBATIM)
endfunction()

# A name for a source's report: relative to where its target is, without "..".
function(_thread_stop_report_name source target result)
  get_target_property(folder "${target}" SOURCE_DIR)
  get_target_property(binary "${target}" BINARY_DIR)
  file(RELATIVE_PATH name "${folder}" "${source}")
  if(NOT name MATCHES "^\\.\\.")
    set(${result} "${name}" PARENT_SCOPE)
    return()
  endif()
  file(RELATIVE_PATH name "${binary}" "${source}")
  if(NOT name MATCHES "^\\.\\.")
    set(${result} "made/${name}" PARENT_SCOPE)
    return()
  endif()
  string(REGEX REPLACE "^/" "" name "${source}")
  set(${result} "${name}" PARENT_SCOPE)
endfunction()

function(_thread_stop_lint_target target all options depends)
  _thread_stop_sources("${target}" sources)
  _thread_stop_needed("${target}" "${sources}" files targets)
  _thread_stop_database(database)
  list(APPEND depends ${files})
  if(targets)
    # Has no file that could change.
    add_custom_target("thread-stop-needs-${target}")
    add_dependencies("thread-stop-needs-${target}" ${targets})
    list(APPEND depends "thread-stop-needs-${target}")
  endif()
  get_target_property(binary "${target}" BINARY_DIR)
  get_target_property(unity "${target}" UNITY_BUILD)
  if(unity)
    message(STATUS "thread_stop_lint: ${target}: with UNITY_BUILD the options of"
      " single sources are not known: those of their neighbours are taken")
  endif()
  set(color "")
  if(CMAKE_COLOR_DIAGNOSTICS)
    set(color --color=always)
  endif()
  set(stamps "")
  foreach(source IN LISTS sources)
    _thread_stop_report_name("${source}" "${target}" name)
    set(report "${CMAKE_BINARY_DIR}/thread-stop/${target}/${name}")
    get_filename_component(folder "${report}" DIRECTORY)
    file(MAKE_DIRECTORY "${folder}")
    file(RELATIVE_PATH shown "${CMAKE_SOURCE_DIR}" "${source}")
    # The stamp is younger than what it depends on only after a run without an
    # error; the report is there in any case.
    add_custom_command(
      OUTPUT "${report}.stamp"
      BYPRODUCTS "${report}.json"
      COMMAND "${THREAD_STOP_PROGRAM}" "${source}" -p "${database}" -j 1
              "--outputs-below=${binary}/CMakeFiles/${target}.dir"
              --no-summary ${color} -o text -o "json=${report}.json"
              "--depfile=${report}.d" "--depfile-target=${report}.stamp"
              ${options}
      COMMAND "${CMAKE_COMMAND}" -E touch "${report}.stamp"
      DEPENDS "${source}" "${database}" "${THREAD_STOP_PROGRAM}"
              thread-stop-database ${depends}
      DEPFILE "${report}.d"
      WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
      COMMENT "Checking ${shown}"
      VERBATIM)
    list(APPEND stamps "${report}.stamp")
  endforeach()
  add_custom_target("thread-stop-lint-${target}" ${all} DEPENDS ${stamps})
  add_dependencies(thread-stop-lint "thread-stop-lint-${target}")
endfunction()
