// RUN: not %check_stock %s modernize-use-nullptr %t 2>&1 | FileCheck %s -check-prefix=WHY
// WHY: The diagnostics were:
// WHY-NEXT: :[[@LINE+4]]:{{.*}}use nullptr
// WHY-NEXT: :[[@LINE+6]]:{{.*}}use nullptr
// WHY-NOT: use nullptr

int *Listed = 0;
// CHECK-MESSAGES: [[@LINE-1]]:15: warning: use nullptr
// CHECK-FIXES: int *Listed = nullptr;
int *Unlisted = 0;
