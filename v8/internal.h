// What the C++ files share. Nothing here is seen by Go.
#ifndef HEDGE_V8_INTERNAL_H_
#define HEDGE_V8_INTERNAL_H_

#include <libplatform/libplatform.h>
#include <pthread.h>
#include <time.h>
#include <v8-inspector.h>
#include <v8.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "binding.h"

namespace hedge {

// Counts ArrayBuffer memory and refuses what would pass the limit, which V8 then
// reports to the app as a RangeError. V8's sandbox wants the memory to come from
// its own allocator, so this only stands in front of it.
class Allocator : public v8::ArrayBuffer::Allocator {
 public:
  explicit Allocator(int64_t limit) : base_(NewDefaultAllocator()), limit_(limit) {}
  void* Allocate(size_t length) override;
  void* AllocateUninitialized(size_t length) override;
  void Free(void* data, size_t length) override;
  size_t MaxAllocationSize() const override { return base_->MaxAllocationSize(); }
  v8::PageAllocator* GetPageAllocator() override { return base_->GetPageAllocator(); }

  int64_t used() const { return used_.load(std::memory_order_relaxed); }
  bool refused() const { return refused_.load(std::memory_order_relaxed); }
  void set_heap_used(int64_t bytes) { heap_used_.store(bytes, std::memory_order_relaxed); }

 private:
  bool Charge(size_t length);

  std::unique_ptr<v8::ArrayBuffer::Allocator> base_;
  const int64_t limit_;
  std::atomic<int64_t> used_{0};
  std::atomic<int64_t> heap_used_{0};
  std::atomic<bool> refused_{false};
};

// The functions that the runtime registers while the snapshot is made, in the
// order in which they are stored in it.
enum Entry {
  kEntryStart,           // (control, inbox, outbox): after the snapshot is thawed
  kEntryTurn,            // (): consume the inbox
  kEntrySetInbox,        // (inbox): the inbox has grown
  kEntrySettle,          // (): after the microtasks, when the runtime asked for it
  kEntryPromiseRejected, // (event, promise, reason)
  kEntryBuiltinModule,   // (name): the exports of a hedge: module, or undefined
  kEntryCloneError,      // (message): makes a DataCloneError
  kEntryCount,
};

// The words that the host and the runtime share, in a buffer of their own.
struct Control {
  uint32_t in_len;   // bytes of frames in the inbox
  uint32_t out_len;  // bytes of frames in the outbox
  double now;        // milliseconds since the epoch, for this turn
  uint32_t settle;   // nonzero: call kEntrySettle after the microtasks
  uint32_t reserved;
};

struct ModuleEntry {
  int kind;
  std::string source;
  std::vector<uint8_t> cache;
  v8::Global<v8::Module> module;
  v8::Global<v8::Value> exports;  // of a synthetic module, until it is evaluated
};

using ModuleMap = std::unordered_map<std::string, ModuleEntry>;

// One end of a turn: a buffer that lives in V8's sandbox.
struct Box {
  std::shared_ptr<v8::BackingStore> store;
  uint8_t* data() const { return static_cast<uint8_t*>(store->Data()); }
  size_t size() const { return store->ByteLength(); }
};

}  // namespace hedge

struct hv8_isolate {
  v8::Isolate* isolate = nullptr;
  uintptr_t host = 0;
  int64_t memory_limit = 0;
  std::shared_ptr<hedge::Allocator> allocator;
  v8::StartupData blob{};
  v8::Global<v8::Context> context;
  v8::Global<v8::Function> entries[hedge::kEntryCount];
  hedge::Control* control = nullptr;
  hedge::Box control_box, inbox, outbox;
  hedge::ModuleMap modules;
  std::unique_ptr<v8_inspector::V8Inspector> inspector;
  std::unique_ptr<v8_inspector::V8InspectorClient> inspector_client;
  hv8_turn_result result{};

  std::atomic<int64_t> heap_used{0}, heap_total{0};

  // Which turn runs, for those who watch it from other threads.
  std::mutex watch;
  uint64_t seq = 0;       // guarded by watch; 0 when no turn runs
  clockid_t clock = 0;    // guarded by watch
  int64_t cpu_start = 0;  // guarded by watch
  int reason = HV8_REASON_NONE;  // guarded by watch
};

namespace hedge {

inline hv8_isolate* From(v8::Isolate* isolate) {
  return static_cast<hv8_isolate*>(isolate->GetData(0));
}

v8::Platform* platform();

// The addresses that a snapshot may refer to, ended by 0.
const intptr_t* ExternalReferences();
// Puts the intrinsics on the global object as __host.
void InstallHost(v8::Local<v8::Context> context);
// While a snapshot is made, takes what the runtime registers.
void SetRegistry(v8::Isolate* isolate, v8::Global<v8::Function>* entries);

v8::Local<v8::String> NewString(v8::Isolate* isolate, std::string_view text);
std::string ToString(v8::Isolate* isolate, v8::Local<v8::Value> value);

// An exception as the payload of an error frame. name and message override what
// the value itself says when they are not empty handles.
std::string DescribeError(v8::Local<v8::Context> context, v8::Local<v8::Value> error,
                          v8::Local<v8::Value> name, v8::Local<v8::Value> message);
std::string DescribeCaught(v8::Local<v8::Context> context, const v8::TryCatch& caught);

hv8_bytes Own(std::string_view bytes);

// Module hooks, see module.cc.
void InstallModuleHooks(v8::Isolate* isolate);
v8::MaybeLocal<v8::Promise> ImportModule(v8::Local<v8::Context> context,
                                         std::string_view referrer,
                                         v8::Local<v8::String> specifier);

// Enters an isolate for the length of a scope. The stack limit follows the thread,
// because an isolate moves between threads of different stacks.
class Entered {
 public:
  explicit Entered(hv8_isolate* h);

 private:
  v8::Locker locker_;
  v8::Isolate::Scope isolate_scope_;
  v8::HandleScope handles_;

 public:
  v8::Local<v8::Context> context;

 private:
  v8::Context::Scope context_scope_;
};

}  // namespace hedge

#endif  // HEDGE_V8_INTERNAL_H_
