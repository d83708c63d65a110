# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs clang-tidy with the plugin and says whether that went well.

A plugin with sanitizers (THREAD_STOP_SANITIZE) needs their runtime in
clang-tidy, too, which is not instrumented: it is preloaded. It is in the
package libclang-rt-<LLVM>-dev.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

REPORT = re.compile(r"ERROR: AddressSanitizer: ([\w-]+)|"
                    r"(runtime error: [^\n]*)|(LLVM ERROR: [^\n]*)|"
                    r"(Assertion `[^\n]*)|(UNREACHABLE executed[^\n]*)")
FRAME = re.compile(r"#\d+ 0x[0-9a-f]+ in (thread_stop::\S+|\S*tidy::thread_"
                   r"stop::\S+)")


class Result:
    def __init__(self, output, status):
        self.output = output
        self.status = status  # None: the time is over

    @property
    def wrong(self):
        """What is wrong with this run, in short; empty if nothing is."""
        found = REPORT.search(self.output)
        if found:
            what = next(g for g in found.groups() if g)
            frame = FRAME.search(self.output)
            return re.sub(r"0x[0-9a-f]+|\d{4,}", "N", what) + (
                " in " + frame.group(1).split("(")[0] if frame else "")
        if self.status is None:
            return "time limit"
        if self.status < 0:
            return signal.Signals(-self.status).name
        return "" if self.status in (0, 1) else "status %d" % self.status


class Tidy:
    """clang-tidy with all checks on some files."""

    def __init__(self, plugin, program=None, limit=20, flags=()):
        """`limit`: seconds for one file; `flags`: for the compiler."""
        self.plugin, self.limit, self.flags = plugin, limit, list(flags)
        self.environment = dict(os.environ)
        module = next(pathlib.Path(plugin).resolve().parent.glob(
            "thread-stop-tidy-*.so"))
        self.llvm = module.stem.rsplit("-", 1)[1]
        self.program = program or "clang-tidy-" + self.llvm
        if not shutil.which(self.program):
            sys.exit("no " + self.program)
        self.clang = "/usr/lib/llvm-%s/bin/clang" % self.llvm
        self.sanitized = b"__asan_init" in module.read_bytes()
        if self.sanitized:
            self.preload()

    def preload(self):
        runtime = subprocess.run(
            [self.clang, "-print-file-name=libclang_rt.asan-x86_64.so"],
            stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout.strip()
        if not os.path.isfile(runtime):
            sys.exit("no %s: install libclang-rt-%s-dev" %
                     (runtime, self.llvm))
        self.environment.update(
            LD_PRELOAD=runtime,
            # LLVM's allocators poison what they have not given away, but only
            # where their header was compiled with ASan: in the plugin, and not
            # in the host, which shares them.
            ASAN_OPTIONS="detect_leaks=0:abort_on_error=0:"
                         "allow_user_poisoning=0",
            UBSAN_OPTIONS="print_stacktrace=1",
            ASAN_SYMBOLIZER_PATH="/usr/lib/llvm-%s/bin/llvm-symbolizer" %
            self.llvm)

    def run(self, files, *options, plugin=True, flags=()):
        load = ["-load", self.plugin, "-checks=-*,thread-stop-*"] \
            if plugin else ["-checks=-*,misc-static-assert"]
        command = [self.program, "-quiet", "--config=", *load, *options,
                   *map(str, files), "--", *self.flags, *flags]
        return execute(command, self.environment,
                       self.limit * (1 + len(files) // 4))

    def compiles(self, path):
        return execute([self.clang, "-fsyntax-only", "-w", *self.flags,
                        str(path)], None, self.limit).status == 0


def execute(command, environment, limit):
    child = subprocess.Popen(command, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, env=environment,
                             encoding="utf-8", errors="replace",
                             start_new_session=True)
    try:
        output, _ = child.communicate(timeout=limit)
        return Result(output, child.returncode)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        return Result("", None)
