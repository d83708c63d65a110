"""Plays clang-tidy for tests of check_tidy.py, with fixes no real check makes.

Finds the word "bad"; with -fix puts the text of -fake-fix there, or, where it
is only offered by a note, with -fix-notes. The word "broken" is an error.
"""
import sys

source = sys.argv[1]
options = dict(a.lstrip("-").partition("=")[::2] for a in sys.argv[2:])
with open(source, encoding="utf-8") as file:
    lines = file.read().split("\n")

by_note = "fake-note" in options
wanted = "fix-notes" if by_note else "fix"
status = 0
for number, line in enumerate(lines):
    if "//" in line:
        continue
    place = "%s:%d:%d: " % (source, number + 1, line.find("bad") + 1)
    if "broken" in line:
        print(place + "error: broken code [clang-diagnostic-error]")
        status = 1
    if "bad" not in line:
        continue
    print(place + "warning: bad code [fake]")
    print("%5d | %s" % (number + 1, line))
    print("      | " + place + "warning: this is no diagnostic")
    if by_note:
        print(place + "note: replace it")
    if wanted in options and "fake-fix" in options:
        print(place + "note: FIX-IT applied suggested code changes")
        lines[number] = line.replace("bad", options["fake-fix"])

with open(source, "w", encoding="utf-8") as file:
    file.write("\n".join(lines))
sys.exit(status)
