// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CheckInfo.h"
#include "llvm/Support/raw_ostream.h"
using namespace thread_stop::tool;
int main() {
  for (const CheckInfo &C : allChecks())
    llvm::outs() << C.Name << ' ' << C.Page.size() << '\n';
}
