#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Run the labelled cases with the plugin just built.

They are kept outside this repository, in ../shared/cases or the folder that
THREAD_STOP_CASES names. Without them, the test is skipped.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "cmake",
                                "scripts"))
import checks_def

source = os.environ["THREAD_STOP_SOURCE"]
build = os.environ["THREAD_STOP_BUILD"]
llvm = os.environ["THREAD_STOP_LLVM"]
folder = os.environ.get("THREAD_STOP_CASES") or os.path.join(
    os.path.dirname(source), "shared", "cases")
script = os.path.join(folder, "run.py")
if not os.path.exists(script):
    print("skipped: no labelled cases in %s (set THREAD_STOP_CASES)" % folder)
    sys.exit(77)
# migrate rewrites threads; that is tested on whole programs, in migrate/.
ids = [check.id for check in checks_def.load(source) if check.id != "migrate"]
if not ids:
    print("skipped: no check yet")
    sys.exit(77)
sys.exit(subprocess.call([
    sys.executable, script,
    "--plugin", os.path.join(build, "lib", "libthread-stop-tidy.so"),
    "--clang-tidy", "clang-tidy-" + llvm, "--check", *ids, "-v"]))
