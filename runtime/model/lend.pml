/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * accept: the connection that poll has seen may be taken by another process,
 * and then the call blocks. It is made on a copy of the descriptor, with the
 * signal let in. The requester replaces the copy and sends the signal: the
 * kernel restarts the call (SA_RESTART), which looks the descriptor up again.
 *
 * NAIVE_ONLY_SIGNAL   the copy stays what it is
 * NAIVE_KILL_FIRST    the signal is sent before the copy is replaced
 * NAIVE_TEST_FIRST    the thread tests for a stop, then says what is lent
 * NAIVE_NO_HANDSHAKE  the thread closes the copy while it may be replaced: its
 *                     number may be another descriptor's by then
 */

mtype = { NOT_LENT, LENT, REPLACING };

bool stop, pending;
byte connections;
mtype lent = NOT_LENT; /* what the block says */
bool copy_open;        /* the number is ours */
bool replaced;
bool asked, left, accepted, failed;

active proctype Worker() {
  copy_open = true;
  /* The signal is open from here on. */
#ifdef NAIVE_TEST_FIRST
  if
  :: stop -> goto back
  :: else
  fi;
  lent = LENT;
#else
  lent = LENT;
  if
  :: stop -> goto back
  :: else
  fi;
#endif
again:
  if
  :: replaced -> failed = true
  :: else ->
     if /* asleep in the kernel */
     :: atomic { connections > 0 -> connections--; accepted = true }
     :: atomic { connections == 0 && pending -> pending = false }; goto again
     fi
  fi;
back:
#ifndef NAIVE_NO_HANDSHAKE
  if
  :: atomic { lent == LENT -> lent = NOT_LENT }
  :: lent == NOT_LENT
  /* Else the requester is at it: asleep until it is done. */
  fi;
#else
  lent = NOT_LENT;
#endif
  copy_open = false;
  left = true
}

inline replace() {
#ifndef NAIVE_ONLY_SIGNAL
  if
  :: atomic { lent == LENT -> lent = REPLACING };
     assert(copy_open);
     replaced = true;
     lent = NOT_LENT
  :: lent == NOT_LENT
  fi
#else
  skip
#endif
}

/* Under the lock of the bucket: one requester at a time. */
active proctype Requester() {
  stop = true;
#ifdef NAIVE_KILL_FIRST
  pending = true;
  replace();
#else
  replace();
  pending = true;
#endif
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
