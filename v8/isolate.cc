// An isolate: thawing it, running turns, ending them, and its memory.
#include <string.h>

#include "internal.h"

namespace hedge {

namespace {

// What V8 may use of a thread's stack. Threads of a cgo program have the system's
// default, which is never below 2 MiB.
constexpr uintptr_t kStackSize = 984 << 10;
constexpr size_t kInitialBox = 8 << 10;
// Which part of an app's memory a box may keep from turn to turn: it counts there.
constexpr size_t kBoxShare = 16;
// Below this V8 could not even thaw the runtime.
constexpr int64_t kLeastMemory = 8 << 20;
// How much further the heap may grow while termination is on its way: more than
// the largest object that V8 can make.
constexpr size_t kHeadroom = size_t{1} << 30;
// A shorter turn has not filled a heap.
constexpr int64_t kLongTurn = 1000000;  // ns

int64_t ClockNanoseconds(clockid_t clock) {
  timespec t;
  if (clock_gettime(clock, &t) != 0) return -1;
  return static_cast<int64_t>(t.tv_sec) * 1000000000 + t.tv_nsec;
}

// The CPU time of this thread, true to 100 µs: a reading costs ten times what one of
// the wall clock does, so the time since a recent one is taken to have been used.
int64_t ThreadNanoseconds() {
  constexpr int64_t kRecent = 100000;
  thread_local int64_t cpu = 0, wall = INT64_MIN / 2;
  int64_t now = ClockNanoseconds(CLOCK_MONOTONIC);
  if (now - wall < kRecent) return cpu + (now - wall);
  wall = now;
  return cpu = ClockNanoseconds(CLOCK_THREAD_CPUTIME_ID);
}

// V8 asks for room to go on. TerminateExecution takes effect at the next check of
// the stack, and a builtin may allocate a lot until then, some of it in one piece:
// refusing it would end the process, so every request is granted.
size_t NearHeapLimit(void* data, size_t current, size_t) {
  static_cast<hv8_isolate*>(data)->EndForMemory();
  return current + kHeadroom;
}

// Whether heap and external memory are above the limit together. V8 counts buffers
// that can be resized and Wasm memories, the allocator what V8 has yet to adopt. An
// app that lives with refused ArrayBuffers is left an eighth more for its heap.
bool HoldsTooMuch(hv8_isolate* h) {
  v8::HeapStatistics stats;
  h->isolate->GetHeapStatistics(&stats);
  int64_t external = std::max(static_cast<int64_t>(stats.external_memory()), h->allocator->used());
  int64_t held = static_cast<int64_t>(stats.used_heap_size()) + external;
  return held > h->memory_limit + h->memory_limit / 8;
}

// Whether the heap alone is above twice the limit. V8 lets it be above the limit for one
// large object only, and may not have collected before that: as much again can be garbage.
// What is more was too much at once, be it garbage or not by now.
bool HeapHoldsFarTooMuch(hv8_isolate* h) {
  v8::HeapStatistics stats;
  h->isolate->GetHeapStatistics(&stats);
  return static_cast<int64_t>(stats.used_heap_size()) > 2 * h->memory_limit;
}

// The last look at what is about to be freed.
void BeforeCollection(v8::Isolate*, v8::GCType, v8::GCCallbackFlags, void* data) {
  hv8_isolate* h = static_cast<hv8_isolate*>(data);
  if (HeapHoldsFarTooMuch(h)) h->EndForMemory();
}

// Looks again after everything that is garbage has been freed.
void CheckMemory(v8::Isolate* isolate, void* data) {
  hv8_isolate* h = static_cast<hv8_isolate*>(data);
  isolate->LowMemoryNotification();
  h->checking_memory = false;
  if (HoldsTooMuch(h)) h->EndForMemory();
}

// Looks when nothing runs. It returns why nothing more will, if so.
int CheckMemoryAtRest(hv8_isolate* h) {
  if (HeapHoldsFarTooMuch(h)) {
    h->EndForMemory();
  } else if (HoldsTooMuch(h)) {
    h->checking_memory = true;
    CheckMemory(h->isolate, h);
  }
  return h->reason;
}

// V8's own limit is for the heap alone, and the allocator's is for ArrayBuffers of
// a fixed size, against the heap as it was. Here the sum is looked at. V8 collects
// whenever external memory has grown by some 64 MiB, so that a Wasm memory or a
// resizable buffer is noticed soon after it has grown.
void AfterCollection(v8::Isolate* isolate, v8::GCType type, v8::GCCallbackFlags, void* data) {
  hv8_isolate* h = static_cast<hv8_isolate*>(data);
  v8::HeapStatistics stats;
  isolate->GetHeapStatistics(&stats);
  h->heap_used.store(stats.used_heap_size(), std::memory_order_relaxed);
  h->heap_total.store(stats.total_heap_size(), std::memory_order_relaxed);
  h->allocator->set_heap_used(stats.used_heap_size());
  if (type == v8::kGCTypeMarkSweepCompact && !h->checking_memory && HoldsTooMuch(h)) {
    h->checking_memory = true;
    isolate->RequestInterrupt(CheckMemory, h);
  }
}

void PromiseRejected(v8::PromiseRejectMessage message) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  hv8_isolate* h = From(isolate);
  if (h->entries[kEntryPromiseRejected].IsEmpty()) return;
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::Value> reason = message.GetValue();
  if (reason.IsEmpty()) reason = v8::Undefined(isolate);
  v8::Local<v8::Value> args[] = {v8::Integer::New(isolate, message.GetEvent()),
                                 message.GetPromise(), reason};
  v8::TryCatch quiet(isolate);
  // What it throws can only be a termination, which the turn sees by itself.
  h->entries[kEntryPromiseRejected]
      .Get(isolate)
      ->Call(context, v8::Undefined(isolate), 3, args)
      .FromMaybe(v8::Local<v8::Value>());
}

Box NewBox(v8::Isolate* isolate, size_t size) {
  return {v8::ArrayBuffer::NewBackingStore(isolate, size)};
}

bool Call(hv8_isolate* h, v8::Local<v8::Context> context, Entry entry, int argc,
          v8::Local<v8::Value>* argv) {
  return !h->entries[entry]
              .Get(h->isolate)
              ->Call(context, v8::Undefined(h->isolate), argc, argv)
              .IsEmpty();
}

bool Start(hv8_isolate* h, v8::Local<v8::Context> context) {
  v8::Local<v8::Value> args[] = {v8::ArrayBuffer::New(h->isolate, h->control_box.store),
                                 v8::ArrayBuffer::New(h->isolate, h->inbox.store),
                                 v8::ArrayBuffer::New(h->isolate, h->outbox.store)};
  return Call(h, context, kEntryRefuseSharedMemory, 0, nullptr) &&
         Call(h, context, kEntryStart, 3, args);
}

// A box with anything in it; without a store when there is no memory.
Box NewBoxIfPossible(v8::Isolate* isolate, size_t size) {
  return {v8::ArrayBuffer::NewBackingStore(isolate, size,
                                           v8::BackingStoreInitializationMode::kUninitialized,
                                           v8::BackingStoreOnFailureMode::kReturnNull)};
}

// Whether a box has grown for one turn, and is too large to be kept for a next one that
// needs so much of it.
bool IsOutsized(hv8_isolate* h, const Box& box, size_t needed) {
  return box.size() > static_cast<size_t>(h->memory_limit) / kBoxShare && needed < box.size() / 4;
}

bool SetBox(hv8_isolate* h, v8::Local<v8::Context> context, Entry entry, const Box& box) {
  v8::Local<v8::Value> arg = v8::ArrayBuffer::New(h->isolate, box.store);
  return Call(h, context, entry, 1, &arg);
}

// Copies the frames in; false when there is no room for them.
bool FillInbox(hv8_isolate* h, v8::Local<v8::Context> context, const uint8_t* in, size_t len) {
  if (len > h->inbox.size() || IsOutsized(h, h->inbox, len)) {
    Box other = NewBoxIfPossible(h->isolate, std::max(kInitialBox, len + len / 2));
    if (other.store != nullptr) {
      h->inbox = other;
      if (!SetBox(h, context, kEntrySetInbox, h->inbox)) return false;
    } else if (len > h->inbox.size()) {
      h->EndForMemory();
      return false;
    }
  }
  if (len > 0) memcpy(h->inbox.data(), in, len);
  h->control->in_len = static_cast<uint32_t>(len);
  return true;
}

// Makes the outbox ready for a turn. What a debugger's evaluation has written into
// it since the last turn comes first.
void OpenOutbox(hv8_isolate* h) {
  size_t end = std::min<size_t>(h->control->out_len, h->outbox.size());
  size_t taken = std::min(h->taken, end);
  memmove(h->outbox.data(), h->outbox.data() + taken, end - taken);
  h->control->out_len = static_cast<uint32_t>(end - taken);
  h->outgrown.clear();
}

// Gives back what an open outbox had to grow by for a turn before; false when the turn
// cannot go on.
bool ShrinkOutbox(hv8_isolate* h, v8::Local<v8::Context> context) {
  size_t filled = h->control->out_len;
  if (!IsOutsized(h, h->outbox, filled)) return true;
  Box smaller = NewBoxIfPossible(h->isolate, kInitialBox + filled);
  if (smaller.store == nullptr) return true;
  memcpy(smaller.data(), h->outbox.data(), filled);
  h->outbox = smaller;
  return SetBox(h, context, kEntrySetOutbox, h->outbox);
}

// Whether the turn is to end. A termination is swallowed by V8 in places, as when
// it hits the callback of a FinalizationRegistry, so the reason counts.
bool Ending(hv8_isolate* h) {
  return h->reason.load(std::memory_order_relaxed) != HV8_REASON_NONE ||
         h->isolate->IsExecutionTerminating();
}

// Runs the runtime's turn, the microtasks, and V8's own tasks; false when something
// was thrown through, which is a termination or a bug of the runtime.
bool Run(hv8_isolate* h, v8::Local<v8::Context> context) {
  if (!Call(h, context, kEntryTurn, 0, nullptr)) return false;
  h->isolate->PerformMicrotaskCheckpoint();
  while (!Ending(h) && v8::platform::PumpMessageLoop(platform(), h->isolate)) {
    h->isolate->PerformMicrotaskCheckpoint();
  }
  while (!Ending(h) && h->control->settle != 0) {
    h->control->settle = 0;
    if (!Call(h, context, kEntrySettle, 0, nullptr)) return false;
    h->isolate->PerformMicrotaskCheckpoint();
  }
  return true;
}

void BeginWatch(hv8_isolate* h, uint64_t seq) {
  std::lock_guard<std::mutex> lock(h->watch);
  pthread_getcpuclockid(pthread_self(), &h->clock);
  h->cpu_start = ThreadNanoseconds();
  h->thread = ThisThread();
  h->seq = seq;
}

// Ends the watch and says why the turn was to end. A termination that came too late
// to stop anything is taken back, so that it does not hit the next turn.
int EndWatch(hv8_isolate* h) {
  std::lock_guard<std::mutex> lock(h->watch);
  h->seq = 0;
  h->result.cpu_ns = std::max<int64_t>(ThreadNanoseconds() - h->cpu_start, 0);
  int reason = h->reason;
  if (reason != HV8_REASON_NONE) h->isolate->CancelTerminateExecution();
  if (reason != HV8_REASON_MEMORY) h->reason = HV8_REASON_NONE;
  return reason;
}

void Fail(hv8_isolate* h, v8::Local<v8::Context> context, const v8::TryCatch& caught) {
  h->result.status = HV8_EXCEPTION;
  h->failure = caught.HasCaught() ? DescribeCaught(context, caught) : "";
  h->result.out = reinterpret_cast<const uint8_t*>(h->failure.data());
  h->result.out_len = h->failure.size();
}

void KeepStackWithinThread(v8::Isolate* isolate) {
  uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  isolate->SetStackLimit(here - kStackSize);
}

// The context that the snapshot holds, and the functions that the runtime left.
v8::Local<v8::Context> ThawContext(hv8_isolate* h) {
  v8::Local<v8::Context> context = v8::Context::New(h->isolate);
  context->AllowCodeGenerationFromStrings(false);
  context->SetErrorMessageForCodeGenerationFromStrings(NewString(
      h->isolate,
      "code generation from strings is disallowed: eval = true in hedge.toml allows it"));
  h->context.Reset(h->isolate, context);
  for (int i = 0; i < kEntryCount; i++) {
    h->entries[i].Reset(h->isolate,
                        context->GetDataFromSnapshotOnce<v8::Function>(i).ToLocalChecked());
  }
  return context;
}

void InstallHooks(hv8_isolate* h) {
  h->isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
  h->isolate->SetCaptureStackTraceForUncaughtExceptions(true, 32);
  h->isolate->SetAllowAtomicsWait(false);
  h->isolate->SetPromiseRejectCallback(PromiseRejected);
  h->isolate->AddNearHeapLimitCallback(NearHeapLimit, h);
  h->isolate->AddGCPrologueCallback(BeforeCollection, h, v8::kGCTypeMarkSweepCompact);
  h->isolate->AddGCEpilogueCallback(AfterCollection, h);
  InstallModuleHooks(h->isolate);
}

}  // namespace

Entered::Entered(hv8_isolate* h)
    : locker_(h->isolate),
      isolate_scope_(h->isolate),
      handles_(h->isolate),
      context(h->context.Get(h->isolate)),
      context_scope_(context) {
  KeepStackWithinThread(h->isolate);
}

}  // namespace hedge

void hv8_isolate::EndForMemory() {
  {
    std::lock_guard<std::mutex> lock(watch);
    reason = HV8_REASON_MEMORY;
  }
  isolate->TerminateExecution();
}

hv8_isolate* hv8_isolate_new(hv8_snapshot* snapshot, int64_t memory_limit, uintptr_t host) {
  hv8_isolate* h = new hv8_isolate();
  h->host = host;
  h->memory_limit = std::max(memory_limit, hedge::kLeastMemory);
  h->allocator = std::make_shared<hedge::Allocator>(h->memory_limit);
  v8::Isolate::CreateParams params;
  params.snapshot_blob = &snapshot->blob;
  params.external_references = snapshot->references.data();
  params.array_buffer_allocator_shared = h->allocator;
  params.constraints.ConfigureDefaultsFromHeapSize(0, static_cast<size_t>(h->memory_limit));
  h->isolate = v8::Isolate::Allocate();
  h->isolate->SetData(0, h);
  v8::Locker locker(h->isolate);
  v8::Isolate::Initialize(h->isolate, params);
  v8::Isolate::Scope scope(h->isolate);
  v8::HandleScope handles(h->isolate);
  hedge::KeepStackWithinThread(h->isolate);
  hedge::InstallHooks(h);
  h->control_box = hedge::NewBox(h->isolate, sizeof(hedge::Control));
  h->inbox = hedge::NewBox(h->isolate, hedge::kInitialBox);
  h->outbox = hedge::NewBox(h->isolate, hedge::kInitialBox);
  h->control = reinterpret_cast<hedge::Control*>(h->control_box.data());
  v8::Local<v8::Context> context = hedge::ThawContext(h);
  v8::Context::Scope context_scope(context);
  v8::TryCatch caught(h->isolate);
  h->failed_start = !hedge::Start(h, context);
  if (h->failed_start) hedge::Fail(h, context, caught);
  return h;
}

void hv8_allow_eval(hv8_isolate* h) {
  hedge::Entered entered(h);
  entered.context->AllowCodeGenerationFromStrings(true);
}

void hv8_isolate_dispose(hv8_isolate* h) {
  {
    hedge::Entered entered(h);
    h->isolate->RemoveNearHeapLimitCallback(hedge::NearHeapLimit, 0);
    h->isolate->RemoveGCPrologueCallback(hedge::BeforeCollection, h);
    h->isolate->RemoveGCEpilogueCallback(hedge::AfterCollection, h);
    hedge::CloseInspector(h);
    h->modules.clear();
    for (auto& entry : h->entries) entry.Reset();
    h->context.Reset();
    h->control_box = h->inbox = h->outbox = {};
    h->outgrown.clear();
    v8::platform::NotifyIsolateShutdown(hedge::platform(), h->isolate);
  }
  {
    hedge::Farewell farewell;
    h->isolate->Dispose();
  }
  delete h;
}

hv8_turn_result* hv8_isolate_result(hv8_isolate* h) { return &h->result; }

void hv8_turn(hv8_isolate* h, const uint8_t* in, size_t in_len, double now, uint64_t seq) {
  hv8_turn_result& result = h->result;
  hedge::Entered entered(h);
  if (h->failed_start) return;
  v8::TryCatch caught(h->isolate);
  hedge::OpenOutbox(h);
  h->control->now = now;
  hedge::FrozenClock frozen(now);
  hedge::BeginWatch(h, seq);
  bool ok = !hedge::Ending(h) && hedge::ShrinkOutbox(h, entered.context) &&
            hedge::FillInbox(h, entered.context, in, in_len) && hedge::Run(h, entered.context);
  result.reason = hedge::EndWatch(h);
  // One large object can pass every limit without a collection.
  if (result.cpu_ns > hedge::kLongTurn && result.reason == HV8_REASON_NONE) {
    result.reason = hedge::CheckMemoryAtRest(h);
  }
  result.memory_refused = h->allocator->refused();
  result.status = result.reason == HV8_REASON_NONE ? HV8_OK : HV8_TERMINATED;
  result.out = h->outbox.data();
  h->taken = std::min<size_t>(h->control->out_len, h->outbox.size());
  result.out_len = result.status == HV8_OK ? h->taken : 0;
  if (result.status == HV8_OK && !ok) hedge::Fail(h, entered.context, caught);
}

void hv8_terminate(hv8_isolate* h, uint64_t seq) {
  std::lock_guard<std::mutex> lock(h->watch);
  if (h->seq != seq || seq == 0) return;
  if (h->reason == HV8_REASON_NONE) h->reason = HV8_REASON_REQUESTED;
  h->isolate->TerminateExecution();
}

int64_t hv8_thread_cpu() { return hedge::ClockNanoseconds(CLOCK_THREAD_CPUTIME_ID); }

int64_t hv8_running_cpu(hv8_isolate* h, uint64_t* seq) {
  std::lock_guard<std::mutex> lock(h->watch);
  *seq = h->seq;
  if (h->seq == 0) return -1;
  return std::max<int64_t>(hedge::ClockNanoseconds(h->clock) - h->cpu_start, 0);
}

hv8_memory hv8_isolate_memory(hv8_isolate* h) {
  return {h->heap_used.load(std::memory_order_relaxed),
          h->heap_total.load(std::memory_order_relaxed), h->allocator->used()};
}

hv8_memory hv8_isolate_measure(hv8_isolate* h) {
  hedge::Entered entered(h);
  v8::HeapStatistics stats;
  h->isolate->GetHeapStatistics(&stats);
  return {static_cast<int64_t>(stats.used_heap_size()),
          static_cast<int64_t>(stats.total_heap_size()), h->allocator->used()};
}

void hv8_isolate_low_memory(hv8_isolate* h) {
  hedge::Entered entered(h);
  h->isolate->LowMemoryNotification();
}
