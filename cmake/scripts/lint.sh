#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Runs all thread-stop checks; make lint [LLVM=N] [DIR=path] calls it.
#
#   lint.sh DIR   over the C and C++ files of a project. How they are compiled
#                 says compile_commands.json in DIR, in its build* folders, or
#                 further up; without one, the options are guessed.
#   lint.sh       over our own examples and the thread tests of glibc (Debian's
#                 glibc-source), compared with the lists in test/real
#
# Exit code with DIR: 0 no findings, 1 findings, 2 some file, or all, could not
# be analysed (the findings of the others are shown), 130 interrupted.
# Without: 0 as listed, 1 other findings, 2 and 130 as above.
#
# Environment:
#   LLVM        the version, by default the newest there is
#   PLUGIN      libthread-stop-tidy.so, by default that in build/$LLVM/lib
#   CLANG_TIDY  by default clang-tidy-$LLVM
#   JOBS        how many files at a time, by default one for each core
#   TIMEOUT     seconds for one file, by default 300
set -eu

scripts=$(cd "$(dirname "$0")" && pwd)
if [ $# -gt 1 ]; then
  echo "lint.sh: error: usage: lint.sh [DIR]" >&2
  exit 2
fi

[ -n "${LLVM-}" ] || LLVM=$("$scripts/setup.sh" select) || exit 2
PLUGIN=${PLUGIN:-$scripts/../../build/$LLVM/lib/libthread-stop-tidy.so}
set -- --clang-tidy "${CLANG_TIDY:-clang-tidy-$LLVM}" --plugin "$PLUGIN" \
  --jobs "${JOBS:-$(nproc)}" --timeout "${TIMEOUT:-300}" "$@"

export PYTHONDONTWRITEBYTECODE=1
# The last argument is DIR, if there is one.
if [ $# -eq 9 ]; then
  exec python3 "$scripts/lint_project.py" "$@"
fi
exec python3 "$scripts/lint_self.py" "$@"
