#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the library as two files that a project can copy into its own tree:
thread_stop.h and thread_stop.c."""

import pathlib
import re
import sys

RUNTIME = pathlib.Path(__file__).resolve().parent
HEAD = """\
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * thread_stop.c: the library in one file, made by amalgamate.py. Compile it
 * as C11 or later, with thread_stop.h beside it, and link with -pthread. No
 * other option is needed.
 *
 *   -DTHREAD_STOP_NO_SIGNAL  wake threads by eventfds, not by a signal
 *   -DTHREAD_STOP_DEBUG      abort when the signal is found unblocked
 *
 * If a program and its plugins each have a copy: link with
 *   -Wl,--export-dynamic-symbol=thread_stop_control_1
 * and the plugins with -Wl,-z,nodelete.
 */

#define THREAD_STOP_AMALGAMATED
"""
OWN_INCLUDE = re.compile(r'^#include "internal\.h"\n+', re.MULTILINE)
LICENCE = re.compile(r"\A/\* SPDX-License-Identifier: [^\n]*\n \*\n")


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    sources = sorted((RUNTIME / "src").glob("*.c"))
    if not sources:
        sys.exit(f"amalgamate.py: no sources in {RUNTIME / 'src'}")
    parts = [HEAD]
    for path in [RUNTIME / "src" / "internal.h", *sources]:
        text = LICENCE.sub("/*\n", path.read_text(encoding="utf-8"))
        parts.append(f"/* ==== {path.name} ==== */\n\n"
                     + OWN_INCLUDE.sub("", text))
    (out / "thread_stop.c").write_text("\n".join(parts), encoding="utf-8")
    header = RUNTIME / "include" / "thread_stop.h"
    (out / "thread_stop.h").write_text(header.read_text(encoding="utf-8"),
                                       encoding="utf-8")


if __name__ == "__main__":
    main()
