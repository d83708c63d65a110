# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the installed program thread-stop a file that Bazel knows."""

_BUILD = """
exports_files(["thread-stop", "version.txt"])
"""

def _find(ctx):
    """The program: of the environment, of the WORKSPACE, or of the PATH."""
    named = ctx.os.environ.get("THREAD_STOP") or ctx.attr.program
    program = ctx.path(named) if named else ctx.which("thread-stop")
    if not program or not program.exists:
        fail(("there is no program %s: install thread-stop, or name it with " +
              "program = \"...\" or --repo_env=THREAD_STOP=...") %
             (named or "thread-stop in the PATH"))
    return program

def _thread_stop_repository_impl(ctx):
    program = _find(ctx)
    done = ctx.execute([program, "--version"])
    if done.return_code != 0:
        fail("%s --version: exit code %d\n%s" %
             (program, done.return_code, done.stderr))

    # Bazel sees what is in the program, not in the libraries of LLVM that it
    # is linked with. They are named here.
    ctx.file("version.txt", done.stdout)
    ctx.symlink(program, "thread-stop")
    ctx.file("WORKSPACE", "workspace(name = \"%s\")\n" % ctx.name)
    ctx.file("BUILD.bazel", _BUILD)

_repository = repository_rule(
    implementation = _thread_stop_repository_impl,
    attrs = {"program": attr.string()},
    environ = ["THREAD_STOP", "PATH"],
    configure = True,
    local = True,
)

def thread_stop_repository(program = ""):
    """To be called once in WORKSPACE.

    Args:
      program: the absolute path of thread-stop; by default it is looked for
        in the PATH. THREAD_STOP in the environment goes before both.
    """
    _repository(name = "thread_stop_program", program = program)
