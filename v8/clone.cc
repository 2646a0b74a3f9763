// structuredClone through V8's own serialiser (HTML, StructuredSerializeWithTransfer
// and StructuredDeserializeWithTransfer).
#include "internal.h"

namespace hedge {

namespace {

using WasmModules = std::vector<v8::CompiledWasmModule>;
// The copies of the runtime's own objects, in the order in which they were met.
using Copies = std::vector<v8::Global<v8::Object>>;

// The exception is a DOMException, which is the runtime's to make.
void ThrowCloneError(v8::Isolate* isolate, v8::Local<v8::String> message) {
  hv8_isolate* h = From(isolate);
  v8::Local<v8::Value> arg = message;
  v8::Local<v8::Value> error;
  if (h->entries[kEntryCloneError]
          .Get(isolate)
          ->Call(isolate->GetCurrentContext(), v8::Undefined(isolate), 1, &arg)
          .ToLocal(&error)) {
    isolate->ThrowException(error);
  }
}

// Charges the serialised form, which can be far larger than the value: a string
// that occurs twice is written twice.
class Writer : public v8::ValueSerializer::Delegate {
 public:
  // is_platform_object and copy are the runtime's, or empty: see host.d.ts.
  Writer(v8::Isolate* isolate, WasmModules& modules, Copies& copies,
         v8::Local<v8::Function> is_platform_object, v8::Local<v8::Function> copy)
      : isolate_(isolate),
        allocator_(From(isolate)->allocator.get()),
        modules_(modules),
        copies_(copies),
        is_platform_object_(is_platform_object),
        copy_(copy),
        object_prototype_(v8::Object::New(isolate)->GetPrototypeV2()) {}
  ~Writer() override { Reset(); }

  // Begins anew with nothing written.
  void Reset() {
    allocator_->Release(charged_);
    charged_ = 0;
    refused_ = false;
    modules_.clear();
    copies_.clear();
  }
  void set_serializer(v8::ValueSerializer* serializer) { serializer_ = serializer; }
  // Whether there was no memory for what was to be written.
  bool refused() const { return refused_; }

  void ThrowDataCloneError(v8::Local<v8::String> message) override {
    ThrowCloneError(isolate_, message);
  }
  v8::Maybe<uint32_t> GetWasmModuleTransferId(v8::Isolate*,
                                              v8::Local<v8::WasmModuleObject> module) override {
    modules_.push_back(module->GetCompiledModule());
    return v8::Just(static_cast<uint32_t>(modules_.size() - 1));
  }
  bool HasCustomHostObject(v8::Isolate*) override { return !is_platform_object_.IsEmpty(); }
  v8::Maybe<bool> IsHostObject(v8::Isolate*, v8::Local<v8::Object> object) override {
    // Most objects are literals, of which there is no need to ask.
    v8::Local<v8::Value> prototype = object->GetPrototypeV2();
    if (prototype->IsNull() || prototype == object_prototype_) return v8::Just(false);
    v8::Local<v8::Value> answer;
    if (!Ask(is_platform_object_, object).ToLocal(&answer)) return v8::Nothing<bool>();
    return v8::Just(answer->IsTrue());
  }
  v8::Maybe<bool> WriteHostObject(v8::Isolate*, v8::Local<v8::Object> object) override {
    v8::Local<v8::Value> copy;
    if (!Ask(copy_, object).ToLocal(&copy)) return v8::Nothing<bool>();
    if (!copy->IsObject()) {
      ThrowCloneError(isolate_, NewString(isolate_, "An object could not be cloned."));
      return v8::Nothing<bool>();
    }
    serializer_->WriteUint32(static_cast<uint32_t>(copies_.size()));
    copies_.emplace_back(isolate_, copy.As<v8::Object>());
    return v8::Just(true);
  }
  void* ReallocateBufferMemory(void* old, size_t size, size_t* actual) override {
    size_t more = size - std::min(size, charged_);
    if (!allocator_->Charge(more)) {
      refused_ = true;
      return nullptr;
    }
    charged_ += more;
    *actual = size;
    return realloc(old, size);
  }
  void FreeBufferMemory(void* buffer) override { free(buffer); }

 private:
  v8::MaybeLocal<v8::Value> Ask(v8::Local<v8::Function> function, v8::Local<v8::Value> object) {
    return function->Call(isolate_->GetCurrentContext(), v8::Undefined(isolate_), 1, &object);
  }

  v8::Isolate* isolate_;
  Allocator* allocator_;
  WasmModules& modules_;
  Copies& copies_;
  v8::Local<v8::Function> is_platform_object_;
  v8::Local<v8::Function> copy_;
  v8::Local<v8::Value> object_prototype_;
  v8::ValueSerializer* serializer_ = nullptr;
  size_t charged_ = 0;
  bool refused_ = false;
};

class Reader : public v8::ValueDeserializer::Delegate {
 public:
  Reader(const WasmModules& modules, const Copies& copies) : modules_(modules), copies_(copies) {}

  void set_deserializer(v8::ValueDeserializer* deserializer) { deserializer_ = deserializer; }

  v8::MaybeLocal<v8::WasmModuleObject> GetWasmModuleFromId(v8::Isolate* isolate,
                                                           uint32_t id) override {
    return v8::WasmModuleObject::FromCompiledModule(isolate, modules_[id]);
  }
  v8::MaybeLocal<v8::Object> ReadHostObject(v8::Isolate* isolate) override {
    uint32_t index = 0;
    if (!deserializer_->ReadUint32(&index) || index >= copies_.size()) return {};
    return copies_[index].Get(isolate);
  }

 private:
  const WasmModules& modules_;
  const Copies& copies_;
  v8::ValueDeserializer* deserializer_ = nullptr;
};

// Moves a buffer's memory to a new buffer; the old one is left detached. Getters of
// the value may have detached it since it was listed.
v8::MaybeLocal<v8::ArrayBuffer> Transfer(v8::Isolate* isolate, v8::Local<v8::ArrayBuffer> buffer) {
  if (buffer->WasDetached() || !buffer->IsDetachable()) {
    ThrowCloneError(isolate, NewString(isolate, "An ArrayBuffer could not be transferred."));
    return {};
  }
  std::shared_ptr<v8::BackingStore> store = buffer->GetBackingStore();
  if (!buffer->Detach(v8::Local<v8::Value>()).FromMaybe(false)) return {};
  return v8::ArrayBuffer::New(isolate, std::move(store));
}

using Wire = std::pair<uint8_t*, size_t>;

// Serialises a value; false when something was thrown. The wire is malloc's.
bool Write(Writer& writer, v8::Local<v8::Context> context, v8::Local<v8::Value> value,
           const v8::LocalVector<v8::ArrayBuffer>& transferred, Wire& wire) {
  v8::ValueSerializer serializer(v8::Isolate::GetCurrent(), &writer);
  writer.set_serializer(&serializer);
  for (uint32_t i = 0; i < transferred.size(); i++) {
    serializer.TransferArrayBuffer(i, transferred[i]);
  }
  serializer.WriteHeader();
  if (!serializer.WriteValue(context, value).FromMaybe(false)) return false;
  wire = serializer.Release();
  return true;
}

// Write, and once more after a collection if there was no memory: a collection is not
// possible where V8 asks for it, and garbage may have been all that was in the way.
bool WriteOrCollect(Writer& writer, v8::Local<v8::Context> context, v8::Local<v8::Value> value,
                    const v8::LocalVector<v8::ArrayBuffer>& transferred, Wire& wire) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  {
    v8::TryCatch caught(isolate);
    if (Write(writer, context, value, transferred, wire)) return true;
    if (!writer.refused() || caught.HasTerminated()) {
      caught.ReThrow();
      return false;
    }
  }
  writer.Reset();
  isolate->LowMemoryNotification();
  if (Write(writer, context, value, transferred, wire)) return true;
  if (writer.refused()) From(isolate)->allocator->Refuse();
  return false;
}

}  // namespace

// structuredClone(value, transfer, isPlatformObject?, copy?)
void StructuredClone(const v8::FunctionCallbackInfo<v8::Value>& args) {
  v8::Isolate* isolate = args.GetIsolate();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  WasmModules modules;
  Copies copies;
  v8::Local<v8::Function> is_platform_object, copy;
  if (args[2]->IsFunction() && args[3]->IsFunction()) {
    is_platform_object = args[2].As<v8::Function>();
    copy = args[3].As<v8::Function>();
  }
  Writer writer(isolate, modules, copies, is_platform_object, copy);
  v8::LocalVector<v8::ArrayBuffer> buffers(isolate);
  v8::Local<v8::Array> transfer = args[1]->IsArray() ? args[1].As<v8::Array>() : v8::Array::New(isolate);
  for (uint32_t i = 0; i < transfer->Length(); i++) {
    v8::Local<v8::Value> item;
    if (!transfer->Get(context, i).ToLocal(&item) || !item->IsArrayBuffer()) return;
    buffers.push_back(item.As<v8::ArrayBuffer>());
  }
  Wire wire;
  if (!WriteOrCollect(writer, context, args[0], buffers, wire)) return;
  std::unique_ptr<uint8_t, decltype(&free)> owned(wire.first, free);

  Reader reader(modules, copies);
  v8::ValueDeserializer deserializer(isolate, wire.first, wire.second, &reader);
  reader.set_deserializer(&deserializer);
  for (uint32_t i = 0; i < buffers.size(); i++) {
    v8::Local<v8::ArrayBuffer> moved;
    if (!Transfer(isolate, buffers[i]).ToLocal(&moved)) return;
    deserializer.TransferArrayBuffer(i, moved);
  }
  v8::Local<v8::Value> clone;
  if (deserializer.ReadHeader(context).FromMaybe(false) &&
      deserializer.ReadValue(context).ToLocal(&clone)) {
    args.GetReturnValue().Set(clone);
  }
}

}  // namespace hedge
