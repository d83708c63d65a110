/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * sem_wait. No system call waits for a futex and changes the mask in one step,
 * so the signal is open while the thread waits, and one that comes between the
 * test of the flag and the system call is spent. A helper, the waker, sends it
 * again until the thread has left the wait. For that the thread needs the
 * waker's lock, so it cannot end while the waker sends.
 *
 * NAIVE_ONE_SIGNAL   nobody sends it again
 * NAIVE_SEND_LATER   the waker sends when it has given the lock back
 * NAIVE_STAY_LISTED  a thread that leaves does not take its record off the
 *                    waker's list
 */

bool stop;
bool pending, in_kernel;
bool blocked = true;
bool bucket_locked, registered = true;
bool waker_locked, waits, queued;
bool asked, left;
bool exists = true; /* the kernel still has the thread */
bool valid;         /* the stack frame with the record exists */
byte value;         /* the user's semaphore */
bool canceled, got;

byte wanted;        /* who waits for a lock */

inline lock(word) {
  wanted++;
  atomic { !word -> word = true; wanted-- }
}
inline unlock(word) { word = false }
inline kill() { assert(exists); pending = true }

inline leave_wait() {
  blocked = true;
  waits = false;
  if
  :: stop ->
     lock(waker_locked);
#ifndef NAIVE_STAY_LISTED
     queued = false;
#endif
     unlock(waker_locked)
  :: else /* nobody has seen the record */
  fi;
  valid = false
}

active proctype Waiter() {
  valid = true;
  waits = true;
  if
  :: stop -> leave_wait(); canceled = true; goto out
  :: else
  fi;
  blocked = false;
again:
  if
  :: stop -> canceled = true; goto leave
  :: else
  fi;
  /* The window: a signal here runs the empty handler, and is gone. */
  in_kernel = true;
  if
  :: atomic { value > 0 -> value--; in_kernel = false; got = true }; goto leave
  :: atomic { value == 0 && pending -> pending = false; in_kernel = false };
     goto again
  fi;
leave:
  leave_wait();
out:
  left = true;
  /* The end of the thread. */
  lock(bucket_locked);
  registered = false;
  unlock(bucket_locked);
  exists = false
}

active proctype Delivery() {
end:
  do
  :: atomic { pending && !blocked && !in_kernel -> pending = false }
  od
}

active [2] proctype Requester() {
  lock(bucket_locked);
  if
  :: registered ->
     stop = true;
     if
     :: waits ->
        lock(waker_locked);
        if
        :: waits -> assert(valid); queued = true
        :: else
        fi;
        unlock(waker_locked)
     :: else
     fi;
     kill()
  :: else
  fi;
  unlock(bucket_locked);
  asked = true
}

#ifndef NAIVE_ONE_SIGNAL
active proctype Waker() {
end:
  do
  :: queued ->
     /* Time passes before it is sent again, and others need only a moment for
        the lock. Without this, spin would let the waker have it every time. */
     wanted == 0;
     lock(waker_locked);
     if
     :: queued ->
        assert(valid);
#ifdef NAIVE_SEND_LATER
        unlock(waker_locked);
        kill()
#else
        kill();
        unlock(waker_locked)
#endif
     :: else -> unlock(waker_locked)
     fi
  od
}
#endif

active proctype Poster() {
  if
  :: value++
  :: skip
  fi
}

ltl stops { [] (stop -> <> left) }
ltl returns { <> asked }
/* Not true: shows that the model does get there. */
ltl never_canceled { [] !canceled }
ltl never_got_after_stop { [] !(stop && got) }
