// One debugger session of an isolate, speaking the Chrome DevTools protocol.
#include "internal.h"

struct hv8_session : public v8_inspector::V8Inspector::Channel {
  hv8_isolate* owner;
  uintptr_t id;
  std::unique_ptr<v8_inspector::V8InspectorSession> session;

  hv8_session(hv8_isolate* owner, uintptr_t id) : owner(owner), id(id) {}
  void sendResponse(int, std::unique_ptr<v8_inspector::StringBuffer> message) override {
    Send(*message);
  }
  void sendNotification(std::unique_ptr<v8_inspector::StringBuffer> message) override {
    Send(*message);
  }
  void flushProtocolNotifications() override {}

 private:
  void Send(const v8_inspector::StringBuffer& message);
};

namespace hedge {

namespace {

constexpr int kGroup = 1;

std::string ToUtf8(v8::Isolate* isolate, v8_inspector::StringView view) {
  v8::Local<v8::String> text;
  int length = static_cast<int>(view.length());
  v8::MaybeLocal<v8::String> made =
      view.is8Bit() ? v8::String::NewFromOneByte(isolate, view.characters8(),
                                                 v8::NewStringType::kNormal, length)
                    : v8::String::NewFromTwoByte(isolate, view.characters16(),
                                                 v8::NewStringType::kNormal, length);
  return made.ToLocal(&text) ? ToString(isolate, text) : "";
}

void Dispatch(hv8_session* s, std::string_view message) {
  v8::Isolate* isolate = s->owner->isolate;
  v8::Local<v8::String> text = NewString(isolate, message);
  std::vector<uint16_t> units(text->Length());
  text->WriteV2(isolate, 0, text->Length(), units.data());
  s->session->dispatchProtocolMessage(v8_inspector::StringView(units.data(), units.size()));
}

// Takes the messages that wait, if there is a session.
void Drain(hv8_isolate* h) {
  while (h->session != nullptr) {
    hv8_bytes message = hedgeInspectorNext(h->session->id, 0);
    if (message.data == nullptr) return;
    Dispatch(h->session, {reinterpret_cast<char*>(message.data), message.len});
    free(message.data);
  }
}

class Client : public v8_inspector::V8InspectorClient {
 public:
  explicit Client(hv8_isolate* owner) : owner_(owner) {}

  // Keeps V8's thread here, answering the debugger, until it says to go on.
  void runMessageLoopOnPause(int) override {
    paused_ = true;
    while (paused_ && owner_->session != nullptr) {
      hv8_bytes message = hedgeInspectorNext(owner_->session->id, 1);
      if (message.data == nullptr) {
        owner_->session->session->setSkipAllPauses(true);
        owner_->session->session->resume();
        break;
      }
      Dispatch(owner_->session, {reinterpret_cast<char*>(message.data), message.len});
      free(message.data);
    }
    paused_ = false;
  }
  void quitMessageLoopOnPause() override { paused_ = false; }
  v8::Local<v8::Context> ensureDefaultContextInGroup(int) override {
    return owner_->context.Get(owner_->isolate);
  }
  double currentTimeMS() override { return owner_->control->now; }

 private:
  hv8_isolate* owner_;
  bool paused_ = false;
};

void StartInspector(hv8_isolate* h, v8::Local<v8::Context> context) {
  if (h->inspector != nullptr) return;
  h->inspector_client = std::make_unique<Client>(h);
  h->inspector = v8_inspector::V8Inspector::create(h->isolate, h->inspector_client.get());
  static constexpr uint8_t kName[] = {'a', 'p', 'p'};
  h->inspector->contextCreated(v8_inspector::V8ContextInfo(
      context, kGroup, v8_inspector::StringView(kName, sizeof(kName))));
}

}  // namespace

void CloseInspector(hv8_isolate* h) {
  if (h->inspector == nullptr) return;
  h->inspector->contextDestroyed(h->context.Get(h->isolate));
  h->inspector.reset();
  h->inspector_client.reset();
}

}  // namespace hedge

void hv8_session::Send(const v8_inspector::StringBuffer& message) {
  v8::HandleScope handles(owner->isolate);
  std::string text = hedge::ToUtf8(owner->isolate, message.string());
  hedgeInspectorMessage(id, text.data(), text.size());
}

hv8_session* hv8_inspector_connect(hv8_isolate* h, uintptr_t id) {
  hedge::Entered entered(h);
  hedge::StartInspector(h, entered.context);
  hv8_session* s = new hv8_session(h, id);
  s->session = h->inspector->connect(hedge::kGroup, s, v8_inspector::StringView(),
                                     v8_inspector::V8Inspector::kFullyTrusted);
  h->session = s;
  return s;
}

void hv8_inspector_interrupt(hv8_isolate* h) {
  h->isolate->RequestInterrupt(
      [](v8::Isolate*, void* data) { hedge::Drain(static_cast<hv8_isolate*>(data)); }, h);
}

void hv8_inspector_drain(hv8_isolate* h) {
  hedge::Entered entered(h);
  hedge::Drain(h);
  h->isolate->PerformMicrotaskCheckpoint();
}

void hv8_inspector_close(hv8_session* s) {
  hedge::Entered entered(s->owner);
  s->owner->session = nullptr;
  delete s;
}
