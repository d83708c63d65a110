# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The aspect thread_stop: checks each C and C++ source of a build.

  bazel build --aspects=@thread_stop//:thread_stop.bzl%thread_stop \\
    --output_groups=lint //...

One action for each source, with the options of its compiler. Output groups:
  lint        SARIF, one file for each source
  lint_check  fails the build if there are findings, and prints them
"""

load(
    "@bazel_tools//tools/build_defs/cc:action_names.bzl",
    "CPP_COMPILE_ACTION_NAME",
    "C_COMPILE_ACTION_NAME",
)
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")
load(":settings.bzl", "TextInfo")

_C = ["c"]
_CXX = ["cc", "cpp", "cxx", "c++", "C"]
_PROGRAMS = ["cc_binary", "cc_test"]

# Of what a target names, that which is compiled with it or linked to it.
_FOLLOWED = ["deps"]

# Depsets of files for a target and those below it, and of the folders that
# strip_include_prefix names.
ThreadStopInfo = provider(fields = ["reports", "checked", "folders"])

#--- Options of the compiler --------------------------------------------------

def _is_external(path):
    """Whether a folder belongs to another repository."""
    if path.startswith("bazel-out/"):
        # bazel-out/<configuration>/bin/external/...
        path = "/".join(path.split("/")[3:])
    return path.startswith(("external/", "../"))

def _context_of(target, ctx):
    """The headers, also of a program, which may not tell."""
    if CcInfo in target:
        return target[CcInfo].compilation_context
    return cc_common.merge_cc_infos(cc_infos = [
        dep[CcInfo]
        for dep in getattr(ctx.rule.attr, "deps", [])
        if CcInfo in dep
    ]).compilation_context

def _prefix_folder(ctx):
    """Where the headers lie for which Bazel makes a folder of links.

    It is named first, so that findings name the headers and not the links.
    """
    prefix = getattr(ctx.rule.attr, "strip_include_prefix", "")
    if not prefix or getattr(ctx.rule.attr, "include_prefix", ""):
        return []
    if prefix.startswith("/"):
        return [prefix[1:] or "."]
    package = ctx.label.package
    return [package + "/" + prefix if package else prefix]

def _own_options(ctx):
    """copts of the target: with variables, and split as a shell does."""
    out = []
    for option in getattr(ctx.rule.attr, "copts", []):
        out += ctx.tokenize(ctx.expand_make_variables("copts", option, {}))
    return out

def _options(ctx, toolchain, features, context, folders, is_c):
    """What the compiler gets, but for the file."""
    fragment = ctx.fragments.cpp
    quoted = context.quote_includes.to_list()

    # Nothing is reported in headers of the system. Those of other repositories
    # count as such. Those of the project do not, though what `includes` names
    # is given to the compiler with -isystem.
    angled = context.includes.to_list() + context.system_includes.to_list()
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        user_compile_flags = fragment.copts +
                             (fragment.conlyopts if is_c else fragment.cxxopts) +
                             _own_options(ctx),
        quote_include_directories = depset(
            [d for d in quoted if not _is_external(d)],
        ),
        include_directories = depset(
            folders + [d for d in angled if not _is_external(d)],
        ),
        system_include_directories = depset(
            [d for d in quoted + angled if _is_external(d)],
        ),
        preprocessor_defines = depset(
            transitive = [context.defines, context.local_defines],
        ),
    )
    return cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = C_COMPILE_ACTION_NAME if is_c else CPP_COMPILE_ACTION_NAME,
        variables = variables,
    )

#--- Options of thread-stop ---------------------------------------------------

def _settings(ctx):
    """What @thread_stop//:config and @thread_stop//:checks say."""
    files = [f for f in ctx.files._config if f.basename != ".clang-format"]
    out = []
    if not files:
        out.append("--no-config")
    elif len(files) == 1:
        out.append("--config-file=" + files[0].path)
    elif not [f for f in files if f.path == ".clang-tidy"]:
        # It would be looked for in folders above the sandbox, too.
        fail("@thread_stop//:config has several files, so the .clang-tidy of " +
             "the workspace has to be one of them")
    checks = ctx.attr._checks[TextInfo].value
    return out + (["--checks=" + checks] if checks else [])

#--- Actions ------------------------------------------------------------------

def _declare(ctx, source, suffix):
    path = source.short_path
    if path.startswith("../"):
        path = "external/" + path[len("../"):]
    return ctx.actions.declare_file(
        "%s.thread-stop/%s%s" % (ctx.label.name, path, suffix),
    )

def _lint(ctx, source, options, inputs):
    report = _declare(ctx, source, ".sarif")
    first = ctx.actions.args()
    first.add_all([ctx.file._lint, ctx.file._program, report])
    first.add_all(_settings(ctx))
    first.add_all([source, "--"])

    # Behind --, the program takes the options from a file, too.
    rest = ctx.actions.args()
    rest.add_all(options)
    rest.use_param_file("@%s")
    rest.set_param_file_format("shell")
    ctx.actions.run(
        outputs = [report],
        inputs = depset([source], transitive = [inputs]),
        executable = "/bin/sh",
        arguments = [first, rest],
        mnemonic = "ThreadStop",
        progress_message = "Checking the threads of " + source.short_path,
    )
    return report

def _check(ctx, source, report):
    checked = _declare(ctx, source, ".checked")
    args = ctx.actions.args()
    args.add_all([ctx.file._lint_check, ctx.file._program, report, checked])
    ctx.actions.run(
        outputs = [checked],
        inputs = [ctx.file._lint_check, ctx.file._program, report],
        executable = "/bin/sh",
        arguments = [args],
        mnemonic = "ThreadStopCheck",
        progress_message = "Looking for findings in " + source.short_path,
    )
    return checked

def _sources(target, ctx):
    """What is checked of this target; nothing of other repositories."""
    if target.label.workspace_name or "no-thread-stop" in ctx.rule.attr.tags:
        return []
    if CcInfo not in target and ctx.rule.kind not in _PROGRAMS:
        return []
    return [
        f
        for f in getattr(ctx.rule.files, "srcs", [])
        if f.extension in _C + _CXX
    ]

def _lint_all(ctx, sources, context, folders):
    """The reports of the sources of one target."""
    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    inputs = depset(
        [ctx.file._program, ctx.file._version, ctx.file._lint] +
        ctx.files._config,
        transitive = [context.headers, toolchain.all_files],
    )
    options = {
        is_c: _options(ctx, toolchain, features, context, folders, is_c)
        for is_c in (True, False)
    }
    return [
        _lint(ctx, source, options[source.extension in _C], inputs)
        for source in sources
    ]

#--- The aspect ---------------------------------------------------------------

def _thread_stop_impl(target, ctx):
    below = []
    for name in _FOLLOWED:
        deps = getattr(ctx.rule.attr, name, None)
        if type(deps) == "list":
            below += [d[ThreadStopInfo] for d in deps if ThreadStopInfo in d]
    folders = depset(
        [] if ctx.label.workspace_name else _prefix_folder(ctx),
        transitive = [i.folders for i in below],
    )
    sources = _sources(target, ctx)
    context = _context_of(target, ctx) if sources else None
    reports = _lint_all(ctx, sources, context, folders.to_list()) if sources else []
    checked = [_check(ctx, s, r) for s, r in zip(sources, reports)]
    info = ThreadStopInfo(
        reports = depset(reports, transitive = [i.reports for i in below]),
        checked = depset(checked, transitive = [i.checked for i in below]),
        folders = folders,
    )
    return [
        info,
        OutputGroupInfo(lint = info.reports, lint_check = info.checked),
    ]

thread_stop = aspect(
    implementation = _thread_stop_impl,
    attr_aspects = _FOLLOWED,
    attrs = {
        "_cc_toolchain": attr.label(
            default = "@bazel_tools//tools/cpp:current_cc_toolchain",
        ),
        "_checks": attr.label(default = "//:checks"),
        "_config": attr.label(default = "//:config", allow_files = True),
        "_lint": attr.label(default = "//:lint.sh", allow_single_file = True),
        "_lint_check": attr.label(
            default = "//:lint_check.sh",
            allow_single_file = True,
        ),
        "_program": attr.label(
            default = "@thread_stop_program//:thread-stop",
            allow_single_file = True,
        ),
        "_version": attr.label(
            default = "@thread_stop_program//:version.txt",
            allow_single_file = True,
        ),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
    incompatible_use_toolchain_transition = True,
)
