// structuredClone through V8's own serialiser (HTML, StructuredSerializeWithTransfer).
#include "internal.h"

namespace hedge {

namespace {

class Delegate : public v8::ValueSerializer::Delegate {
 public:
  explicit Delegate(v8::Isolate* isolate) : isolate_(isolate) {}

  // The exception is a DOMException, which is the runtime's to make.
  void ThrowDataCloneError(v8::Local<v8::String> message) override {
    hv8_isolate* h = From(isolate_);
    v8::Local<v8::Context> context = isolate_->GetCurrentContext();
    v8::Local<v8::Value> arg = message;
    v8::Local<v8::Value> error;
    if (h->entries[kEntryCloneError]
            .Get(isolate_)
            ->Call(context, v8::Undefined(isolate_), 1, &arg)
            .ToLocal(&error)) {
      isolate_->ThrowException(error);
    }
  }

 private:
  v8::Isolate* isolate_;
};

}  // namespace

// structuredClone(value, transfer)
void StructuredClone(const v8::FunctionCallbackInfo<v8::Value>& args) {
  v8::Isolate* isolate = args.GetIsolate();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  Delegate delegate(isolate);
  v8::ValueSerializer serializer(isolate, &delegate);
  v8::Local<v8::Array> transfer = args[1].As<v8::Array>();
  std::vector<v8::Local<v8::ArrayBuffer>> buffers;
  for (uint32_t i = 0; i < transfer->Length(); i++) {
    v8::Local<v8::Value> item;
    if (!transfer->Get(context, i).ToLocal(&item)) return;
    buffers.push_back(item.As<v8::ArrayBuffer>());
    serializer.TransferArrayBuffer(i, buffers.back());
  }
  serializer.WriteHeader();
  if (!serializer.WriteValue(context, args[0]).FromMaybe(false)) return;
  std::pair<uint8_t*, size_t> wire = serializer.Release();
  std::unique_ptr<uint8_t, decltype(&free)> owned(wire.first, free);

  v8::ValueDeserializer deserializer(isolate, wire.first, wire.second);
  for (uint32_t i = 0; i < buffers.size(); i++) {
    std::shared_ptr<v8::BackingStore> store = buffers[i]->GetBackingStore();
    if (!buffers[i]->Detach(v8::Local<v8::Value>()).FromMaybe(false)) return;
    deserializer.TransferArrayBuffer(i, v8::ArrayBuffer::New(isolate, std::move(store)));
  }
  v8::Local<v8::Value> clone;
  if (deserializer.ReadHeader(context).FromMaybe(false) &&
      deserializer.ReadValue(context).ToLocal(&clone)) {
    args.GetReturnValue().Set(clone);
  }
}

}  // namespace hedge
