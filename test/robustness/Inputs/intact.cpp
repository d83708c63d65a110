// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles, and has findings of every kind; test_bad_input.py breaks copies.
#include <pthread.h>
#include <unistd.h>

/* BREAK at the top level */
namespace store {

template <class Mutex> class Guard {
public:
  explicit Guard(Mutex &M) : M(M) { pthread_mutex_lock(&M.Native); }
  ~Guard() { pthread_mutex_unlock(&M.Native); }
  Guard(const Guard &) = delete;

private:
  Mutex &M;
};

struct Lock {
  pthread_mutex_t Native = PTHREAD_MUTEX_INITIALIZER;
};

struct Error {
  int Code;
  /* BREAK in a class */
};

class Shield {
public:
  Shield() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old); }
  ~Shield() { pthread_setcancelstate(Old, nullptr); }

private:
  int Old = 0;
};

static void unlock(void *M) {
  pthread_mutex_unlock(static_cast<pthread_mutex_t *>(M));
}

template <class F> int shielded(F Body) {
  int Old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &Old);
  /* BREAK in a template */
  const int Result = Body();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
  return Result;
}

int save(Lock &L, int File) {
  Shield S;
  Guard<Lock> G(L);
  auto Write = [&](char C) {
    /* BREAK in a lambda */
    if (write(File, &C, 1) != 1)
      throw Error{File};
    return 1;
  };
  try {
    return shielded([&] { return Write('x'); });
  } catch (const Error &E) {
    /* BREAK in a handler */
    return E.Code;
  }
}

void swapped() {
  int Old;
  pthread_setcanceltype(PTHREAD_CANCEL_DISABLE, &Old);
  pthread_setcanceltype(Old, nullptr);
}

int skips(Lock &L) {
  int Status = 0;
  pthread_mutex_lock(&L.Native);
  pthread_cleanup_push(unlock, &L.Native);
  if (getpid() == 1)
    return 1;
  Status = getppid();
  pthread_cleanup_pop(1);
  return Status;
}

void busy(Lock &L) {
  int Old;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &Old);
  Guard<Lock> G(L);
  pthread_setcanceltype(Old, nullptr);
}

struct Worker {
  pthread_t Id{};
  Lock L;
  static void *run(void *Argument) {
    auto *W = static_cast<Worker *>(Argument);
    while (save(W->L, 1) > 0)
      busy(W->L);
    return nullptr;
  }
  int start() { return pthread_create(&Id, nullptr, run, this); }
  void stop() { pthread_cancel(Id); }
};

} // namespace store
