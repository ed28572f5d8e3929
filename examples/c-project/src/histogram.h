/* How many numbers lie in each of some equal parts of their range. */
#ifndef TALLY_HISTOGRAM_H
#define TALLY_HISTOGRAM_H

#include "numbers.h"

typedef struct {
    double least, width; /* where the first bin begins; how wide each one is */
    size_t *counts;
    size_t bins, highest; /* how many bins; the count of the fullest */
} Histogram;

Histogram histogram_of(const Numbers *numbers, Arena *arena, size_t bins);

#endif
