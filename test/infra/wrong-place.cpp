// "4:15" must not pass for "14:15", nor one column for another.
// RUN: not %check_stock %s modernize-use-nullptr %t -check-suffix=LINE 2>&1 | FileCheck %s -check-prefix=WHY
// RUN: not %check_stock %s modernize-use-nullptr %t -check-suffix=COLUMN 2>&1 | FileCheck %s -check-prefix=WHY
// WHY: expected {{string}} not found





// The next line is line 14.


int *Nothing = 0;
// CHECK-MESSAGES-LINE: [[@LINE-11]]:16: warning: use nullptr
// CHECK-MESSAGES-COLUMN: [[@LINE-2]]:6: warning: use nullptr
// CHECK-FIXES-LINE: int *Nothing = nullptr;
// CHECK-FIXES-COLUMN: int *Nothing = nullptr;
