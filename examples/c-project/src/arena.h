/* Memory that is given back all at once. */
#ifndef TALLY_ARENA_H
#define TALLY_ARENA_H

#include "base.h"

typedef struct ArenaBlock ArenaBlock;

typedef struct {
    ArenaBlock *last; /* the block that is being filled; each one knows the one before */
    size_t taken;     /* bytes given out so far */
} Arena;

/* Return `size` bytes, zeroed and aligned for any type. Never NULL: ends the program instead. */
void *arena_take(Arena *arena, size_t size);

/* Return a larger copy of an array that grows: at least `count` + 1 items of `size` bytes. */
void *arena_grow(Arena *arena, const void *items, size_t count, size_t *room, size_t size);

void arena_free(Arena *arena);

#endif
