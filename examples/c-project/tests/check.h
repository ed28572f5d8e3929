/* What a test program stands on: CHECK tells what was not as it should be, `check_end` how many. */
#ifndef TALLY_CHECK_H
#define TALLY_CHECK_H

#include <math.h>
#include <stdio.h>

#include "text.h"

static int checks, failures;

#define CHECK(condition) check_that((condition), #condition, __FILE__, __LINE__)
#define CHECK_NEAR(a, b) check_that(fabs((a) - (b)) < 1e-9, #a " is near " #b, __FILE__, __LINE__)
#define CHECK_TEXT(text, string) \
    check_that(text_equal((text), text_of(string)), #text " is " #string, __FILE__, __LINE__)

static void check_that(bool good, const char *what, const char *file, int line) {
    checks++;
    if (!good) {
        failures++;
        fprintf(stderr, "%s:%d: this is not so: %s\n", file, line, what);
    }
}

static int check_end(void) {
    printf("%d checks, %d failures\n", checks, failures);
    return failures != 0;
}

#endif
