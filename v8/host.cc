// The intrinsics: what JavaScript can ask of C++ (see jsapi/core/host.d.ts). They
// do what JavaScript cannot do at all or not fast, and hold no policy.
#include <string.h>

#include "internal.h"

namespace hedge {

namespace {

using Args = v8::FunctionCallbackInfo<v8::Value>;

// While a snapshot is made there is no hv8_isolate; this slot then holds where
// registered functions go.
constexpr int kRegistrySlot = 1;

struct Bytes {
  uint8_t* data;
  size_t len;
};

// The memory of the view in argument i. The caller does not let go of it while
// JavaScript could run.
Bytes View(const Args& args, int i) {
  if (!args[i]->IsArrayBufferView()) return {nullptr, 0};
  v8::Local<v8::ArrayBufferView> view = args[i].As<v8::ArrayBufferView>();
  uint8_t* base = static_cast<uint8_t*>(view->Buffer()->Data());
  return {base + view->ByteOffset(), view->ByteLength()};
}

// A size or an offset; 0 for what is none.
size_t Index(const Args& args, int i) {
  constexpr double kMost = 9007199254740991.0;
  double value = args[i]->IsNumber() ? args[i].As<v8::Number>()->Value() : 0;
  return value > 0 ? static_cast<size_t>(std::min(value, kMost)) : 0;
}

v8::Local<v8::String> Text(const Args& args, int i) {
  return args[i]->IsString() ? args[i].As<v8::String>() : v8::String::Empty(args.GetIsolate());
}

void ThrowRangeError(v8::Isolate* isolate, std::string_view message) {
  isolate->ThrowException(v8::Exception::RangeError(NewString(isolate, message)));
}

// A new Uint8Array, as the function's result, with its memory; {nullptr, 0} when
// there is none, after throwing.
Bytes ReturnNewBytes(const Args& args, size_t len) {
  v8::Isolate* isolate = args.GetIsolate();
  v8::Local<v8::ArrayBuffer> buffer;
  if (!v8::ArrayBuffer::MaybeNew(isolate, len, v8::BackingStoreInitializationMode::kUninitialized)
           .ToLocal(&buffer)) {
    ThrowRangeError(isolate, "Out of memory");
    return {nullptr, 0};
  }
  args.GetReturnValue().Set(v8::Uint8Array::New(buffer, 0, len));
  return {static_cast<uint8_t*>(buffer->Data()), len};
}

// The range [argument i, argument i+1) of a view, clipped to it.
Bytes Range(const Args& args, int view, int i) {
  Bytes bytes = View(args, view);
  size_t end = std::min(Index(args, i + 1), bytes.len);
  size_t start = std::min(Index(args, i), end);
  return {bytes.data + start, end - start};
}

void ReturnBytes(const Args& args, std::string_view bytes) {
  Bytes result = ReturnNewBytes(args, bytes.size());
  if (result.len > 0) memcpy(result.data, bytes.data(), result.len);
}

// Throws when no string can have so many units.
bool TooLong(const Args& args, size_t units) {
  bool too_long = units > static_cast<size_t>(v8::String::kMaxLength);
  if (too_long) ThrowRangeError(args.GetIsolate(), "Invalid string length");
  return too_long;
}

void ReturnString(const Args& args, v8::MaybeLocal<v8::String> text) {
  v8::Local<v8::String> value;
  if (text.ToLocal(&value)) {
    args.GetReturnValue().Set(value);
    return;
  }
  ThrowRangeError(args.GetIsolate(), "Invalid string length");
}

// utf8Encode(text)
void Utf8Encode(const Args& args) {
  v8::Isolate* isolate = args.GetIsolate();
  v8::Local<v8::String> text = Text(args, 0);
  Bytes result = ReturnNewBytes(args, text->Utf8LengthV2(isolate));
  text->WriteUtf8V2(isolate, reinterpret_cast<char*>(result.data), result.len,
                    v8::String::WriteFlags::kReplaceInvalidUtf8);
}

// utf8EncodeInto(text, into, offset)
void Utf8EncodeInto(const Args& args) {
  v8::Isolate* isolate = args.GetIsolate();
  v8::Local<v8::String> text = Text(args, 0);
  Bytes into = View(args, 1);
  size_t offset = std::min(Index(args, 2), into.len);
  size_t length = static_cast<size_t>(text->Length());
  size_t read = 0;
  size_t written = text->WriteUtf8V2(isolate, reinterpret_cast<char*>(into.data + offset),
                                     into.len - offset,
                                     v8::String::WriteFlags::kReplaceInvalidUtf8, &read);
  args.GetReturnValue().Set(read == length ? static_cast<int32_t>(written) : -1);
}

// utf8EncodePart(text, into)
void Utf8EncodePart(const Args& args) {
  v8::Isolate* isolate = args.GetIsolate();
  v8::Local<v8::String> text = Text(args, 0);
  Bytes into = View(args, 1);
  size_t read = 0;
  size_t written = text->WriteUtf8V2(isolate, reinterpret_cast<char*>(into.data), into.len,
                                     v8::String::WriteFlags::kReplaceInvalidUtf8, &read);
  args.GetReturnValue().Set(static_cast<double>(read) * 4294967296.0 +
                            static_cast<double>(written));
}

// How many bytes there are before the first that is not ASCII.
size_t AsciiLength(Bytes bytes) {
  size_t i = 0;
  uint64_t eight;
  while (bytes.len - i >= 8 && (memcpy(&eight, bytes.data + i, 8), (eight & 0x8080808080808080u) == 0)) i += 8;
  while (i < bytes.len && bytes.data[i] < 0x80) i++;
  return i;
}

// utf8Decode(bytes, start, end)
void Utf8Decode(const Args& args) {
  Bytes bytes = Range(args, 0, 1);
  if (TooLong(args, bytes.len)) return;
  if (AsciiLength(bytes) == bytes.len) {  // as most text is, which is then copied and no more
    ReturnString(args, v8::String::NewFromOneByte(args.GetIsolate(), bytes.data,
                                                  v8::NewStringType::kNormal,
                                                  static_cast<int>(bytes.len)));
    return;
  }
  ReturnString(args, v8::String::NewFromUtf8(args.GetIsolate(),
                                             reinterpret_cast<const char*>(bytes.data),
                                             v8::NewStringType::kNormal,
                                             static_cast<int>(bytes.len)));
}

// The length of the well-formed UTF-8 sequence at p, or 0 (Unicode, table 3-7).
size_t SequenceLength(const uint8_t* p, const uint8_t* end) {
  uint8_t lead = *p;
  if (lead < 0x80) return 1;
  size_t len = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || static_cast<size_t>(end - p) < len) return 0;
  uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (p[1] < low || p[1] > high) return 0;
  for (size_t i = 2; i < len; i++) {
    if ((p[i] & 0xC0) != 0x80) return 0;
  }
  return len;
}

// utf8Valid(bytes, start, end)
void Utf8Valid(const Args& args) {
  Bytes bytes = Range(args, 0, 1);
  const uint8_t* p = bytes.data;
  const uint8_t* end = p + bytes.len;
  while (p < end) {
    p += AsciiLength({const_cast<uint8_t*>(p), static_cast<size_t>(end - p)});
    if (p == end) break;
    size_t len = SequenceLength(p, end);
    if (len == 0) break;
    p += len;
  }
  args.GetReturnValue().Set(p >= end);
}

// latin1Decode(bytes, start, end)
void Latin1Decode(const Args& args) {
  Bytes bytes = Range(args, 0, 1);
  if (TooLong(args, bytes.len)) return;
  ReturnString(args, v8::String::NewFromOneByte(args.GetIsolate(), bytes.data,
                                                v8::NewStringType::kNormal,
                                                static_cast<int>(bytes.len)));
}

// latin1EncodeInto(text, into, offset)
void Latin1EncodeInto(const Args& args) {
  v8::Local<v8::String> text = Text(args, 0);
  Bytes into = View(args, 1);
  size_t offset = std::min(Index(args, 2), into.len);
  size_t length = static_cast<size_t>(text->Length());
  if (length > into.len - offset || !text->ContainsOnlyOneByte()) {
    args.GetReturnValue().Set(-1);
    return;
  }
  text->WriteOneByteV2(args.GetIsolate(), 0, static_cast<uint32_t>(length), into.data + offset);
  args.GetReturnValue().Set(static_cast<int32_t>(length));
}

// utf16Decode(bytes, start, end)
void Utf16Decode(const Args& args) {
  Bytes bytes = Range(args, 0, 1);
  if (TooLong(args, bytes.len / 2)) return;
  std::vector<uint16_t> units(bytes.len / 2);  // aligned, as the bytes may not be
  if (!units.empty()) memcpy(units.data(), bytes.data, units.size() * 2);
  ReturnString(args, v8::String::NewFromTwoByte(args.GetIsolate(), units.data(),
                                                v8::NewStringType::kNormal,
                                                static_cast<int>(units.size())));
}

// randomFill(bytes)
void RandomFill(const Args& args) {
  Bytes bytes = View(args, 0);
  if (FillWithRandom(bytes.data, bytes.len)) return;
  v8::Isolate* isolate = args.GetIsolate();
  isolate->ThrowException(
      v8::Exception::Error(NewString(isolate, "The system has no random bytes")));
}

void GetContext(const Args& args) {
  args.GetReturnValue().Set(args.GetIsolate()->GetContinuationPreservedEmbedderData());
}

void SetContext(const Args& args) {
  args.GetIsolate()->SetContinuationPreservedEmbedderData(args[0]);
}

// describeError(error, name?, message?)
void DescribeErrorCallback(const Args& args) {
  ReturnBytes(args, DescribeError(args.GetIsolate()->GetCurrentContext(), args[0], args[1],
                                  args[2]));
}

// callSite()
void CallSite(const Args& args) {
  v8::Isolate* isolate = args.GetIsolate();
  v8::Local<v8::StackTrace> stack =
      v8::StackTrace::CurrentStackTrace(isolate, 16, v8::StackTrace::kOverview);
  for (int i = 0; i < stack->GetFrameCount(); i++) {
    v8::Local<v8::StackFrame> frame = stack->GetFrame(isolate, i);
    std::string file = ToString(isolate, frame->GetScriptName());
    if (file.empty() || file.rfind("hedge:", 0) == 0) continue;
    ReturnString(args, NewString(isolate, file + ":" + std::to_string(frame->GetLineNumber()) +
                                              ":" + std::to_string(frame->GetColumn())));
    return;
  }
  args.GetReturnValue().SetEmptyString();
}

// promiseState(promise)
void PromiseState(const Args& args) {
  if (!args[0]->IsPromise()) return;
  v8::Isolate* isolate = args.GetIsolate();
  v8::Local<v8::Promise> promise = args[0].As<v8::Promise>();
  v8::Local<v8::Value> result = v8::Undefined(isolate);
  if (promise->State() != v8::Promise::kPending) result = promise->Result();
  v8::Local<v8::Value> pair[] = {v8::Integer::New(isolate, promise->State()), result};
  args.GetReturnValue().Set(v8::Array::New(isolate, pair, 2));
}

// proxyDetails(value)
void ProxyDetails(const Args& args) {
  if (!args[0]->IsProxy()) return;
  v8::Isolate* isolate = args.GetIsolate();
  v8::Local<v8::Proxy> proxy = args[0].As<v8::Proxy>();
  v8::Local<v8::Value> pair[] = {proxy->GetTarget(), proxy->GetHandler()};
  args.GetReturnValue().Set(v8::Array::New(isolate, pair, 2));
}

struct Kind {
  const char* name;
  bool (v8::Value::*is)() const;
};

// In the order in which they are tried: the narrower kind first.
constexpr Kind kKinds[] = {
    {"Proxy", &v8::Value::IsProxy},
    {"AsyncFunction", &v8::Value::IsAsyncFunction},
    {"GeneratorFunction", &v8::Value::IsGeneratorFunction},
    {"Function", &v8::Value::IsFunction},
    {"Array", &v8::Value::IsArray},
    {"Date", &v8::Value::IsDate},
    {"RegExp", &v8::Value::IsRegExp},
    {"Map", &v8::Value::IsMap},
    {"Set", &v8::Value::IsSet},
    {"MapIterator", &v8::Value::IsMapIterator},
    {"SetIterator", &v8::Value::IsSetIterator},
    {"WeakMap", &v8::Value::IsWeakMap},
    {"WeakSet", &v8::Value::IsWeakSet},
    {"Promise", &v8::Value::IsPromise},
    {"Error", &v8::Value::IsNativeError},
    {"ArrayBuffer", &v8::Value::IsArrayBuffer},
    {"SharedArrayBuffer", &v8::Value::IsSharedArrayBuffer},
    {"DataView", &v8::Value::IsDataView},
    {"TypedArray", &v8::Value::IsTypedArray},
    {"Generator", &v8::Value::IsGeneratorObject},
    {"Boolean", &v8::Value::IsBooleanObject},
    {"Number", &v8::Value::IsNumberObject},
    {"String", &v8::Value::IsStringObject},
    {"Symbol", &v8::Value::IsSymbolObject},
    {"BigInt", &v8::Value::IsBigIntObject},
    {"ModuleNamespace", &v8::Value::IsModuleNamespaceObject},
    {"Arguments", &v8::Value::IsArgumentsObject},
    {"External", &v8::Value::IsExternal},
};

// kindOf(value)
void KindOf(const Args& args) {
  v8::Isolate* isolate = args.GetIsolate();
  const char* name = "Object";
  for (const Kind& kind : kKinds) {
    if (((*args[0])->*kind.is)()) {
      name = kind.name;
      break;
    }
  }
  args.GetReturnValue().Set(NewString(isolate, name));
}

// constructorName(value)
void ConstructorName(const Args& args) {
  if (!args[0]->IsObject() || args[0]->IsProxy()) {
    args.GetReturnValue().SetEmptyString();
    return;
  }
  args.GetReturnValue().Set(args[0].As<v8::Object>()->GetConstructorName());
}

// previewEntries(value)
void PreviewEntries(const Args& args) {
  v8::Isolate* isolate = args.GetIsolate();
  v8::Local<v8::Array> entries;
  bool is_map = false;
  if (args[0]->IsObject() && !args[0]->IsProxy() &&
      args[0].As<v8::Object>()->PreviewEntries(&is_map).ToLocal(&entries)) {
    args.GetReturnValue().Set(entries);
    return;
  }
  args.GetReturnValue().Set(v8::Array::New(isolate));
}

// markHandled(promise)
void MarkHandled(const Args& args) {
  if (args[0]->IsPromise()) args[0].As<v8::Promise>()->MarkAsHandled();
}

// growOutbox(size): a larger outbox, with nothing in it. Without it the runtime could
// not go on, so that it ends the turn when there is no memory.
void GrowOutbox(const Args& args) {
  v8::Isolate* isolate = args.GetIsolate();
  hv8_isolate* h = From(isolate);
  auto store = v8::ArrayBuffer::NewBackingStore(
      isolate, Index(args, 0), v8::BackingStoreInitializationMode::kUninitialized,
      v8::BackingStoreOnFailureMode::kReturnNull);
  if (store == nullptr) {
    h->EndForMemory();
    ThrowRangeError(isolate, "Out of memory");
    return;
  }
  h->outgrown.push_back(h->outbox);
  h->outbox.store = std::move(store);
  args.GetReturnValue().Set(v8::ArrayBuffer::New(isolate, h->outbox.store));
}

// importModule(specifier): what import() does, seen from the release's root
void ImportModuleCallback(const Args& args) {
  v8::Isolate* isolate = args.GetIsolate();
  v8::Local<v8::Promise> promise;
  if (ImportModule(isolate->GetCurrentContext(), v8::String::Empty(isolate), args[0])
          .ToLocal(&promise)) {
    args.GetReturnValue().Set(promise);
  }
}

// register(start, turn, setInbox, setOutbox, settle, promiseRejected, builtinModule, cloneError)
void Register(const Args& args) {
  v8::Isolate* isolate = args.GetIsolate();
  auto* entries = static_cast<v8::Global<v8::Function>*>(isolate->GetData(kRegistrySlot));
  bool ok = entries != nullptr && entries[0].IsEmpty() && args.Length() == kEntryRegistered;
  for (int i = 0; ok && i < kEntryRegistered; i++) ok = args[i]->IsFunction();
  if (!ok) {
    isolate->ThrowException(v8::Exception::TypeError(
        NewString(isolate, "register takes the functions of every entry, once")));
    return;
  }
  for (int i = 0; i < kEntryRegistered; i++) entries[i].Reset(isolate, args[i].As<v8::Function>());
}

}  // namespace

// In clone.cc, converter.cc, idna.cc and wasm.cc.
void StructuredClone(const Args& args);
void CodePoints(const Args& args);
void DomainToAscii(const Args& args);
void WasmSource(const Args& args);

namespace {

struct Intrinsic {
  const char* name;
  v8::FunctionCallback call;
};

constexpr Intrinsic kIntrinsics[] = {
    {"utf8Encode", Utf8Encode},
    {"utf8EncodeInto", Utf8EncodeInto},
    {"utf8EncodePart", Utf8EncodePart},
    {"utf8Decode", Utf8Decode},
    {"utf8Valid", Utf8Valid},
    {"latin1Decode", Latin1Decode},
    {"latin1EncodeInto", Latin1EncodeInto},
    {"utf16Decode", Utf16Decode},
    {"codePoints", CodePoints},
    {"domainToASCII", DomainToAscii},
    {"wasmSource", WasmSource},
    {"randomFill", RandomFill},
    {"getContext", GetContext},
    {"setContext", SetContext},
    {"structuredClone", StructuredClone},
    {"describeError", DescribeErrorCallback},
    {"callSite", CallSite},
    {"promiseState", PromiseState},
    {"proxyDetails", ProxyDetails},
    {"kindOf", KindOf},
    {"constructorName", ConstructorName},
    {"previewEntries", PreviewEntries},
    {"markHandled", MarkHandled},
    {"growOutbox", GrowOutbox},
    {"importModule", ImportModuleCallback},
    {"register", Register},
};
}  // namespace

std::vector<intptr_t> IntrinsicAddresses() {
  std::vector<intptr_t> list;
  for (const Intrinsic& intrinsic : kIntrinsics) {
    list.push_back(reinterpret_cast<intptr_t>(intrinsic.call));
  }
  return list;
}

void InstallHost(v8::Local<v8::Context> context) {
  v8::Isolate* isolate = context->GetIsolate();
  v8::Local<v8::Object> host = v8::Object::New(isolate);
  for (const Intrinsic& intrinsic : kIntrinsics) {
    v8::Local<v8::String> name = NewString(isolate, intrinsic.name);
    v8::Local<v8::Function> call =
        v8::Function::New(context, intrinsic.call, {}, 0, v8::ConstructorBehavior::kThrow)
            .ToLocalChecked();
    call->SetName(name);
    host->CreateDataProperty(context, name, call).Check();
  }
  context->Global()->CreateDataProperty(context, NewString(isolate, "__host"), host).Check();
}

void SetRegistry(v8::Isolate* isolate, v8::Global<v8::Function>* entries) {
  isolate->SetData(kRegistrySlot, entries);
}

}  // namespace hedge
