/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * accept: the connection that poll has seen may be taken by another process,
 * and then the call blocks. It is made on a copy of the descriptor, with the
 * signal let in. The requester replaces the copy and sends the signal: the
 * kernel restarts the call (SA_RESTART), which looks the descriptor up again.
 *
 * NAIVE_ONLY_SIGNAL   the copy stays what it is
 * NAIVE_KILL_FIRST    the signal is sent before the copy is replaced
 * NAIVE_UNLOCKED      the thread closes the copy without the bucket's lock: its
 *                     number may be another descriptor's when it is replaced
 */

bool stop, pending;
byte connections;
bool lent;       /* what the block says */
bool copy_open;  /* the number is ours */
bool replaced;
bool locked;
bool asked, left, accepted, failed;

inline lock() { atomic { !locked -> locked = true } }
inline unlock() { locked = false }

active proctype Worker() {
  lock();
  copy_open = true;
  if
  :: stop -> unlock(); goto out
  :: else -> lent = true; unlock()
  fi;
  /* The signal is open from here on. */
again:
  if
  :: replaced -> failed = true
  :: else ->
     if /* asleep in the kernel */
     :: atomic { connections > 0 -> connections--; accepted = true }
     :: atomic { connections == 0 && pending -> pending = false }; goto again
     fi
  fi;
#ifndef NAIVE_UNLOCKED
  lock();
  lent = false;
  unlock();
  copy_open = false;
#else
  copy_open = false;
  lent = false;
#endif
out:
  left = true
}

inline replace() {
#ifndef NAIVE_ONLY_SIGNAL
  if
  :: lent -> assert(copy_open); replaced = true
  :: else
  fi
#else
  skip
#endif
}

active proctype Requester() {
  lock();
  stop = true;
#ifdef NAIVE_KILL_FIRST
  pending = true;
  replace();
#else
  replace();
  pending = true;
#endif
  unlock();
  asked = true
}

/* Connects; another process may be faster. */
active proctype Others() {
  connections++;
  if
  :: atomic { connections > 0 -> connections-- }
  :: skip
  fi
}

ltl stops { [] (asked -> <> left) }
/* Not true: shows that the model does get there. */
ltl never_accepted { [] !accepted }
ltl never_failed { [] !failed }
