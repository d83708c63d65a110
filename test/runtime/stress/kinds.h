/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Waits that are not for descriptors (sync.c).
 */

#ifndef THREAD_STOP_STRESS_KINDS_H
#define THREAD_STOP_STRESS_KINDS_H

#include "stress.h"

int wait_child(struct pair *pair);
int wait_group(struct pair *pair);
int wait_new_child(struct pair *pair);
void begin_child(struct pair *pair);
void end_child(struct pair *pair);
void reap_child(struct pair *pair);

int wait_isolated(struct pair *pair);

int wait_sem(struct pair *pair);
int wait_cond(struct pair *pair);
int wait_cond_timed(struct pair *pair);
int wait_cond_shared(struct pair *pair);
void feed_sem(struct pair *pair);
void feed_cond(struct pair *pair);
void feed_cond_shared(struct pair *pair);
void begin_sync(struct pair *pair);
void end_sync(struct pair *pair);

#endif /* THREAD_STOP_STRESS_KINDS_H */
