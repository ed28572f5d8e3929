/* A list of numbers that grows at its end. */
#ifndef TALLY_NUMBERS_H
#define TALLY_NUMBERS_H

#include "arena.h"

typedef struct {
    double *at;
    size_t count, room;
} Numbers;

void numbers_add(Numbers *numbers, Arena *arena, double number);

/* Put the numbers in order, the least first. There must be no NAN among them. */
void numbers_sort(Numbers *numbers);

#endif
