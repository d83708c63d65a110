/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Registry, control blocks and thread ids. Thread 1 is made by
 * thread_stop_create, ends when it is asked to or by itself, and is joined or
 * detached. Then its pthread_t belongs to thread 2, which is attached or not.
 * Requesters hold that pthread_t all the time.
 *
 * IN_HANDLER   one more request comes from a signal handler that runs on top
 *              of thread 1, wherever that is
 *
 * NAIVE_KILL_UNLOCKED   look up and mark under the lock, signal after it
 * NAIVE_INSERT_DEAD     the creator registers without asking if the thread
 *                       has ended already
 * NAIVE_SELF_INSERT     only the new thread registers itself
 * NAIVE_UNCOUNTED       the thread frees its block without asking who else
 *                       has it
 * NAIVE_LOCK_UNMASKED   the lock is taken with signals open
 */

#ifdef IN_HANDLER
#define REQUESTERS 1
#else
#define REQUESTERS 2
#endif
#define NONE 0

/* The registry's bucket, under its lock. */
bool locked;
byte entry;           /* the block that the pthread_t stands for */

/* Blocks; the block of thread n is n. */
bool tid[3];          /* the thread runs, and has said so under the lock */
bool registered[3], dead[3];
byte refs[3];         /* the thread, its creator, the registry */
bool freed[3];
bool stop[3];

/* The C library and the kernel. */
byte running;         /* which thread the pthread_t names */
bool created;         /* thread_stop_create of thread 1 has returned */
bool ending[3];
bool over[3];
bool detached, joined;

byte asked;
bool in_handler, masked;

inline lock_bucket(can_be_interrupted) {
#ifndef NAIVE_LOCK_UNMASKED
  if
  :: can_be_interrupted -> masked = true
  :: else
  fi;
#endif
  atomic { !locked -> locked = true }
}

inline unlock_bucket(can_be_interrupted) {
  locked = false;
  if
  :: can_be_interrupted -> masked = false
  :: else
  fi
}

inline drop(block) {
  atomic {
    assert(!freed[block] && refs[block] > 0);
    refs[block]--;
    freed[block] = (refs[block] == 0)
  }
}

/* Creator and thread both do this; who is first registers. */
inline register(block, by_thread, on_thread_1) {
  lock_bucket(on_thread_1);
  assert(!freed[block]);
  tid[block] = tid[block] || by_thread;
  if
#ifdef NAIVE_INSERT_DEAD
  :: !registered[block] ->
#else
  :: !registered[block] && !dead[block] ->
#endif
     registered[block] = true;
     refs[block]++;
     entry = block
  :: else
  fi;
  unlock_bucket(on_thread_1)
}

/* pthread_kill: the id has to name a thread, and the one that is meant. */
inline kill(block) { assert(running == block) }

inline request(on_thread_1) {
  lock_bucket(on_thread_1);
  found = entry;
  if
  :: found == NONE ->
     /* ESRCH: never between the return of create and the thread's end. */
     assert(!(created && !ending[1]));
     unlock_bucket(on_thread_1)
  :: else ->
     assert(!freed[found]);
     stop[found] = true;
#ifdef NAIVE_KILL_UNLOCKED
     unlock_bucket(on_thread_1);
#endif
     if
     :: tid[found] -> kill(found)
     :: else /* it does not run yet, and will see the flag */
     fi;
#ifndef NAIVE_KILL_UNLOCKED
     unlock_bucket(on_thread_1)
#endif
  fi;
  found = NONE
}

inline end_thread(me) {
  ending[me] = true;
  lock_bucket(me == 1);
  was_registered = (entry == me);
  if
  :: was_registered -> entry = NONE
  :: else
  fi;
  registered[me] = false;
  dead[me] = true;
  unlock_bucket(me == 1);
#ifdef NAIVE_UNCOUNTED
  freed[me] = true;
#else
  if
  :: was_registered -> drop(me)
  :: else
  fi;
  drop(me);
#endif
  atomic { over[me] = true; running = NONE }
}

#ifdef IN_HANDLER
proctype Thread1() provided (!in_handler) {
#else
proctype Thread1() {
#endif
  bool was_registered;
  register(1, true, true);
  if
  :: stop[1]
  :: skip /* ends by itself */
  fi;
  end_thread(1)
}

active proctype Creator() {
  atomic {
    refs[1] = 2;
    if
    :: detached = true
    :: skip
    fi;
    running = 1;
    run Thread1()
  }
#ifndef NAIVE_SELF_INSERT
  register(1, false, false);
#endif
#ifndef NAIVE_UNCOUNTED
  drop(1);
#endif
  created = true;
  if
  :: detached
  :: !detached -> over[1]; joined = true
  fi
}

/* Some other part of the program gets the same pthread_t. */
active proctype Thread2() {
  bool was_registered;
  atomic { over[1] && (detached || joined) -> running = 2 }
  if
  :: refs[2] = 1;
     register(2, true, false);
     if
     :: stop[2]
     :: skip
     fi;
     end_thread(2)
  :: ending[2] = true; atomic { over[2] = true; running = NONE }
  fi
}

active [REQUESTERS] proctype Requester() {
  byte found;
  request(false);
#ifndef IN_HANDLER
  request(false);
#endif
  asked++
}

#ifdef IN_HANDLER
active proctype Handler() {
  byte found;
  if
  :: atomic { running == 1 && !masked -> in_handler = true };
     request(false);
     in_handler = false
  :: over[1]
  fi
}
#endif

#define all_asked (asked == REQUESTERS)

ltl returns { <> all_asked }
/* A request that came in time ends the thread. */
ltl stops { [] (stop[1] -> <> over[1]) }
/* The entry is gone before the id can come back. */
ltl entry_goes_first { [] (running == 2 -> entry != 1) }
ltl no_leak { <> (over[1] && freed[1]) }
/* Not true: shows that the model does get there. */
ltl no_request_to_second { [] !stop[2] }
ltl never_ends_first { [] !(over[1] && !created) }
