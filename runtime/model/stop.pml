/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One attached thread that reads from a descriptor, and requesters that stop
 * it at any time, more than once.
 *
 * The kernel's part is modelled as ppoll(2) and read(2) behave on Linux: a
 * ready descriptor is looked at before a pending signal, and ppoll swaps the
 * mask and sleeps in one step.
 *
 * ALWAYS_READY   the descriptor always has data
 * NEVER_READY    it never has
 * (neither)      data come and go; another reader may take them first
 * EARLY          requests may come before the thread runs; then they only store
 *                the flag
 * EVENTFD        the wake-up is an eventfd in the poll set, not a signal
 *
 * What a programmer might write instead (each loses stops):
 * NAIVE_HANDLER_FLAG   only the signal's handler stores the flag
 * NAIVE_KILL_FIRST     the requester wakes first and stores the flag then
 * NAIVE_CHECK_READ     signal open all the time: test the flag, then read
 * NAIVE_UNBLOCK_READ   signal blocked: test, unblock, read, block
 * NAIVE_POLL_READ      ppoll, then a read that may block
 * NAIVE_WAIT_FIRST     wait, then test: with EARLY
 */

#define REQUESTERS 2

bool stop;    /* the flag in the thread's control block */
bool pending; /* the signal, or the eventfd's counter: both coalesce */
bool data;
byte asked;   /* requests that have returned */
bool canceled;

#ifdef NAIVE_CHECK_READ
bool blocked = false;
#else
bool blocked = true;
#endif
bool in_kernel;
#ifdef EARLY
bool runs;    /* under the bucket's lock, so one step with the flag */
#else
bool runs = true;
#endif

inline handler() {
#ifdef NAIVE_HANDLER_FLAG
  stop = true
#else
  skip
#endif
}

/* Sleeps in the kernel until there are data or a signal that is not blocked.
   With the signal, the handler has run when the call returns. */
inline sleep_in_kernel(open) {
  if
  :: atomic { data -> in_kernel = false }
  :: atomic { !data && pending && (open) ->
#ifndef EVENTFD
       pending = false; handler();
#endif
       in_kernel = false }
  fi
}

inline ppoll() { in_kernel = true; sleep_in_kernel(true) }

inline blocking_read() {
  in_kernel = true;
  sleep_in_kernel(!blocked)
}

inline take_data() {
#ifndef ALWAYS_READY
  data = false
#else
  skip
#endif
}

active proctype Worker() {
  runs = true;
#ifdef NAIVE_WAIT_FIRST
  ppoll();
#endif
again:
  if
  :: stop -> goto out
  :: else
  fi;
#if defined(NAIVE_CHECK_READ)
  blocking_read();
#elif defined(NAIVE_UNBLOCK_READ)
  blocked = false;
  blocking_read();
  blocked = true;
#elif defined(NAIVE_POLL_READ)
  ppoll();
  if
  :: stop -> goto out
  :: else
  fi;
  blocking_read();
#else
  /* The attempt that does not wait. */
  if
  :: atomic { data -> take_data() }; goto again
  :: !data
  fi;
  ppoll();
#endif
  goto again;
out:
  assert(stop);
  canceled = true
}

active [REQUESTERS] proctype Requester() {
#if defined(NAIVE_KILL_FIRST)
  pending = true;
  stop = true;
#elif defined(NAIVE_HANDLER_FLAG)
  pending = true;
#elif defined(EARLY)
  atomic {
    stop = true;
    if
    :: runs -> pending = true
    :: else
    fi
  }
#else
  stop = true;
  pending = true;
#endif
  asked++
}

/* A signal that is not blocked reaches a thread in user code between any two
   of its steps. */
active proctype Delivery() {
end:
  do
  :: atomic { pending && !blocked && !in_kernel ->
       pending = false; handler() }
  od
}

#if defined(ALWAYS_READY)
init { data = true }
#elif !defined(NEVER_READY)
active proctype Writer() {
end:
  do
  :: data = true
  :: data = false /* another reader was faster */
  od
}
#endif

#define all_asked (asked == REQUESTERS)

/* No stop is lost. */
ltl stops { [] (asked > 0 -> <> canceled) }
/* Asking does not wait for the thread, wherever that is. */
ltl returns { <> all_asked }
/* Not true: shows that the model does get there. */
ltl never_canceled { [] !canceled }
ltl no_stop_while_asleep { [] !(stop && in_kernel && !data) }
