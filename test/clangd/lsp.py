# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A client of a language server, as small as the tests need it.

Not only for tests: bench/clangd uses it as well.
"""

import json
import os
import pathlib
import queue
import subprocess
import threading

#: For an answer, in seconds. A loaded machine is slow; a hang lasts for ever.
PATIENCE = 60


class Died(Exception):
    """The server ended, or said nothing for too long."""


def uri(path):
    return pathlib.Path(path).resolve().as_uri()


def environment(home, **more):
    """Without the user's own configuration of clangd."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("CLANGD", "XDG_", "LD_PRELOAD"))}
    env.update(HOME=str(home), XDG_CONFIG_HOME=str(home) + "/config",
               XDG_CACHE_HOME=str(home) + "/cache", **more)
    return env


CAPABILITIES = {
    "textDocument": {
        "publishDiagnostics": {"relatedInformation": True,
                               "codeDescriptionSupport": True,
                               "codeActionsInline": False},
        "codeAction": {"codeActionLiteralSupport": {
            "codeActionKind": {"valueSet": ["quickfix", "refactor"]}}},
    },
    "workspace": {"applyEdit": True, "workspaceEdit": {
        "documentChanges": False}},
}


class Server:
    def __init__(self, program, home, *arguments, env=None):
        self.log = open(os.path.join(str(home), "clangd.log"), "w+",
                        encoding="utf-8", errors="replace")
        self.child = subprocess.Popen(
            [str(program), "--log=error", "--background-index=0", "-j=1",
             *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
            env=env or environment(home), cwd=str(home))
        self.messages = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.last_id = 0
        self.applied = []

    def __enter__(self):
        self.request("initialize", {"processId": None, "rootUri": None,
                                    "capabilities": CAPABILITIES})
        self.notify("initialized", {})
        return self

    def __exit__(self, kind, value, trace):
        try:
            if kind is None:
                self.request("shutdown", None)
                self.notify("exit", None)
                self.child.wait(PATIENCE)
        finally:
            self.child.kill()
            self.child.wait()
            self.reader.join(PATIENCE)
            for stream in (self.child.stdin, self.child.stdout, self.log):
                try:
                    stream.close()
                except OSError:
                    pass

    def _read(self):
        stream = self.child.stdout
        while True:
            length = 0
            while True:
                line = stream.readline()
                if not line:
                    self.messages.put(None)
                    return
                if line == b"\r\n":
                    break
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            self.messages.put(json.loads(stream.read(length)))

    def _send(self, message):
        data = json.dumps(dict(message, jsonrpc="2.0")).encode()
        try:
            self.child.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) +
                                   data)
            self.child.stdin.flush()
        except OSError as error:
            raise Died(self.last_words()) from error

    def last_words(self):
        self.log.flush()
        self.log.seek(0)
        return "exit code %s\n%s" % (self.child.poll(), self.log.read()[-4000:])

    def _next(self, patience):
        try:
            message = self.messages.get(timeout=patience)
        except queue.Empty:
            raise Died("no answer after %d s" % patience) from None
        if message is None:
            self.child.wait(PATIENCE)
            raise Died(self.last_words())
        if message.get("method") == "workspace/applyEdit":
            self.applied.append(message["params"]["edit"])
            self._send({"id": message["id"], "result": {"applied": True}})
        return message

    def wait(self, wanted, patience=PATIENCE):
        """The next message that is wanted; others are dropped."""
        while True:
            message = self._next(patience)
            if wanted(message):
                return message

    def notify(self, method, params):
        self._send({"method": method, "params": params})

    def request(self, method, params, patience=PATIENCE):
        self.last_id += 1
        mine = self.last_id
        self._send({"id": mine, "method": method, "params": params})
        answer = self.wait(lambda m: m.get("id") == mine and "method" not in m,
                           patience)
        if "error" in answer:
            raise AssertionError("%s: %s" % (method, answer["error"]))
        return answer.get("result")

    # --- documents ----------------------------------------------------------

    def open(self, path, text=None, patience=PATIENCE):
        """The diagnostics of a file."""
        if text is None:
            text = pathlib.Path(path).read_text(encoding="utf-8")
        language = "c" if str(path).endswith(".c") else "cpp"
        self.notify("textDocument/didOpen", {"textDocument": {
            "uri": uri(path), "languageId": language, "version": 1,
            "text": text}})
        return self.diagnostics(path, 1, patience)

    def change(self, path, version, text, patience=PATIENCE):
        self.notify("textDocument/didChange", {
            "textDocument": {"uri": uri(path), "version": version},
            "contentChanges": [{"text": text}], "wantDiagnostics": True})
        return self.diagnostics(path, version, patience)

    def close(self, path):
        self.notify("textDocument/didClose",
                    {"textDocument": {"uri": uri(path)}})

    def diagnostics(self, path, version, patience=PATIENCE):
        def wanted(message):
            params = message.get("params") or {}
            return (message.get("method") == "textDocument/publishDiagnostics"
                    and params["uri"] == uri(path)
                    and params.get("version") == version)
        return self.wait(wanted, patience)["params"]["diagnostics"]

    def actions(self, path, where, diagnostics=(), only=None):
        context = {"diagnostics": list(diagnostics)}
        if only:
            context["only"] = [only]
        return self.request("textDocument/codeAction", {
            "textDocument": {"uri": uri(path)}, "range": where,
            "context": context})

    def result(self, path, text, action):
        """The text after a code action."""
        if action.get("edit"):
            edit = action["edit"]
        else:
            command = action["command"]
            if isinstance(command, str):
                command = action
            before = len(self.applied)
            self.request("workspace/executeCommand", {
                "command": command["command"],
                "arguments": command["arguments"]})
            edit = self.applied[before]
        return apply(text, edit["changes"][uri(path)])


def apply(text, edits):
    """ASCII only: columns count UTF-16 units."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(at):
        return starts[at["line"]] + at["character"]
    for edit in sorted(edits, key=lambda e: offset(e["range"]["start"]),
                       reverse=True):
        text = (text[:offset(edit["range"]["start"])] + edit["newText"] +
                text[offset(edit["range"]["end"]):])
    return text


def names(diagnostics):
    return sorted(str(d.get("code")) for d in diagnostics)
