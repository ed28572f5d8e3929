/* How often each text occurs. */
#ifndef TALLY_FREQUENCY_H
#define TALLY_FREQUENCY_H

#include "map.h"

typedef struct {
    Text text;
    size_t count;
} Frequency;

typedef struct {
    Frequency *at; /* the most frequent first; of equal counts, in alphabetical order */
    size_t count;
} Frequencies;

/* Count texts; empty ones are passed over. */
Frequencies frequencies_of(const Text *texts, size_t count, Arena *arena);

#endif
