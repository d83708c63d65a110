#!/bin/sh
# Formats our C and C++ sources, or with --check lists those that need it.
# Left alone: tests of checks and examples, whose columns and odd code matter.
set -eu
cd "$(dirname "$0")/../.."
mode=-i
[ "${1-}" != --check ] || mode='--dry-run --Werror'
# shellcheck disable=SC2086
find checks test tool clangd runtime \
  \( -path test/checks -o -path test/infra -o -path test/real \
  -o -path test/known-issues -o -path test/labelled -o -path '*/Inputs' \) -prune \
  -o \( -name '*.h' -o -name '*.hpp' -o -name '*.c' -o -name '*.cpp' \) \
  -print0 2>/dev/null | xargs -0 -r "${CLANG_FORMAT:-clang-format}" $mode
