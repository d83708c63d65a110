// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A test case that fails for each finding. Jenkins splits a class name at its
// last '.', and follows a test from build to build by class and name: so the
// name has no line in it, and equal ones are numbered.

#include "CheckInfo.h"
#include "emit/Emit.h"
#include "emit/Utf8.h"
#include "llvm/ADT/StringMap.h"

namespace thread_stop::tool {

/// For text and attributes of XML 1.0, which has no place for most control
/// characters, nor for U+FFFE and U+FFFF, not even escaped.
static std::string xml(llvm::StringRef Raw, bool IsAttribute) {
  const std::string Valid = validUtf8(Raw);
  llvm::StringRef Text = Valid;
  std::string Result;
  while (!Text.empty()) {
    const llvm::StringRef Character = Text.take_front(characterLength(Text));
    Text = Text.drop_front(Character.size());
    const char C = Character[0];
    if (C == '&')
      Result += "&amp;";
    else if (C == '<')
      Result += "&lt;";
    else if (C == '>')
      Result += "&gt;"; // for "]]>"
    else if (C == '"')
      Result += "&quot;";
    else if (IsAttribute && (C == '\n' || C == '\t'))
      Result += C == '\n' ? "&#10;" : "&#9;";
    else if ((C >= 0 && C < 0x20 && C != '\n' && C != '\t') ||
             Character == "\xEF\xBF\xBE" || Character == "\xEF\xBF\xBF")
      Result += "\xEF\xBF\xBD";
    else
      Result += Character;
  }
  return Result;
}

static std::string attribute(llvm::StringRef Name, llvm::StringRef Value) {
  return (" " + Name + "=\"" + xml(Value, true) + "\"").str();
}

/// The finding alone as text.
static std::string textOf(const Report &R, const Finding &F) {
  Report One;
  One.Root = R.Root;
  One.Findings.push_back(F);
  std::string Result;
  llvm::raw_string_ostream OS(Result);
  emitText(One, TextStyle(), OS);
  return OS.str();
}

static std::string className(llvm::StringRef Check) {
  const CheckInfo *Info = findCheck(Check);
  return Info ? "thread-stop." + Info->Id.str() : Check.str();
}

static std::string place(const Location &At) {
  std::string Result;
  if (!At.File.empty())
    Result += attribute("file", At.File);
  if (At.Line)
    Result += attribute("line", std::to_string(At.Line));
  return Result;
}

static std::string nameOf(const Finding &F) {
  const std::string Message = printable(F.Message);
  return F.At.File.empty() ? Message : F.At.File + ": " + Message;
}

/// "name", "name (2)", ...
static std::string numbered(const std::string &Name,
                            llvm::StringMap<unsigned> &Seen) {
  const unsigned Number = ++Seen[Name];
  return Number == 1 ? Name : Name + " (" + std::to_string(Number) + ")";
}

static void printFinding(const Report &R, const Finding &F,
                         const std::string &Name, llvm::raw_ostream &OS) {
  OS << "    <testcase" << attribute("classname", className(F.Check))
     << attribute("name", Name) << place(F.At) << " time=\"0\">\n"
     << "      <failure" << attribute("message", printable(F.Message))
     << attribute("type", F.IsError ? "error" : "warning") << '>'
     << xml(llvm::StringRef(textOf(R, F)).rtrim(), false)
     << "</failure>\n    </testcase>\n";
}

static void printFailure(const Failure &F, llvm::raw_ostream &OS) {
  std::string Text = F.Reason;
  for (const std::string &Line : F.Details)
    Text += '\n' + Line;
  if (!F.Help.empty())
    Text += "\nhelp: " + F.Help;
  OS << "    <testcase" << attribute("classname", "thread-stop.analysis")
     << attribute("name", F.File.empty() ? "the run" : F.File)
     << (F.File.empty() ? std::string() : attribute("file", F.File))
     << " time=\"0\">\n"
     << "      <error" << attribute("message", F.Reason)
     << attribute("type", "not analysed") << '>' << xml(Text, false)
     << "</error>\n    </testcase>\n";
}

void emitJunit(const Report &R, llvm::raw_ostream &OS) {
  const bool IsClean = R.Findings.empty() && R.Failures.empty();
  const std::string Sums =
      attribute(
          "tests",
          std::to_string(IsClean ? 1 : R.Findings.size() + R.Failures.size())) +
      attribute("failures", std::to_string(R.Findings.size())) +
      attribute("errors", std::to_string(R.Failures.size())) + " time=\"0\"";
  OS << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
     << "<testsuites name=\"thread-stop\"" << Sums << ">\n"
     << "  <testsuite name=\"thread-stop\"" << Sums << ">\n";
  llvm::StringMap<unsigned> Seen;
  for (const Finding &F : R.Findings)
    printFinding(R, F, numbered(nameOf(F), Seen), OS);
  for (const Failure &F : R.Failures)
    printFailure(F, OS);
  // A report without a test counts as a mistake in the job.
  if (IsClean)
    OS << "    <testcase classname=\"thread-stop.analysis\" name=\"no finding\""
          " time=\"0\"/>\n";
  OS << "  </testsuite>\n</testsuites>\n";
}

} // namespace thread_stop::tool
