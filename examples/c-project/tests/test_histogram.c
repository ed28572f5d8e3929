#include "check.h"
#include "histogram.h"

int main(void) {
    Arena arena = {0};
    Numbers numbers = {0};
    CHECK(histogram_of(&numbers, &arena, 3).highest == 0);

    for (int i = 0; i <= 10; i++)
        numbers_add(&numbers, &arena, i);
    Histogram histogram = histogram_of(&numbers, &arena, 5);
    CHECK(histogram.counts[0] == 2);
    CHECK(histogram.counts[4] == 3); /* 8, 9, and the upper end */
    CHECK(histogram.highest == 3);
    CHECK_NEAR(histogram.width, 2.0);

    Numbers equal = {0};
    numbers_add(&equal, &arena, 7);
    numbers_add(&equal, &arena, 7);
    CHECK(histogram_of(&equal, &arena, 4).counts[0] == 2);

    arena_free(&arena);
    return check_end();
}
