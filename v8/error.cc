// Exceptions taken apart without running code of the app: no getter, proxy trap,
// toString or prepareStackTrace is called.
//
// The payload: name, message, source line; a count of frames, each function, file,
// line, column; a byte that says whether a cause follows, in the same form.
// Strings are a u32 of length and UTF-8, numbers u32, all little endian.
#include <string.h>

#include "internal.h"

namespace hedge {

namespace {

constexpr int kMaxFrames = 32;
constexpr int kMaxCauses = 4;
constexpr int kMaxPrototypes = 16;
constexpr size_t kMaxName = 1 << 10;
constexpr size_t kMaxText = 16 << 10;
constexpr size_t kMaxSourceLine = 512;

void Put32(std::string& out, uint32_t n) {
  char bytes[4] = {char(n), char(n >> 8), char(n >> 16), char(n >> 24)};
  out.append(bytes, 4);
}

void PutString(std::string& out, std::string_view text) {
  Put32(out, static_cast<uint32_t>(text.size()));
  out.append(text);
}

// A data property of an object that is no proxy. The descriptor inherits from
// Object.prototype, where an app may have put a getter: only its own count.
v8::Local<v8::Value> OwnValue(v8::Local<v8::Context> context, v8::Local<v8::Object> object,
                              const char* key) {
  v8::Isolate* isolate = context->GetIsolate();
  v8::Local<v8::Value> descriptor;
  if (!object->GetOwnPropertyDescriptor(context, NewString(isolate, key)).ToLocal(&descriptor) ||
      !descriptor->IsObject()) {
    return {};
  }
  v8::Local<v8::Object> parts = descriptor.As<v8::Object>();
  v8::Local<v8::String> name = NewString(isolate, "value");
  v8::Local<v8::Value> value;
  if (!parts->HasOwnProperty(context, name).FromMaybe(false) ||
      !parts->Get(context, name).ToLocal(&value)) {
    return {};
  }
  return value;
}

v8::Local<v8::Value> InheritedValue(v8::Local<v8::Context> context, v8::Local<v8::Value> holder,
                                    const char* key) {
  for (int i = 0; i < kMaxPrototypes && holder->IsObject() && !holder->IsProxy(); i++) {
    v8::Local<v8::Object> object = holder.As<v8::Object>();
    v8::Local<v8::Value> value = OwnValue(context, object, key);
    if (!value.IsEmpty()) return value;
    holder = object->GetPrototypeV2();
  }
  return {};
}

std::string WithoutPrefix(std::string text) {
  constexpr std::string_view kUncaught = "Uncaught ";
  if (text.rfind(kUncaught, 0) == 0) text.erase(0, kUncaught.size());
  return text;
}

struct Names {
  std::string name, message;
};

Names NamesOf(v8::Local<v8::Context> context, v8::Local<v8::Value> error,
              v8::Local<v8::Message> message) {
  v8::Isolate* isolate = context->GetIsolate();
  if (error->IsNativeError()) {
    std::string name = ToString(isolate, InheritedValue(context, error, "name"), kMaxName);
    // A subclass that does not set its name inherits this one.
    if (name.empty() || name == "Error") {
      name = ToString(isolate, error.As<v8::Object>()->GetConstructorName(), kMaxName);
    }
    return {name, ToString(isolate, InheritedValue(context, error, "message"), kMaxText)};
  }
  return {"", WithoutPrefix(ToString(isolate, message->Get(), kMaxText))};
}

void PutFrame(std::string& out, v8::Isolate* isolate, const std::string& function,
              v8::Local<v8::Value> file, int line, int column) {
  PutString(out, function);
  PutString(out, ToString(isolate, file, kMaxName));
  Put32(out, line > 0 ? line : 0);
  Put32(out, column > 0 ? column : 0);
}

// Where a message says that the error is, if it does.
void PutPlace(std::string& out, v8::Local<v8::Context> context, v8::Local<v8::Message> message) {
  int line = message->GetLineNumber(context).FromMaybe(0);
  Put32(out, line > 0);
  if (line == 0) return;
  PutFrame(out, context->GetIsolate(), "", message->GetScriptResourceName(), line,
           message->GetStartColumn(context).FromMaybe(0) + 1);
}

void PutStack(std::string& out, v8::Isolate* isolate, v8::Local<v8::StackTrace> stack) {
  int count = std::min(stack->GetFrameCount(), kMaxFrames);
  Put32(out, count);
  for (int i = 0; i < count; i++) {
    v8::Local<v8::StackFrame> frame = stack->GetFrame(isolate, i);
    PutFrame(out, isolate, ToString(isolate, frame->GetFunctionName(), kMaxName),
             frame->GetScriptName(), frame->GetLineNumber(), frame->GetColumn());
  }
}

// What says best where an exception comes from.
enum class Place { kNone, kMessage, kStack };

// Whether a message is about a source that has a name. What JSON.parse was given has none.
bool IsNamed(v8::Local<v8::Message> message) {
  v8::Local<v8::Value> name = message->GetScriptResourceName();
  return name->IsString() && name.As<v8::String>()->Length() > 0;
}

// A message says where a SyntaxError is, whose stack shows at most who imported the
// source, and where a value was thrown that has no stack. Of a value that was not
// caught here but handed in, V8 says where it was handed in: thrown is false. Nobody
// finds a place in a source without a name.
Place PlaceOf(v8::Local<v8::Context> context, v8::Local<v8::Message> message,
              v8::Local<v8::StackTrace> stack, bool is_syntax_error, bool thrown) {
  bool has_stack = !stack.IsEmpty() && stack->GetFrameCount() > 0;
  if (!IsNamed(message)) return has_stack ? Place::kStack : Place::kNone;
  if (!has_stack) return thrown || is_syntax_error ? Place::kMessage : Place::kNone;
  if (!is_syntax_error) return Place::kStack;
  v8::Local<v8::StackFrame> top = stack->GetFrame(context->GetIsolate(), 0);
  bool same = top->GetLineNumber() == message->GetLineNumber(context).FromMaybe(0) &&
              message->GetScriptResourceName()->StrictEquals(top->GetScriptName());
  return same ? Place::kStack : Place::kMessage;
}

void Describe(std::string& out, v8::Local<v8::Context> context, v8::Local<v8::Value> error,
              v8::Local<v8::Message> message, const Names& names, bool thrown, int causes) {
  v8::Isolate* isolate = context->GetIsolate();
  v8::Local<v8::StackTrace> stack;
  if (error->IsObject()) stack = v8::Exception::GetStackTrace(error);
  bool is_error = error->IsNativeError();
  Place place = PlaceOf(context, message, stack, is_error && names.name == "SyntaxError", thrown);
  v8::Local<v8::String> line;
  bool has_line = place != Place::kNone && IsNamed(message) &&
                  message->GetSourceLine(context).ToLocal(&line);
  PutString(out, names.name);
  PutString(out, names.message);
  PutString(out, has_line ? ToString(isolate, line, kMaxSourceLine) : "");
  if (place == Place::kStack) {
    PutStack(out, isolate, stack);
  } else if (place == Place::kMessage) {
    PutPlace(out, context, message);
  } else {
    Put32(out, 0);
  }
  v8::Local<v8::Value> cause;
  if (causes > 0 && is_error) cause = OwnValue(context, error.As<v8::Object>(), "cause");
  if (cause.IsEmpty() || cause->IsUndefined()) {
    out.push_back(0);
    return;
  }
  out.push_back(1);
  v8::Local<v8::Message> why = v8::Exception::CreateMessage(isolate, cause);
  Describe(out, context, cause, why, NamesOf(context, cause, why), false, causes - 1);
}

}  // namespace

std::string DescribeError(v8::Local<v8::Context> context, v8::Local<v8::Value> error,
                          v8::Local<v8::Value> name, v8::Local<v8::Value> message) {
  v8::Isolate* isolate = context->GetIsolate();
  v8::TryCatch quiet(isolate);
  v8::Local<v8::Message> place = v8::Exception::CreateMessage(isolate, error);
  Names names = NamesOf(context, error, place);
  if (!name.IsEmpty() && name->IsString()) names.name = ToString(isolate, name, kMaxName);
  if (!message.IsEmpty() && message->IsString()) names.message = ToString(isolate, message, kMaxText);
  std::string out;
  Describe(out, context, error, place, names, false, kMaxCauses);
  return out;
}

std::string DescribeCaught(v8::Local<v8::Context> context, const v8::TryCatch& caught) {
  v8::Isolate* isolate = context->GetIsolate();
  v8::Local<v8::Value> error = caught.Exception();
  if (error.IsEmpty()) error = v8::Null(isolate);
  v8::Local<v8::Message> place = caught.Message();
  if (place.IsEmpty()) place = v8::Exception::CreateMessage(isolate, error);
  std::string out;
  Describe(out, context, error, place, NamesOf(context, error, place), true, kMaxCauses);
  return out;
}

}  // namespace hedge
