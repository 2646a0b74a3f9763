// Freezing the runtime: its script is run once, and every isolate starts from the
// heap that it left.
#include <algorithm>

#include "internal.h"

namespace hedge {

namespace {

// Shared memory, which V8 counts to nobody, could only come from WebAssembly. That comes
// into being with each context, so that this function is called in each. Bytes are copied
// before they are looked at, because getters of an app may run before V8 reads them. Handlers
// inherit nothing: what an app adds to Object.prototype would be a trap that is given the original.
constexpr std::string_view kRefuseSharedMemory = R"((() => {
  const { wasmSource } = __host;
  const { apply, construct } = Reflect;
  const { Object, Proxy, TypeError } = globalThis;
  const reject = Promise.reject.bind(Promise);
  // In parentheses, so that it is compiled here and not in each isolate.
  return (() => {
    const replace = (name, handler) => {
      const original = WebAssembly[name];
      const replacement = WebAssembly[name] = new Proxy(original, handler);
      if (handler.construct) original.prototype.constructor = replacement;
    };
    const descriptor = {
      __proto__: null,
      get(asked, key) {
        const value = asked[key];
        if (key === "shared" && value) throw new TypeError("Shared memory is not available");
        return value;
      },
    };
    const refusing = (refusal) => ({
      __proto__: null,
      apply(original, self, args) {
        try { args[0] = wasmSource(args[0]); } catch (error) { return refusal(error); }
        return apply(original, self, args);
      },
    });
    replace("Memory", {
      __proto__: null,
      construct(original, args, target) {
        if (args[0] === Object(args[0])) args[0] = new Proxy(args[0], descriptor);
        return construct(original, args, target);
      },
    });
    replace("Module", {
      __proto__: null,
      construct(original, args, target) {
        args[0] = wasmSource(args[0]);
        return construct(original, args, target);
      },
    });
    replace("compile", refusing(reject));
    replace("instantiate", refusing(reject));
    replace("validate", refusing(() => false));
  });
})())";

v8::MaybeLocal<v8::Value> Run(v8::Local<v8::Context> context, v8::Local<v8::String> source,
                              const char* name) {
  v8::Isolate* isolate = context->GetIsolate();
  v8::ScriptOrigin origin(NewString(isolate, name));
  v8::Local<v8::Script> script;
  if (!v8::Script::Compile(context, source, &origin).ToLocal(&script)) return {};
  return script->Run(context);
}

v8::MaybeLocal<v8::String> SourceOf(v8::Isolate* isolate, hv8_snapshot* snapshot) {
  bool ascii = std::all_of(snapshot->source.begin(), snapshot->source.end(),
                           [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!ascii) return NewString(isolate, snapshot->source);
  return v8::String::NewExternalOneByte(isolate, &snapshot->text);
}

// Runs what the snapshot is to hold; false when it threw, with a description.
bool RunScripts(v8::Local<v8::Context> context, hv8_snapshot* snapshot, const char* name,
                v8::Global<v8::Function>* entries, std::string* error) {
  v8::Isolate* isolate = context->GetIsolate();
  v8::Context::Scope scope(context);
  v8::TryCatch caught(isolate);
  InstallHost(context);
  v8::Local<v8::Value> refuse, ignored;
  v8::Local<v8::String> source;
  if (!Run(context, NewString(isolate, kRefuseSharedMemory), "hedge:v8").ToLocal(&refuse) ||
      !SourceOf(isolate, snapshot).ToLocal(&source) ||
      !Run(context, source, name).ToLocal(&ignored)) {
    *error = DescribeCaught(context, caught);
    return false;
  }
  entries[kEntryRefuseSharedMemory].Reset(isolate, refuse.As<v8::Function>());
  isolate->PerformMicrotaskCheckpoint();
  return context->Global()->Delete(context, NewString(isolate, "__host")).FromMaybe(false);
}

// Stores what the runtime registered, in the order of Entry; false when it
// registered nothing.
bool KeepEntries(v8::SnapshotCreator& creator, v8::Local<v8::Context> context,
                 v8::Global<v8::Function>* entries) {
  v8::Isolate* isolate = context->GetIsolate();
  for (int i = 0; i < kEntryCount; i++) {
    if (entries[i].IsEmpty()) return false;
    creator.AddData(context, entries[i].Get(isolate));
    entries[i].Reset();
  }
  return true;
}

// Makes the default context; false when the script failed, with a description.
bool MakeContext(v8::SnapshotCreator& creator, hv8_snapshot* snapshot, const char* name,
                 std::string* error) {
  v8::Isolate* isolate = creator.GetIsolate();
  v8::Global<v8::Function> entries[kEntryCount];
  SetRegistry(isolate, entries);
  v8::HandleScope handles(isolate);
  isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
  isolate->SetCaptureStackTraceForUncaughtExceptions(true, 32);
  v8::Local<v8::Context> context = v8::Context::New(isolate);
  bool ok = RunScripts(context, snapshot, name, entries, error) &&
            KeepEntries(creator, context, entries);
  SetRegistry(isolate, nullptr);
  if (ok) creator.SetDefaultContext(context);
  return ok;
}

}  // namespace

}  // namespace hedge

hv8_snapshot::hv8_snapshot(std::string_view source)
    : source(source), text(this->source), references([this] {
        std::vector<intptr_t> list = hedge::IntrinsicAddresses();
        v8::String::ExternalOneByteStringResource* resource = &text;
        list.push_back(reinterpret_cast<intptr_t>(resource));
        list.push_back(0);
        return list;
      }()) {}

hv8_snapshot* hv8_snapshot_create(const char* source, size_t source_len, const char* name,
                                  hv8_bytes* error) {
  auto snapshot = std::make_unique<hv8_snapshot>(std::string_view(source, source_len));
  v8::Isolate::CreateParams params;
  params.array_buffer_allocator_shared.reset(v8::ArrayBuffer::Allocator::NewDefaultAllocator());
  params.external_references = snapshot->references.data();
  v8::SnapshotCreator creator(params);
  std::string failure;
  if (!hedge::MakeContext(creator, snapshot.get(), name, &failure)) {
    *error = hedge::Own(failure);
    return nullptr;
  }
  snapshot->blob = creator.CreateBlob(v8::SnapshotCreator::FunctionCodeHandling::kKeep);
  return snapshot.release();
}

hv8_snapshot* hv8_snapshot_of(const char* source, size_t source_len, const char* blob,
                              size_t blob_len) {
  auto* snapshot = new hv8_snapshot(std::string_view(source, source_len));
  snapshot->blob = {blob, static_cast<int>(blob_len)};
  snapshot->owns_blob = false;
  return snapshot;
}

const char* hv8_snapshot_blob(const hv8_snapshot* snapshot, size_t* len) {
  *len = static_cast<size_t>(snapshot->blob.raw_size);
  return snapshot->blob.data;
}

void hv8_snapshot_dispose(hv8_snapshot* snapshot) { delete snapshot; }
