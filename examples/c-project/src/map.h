/* A hash map from texts to numbers from 0 on, given out in the order in which texts come. */
#ifndef TALLY_MAP_H
#define TALLY_MAP_H

#include "arena.h"
#include "text.h"

typedef struct {
    Text *keys; /* by number */
    size_t count, room;
    size_t *slots; /* 0: free, else a number + 1 */
    size_t slot_count;
} Map;

enum { MAP_NONE = -1 };

/* Return the number of a text, or MAP_NONE. */
long map_find(const Map *map, Text key);

/* Return the number of a text; a new one gets the next. The text is not copied. */
size_t map_add(Map *map, Arena *arena, Text key);

#endif
