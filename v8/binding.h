// The C face of V8: the whole of what Go can ask of it.
//
// Conventions. Every function may be called from any thread; what enters an
// isolate takes its lock, so calls on one isolate are serialised, but the caller
// must not rely on that for order. Strings are UTF-8 with a length. Memory that a
// function returns in an hv8_bytes with owned set is freed with hv8_free.
#ifndef HEDGE_V8_BINDING_H_
#define HEDGE_V8_BINDING_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hv8_snapshot hv8_snapshot;
typedef struct hv8_isolate hv8_isolate;
typedef struct hv8_session hv8_session;

typedef struct {
  uint8_t* data;
  size_t len;
} hv8_bytes;

// Why a turn ended.
enum {
  HV8_OK = 0,
  HV8_TERMINATED = 1,  // see hv8_turn_result.reason
  HV8_EXCEPTION = 2,   // the runtime itself threw: a bug; out describes it, see error.cc
};

// Why execution was terminated.
enum {
  HV8_REASON_NONE = 0,
  HV8_REASON_REQUESTED = 1,  // hv8_terminate
  HV8_REASON_MEMORY = 2,     // heap plus external memory above the limit: for good
};

// What a turn left behind. It lives as long as its isolate, and its content until
// the next turn.
typedef struct {
  const uint8_t* out;  // frames written by the runtime, if status is HV8_OK
  size_t out_len;
  int64_t cpu_ns;  // time that the thread spent in this turn, true to 100 µs
  int32_t status;
  int32_t reason;
  int32_t memory_refused;  // an ArrayBuffer was refused since the isolate began
} hv8_turn_result;

typedef struct {
  int64_t heap_used;
  int64_t heap_total;  // committed by V8's heap
  int64_t external;    // ArrayBuffers of a fixed size
} hv8_memory;

// Starts V8 with the given flags. Called once in a process, before all else.
void hv8_init(const char* flags);
const char* hv8_version(void);
void hv8_free(void* data);

// Gives memory that malloc holds, and nobody uses, back to the system.
void hv8_trim(void);

// Runs the script, which must call __host.register, and freezes the heap that it
// leaves. The source is copied. On failure the result is NULL and error holds a
// description (owned), which is empty when nothing was thrown.
hv8_snapshot* hv8_snapshot_create(const char* source, size_t source_len, const char* name,
                                  hv8_bytes* error);
// A snapshot of the bytes of another one, which this same program made of the same
// source. They are not copied, and have to outlive it unchanged.
hv8_snapshot* hv8_snapshot_of(const char* source, size_t source_len, const char* blob,
                              size_t blob_len);
// The bytes of the snapshot, which are its own.
const char* hv8_snapshot_blob(const hv8_snapshot* snapshot, size_t* len);
void hv8_snapshot_dispose(hv8_snapshot* snapshot);

// A new isolate from a snapshot, which must outlive it. host is handed back in
// the callbacks. memory_limit bounds heap plus ArrayBuffers, in bytes; it is at
// least 8 MiB.
hv8_isolate* hv8_isolate_new(hv8_snapshot* snapshot, int64_t memory_limit, uintptr_t host);
void hv8_isolate_dispose(hv8_isolate* isolate);
hv8_turn_result* hv8_isolate_result(hv8_isolate* isolate);

enum { HV8_MODULE_JS = 0, HV8_MODULE_WASM = 1 };

// Makes a module known under a name. The bytes are copied. cache may be NULL; V8
// trusts it, so that it must be what hv8_module_cache made of the same source.
void hv8_module_add(hv8_isolate* isolate, const char* name, size_t name_len,
                    int kind, const uint8_t* source, size_t source_len,
                    const uint8_t* cache, size_t cache_len);
// Lets the app make code of strings. No turn may be running.
void hv8_allow_eval(hv8_isolate* isolate);
// The compiled form of a module that has been imported (owned), or empty.
hv8_bytes hv8_module_cache(hv8_isolate* isolate, const char* name, size_t name_len);

// Runs one turn: hands in frames, runs JavaScript until the microtasks are
// drained, and leaves the outcome in the isolate's result. now is milliseconds
// since the epoch. seq names the turn for hv8_terminate.
void hv8_turn(hv8_isolate* isolate, const uint8_t* in, size_t in_len, double now,
              uint64_t seq);
// Ends the turn named seq if it is still running; otherwise does nothing. A turn
// that was asked to end reports HV8_TERMINATED, wherever it had got to.
void hv8_terminate(hv8_isolate* isolate, uint64_t seq);
// CPU time of the turn that is running, in ns, and its name; -1 when none is.
int64_t hv8_running_cpu(hv8_isolate* isolate, uint64_t* seq);
// Lowers the priority of the thread that runs the turn named seq, for good; 0 if that
// is over, or cannot be done.
int hv8_demote(hv8_isolate* isolate, uint64_t seq);
// Whether the calling thread has been demoted.
int hv8_thread_demoted(void);
// CPU time of the calling thread so far, in ns.
int64_t hv8_thread_cpu(void);
// Frees what V8 keeps of the calling thread, which is about to end. No turn runs on it.
void hv8_forget_thread(hv8_isolate* isolate);

// Figures of the last garbage collection (heap) and of this moment (external).
hv8_memory hv8_isolate_memory(hv8_isolate* isolate);
// Exact figures now; enters the isolate.
hv8_memory hv8_isolate_measure(hv8_isolate* isolate);
// Collects garbage as if memory were short.
void hv8_isolate_low_memory(hv8_isolate* isolate);

// The inspector session of an isolate (Chrome DevTools protocol, JSON): one at a
// time. V8 takes messages with hedgeInspectorNext: while execution is paused, in
// hv8_inspector_drain, and where hv8_inspector_interrupt finds JavaScript running.
// What V8 says comes through hedgeInspectorMessage.
hv8_session* hv8_inspector_connect(hv8_isolate* isolate, uintptr_t session);
void hv8_inspector_drain(hv8_isolate* isolate);
// Does not wait, and does not enter the isolate.
void hv8_inspector_interrupt(hv8_isolate* isolate);
// Before the isolate is disposed of.
void hv8_inspector_close(hv8_session* session);

// Implemented in Go.
extern void hedgeInspectorMessage(uintptr_t session, char* message, size_t len);
// The next message (malloc'ed, freed by the caller), or {NULL, 0} when there is
// none. With wait set it waits for one, and {NULL, 0} says that the session closes.
extern hv8_bytes hedgeInspectorNext(uintptr_t session, int wait);
// The name of the module that specifier means inside referrer (malloc'ed), or
// {NULL, 0} when there is none.
extern hv8_bytes hedgeResolve(uintptr_t host, char* specifier, size_t specifier_len,
                              char* referrer, size_t referrer_len);
// The value of import.meta.url for a module (malloc'ed), or {NULL, 0} for none.
extern hv8_bytes hedgeModuleURL(uintptr_t host, char* name, size_t name_len);

#ifdef __cplusplus
}
#endif

#endif  // HEDGE_V8_BINDING_H_
