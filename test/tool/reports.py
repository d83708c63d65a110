# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reports written by hand, for the tests of the formats.

A place is named by the line and the text that stands there; its columns and
offsets are counted here, in another way than the program does it.
"""

import pathlib

INPUTS = pathlib.Path(__file__).resolve().parent / "Inputs"
#: A folder that does not exist: the sources are found from Inputs.
ROOT = "/srv/build/project"


def decoded(data):
    """A text as the JSON has it, and the exact bytes if it is not UTF-8."""
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        return data.decode("utf-8", errors="replace"), data.hex().upper()


def at(file, line, text, length=None, occurrence=0, until=None):
    """Where `text` stands in a line; `until` = (line, text) is the end."""
    lines = (INPUTS / file).read_bytes().split(b"\n")
    needle = text.encode() if isinstance(text, str) else text
    column = -1
    for _ in range(occurrence + 1):
        column = lines[line - 1].index(needle, column + 1)
    offset = sum(len(l) + 1 for l in lines[:line - 1]) + column
    end_line, end_column = line, column + len(needle)
    if length is not None:
        end_column = column + length
    if until:
        end_line = until[0]
        wanted = until[1].encode()
        end_column = lines[end_line - 1].index(wanted) + len(wanted)
    end = sum(len(l) + 1 for l in lines[:end_line - 1]) + end_column
    snippet, exact = decoded(lines[line - 1])
    place = {"file": file, "line": line, "column": column + 1,
             "endLine": end_line, "endColumn": end_column + 1,
             "offset": offset, "length": end - offset, "snippet": snippet}
    if exact:
        place["snippetHex"] = exact
    return place


def note(message, place=None, edits=()):
    result = {"message": message}
    if place:
        result["location"] = place
    if edits:
        result["edits"] = list(edits)
    return result


def edit(place, text):
    return {"location": place, "text": text}


def finding(check, place, message, notes=(), fix=(), severity="warning"):
    result = {"check": "thread-stop-" + check, "severity": severity,
              "message": message, "notes": list(notes)}
    if place:
        result["location"] = place
    if fix:
        result["fix"] = list(fix)
    return result


def report(findings=(), failures=(), counts=None, **more):
    result = {"format": "thread-stop-report", "formatVersion": 1,
              "version": "0.1.0", "root": ROOT, "interrupted": False,
              "counts": counts or {}, "findings": list(findings),
              "failures": list(failures)}
    result.update(more)
    return result


LOG, POOL, WORKER = "src/log.c", "include/pool.h", "src/wörk er,1.c"
HOSTILE, LATIN1 = "src/hostile.c", "src/latin1.inc"


def daemon():
    """A usual one: paths in one file and in two, fixes of each shape."""
    return report([
        finding("unmatched-cleanup", at(LOG, 23, "return"),
                "this 'return' skips 'pthread_cleanup_pop'",
                [note("the lock is taken here",
                      at(LOG, 19, "pthread_mutex_lock(&lock)")),
                 note("the handler is pushed here",
                      at(LOG, 20, "pthread_cleanup_push", 0)),
                 note("glibc C: a later cancel crashes; glibc C++ and "
                      "-fexceptions: the handler runs here; musl: it runs "
                      "later, on a dead stack frame",
                      at(LOG, 23, "return", 0))], severity="error"),
        finding("cancel-state-not-restored", at(LOG, 42, "return"),
                "cancellation stays disabled after this 'return'",
                [note("it is disabled here",
                      at(LOG, 40, "pthread_setcancelstate")),
                 note("it is restored here on the other way",
                      at(LOG, 46, "pthread_setcancelstate"))],
                [edit(at(LOG, 42, "return", 0),
                      "{ pthread_setcancelstate(old, NULL); "),
                 edit(at(LOG, 42, ";", occurrence=0), "; }")]),
        finding("pthread-cancel", at(LOG, 51, "pthread_cancel"),
                "'pthread_cancel' stops the thread at a place that it does "
                "not choose",
                [note("the thread is kept here",
                      at(POOL, 7, "pthread_t thread")),
                 note("it takes the lock of the pool, by this macro",
                      at(POOL, 11, "pool_enter(pool)")),
                 note("it may hold this lock", at(LOG, 19, "lock", occurrence=1)),
                 note("set the flag first and wake the thread",
                      at(LOG, 51, "pthread_cancel(pool->thread)"),
                      [edit(at(LOG, 51, "pthread_cancel(pool->thread)"),
                            "thread_stop_request(pool->thread)")])]),
        finding("process-killing-signal", at(POOL, 18, "pthread_kill"),
                "signal 9 ends the process, not the thread",
                fix=[edit(at(POOL, 18, "9"), "SIGUSR1")]),
        finding("pthread-cancel", at(LOG, 31, "int written"),
                "a fix of several lines, and in two files",
                fix=[edit(at(LOG, 31, "int written", until=(33, "written++;")),
                          "int written = 0;\n\twhile (pool_take(pool))\n"
                          "\t\t++written;"),
                     edit(at(POOL, 4, "#include", 0),
                          "#include <thread_stop.h>\n")]),
    ], [
        {"file": "src/gone.c", "reason": "2 errors in the code",
         "help": "build it first: a header is missing",
         "details": ["src/gone.c:1:10: error: 'gone.h' file not found"]},
        {"file": "", "reason": "the cache could not be written",
         "help": "", "details": []},
    ], {"files": 12, "analysed": 7, "irrelevant": 3, "cached": 1, "failed": 1})


def odd():
    """Places, names and texts that a format may stumble over."""
    return report([
        finding("pthread-cancel", at(WORKER, 2, "pthread_cancel"),
                "after 名前 and 😀",
                [note("in a line before", at(WORKER, 1, "😀"))],
                [edit(at(WORKER, 2, "pthread_cancel"), "thread_stop_request"),
                 edit(at(WORKER, 2, "worker"), "Wörker")]),
        finding("no-cancellation-point", at(WORKER, 3, "pthread_testcancel"),
                "behind tabs"),
        finding("pthread-cancel", at(WORKER, 4, "pthread_cancel(worker(name))"),
                "in the middle of a long line",
                fix=[edit(at(WORKER, 4, "pthread_cancel"), "stop")]),
        finding("pthread-cancel", at(WORKER, 4, "void"),
                "at the beginning of a long line"),
        finding("pthread-cancel", at(WORKER, 4, "last);"),
                "at the end of a long line"),
        finding("pthread-cancel", at(HOSTILE, 5, "CANCEL"),
                "</script><b>&\"'%0A::error::x</b>]]>, 100%, a:b",
                [note("expanded from </script> 'CANCEL'",
                      at(HOSTILE, 4, "pthread_cancel")),
                 note("<!-- without a place -->"),
                 note("over two lines",
                      at(HOSTILE, 2, "/* </textarea>", until=(3, "*/")))],
                [edit(at(HOSTILE, 5, "CANCEL(</script>)"),
                      "</script>&\"'<x>")]),
        finding("pthread-cancel", at(LATIN1, 1, "stop"),
                "behind what is not UTF-8", [
                    note("a control \x1b[31mcharacter\x01",
                         at(LATIN1, 1, b"\x1b"))]),
        finding("not-a-check-of-ours", None, "without a place"),
        finding("pthread-cancel",
                dict(at(POOL, 7, "pthread_t"), file="/usr/include/a b.h"),
                "in a file elsewhere"),
        finding("unmatched-cleanup",
                dict(at(POOL, 8, "int"), file="src/not there.c"),
                "in a source that is not there",
                [note("a step in it",
                      dict(at(POOL, 1, "#ifndef"), file="src/not there.c")),
                 note("a step in it, no text of the line known",
                      dict(at(POOL, 4, "#include"), file="src/not there.c",
                           snippet=""))]),
        finding("unmatched-cleanup",
                dict(at(LOG, 31, "int"), snippet="\tint changed;"),
                "in a source that has changed"),
    ])


def equal():
    """The same finding at three places in a file."""
    return report([
        finding("pthread-cancel", at(LOG, line, "return"), "the same")
        for line in (18, 23, 42)])


REPORTS = {"daemon": daemon, "odd": odd, "equal": equal, "clean": report}
