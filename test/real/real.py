# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests on real code share."""

import os
import pathlib
import sys
import types

SOURCE = pathlib.Path(os.environ.get("THREAD_STOP_SOURCE") or
                      pathlib.Path(__file__).resolve().parents[2])
LLVM = os.environ.get("THREAD_STOP_LLVM", "19")
BUILD = pathlib.Path(os.environ.get("THREAD_STOP_BUILD") or
                     SOURCE / "build" / LLVM)
PLUGIN = BUILD / "lib" / "libthread-stop-tidy.so"
CLANG_TIDY = "clang-tidy-" + LLVM
SCRIPTS = SOURCE / "cmake" / "scripts"
SKIPPED = 77

sys.path.insert(0, str(SCRIPTS))

OPTIONS = types.SimpleNamespace(clang_tidy=CLANG_TIDY, plugin=str(PLUGIN),
                                jobs=os.cpu_count() or 2, timeout=300)
HOW_TO_UPDATE = ("\nIf this is right, update the list: test/real/README.md "
                 "says how.")
