#include "frequency.h"

#include <stdlib.h>

static int by_count(const void *left, const void *right) {
    const Frequency *a = left, *b = right;
    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return text_compare(a->text, b->text);
}

Frequencies frequencies_of(const Text *texts, size_t count, Arena *arena) {
    Map map = {0};
    size_t *counts = arena_take(arena, count * sizeof *counts);
    for (size_t i = 0; i < count; i++)
        if (texts[i].length)
            counts[map_add(&map, arena, texts[i])]++;
    Frequencies found = {arena_take(arena, map.count * sizeof(Frequency)), map.count};
    for (size_t i = 0; i < map.count; i++)
        found.at[i] = (Frequency){map.keys[i], counts[i]};
    qsort(found.at, found.count, sizeof(Frequency), by_count);
    return found;
}
