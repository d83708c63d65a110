/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * cond_wait. The stop of a condition variable's waiter is a broadcast under its
 * mutex. The requester must not wait for that mutex, so a helper, the waker,
 * does this for it. The record of the wait lives on the waiter's stack, and the
 * waiter may destroy mutex and condition variable as soon as it is back.
 *
 * TWO   two waiters, each with its own mutex and condition variable; somebody
 *       takes the mutex of the first and never gives it back. The second must
 *       stop all the same. Without TWO: one waiter, two requesters, and a
 *       signal of the program's own.
 *
 * NAIVE_BROADCAST_UNLOCKED   broadcast without the mutex
 * NAIVE_TEST_FIRST           the waiter tests the flag, then makes its record
 *                            known
 * NAIVE_NOT_BUSY             the waker does not say that it is at work
 * NAIVE_POINTER_OUTSIDE      the requester reads where the record is before it
 *                            has the waker's lock
 * NAIVE_REQUESTER_LOCKS      the requester takes the mutex itself
 * NAIVE_IN_ORDER             the waker waits for one mutex before it looks at
 *                            the next record
 */

#ifdef TWO
#define WAITERS 2
#else
#define WAITERS 1
#endif

bool stop[WAITERS];
bool waits[WAITERS];    /* the block points to the record */
bool valid[WAITERS];    /* the record's stack frame exists */
/* In the record, under the waker's lock: */
bool waker_lock;
bool queued[WAITERS];
bool busy[WAITERS];     /* the waker has mutex and condition in hand */

bool mutex[WAITERS];
bool asleep[WAITERS];   /* on the condition variable */
bool destroyed[WAITERS];
bool ready;             /* what the first waiter waits for has come */
bool friend_done;
byte asked;
bool canceled[WAITERS], left[WAITERS];

byte wanted;            /* who waits for the waker's lock */

inline lock_waker() {
  wanted++;
  atomic { !waker_lock -> waker_lock = true; wanted-- }
}
inline unlock_waker() { waker_lock = false }

inline lock_mutex(n) {
  assert(!destroyed[n]);
  atomic { !mutex[n] -> mutex[n] = true }
}
inline unlock_mutex(n) {
  atomic { assert(!destroyed[n] && mutex[n]); mutex[n] = false }
}
inline broadcast(n) { atomic { assert(!destroyed[n]); asleep[n] = false } }

inline cond_wait(n) {
  atomic { asleep[n] = true; mutex[n] = false };
  !asleep[n];
  lock_mutex(n)
}

inline leave(me) {
  lock_waker();
  waits[me] = false;
  queued[me] = false;
#ifndef NAIVE_NOT_BUSY
  if
  :: busy[me] ->
     /* The waker may want the mutex: give it back for the time. */
     unlock_waker();
     unlock_mutex(me);
     !busy[me];
     lock_mutex(me)
  :: else -> unlock_waker()
  fi;
#else
  unlock_waker();
#endif
  valid[me] = false
}

/* A loop of thread_stop_cond_wait as in any program. */
proctype Waiter(byte me) {
  lock_mutex(me);
  do
  :: me == 0 && ready -> break
  :: else ->
     atomic { valid[me] = true; queued[me] = false };
#ifdef NAIVE_TEST_FIRST
     if
     :: stop[me] -> canceled[me] = true; valid[me] = false; break
     :: else
     fi;
     waits[me] = true;
#else
     waits[me] = true;
     if
     :: stop[me] -> canceled[me] = true; leave(me); break
     :: else
     fi;
#endif
     cond_wait(me);
     leave(me)
  od;
  unlock_mutex(me);
  (me == 1 || friend_done);
  destroyed[me] = true;
  left[me] = true
}

inline queue(n) { assert(valid[n]); queued[n] = true }

inline wake_under_mutex(n) {
#ifdef NAIVE_BROADCAST_UNLOCKED
  broadcast(n)
#else
  lock_mutex(n);
  broadcast(n);
  unlock_mutex(n)
#endif
}

proctype Requester(byte whom) {
  stop[whom] = true;
#if defined(NAIVE_REQUESTER_LOCKS)
  if
  :: waits[whom] -> wake_under_mutex(whom)
  :: else
  fi;
#elif defined(NAIVE_POINTER_OUTSIDE)
  if
  :: waits[whom] -> lock_waker(); queue(whom); unlock_waker()
  :: else
  fi;
#else
  lock_waker();
  if
  :: waits[whom] -> queue(whom)
  :: else
  fi;
  unlock_waker();
#endif
  asked++
}

/* The waker has taken the record from its queue. With the mutex taken by
   somebody else it gives up after a time, and has the others before this one
   again. */
inline serve(n) {
  busy[n] = true;
  queued[n] = false;
  unlock_waker();
#if defined(NAIVE_IN_ORDER) || defined(NAIVE_BROADCAST_UNLOCKED)
  wake_under_mutex(n);
  lock_waker();
  busy[n] = false
#else
  if
  :: atomic { !mutex[n] -> assert(!destroyed[n]); mutex[n] = true };
     broadcast(n);
     unlock_mutex(n);
     lock_waker()
  :: mutex[n] ->
     assert(!destroyed[n]);
     lock_waker();
     if
     :: waits[n] -> queue(n)
     :: else
     fi
  fi;
  busy[n] = false
#endif
}

#ifndef NAIVE_REQUESTER_LOCKS
active proctype Waker() {
end:
  do
  :: (queued[0] || queued[WAITERS - 1]) ->
     /* Time passes between two rounds, and others need only a moment. Without
        this, spin would let the waker have the lock every time. */
     wanted == 0;
     lock_waker();
     if
     :: queued[0] -> serve(0)
     :: else
     fi;
     if
     :: queued[WAITERS - 1] -> serve(WAITERS - 1)
     :: else
     fi;
     unlock_waker()
  od
}
#endif

#ifdef TWO
active proctype Hog() { lock_mutex(0) }
init { atomic { run Waiter(0); run Waiter(1); run Requester(0);
                run Requester(1) } }
#else
/* What the program itself does with the condition variable. */
active proctype Friend() {
  if
  :: lock_mutex(0);
     ready = true;
     broadcast(0);
     unlock_mutex(0)
  :: lock_mutex(0);
     broadcast(0); /* spurious for the waiter */
     unlock_mutex(0)
  :: skip
  fi;
  friend_done = true
}
init { atomic { run Waiter(0); run Requester(0); run Requester(0) } }
#endif

#define all_asked (asked == 2)

ltl returns { <> all_asked }
ltl stops { [] (stop[WAITERS - 1] -> <> left[WAITERS - 1]) }
/* Not true: shows that the model does get there. */
ltl never_canceled { [] !(canceled[0]) }
ltl never_busy_after_ready { [] !(busy[0] && ready && !asleep[0] && mutex[0]) }
