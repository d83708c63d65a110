# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes a failing program small: fewer blocks, lines and tokens."""

import time

import mutate


def minimize(text, still_fails, seconds):
    """The smallest text found in that time for which `still_fails` holds."""
    end = time.monotonic() + seconds
    if not still_fails(text):
        return text
    lines = text.split("\n")
    before = None
    while before != lines and time.monotonic() < end:
        before = lines
        lines = without_blocks(lines, still_fails, end)
        lines = shrink(lines, "\n".join, still_fails, end)
    tokens = shrink(mutate.TOKEN.findall("\n".join(lines)), "".join,
                    still_fails, end)
    return "".join(tokens)


def shrink(parts, join, still_fails, end):
    """Leaves out runs of parts, halving their length as long as it helps."""
    size = max(len(parts) // 2, 1)
    while True:
        at, shorter = 0, False
        while at < len(parts):
            if time.monotonic() > end:
                return parts
            candidate = parts[:at] + parts[at + size:]
            if still_fails(join(candidate)):
                parts, shorter = candidate, True
            else:
                at += size
        if size > 1:
            size //= 2
        elif not shorter:
            return parts


def without_blocks(lines, still_fails, end):
    """Leaves out what braces enclose, or else the two lines with the braces."""
    at = 0
    while at < len(lines) and time.monotonic() < end:
        to = closing(lines, at)
        for candidate in ([lines[:at] + lines[to + 1:],
                           lines[:at] + lines[at + 1:to] + lines[to + 1:]]
                          if to else []):
            if still_fails("\n".join(candidate)):
                lines = candidate
                break
        else:
            at += 1
    return lines


def closing(lines, at):
    """The line that closes the last brace opened in line `at`, or None."""
    depth = 0
    for i in range(at, len(lines)):
        if i > at and depth + min(running(lines[i])) <= 0:
            return i
        depth += running(lines[i])[-1]
        if i == at and depth <= 0:
            return None
    return None


def running(line):
    """The brace depth after each character, from 0."""
    depths = [0]
    for c in line:
        depths.append(depths[-1] + (c == "{") - (c == "}"))
    return depths
