// RUN: not %check_stock %s modernize-use-nullptr %t 2>&1 | FileCheck %s -check-prefix=WHY
// WHY: {{: }}CHECK-MESSAGE: unknown kind of expectation

int *Null = nullptr;
// CHECK-MESSAGE: [[@LINE-1]]:13: warning: use nullptr
