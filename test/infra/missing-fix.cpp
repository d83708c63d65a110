// RUN: not %check_stock %s misc-redundant-expression %t 2>&1 | FileCheck %s -check-prefix=WHY
// WHY: {{: }}there are CHECK-FIXES, but nothing was fixed

bool same(int n) {
  return n == n;
  // CHECK-MESSAGES: [[@LINE-1]]:12: warning: both sides of operator are equivalent
  // CHECK-FIXES: return n == n;
}
