/* The numbers of a column, one list for each value of another column. */
#ifndef TALLY_GROUP_H
#define TALLY_GROUP_H

#include "numbers.h"
#include "table.h"

typedef struct {
    Text name;
    Numbers sorted;
} Group;

typedef struct {
    Group *at; /* in the order in which their names come in the table */
    size_t count;
} Groups;

/* Return all numbers of a column, in order: one group without a name. */
Group group_all(const Table *table, const Column *values, Arena *arena);

Groups group_by(const Table *table, const Column *values, const Column *by, Arena *arena);

#endif
