// RUN: %check_stock %s modernize-use-nullptr %t -check-suffixes=A,BOTH -- -- -DA
// RUN: %check_stock %s modernize-use-nullptr %t -check-suffix=BOTH
// RUN: not %check_stock %s modernize-use-nullptr %t -check-suffix=A 2>&1 | FileCheck %s -check-prefix=WHY
// WHY: expected {{string}} not found

void take(int *);

void always() {
  take(0);
  // CHECK-NOTES-BOTH: [[@LINE-1]]:8: warning: use nullptr
  // CHECK-FIXES-BOTH: take(nullptr);
}

#ifdef A
// The name of a FileCheck modifier is a suffix as good as any.
// RUN: %check_stock %s modernize-use-nullptr %t -check-suffixes=BOTH,EMPTY -- -- -DA
int *Global = 0;
// CHECK-NOTES-A: [[@LINE-1]]:15: warning: use nullptr
// CHECK-FIXES-A: int *Global = nullptr;
// CHECK-NOTES-EMPTY: [[@LINE-3]]:15: warning: use nullptr
// CHECK-FIXES-EMPTY: int *Global = nullptr;
#endif
