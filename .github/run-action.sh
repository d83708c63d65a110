#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The step "Check" of action.yml; its inputs are in the environment. Findings
# become annotations through the problem matcher, and all of them are in the
# SARIF report, which GitHub limits less.
set -u

here=$(cd "$(dirname "$0")/.." && pwd)
if [ -z "${PROGRAM-}" ]; then
  for program in "$here"/build/${LLVM:-*}/bin/thread-stop; do
    PROGRAM=$program # the newest version comes last
  done
fi
if ! command -v "$PROGRAM" >/dev/null; then
  echo "::error::thread-stop: there is no program $PROGRAM"
  exit 2
fi

echo "::add-matcher::$here/.github/thread-stop-matcher.json"
options=(--color=never -o text -o "sarif=$SARIF")
[ -z "${BUILD_PATH-}" ] || options+=(-p "$BUILD_PATH")
[ -z "${BASELINE-}" ] || options+=("--baseline=$BASELINE")
[ -z "${DIFF-}" ] || options+=("--diff=$DIFF")
# As a shell splits them: they stand in the workflow.
eval "options+=(${ARGS-})"
# By lines, or else by spaces, and never run: they may come from a pull request.
paths=()
while IFS= read -r line; do
  if [[ ${PATHS-} == *$'\n'* ]]; then
    [ -z "$line" ] || paths+=("$line")
  else
    read -r -a paths <<<"$line"
  fi
done <<<"${PATHS-}"
for i in "${!paths[@]}"; do
  [[ ${paths[i]} != -* ]] || paths[i]=./${paths[i]}
done
"$PROGRAM" "${options[@]}" ${paths[@]+"${paths[@]}"}
code=$?
echo "::remove-matcher owner=thread-stop::"
[ -z "${GITHUB_OUTPUT-}" ] || echo "sarif=$SARIF" >>"$GITHUB_OUTPUT"
exit $code
