#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# lint.sh PROGRAM REPORT ARGUMENTS...: writes a report that says nothing of the
# folder in which the action runs. Findings are no failure.
program=$1 report=$2
shift 2
"$program" --quiet --no-cache --jobs=1 --exit-zero --progress=never \
  --output=sarif="$report.part" "$@" || exit
# The folder of the sandbox; SARIF allows to leave it out. All other names in
# the report are relative to it.
sed '/^    "SRCROOT": {$/,/^    }/{/^     "uri": "file:/d;}' \
  "$report.part" >"$report" && rm "$report.part"
