// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "model/CancellationPoints.h"

namespace thread_stop {
namespace model {

#include "cancellation_points.inc"
#include "point_arguments.inc"

llvm::ArrayRef<CancellationPoint> cancellationPoints() {
  return CancellationPointRows;
}

const CancellationPoint *findCancellationPoint(llvm::StringRef Name) {
  return findByName(cancellationPoints(), Name);
}

llvm::ArrayRef<PointArgument> pointArguments() { return PointArgumentRows; }

llvm::ArrayRef<PointArgument> pointArguments(llvm::StringRef Name) {
  llvm::ArrayRef<PointArgument> Rows = PointArgumentRows;
  const PointArgument *First = std::lower_bound(
      Rows.begin(), Rows.end(), Name,
      [](const PointArgument &Row, llvm::StringRef N) { return Row.Name < N; });
  const PointArgument *Last = First;
  while (Last != Rows.end() && Last->Name == Name)
    ++Last;
  return llvm::ArrayRef<PointArgument>(First, Last);
}

int pointArgumentIndex(llvm::StringRef Name) {
  llvm::ArrayRef<PointArgument> Rows = pointArguments(Name);
  return Rows.empty() ? static_cast<int>(NoArgument) : Rows.front().Index;
}

// ---- policy ----

PointPolicy::PointPolicy(bool Strict, llvm::StringRef Names) : Strict(Strict) {
  std::string Current;
  auto Flush = [&] {
    if (!Current.empty())
      Extra.push_back(Current);
    Current.clear();
  };
  for (char C : Names) {
    if (C == ';' || C == ',')
      Flush();
    else if (C != ' ' && C != '\t' && C != '\n')
      Current += C;
  }
  Flush();
  std::sort(Extra.begin(), Extra.end());
}

bool PointPolicy::names(llvm::StringRef Name) const {
  auto Found =
      std::lower_bound(Extra.begin(), Extra.end(), Name,
                       [](const std::string &Left, llvm::StringRef Right) {
                         return llvm::StringRef(Left) < Right;
                       });
  return Found != Extra.end() && llvm::StringRef(*Found) == Name;
}

/// What was measured on \p Library; where musl was not run, what glibc does.
template <typename RowT> static Tri measured(const RowT &Row, Libc Library) {
  return Library == Libc::Musl && Row.MuslActs != Tri::NotRun ? Row.MuslActs
                                                              : Row.GlibcActs;
}

/// Can no call of \p Point ever act, whatever the options say?
static bool neverActs(const CancellationPoint &Point) {
  return Point.Status == PointStatus::Never || Point.Rule == PointRule::Never;
}

/// Does the command \p Value of \p Name wait as a point? A command that was
/// not run is one: the table lists only commands that wait for a lock.
static bool commandActs(llvm::StringRef Name, int64_t Value, Libc Library) {
  for (const PointArgument &Row : pointArguments(Name))
    if (Row.Value == Value && measured(Row, Library) != Tri::No)
      return true;
  return false;
}

bool isCancellationPoint(llvm::StringRef Name, Libc Library,
                         const PointPolicy &Policy,
                         std::optional<int64_t> Argument) {
  const CancellationPoint *Point = findCancellationPoint(Name);
  if (!Point)
    return Policy.names(Name);
  if (neverActs(*Point))
    return false;
  if (Policy.names(Name))
    return true;
  if (Point->Rule == PointRule::Inert ||
      (Point->Rule == PointRule::Strict && !Policy.isStrict()))
    return false;
  // The measured value of a stdio row depends on the buffer it met.
  if (Point->Family == PointFamily::Stdio)
    return Library == Libc::Glibc;
  if (pointArgumentIndex(Name) != NoArgument)
    return Argument && commandActs(Name, *Argument, Library);
  return Point->Status == PointStatus::Required ||
         measured(*Point, Library) == Tri::Yes;
}

bool mayBeCancellationPoint(llvm::StringRef Name, Libc Library,
                            const PointPolicy &Policy,
                            std::optional<int64_t> Argument) {
  const CancellationPoint *Point = findCancellationPoint(Name);
  if (!Point)
    return Policy.names(Name);
  if (neverActs(*Point))
    return false;
  if (Policy.names(Name))
    return true;
  if (Point->Family == PointFamily::Stdio)
    return Library == Libc::Glibc;
  if (pointArgumentIndex(Name) != NoArgument)
    return !Argument || commandActs(Name, *Argument, Library);
  if (Point->Status == PointStatus::Required)
    return true;
  // A wait that did not act was run when it had nothing to wait for.
  if (Point->Blocking != PointBlocking::None)
    return true;
  Tri Acts = measured(*Point, Library);
  return Acts == Tri::Yes ||
         (Acts == Tri::NotRun && Point->GlibcDecl != PointDecl::Nothrow);
}

bool mayBlockForever(llvm::StringRef Name) {
  const CancellationPoint *Point = findCancellationPoint(Name);
  return Point && Point->Blocking == PointBlocking::Indefinite;
}

} // namespace model
} // namespace thread_stop
