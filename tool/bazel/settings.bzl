# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A text that can be set on the command line of Bazel."""

TextInfo = provider(fields = ["value"])

def _text_setting_impl(ctx):
    return [TextInfo(value = ctx.build_setting_value)]

text_setting = rule(
    implementation = _text_setting_impl,
    build_setting = config.string(flag = True),
)
