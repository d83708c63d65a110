// RUN: %check_stock %s modernize-use-nullptr %t -silent
// RUN: not %check_stock %s modernize-use-nullptr %t 2>&1 | FileCheck %s -check-prefix=NEEDS
// RUN: not %check_stock %s modernize-use-nullptr %t -silent -- -- -DFIRES 2>&1 | FileCheck %s -check-prefix=FOUND
// NEEDS: {{: }}no expectations
// FOUND: {{: }}nothing was expected, but found:
// FOUND-NEXT: warning: use nullptr

#ifdef FIRES
int *Null = 0;
#else
int *Null = nullptr;
#endif
