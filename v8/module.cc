// ECMAScript modules: the release's own, Wasm modules, and the runtime's builtins
// (hedge:*), which are synthetic modules over an object of the runtime's.
#include "internal.h"

namespace hedge {

namespace {

// A release has few modules, for it is bundled; a scan is as fast as an index.
ModuleMap::value_type* Find(hv8_isolate* h, v8::Local<v8::Module> module) {
  for (auto& item : h->modules) {
    if (item.second.module == module) return &item;
  }
  return nullptr;
}

void Throw(v8::Isolate* isolate, v8::Local<v8::Value> (*make)(v8::Local<v8::String>,
                                                              v8::Local<v8::Value>),
           const std::string& message) {
  isolate->ThrowException(make(NewString(isolate, message), {}));
}

v8::MaybeLocal<v8::Module> CompileSource(hv8_isolate* h, const std::string& name,
                                         ModuleEntry& entry) {
  v8::Isolate* isolate = h->isolate;
  v8::ScriptOrigin origin(NewString(isolate, name), 0, 0, false, -1, {}, false, false, true);
  v8::ScriptCompiler::CachedData* cached = nullptr;
  auto options = v8::ScriptCompiler::kNoCompileOptions;
  if (!entry.cache.empty()) {
    cached = new v8::ScriptCompiler::CachedData(entry.cache.data(),
                                                static_cast<int>(entry.cache.size()));
    options = v8::ScriptCompiler::kConsumeCodeCache;
  }
  v8::ScriptCompiler::Source source(NewString(isolate, entry.source), origin, cached);
  return v8::ScriptCompiler::CompileModule(isolate, &source, options);
}

v8::MaybeLocal<v8::Value> EvaluateSynthetic(v8::Local<v8::Context> context,
                                            v8::Local<v8::Module> module) {
  v8::Isolate* isolate = context->GetIsolate();
  auto* found = Find(From(isolate), module);
  v8::Local<v8::Object> exports = found->second.exports.Get(isolate).As<v8::Object>();
  v8::Local<v8::Array> names;
  if (!exports->GetOwnPropertyNames(context).ToLocal(&names)) return {};
  for (uint32_t i = 0; i < names->Length(); i++) {
    v8::Local<v8::Value> name, value;
    if (!names->Get(context, i).ToLocal(&name) || !exports->Get(context, name).ToLocal(&value) ||
        module->SetSyntheticModuleExport(isolate, name.As<v8::String>(), value).IsNothing()) {
      return {};
    }
  }
  found->second.exports.Reset();
  v8::Local<v8::Promise::Resolver> done;
  if (!v8::Promise::Resolver::New(context).ToLocal(&done) ||
      done->Resolve(context, v8::Undefined(isolate)).IsNothing()) {
    return {};
  }
  return done->GetPromise();
}

v8::MaybeLocal<v8::Module> MakeSynthetic(hv8_isolate* h, const std::string& name,
                                         ModuleEntry& entry, v8::Local<v8::Object> exports) {
  v8::Isolate* isolate = h->isolate;
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::Array> names;
  if (!exports->GetOwnPropertyNames(context).ToLocal(&names)) return {};
  v8::LocalVector<v8::String> list(isolate);
  for (uint32_t i = 0; i < names->Length(); i++) {
    v8::Local<v8::Value> key;
    if (!names->Get(context, i).ToLocal(&key)) return {};
    list.push_back(key.As<v8::String>());
  }
  entry.exports.Reset(isolate, exports);
  return v8::Module::CreateSyntheticModule(
      isolate, NewString(isolate, name),
      v8::MemorySpan<const v8::Local<v8::String>>(list.data(), list.size()), EvaluateSynthetic);
}

v8::MaybeLocal<v8::Module> CompileWasm(hv8_isolate* h, const std::string& name,
                                       ModuleEntry& entry) {
  v8::Isolate* isolate = h->isolate;
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::WasmModuleObject> wasm;
  v8::MemorySpan<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(entry.source.data()),
                                      entry.source.size());
  if (!v8::WasmModuleObject::Compile(isolate, bytes).ToLocal(&wasm)) return {};
  v8::Local<v8::Object> exports = v8::Object::New(isolate, v8::Null(isolate), nullptr, nullptr, 0);
  exports->CreateDataProperty(context, NewString(isolate, "default"), wasm).Check();
  return MakeSynthetic(h, name, entry, exports);
}

// A builtin is an object that the runtime holds under the module's name.
v8::MaybeLocal<v8::Module> LoadBuiltin(hv8_isolate* h, const std::string& name) {
  v8::Isolate* isolate = h->isolate;
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::Value> arg = NewString(isolate, name);
  v8::Local<v8::Value> exports;
  if (!h->entries[kEntryBuiltinModule]
           .Get(isolate)
           ->Call(context, v8::Undefined(isolate), 1, &arg)
           .ToLocal(&exports)) {
    return {};
  }
  if (!exports->IsObject()) {
    Throw(isolate, v8::Exception::TypeError, "There is no module \"" + name + "\"");
    return {};
  }
  ModuleEntry& entry = h->modules[name];
  v8::Local<v8::Module> module;
  if (!MakeSynthetic(h, name, entry, exports.As<v8::Object>()).ToLocal(&module)) return {};
  entry.module.Reset(isolate, module);
  return module;
}

v8::MaybeLocal<v8::Module> Load(hv8_isolate* h, const std::string& name) {
  auto found = h->modules.find(name);
  if (found == h->modules.end()) return LoadBuiltin(h, name);
  ModuleEntry& entry = found->second;
  if (!entry.module.IsEmpty()) return entry.module.Get(h->isolate);
  v8::Local<v8::Module> module;
  v8::MaybeLocal<v8::Module> made = entry.kind == HV8_MODULE_WASM ? CompileWasm(h, name, entry)
                                                                  : CompileSource(h, name, entry);
  if (!made.ToLocal(&module)) return {};
  entry.module.Reset(h->isolate, module);
  return module;
}

std::string TakeOwned(hv8_bytes bytes) {
  std::string text(reinterpret_cast<char*>(bytes.data), bytes.len);
  free(bytes.data);
  return text;
}

v8::MaybeLocal<v8::Module> ResolveName(hv8_isolate* h, std::string specifier,
                                       std::string referrer) {
  hv8_bytes name = hedgeResolve(h->host, specifier.data(), specifier.size(), referrer.data(),
                                referrer.size());
  if (name.data == nullptr) {
    std::string from = referrer.empty() ? "" : " (imported by \"" + referrer + "\")";
    Throw(h->isolate, v8::Exception::TypeError,
          "There is no module \"" + specifier + "\"" + from);
    return {};
  }
  return Load(h, TakeOwned(name));
}

v8::MaybeLocal<v8::Module> Resolve(v8::Local<v8::Context> context,
                                   v8::Local<v8::String> specifier, v8::Local<v8::FixedArray>,
                                   v8::Local<v8::Module> referrer) {
  v8::Isolate* isolate = context->GetIsolate();
  hv8_isolate* h = From(isolate);
  auto* from = Find(h, referrer);
  return ResolveName(h, ToString(isolate, specifier), from == nullptr ? "" : from->first);
}

// Settles a promise with a module's namespace once it has been evaluated.
void EvaluatedCallback(const v8::FunctionCallbackInfo<v8::Value>& args) {
  args.GetReturnValue().Set(args.Data());
}

v8::MaybeLocal<v8::Promise> Evaluate(v8::Local<v8::Context> context,
                                     v8::Local<v8::Module> module) {
  v8::Local<v8::Value> result;
  if (module->InstantiateModule(context, Resolve).IsNothing() ||
      !module->Evaluate(context).ToLocal(&result)) {
    return {};
  }
  v8::Local<v8::Function> then;
  if (!v8::Function::New(context, EvaluatedCallback, module->GetModuleNamespace()).ToLocal(&then)) {
    return {};
  }
  return result.As<v8::Promise>()->Then(context, then);
}

v8::MaybeLocal<v8::Promise> Rejected(v8::Local<v8::Context> context, v8::Local<v8::Value> error) {
  v8::Local<v8::Promise::Resolver> resolver;
  if (!v8::Promise::Resolver::New(context).ToLocal(&resolver) ||
      resolver->Reject(context, error).IsNothing()) {
    return {};
  }
  return resolver->GetPromise();
}

v8::MaybeLocal<v8::Promise> ImportDynamically(v8::Local<v8::Context> context,
                                              v8::Local<v8::Data>, v8::Local<v8::Value> resource,
                                              v8::Local<v8::String> specifier,
                                              v8::Local<v8::FixedArray>) {
  return ImportModule(context, ToString(context->GetIsolate(), resource), specifier);
}

void InitializeMeta(v8::Local<v8::Context> context, v8::Local<v8::Module> module,
                    v8::Local<v8::Object> meta) {
  v8::Isolate* isolate = context->GetIsolate();
  hv8_isolate* h = From(isolate);
  auto* found = Find(h, module);
  if (found == nullptr) return;
  std::string name = found->first;
  hv8_bytes url = hedgeModuleURL(h->host, name.data(), name.size());
  if (url.data == nullptr) return;
  meta->CreateDataProperty(context, NewString(isolate, "url"),
                           NewString(isolate, TakeOwned(url)))
      .Check();
}

}  // namespace

v8::MaybeLocal<v8::Promise> ImportModule(v8::Local<v8::Context> context,
                                         std::string_view referrer,
                                         v8::Local<v8::String> specifier) {
  v8::Isolate* isolate = context->GetIsolate();
  v8::TryCatch caught(isolate);
  v8::Local<v8::Module> module;
  v8::Local<v8::Promise> promise;
  if (ResolveName(From(isolate), ToString(isolate, specifier), std::string(referrer))
          .ToLocal(&module) &&
      Evaluate(context, module).ToLocal(&promise)) {
    return promise;
  }
  if (caught.HasTerminated() || !caught.HasCaught()) {
    caught.ReThrow();
    return {};
  }
  v8::Local<v8::Value> error = caught.Exception();
  caught.Reset();
  return Rejected(context, error);
}

void InstallModuleHooks(v8::Isolate* isolate) {
  isolate->SetHostImportModuleDynamicallyCallback(ImportDynamically);
  isolate->SetHostInitializeImportMetaObjectCallback(InitializeMeta);
}

}  // namespace hedge

void hv8_module_add(hv8_isolate* h, const char* name, size_t name_len, int kind,
                    const uint8_t* source, size_t source_len, const uint8_t* cache,
                    size_t cache_len) {
  v8::Locker locker(h->isolate);
  hedge::ModuleEntry& entry = h->modules[std::string(name, name_len)];
  entry.kind = kind;
  entry.source.assign(reinterpret_cast<const char*>(source), source_len);
  entry.cache.assign(cache, cache + cache_len);
}

hv8_bytes hv8_module_cache(hv8_isolate* h, const char* name, size_t name_len) {
  hedge::Entered entered(h);
  auto found = h->modules.find(std::string(name, name_len));
  if (found == h->modules.end() || found->second.module.IsEmpty() ||
      found->second.kind != HV8_MODULE_JS) {
    return {nullptr, 0};
  }
  v8::Local<v8::Module> module = found->second.module.Get(h->isolate);
  std::unique_ptr<v8::ScriptCompiler::CachedData> data(
      v8::ScriptCompiler::CreateCodeCache(module->GetUnboundModuleScript()));
  if (data == nullptr) return {nullptr, 0};
  return hedge::Own({reinterpret_cast<const char*>(data->data), static_cast<size_t>(data->length)});
}
