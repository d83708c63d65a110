#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes docs/images/session.png, session.txt and report.png, and
docs/examples.html.

The first is a terminal in which the commands below have just been run, on the
program that the README begins with: tmux is the terminal, aha turns its colours
into HTML, Chromium draws it. The others are the report of our examples.

    record_session.py --program build/22/bin/thread-stop
    record_session.py --program build/22/bin/thread-stop --check

The second makes nothing: it fails if the report, or the text of the session,
would be another now.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
COLUMNS, PATIENCE = 104, 60  # characters, seconds
PROMPT = "$ "
COMMANDS = ("thread-stop log.c", "thread-stop --fix log.c", "git diff -U0")
PAGE = """<!DOCTYPE html><meta charset="utf-8"><style>
body {{ margin: 0; background: #16181d; color: #d6d9e0; }}
pre {{ margin: 16px 20px; font: {size}px/{line}px 'DejaVu Sans Mono', monospace; }}
</style><pre>{text}</pre>"""
SIZE, LINE = 15, 20  # pixels


def fail(message):
    sys.exit("record_session.py: error: " + message)


def readme_program():
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^```c\n(.*?)^```", text, re.M | re.S)
    return found.group(1) if found else fail("no C code in README.md")


class Terminal:
    def __init__(self, folder, program):
        self.folder = folder
        self.env = {"PATH": "%s:%s" % (program.parent, os.environ["PATH"]),
                    "HOME": str(folder), "LC_ALL": "C.UTF-8",
                    "TERM": "screen-256color", "GIT_PAGER": "cat", "HISTFILE": "/dev/null"}
        self.tmux("new-session", "-d", "-x", str(COLUMNS), "-y", "60",
                  "bash --norc --noprofile")
        self.tmux("send-keys", "PS1='%s'; clear" % PROMPT, "Enter")
        self.wait()

    def tmux(self, *arguments):
        return subprocess.run(
            ["tmux", "-f", "/dev/null", "-S", str(self.folder / "socket"),
             *arguments], env=self.env, cwd=str(self.folder / "project"),
            check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout

    def wait(self):
        """Until the prompt is there again, with nothing behind it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            lines = self.tmux("capture-pane", "-p").rstrip("\n").split("\n")
            if lines[-1].rstrip() == PROMPT.rstrip():
                return
            time.sleep(0.1)
        fail("no prompt:\n" + self.tmux("capture-pane", "-p"))

    def run(self, command):
        self.tmux("send-keys", "-l", command)
        self.tmux("send-keys", "Enter")
        time.sleep(0.3)
        self.wait()

    def screen(self):
        """All lines, with their colours, without the last prompt."""
        text = self.tmux("capture-pane", "-e", "-p", "-S", "-").rstrip("\n ")
        return text.rsplit("\n", 1)[0] + "\n"

    def close(self):
        self.tmux("kill-server")


def prepare(folder):
    project = folder / "project"
    project.mkdir()
    (project / "log.c").write_text(readme_program(), encoding="utf-8")
    (project / "compile_commands.json").write_text(json.dumps(
        [{"directory": str(project), "file": "log.c",
          "command": "cc -c log.c"}]))
    git = ["git", "-c", "user.name=author", "-c",
           "user.email=author@example.org"]
    for arguments in (["init", "-q"], ["add", "log.c"],
                      ["commit", "-q", "-m", "log.c"]):
        subprocess.run(git + arguments, cwd=str(project), check=True)
    subprocess.run(["git", "config", "color.ui", "always"], cwd=str(project),
                   check=True)


def screenshot(page, image, width, height):
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
         "--hide-scrollbars", "--force-device-scale-factor=1.5",
         "--window-size=%d,%d" % (width, height),
         "--screenshot=%s" % image, page.as_uri()], check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)


def session(folder, program):
    """The screen after all commands, with the codes of its colours."""
    prepare(folder)
    terminal = Terminal(folder, program)
    try:
        for command in COMMANDS:
            terminal.run(command)
        return terminal.screen()
    finally:
        terminal.close()


def plain(screen):
    """Without colours, and how long it took."""
    text = re.sub("\033\\[[0-9;]*m", "", screen)
    return re.sub(r"\b\d+\.\d s\b", "0.1 s", text)


def draw(screen, folder, image):
    html = subprocess.run(["aha", "--no-header", "--black"], input=screen,
                          stdout=subprocess.PIPE, check=True,
                          encoding="utf-8").stdout
    page = folder / "session.html"
    page.write_text(PAGE.format(size=SIZE, line=LINE, text=html),
                    encoding="utf-8")
    screenshot(page, image, COLUMNS * SIZE * 602 // 1000 + 44,
               screen.count("\n") * LINE + 34)


def report(program, page):
    """The examples that are wrong; the exit code is that of findings."""
    names = sorted(str(path.relative_to(SOURCE))
                   for path in (SOURCE / "examples").glob("*_wrong.c"))
    done = subprocess.run(
        [str(program), *names, "--no-config", "--no-cache", "--quiet",
         "--output=html=%s" % page, "--"], cwd=str(SOURCE), check=False)
    if done.returncode != 1:
        fail("the examples gave exit code %d" % done.returncode)
    # Wherever that was.
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace(str(SOURCE), "thread-stop"), encoding="utf-8")


def check(program, docs):
    """Compares what is there with what would be made."""
    stale = []
    with tempfile.TemporaryDirectory(prefix="thread-stop-") as name:
        folder = pathlib.Path(name)
        report(program, folder / "examples.html")
        if (folder / "examples.html").read_bytes() != \
                (docs / "examples.html").read_bytes():
            stale.append("examples.html")
        if all(shutil.which(each) for each in ("tmux", "git")):
            now = plain(session(folder, program))
            if now != (docs / "images/session.txt").read_text(encoding="utf-8"):
                stale.append("images/session.png")
                print(now)
    if stale:
        fail("not what the program prints now: %s; run make images" %
             ", ".join(stale))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--docs", type=pathlib.Path, default=SOURCE / "docs",
                        help="where to write")
    parser.add_argument("--check", action="store_true",
                        help="write nothing; fail if something is stale")
    options = parser.parse_args()
    program = options.program.resolve()
    if not program.exists():
        fail("there is no %s: run make build first" % options.program)
    if options.check:
        check(program, options.docs)
        return
    for needed in ("tmux", "aha", "chromium", "git"):
        if not shutil.which(needed):
            fail("no %s: run cmake/scripts/setup.sh images" % needed)
    page = options.docs.resolve() / "examples.html"
    report(program, page)
    images = options.docs.resolve() / "images"
    images.mkdir(exist_ok=True)
    screenshot(page, images / "report.png", 1100, 760)
    with tempfile.TemporaryDirectory(prefix="thread-stop-") as folder:
        screen = session(pathlib.Path(folder), program)
        (images / "session.txt").write_text(plain(screen), encoding="utf-8")
        draw(screen, pathlib.Path(folder), images / "session.png")


if __name__ == "__main__":
    main()
