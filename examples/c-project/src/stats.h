/* What can be said of a list of numbers in a few more. */
#ifndef TALLY_STATS_H
#define TALLY_STATS_H

#include "numbers.h"

typedef struct {
    size_t count;
    double mean, deviation; /* the sample's, with n - 1; 0 for a single number */
    double least, lower, median, upper, most;
} Summary;

/* Summarize numbers that are in order. Without any, the count is 0 and the rest NAN. */
Summary stats_summary(const Numbers *sorted);

/* Return the number below which the given share of the numbers lies, between two if need be. */
double stats_quantile(const Numbers *sorted, double share);

#endif
