/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls that have no way to be told not to wait (accept, read on an old
 * kernel): look with poll and a timeout of 0, then make the plain call. Two
 * attached threads use one descriptor. The second must not take what the first
 * has seen, else the first sleeps with the signal blocked.
 *
 * NAIVE_NO_LOCK   no lock around the look and the call
 */

bool stop[2], pending[2], left[2];
byte data;
bool locked;
bool asked;

inline lock() {
#ifndef NAIVE_NO_LOCK
  atomic { !locked -> locked = true }
#else
  skip
#endif
}
inline unlock() { locked = false }

proctype Worker(byte me) {
again:
  if
  :: stop[me] -> goto out
  :: else
  fi;
  lock();
  if
  :: data > 0 -> /* poll said so: now the plain call, signal blocked */
     atomic { data > 0 -> data-- };
     unlock();
     goto again
  :: data == 0 -> unlock()
  fi;
  /* ppoll */
  if
  :: data > 0
  :: atomic { data == 0 && pending[me] -> pending[me] = false }
  fi;
  goto again;
out:
  left[me] = true
}

active proctype Requester() {
  stop[0] = true;
  pending[0] = true;
  asked = true;
  stop[1] = true;
  pending[1] = true
}

active proctype Writer() {
  data++;
  data++
}

init { atomic { run Worker(0); run Worker(1) } }

ltl stops { [] (asked -> <> left[0]) }
ltl both_stop { <> (left[0] && left[1]) }
/* Not true: shows that the model does get there. */
ltl never_all_read { [] !(asked && data == 0 && left[0]) }
