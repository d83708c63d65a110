#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Start a check: a class that compiles, a test, a page, and its entries.

  new_check.py <id> "What it finds, one sentence." [--severity ...] ...

The id names the bad pattern in kebab case, without "thread-stop-". The class
finds calls of a function of that name, so that its test passes at once.
"""

import argparse
import os
import re
import shutil
import string
import subprocess
import sys

import checks_def

BANNER = "// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n"

HEADER = string.Template(BANNER + """
#ifndef THREAD_STOP_CHECKS_${GUARD}_H
#define THREAD_STOP_CHECKS_${GUARD}_H

#include "clang-tidy/ClangTidyCheck.h"

namespace clang::tidy::thread_stop {

/// ${summary}
///
/// See docs/checks/${id}.md.
class ${cls} : public ClangTidyCheck {
public:
  using ClangTidyCheck::ClangTidyCheck;

  void registerMatchers(ast_matchers::MatchFinder *Finder) override;
  void check(const ast_matchers::MatchFinder::MatchResult &Result) override;
};

} // namespace clang::tidy::thread_stop

#endif // THREAD_STOP_CHECKS_${GUARD}_H
""")

SOURCE = string.Template(BANNER + """
#include "${cls}.h"

#include "clang/ASTMatchers/ASTMatchFinder.h"

using namespace clang::ast_matchers;

namespace clang::tidy::thread_stop {

static constexpr char CallId[] = "call";

void ${cls}::registerMatchers(MatchFinder *Finder) {
  Finder->addMatcher(
      callExpr(callee(functionDecl(hasName("${function}")))).bind(CallId),
      this);
}

void ${cls}::check(
    const MatchFinder::MatchResult &Result) {
  const auto *Call = Result.Nodes.getNodeAs<CallExpr>(CallId);
  diag(Call->getBeginLoc(), "found '${function}'");
}

} // namespace clang::tidy::thread_stop
""")

TEST = string.Template("""\
// RUN: %check_tidy %s thread-stop-${id} %t

void ${function}(void);
void other(void);

// ---- fires ----

void simple(void) {
  ${function}();
  // CHECK-NOTES: [[@LINE-1]]:3: warning: found '${function}' [thread-stop-${id}]
}

// ---- stays silent ----

// Another function.
void another(void) {
  other();
}
""")

PAGE = string.Template("""\
# thread-stop-${id}

${summary}

| Severity | Fix | Safe | Since |
|---|---|---|---|
| ${severity} | ${fix} | ${safety} | ${since} |

## What it finds

## Why it matters

## Example

```c
```

## Instead

## Fix

No fix.

## Limitations

## Silencing

## See also
""")

DEF_HEAD = BANNER + """\
//
// All checks, sorted by id, one a line:
// THREAD_STOP_CHECK(class, "id", "summary", "severity", "fix", "safe", "since")

#ifndef THREAD_STOP_CHECK
#error "define THREAD_STOP_CHECK before including Checks.def"
#endif

// clang-format off
// clang-format on

#undef THREAD_STOP_CHECK
"""

CHANGELOG_HEAD = "# Changelog\n\n## Unreleased\n\n### New checks\n\n"


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("id")
    parser.add_argument("summary")
    parser.add_argument("--severity", default="medium")
    parser.add_argument("--fix", default="none",
                        choices=["none", "sometimes", "always"])
    parser.add_argument("--safety", default="safe", choices=["safe", "unsafe"])
    parser.add_argument("--since", help="default: the version being made")
    parser.add_argument("--source", default=os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    args = parser.parse_args()
    args.id = args.id[len(checks_def.PREFIX):] \
        if args.id.startswith(checks_def.PREFIX) else args.id
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", args.id):
        parser.error("the id must be in kebab case: " + args.id)
    if not re.fullmatch(r'[^"\\\n]+\.', args.summary):
        parser.error("the summary must be one sentence with a full stop")
    return args


def read(path, default=None):
    if default is not None and not os.path.exists(path):
        return default
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text, must_be_new=False):
    if must_be_new and os.path.exists(path):
        sys.exit("error: %s is there already" % path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def insert_sorted(text, line, entry, key, fallback):
    """Put line into the sorted run of lines that match entry; key gives what
    they are sorted by. If there is none, put it after fallback."""
    lines = text.splitlines(True)
    found = [i for i, old in enumerate(lines) if re.match(entry, old)]
    if found:
        place = next((i for i in found if key(lines[i]) > key(line)),
                     found[-1] + 1)
    else:
        place = next(i for i, old in enumerate(lines)
                     if re.match(fallback, old)) + 1
    return "".join(lines[:place] + [line + "\n"] + lines[place:])


def add_to_def(args, names):
    path = checks_def.path(args.source)
    line = 'THREAD_STOP_CHECK(%s, "%s", "%s", "%s", "%s", "%s", "%s")' % (
        names["cls"], args.id, args.summary, args.severity, args.fix,
        args.safety, args.since)
    write(path, insert_sorted(
        read(path, DEF_HEAD), line, r"THREAD_STOP_CHECK\(",
        lambda l: re.search(r'"([^"]*)"', l).group(1),
        r"// clang-format off"))


def add_to_module(args, names):
    """The module names each header; it reads all else from Checks.def."""
    path = os.path.join(args.source, "checks", "ThreadStopTidyModule.cpp")
    if not os.path.exists(path) or \
            not re.search(r'#include "\w+Check\.h"', read(path)):
        return
    write(path, insert_sorted(
        read(path), '#include "%s.h"' % names["cls"],
        r'#include "\w+Check\.h"', lambda l: l.lower(), r"#include "))


def add_to_changelog(args):
    path = os.path.join(args.source, "CHANGELOG.md")
    text = read(path, CHANGELOG_HEAD)
    if "\n### New checks\n" not in text:
        sys.exit("error: CHANGELOG.md has no heading '### New checks'")
    # Only the section of the version being made.
    head, rest = text.split("\n### New checks\n", 1)
    end = re.search(r"^##", rest, re.MULTILINE)
    section, tail = (rest[:end.start()], rest[end.start():]) if end \
        else (rest, "")
    line = "- `%s%s`: %s" % (checks_def.PREFIX, args.id, args.summary)
    section = insert_sorted(section or "\n", line, r"- `thread-stop-",
                            lambda l: l.split(":")[0], r"\s*$")
    if tail and not section.endswith("\n\n"):
        section += "\n"
    write(path, head + "\n### New checks\n" + section + tail)


def main():
    args = parse_arguments()
    if any(c.id == args.id for c in checks_def.load(args.source)):
        sys.exit("error: there is a check %s already" % args.id)
    if not args.since:
        project = read(os.path.join(args.source, "CMakeLists.txt"))
        args.since = re.search(r"project\([\w-]+\s+VERSION\s+([\d.]+)",
                               project).group(1)
    cls = checks_def.class_of(args.id)
    names = dict(vars(args), cls=cls, GUARD=cls.upper(),
                 function=args.id.replace("-", "_"))
    for path, template in (
            ("checks/%s.h" % cls, HEADER), ("checks/%s.cpp" % cls, SOURCE),
            ("test/checks/%s.c" % args.id, TEST),
            ("docs/checks/%s.md" % args.id, PAGE)):
        write(os.path.join(args.source, path), template.substitute(names),
              must_be_new=True)
        print(path)
    if shutil.which("clang-format"):
        # How the code wraps depends on the length of the name.
        subprocess.run(["clang-format", "-i", "--style=file"] + [
            os.path.join(args.source, "checks", cls + suffix)
            for suffix in (".h", ".cpp")], check=True)
    add_to_def(args, names)
    add_to_module(args, names)
    add_to_changelog(args)
    subprocess.run([sys.executable, os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "gen_docs.py"),
        "--source", args.source], check=True)


if __name__ == "__main__":
    main()
