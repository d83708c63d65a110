// RUN: not %check_stock %s modernize-use-nullptr %t 2>&1 | FileCheck %s -check-prefix=WHY
// WHY: expected {{string}} not found

int *Found = 0;
// CHECK-MESSAGES: [[@LINE-1]]:14: warning: use nullptr
// CHECK-FIXES: int *Found = nullptr;
int *Clean = nullptr;
// CHECK-MESSAGES: [[@LINE-1]]:14: warning: use nullptr
