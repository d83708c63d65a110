// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Clearing up after a thread that could not be started.
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct player {
    pthread_t thread;
    int started;
    char name[32];
};

static pthread_mutex_t players_lock = PTHREAD_MUTEX_INITIALIZER;
static struct player *players[8];
extern int more(struct player *player);

static void *play(void *arg)
{
    struct player *self = arg;

    while (more(self)) {
        pthread_mutex_lock(&players_lock);
        players[0] = self;
        pthread_mutex_unlock(&players_lock);
    }
    return NULL;
}

static void stop(struct player *player)
{
    if (player->started) {
        pthread_join(player->thread, NULL);
        player->started = 0;
    }
}

static void destroy(struct player *player)
{
    stop(player);
    free(player);
}

// Silent: what is destroyed here has no thread.
struct player *add(const char *name)
{
    struct player *player = malloc(sizeof *player);

    if (!player)
        return NULL;
    player->started = 0;
    snprintf(player->name, sizeof player->name, "%s", name);
    pthread_mutex_lock(&players_lock);
    if ((errno = pthread_create(&player->thread, NULL, play, player)) == 0)
        player->started = 1;
    else {
        fprintf(stderr, "%s: %s\n", player->name, strerror(errno));
        destroy(player);
        player = NULL;
    }
    players[1] = player;
    pthread_mutex_unlock(&players_lock);
    return player;
}

struct player *add_tested(const char *name)
{
    struct player *player = malloc(sizeof *player);
    int error;

    if (!player)
        return NULL;
    player->started = 0;
    snprintf(player->name, sizeof player->name, "%s", name);
    pthread_mutex_lock(&players_lock);
    error = pthread_create(&player->thread, NULL, play, player);
    if (error != 0) {
        fprintf(stderr, "%s: %s\n", player->name, strerror(error));
        destroy(player);
        pthread_mutex_unlock(&players_lock);
        return NULL;
    }
    player->started = 1;
    players[1] = player;
    pthread_mutex_unlock(&players_lock);
    return player;
}

// The thread runs, and wants the lock.
struct player *add_once(const char *name)
{
    struct player *player = malloc(sizeof *player);

    if (!player)
        return NULL;
    player->started = 1;
    pthread_mutex_lock(&players_lock);
    if (pthread_create(&player->thread, NULL, play, player) != 0) {
        free(player);
        player = NULL;
    } else if (strcmp(name, "once") == 0) {
        destroy(player); // expect: thread-stop-join-under-lock
        player = NULL;
    }
    pthread_mutex_unlock(&players_lock);
    return player;
}

void clear(void)
{
    pthread_mutex_lock(&players_lock);
    for (int i = 0; i < 8; i++)
        if (players[i]) {
            destroy(players[i]); // expect: thread-stop-join-under-lock
            players[i] = NULL;
        }
    pthread_mutex_unlock(&players_lock);
}
