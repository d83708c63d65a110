// RUN: not %check_stock %s modernize-use-nullptr %t 2>&1 | FileCheck %s -check-prefix=WHY
// WHY: {{: }}CHECK-NOTES lists all notes, CHECK-MESSAGES some: use one of them

int *Null = 0;
// CHECK-MESSAGES: [[@LINE-1]]:13: warning: use nullptr
// CHECK-NOTES: [[@LINE-2]]:13: warning: use nullptr
