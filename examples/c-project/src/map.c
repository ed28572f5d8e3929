#include "map.h"

#include "hash.h"

/* Return the slot that holds the key, or the free one where it belongs. */
static size_t *slot_of(const Map *map, Text key) {
    size_t mask = map->slot_count - 1;
    size_t i = (size_t)hash_text(key) & mask;
    while (map->slots[i] && !text_equal(map->keys[map->slots[i] - 1], key))
        i = (i + 1) & mask;
    return &map->slots[i];
}

static void make_room(Map *map, Arena *arena) {
    if (2 * (map->count + 1) <= map->slot_count)
        return;
    map->slot_count = map->slot_count ? 2 * map->slot_count : 16;
    map->slots = arena_take(arena, map->slot_count * sizeof *map->slots);
    for (size_t i = 0; i < map->count; i++)
        *slot_of(map, map->keys[i]) = i + 1;
}

long map_find(const Map *map, Text key) {
    size_t slot = map->slot_count ? *slot_of(map, key) : 0;
    return slot ? (long)slot - 1 : MAP_NONE;
}

size_t map_add(Map *map, Arena *arena, Text key) {
    make_room(map, arena);
    size_t *slot = slot_of(map, key);
    if (!*slot) {
        if (map->count == map->room)
            map->keys = arena_grow(arena, map->keys, map->count, &map->room, sizeof *map->keys);
        map->keys[map->count++] = key;
        *slot = map->count;
    }
    return *slot - 1;
}
