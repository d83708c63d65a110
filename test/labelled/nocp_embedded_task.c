// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#define REG(a) (*(volatile uint32_t *)(uintptr_t)(a))
#define delay_loops(n) do { for (volatile int i_ = 0; i_ < (n); i_++) { } } while (0)

typedef struct { pthread_t th; const char *name; uint32_t ticks; } task_t;

static task_t t_led, t_adc, t_wdt, t_asm, t_slp;

static inline void os_delay(unsigned ms)
{
    struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000L };
    nanosleep(&ts, NULL);
}

// Fires: toggles a register, delays by counting.
static void *led_task(void *p)
{
    task_t *t = p;
    while (1) { // expect: thread-stop-no-cancellation-point
        REG(0x40020014) ^= 1u << 5;
        delay_loops(10000);
        t->ticks++;
    }
}

// Fires: waits for a hardware bit inside, but the outer loop never ends.
static void *adc_task(void *p)
{
    task_t *t = p;
    for (;;) { // expect: thread-stop-no-cancellation-point
        while ((REG(0x40012000) & 2u) == 0)
            ;
        t->ticks += REG(0x4001204c);
    }
}

// Silent: the delay sleeps.
static void *wdt_task(void *p)
{
    for (;;) {
        REG(0x40003000) = 0xAAAA;
        ((task_t *)p)->ticks++;
        os_delay(20);
    }
}

// Fires: an instruction is no cancellation point.
static void *asm_task(void *p)
{
    (void)p;
    for (;;) // expect: thread-stop-no-cancellation-point
        __asm__ volatile("nop" ::: "memory");
}

// Silent: this one runs disabled, a cancel is not meant to act.
static void *slp_task(void *p)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    for (;;)
        ((task_t *)p)->ticks++;
}

// Silent: creates by a table.
void tasks_start(void)
{
    pthread_create(&t_led.th, NULL, led_task, &t_led);
    pthread_create(&t_adc.th, NULL, adc_task, &t_adc);
    pthread_create(&t_wdt.th, NULL, wdt_task, &t_wdt);
    pthread_create(&t_asm.th, NULL, asm_task, &t_asm);
    pthread_create(&t_slp.th, NULL, slp_task, &t_slp);
}

// Fires (pthread-cancel): deletes a task.
static void task_delete(task_t *t)
{
    pthread_cancel(t->th); // expect: thread-stop-pthread-cancel
    pthread_join(t->th, NULL);
}

// Silent: all.
void tasks_stop(void)
{
    task_delete(&t_led);
    task_delete(&t_adc);
    task_delete(&t_wdt);
    task_delete(&t_asm);
    task_delete(&t_slp);
}
