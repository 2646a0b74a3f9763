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
// its own allocator, so this only stands in front of it. Buffers that can be
// resized and Wasm memories do not come this way; see AfterCollection.
class Allocator : public v8::ArrayBuffer::Allocator {
 public:
  explicit Allocator(int64_t limit) : base_(NewDefaultAllocator()), limit_(limit) {}
  void* Allocate(size_t length) override;
  void* AllocateUninitialized(size_t length) override;
  void Free(void* data, size_t length) override;
  size_t MaxAllocationSize() const override { return base_->MaxAllocationSize(); }
  v8::PageAllocator* GetPageAllocator() override { return base_->GetPageAllocator(); }

  // Charges memory that comes from elsewhere; false when it would pass the limit.
  bool Charge(size_t length);
  void Release(size_t length) { used_.fetch_sub(length, std::memory_order_relaxed); }
  // Notes that something was refused for good.
  void Refuse() { refused_ = true; }

  int64_t used() const { return used_.load(std::memory_order_relaxed); }
  // Whether anything was ever refused for good. Asked between turns.
  bool refused() const { return refused_ || asked_ != 0; }
  void set_heap_used(int64_t bytes) { heap_used_.store(bytes, std::memory_order_relaxed); }

 private:
  // Charges what V8 asks for.
  bool Ask(size_t length);

  std::unique_ptr<v8::ArrayBuffer::Allocator> base_;
  const int64_t limit_;
  std::atomic<int64_t> used_{0};
  std::atomic<int64_t> heap_used_{0};
  // What V8 has asked for last, if that was refused, or 0. V8 collects then, and asks
  // for the same again: garbage may have been all that was in the way.
  size_t asked_ = 0;
  int asks_ = 0;  // how often it has asked for that
  bool refused_ = false;
};

// The functions that a snapshot keeps, in the order in which they are stored in it.
// All but the last are what the runtime registers.
enum Entry {
  kEntryStart,           // (control, inbox, outbox): after the snapshot is thawed
  kEntryTurn,            // (): consume the inbox
  kEntrySetInbox,        // (inbox): the inbox is another one
  kEntrySetOutbox,       // (outbox): the outbox is another one, with the same in it
  kEntrySettle,          // (): after the microtasks, when the runtime asked for it
  kEntryPromiseRejected, // (event, promise, reason)
  kEntryBuiltinModule,   // (name): the exports of a hedge: module, or undefined
  kEntryCloneError,      // (message): makes a DataCloneError
  kEntryRegistered,
  kEntryRefuseSharedMemory = kEntryRegistered, // (): see snapshot.cc
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
  int kind = HV8_MODULE_JS;
  // Freed once the module is compiled.
  std::string source;
  std::vector<uint8_t> cache;
  v8::Global<v8::Module> module;
  v8::Global<v8::Object> exports;  // of a synthetic module, until it is evaluated
};

using ModuleMap = std::unordered_map<std::string, ModuleEntry>;

// The runtime's source as a string outside of every heap, so that all isolates share
// it. It is part of its snapshot.
class SourceText : public v8::String::ExternalOneByteStringResource {
 public:
  explicit SourceText(const std::string& source) : source_(source) {}
  const char* data() const override { return source_.data(); }
  size_t length() const override { return source_.size(); }

 private:
  void Dispose() override {}

  const std::string& source_;
};

// One end of a turn: a buffer that lives in V8's sandbox.
struct Box {
  std::shared_ptr<v8::BackingStore> store;
  uint8_t* data() const { return static_cast<uint8_t*>(store->Data()); }
  size_t size() const { return store->ByteLength(); }
};

}  // namespace hedge

// A frozen heap, and what it refers to. Immutable once made.
struct hv8_snapshot {
  explicit hv8_snapshot(std::string_view source);
  ~hv8_snapshot() {
    if (owns_blob) delete[] blob.data;
  }

  const std::string source;
  hedge::SourceText text;
  // The addresses that the heap may refer to, ended by 0.
  const std::vector<intptr_t> references;
  v8::StartupData blob{};
  bool owns_blob = true;
};

struct hv8_isolate {
  // Ends the turn for good: nothing more will run in this isolate.
  void EndForMemory();

  v8::Isolate* isolate = nullptr;
  uintptr_t host = 0;
  int64_t memory_limit = 0;
  std::shared_ptr<hedge::Allocator> allocator;
  v8::Global<v8::Context> context;
  v8::Global<v8::Function> entries[hedge::kEntryCount];
  hedge::Control* control = nullptr;
  hedge::Box control_box, inbox, outbox;
  // Outboxes that have been outgrown, until the next turn: the last result may
  // still be read in one of them.
  std::vector<hedge::Box> outgrown;
  hedge::ModuleMap modules;
  std::unique_ptr<v8_inspector::V8Inspector> inspector;
  std::unique_ptr<v8_inspector::V8InspectorClient> inspector_client;
  hv8_session* session = nullptr;
  hv8_turn_result result{};
  size_t taken = 0;            // bytes of the outbox that results have handed out
  std::string failure;         // what the runtime threw, described
  bool failed_start = false;   // the runtime threw at its start
  bool checking_memory = false;

  std::atomic<int64_t> heap_used{0}, heap_total{0};

  // Which turn runs, for those who watch it from other threads.
  std::mutex watch;
  uint64_t seq = 0;       // guarded by watch; 0 when no turn runs
  clockid_t clock = 0;    // guarded by watch
  int64_t cpu_start = 0;  // guarded by watch
  int64_t thread = 0;     // guarded by watch; the system's number for it
  // Why the turn is to end. Written under watch; HV8_REASON_MEMORY is for good.
  std::atomic<int> reason{HV8_REASON_NONE};
};

namespace hedge {

inline hv8_isolate* From(v8::Isolate* isolate) {
  return static_cast<hv8_isolate*>(isolate->GetData(0));
}

v8::Platform* platform();

// Stops the clock that JavaScript sees on this thread, as long as it lives.
class FrozenClock {
 public:
  explicit FrozenClock(double now);  // milliseconds since 1970
  ~FrozenClock();
};

// Disposing of an isolate. The pages of its young generation stay with V8, which gives
// them to the next isolate, or else back to the system in eight seconds: when another
// isolate, any that it finds, runs its tasks. That one may not have a turn for days. So
// as long as a Farewell lives, what this thread puts off with other isolates is kept,
// and done at the end of it, which is safe on any thread.
class Farewell {
 public:
  Farewell();
  ~Farewell();

 private:
  std::vector<std::unique_ptr<v8::Task>> tasks_;
};

// An isolate's queue of tasks as its platform has it, but for what a Farewell keeps.
std::shared_ptr<v8::TaskRunner> NewQueue(std::shared_ptr<v8::TaskRunner> base);

// The addresses of the intrinsics.
std::vector<intptr_t> IntrinsicAddresses();
// Puts the intrinsics on the global object as __host.
void InstallHost(v8::Local<v8::Context> context);
// While a snapshot is made, takes what the runtime registers.
void SetRegistry(v8::Isolate* isolate, v8::Global<v8::Function>* entries);

v8::Local<v8::String> NewString(v8::Isolate* isolate, std::string_view text);
// At most so many bytes of UTF-8, cut between characters; "" for what is no string.
std::string ToString(v8::Isolate* isolate, v8::Local<v8::Value> value, size_t most = SIZE_MAX);

// An exception as the payload of an error frame. name and message override what
// the value itself says when they are not empty handles.
std::string DescribeError(v8::Local<v8::Context> context, v8::Local<v8::Value> error,
                          v8::Local<v8::Value> name, v8::Local<v8::Value> message);
std::string DescribeCaught(v8::Local<v8::Context> context, const v8::TryCatch& caught);

// The system's number for the calling thread.
int64_t ThisThread();

// Fills memory with random bytes; false when the system has none.
bool FillWithRandom(uint8_t* data, size_t len);

hv8_bytes Own(std::string_view bytes);

// Lets go of the inspector, see inspector.cc. The isolate is entered.
void CloseInspector(hv8_isolate* h);

// Whether a module of WebAssembly has a memory of its own that is shared, and the
// exception to say so, see wasm.cc.
bool DefinesSharedMemory(const uint8_t* module, size_t len);
void ThrowSharedMemory(v8::Isolate* isolate);

// Module hooks, see module.cc.
void InstallModuleHooks(v8::Isolate* isolate);
v8::MaybeLocal<v8::Promise> ImportModule(v8::Local<v8::Context> context,
                                         v8::Local<v8::Value> referrer,
                                         v8::Local<v8::Value> specifier);

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
