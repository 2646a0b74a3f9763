// What the converters of the ICU in V8's library know of the encodings of several
// bytes. Its headers do not come with the library, so the functions of its C interface
// are declared here.
#include "internal.h"

extern "C" {
struct UConverter;
UConverter* ucnv_open_74(const char* name, int* status);
void ucnv_close_74(UConverter* converter);
int32_t ucnv_toUChars_74(UConverter* converter, char16_t* dest, int32_t capacity,
                         const char* source, int32_t length, int* status);
}

namespace hedge {

namespace {

// The code point that bytes stand for; 0 where they stand for none, or for several.
uint32_t CodePoint(UConverter* converter, const uint8_t* bytes, size_t size) {
  char16_t units[8];
  int status = 0;
  int32_t len = ucnv_toUChars_74(converter, units, 8, reinterpret_cast<const char*>(bytes),
                                 static_cast<int32_t>(size), &status);
  if (status > 0) return 0;
  if (len == 1) return units[0] == 0xFFFD ? 0 : units[0];
  bool pair = len == 2 && (units[0] & 0xFC00) == 0xD800 && (units[1] & 0xFC00) == 0xDC00;
  return pair ? 0x10000u + ((units[0] & 0x3FFu) << 10) + (units[1] & 0x3FFu) : 0;
}

}  // namespace

// codePoints(converter, characters, size)
void CodePoints(const v8::FunctionCallbackInfo<v8::Value>& args) {
  v8::Isolate* isolate = args.GetIsolate();
  if (!args[0]->IsString() || !args[1]->IsArrayBufferView() || !args[2]->IsUint32()) return;
  size_t size = args[2].As<v8::Uint32>()->Value();
  v8::Local<v8::ArrayBufferView> view = args[1].As<v8::ArrayBufferView>();
  size_t count = size == 0 ? 0 : view->ByteLength() / size;
  v8::Local<v8::ArrayBuffer> buffer;
  if (!v8::ArrayBuffer::MaybeNew(isolate, count * sizeof(uint32_t)).ToLocal(&buffer)) {
    isolate->ThrowException(v8::Exception::RangeError(NewString(isolate, "Out of memory")));
    return;
  }
  int status = 0;
  UConverter* converter = ucnv_open_74(ToString(isolate, args[0]).c_str(), &status);
  if (status > 0) return;  // a warning is negative
  const uint8_t* from = static_cast<uint8_t*>(view->Buffer()->Data()) + view->ByteOffset();
  uint32_t* to = static_cast<uint32_t*>(buffer->Data());
  for (size_t i = 0; i < count; i++) to[i] = CodePoint(converter, from + i * size, size);
  ucnv_close_74(converter);
  args.GetReturnValue().Set(v8::Uint32Array::New(buffer, 0, count));
}

}  // namespace hedge
