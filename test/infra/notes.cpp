// CHECK-MESSAGES leaves out notes, CHECK-NOTES wants every one.
// RUN: %check_stock %s readability-redundant-declaration %t -no-recheck -check-suffix=SOME
// RUN: %check_stock %s readability-redundant-declaration %t -no-recheck -check-suffix=ALL
// RUN: not %check_stock %s readability-redundant-declaration %t -no-recheck -check-suffix=LACKS 2>&1 | FileCheck %s -check-prefix=WHY
// RUN: not %check_stock %s readability-redundant-declaration %t -no-recheck -check-suffix=EXTRA 2>&1 | FileCheck %s -check-prefix=EXTRA
// WHY: The diagnostics were:
// WHY: note: previously declared here
// EXTRA: expected {{string}} not found

extern int Twice;
extern int Twice;
// CHECK-MESSAGES-SOME: [[@LINE-1]]:12: warning: redundant 'Twice' declaration
// CHECK-FIXES-SOME: {{^}}extern int Twice;
// CHECK-NOTES-ALL: [[@LINE-3]]:12: warning: redundant 'Twice' declaration
// CHECK-NOTES-ALL: [[@LINE-5]]:12: note: previously declared here
// CHECK-FIXES-ALL: {{^}}extern int Twice;
// CHECK-NOTES-LACKS: [[@LINE-6]]:12: warning: redundant 'Twice' declaration
// CHECK-FIXES-LACKS: {{^}}extern int Twice;
// CHECK-NOTES-EXTRA: [[@LINE-8]]:12: warning: redundant 'Twice' declaration
// CHECK-NOTES-EXTRA: [[@LINE-10]]:12: note: previously declared here
// CHECK-NOTES-EXTRA: [[@LINE-11]]:12: note: and another
// CHECK-FIXES-EXTRA: {{^}}extern int Twice;
