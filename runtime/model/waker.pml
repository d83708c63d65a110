/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Beginning and end of the waker's thread. It ends when no thread is attached,
 * and the next wait starts it again. Two threads attach, wait, get a stop that
 * needs the waker, and detach.
 *
 * NAIVE_LOOK_FIRST   the waker looks whether threads are attached, then says
 *                    that it ends, and does not look again
 */

mtype = { NONE, STARTING, RUNNING };
mtype running = NONE;
bool start_locked;
byte attached;
byte wakers;   /* threads that are started and not over */
byte posts;    /* of the futex that the waker sleeps on */
bool queued[2], served[2], over[2];

inline ensure() {
  if
  :: running == RUNNING
  :: else ->
     atomic { !start_locked -> start_locked = true };
     atomic {
       if
       :: running == NONE -> running = STARTING; starting = true
       :: else
       fi
     };
     if
     :: starting -> run Waker(); running = RUNNING; starting = false
     :: else
     fi;
     start_locked = false
  fi
}

proctype Thread(byte me) {
  bool starting;
  attached++;
  ensure();
  /* A request finds this thread in its wait. */
  queued[me] = true;
  posts++;
  served[me];
  attached--;
  if
  :: attached == 0 -> posts++
  :: else
  fi;
  over[me] = true
}

proctype Waker() {
  byte seen;
  wakers++;
  do
  :: seen = posts;
     if
     :: queued[0] -> atomic { queued[0] = false; served[0] = true }
     :: else
     fi;
     if
     :: queued[1] -> atomic { queued[1] = false; served[1] = true }
     :: else
     fi;
     if
     :: attached != 0
     :: else ->
        running = NONE;
#ifdef NAIVE_LOOK_FIRST
        break;
#else
        if
        :: attached == 0 -> break
        :: else ->
           if
           :: atomic { running == NONE -> running = RUNNING }
           :: else -> break
           fi
        fi
#endif
     fi;
     posts != seen /* the futex: returns at once if something was posted */
  od;
  wakers--
}

init { atomic { run Thread(0); run Thread(1) } }

/* Every wait is ended, and nothing is left. */
ltl all_served { <> (over[0] && over[1]) }
ltl ends { <> [] (wakers == 0) }
/* Never two that go on for good; one may still be on its way out. */
ltl never_restarted { [] !(over[0] && !over[1] && wakers == 0) }
ltl never_two { [] (wakers < 2) }
