// RUN: %check_stock %s modernize-use-nullptr %t -expect-clang-tidy-error -check-suffix=ERROR
// RUN: not %check_stock %s modernize-use-nullptr %t -check-suffix=ERROR 2>&1 | FileCheck %s -check-prefix=WHY
// RUN: not %check_stock %s modernize-use-nullptr %t -expect-clang-tidy-error -silent -- -- -DWHOLE 2>&1 | FileCheck %s -check-prefix=WHOLE
// WHY: {{: }}does not compile:
// WHY-NEXT: error: unknown type name 'Unknown'
// WHOLE: {{: }}no error, but -expect-clang-tidy-error

#ifndef WHOLE
Unknown Variable;
// CHECK-MESSAGES-ERROR: [[@LINE-1]]:1: error: unknown type name 'Unknown' [clang-diagnostic-error]
#endif
