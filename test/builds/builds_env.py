# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of builds share: a project of its own, the recipes of the
docs, and which sources a build has looked at.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["THREAD_STOP_SOURCE"],
                                "test", "tool"))

# pylint: disable=wrong-import-position
import project_env
from project_env import (BUILD, LLVM, PROGRAM, SOURCE,  # noqa: E402
                         ToolTest, main)

__all__ = ["BUILD", "BAD", "GOOD", "LLVM", "PROGRAM", "SOURCE", "BuildTest", "main",
           "needs", "recipe", "shell_lines"]

GOOD = '#include "common.h"\nint %s(void) { return COMMON; }\n'
BAD = """#include <pthread.h>
#include "common.h"
void %s(pthread_t t) {
  pthread_cancel(t);
}
"""


def needs(*programs):
    """Skips the whole script without them."""
    for program in programs:
        if not shutil.which(program):
            print("skipped: no " + program)
            sys.exit(77)


def recipe(page, language, which=0):
    """A fenced block of a page."""
    text = (SOURCE / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```%s\n(.*?)^```" % language, text, re.M | re.S)
    return blocks[which]


def shell_lines(page, heading):
    """The indented command lines below a heading, joined where they go on."""
    text = (SOURCE / "docs" / page).read_text(encoding="utf-8")
    section = text.split("\n%s\n" % heading)[1]
    section = re.split(r"^#+ ", section, flags=re.M)[0]
    section = re.sub(r"^```.*?^```", "", section, flags=re.M | re.S)
    lines = re.findall(r"^    (.*)$", section, re.M)
    return "\n".join(lines).replace("\\\n", "").split("\n")


class BuildTest(ToolTest):
    def setUp(self):
        super().setUp()
        # The recipes say thread-stop: it is found by its name.
        programs = self.folder / "bin"
        programs.mkdir()
        (programs / "thread-stop").symlink_to(PROGRAM)
        self.path = "%s:%s" % (programs, os.environ["PATH"])

    def call(self, *command, cwd=None, **more):
        """Exit code and all output of a command."""
        environment = project_env.environment(self.folder, PATH=self.path,
                                              **more)
        done = subprocess.run(
            [str(word) for word in command], cwd=str(cwd or self.root),
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", timeout=300, check=False)
        return done.returncode, done.stdout

    def checked_call(self, *command, **more):
        code, out = self.call(*command, **more)
        self.assertEqual(0, code, "%s\n%s" % (command, out))
        return out

    def touch_new(self, name, text):
        """Writes a file that is younger than all that was built."""
        path = pathlib.Path(self.root / name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
