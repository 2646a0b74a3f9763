// UTS #46 through the ICU that V8's library carries. Its headers do not come with
// the library, so the three functions of its C interface are declared here.
#include "internal.h"

extern "C" {
struct UIDNA;
struct UIDNAInfo {
  int16_t size;
  int8_t is_transitional_different;
  int8_t reserved_b3;
  uint32_t errors;
  int32_t reserved_i2;
  int32_t reserved_i3;
};
UIDNA* uidna_openUTS46_74(uint32_t options, int* status);
void uidna_close_74(UIDNA* idna);
int32_t uidna_nameToASCII_74(const UIDNA* idna, const char16_t* name, int32_t length,
                             char16_t* dest, int32_t capacity, UIDNAInfo* info, int* status);
}

namespace hedge {

namespace {

enum Option : uint32_t {
  kUseStd3Rules = 2,
  kCheckBidi = 4,
  kCheckContextJ = 8,
  kNontransitionalToAscii = 0x10,
  kNontransitionalToUnicode = 0x20,
};

enum Error : uint32_t {
  kEmptyLabel = 1,
  kLabelTooLong = 2,
  kDomainNameTooLong = 4,
  kLeadingHyphen = 8,
  kTrailingHyphen = 0x10,
  kHyphen34 = 0x20,
};

// What the URL standard does not check unless it is strict: VerifyDnsLength and
// CheckHyphens.
constexpr uint32_t kLenient = kEmptyLabel | kLabelTooLong | kDomainNameTooLong | kLeadingHyphen |
                              kTrailingHyphen | kHyphen34;

constexpr int kBufferOverflow = 15;

}  // namespace

// domainToASCII(domain, beStrict)
void DomainToAscii(const v8::FunctionCallbackInfo<v8::Value>& args) {
  v8::Isolate* isolate = args.GetIsolate();
  bool strict = args[1]->IsTrue();
  if (!args[0]->IsString()) return;
  v8::Local<v8::String> domain = args[0].As<v8::String>();
  std::u16string name(domain->Length(), u'\0');
  domain->WriteV2(isolate, 0, domain->Length(), reinterpret_cast<uint16_t*>(name.data()));

  int status = 0;
  uint32_t options = kCheckBidi | kCheckContextJ | kNontransitionalToAscii |
                     kNontransitionalToUnicode | (strict ? uint32_t{kUseStd3Rules} : 0u);
  UIDNA* idna = uidna_openUTS46_74(options, &status);
  if (status > 0) return;  // a warning is negative
  std::u16string ascii(name.size() * 4 + 64, u'\0');
  UIDNAInfo info{};
  for (int attempt = 0; attempt < 2; attempt++) {
    info = {};
    info.size = sizeof(info);
    status = 0;
    int32_t len = uidna_nameToASCII_74(idna, name.data(), static_cast<int32_t>(name.size()),
                                       ascii.data(), static_cast<int32_t>(ascii.size()), &info,
                                       &status);
    ascii.resize(std::max(len, 0));
    if (status != kBufferOverflow) break;
  }
  uidna_close_74(idna);
  uint32_t errors = strict ? info.errors : info.errors & ~kLenient;
  if (status > 0 || errors != 0) return;
  v8::Local<v8::String> result;
  if (v8::String::NewFromTwoByte(isolate, reinterpret_cast<const uint16_t*>(ascii.data()),
                                 v8::NewStringType::kNormal, static_cast<int>(ascii.size()))
          .ToLocal(&result)) {
    args.GetReturnValue().Set(result);
  }
}

}  // namespace hedge
