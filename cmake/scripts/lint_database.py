# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Finds out which files of a project to analyse, and how they are compiled."""

import collections
import glob
import json
import os
import shlex
import sys

from lint_tidy import Job

DATABASE = "compile_commands.json"
C_FILES = (".c",)
CXX_FILES = (".cc", ".cpp", ".cxx", ".c++", ".C")
HIDDEN = ("build", "node_modules", "CMakeFiles")

# root: what paths are shown relative to. database: None if there is none.
Project = collections.namedtuple("Project", "root database jobs skipped")


class ProjectError(Exception):
    """A message for the user."""


def load(folder):
    """The project in this folder."""
    if not os.path.exists(folder):
        raise ProjectError("there is no folder '%s'" % os.path.abspath(folder))
    if not os.path.isdir(folder):
        raise ProjectError("'%s' is not a folder: give the folder of the "
                           "project, not a file" % folder)
    if not os.access(folder, os.R_OK | os.X_OK):
        raise ProjectError("the folder '%s' cannot be read" % folder)
    root = os.path.realpath(folder)
    database = find_database(root)
    if database:
        return from_database(root, database)
    return from_folder(root)


def find_database(root):
    """The database in the folder, in its build folders, or further up."""
    candidates = [os.path.join(root, DATABASE)]
    candidates += sorted(glob.glob(
        os.path.join(glob.escape(root), "build*", DATABASE)))
    candidates += sorted(glob.glob(
        os.path.join(glob.escape(root), "build*", "*", DATABASE)))
    parent = root
    while os.path.dirname(parent) != parent:
        parent = os.path.dirname(parent)
        candidates.append(os.path.join(parent, DATABASE))
        candidates += sorted(glob.glob(
            os.path.join(glob.escape(parent), "build*", DATABASE)))
    for candidate in candidates:
        if not os.path.lexists(candidate):
            continue
        # One further up is ours only if it names files of this folder.
        if candidate.startswith(root + os.sep) or names_files_of(
                root, candidate):
            return candidate
    return None


def names_files_of(root, database):
    try:
        entries = read_database(database)
    except ProjectError as error:
        sys.stderr.write("lint: warning: left out: %s\n" % error)
        return False
    return any(is_inside(entry["file"], root) for entry in entries)


def is_inside(file, root):
    return os.path.realpath(file).startswith(os.path.join(root, ""))


def read_database(database):
    """[{"directory", "file", "arguments"}], with absolute paths."""
    again = ("make it again (cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, or "
             "bear -- make), or remove it to do without")
    try:
        with open(database, encoding="utf-8") as file:
            content = json.load(file)
    except OSError as error:
        raise ProjectError("cannot read '%s': %s; allow reading it, or remove "
                           "it to do without" % (
                               database, error.strerror)) from error
    except ValueError as error:
        raise ProjectError("'%s' is not valid JSON: %s; %s" % (
            database, error, again)) from error
    if not isinstance(content, list):
        raise ProjectError("'%s' is not a list of compile commands; %s" % (
            database, again))
    entries = []
    for number, entry in enumerate(content, 1):
        try:
            directory = os.path.join(os.path.dirname(database),
                                     entry["directory"])
            arguments = (list(entry["arguments"]) if "arguments" in entry
                         else shlex.split(entry["command"]))
            if not all(isinstance(word, str) for word in arguments):
                raise TypeError
            entries.append({
                "directory": os.path.normpath(directory),
                "file": os.path.normpath(
                    os.path.join(directory, entry["file"])),
                "arguments": arguments})
        except (KeyError, TypeError, ValueError) as error:
            raise ProjectError("entry %d of '%s' is not a compile command; %s"
                               % (number, database, again)) from error
    return entries


def from_database(root, database):
    entries = read_database(database)
    if not entries:
        raise ProjectError(
            "'%s' is empty: build the project first, or configure it again "
            "with -DCMAKE_EXPORT_COMPILE_COMMANDS=ON" % database)
    inside = [entry for entry in entries if is_inside(entry["file"], root)]
    # The database is in a build folder outside the sources, and that is the
    # folder we were given: all its files are meant.
    if not inside and os.path.dirname(database) == root:
        inside = entries
        root = os.path.realpath(os.path.commonpath(
            [os.path.dirname(entry["file"]) for entry in entries]))
    if not inside:
        raise ProjectError("'%s' names no file in '%s'" % (database, root))
    commands = collections.OrderedDict()
    skipped = 0
    for entry in inside:
        if not entry["file"].endswith(C_FILES + CXX_FILES):
            skipped += 1  # assembler, other languages
        else:
            same = commands.setdefault(entry["file"], [])
            if entry not in same:
                same.append(entry)
    if not commands:
        raise ProjectError("'%s' names no C or C++ file" % database)
    jobs = [Job(file, entries) for file, entries in sorted(commands.items())]
    return Project(root, database, jobs, skipped)


def from_folder(root):
    jobs = [Job(file, [{"directory": root,
                        "arguments": guessed_command(root, file)}])
            for file in sources(root)]
    if not jobs:
        raise ProjectError(
            "there is no C or C++ file (%s) in '%s', and no %s" % (
                " ".join("*" + end for end in C_FILES + CXX_FILES), root,
                DATABASE))
    return Project(root, None, jobs, 0)


def sources(root):
    result = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            name for name in folders
            if not name.startswith(".") and name not in HIDDEN
            and not name.startswith("build-"))
        result += [os.path.join(folder, name) for name in files
                   if name.endswith(C_FILES + CXX_FILES)]
    return sorted(result)


def guessed_command(root, file):
    includes = ["-I" + root, "-I" + os.path.join(root, "include")]
    if file.endswith(C_FILES):
        return ["cc", "-D_GNU_SOURCE", "-pthread", *includes, "-c", file]
    return ["c++", "-std=c++17", "-pthread", *includes, "-c", file]
