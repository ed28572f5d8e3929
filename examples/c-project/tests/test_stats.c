#include "check.h"
#include "stats.h"

int main(void) {
    Arena arena = {0};
    Numbers numbers = {0};
    CHECK(stats_summary(&numbers).count == 0);
    CHECK(isnan(stats_summary(&numbers).mean));

    const double some[] = {4, 8, 6, 2, 5};
    for (size_t i = 0; i < COUNT_OF(some); i++)
        numbers_add(&numbers, &arena, some[i]);
    numbers_sort(&numbers);
    CHECK(numbers.at[0] == 2 && numbers.at[4] == 8);

    Summary summary = stats_summary(&numbers);
    CHECK(summary.count == 5);
    CHECK_NEAR(summary.mean, 5.0);
    CHECK_NEAR(summary.deviation, sqrt(5.0));
    CHECK_NEAR(summary.median, 5.0);
    CHECK_NEAR(summary.lower, 4.0);
    CHECK_NEAR(stats_quantile(&numbers, 0.9), 7.2);

    for (int i = 1000; i > 0; i--)
        numbers_add(&numbers, &arena, i);
    numbers_sort(&numbers);
    bool in_order = true;
    for (size_t i = 1; i < numbers.count; i++)
        in_order = in_order && numbers.at[i - 1] <= numbers.at[i];
    CHECK(in_order);

    arena_free(&arena);
    return check_end();
}
