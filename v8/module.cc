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

v8::MaybeLocal<v8::Array> NamesOf(v8::Local<v8::Context> context, v8::Local<v8::Object> exports) {
  return exports->GetOwnPropertyNames(
      context, static_cast<v8::PropertyFilter>(v8::ONLY_ENUMERABLE | v8::SKIP_SYMBOLS),
      v8::KeyConversionMode::kConvertToString);
}

v8::MaybeLocal<v8::Value> EvaluateSynthetic(v8::Local<v8::Context> context,
                                            v8::Local<v8::Module> module) {
  v8::Isolate* isolate = context->GetIsolate();
  auto* found = Find(From(isolate), module);
  v8::Local<v8::Object> exports = found->second.exports.Get(isolate);
  v8::Local<v8::Array> names;
  if (!NamesOf(context, exports).ToLocal(&names)) return {};
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
  if (!NamesOf(context, exports).ToLocal(&names)) return {};
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
  if (DefinesSharedMemory(bytes.data(), bytes.size())) {
    ThrowSharedMemory(isolate);
    return {};
  }
  if (!v8::WasmModuleObject::Compile(isolate, bytes).ToLocal(&wasm)) return {};
  v8::Local<v8::Object> exports = v8::Object::New(isolate, v8::Null(isolate), nullptr, nullptr, 0);
  if (!exports->CreateDataProperty(context, NewString(isolate, "default"), wasm).FromMaybe(false)) {
    return {};
  }
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
  ModuleEntry entry;
  v8::Local<v8::Module> module;
  if (!MakeSynthetic(h, name, entry, exports.As<v8::Object>()).ToLocal(&module)) return {};
  entry.module.Reset(isolate, module);
  h->modules.emplace(name, std::move(entry));
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
  entry.source = {};
  entry.cache = {};
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

// What a promise that a module has been evaluated becomes: its namespace.
void TakeNamespace(const v8::FunctionCallbackInfo<v8::Value>& args) {
  args.GetReturnValue().Set(args.Data());
}

// Calls back once a promise is fulfilled. An app can meddle with what the promise's
// constructor is taken for, and make something else than a promise come out.
v8::MaybeLocal<v8::Promise> Then(v8::Local<v8::Context> context, v8::Local<v8::Promise> promise,
                                 v8::FunctionCallback callback, v8::Local<v8::Value> data) {
  v8::Isolate* isolate = context->GetIsolate();
  v8::Local<v8::Function> then;
  v8::Local<v8::Promise> next;
  if (!v8::Function::New(context, callback, data).ToLocal(&then) ||
      !promise->Then(context, then).ToLocal(&next)) {
    return {};
  }
  if (!next.As<v8::Value>()->IsPromise()) {
    Throw(isolate, v8::Exception::TypeError, "Promise[Symbol.species] makes no promises");
    return {};
  }
  return next;
}

// Loads, links and evaluates the module that data, [specifier, referrer], means.
// What it throws rejects the promise of import().
void LoadAndEvaluate(const v8::FunctionCallbackInfo<v8::Value>& args) {
  v8::Isolate* isolate = args.GetIsolate();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::Array> data = args.Data().As<v8::Array>();
  v8::Local<v8::Value> specifier, referrer, evaluated;
  v8::Local<v8::Module> module;
  v8::Local<v8::Promise> promise;
  if (data->Get(context, 0).ToLocal(&specifier) && data->Get(context, 1).ToLocal(&referrer) &&
      ResolveName(From(isolate), ToString(isolate, specifier), ToString(isolate, referrer))
          .ToLocal(&module) &&
      module->InstantiateModule(context, Resolve).FromMaybe(false) &&
      module->Evaluate(context).ToLocal(&evaluated) &&
      Then(context, evaluated.As<v8::Promise>(), TakeNamespace, module->GetModuleNamespace())
          .ToLocal(&promise)) {
    args.GetReturnValue().Set(promise);
  }
}

v8::MaybeLocal<v8::Promise> ImportDynamically(v8::Local<v8::Context> context,
                                              v8::Local<v8::Data>, v8::Local<v8::Value> resource,
                                              v8::Local<v8::String> specifier,
                                              v8::Local<v8::FixedArray>) {
  return ImportModule(context, resource, specifier);
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
  // Fails only where a termination is under way.
  meta->CreateDataProperty(context, NewString(isolate, "url"), NewString(isolate, TakeOwned(url)))
      .FromMaybe(false);
}

}  // namespace

// The work waits for a microtask: the module that imports may itself be in the
// midst of its evaluation, in which no other part of its graph can be evaluated
// (ECMA-262, ContinueDynamicImport).
v8::MaybeLocal<v8::Promise> ImportModule(v8::Local<v8::Context> context,
                                         v8::Local<v8::Value> referrer,
                                         v8::Local<v8::Value> specifier) {
  v8::Isolate* isolate = context->GetIsolate();
  v8::Local<v8::Promise::Resolver> start;
  if (!v8::Promise::Resolver::New(context).ToLocal(&start) ||
      start->Resolve(context, v8::Undefined(isolate)).IsNothing()) {
    return {};
  }
  v8::Local<v8::Value> data[] = {specifier, referrer};
  return Then(context, start->GetPromise(), LoadAndEvaluate, v8::Array::New(isolate, data, 2));
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
  if (found == h->modules.end() || found->second.module.IsEmpty()) return {nullptr, 0};
  v8::Local<v8::Module> module = found->second.module.Get(h->isolate);
  if (!module->IsSourceTextModule()) return {nullptr, 0};
  std::unique_ptr<v8::ScriptCompiler::CachedData> data(
      v8::ScriptCompiler::CreateCodeCache(module->GetUnboundModuleScript()));
  if (data == nullptr) return {nullptr, 0};
  return hedge::Own({reinterpret_cast<const char*>(data->data), static_cast<size_t>(data->length)});
}
