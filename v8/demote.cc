// Lowering the priority of a thread that has run one turn for long.
#include "internal.h"

#ifdef __linux__
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hedge {

namespace {

// How nice a demoted thread is: of a core that others want too, it gets a ninth of what
// they get.
constexpr int kDemoted = 10;

thread_local bool demoted = false;

// A thread may lower its own priority whatever it is confined to, and no other's. It
// may be inside of V8, which need not notice.
void DemoteSelf(int) {
  int kept = errno;
  if (setpriority(PRIO_PROCESS, 0, kDemoted) == 0) demoted = true;
  errno = kept;
}

// The signal that asks for it: one that neither Go nor V8 uses.
int Signal() {
  static const int number = [] {
    int n = SIGRTMIN + 6;
    struct sigaction action = {};
    action.sa_handler = DemoteSelf;
    action.sa_flags = SA_ONSTACK | SA_RESTART;
    sigfillset(&action.sa_mask);
    return sigaction(n, &action, nullptr) == 0 ? n : 0;
  }();
  return number;
}

}  // namespace

int64_t ThisThread() {
  thread_local const int64_t id = syscall(SYS_gettid);
  return id;
}

}  // namespace hedge

int hv8_demote(hv8_isolate* h, uint64_t seq) {
  std::lock_guard<std::mutex> lock(h->watch);
  if (h->seq != seq || seq == 0 || hedge::Signal() == 0) return 0;
  return syscall(SYS_tgkill, getpid(), h->thread, hedge::Signal()) == 0;
}

int hv8_thread_demoted() { return hedge::demoted; }

#else

int64_t hedge::ThisThread() { return 0; }
int hv8_demote(hv8_isolate*, uint64_t) { return 0; }
int hv8_thread_demoted() { return 0; }

#endif

void hv8_forget_thread(hv8_isolate* h) { h->isolate->DiscardThreadSpecificMetadata(); }
