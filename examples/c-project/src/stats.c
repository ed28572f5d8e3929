#include "stats.h"

#include <math.h>

double stats_quantile(const Numbers *sorted, double share) {
    if (!sorted->count)
        return NAN;
    double place = share * (double)(sorted->count - 1);
    size_t below = (size_t)place;
    size_t above = below + 1 < sorted->count ? below + 1 : below;
    double part = place - (double)below;
    return sorted->at[below] * (1 - part) + sorted->at[above] * part;
}

/* Welford's way: one pass, and no small difference of two large sums. */
static void add_moments(Summary *summary, const Numbers *numbers) {
    double mean = 0, squares = 0;
    for (size_t i = 0; i < numbers->count; i++) {
        double step = numbers->at[i] - mean;
        mean += step / (double)(i + 1);
        squares += step * (numbers->at[i] - mean);
    }
    summary->mean = mean;
    summary->deviation = numbers->count > 1 ? sqrt(squares / (double)(numbers->count - 1)) : 0;
}

Summary stats_summary(const Numbers *sorted) {
    Summary summary = {sorted->count, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (!sorted->count)
        return summary;
    add_moments(&summary, sorted);
    summary.least = sorted->at[0];
    summary.lower = stats_quantile(sorted, 0.25);
    summary.median = stats_quantile(sorted, 0.5);
    summary.upper = stats_quantile(sorted, 0.75);
    summary.most = sorted->at[sorted->count - 1];
    return summary;
}
