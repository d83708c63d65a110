// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two halves that keep the caller's state in an array or record, each through a
// local variable.
#include <pthread.h>
#include <stddef.h>

enum { BANKS = 4 };
static pthread_mutex_t bank_guard[BANKS];
static int bank_state[BANKS];

// Silent: what is saved goes where the other one finds it.
static void bank_take(int bank)
{
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    pthread_mutex_lock(&bank_guard[bank]);
    bank_state[bank] = before;
}
static void bank_give(int bank)
{
    int before;
    before = bank_state[bank];
    pthread_mutex_unlock(&bank_guard[bank]);
    pthread_setcancelstate(before, NULL);
}

// Silent: calls both.
int bank_add(int bank, int to)
{
    bank_take(bank);
    to += bank;
    bank_give(bank);
    return to;
}

// Fires: the caller of the first half that forgets the other one on a path.
int bank_move(int bank, int to)
{
    bank_take(bank); // expect: thread-stop-cancel-state-not-restored
    if (bank == 0)
        return to;
    bank_give(bank);
    return to;
}

// Silent: by its argument the caller says who ends it.
int bank_send(int bank, int what);
static int bank_ask(int bank, int what, int ends)
{
    int answer;
    bank_take(bank);
    if (bank_send(bank, what) < 0) {
        bank_give(bank);
        return -1;
    }
    answer = bank_send(bank, 0);
    if (ends)
        bank_give(bank);
    return answer;
}
int bank_ask_once(int bank) { return bank_ask(bank, 1, 1); }
int bank_ask_twice(int bank)
{
    int answer = bank_ask(bank, 1, 0);
    if (answer > 0)
        answer += bank_send(bank, 2);
    bank_give(bank);
    return answer;
}

// Silent: the same by a member, with an initialised variable.
struct port { pthread_mutex_t guard; int was; };
void port_grab(struct port *p)
{
    int was = 0;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &was);
    pthread_mutex_lock(&p->guard);
    p->was = was;
}
void port_putaway(struct port *p)
{
    const int was = p->was;
    pthread_mutex_unlock(&p->guard);
    pthread_setcancelstate(was, NULL);
}

// Fires: saved where nobody looks.
static int unread_state;
void tape_hold(pthread_mutex_t *guard)
{
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before); // expect: thread-stop-cancel-state-not-restored
    pthread_mutex_lock(guard);
    unread_state = before;
}
