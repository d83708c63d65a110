# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What test_bazel.py needs: workspaces, Bazel without a network, and nginx as
its remote cache. What a user has to write comes from docs/scale.md.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

SOURCE = pathlib.Path(os.environ["THREAD_STOP_SOURCE"])
PROGRAM = pathlib.Path(os.environ["THREAD_STOP_BUILD"]) / "bin/thread-stop"
LLVM = os.environ["THREAD_STOP_LLVM"]
RULES = SOURCE / "tool" / "bazel"
PAGE = (SOURCE / "docs" / "scale.md").read_text(encoding="utf-8")
# Where Debian has what other builds of Bazel fetch.
JAVA_RULES = pathlib.Path("/usr/share/bazel/rules/java")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
LIMIT = 600  # seconds for one command

# Bazel's own build files load these rules, which it has built in.
RULES_CC = "".join("%s = native.%s\n" % (name, name) for name in (
    "cc_binary", "cc_import", "cc_library", "cc_proto_library", "cc_test",
    "cc_toolchain", "cc_toolchain_suite", "fdo_profile"))

HEADER = "#include <pthread.h>\n"
CANCEL = "static inline void %s(pthread_t t) { pthread_cancel(t); }\n"
SWAPPED = """static inline void %s(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DEFERRED, &old);
}
"""
# Compiles as C only, or with the options of the BUILD file only.
LOG = """#include <log/log.h>
#include "log/private.h"
#if !TWO || !WORDS || !SHARED || !ONLY_C || ONLY_CXX
#error options are missing
#endif
const char *const place = PLACE;
void log_line(pthread_t t) {
  int class = TEXT[0] == 'a' && TEXT[1] == ' ';
  pthread_kill(t, class ? 9 : 0);
}
"""
FILES = {
    "log/BUILD": """
cc_library(
    name = "log",
    srcs = ["log.c", "private.h"],
    hdrs = ["include/log/log.h"],
    copts = ["-DTWO -DWORDS", "-DPLACE=\\\\\\"$(GENDIR)\\\\\\""],
    defines = ["SHARED"],
    includes = ["include"],
    local_defines = ['TEXT=\\\\"a\\\\ b\\\\"'],
    visibility = ["//visibility:public"],
)
""",
    "log/include/log/log.h": HEADER + "#include <signal.h>\n"
                             + CANCEL % "log_stop",
    "log/private.h": SWAPPED % "log_calm",
    "log/log.c": LOG,
    "pool/BUILD": """
cc_library(
    name = "pool",
    srcs = ["pool.cc"],
    hdrs = ["pool.h"],
    strip_include_prefix = "/pool",
    visibility = ["//visibility:public"],
)
""",
    "pool/pool.h": HEADER + "struct pool { pthread_t t; };\n"
                   + SWAPPED % "pool_calm",
    "pool/pool.cc": "#include <pool.h>\n#if !ONLY_CXX || ONLY_C\n"
                    "#error options are missing\n#endif\n"
                    "class Pool : pool {\n"
                    "  void stop() { pthread_cancel(t); }\n};\n",
    "app/BUILD": """
cc_binary(
    name = "server",
    srcs = ["server.cc"],
    deps = ["//log", "//pool", "@other//:other"],
)

cc_binary(
    name = "tool",
    srcs = ["generated.c", "tool.c"],
    deps = ["//log"],
)

genrule(
    name = "generate",
    srcs = ["generated.in"],
    outs = ["generated.c"],
    cmd = "cp $< $@",
)
""",
    "app/server.cc": "#include <log/log.h>\n#include <pool.h>\n"
                     "#include <other.h>\n#include <far.h>\n"
                     "int main() { pthread_cancel(nullptr == nullptr ? "
                     "pthread_self() : pthread_t()); }\n",
    "app/tool.c": "#include <log/log.h>\n"
                  "int main(void) { pthread_cancel(pthread_self()); }\n",
    "app/generated.in": "#include <log/log.h>\n" + CANCEL % "generated",
    "fine/BUILD": 'cc_library(name = "fine", srcs = ["fine.c"])\n',
    "fine/fine.c": "int add(int a, int b) { return a + b; }\n",
    "left/BUILD": 'cc_library(name = "left", srcs = ["left.c"],\n'
                  '           tags = ["no-thread-stop"])\n',
    "left/left.c": HEADER + CANCEL % "left",
    "BUILD": 'exports_files([".clang-tidy"])\n',
    # Before LLVM 22 nothing is told of headers without it.
    ".clang-tidy": "HeaderFilterRegex: '.*'\n",
}
SOURCES = {"log/log.c", "pool/pool.cc", "app/server.cc", "app/tool.c",
           "app/generated.c", "fine/fine.c"}
OTHER = {
    "WORKSPACE": 'workspace(name = "other")\n',
    "BUILD": """
cc_library(
    name = "other",
    srcs = ["other.c"],
    hdrs = ["other.h", "far/far.h"],
    includes = ["far"],
    visibility = ["//visibility:public"],
)
""",
    "other.h": HEADER + CANCEL % "other",
    "far/far.h": HEADER + CANCEL % "far_away",
    "other.c": HEADER + CANCEL % "other",
}


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def block(language):
    """What the page says that the user has to write."""
    found = re.search(r"^```%s\n(.*?)^```$" % language, PAGE,
                      re.MULTILINE | re.DOTALL)
    if not found:
        raise RuntimeError("docs/scale.md has no block ```" + language)
    return found.group(1)


def put(text, *pairs):
    """Exchanges what is the user's own."""
    for old, new in pairs:
        if old not in text:
            raise RuntimeError("docs/scale.md does not say %r" % old)
        text = text.replace(old, str(new))
    return text


class Cache:
    """nginx as the page describes it."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("files", "temporary"):
            (folder / name).mkdir(parents=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = "http://127.0.0.1:%d" % self.port
        server = put(block("nginx"),
            ("listen 8080;", "listen 127.0.0.1:%d;" % self.port),
            ("/var/cache/bazel/files", folder / "files"),
            ("/var/cache/bazel/temporary", folder / "temporary"))
        others = "".join("%s_temp_path %s;\n" % (kind, folder / kind)
                         for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
        config = folder / "nginx.conf"
        config.write_text(
            "daemon off; master_process off; pid %s/pid;\nevents {}\n"
            "http {\naccess_log off;\n%s%s}\n" % (folder, others, server))
        self.log = open(folder / "log", "wb")
        self.nginx = subprocess.Popen(
            [NGINX, "-c", str(config), "-p", str(folder), "-e", "stderr"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.wait()

    def wait(self):
        for _ in range(100):
            try:
                urllib.request.urlopen(self.url + "/", timeout=5).close()
            except urllib.error.HTTPError:
                return  # it answers
            except OSError:
                time.sleep(0.1)
            if self.nginx.poll() is not None:
                break
        self.stop()
        raise RuntimeError("nginx: " + (self.folder / "log").read_text())

    def entries(self):
        """Answers kept, of actions."""
        return len(list((self.folder / "files" / "ac").glob("*")))

    def stop(self):
        self.nginx.send_signal(signal.SIGTERM)
        self.nginx.wait(30)
        self.log.close()


class Built:
    """What a build did."""

    def __init__(self, code, text, spawns):
        self.code, self.text = code, text
        self.ran, self.hits = set(), set()
        for spawn in spawns:
            if spawn["mnemonic"] == "ThreadStop":
                # PACKAGE/TARGET.thread-stop/SOURCE.sarif
                name = spawn["listedOutputs"][0].split(".thread-stop/")[1]
                name = name[:-len(".sarif")]
                (self.hits if spawn["remoteCacheHit"] else self.ran).add(name)


class Workspace:
    """A clean workspace with a server of Bazel of its own."""

    def __init__(self, holder, name):
        self.root = holder / name / "work"
        self.program = holder / name / "installed" / "thread-stop"
        self.holder, self.base = holder, holder / name / "base"
        self.events = holder / name / "events.json"
        self.spawns = holder / name / "spawns.json"
        write(holder / name / "rules_cc", {
            "WORKSPACE": "", "cc/BUILD": "", "cc/defs.bzl": RULES_CC})
        write(holder / name / "other", OTHER)
        write(self.root, FILES)
        self.install("1")
        write(self.root, {
            "WORKSPACE": put(block("python"),
                ("/usr/local/share/thread-stop/bazel", RULES),
                ("thread_stop_repository()",
                 'thread_stop_repository(program = "%s")' % self.program))
            + 'local_repository(name = "other", path = "%s")\n' % (
                holder / name / "other"),
            ".bazelrc": block("text")
            + "build --conlyopt=-DONLY_C --cxxopt=-DONLY_CXX\n" + "".join(
                "common --override_repository=%s=%s\n" % pair for pair in (
                    ("rules_cc", holder / name / "rules_cc"),
                    ("rules_java", JAVA_RULES)))})

    def install(self, version):
        """A program with another text, so that it is another program."""
        write(self.program.parent, {self.program.name: """#!/bin/sh
# version %s
exec %s "$@"
""" % (version, PROGRAM)})
        self.program.chmod(0o755)

    def edit(self, name, old, new):
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text, name
        path.write_text(text.replace(old, new), encoding="utf-8")

    def bazel(self, *arguments):
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith("THREAD_STOP")}
        return subprocess.run(
            ["bazel", "--nohome_rc", "--max_idle_secs=120",
             "--local_startup_timeout_secs=500",
             "--output_user_root=%s" % (self.holder / "user"),
             "--output_base=%s" % self.base, "--host_jvm_args=-Xmx512m",
             *arguments], cwd=self.root, stdin=subprocess.DEVNULL,
            env=dict(environment, HOME=str(self.holder)),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", errors="replace", check=False, timeout=LIMIT)

    def build(self, *arguments, targets=("//...",)):
        self.spawns.unlink(missing_ok=True)
        done = self.bazel(
            "build", "--config=threads", "--nosandbox_debug", "--color=no",
            "--curses=no", "--execution_log_json_file=%s" % self.spawns,
            "--build_event_json_file=%s" % self.events, *arguments, "--",
            *targets)
        return Built(done.returncode, done.stdout, list(self.read_spawns()))

    def read_spawns(self):
        text = self.spawns.read_text() if self.spawns.exists() else ""
        decoder, at = json.JSONDecoder(), 0
        while text[at:].strip():
            at += len(text[at:]) - len(text[at:].lstrip())
            value, at = decoder.raw_decode(text, at)
            yield value

    def reports(self):
        """The bytes of each report, by its name."""
        top = self.root / "bazel-bin"
        return {str(path.relative_to(top)): path.read_bytes()
                for path in top.glob("*/*.thread-stop/**/*.sarif")}

    def merged(self, *arguments, at_once=100):
        return subprocess.run(
            ["python3", str(RULES / "report.py"), "--program", str(PROGRAM),
             "--at-once", str(at_once), str(self.events), *arguments], cwd=self.root,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
            check=False, timeout=LIMIT)

    def shutdown(self):
        self.bazel("shutdown")
