// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constants that reach the call through a variable which is assigned.
#include <pthread.h>
#include <stddef.h>

void turn(void);

// Fires once: whatever was chosen, it is no type. Nothing follows from it.
void by_switch(int speed)
{
    int how;
    switch (speed) {
    case 0:
        how = PTHREAD_CANCEL_DISABLE;
        break;
    case 1:
        how = PTHREAD_CANCEL_ENABLE;
        break;
    default:
        how = PTHREAD_CANCEL_DISABLE;
    }
    pthread_setcanceltype(how, NULL); // expect: thread-stop-swapped-cancel-constant
    turn();
}

// Fires once: nor is it a state.
void by_branch(int hard)
{
    int how = PTHREAD_CANCEL_DEFERRED;
    if (hard)
        how = PTHREAD_CANCEL_ASYNCHRONOUS;
    pthread_setcancelstate(how, NULL); // expect: thread-stop-swapped-cancel-constant
    turn();
}

// Silent: one of the values is right, so nobody knows.
void mixed(int hard)
{
    int how;
    if (hard)
        how = PTHREAD_CANCEL_DISABLE;
    else
        how = PTHREAD_CANCEL_ASYNCHRONOUS;
    pthread_setcanceltype(how, NULL);
    turn();
}

// Silent: the wrong one does not reach the call; the variable serves twice.
void reused(void)
{
    int how = PTHREAD_CANCEL_DISABLE, old_state, old_type;
    pthread_setcancelstate(how, &old_state);
    how = PTHREAD_CANCEL_DEFERRED;
    pthread_setcanceltype(how, &old_type);
    turn();
    pthread_setcanceltype(old_type, NULL);
    pthread_setcancelstate(old_state, NULL);
}

// Fires: right constants, and what follows from them.
void by_branch_asynchronous(int fast)
{
    int how, old;
    if (fast)
        how = PTHREAD_CANCEL_ASYNCHRONOUS;
    else
        how = PTHREAD_CANCEL_ASYNCHRONOUS;
    pthread_setcanceltype(how, &old);
    turn(); // expect: thread-stop-async-cancel-unsafe-call
    pthread_setcanceltype(old, NULL);
}
