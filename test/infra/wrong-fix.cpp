// RUN: not %check_stock %s modernize-use-nullptr %t -check-suffix=WRONG 2>&1 | FileCheck %s -check-prefix=WRONG
// RUN: not %check_stock %s modernize-use-nullptr %t -check-suffix=LACKS 2>&1 | FileCheck %s -check-prefix=LACKS
// WRONG: expected {{string}} not found
// LACKS: {{: }}fixed, but without CHECK-FIXES
// LACKS: +int *Null = nullptr;

int *Null = 0;
// CHECK-MESSAGES-WRONG: [[@LINE-1]]:13: warning: use nullptr
// CHECK-FIXES-WRONG: int *Null = NULL;
// CHECK-MESSAGES-LACKS: [[@LINE-3]]:13: warning: use nullptr
