// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "emit/Fields.h"

#include "emit/Utf8.h"
#include "llvm/ADT/StringExtras.h"
#include <limits>

namespace json = llvm::json;

namespace thread_stop::tool {

void putText(json::OStream &J, llvm::StringRef Key, llvm::StringRef Text) {
  if (json::isUTF8(Text)) {
    J.attribute(Key, Text);
    return;
  }
  J.attribute(Key, json::fixUTF8(Text));
  J.attribute((Key + "Hex").str(), llvm::toHex(Text));
}

Fields::Fields(const json::Value &V, json::Path P) : O(V.getAsObject()), P(P) {
  if (!O)
    this->P.report("expected an object");
}

bool Fields::text(llvm::StringRef Key, std::string &Out) const {
  const json::Value *V = O->get(Key);
  if (!V)
    return true;
  auto Text = V->getAsString();
  if (!Text) {
    P.field(Key).report("expected a string");
    return false;
  }
  Out = Text->str();
  if (auto Hex = O->getString((Key + "Hex").str()))
    if (!llvm::tryGetFromHex(*Hex, Out)) {
      P.field(Key).report("its exact bytes are no hexadecimal number");
      return false;
    }
  return true;
}

bool Fields::neededText(llvm::StringRef Key, std::string &Out) const {
  if (O->get(Key))
    return text(Key, Out);
  P.field(Key).report("missing");
  return false;
}

bool Fields::number(llvm::StringRef Key, unsigned &Out) const {
  const json::Value *V = O->get(Key);
  if (!V)
    return true;
  auto Number = V->getAsInteger();
  if (!Number || *Number < 0 ||
      *Number > std::numeric_limits<unsigned>::max()) {
    P.field(Key).report("expected a number, not below 0");
    return false;
  }
  Out = static_cast<unsigned>(*Number);
  return true;
}

bool Fields::flag(llvm::StringRef Key, bool &Out) const {
  const json::Value *V = O->get(Key);
  if (!V)
    return true;
  auto Flag = V->getAsBoolean();
  if (!Flag) {
    P.field(Key).report("expected true or false");
    return false;
  }
  Out = *Flag;
  return true;
}

bool Fields::with(llvm::StringRef Key, Reader Read) const {
  const json::Value *V = O->get(Key);
  return !V || Read(*V, P.field(Key));
}

bool Fields::each(llvm::StringRef Key, Reader Read) const {
  return with(Key, [&](const json::Value &V, json::Path At) {
    const json::Array *A = V.getAsArray();
    if (!A) {
      At.report("expected an array");
      return false;
    }
    for (size_t I = 0; I < A->size(); ++I)
      if (!Read((*A)[I], At.index(I)))
        return false;
    return true;
  });
}

// --- Counts -----------------------------------------------------------------

namespace {
struct CountField {
  llvm::StringLiteral Key;
  unsigned Counts::*Member;
};
} // namespace

static constexpr CountField CountFields[] = {
    {"files", &Counts::Files},           {"analysed", &Counts::Analysed},
    {"irrelevant", &Counts::Irrelevant}, {"cached", &Counts::Cached},
    {"failed", &Counts::Failed},         {"notReached", &Counts::NotReached},
    {"baselined", &Counts::Baselined},   {"unchanged", &Counts::Unchanged},
    {"fixed", &Counts::Fixed},
};

bool Fields::texts(llvm::StringRef Key, std::vector<std::string> &Out) const {
  return each(Key, [&](const llvm::json::Value &V, llvm::json::Path P) {
    auto Line = V.getAsString();
    if (!Line) {
      P.report("expected a string");
      return false;
    }
    Out.push_back(Line->str());
    return true;
  });
}

void putCounts(json::OStream &J, const Counts &C) {
  J.attributeObject("counts", [&] {
    for (const CountField &Field : CountFields)
      J.attribute(Field.Key, static_cast<int64_t>(C.*Field.Member));
  });
}

bool readCounts(const json::Value &V, json::Path P, Counts &C) {
  const Fields F(V, P);
  return F.valid() && llvm::all_of(CountFields, [&](const CountField &Field) {
           return F.number(Field.Key, C.*Field.Member);
         });
}

// --- Whole texts ------------------------------------------------------------

llvm::Expected<json::Value> parseJson(llvm::StringRef Text,
                                      llvm::StringRef Name) {
  llvm::Expected<json::Value> V = json::parse(Text);
  if (V)
    return V;
  // LLVM's message: [line:column, byte=n]: what was expected
  const std::string Log = llvm::toString(V.takeError());
  llvm::StringRef What = Log, Place, Where;
  if (What.consume_front("["))
    std::tie(Place, What) = What.split("]: ");
  Where = Place.split(',').first;
  const std::string At =
      Where.empty() ? Name.str() : (Name + ":" + Where).str();
  return llvm::createStringError(
      llvm::inconvertibleErrorCode(),
      "%s: not a report, or cut off: not valid JSON (%s)", At.c_str(),
      What.str().c_str());
}

} // namespace thread_stop::tool
