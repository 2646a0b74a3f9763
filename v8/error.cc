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
constexpr size_t kMaxText = 16 << 10;
constexpr size_t kMaxSourceLine = 512;

void Put32(std::string& out, uint32_t n) {
  char bytes[4] = {char(n), char(n >> 8), char(n >> 16), char(n >> 24)};
  out.append(bytes, 4);
}

void PutString(std::string& out, std::string_view text, size_t most = kMaxText) {
  if (text.size() > most) {
    text = text.substr(0, most);
    while (!text.empty() && (text.back() & 0xC0) == 0x80) text.remove_suffix(1);
    if (!text.empty() && (text.back() & 0x80)) text.remove_suffix(1);
  }
  Put32(out, static_cast<uint32_t>(text.size()));
  out.append(text);
}

// A data property of an object that is no proxy.
v8::Local<v8::Value> OwnValue(v8::Local<v8::Context> context, v8::Local<v8::Object> object,
                              const char* key) {
  v8::Isolate* isolate = context->GetIsolate();
  v8::Local<v8::Value> descriptor;
  if (!object->GetOwnPropertyDescriptor(context, NewString(isolate, key)).ToLocal(&descriptor) ||
      !descriptor->IsObject()) {
    return {};
  }
  v8::Local<v8::Value> value;
  if (!descriptor.As<v8::Object>()
           ->GetRealNamedProperty(context, NewString(isolate, "value"))
           .ToLocal(&value)) {
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
  if (!error.IsEmpty() && error->IsNativeError()) {
    v8::Local<v8::Value> name = InheritedValue(context, error, "name");
    v8::Local<v8::Value> text = InheritedValue(context, error, "message");
    return {ToString(isolate, name), ToString(isolate, text)};
  }
  return {"", WithoutPrefix(ToString(isolate, message->Get()))};
}

void PutFrame(std::string& out, v8::Isolate* isolate, const std::string& function,
              v8::Local<v8::Value> file, int line, int column) {
  PutString(out, function);
  PutString(out, ToString(isolate, file));
  Put32(out, line > 0 ? line : 0);
  Put32(out, column > 0 ? column : 0);
}

void PutFrames(std::string& out, v8::Local<v8::Context> context, v8::Local<v8::Message> message,
               v8::Local<v8::StackTrace> stack) {
  v8::Isolate* isolate = context->GetIsolate();
  int count = stack.IsEmpty() ? 0 : std::min(stack->GetFrameCount(), kMaxFrames);
  if (count > 0) {
    Put32(out, count);
    for (int i = 0; i < count; i++) {
      v8::Local<v8::StackFrame> frame = stack->GetFrame(isolate, i);
      PutFrame(out, isolate, ToString(isolate, frame->GetFunctionName()), frame->GetScriptName(),
               frame->GetLineNumber(), frame->GetColumn());
    }
    return;
  }
  int line = message->GetLineNumber(context).FromMaybe(0);
  if (line == 0) {
    Put32(out, 0);
    return;
  }
  Put32(out, 1);
  PutFrame(out, isolate, "", message->GetScriptResourceName(), line,
           message->GetStartColumn(context).FromMaybe(0) + 1);
}

void Describe(std::string& out, v8::Local<v8::Context> context, v8::Local<v8::Value> error,
              v8::Local<v8::Message> message, const Names& names, int causes) {
  v8::Isolate* isolate = context->GetIsolate();
  PutString(out, names.name);
  PutString(out, names.message);
  v8::Local<v8::String> line;
  bool has_line = message->GetSourceLine(context).ToLocal(&line);
  PutString(out, has_line ? ToString(isolate, line) : "", kMaxSourceLine);
  v8::Local<v8::StackTrace> stack;
  if (!error.IsEmpty() && error->IsObject()) stack = v8::Exception::GetStackTrace(error);
  // A SyntaxError's place is in its message; its stack shows who imported it.
  bool syntax = names.name == "SyntaxError" && message->GetLineNumber(context).FromMaybe(0) > 0;
  PutFrames(out, context, message, syntax ? v8::Local<v8::StackTrace>() : stack);
  v8::Local<v8::Value> cause;
  if (causes > 0 && !error.IsEmpty() && error->IsNativeError()) {
    cause = OwnValue(context, error.As<v8::Object>(), "cause");
  }
  if (cause.IsEmpty() || cause->IsUndefined()) {
    out.push_back(0);
    return;
  }
  out.push_back(1);
  v8::Local<v8::Message> why = v8::Exception::CreateMessage(isolate, cause);
  Describe(out, context, cause, why, NamesOf(context, cause, why), causes - 1);
}

}  // namespace

std::string DescribeError(v8::Local<v8::Context> context, v8::Local<v8::Value> error,
                          v8::Local<v8::Value> name, v8::Local<v8::Value> message) {
  v8::Isolate* isolate = context->GetIsolate();
  v8::TryCatch quiet(isolate);
  v8::Local<v8::Message> place = v8::Exception::CreateMessage(isolate, error);
  Names names = NamesOf(context, error, place);
  if (!name.IsEmpty() && name->IsString()) names.name = ToString(isolate, name);
  if (!message.IsEmpty() && message->IsString()) names.message = ToString(isolate, message);
  std::string out;
  Describe(out, context, error, place, names, kMaxCauses);
  return out;
}

std::string DescribeCaught(v8::Local<v8::Context> context, const v8::TryCatch& caught) {
  v8::Local<v8::Value> error = caught.Exception();
  v8::Local<v8::Message> place = caught.Message();
  if (place.IsEmpty()) place = v8::Exception::CreateMessage(context->GetIsolate(), error);
  std::string out;
  Describe(out, context, error, place, NamesOf(context, error, place), kMaxCauses);
  return out;
}

}  // namespace hedge
