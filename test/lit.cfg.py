# The configuration of lit, LLVM's test runner; see check_tidy.py for the tests.
# Set by lit.site.cfg.py: config.ts_source_dir, ts_build_dir, ts_llvm,
# ts_llvm_bin, ts_plugin, ts_clang_tidy, ts_preload.

import os
import shlex
import sys

import lit.formats

config.name = "thread-stop"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".c", ".cpp", ".test"]
config.excludes = ["Inputs", "flow", "model", "runtime", "real",
                   "programs"]
config.test_source_root = os.path.join(config.ts_source_dir, "test")
config.test_exec_root = os.path.join(config.ts_build_dir, "test")
# ctest runs one lit for each test, two at once. Both would write what they note
# about times into one file, and a lit that finds half a line there ends.
if "alone" in lit_config.params:
    config.test_exec_root = os.path.join(config.test_exec_root, "alone",
                                         lit_config.params["alone"])

path = os.pathsep.join([config.ts_llvm_bin, config.environment["PATH"]])
config.environment["PATH"] = path
# A caller's options must not change what FileCheck does.
config.environment.pop("FILECHECK_OPTS", None)

for major in range(14, 23):
    if config.ts_llvm >= major:
        config.available_features.add("llvm-ge-%d" % major)
config.available_features.add("llvm-%d" % config.ts_llvm)

musl = "/usr/include/x86_64-linux-musl"
if os.path.isdir(musl):
    config.available_features.add("musl")

# Whether it can be built, not whether it was: a missing program is a failure.
if os.path.exists(os.path.join(config.ts_llvm_bin, "..", "lib",
                               "libclangdMain.a")):
    config.available_features.add("clangd")


def tool(name):
    return shlex.quote(os.path.join(config.ts_llvm_bin, name))


def substitute(name, value):
    # The \b keeps %clang from matching the start of %clang_tidy.
    config.substitutions.append(("%" + name + r"\b", value))


check = " ".join([
    shlex.quote(sys.executable),
    shlex.quote(os.path.join(config.test_source_root, "check_tidy.py")),
    "--clang-tidy=" + shlex.quote(config.ts_clang_tidy),
    "--filecheck=" + tool("FileCheck"),
])
plugin = shlex.quote(config.ts_plugin)
# The same without the plugin, for tests of check_tidy.py itself.
substitute("check_stock", check)
substitute("check_tidy", check + " --plugin=" + plugin)
substitute("clang_tidy", shlex.quote(config.ts_clang_tidy))
substitute("plugin", plugin)
substitute("clangxx", tool("clang++"))
substitute("clangd", shlex.quote(os.path.join(
    config.ts_build_dir, "bin", "thread-stop-clangd")))
substitute("clang", tool("clang"))
substitute("python", shlex.quote(sys.executable))
# Compile against musl's headers instead of glibc's; C only.
substitute("musl_flags", "-nostdlibinc -isystem " + musl)

# A plugin built with AddressSanitizer needs its runtime in clang-tidy, too.
if config.ts_preload:
    config.environment["LD_PRELOAD"] = config.ts_preload
    config.environment["ASAN_OPTIONS"] = "detect_leaks=0"
