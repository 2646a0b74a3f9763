// Modules of WebAssembly are looked at before V8 gets them: V8 counts shared memory to
// nobody, so that there must be none.
#include <string.h>

#include "internal.h"

namespace hedge {

namespace {

// Reads a module's binary form, as far as it goes.
struct Sections {
  const uint8_t* at;
  const uint8_t* end;

  uint8_t Byte() { return at < end ? *at++ : 0; }
  // A number in LEB128 (WebAssembly 5.2.2).
  uint64_t Number() {
    uint64_t value = 0;
    for (int shift = 0; at < end && shift < 64; shift += 7) {
      uint8_t byte = *at++;
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }
};

constexpr size_t kHeader = 8;
constexpr uint8_t kMemorySection = 5;
constexpr uint8_t kHasMaximum = 1, kIsShared = 2;

// Bytes that can be read, of a view or an ArrayBuffer; nullptr for what is neither.
bool Source(v8::Local<v8::Value> value, const uint8_t** data, size_t* len) {
  if (value->IsArrayBuffer()) {
    v8::Local<v8::ArrayBuffer> buffer = value.As<v8::ArrayBuffer>();
    *data = static_cast<const uint8_t*>(buffer->Data());
    *len = buffer->ByteLength();
    return true;
  }
  if (!value->IsArrayBufferView()) return false;
  v8::Local<v8::ArrayBufferView> view = value.As<v8::ArrayBufferView>();
  *data = static_cast<const uint8_t*>(view->Buffer()->Data()) + view->ByteOffset();
  *len = view->ByteLength();
  return true;
}

}  // namespace

bool DefinesSharedMemory(const uint8_t* module, size_t len) {
  if (len < kHeader) return false;
  Sections all{module + kHeader, module + len};
  while (all.at < all.end) {
    uint8_t id = all.Byte();
    size_t size = all.Number();
    if (size > static_cast<size_t>(all.end - all.at)) return false;  // V8 says what is wrong
    Sections section{all.at, all.at + size};
    all.at += size;
    if (id != kMemorySection) continue;
    for (uint64_t count = section.Number(); count > 0 && section.at < section.end; count--) {
      uint8_t flags = section.Byte();
      if (flags & kIsShared) return true;
      section.Number();
      if (flags & kHasMaximum) section.Number();
    }
  }
  return false;
}

void ThrowSharedMemory(v8::Isolate* isolate) {
  isolate->ThrowException(v8::Exception::WasmCompileError(
      NewString(isolate, "Shared memory is not available")));
}

// wasmSource(value)
void WasmSource(const v8::FunctionCallbackInfo<v8::Value>& args) {
  v8::Isolate* isolate = args.GetIsolate();
  args.GetReturnValue().Set(args[0]);
  const uint8_t* data = nullptr;
  size_t len = 0;
  if (!Source(args[0], &data, &len) || len == 0) return;
  if (DefinesSharedMemory(data, len)) return ThrowSharedMemory(isolate);
  v8::Local<v8::ArrayBuffer> copy;
  if (!v8::ArrayBuffer::MaybeNew(isolate, len, v8::BackingStoreInitializationMode::kUninitialized)
           .ToLocal(&copy)) {
    isolate->ThrowException(v8::Exception::RangeError(NewString(isolate, "Out of memory")));
    return;
  }
  memcpy(copy->Data(), data, len);
  args.GetReturnValue().Set(copy);
}

}  // namespace hedge
