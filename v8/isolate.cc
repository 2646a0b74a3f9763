// An isolate: thawing it, running turns, ending them, and its memory.
#include <string.h>

#include "internal.h"

namespace hedge {

namespace {

// What V8 may use of a thread's stack. Threads of a cgo program have the system's
// default, which is never below 2 MiB.
constexpr uintptr_t kStackSize = 984 << 10;
constexpr size_t kInitialBox = 16 << 10;
// How much further the heap may grow while termination is on its way.
constexpr size_t kHeadroom = 16 << 20;

int64_t ClockNanoseconds(clockid_t clock) {
  timespec t;
  if (clock_gettime(clock, &t) != 0) return -1;
  return static_cast<int64_t>(t.tv_sec) * 1000000000 + t.tv_nsec;
}

size_t NearHeapLimit(void* data, size_t current, size_t) {
  hv8_isolate* h = static_cast<hv8_isolate*>(data);
  {
    std::lock_guard<std::mutex> lock(h->watch);
    h->reason = HV8_REASON_MEMORY;
  }
  h->isolate->TerminateExecution();
  return current + kHeadroom;
}

void AfterCollection(v8::Isolate* isolate, v8::GCType, v8::GCCallbackFlags, void* data) {
  hv8_isolate* h = static_cast<hv8_isolate*>(data);
  v8::HeapStatistics stats;
  isolate->GetHeapStatistics(&stats);
  h->heap_used.store(stats.used_heap_size(), std::memory_order_relaxed);
  h->heap_total.store(stats.total_heap_size(), std::memory_order_relaxed);
  h->allocator->set_heap_used(stats.used_heap_size());
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
  return Call(h, context, kEntryStart, 3, args);
}

bool FillInbox(hv8_isolate* h, v8::Local<v8::Context> context, const uint8_t* in, size_t len) {
  if (len > h->inbox.size()) {
    Box larger{v8::ArrayBuffer::NewBackingStore(h->isolate, len + len / 2,
                                                v8::BackingStoreInitializationMode::kUninitialized,
                                                v8::BackingStoreOnFailureMode::kReturnNull)};
    if (larger.store == nullptr) return false;
    h->inbox = larger;
    v8::Local<v8::Value> arg = v8::ArrayBuffer::New(h->isolate, h->inbox.store);
    if (!Call(h, context, kEntrySetInbox, 1, &arg)) return false;
  }
  if (len > 0) memcpy(h->inbox.data(), in, len);
  h->control->in_len = static_cast<uint32_t>(len);
  return true;
}

// Runs the runtime's turn and the microtasks; false when something was thrown
// through, which is a termination or a bug of the runtime.
bool Run(hv8_isolate* h, v8::Local<v8::Context> context) {
  if (!Call(h, context, kEntryTurn, 0, nullptr)) return false;
  h->isolate->PerformMicrotaskCheckpoint();
  while (v8::platform::PumpMessageLoop(platform(), h->isolate)) {
    h->isolate->PerformMicrotaskCheckpoint();
  }
  while (h->control->settle != 0 && !h->isolate->IsExecutionTerminating()) {
    h->control->settle = 0;
    if (!Call(h, context, kEntrySettle, 0, nullptr)) return false;
    h->isolate->PerformMicrotaskCheckpoint();
  }
  return !h->isolate->IsExecutionTerminating();
}

void BeginWatch(hv8_isolate* h, uint64_t seq) {
  std::lock_guard<std::mutex> lock(h->watch);
  pthread_getcpuclockid(pthread_self(), &h->clock);
  h->cpu_start = ClockNanoseconds(CLOCK_THREAD_CPUTIME_ID);
  h->seq = seq;
  h->reason = HV8_REASON_NONE;
}

// Ends the watch. A termination that came too late to stop anything is taken back,
// so that it does not hit the next turn.
int EndWatch(hv8_isolate* h) {
  std::lock_guard<std::mutex> lock(h->watch);
  h->seq = 0;
  h->result.cpu_ns = ClockNanoseconds(CLOCK_THREAD_CPUTIME_ID) - h->cpu_start;
  if (h->reason != HV8_REASON_NONE) h->isolate->CancelTerminateExecution();
  return h->reason;
}

}  // namespace

Entered::Entered(hv8_isolate* h)
    : locker_(h->isolate),
      isolate_scope_(h->isolate),
      handles_(h->isolate),
      context(h->context.Get(h->isolate)),
      context_scope_(context) {
  uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  h->isolate->SetStackLimit(here - kStackSize);
}

}  // namespace hedge

hv8_isolate* hv8_isolate_new(const uint8_t* blob, size_t blob_len, int64_t memory_limit,
                             uintptr_t host) {
  hv8_isolate* h = new hv8_isolate();
  h->host = host;
  h->memory_limit = memory_limit;
  h->blob = {reinterpret_cast<const char*>(blob), static_cast<int>(blob_len)};
  h->allocator = std::make_shared<hedge::Allocator>(memory_limit);
  v8::Isolate::CreateParams params;
  params.snapshot_blob = &h->blob;
  params.external_references = hedge::ExternalReferences();
  params.array_buffer_allocator_shared = h->allocator;
  params.constraints.ConfigureDefaultsFromHeapSize(0, static_cast<size_t>(memory_limit));
  h->isolate = v8::Isolate::Allocate();
  h->isolate->SetData(0, h);
  {
    v8::Locker locker(h->isolate);
    v8::Isolate::Initialize(h->isolate, params);
    v8::Isolate::Scope scope(h->isolate);
    v8::HandleScope handles(h->isolate);
    uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    h->isolate->SetStackLimit(here - hedge::kStackSize);
    h->isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
    h->isolate->SetCaptureStackTraceForUncaughtExceptions(true, 32);
    h->isolate->SetAllowAtomicsWait(false);
    h->isolate->SetPromiseRejectCallback(hedge::PromiseRejected);
    h->isolate->AddNearHeapLimitCallback(hedge::NearHeapLimit, h);
    h->isolate->AddGCEpilogueCallback(hedge::AfterCollection, h);
    hedge::InstallModuleHooks(h->isolate);
    h->control_box = hedge::NewBox(h->isolate, sizeof(hedge::Control));
    h->inbox = hedge::NewBox(h->isolate, hedge::kInitialBox);
    h->outbox = hedge::NewBox(h->isolate, hedge::kInitialBox);
    h->control = reinterpret_cast<hedge::Control*>(h->control_box.data());
    v8::Local<v8::Context> context = v8::Context::New(h->isolate);
    v8::Context::Scope context_scope(context);
    context->AllowCodeGenerationFromStrings(false);
    h->context.Reset(h->isolate, context);
    for (int i = 0; i < hedge::kEntryCount; i++) {
      v8::Local<v8::Function> entry;
      if (context->GetDataFromSnapshotOnce<v8::Function>(i).ToLocal(&entry)) {
        h->entries[i].Reset(h->isolate, entry);
      }
    }
    if (!hedge::Start(h, context)) {
      h->result.status = HV8_EXCEPTION;
    }
  }
  return h;
}

void hv8_isolate_dispose(hv8_isolate* h) {
  {
    v8::Locker locker(h->isolate);
    v8::Isolate::Scope scope(h->isolate);
    h->isolate->RemoveNearHeapLimitCallback(hedge::NearHeapLimit, 0);
    h->isolate->RemoveGCEpilogueCallback(hedge::AfterCollection, h);
    h->inspector.reset();
    h->inspector_client.reset();
    h->modules.clear();
    for (auto& entry : h->entries) entry.Reset();
    h->context.Reset();
    h->control_box = h->inbox = h->outbox = {};
    v8::platform::NotifyIsolateShutdown(hedge::platform(), h->isolate);
  }
  h->isolate->Dispose();
  delete h;
}

hv8_turn_result* hv8_isolate_result(hv8_isolate* h) { return &h->result; }

void hv8_turn(hv8_isolate* h, const uint8_t* in, size_t in_len, double now, uint64_t seq) {
  hedge::Entered entered(h);
  v8::TryCatch caught(h->isolate);
  h->control->out_len = 0;
  h->control->now = now;
  hedge::BeginWatch(h, seq);
  bool ok = hedge::FillInbox(h, entered.context, in, in_len) && hedge::Run(h, entered.context);
  int reason = hedge::EndWatch(h);
  hv8_turn_result& result = h->result;
  result.reason = reason;
  result.status = ok ? HV8_OK : reason != HV8_REASON_NONE ? HV8_TERMINATED : HV8_EXCEPTION;
  // Out of memory is final even where the turn came to its end.
  if (reason == HV8_REASON_MEMORY) result.status = HV8_TERMINATED;
  result.memory_refused = h->allocator->refused();
  result.out = h->outbox.data();
  result.out_len = result.status == HV8_OK ? h->control->out_len : 0;
}

void hv8_terminate(hv8_isolate* h, uint64_t seq) {
  std::lock_guard<std::mutex> lock(h->watch);
  if (h->seq != seq || seq == 0) return;
  if (h->reason == HV8_REASON_NONE) h->reason = HV8_REASON_REQUESTED;
  h->isolate->TerminateExecution();
}

int64_t hv8_running_cpu(hv8_isolate* h, uint64_t* seq) {
  std::lock_guard<std::mutex> lock(h->watch);
  *seq = h->seq;
  return h->seq == 0 ? -1 : hedge::ClockNanoseconds(h->clock) - h->cpu_start;
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
