/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the files of the library share. Not installed. Names: thread_stop_i_
 * is internal and hidden.
 *
 * The protocol, in short:
 *   requester: store stop; then, under the lock of the target's bucket and if
 *              the target is in the registry, send the wake-up.
 *   target:    test stop; then wait with the signal let in atomically; then
 *              test stop.
 * The signal stays pending while it is blocked, so no order of these steps
 * loses it. A thread takes itself out of the registry under the same lock
 * before it ends, so no signal goes to a thread that is gone.
 */

#ifndef THREAD_STOP_INTERNAL_H
#define THREAD_STOP_INTERNAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "thread_stop.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

/* In the two-file form all of it is one translation unit. */
#ifdef THREAD_STOP_AMALGAMATED
#define INTERNAL static
#define INTERNAL_DATA static
#else
#define INTERNAL __attribute__((visibility("hidden")))
#define INTERNAL_DATA extern INTERNAL
#endif

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#if defined(__SANITIZE_THREAD__)
#define THREAD_STOP_I_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREAD_STOP_I_TSAN 1
#endif
#endif
#ifndef THREAD_STOP_I_TSAN
#define THREAD_STOP_I_TSAN 0
#endif

/* For code that runs where no other thread can be, as after fork(). */
#if THREAD_STOP_I_TSAN
#define THREAD_STOP_I_ALONE __attribute__((no_sanitize("thread")))
#else
#define THREAD_STOP_I_ALONE
#endif

/* --- Locks (lock.c) ------------------------------------------------------- */

/* A mutex of our own, because a pthread_mutex_t must not be used in a signal
 * handler. 0 free, 1 taken, 2 taken and somebody waits. */
typedef struct thread_stop_i_lock {
  atomic_int word;
} thread_stop_i_lock;

/* Locks that a signal handler also takes: all signals are blocked meanwhile,
 * so that the holder cannot be interrupted by such a handler, and is done
 * after a few instructions. */
INTERNAL void thread_stop_i_lock_masked(thread_stop_i_lock *lock,
                                        sigset_t *old);
INTERNAL void thread_stop_i_unlock_masked(thread_stop_i_lock *lock,
                                          const sigset_t *old);
/* Locks that are taken outside of handlers only. */
INTERNAL void thread_stop_i_lock_plain(thread_stop_i_lock *lock);
INTERNAL void thread_stop_i_unlock_plain(thread_stop_i_lock *lock);

/* Sleeps while *word == value; may return early. timeout_ns < 0: for ever. */
INTERNAL void thread_stop_i_futex_wait(atomic_int *word, int value,
                                       int64_t timeout_ns);
INTERNAL void thread_stop_i_futex_wake(atomic_int *word, int count);

/* --- Blocks --------------------------------------------------------------- */

/* A wait that a signal or an eventfd alone cannot end: in a condition variable
 * or a semaphore. Lives on the waiter's stack; see waker.c. */
struct thread_stop_i_wait {
  pthread_cond_t *condition; /* NULL: a semaphore */
  pthread_mutex_t *mutex;
  struct thread_stop_i_block *block;
  /* Under waker.lock: */
  struct thread_stop_i_wait *next, *previous;
  bool queued;
  bool leaving; /* the waiter wants to be told when busy ends */
  int attempts;
  int64_t due; /* not to be looked at before */
  /* The waker uses condition and mutex: the waiter must not leave. */
  atomic_int busy;
};

enum { THREAD_STOP_I_KINDS = 8 };

/* block.lent, if it is no descriptor. */
enum { THREAD_STOP_I_NOT_LENT = -1, THREAD_STOP_I_REPLACING = -2 };

/* One for each attached thread. */
typedef struct thread_stop_i_block {
  atomic_bool stop;
  atomic_int references; /* the thread, the registry, its creator */
  _Atomic(struct thread_stop_i_wait *) wait;
  atomic_int lent; /* what a request replaces by eventfd; see registry.c */
  /* From the creator to the thread: */
  void *(*start)(void *);
  void *argument;
  pthread_t *id_out;
  atomic_int id_state; /* of *id_out; see thread.c */
  /* Under the lock of the bucket: */
  struct thread_stop_i_block *next;
  pthread_t thread;
  pid_t tid; /* 0 until the thread runs; then it sees the flag by itself */
  bool registered;
  bool dead;
  /* Of the thread itself: */
  int eventfd; /* with a signal, -1 until something is lent */
  unsigned no_sockets[THREAD_STOP_I_KINDS]; /* see io.c */
  int depth;                                /* of thread_stop_attach() */
  int destructor_rounds;
  bool was_blocked; /* the signal, before the thread was attached */
} thread_stop_i_block;

INTERNAL thread_stop_i_block *thread_stop_i_block_new(int *error);
INTERNAL void thread_stop_i_block_release(thread_stop_i_block *block);

/* --- Process-wide state (control.c, init.c) ------------------------------- */

enum { THREAD_STOP_I_BUCKETS = 4096, THREAD_STOP_I_FD_SLOTS = 64 };

typedef struct thread_stop_i_bucket {
  thread_stop_i_lock lock;
  thread_stop_i_block *first;
} thread_stop_i_bucket;

/* Which descriptors of this slot are in use; see thread_stop_i_polled(). */
typedef struct thread_stop_i_fd_slot {
  thread_stop_i_lock lock; /* plain; never held for long */
  struct thread_stop_i_fd_use *first;
  int waiting;
  atomic_int ends; /* a futex */
} thread_stop_i_fd_slot;

struct thread_stop_i_waker {
  thread_stop_i_lock lock;       /* masked; may be taken under a bucket's */
  thread_stop_i_lock start_lock; /* masked */
  struct thread_stop_i_wait *first, *last;
  atomic_int posts;   /* a futex */
  atomic_int running; /* see waker.c */
};

/* All copies of the library in a process share the one of the first copy. */
typedef struct thread_stop_i_state {
  uint32_t abi;
  uint32_t size;
  /* The thread's block, as the first copy keeps it. */
  thread_stop_i_block **(*slot)(void);
  thread_stop_i_lock init_lock; /* masked */
  atomic_int signal; /* 0: not chosen yet; THREAD_STOP_EVENTFD; a number */
  bool debug;
  bool has_key, has_atfork;
  pthread_key_t key;
  atomic_int attached;
  struct thread_stop_i_waker waker;
  thread_stop_i_lock helpers_lock; /* waitpid.c; plain */
  struct thread_stop_i_helper *helpers;
  thread_stop_i_fd_slot fd_slots[THREAD_STOP_I_FD_SLOTS]; /* fd.c */
  thread_stop_i_bucket buckets[THREAD_STOP_I_BUCKETS];
} thread_stop_i_state;

INTERNAL_DATA thread_stop_i_state *thread_stop_i_global;
INTERNAL_DATA bool thread_stop_i_foreign;

/* Initial-exec: no call of the dynamic linker, which might allocate, in a
 * signal handler. 8 bytes, because a library that is loaded at run time has
 * only a small reserve of this kind. */
INTERNAL_DATA __thread thread_stop_i_block *thread_stop_i_tls
    __attribute__((tls_model("initial-exec")));

/* The calling thread's block, or NULL if it is not attached. */
static inline thread_stop_i_block *thread_stop_i_self(void) {
  if (LIKELY(!thread_stop_i_foreign))
    return thread_stop_i_tls;
  return *thread_stop_i_global->slot();
}

static inline void thread_stop_i_set_self(thread_stop_i_block *block) {
  *thread_stop_i_global->slot() = block;
}

static inline bool thread_stop_i_stopped(const thread_stop_i_block *block) {
  return atomic_load_explicit(&block->stop, memory_order_acquire);
}

/* Finds the state that all copies share. Runs before main, or on first use. */
INTERNAL void thread_stop_i_claim(void);
/* Initialises with thread_stop_init(0) unless it is done. */
INTERNAL int thread_stop_i_ensure_init(void);
/* The signal in use, or THREAD_STOP_EVENTFD. Only after initialisation. */
static inline int thread_stop_i_signal(void) {
  return atomic_load_explicit(&thread_stop_i_global->signal,
                              memory_order_acquire);
}

/* --- Registry (registry.c) ------------------------------------------------ */

/* Puts the block in, unless it is in, or its thread is at its end already. */
INTERNAL void thread_stop_i_register(thread_stop_i_block *block,
                                     pthread_t thread, pid_t tid);
INTERNAL void thread_stop_i_unregister(thread_stop_i_block *block);
/* After fork(), in the child. */
INTERNAL void thread_stop_i_forget_others(thread_stop_i_block *self);
/* The destructor of the thread-specific key. */
INTERNAL void thread_stop_i_thread_exit(void *block);
INTERNAL void thread_stop_i_fork_child(void);
/* One eventfd for the block in eventfd mode. 0 or an error number. */
INTERNAL int thread_stop_i_open_eventfd(thread_stop_i_block *block);
/* Until it is taken back, a request makes fd, a copy that the caller has made,
 * useless, and the signal is let in. False if nothing is lent: there is a stop
 * already (ECANCELED), or no descriptor is left (EMFILE and others). */
INTERNAL bool thread_stop_i_lend(thread_stop_i_block *block, int fd,
                                 sigset_t *old);
INTERNAL void thread_stop_i_take_back(thread_stop_i_block *block,
                                      const sigset_t *old);

/* --- The waker (waker.c) -------------------------------------------------- */

/* A detached thread of the library's own: small stack, all signals blocked. */
INTERNAL int thread_stop_i_start_thread(void *(*run)(void *), void *argument);
/* Starts the waker's thread unless it runs. Returns 0 or an error number. */
INTERNAL int thread_stop_i_waker_ensure(void);
/* Hands the wait that the block is in, if any, to the waker. From request. */
INTERNAL void thread_stop_i_waker_queue(thread_stop_i_block *block);
/* Makes the waker look whether it is still needed. */
INTERNAL void thread_stop_i_waker_post(void);
/* The waiter's side. Enter returns false if a stop is requested already, and
 * then has not entered. Leave: the mutex, if there is one, is held by the
 * caller, and is given back for a moment if the waker needs it. */
INTERNAL bool thread_stop_i_wait_enter(struct thread_stop_i_wait *wait,
                                       thread_stop_i_block *block,
                                       pthread_cond_t *condition,
                                       pthread_mutex_t *mutex);
INTERNAL void thread_stop_i_wait_leave(struct thread_stop_i_wait *wait);

/* --- Time (wait.c) -------------------------------------------------------- */

/* Deadlines: nanoseconds of CLOCK_MONOTONIC. */
#define THREAD_STOP_I_FOREVER INT64_MAX
INTERNAL int64_t thread_stop_i_now(void);
INTERNAL int64_t thread_stop_i_deadline(const struct timespec *duration);
INTERNAL int64_t thread_stop_i_deadline_ms(int milliseconds);
INTERNAL void thread_stop_i_left(int64_t deadline, struct timespec *left);
INTERNAL bool thread_stop_i_valid(const struct timespec *time);

/* --- Waiting (wait.c) ----------------------------------------------------- */

/* ppoll() that a stop ends: -1 with ECANCELED. mask NULL: the thread's own. */
INTERNAL int thread_stop_i_ppoll(thread_stop_i_block *block, struct pollfd *fds,
                                 nfds_t count, int64_t deadline,
                                 const sigset_t *mask);
/* The mask to wait with: the thread's, or the one given, without the signal.
 * The signal is blocked in the thread afterwards, whoever unblocked it. The
 * stop flag must be tested after this. */
INTERNAL void thread_stop_i_wait_mask(const sigset_t *mask, sigset_t *result);
/* Waits for one descriptor. 0, or -1 with ECANCELED, EINTR, or EAGAIN at the
 * deadline. */
INTERNAL int thread_stop_i_wait_fd(thread_stop_i_block *block, int fd,
                                   short events, int64_t deadline);
/* Waits for no descriptor. errno is then ECANCELED, EINTR, or EAGAIN at the
 * deadline. */
INTERNAL void thread_stop_i_wait_stop(thread_stop_i_block *block,
                                      int64_t deadline);
static inline int thread_stop_i_canceled(void) {
  errno = ECANCELED;
  return -1;
}

/* A call that may have been ended by another signal: a stop that has come as
 * well, perhaps from that signal's handler, counts more. */
static inline ssize_t thread_stop_i_ended(const thread_stop_i_block *block,
                                          ssize_t result) {
  if (result == -1 && errno == EINTR && thread_stop_i_stopped(block))
    errno = ECANCELED;
  return result;
}

/* Trap: all that we call are cancellation points. They run with cancellation
 * disabled: a cancel must not leave them with our locks held, and a call that
 * is a point now and then could not be used with it. */
static inline int thread_stop_i_enter(void) {
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  return old;
}
static inline void thread_stop_i_leave(int old) {
  pthread_setcancelstate(old, &old);
}

/* close() that is no cancellation point and keeps errno. */
INTERNAL void thread_stop_i_close(int fd);

/* --- Descriptors (fd.c) --------------------------------------------------- */

/* An operation that is tried until it need not wait. */
typedef struct thread_stop_i_op {
  /* One try, which must not block. -1 with EAGAIN: it would have. */
  ssize_t (*attempt)(struct thread_stop_i_op *op);
  int fd;
  short events;       /* what to wait for when an attempt gives EAGAIN */
  int timeout_option; /* SO_RCVTIMEO or SO_SNDTIMEO */
  bool pipe;          /* known to be one, which saves a question */
  /* Found out before the first wait, for all waits of the operation: */
  bool prepared;
  bool may_wait;  /* no O_NONBLOCK */
  bool wrong_end; /* not open for this: poll() would wait for ever */
  bool socket;
  int64_t deadline;
} thread_stop_i_op;

INTERNAL void thread_stop_i_prepare_op(thread_stop_i_op *op);

/* Waits and tries until the operation does not give EAGAIN. Called after a
 * first attempt that did. */
INTERNAL ssize_t thread_stop_i_retry(thread_stop_i_block *block,
                                     thread_stop_i_op *op);
/* The same for an operation that transfers a part of size at a time and
 * remembers how much. done: what was transferred before. */
INTERNAL ssize_t thread_stop_i_retry_all(thread_stop_i_block *block,
                                         thread_stop_i_op *op, size_t done,
                                         size_t size);
/* plain if the descriptor has O_NONBLOCK; else poll(0), then run, while no
 * other thread does that with this descriptor. -1 with EAGAIN if it is not
 * ready, or another one is at it. */
INTERNAL ssize_t thread_stop_i_polled(thread_stop_i_op *op,
                                      ssize_t (*plain)(thread_stop_i_op *op),
                                      ssize_t (*run)(thread_stop_i_op *op));
/* A regular file, directory or block device: operations on it do not wait.
 * Costs a system call, or two. */
INTERNAL bool thread_stop_i_is_file(int fd);
/* Neither a file nor a socket. */
INTERNAL bool thread_stop_i_is_pipe(int fd);

/* What is left to do of a vector of buffers. */
typedef struct thread_stop_i_span {
  const struct iovec *vector;
  size_t count;
  size_t skip; /* bytes of the first buffer that are done */
} thread_stop_i_span;

enum { THREAD_STOP_I_CHUNK = 16 };
/* The next buffers, at most limit bytes: the span's own vector, or chunk. */
INTERNAL const struct iovec *
thread_stop_i_span_next(const thread_stop_i_span *span, struct iovec *chunk,
                        size_t limit, int *count);
INTERNAL void thread_stop_i_span_advance(thread_stop_i_span *span,
                                         size_t bytes);
INTERNAL size_t thread_stop_i_span_size(const thread_stop_i_span *span);

#endif /* THREAD_STOP_INTERNAL_H */
