#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# lint_check.sh PROGRAM REPORT STAMP: fails if there are findings.
"$1" merge --output=text "$2" >"$3" && exit
cat "$3" >&2
exit 1
