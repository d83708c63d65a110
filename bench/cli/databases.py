# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The projects that run.py measures: glibc's thread tests, and generated C++.

Each function returns the folder of a compile_commands.json.
"""

import json
import os
import sys

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(SOURCE, "cmake", "scripts"))

import lint_glibc  # noqa: E402

# Together what a server of this age includes everywhere.
HEAVY = ("algorithm", "condition_variable", "functional", "future", "iostream",
         "map", "memory", "mutex", "regex", "sstream", "string", "thread",
         "unordered_map", "vector")
# Its header includes everything, names nothing that a check needs.
COMMON = "".join("#include <%s>\n" % name for name in HEAVY) + """
namespace app {
template <class T> class Registry {
public:
  void put(const std::string &name, T value) {
    std::lock_guard<std::mutex> guard(mutex_);
    values_[name].push_back(value);
  }
  std::size_t size() const { return values_.size(); }

private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::vector<T>> values_;
};
inline std::string quoted(const std::string &text) { return '"' + text + '"'; }
} // namespace app
"""
PLAIN = """#include "common.h"

namespace app {
static Registry<int> table%(n)d;
std::size_t count%(n)d(const std::vector<std::string> &names) {
  std::map<std::string, int> seen;
  for (const std::string &name : names)
    ++seen[quoted(name)];
  for (const auto &entry : seen)
    table%(n)d.put(entry.first, entry.second);
  std::ostringstream out;
  out << table%(n)d.size();
  return out.str().size();
}
} // namespace app
"""
RELEVANT = PLAIN + """
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock%(n)d = PTHREAD_MUTEX_INITIALIZER;
static void *work%(n)d(void *) {
  char byte;
  pthread_mutex_lock(&lock%(n)d);
  while (read(0, &byte, 1) == 1) {
  }
  pthread_mutex_unlock(&lock%(n)d);
  return nullptr;
}
void run%(n)d() {
  pthread_t thread;
  pthread_create(&thread, nullptr, work%(n)d, nullptr);
  pthread_cancel(thread);
  pthread_join(thread, nullptr);
}
"""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_database(folder, entries):
    write(os.path.join(folder, "compile_commands.json"),
          json.dumps(entries, indent=1))
    return folder


def heavy_cxx(folder, files, every=10):
    """Header-heavy C++; one of `every` files mentions threads (0: none)."""
    entries = []
    write(os.path.join(folder, "src", "common.h"), COMMON)
    for n in range(files):
        name = "src/unit%04d.cpp" % n
        text = RELEVANT if every and n % every == 0 else PLAIN
        write(os.path.join(folder, name), text % {"n": n})
        entries.append({"directory": folder, "file": name, "arguments": [
            "c++", "-std=c++17", "-O2", "-c", name, "-o",
            "build/unit%d.o" % n]})
    return write_database(folder, entries)


def glibc(folder):
    """glibc's thread tests, all of them relevant C."""
    sources = lint_glibc.unpack(lint_glibc.archive(), folder)
    entries = []
    for job in lint_glibc.jobs(sources):
        command = job.commands[0]
        entries.append({"directory": command["directory"], "file": job.file,
                        "arguments": command["arguments"]})
    return write_database(os.path.join(folder, "glibc"), entries)
