#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 1 << 16, ALIGNMENT = 16 };

struct ArenaBlock {
    ArenaBlock *before;
    size_t used, size;
    size_t padding; /* keeps what follows aligned */
};

static ArenaBlock *new_block(ArenaBlock *before, size_t least) {
    size_t size = least > BLOCK_SIZE ? least : BLOCK_SIZE;
    ArenaBlock *block = calloc(1, sizeof *block + size);
    if (!block) {
        fputs("tally: out of memory\n", stderr);
        exit(3);
    }
    block->before = before;
    block->size = size;
    return block;
}

void *arena_take(Arena *arena, size_t size) {
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!arena->last || arena->last->size - arena->last->used < size)
        arena->last = new_block(arena->last, size);
    char *start = (char *)(arena->last + 1) + arena->last->used;
    arena->last->used += size;
    arena->taken += size;
    return start;
}

void *arena_grow(Arena *arena, const void *items, size_t count, size_t *room, size_t size) {
    *room = *room ? 2 * *room : 8;
    void *larger = arena_take(arena, *room * size);
    if (count)
        memcpy(larger, items, count * size);
    return larger;
}

void arena_free(Arena *arena) {
    while (arena->last) {
        ArenaBlock *before = arena->last->before;
        free(arena->last);
        arena->last = before;
    }
    arena->taken = 0;
}
