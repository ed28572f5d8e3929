#include "histogram.h"

static void find_range(Histogram *histogram, const Numbers *numbers) {
    double least = numbers->at[0], most = numbers->at[0];
    for (size_t i = 1; i < numbers->count; i++) {
        least = numbers->at[i] < least ? numbers->at[i] : least;
        most = numbers->at[i] > most ? numbers->at[i] : most;
    }
    histogram->least = least;
    histogram->width = (most - least) / (double)histogram->bins;
}

/* The last bin holds its upper end too; if all numbers are equal they lie in the first. */
static size_t bin_of(const Histogram *histogram, double number) {
    if (histogram->width <= 0)
        return 0;
    size_t bin = (size_t)((number - histogram->least) / histogram->width);
    return bin < histogram->bins ? bin : histogram->bins - 1;
}

Histogram histogram_of(const Numbers *numbers, Arena *arena, size_t bins) {
    Histogram histogram = {.bins = bins};
    histogram.counts = arena_take(arena, bins * sizeof *histogram.counts);
    if (!numbers->count)
        return histogram;
    find_range(&histogram, numbers);
    for (size_t i = 0; i < numbers->count; i++) {
        size_t count = ++histogram.counts[bin_of(&histogram, numbers->at[i])];
        histogram.highest = count > histogram.highest ? count : histogram.highest;
    }
    return histogram;
}
