// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CheckInfo.h"

#include "llvm/ADT/STLExtras.h"

namespace thread_stop::tool {

namespace {
struct Page {
  llvm::StringRef Id, Text;
};
} // namespace

/// Each page by its check's id.
static const Page Pages[] = {
#include "pages.inc"
};

static llvm::StringRef pageOf(llvm::StringRef Id) {
  const Page *Found =
      llvm::find_if(Pages, [&](const Page &P) { return P.Id == Id; });
  return Found == std::end(Pages) ? llvm::StringRef() : Found->Text;
}

llvm::ArrayRef<CheckInfo> allChecks() {
  static const CheckInfo All[] = {
#define THREAD_STOP_CHECK(Class, Id, Summary, Severity, Fix, Safety, Since)    \
  {Id, "thread-stop-" Id, Summary, Severity, Fix, Safety, Since, pageOf(Id)},
#include "Checks.def"
#undef THREAD_STOP_CHECK
  };
  return All;
}

const CheckInfo *findCheck(llvm::StringRef NameOrId) {
  for (const CheckInfo &C : allChecks())
    if (C.Name == NameOrId || C.Id == NameOrId)
      return &C;
  return nullptr;
}

llvm::StringRef nearestCheck(llvm::StringRef Name) {
  if (Name.size() > CheckPrefix.size() &&
      Name.take_front(CheckPrefix.size()) == CheckPrefix)
    Name = Name.drop_front(CheckPrefix.size());
  llvm::StringRef Best;
  // More than a third of the letters wrong is another word.
  unsigned Least = Name.size() / 3 + 1;
  for (const CheckInfo &C : allChecks()) {
    const unsigned Distance = Name.edit_distance(C.Id, true, Least);
    if (Distance < Least) {
      Least = Distance;
      Best = C.Name;
    }
  }
  return Best;
}

} // namespace thread_stop::tool
