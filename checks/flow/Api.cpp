// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "flow/Api.h"

#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Basic/TargetInfo.h"

using namespace clang;
using namespace llvm;

namespace thread_stop::flow {

std::string plainQualifiedName(const NamedDecl &D) {
  std::string Name =
      D.getDeclName().isIdentifier() ? D.getName().str() : D.getNameAsString();
  for (const DeclContext *C = D.getDeclContext(); C; C = C->getParent()) {
    const auto *Outer = dyn_cast<NamedDecl>(C);
    if (!Outer || !Outer->getIdentifier())
      continue;
    if (const auto *NS = dyn_cast<NamespaceDecl>(C); NS && NS->isInline())
      continue;
    if (isa<NamespaceDecl>(C) || isa<RecordDecl>(C))
      Name = Outer->getName().str() + "::" + Name;
  }
  return Name;
}

/// A function of C: in the global namespace, whatever linkage block is around.
static bool isGlobalFunction(const FunctionDecl &F) {
  const DeclContext *C = F.getDeclContext();
  while (isa<LinkageSpecDecl>(C))
    C = C->getParent();
  // A declaration inside a block names the global function, too.
  return !isa<CXXMethodDecl>(F) &&
         (C->isTranslationUnit() || C->isFunctionOrMethod());
}

bool ApiResolver::isUserCode(SourceLocation L) const {
  if (L.isInvalid())
    return false;
  const SourceManager &SM = Ctx.getSourceManager();
  return !SM.isInSystemHeader(SM.getExpansionLoc(L));
}

/// `QThread::terminate` matches with any namespace around it; a plain name
/// only the global function.
static bool matchesName(StringRef Wanted, const std::string &Qualified,
                        bool Global) {
  Wanted = Wanted.ltrim(":");
  if (!StringRef(Wanted).contains("::"))
    return Global && Qualified == Wanted;
  if (Qualified == Wanted)
    return true;
  StringRef Q(Qualified);
  return Q.size() > Wanted.size() + 2 && Q.take_back(Wanted.size()) == Wanted &&
         Q.drop_back(Wanted.size()).take_back(2) == "::";
}

static int pairHalf(const std::vector<std::pair<std::string, std::string>> &Of,
                    const std::string &Name, bool Global) {
  for (const auto &[First, Second] : Of) {
    if (matchesName(First, Name, Global))
      return 1;
    if (!Second.empty() && matchesName(Second, Name, Global))
      return 2;
  }
  return 0;
}

static bool isSetJump(StringRef Name) {
  return Name == "setjmp" || Name == "_setjmp" || Name == "sigsetjmp" ||
         Name == "__sigsetjmp";
}

Api ApiResolver::resolve(const FunctionDecl &F) const {
  Api A;
  if (!F.getDeclName().isIdentifier() && !isa<CXXConstructorDecl>(F))
    return A;
  const bool Global = isGlobalFunction(F);
  const std::string Name =
      isa<CXXConstructorDecl>(F)
          ? plainQualifiedName(*cast<CXXConstructorDecl>(F).getParent())
          : plainQualifiedName(F);

  A.DeclaredPair = pairHalf(Opts.DisableFunctions, Name, Global);
  A.DeclaredLock = pairHalf(Opts.LockFunctions, Name, Global);
  A.DeclaredResource = pairHalf(Opts.ResourceFunctions, Name, Global);
  // A namespace around a library's class may be that library's (QT_NAMESPACE),
  // but not the program's own.
  for (const std::string &N : Opts.ForcedStopFunctions)
    A.ForcedStop |=
        matchesName(N, Name, Global) &&
        (StringRef(N).ltrim(":") == Name || !model::findCancelApi(N) ||
         !isUserCode(F.getCanonicalDecl()->getLocation()));
  for (const std::string &N : Opts.CancellationPoints)
    A.DeclaredPoint |= matchesName(N, Name, Global);
  for (const std::string &N : Opts.ThreadCreateFunctions)
    A.ThreadCreate |= matchesName(N, Name, Global);

  // The tables speak of the library's functions. One that the program defines
  // itself is judged by its body.
  const bool Qualified = Name.find("::") != std::string::npos;
  if (!Qualified && !Global)
    return A;
  const FunctionDecl *Definition = F.getDefinition();
  if (Definition && isUserCode(Definition->getLocation()))
    return A;
  A.Cancel = model::findCancelApi(Name);
  A.Lock = model::findLockApi(Name);
  A.Wait = model::findWait(Name);
  if (Global) {
    A.Point = model::findCancellationPoint(Name);
    A.Obtains = model::findAcquire(Name);
    A.Releases = model::findRelease(Name);
    A.Signal = model::findSignalApi(Name);
    A.OfCLibrary = !isUserCode(F.getCanonicalDecl()->getLocation()) ||
                   F.getBuiltinID() != 0 || A.Cancel || A.Lock || A.Point ||
                   A.Obtains || A.Releases;
    A.SetJump = isSetJump(Name);
  }
  A.ForcedStop |= A.is(model::CancelRole::Cancel);
  A.ThreadCreate |= A.is(model::CancelRole::Create);
  A.Benign =
      (A.Cancel && A.Cancel->Prologue) || A.setsMode() || F.getBuiltinID() != 0;
  return A;
}

model::Libc ApiResolver::library() const {
  if (Ctx.getTargetInfo().getTriple().isMusl())
    return model::Libc::Musl;
  // musl has no macro of its own; both have <features.h> define something.
  auto It = Ctx.Idents.find("__GLIBC__");
  const bool Glibc =
      It != Ctx.Idents.end() && It->second && It->second->hadMacroDefinition();
  auto Musl = Ctx.Idents.find("__ptcb");
  return !Glibc && Musl != Ctx.Idents.end() ? model::Libc::Musl
                                            : model::Libc::Glibc;
}

const Api &ApiResolver::of(const FunctionDecl &F) {
  const FunctionDecl *Key = F.getCanonicalDecl();
  auto [It, New] = Known.try_emplace(Key, nullptr);
  if (New)
    It->second = &Storage.emplace_back(resolve(F));
  return *It->second;
}

const model::LockGuard *ApiResolver::guardOf(const CXXRecordDecl &R) {
  const CXXRecordDecl *Key = R.getCanonicalDecl();
  auto [It, New] = Guards.try_emplace(Key, nullptr);
  if (New && R.getIdentifier())
    It->second = model::findLockGuard(plainQualifiedName(R));
  return It->second;
}

} // namespace thread_stop::flow
