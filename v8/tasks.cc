// When what V8 puts off is done.
#include "internal.h"

namespace hedge {

namespace {
// What is kept for the end of this thread's Farewell, or nullptr outside of one.
thread_local std::vector<std::unique_ptr<v8::Task>>* kept = nullptr;

// An isolate's queue, but that nothing is put off with it during a Farewell.
class Queue final : public v8::TaskRunner {
 public:
  explicit Queue(std::shared_ptr<v8::TaskRunner> base) : base_(std::move(base)) {}

  bool IdleTasksEnabled() override { return base_->IdleTasksEnabled(); }
  bool NonNestableTasksEnabled() const override { return base_->NonNestableTasksEnabled(); }
  bool NonNestableDelayedTasksEnabled() const override {
    return base_->NonNestableDelayedTasksEnabled();
  }

 protected:
  void PostTaskImpl(std::unique_ptr<v8::Task> task, const v8::SourceLocation& location) override {
    base_->PostTask(std::move(task), location);
  }
  void PostNonNestableTaskImpl(std::unique_ptr<v8::Task> task,
                               const v8::SourceLocation& location) override {
    base_->PostNonNestableTask(std::move(task), location);
  }
  void PostDelayedTaskImpl(std::unique_ptr<v8::Task> task, double delay,
                           const v8::SourceLocation& location) override {
    if (kept != nullptr) {
      kept->push_back(std::move(task));
    } else {
      base_->PostDelayedTask(std::move(task), delay, location);
    }
  }
  void PostNonNestableDelayedTaskImpl(std::unique_ptr<v8::Task> task, double delay,
                                      const v8::SourceLocation& location) override {
    base_->PostNonNestableDelayedTask(std::move(task), delay, location);
  }
  void PostIdleTaskImpl(std::unique_ptr<v8::IdleTask> task,
                        const v8::SourceLocation& location) override {
    base_->PostIdleTask(std::move(task), location);
  }

 private:
  std::shared_ptr<v8::TaskRunner> base_;
};
}  // namespace

std::shared_ptr<v8::TaskRunner> NewQueue(std::shared_ptr<v8::TaskRunner> base) {
  return std::make_shared<Queue>(std::move(base));
}

Farewell::Farewell() { kept = &tasks_; }

Farewell::~Farewell() {
  kept = nullptr;
  for (auto& task : tasks_) task->Run();
}

}  // namespace hedge
