// Starting V8, and the allocator that bounds what an isolate keeps outside its heap.
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#ifdef __GLIBC__  // which string.h says
#include <malloc.h>
#endif

#include "internal.h"

namespace hedge {

namespace {
// V8 wants one platform in a process and never lets go of it.
v8::Platform* the_platform = nullptr;

// The time of the turn that this thread is in, in milliseconds since 1970, or 0.
thread_local double frozen_clock = 0;

// V8's own platform, but for the clock that JavaScript sees through Date and Intl: it
// stands still during a turn; and but for memory that only some threads may read.
class FrozenPlatform final : public v8::Platform {
 public:
  explicit FrozenPlatform(v8::Platform* base) : base_(base) {}

  double CurrentClockTimeMillis() override {
    return frozen_clock != 0 ? frozen_clock : base_->CurrentClockTimeMillis();
  }
  int64_t CurrentClockTimeMilliseconds() override {
    return static_cast<int64_t>(CurrentClockTimeMillis());
  }
  double CurrentClockTimeMillisecondsHighResolution() override { return CurrentClockTimeMillis(); }

  v8::PageAllocator* GetPageAllocator() override { return base_->GetPageAllocator(); }
  // None, or V8 would guard its code by a protection key where the processor has them. A
  // thread has the right to one if the thread that made it had, and Go's have not.
  v8::ThreadIsolatedAllocator* GetThreadIsolatedAllocator() override { return nullptr; }
  void OnCriticalMemoryPressure() override { base_->OnCriticalMemoryPressure(); }
  int NumberOfWorkerThreads() override { return base_->NumberOfWorkerThreads(); }
  std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(v8::Isolate* isolate,
                                                          v8::TaskPriority priority) override {
    return NewQueue(base_->GetForegroundTaskRunner(isolate, priority));
  }
  bool IdleTasksEnabled(v8::Isolate* isolate) override { return base_->IdleTasksEnabled(isolate); }
  std::unique_ptr<v8::ScopedBlockingCall> CreateBlockingScope(v8::BlockingType type) override {
    return base_->CreateBlockingScope(type);
  }
  double MonotonicallyIncreasingTime() override { return base_->MonotonicallyIncreasingTime(); }
  StackTracePrinter GetStackTracePrinter() override { return base_->GetStackTracePrinter(); }
  v8::TracingController* GetTracingController() override { return base_->GetTracingController(); }
  v8::HighAllocationThroughputObserver* GetHighAllocationThroughputObserver() override {
    return base_->GetHighAllocationThroughputObserver();
  }

 protected:
  std::unique_ptr<v8::JobHandle> CreateJobImpl(v8::TaskPriority priority,
                                               std::unique_ptr<v8::JobTask> task,
                                               const v8::SourceLocation& location) override {
    return base_->CreateJob(priority, std::move(task), location);
  }
  void PostTaskOnWorkerThreadImpl(v8::TaskPriority priority, std::unique_ptr<v8::Task> task,
                                  const v8::SourceLocation& location) override {
    base_->PostTaskOnWorkerThread(priority, std::move(task), location);
  }
  void PostDelayedTaskOnWorkerThreadImpl(v8::TaskPriority priority,
                                         std::unique_ptr<v8::Task> task, double delay,
                                         const v8::SourceLocation& location) override {
    base_->PostDelayedTaskOnWorkerThread(priority, std::move(task), delay, location);
  }

 private:
  v8::Platform* base_;
};
}  // namespace

FrozenClock::FrozenClock(double now) { frozen_clock = now; }
FrozenClock::~FrozenClock() { frozen_clock = 0; }

v8::Platform* platform() { return the_platform; }

// V8 ends the process when it is refused the memory for a typed array's buffer
// that it had kept in its heap so far, which is at most 64 bytes; the heap's own
// limit bounds how many of those there are.
constexpr size_t kNeverRefused = 64;

bool Allocator::Charge(size_t length) {
  int64_t n = static_cast<int64_t>(length);
  int64_t used = used_.fetch_add(n, std::memory_order_relaxed) + n;
  if (used + heap_used_.load(std::memory_order_relaxed) <= limit_ ||
      length <= kNeverRefused) {
    return true;
  }
  used_.fetch_sub(n, std::memory_order_relaxed);
  return false;
}

// How often V8 asks for one buffer: at first, and after each of three collections
// (Heap::AllocateExternalBackingStore).
constexpr int kAsks = 4;

bool Allocator::Ask(size_t length) {
  if (asked_ != 0 && asked_ != length) Refuse();  // V8 has given up on that
  bool granted = Charge(length);
  asks_ = asked_ == length ? asks_ + 1 : 1;
  if (!granted && asks_ == kAsks) Refuse();
  asked_ = granted || asks_ == kAsks ? 0 : length;
  return granted;
}

void* Allocator::Allocate(size_t length) {
  if (!Ask(length)) return nullptr;
  void* data = base_->Allocate(length);
  if (data == nullptr) Release(length);
  return data;
}

void* Allocator::AllocateUninitialized(size_t length) {
  if (!Ask(length)) return nullptr;
  void* data = base_->AllocateUninitialized(length);
  if (data == nullptr) Release(length);
  return data;
}

void Allocator::Free(void* data, size_t length) {
  base_->Free(data, length);
  Release(length);
}

v8::Local<v8::String> NewString(v8::Isolate* isolate, std::string_view text) {
  if (text.size() > v8::String::kMaxLength) return v8::String::Empty(isolate);
  return v8::String::NewFromUtf8(isolate, text.data(), v8::NewStringType::kNormal,
                                 static_cast<int>(text.size()))
      .FromMaybe(v8::String::Empty(isolate));
}

std::string ToString(v8::Isolate* isolate, v8::Local<v8::Value> value, size_t most) {
  if (value.IsEmpty() || !value->IsString()) return "";
  v8::Local<v8::String> text = value.As<v8::String>();
  std::string out(std::min(text->Utf8LengthV2(isolate), most), '\0');
  out.resize(text->WriteUtf8V2(isolate, out.data(), out.size(),
                               v8::String::WriteFlags::kReplaceInvalidUtf8));
  return out;
}

bool FillWithRandom(uint8_t* data, size_t len) {
  size_t done = 0;
  while (done < len) {
    ssize_t n = getrandom(data + done, len - done, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    done += static_cast<size_t>(n);
  }
  return true;
}

hv8_bytes Own(std::string_view bytes) {
  uint8_t* data = static_cast<uint8_t*>(malloc(bytes.size() + 1));
  if (data == nullptr) abort();
  memcpy(data, bytes.data(), bytes.size());
  return {data, bytes.size()};
}

}  // namespace hedge

void hv8_init(const char* flags) {
  v8::V8::SetFlagsFromString(flags);
  hedge::the_platform =
      v8::platform::NewDefaultPlatform(0, v8::platform::IdleTaskSupport::kDisabled,
                                       v8::platform::InProcessStackDumping::kDisabled)
          .release();
  // Without it V8 opens a device several times for each isolate.
  v8::V8::SetEntropySource(hedge::FillWithRandom);
  v8::V8::InitializePlatform(new hedge::FrozenPlatform(hedge::the_platform));
  v8::V8::Initialize();
}

const char* hv8_version(void) { return v8::V8::GetVersion(); }

void hv8_free(void* data) { free(data); }

void hv8_trim(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
