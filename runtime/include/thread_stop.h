/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * thread_stop.h: stop a thread without losing the stop, and without ending it
 * in the middle of something.
 *
 * A requester calls thread_stop_request() where it would have called
 * pthread_cancel(). It stores a flag in the target's control block; a signal
 * (or an eventfd) is only there to wake the target up. The signal is blocked
 * everywhere and let in only atomically inside of a wait, so that no wake-up
 * comes too early and is lost. The target finds out by
 *   - thread_stop_requested(), or
 *   - a call of this header that fails with ECANCELED.
 * It then returns in its own time, with everything unlocked and freed.
 *
 * Rules for all interruptible calls:
 *   - Signature and result are those of the libc function of the same name.
 *     What returns -1 and sets errno does so here, with errno == ECANCELED;
 *     what returns an error number returns ECANCELED.
 *   - The flag is tested before anything else: once a stop is requested,
 *     every call fails at once, whether or not it could have worked, and also
 *     if its arguments are wrong.
 *   - Data already transferred is returned, not ECANCELED; the next call says
 *     ECANCELED.
 *   - A handler for another signal that runs during a wait makes the call
 *     fail with EINTR, also if it was installed with SA_RESTART.
 *   - In a thread that is not attached (see thread_stop_attach()), the calls
 *     do what libc's do, and cannot be stopped.
 *   - On a descriptor with O_NONBLOCK nothing waits: EAGAIN as from libc.
 *   - In an attached thread none is a cancellation point, whether it waits or
 *     not: a pthread_cancel() stays pending. Do not use both on one thread.
 *   - Only thread_stop_request() and thread_stop_requested() may be called
 *     from a signal handler.
 *
 * Linux 4.13 or later; glibc or musl.
 *
 * The default for the wake-up is a signal; it is an eventfd if the library
 * was compiled with THREAD_STOP_NO_SIGNAL, or after
 * thread_stop_init(THREAD_STOP_EVENTFD).
 */

#ifndef THREAD_STOP_H
#define THREAD_STOP_H

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>

/* Not in every libc header without _GNU_SOURCE, and only pointed to here. */
struct epoll_event;
struct iovec;
struct timeval;

#define THREAD_STOP_VERSION_MAJOR 0
#define THREAD_STOP_VERSION_MINOR 1
#define THREAD_STOP_VERSION_PATCH 0

/* For thread_stop_init(): wake up by eventfds, use no signal. */
#define THREAD_STOP_EVENTFD (-1)

#if defined(__GNUC__)
#define THREAD_STOP_API __attribute__((visibility("default")))
#else
#define THREAD_STOP_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* --- Set-up --------------------------------------------------------------- */

/* Chooses how threads are woken up, for the whole process. Optional: the first
 * call that needs it calls thread_stop_init(0).
 *   signo > 0   this signal. Its disposition must be the default.
 *   0           one of those whose disposition is the default: SIGURG if
 *               possible, because a stray one is ignored.
 *   THREAD_STOP_EVENTFD
 *               no signal: one eventfd for each attached thread.
 * The handler is empty, with SA_RESTART | SA_ONSTACK.
 * Returns 0, or
 *   EBUSY   the signal has a handler or is ignored; for 0, all of them; or
 *           something else was chosen before.
 *   EINVAL  there is no such signal, or it cannot be caught, or is one that
 *           the kernel raises for an error of the program (SIGSEGV...).
 *   EAGAIN  there are no more thread-specific keys.
 *   ENOMEM  no memory for the key or for the handler of fork().
 * A second call with the same argument, or with 0, returns 0. */
THREAD_STOP_API int thread_stop_init(int signo);

/* The signal in use, THREAD_STOP_EVENTFD, or 0 if nothing is chosen yet. */
THREAD_STOP_API int thread_stop_signal(void);

/* --- Threads -------------------------------------------------------------- */

/* pthread_create(), and the new thread is attached from its first
 * instruction: a request that comes at once is not lost. Detached threads
 * (attr) are fine. The thread's end detaches it, whether it returns, calls
 * pthread_exit() or is cancelled.
 * Returns 0, an error number of pthread_create(), or
 *   ENOMEM, EMFILE, ENFILE  no memory, or no eventfd
 *   EBUSY, EAGAIN, ENOMEM   from thread_stop_init() */
THREAD_STOP_API int thread_stop_create(pthread_t *thread,
                                       const pthread_attr_t *attr,
                                       void *(*start)(void *), void *arg);

/* Makes the calling thread one that can be stopped, for threads that are made
 * elsewhere (std::thread, a library, main). Blocks the signal in it. Nests:
 * only the last thread_stop_detach() undoes it. A newly attached thread has
 * no stop requested. Returns 0, ENOMEM, EMFILE, ENFILE, or EBUSY, EAGAIN,
 * ENOMEM from thread_stop_init(). */
THREAD_STOP_API int thread_stop_attach(void);

/* Undoes thread_stop_attach(): forgets a requested stop, and puts the signal's
 * place in the mask back. A thread that is not detached is so by its end.
 * Returns 0, or ESRCH if the thread is not attached. */
THREAD_STOP_API int thread_stop_detach(void);

/* Asks the thread to stop: where pthread_cancel() stood. Does not wait for the
 * target; calling it again does no harm, and wakes it up again. The caller
 * need not be attached. May be called from a signal handler; errno is kept.
 * The id must be one that may still be used: not joined, and if detached, not
 * known to have ended, as for pthread_cancel().
 * Returns 0, or
 *   ESRCH   the thread has ended, or is not attached
 *   EAGAIN  the stop is requested, but the wake-up could not be sent (only
 *           with a real-time signal and RLIMIT_SIGPENDING used up): the
 *           thread sees it at its next call. Call again to wake it up. */
THREAD_STOP_API int thread_stop_request(pthread_t thread);

/* Whether a stop of the calling thread was requested. No system call: for
 * loops that compute. False in a thread that is not attached. May be called
 * from a signal handler. */
THREAD_STOP_API bool thread_stop_requested(void);

/* thread_stop_request(), then pthread_join(). A thread that has ended, or is
 * not attached, is joined all the same. Returns what pthread_join() does
 * (EDEADLK for the calling thread itself). */
THREAD_STOP_API int thread_stop_join(pthread_t thread, void **result);

/* The same with pthread_timedjoin_np(): abstime is of CLOCK_REALTIME. Returns
 * 0, ETIMEDOUT (the thread is still to be joined), EINVAL, EDEADLK. */
THREAD_STOP_API int thread_stop_timedjoin(pthread_t thread, void **result,
                                          const struct timespec *abstime);

/* --- Waiting for descriptors ---------------------------------------------- */

/* After the wait, ready descriptors give way to a stop: nothing was consumed,
 * so -1 with ECANCELED is returned. */
THREAD_STOP_API int thread_stop_poll(struct pollfd *fds, nfds_t count,
                                     int timeout_ms);
/* The signal is taken out of the mask given; the rest is as with ppoll(). */
THREAD_STOP_API int thread_stop_ppoll(struct pollfd *fds, nfds_t count,
                                      const struct timespec *timeout,
                                      const sigset_t *mask);
/* The timeout is updated to what is left, as Linux does. */
THREAD_STOP_API int thread_stop_select(int nfds, fd_set *readfds,
                                       fd_set *writefds, fd_set *exceptfds,
                                       struct timeval *timeout);
THREAD_STOP_API int thread_stop_pselect(int nfds, fd_set *readfds,
                                        fd_set *writefds, fd_set *exceptfds,
                                        const struct timespec *timeout,
                                        const sigset_t *mask);
/* Events that were fetched are returned, because they may not come again
 * (EPOLLONESHOT, EPOLLET); the next call says ECANCELED. */
THREAD_STOP_API int thread_stop_epoll_wait(int epfd, struct epoll_event *events,
                                           int maxevents, int timeout_ms);

/* --- Reading and writing -------------------------------------------------- */

/* Regular files and block devices are read and written without waiting for a
 * stop: disk I/O cannot be interrupted.
 * A descriptor that the kernel cannot read without blocking on request (some
 * character devices; pipes before Linux 6) is polled, then read. Threads of
 * this library cannot take the data from each other in between; a foreign
 * reader of the same descriptor can, and then the call blocks. */
THREAD_STOP_API ssize_t thread_stop_read(int fd, void *buffer, size_t size);
THREAD_STOP_API ssize_t thread_stop_readv(int fd, const struct iovec *vector,
                                          int count);
/* Like write(), transfers everything unless the descriptor has O_NONBLOCK.
 * If a stop or a signal comes after a part of it, the length of that part is
 * returned. */
THREAD_STOP_API ssize_t thread_stop_write(int fd, const void *buffer,
                                          size_t size);
THREAD_STOP_API ssize_t thread_stop_writev(int fd, const struct iovec *vector,
                                           int count);

/* --- Sockets -------------------------------------------------------------- */

/* MSG_DONTWAIT, MSG_WAITALL and the socket's SO_RCVTIMEO and SO_SNDTIMEO are
 * honoured; only recvmsg() with room for control data returns the first part
 * in spite of MSG_WAITALL. */
THREAD_STOP_API ssize_t thread_stop_recv(int fd, void *buffer, size_t size,
                                         int flags);
THREAD_STOP_API ssize_t thread_stop_recvfrom(int fd, void *buffer, size_t size,
                                             int flags,
                                             struct sockaddr *address,
                                             socklen_t *length);
THREAD_STOP_API ssize_t thread_stop_recvmsg(int fd, struct msghdr *message,
                                            int flags);
THREAD_STOP_API ssize_t thread_stop_send(int fd, const void *buffer,
                                         size_t size, int flags);
THREAD_STOP_API ssize_t thread_stop_sendto(int fd, const void *buffer,
                                           size_t size, int flags,
                                           const struct sockaddr *address,
                                           socklen_t length);
THREAD_STOP_API ssize_t thread_stop_sendmsg(int fd,
                                            const struct msghdr *message,
                                            int flags);
/* Polled first. A connection that is taken by a foreign accept() in between
 * makes this one block until the next comes; a stop ends that, but not with
 * eventfds: there, share only listeners that have O_NONBLOCK. Another signal
 * with SA_RESTART does not. */
THREAD_STOP_API int thread_stop_accept(int fd, struct sockaddr *address,
                                       socklen_t *length);
THREAD_STOP_API int thread_stop_accept4(int fd, struct sockaddr *address,
                                        socklen_t *length, int flags);
/* After ECANCELED or EINTR the connection may still come about: close the
 * socket. The socket's SO_SNDTIMEO is changed for moments and put back. */
THREAD_STOP_API int thread_stop_connect(int fd, const struct sockaddr *address,
                                        socklen_t length);

/* --- Sleeping ------------------------------------------------------------- */

/* For EINTR and ECANCELED, *remaining (if given) is what is left: all of it if
 * the stop was there before. */
THREAD_STOP_API int thread_stop_nanosleep(const struct timespec *duration,
                                          struct timespec *remaining);
/* Returns an error number. An absolute sleep follows changes of its clock, and
 * leaves *remaining alone. */
THREAD_STOP_API int thread_stop_clock_nanosleep(clockid_t clock, int flags,
                                                const struct timespec *time,
                                                struct timespec *remaining);
/* Returns the seconds left, rounded up, with errno == ECANCELED, or EINTR. Of 0
 * seconds none are left: then only errno tells of a stop. */
THREAD_STOP_API unsigned thread_stop_sleep(unsigned seconds);

/* --- Children, semaphores, condition variables ---------------------------- */

/* A wait for one child uses a pidfd. Other waits use a helper thread, which
 * after a stop stays until a child changes its state, and is used again. */
THREAD_STOP_API pid_t thread_stop_waitpid(pid_t pid, int *status, int options);

/* With a signal, the waiting thread sleeps until it is woken. With eventfds it
 * looks every 20 ms, and with musl other signals then do not end the wait. */
THREAD_STOP_API int thread_stop_sem_wait(sem_t *semaphore);

/* Return error numbers. The mutex is held again when they return, also for
 * ECANCELED. To end the wait, a thread of this library locks the mutex and
 * wakes all waiters of the condition variable: other waiters see a spurious
 * wake-up. A stop needs the mutex, like any wake-up from a cond wait: it comes
 * when the mutex is free. Not for robust mutexes: the death of an owner may
 * be seen by that thread instead of by yours. EAGAIN: that thread cannot be
 * started. */
THREAD_STOP_API int thread_stop_cond_wait(pthread_cond_t *condition,
                                          pthread_mutex_t *mutex);
THREAD_STOP_API int thread_stop_cond_timedwait(pthread_cond_t *condition,
                                               pthread_mutex_t *mutex,
                                               const struct timespec *abstime);

/* --- Processes ------------------------------------------------------------ */

/* The mask for a program started from this thread (posix_spawnattr_setsigmask,
 * or pthread_sigmask before exec): the thread's, without the signal of this
 * library, unless that was blocked before the thread was attached.
 *
 * fork(): the child's thread is attached if its parent was, has no stop
 * requested and the same mask; threads that it does not have are forgotten.
 * vfork(): the child may only call exec or _exit, as ever; set this mask
 * first, and mind that it is the parent's memory.
 * Returns 0 or an error number of pthread_sigmask(). */
THREAD_STOP_API int thread_stop_spawn_mask(sigset_t *mask);

/* Runs function(arg) in a child process and waits for it: for code that
 * cannot be stopped (a foreign library, getaddrinfo, dlopen). The child is a
 * fork(): it sees a copy of the memory, changes to it are lost, and what the
 * function returns (0 to 255) is its exit status. Of a program with several
 * threads, it may only call what POSIX allows after fork(); glibc and musl
 * also allow malloc().
 * On a stop, the child gets SIGTERM, grace_ms milliseconds later SIGKILL, and
 * is reaped; processes that it started itself are not touched. If status is
 * not NULL, it gets the child's wait status if the child was reaped here, and
 * is left alone otherwise (also after ECANCELED: no child yet, or see ECHILD).
 * Returns 0 when the child has ended, or
 *   ECANCELED       a stop was requested, before or during the call
 *   EINVAL          grace_ms is negative
 *   EAGAIN, ENOMEM  from fork()
 *   ECHILD          the child ended, but somebody else reaped it (as with
 *                   SIGCHLD ignored) */
THREAD_STOP_API int thread_stop_run_isolated(int (*function)(void *), void *arg,
                                             int grace_ms, int *status);

#ifdef __cplusplus
}
#endif

#endif /* THREAD_STOP_H */
