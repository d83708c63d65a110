// A header's fix is made in a copy, and its place is given by its base name.
// RUN: cp %S/Inputs/header/value.h %t.before
// RUN: %check_stock %s modernize-use-nullptr %t -- -header-filter=.*
// RUN: cmp %S/Inputs/header/value.h %t.before

#include "Inputs/header/value.h"
// CHECK-MESSAGES: value.h:1:21: warning: use nullptr

int *Null = 0;
// CHECK-MESSAGES: [[@LINE-1]]:13: warning: use nullptr
// CHECK-FIXES: int *Null = nullptr;
