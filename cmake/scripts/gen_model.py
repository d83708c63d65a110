#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Check the API tables in checks/model/data and turn them into C++ arrays.

usage: gen_model.py --data DIR --out DIR

Reads DIR/<table>.tsv for every entry of TABLES below and writes
OUT/<table>.inc, a constant array sorted by name. Every mistake in a table is
reported as "file:line: message" on standard error; if there is any, nothing is
written and the exit status is 1.
"""

import argparse
import pathlib
import re
import sys

POSITIONS = {"-": "NoArgument", "-1": "ImplicitObject", "-3": "AllArguments"}
REASONS = {"lock": "LockReason", "mem": "MemReason", "fd": "FdReason",
           "corrupt": "CorruptReason", "init": "InitReason",
           "cwd": "OtherReason", "term": "OtherReason"}
# Conditions of the glibc manual's notes that never hold on Linux.
ELSEWHERE = {"hurd", "bsd"}


class CellError(Exception):
    """A cell does not hold what its column may hold."""


# ---- columns: each is a function from the cell's text to C++ text ----

def quote(cell):
    return '"' + cell.replace("\\", "\\\\").replace('"', '\\"') + '"'


def text(cell):
    return quote(cell.strip())


def name(cell):
    if not re.fullmatch(r"[A-Za-z_]\w*(::[A-Za-z_]\w*)*", cell):
        raise CellError(f"'{cell}' is not a name")
    return quote(cell)


def number(cell):
    if not re.fullmatch(r"-?\d+", cell):
        raise CellError(f"'{cell}' is not a number")
    return cell


def value(cell):
    return "-1" if cell == "-" else number(cell)


def position(cell):
    if cell in POSITIONS:
        return POSITIONS[cell]
    if not re.fullmatch(r"\d", cell):
        raise CellError(f"'{cell}' is not an argument position: use 0 to 9, "
                        "-1 (the object), -3 (all) or - (none)")
    return cell


def items(cell):
    """Comma-separated names, or a lone *."""
    if cell not in ("", "*"):
        for item in cell.split(","):
            name(item)
    return quote(cell)


def one_of(spec, type_name=None):
    """A column with few values. spec: blank-separated cell=c++ pairs."""
    table = dict(pair.rsplit("=", 1) for pair in spec.split())
    prefix = f"{type_name}::" if type_name else ""

    def column(cell):
        if cell not in table:
            raise CellError(f"unknown value '{cell}', expected one of: "
                            + ", ".join(sorted(table)))
        return prefix + table[cell]
    return column


yes_no = one_of("yes=true no=false")
tri = one_of("yes=Yes no=No -=NotRun", "Tri")
form = one_of("function=Function method=Method constructor=Constructor "
              "class=Class macro=Macro", "ApiForm")


def reasons(cell):
    """The manual's AC notes: (bits that hold on Linux, some were dropped)."""
    bits, dropped = set(), False
    for note in filter(None, cell.split(",")):
        if note.startswith("!"):  # "!posix": a remark, no reason
            continue
        reason, _, condition = note.partition("/")
        reason = reason.partition(":")[0]  # "corrupt:init": what is corrupted
        if reason not in REASONS:
            raise CellError(f"unknown reason '{note}'")
        if condition in ELSEWHERE:
            dropped = True
        else:
            bits.add(REASONS[reason])
    return " | ".join(sorted(bits)) or "NoReason", dropped


RESOURCE_KINDS = one_of(
    "memory=Memory descriptor=Descriptor stream=Stream "
    "process-stream=ProcessStream directory=Directory mapping=Mapping "
    "shared-memory=SharedMemory timer=Timer address-list=AddressList "
    "library=Library semaphore=Semaphore message-queue=MessageQueue "
    "interface-names=InterfaceNames interface-addresses=InterfaceAddresses "
    "mount-table=MountTable converter=Converter catalog=Catalog "
    "locale=Locale file-tree=FileTree regex=Regex", "ResourceKind")


def kind_bits(cell):
    """Comma-separated kinds of resources, as bits."""
    return " | ".join(f"1u << static_cast<unsigned>({RESOURCE_KINDS(kind)})"
                      for kind in cell.split(","))


def resource_place(cell):
    """Where a resource is left: return, arg0, array0."""
    if cell == "return":
        return ["ResourcePlace::Return", "NoArgument"]
    match = re.fullmatch(r"(arg|array)(\d)", cell)
    if not match:
        raise CellError(f"'{cell}' is no place: use return, arg0 or array0")
    where = {"arg": "Argument", "array": "Array"}[match[1]]
    return ["ResourcePlace::" + where, match[2]]


# ---- tables ----

def ignored(cell):
    return cell


def async_row(cells):
    bits, dropped = cells["ac_reasons"]
    elsewhere = cells["ac"] == "false" and dropped and bits == "NoReason"
    return [cells["function"], cells["ac"], bits,
            "true" if elsewhere else "false", cells["manual_node"]]


def point_row(cells, rules):
    rule = rules.get(cells["function"], {"rule": "PointRule::Table",
                                         "family": "PointFamily::Other"})
    return [cells[column] for column in (
        "function", "status", "glibc236_acts", "musl123_acts",
        "glibc236_decl", "blocking")] + [
            rule["rule"], rule["family"], cells["allocates"], cells["notes"]]


def resource_row(cells):
    return [cells["function"], cells["kind"], *cells["place"],
            cells["failure"], cells["consumes"], cells["certain"]]


class Table:
    """A TSV file: its columns, how many of them make the key, its C++ type.
    row maps the converted cells to the C++ row; without it all columns that
    are not ignored are used in order. Without a type the table has no array
    of its own."""

    def __init__(self, cpp_type, columns, key=1, row=None):
        self.cpp_type, self.columns = cpp_type, columns
        self.key, self.row = key, row

    def cpp_row(self, cells):
        if self.row:
            return self.row(cells)
        return [cells[c] for c, kind in self.columns.items()
                if kind is not ignored]


TABLES = {
    "point_rules": Table(None, {
        "function": name,
        "rule": one_of("strict=Strict inert=Inert never=Never", "PointRule"),
        "family": one_of("close=Close stdio=Stdio lock=Lock raw=Raw",
                         "PointFamily"),
        "reason": ignored}),
    "cancellation_points": Table("CancellationPoint", {
        "function": name,
        "status": one_of("never=Never optional=Optional required=Required",
                         "PointStatus"),
        "notes": text, "posix2016": ignored, "posix2024": ignored,
        "man_pthreads7": ignored,
        "glibc236_decl": one_of("undeclared=Undeclared may-throw=MayThrow "
                                "nothrow=Nothrow", "PointDecl"),
        "glibc236_acts": tri, "musl123_acts": tri,
        "blocking": one_of("indefinite=Indefinite timed=Timed -=None",
                           "PointBlocking"),
        "allocates": text}),
    "point_arguments": Table("PointArgument", {
        "function": name, "arg": position, "constant": name,
        "linux_value": number, "glibc236_acts": tri, "musl123_acts": tri},
        key=3),
    "ac_safety": Table("AsyncSafety", {
        "function": name, "ac": one_of("AC-Safe=true AC-Unsafe=false"),
        "ac_reasons": reasons, "as": ignored, "mt": ignored, "kind": ignored,
        "manual_node": text}, row=async_row),
    "locks": Table("LockApi", {
        "function": name,
        "op": one_of("acquire=Acquire try=Try timed=Timed release=Release "
                     "wait=Wait init=Init destroy=Destroy "
                     "consistent=Consistent", "LockOp"),
        "kind": one_of("mutex=Mutex rwlock=ReadWrite rwlock-read=Read "
                       "rwlock-write=Write spin=Spin c11-mutex=C11Mutex "
                       "stream=Stream condition=Condition "
                       "semaphore=Semaphore barrier=Barrier", "LockKind"),
        "lock_arg": position,
        "success": one_of("none=None zero=Zero nonzero=NonZero "
                          "thrd_success=ThrdSuccess minus-one=MinusOne",
                          "LockSuccess"),
        "form": form}),
    "lock_guards": Table("LockGuard", {
        "class": name, "mode": one_of("exclusive=false shared=true"),
        "movable": yes_no, "lock": items, "try": items, "unlock": items,
        "disown": items, "defer": items, "adopt": items, "maybe": items}),
    "resources": Table("ResourceAcquire", {
        "function": name, "kind": RESOURCE_KINDS, "place": resource_place,
        "failure": one_of("null=Null negative=Negative minus-one=MinusOne "
                          "nonzero=NonZero", "ResourceFailure"),
        "consumes": position, "certain": yes_no}, row=resource_row),
    "releases": Table("ResourceRelease", {
        "function": name, "arg": position, "kinds": kind_bits,
        "when": one_of("always=false success=true")}),
    "keepers": Table("ResourceKeeper", {
        "function": name, "arg": position}, key=2),
    "cancel_api": Table("CancelApi", {
        "function": name,
        "role": one_of("set-state=SetState set-type=SetType "
                       "test-cancel=TestCancel cancel=Cancel "
                       "stop-request=StopRequest forced-stop=ForcedStop "
                       "signal=Signal cleanup-push=CleanupPush "
                       "cleanup-pop=CleanupPop exit-process=ExitProcess "
                       "exit-thread=ExitThread jump=Jump create=Create "
                       "join=Join detach=Detach attr-detach=AttrDetach "
                       "self=Self handle-get=HandleGet "
                       "handle-use=HandleUse other=Other", "CancelRole"),
        "form": form,
        "origin": one_of("any=Any glibc=Glibc musl=Musl other=Other",
                         "ApiOrigin"),
        "handle": position, "routine": position, "argument": position,
        "result": position, "attributes": position, "prologue": yes_no,
        "async_safe": yes_no, "notes": ignored}),
    "cancel_constants": Table("CancelConstant", {
        "constant": name,
        "setting": one_of("state=State type=Type", "CancelSetting"),
        "glibc236_value": value, "musl123_value": value}),
    "signals": Table("SignalNumber", {
        "signal": name, "linux_value": number,
        "default": one_of("terminate=Terminate core=Terminate kill=Kill "
                          "halt=Halt stop=Stop continue=Continue "
                          "ignore=Ignore", "SignalDefault"),
        "fault": yes_no}),
    "signal_api": Table("SignalApi", {
        "function": name,
        "role": one_of("install=Install action=Action interrupt=Interrupt "
                       "ignore=Ignore send-thread=SendThread "
                       "send-process=SendProcess send-self=SendSelf "
                       "mask=Mask accept=Accept repeat=Repeat "
                       "alarm=Alarm raw=Raw "
                       "set-empty=SetEmpty set-fill=SetFill set-add=SetAdd "
                       "set-delete=SetDelete set-look=SetLook", "SignalRole"),
        "signal": position, "set": position, "argument": position,
        "restarts": one_of("yes=true no=false -=false"), "notes": ignored}),
    "descriptors": Table("DescriptorMaker", {
        "function": name,
        "kind": one_of("stream=Stream file=File counter=Counter timer=Timer "
                       "signal=Signal", "DescriptorKind"),
        "array": position, "flags": position}),
    "wakers": Table("Waker", {
        "function": name,
        "kind": one_of("input=Input shutdown=Shutdown semaphore=Semaphore "
                       "condition=Condition child=Child queue=Queue "
                       "connection=Connection close=Close", "WakerKind"),
        "object": position}),
    "waits": Table("Wait", {
        "function": name,
        "kind": one_of("input=Input output=Output poll=Poll child=Child "
                       "semaphore=Semaphore signal=Signal queue=Queue "
                       "condition=Condition join=Join sleep=Sleep",
                       "WaitKind"),
        "restart": one_of("yes=Restarted no=Interrupted never=Deaf",
                          "WaitRestart"),
        "object": position, "timeout": position,
        "form": one_of("millis=Millis pointer=Pointer finite=Finite -=None",
                       "WaitTimeout"),
        "flags": position,
        "nonblock": one_of("64=64 2048=2048 1=1 -=0"), "mask": position}),
}


# ---- reading ----

class Reader:
    """Reads one table; collects messages instead of stopping at the first."""

    def __init__(self, path, table):
        self.path, self.table = path, table
        self.errors = []
        self.rows = []  # (line number, converted cells by column)

    def error(self, line, message):
        self.errors.append(f"{self.path}:{line}: {message}")

    def read(self):
        try:
            lines = self.path.read_text(encoding="ascii").split("\n")
        except (OSError, UnicodeDecodeError) as problem:
            self.error(1, f"cannot read: {problem}")
            return
        if lines.pop() != "":
            self.error(len(lines) + 1, "no newline at the end of the file")
            return
        header = list(self.table.columns)
        if not lines or lines[0].split("\t") != header:
            self.error(1, "wrong header, expected: " + " ".join(header))
            return
        last = None
        for line, content in enumerate(lines[1:], start=2):
            last = self.read_row(line, content.split("\t"), last)

    def read_row(self, line, cells, last):
        """Convert one row; returns its key for the check of the next one."""
        columns = self.table.columns
        if len(cells) != len(columns):
            self.error(line, f"{len(cells)} columns instead of {len(columns)}")
            return last
        key = cells[:self.table.key]
        if last is not None and key == last:
            self.error(line, f"duplicate row '{' '.join(key)}'")
        elif last is not None and key < last:
            self.error(line, f"not sorted: '{' '.join(key)}' stands after "
                             f"'{' '.join(last)}'")
        converted = {}
        for (column, convert), cell in zip(columns.items(), cells):
            try:
                converted[column] = convert(cell)
            except CellError as problem:
                self.error(line, f"column {column}: {problem}")
        if len(converted) == len(columns):
            self.rows.append((line, converted))
        return key


def check_references(readers):
    """Rules and arguments only refine functions that have a row."""
    known = {cells["function"]
             for _, cells in readers["cancellation_points"].rows}
    for table in ("point_rules", "point_arguments"):
        for line, cells in readers[table].rows:
            if cells["function"] not in known:
                readers[table].error(line, cells["function"].strip('"')
                                     + " has no row in cancellation_points.tsv")


# ---- writing ----

def write_table(path, source, table, rows):
    lines = [f"// Generated by gen_model.py from {source}. Do not edit.",
             f"static constexpr {table.cpp_type} {table.cpp_type}Rows[] = {{"]
    lines += ["    {" + ", ".join(row) + "}," for row in rows]
    path.write_text("\n".join(lines + ["};", ""]), encoding="ascii")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=pathlib.Path, required=True,
                        help="folder with the .tsv files")
    parser.add_argument("--out", type=pathlib.Path, required=True,
                        help="folder for the .inc files")
    options = parser.parse_args()

    readers = {stem: Reader(options.data / f"{stem}.tsv", table)
               for stem, table in TABLES.items()}
    for reader in readers.values():
        reader.read()
    check_references(readers)
    errors = [e for reader in readers.values() for e in reader.errors]
    if errors:
        print("\n".join(errors), file=sys.stderr)
        return 1

    rules = {cells["function"]: cells
             for _, cells in readers["point_rules"].rows}
    TABLES["cancellation_points"].row = lambda cells: point_row(cells, rules)
    options.out.mkdir(parents=True, exist_ok=True)
    for stem, table in TABLES.items():
        if table.cpp_type:
            write_table(options.out / f"{stem}.inc", f"{stem}.tsv", table,
                        [table.cpp_row(c) for _, c in readers[stem].rows])
    return 0


if __name__ == "__main__":
    sys.exit(main())
