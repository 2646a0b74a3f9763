// Freezing the runtime: its script is run once, and every isolate starts from the
// heap that it left.
#include <string.h>

#include "internal.h"

namespace hedge {

namespace {

// Runs the script in a new context; false when it threw, with a description.
bool RunScript(v8::Isolate* isolate, v8::Local<v8::Context> context, std::string_view source,
               const char* name, std::string* error) {
  v8::Context::Scope scope(context);
  v8::TryCatch caught(isolate);
  InstallHost(context);
  v8::ScriptOrigin origin(NewString(isolate, name));
  v8::Local<v8::Script> script;
  v8::Local<v8::Value> ignored;
  if (!v8::Script::Compile(context, NewString(isolate, source), &origin).ToLocal(&script) ||
      !script->Run(context).ToLocal(&ignored)) {
    *error = DescribeCaught(context, caught);
    return false;
  }
  isolate->PerformMicrotaskCheckpoint();
  context->Global()->Delete(context, NewString(isolate, "__host")).Check();
  return true;
}

}  // namespace

}  // namespace hedge

void hv8_snapshot_create(const char* source, size_t source_len, const char* name,
                         hv8_bytes* blob, hv8_bytes* error) {
  *blob = {nullptr, 0};
  *error = {nullptr, 0};
  v8::Isolate::CreateParams params;
  params.array_buffer_allocator_shared.reset(v8::ArrayBuffer::Allocator::NewDefaultAllocator());
  params.external_references = hedge::ExternalReferences();
  v8::SnapshotCreator creator(params);
  v8::Isolate* isolate = creator.GetIsolate();
  v8::Global<v8::Function> entries[hedge::kEntryCount];
  hedge::SetRegistry(isolate, entries);
  std::string failure;
  {
    v8::HandleScope handles(isolate);
    isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
    v8::Local<v8::Context> context = v8::Context::New(isolate);
    bool ok = hedge::RunScript(isolate, context, {source, source_len}, name, &failure);
    for (auto& entry : entries) {
      if (ok && !entry.IsEmpty()) creator.AddData(context, entry.Get(isolate));
      entry.Reset();
    }
    creator.SetDefaultContext(context);
  }
  hedge::SetRegistry(isolate, nullptr);
  v8::StartupData data =
      creator.CreateBlob(v8::SnapshotCreator::FunctionCodeHandling::kKeep);
  if (failure.empty()) {
    *blob = hedge::Own({data.data, static_cast<size_t>(data.raw_size)});
  } else {
    *error = hedge::Own(failure);
  }
  delete[] data.data;
}
