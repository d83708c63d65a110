// Code that was fixed is checked again: it must compile, and be clean.
// RUN: echo '#!/bin/sh' > %t.sh
// RUN: echo 'exec %python %S/Inputs/fake_tidy.py "$@"' >> %t.sh
// RUN: chmod +x %t.sh
// The last --clang-tidy counts
// RUN: %check_stock --clang-tidy=%t.sh %s fake %t -check-suffix=GOOD -- -fake-fix=good
// RUN: not %check_stock --clang-tidy=%t.sh %s fake %t -check-suffix=STILL -- -fake-fix=still_bad 2>&1 | FileCheck %s -check-prefix=STILL
// RUN: %check_stock --clang-tidy=%t.sh %s fake %t -check-suffix=STILL -no-recheck -- -fake-fix=still_bad
// RUN: not %check_stock --clang-tidy=%t.sh %s fake %t -check-suffix=BROKEN -- -fake-fix=broken 2>&1 | FileCheck %s -check-prefix=BROKEN
// RUN: %check_stock --clang-tidy=%t.sh %s fake %t -check-suffix=NONE
// RUN: %check_stock --clang-tidy=%t.sh %s fake %t -check-suffix=GOOD -check-note-fixes -- -fake-fix=good -fake-note
// RUN: not %check_stock --clang-tidy=%t.sh %s fake %t -check-suffix=GOOD -- -fake-fix=good -fake-note 2>&1 | FileCheck %s -check-prefix=UNFIXED
// STILL: {{: }}still found in the fixed code:
// STILL-NEXT: warning: bad code
// BROKEN: {{: }}the fixed code does not compile:
// BROKEN-NEXT: error: broken code
// UNFIXED: {{: }}there are CHECK-FIXES, but nothing was fixed

bad
// CHECK-MESSAGES-GOOD: [[@LINE-1]]:1: warning: bad code [fake]
// CHECK-FIXES-GOOD: {{^}}good{{$}}
// CHECK-MESSAGES-STILL: [[@LINE-3]]:1: warning: bad code [fake]
// CHECK-FIXES-STILL: {{^}}still_bad{{$}}
// CHECK-MESSAGES-BROKEN: [[@LINE-5]]:1: warning: bad code [fake]
// CHECK-FIXES-BROKEN: {{^}}broken{{$}}
// CHECK-MESSAGES-NONE: [[@LINE-7]]:1: warning: bad code [fake]
